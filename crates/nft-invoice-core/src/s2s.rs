use std::fmt;

use crate::card_expiry::CardExpiry;
use crate::card_number::CardNumber;
use crate::check::Rules;
use crate::country::CountryCode;
use crate::customer_ip::CustomerIp;
use crate::date::Date;
use crate::draft::Value;
use crate::field::Field;
use crate::hosted::images;
use crate::images::NftImages;
use crate::invoice::{Checked, Invoice, draft_of, names};
use crate::metadata::Metadata;
use crate::mode::Mode;
use crate::phone::Phone;
use crate::problem::Problems;
use crate::sale::{Sale, text};
use crate::text::{Description, Line, Postcode};
use crate::verification_code::VerificationCode;

/// An invoice, server to server, whose card the merchant collected. It lacks nothing that the gateway
/// documents as mandatory.
///
/// Whoever handles a card's number falls under PCI DSS.
pub struct S2s {
    /// Who pays how much.
    pub sale: Sale,
    /// The cardholder's name.
    pub name: Line,
    /// First address line.
    pub address1: Line,
    /// Second address line. The gateway documents it as mandatory, although many addresses have none:
    /// repeat the first line where the customer has none.
    pub address2: Line,
    /// City.
    pub city: Line,
    /// Billing country.
    pub country: CountryCode,
    /// Postal code.
    pub postcode: Postcode,
    /// The customer's date of birth.
    pub date_of_birth: Date,
    /// The card.
    pub card: Card,
    /// Where the NFT's images are.
    pub images: NftImages,
    /// The NFT's metadata.
    pub metadata: Metadata,
    /// The NFT's description.
    pub description: Description,
    /// The customer's IPv4 address.
    pub customer_ip: CustomerIp,
    /// The customer's telephone number.
    pub phone: Phone,
}

/// A card. `Debug` shows nothing of it; its number and verification code are wiped on drop.
#[derive(Debug)]
pub struct Card {
    /// The number.
    pub number: CardNumber,
    /// The last month in which it is good.
    pub expiry: CardExpiry,
    /// The verification code.
    pub verification_code: VerificationCode,
}

impl S2s {
    /// Applies the rules that need the day, an account's limits or more than one field.
    #[must_use]
    pub fn check(&self, rules: &Rules) -> Checked {
        let rules = Rules {
            mode: Some(Mode::S2s),
            ..*rules
        };
        draft_of(self.members()).check(&rules)
    }

    /// [`check`](Self::check) without the advice.
    ///
    /// # Errors
    ///
    /// Every problem.
    pub fn validate(&self, rules: &Rules) -> Result<Invoice, Problems> {
        self.check(rules).invoice
    }

    pub(crate) fn members(&self) -> Vec<(Field, Value<'_>)> {
        let owned = |text: String| Value::Text(text.into());
        let expiry = format!(
            "{:02}/{:04}",
            self.card.expiry.month(),
            self.card.expiry.year()
        );
        let mut members = self.sale.members();
        members.extend([
            (Field::Name, text(self.name.as_str())),
            (Field::Address1, text(self.address1.as_str())),
            (Field::Address2, text(self.address2.as_str())),
            (Field::City, text(self.city.as_str())),
            (Field::Country, text(self.country.as_str())),
            (Field::Postcode, text(self.postcode.as_str())),
            (Field::DateOfBirth, owned(self.date_of_birth.to_string())),
            (Field::CardNumber, text(self.card.number.expose())),
            (Field::CardExpiry, owned(expiry)),
            (
                Field::VerificationCode,
                text(self.card.verification_code.expose()),
            ),
            (Field::Images, images(&self.images)),
            (Field::Metadata, Value::Json(self.metadata.as_json().into())),
            (Field::Description, text(self.description.as_str())),
            (Field::CheckoutMode, text("nft")),
            (
                Field::CustomerIp,
                owned(self.customer_ip.addr().to_string()),
            ),
            (Field::Phone, text(self.phone.as_str())),
        ]);
        members
    }
}

impl fmt::Debug for S2s {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S2s")
            .field("members", &names(&self.members()))
            .finish()
    }
}
