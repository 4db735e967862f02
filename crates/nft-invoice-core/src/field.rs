use crate::mode::Mode;
use crate::problem::ProblemCode;

/// The gateway's members, in the order in which problems are reported and bodies are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Email,
    Amount,
    Currency,
    SuccessUrl,
    CancelUrl,
    PendingUrl,
    FailureUrl,
    CallbackData,
    Name,
    Address1,
    Address2,
    City,
    Country,
    Postcode,
    DateOfBirth,
    CardNumber,
    CardExpiry,
    VerificationCode,
    Images,
    Metadata,
    Description,
    CheckoutMode,
    CustomerIp,
    Phone,
}

/// Each member under its name on the wire.
const FIELDS: [(Field, &str); 24] = [
    (Field::Email, "email"),
    (Field::Amount, "amount"),
    (Field::Currency, "devise"),
    (Field::SuccessUrl, "success_url"),
    (Field::CancelUrl, "cancel_url"),
    (Field::PendingUrl, "pending_url"),
    (Field::FailureUrl, "failure_url"),
    (Field::CallbackData, "callbackJson"),
    (Field::Name, "name"),
    (Field::Address1, "address1"),
    (Field::Address2, "address2"),
    (Field::City, "city"),
    (Field::Country, "country"),
    (Field::Postcode, "postcode"),
    (Field::DateOfBirth, "date_of_birth"),
    (Field::CardNumber, "card_number"),
    (Field::CardExpiry, "card_expiry_date"),
    (Field::VerificationCode, "card_ccv"),
    (Field::Images, "nftImageUrls"),
    (Field::Metadata, "ipfsMetadata"),
    (Field::Description, "nftDescription"),
    (Field::CheckoutMode, "checkoutMode"),
    (Field::CustomerIp, "customer_ip"),
    (Field::Phone, "phone"),
];

impl Field {
    /// The members that make an invoice server to server, and have no place in a hosted one.
    pub(crate) const CARD: [Self; 3] = [Self::CardNumber, Self::CardExpiry, Self::VerificationCode];

    /// Every field, in order.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        FIELDS.iter().map(|(field, _)| *field)
    }

    /// The field of that name on the wire.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let (field, _) = FIELDS.iter().find(|(_, known)| *known == name)?;
        Some(*field)
    }

    /// Its name on the wire.
    pub(crate) fn name(self) -> &'static str {
        FIELDS[self as usize].1
    }

    pub(crate) fn is_card(self) -> bool {
        Self::CARD.contains(&self)
    }

    pub(crate) fn is_needed(self, mode: Mode) -> bool {
        match self {
            Self::Email | Self::Amount | Self::Currency | Self::CheckoutMode => true,
            Self::SuccessUrl | Self::CancelUrl | Self::PendingUrl | Self::FailureUrl => false,
            Self::CallbackData => false,
            _ => mode == Mode::S2s,
        }
    }

    /// Text that people write as JSON numbers all the same.
    pub(crate) fn is_digits(self) -> bool {
        matches!(
            self,
            Self::CardNumber | Self::VerificationCode | Self::Postcode | Self::Phone
        )
    }

    /// What the gateway answers to such a problem, where it documents an answer.
    pub(crate) fn gateway_code(self, code: ProblemCode) -> Option<u32> {
        match (self, code) {
            (_, ProblemCode::Duplicate | ProblemCode::CardData) => None,
            (Self::Email, ProblemCode::Required) => Some(50002),
            (Self::Email, _) => Some(50005),
            (Self::Amount, ProblemCode::Required) => Some(50003),
            (Self::Currency, ProblemCode::Required) => Some(50004),
            (Self::Currency, _) => Some(50009),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_variants() {
        for (at, field) in Field::all().enumerate() {
            assert_eq!(field as usize, at);
            assert_eq!(Field::of(field.name()), Some(field));
        }
    }
}
