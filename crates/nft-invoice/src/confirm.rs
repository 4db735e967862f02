//! Confirming a callback by reading the invoice's infos.

use nft_invoice_core::{Amount, Callback, Currency, Info, Invoice, InvoiceId, Received, Reference};

/// What the merchant expects of the invoice that a callback reports. Store it with the order, before the create.
///
/// ```
/// use nft_invoice::{Date, Draft, Expected, Reference, Rules};
///
/// let rules = Rules::on(Date::new(2026, 1, 31).unwrap());
/// let draft = Draft::new().email("customer@shop.example").amount("15.04");
/// let invoice = draft.reference(Reference::new("order-7f3a")?).validate(&rules)?;
/// let expected = Expected::of(&invoice).expect("it carries a reference");
/// assert_eq!(expected.amount.to_string(), "15.04");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Expected {
    /// The amount that was invoiced.
    pub amount: Amount,
    /// The currency that was invoiced.
    pub currency: Currency,
    /// The reference that the invoice carries.
    pub reference: Reference,
}

impl Expected {
    /// Returns what is expected of `invoice`; `None` if it carries no reference.
    #[must_use]
    pub fn of(invoice: &Invoice) -> Option<Self> {
        Some(Self {
            amount: *invoice.amount(),
            currency: *invoice.currency(),
            reference: invoice.reference()?,
        })
    }
}

/// The result of [`confirm`](crate::Client::confirm).
///
/// It follows from the infos alone: the callback says only which invoice to read. Its status can be old or forged, so
/// decide by `info.status`.
#[derive(Clone, Debug)]
pub enum Confirmation {
    /// The infos agree with the callback and with what was expected, and the customer has paid: deliver, once for each
    /// reference, because a callback can come again.
    Paid(Box<Info>),
    /// The infos agree, but the customer has not paid. `info.status` is the invoice's status now: it may still be paid
    /// unless the status [is final](nft_invoice_core::InvoiceStatus::is_final). An invoice that was [paid](Self::Paid)
    /// comes here after a chargeback.
    NotPaid(Box<Info>),
    /// The infos do not agree, so nothing is said about a payment. Do not deliver; let a person compare the two.
    Mismatch {
        /// What the gateway knows of the invoice.
        info: Box<Info>,
        /// What differs.
        fields: Vec<MismatchedField>,
    },
    /// The callback has no id that can be read, so there is nothing to compare with. Respond with 400, and
    /// [`find`](crate::Client::find) the invoice by its reference.
    WithoutId,
}

/// A field of the infos that differs from what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MismatchedField {
    /// [`Info::id`] differs from the callback's.
    Id,
    /// The amount is missing, unreadable or another one.
    Amount,
    /// The currency is missing or another one. The gateway's infos may show `USDC`, which is not the `USD` that was
    /// invoiced; whether it may then be credited is for the merchant to decide.
    Currency,
    /// The reference is missing or another one.
    Reference,
}

/// The id whose infos confirm `callback`.
pub(crate) fn id(callback: &Callback) -> Option<&InvoiceId> {
    callback.id.as_ref().and_then(Received::value)
}

/// Compares the infos with the callback and with what was expected.
pub(crate) fn compare(id: &InvoiceId, info: Info, expected: &Expected) -> Confirmation {
    let amount = info.amount.as_ref().and_then(Received::value);
    let checks = [
        (
            MismatchedField::Id,
            info.id.as_ref().and_then(Received::value) == Some(id),
        ),
        (
            MismatchedField::Amount,
            amount.is_some_and(|amount| *amount == expected.amount),
        ),
        (
            MismatchedField::Currency,
            info.currency.as_deref() == Some(expected.currency.as_str()),
        ),
        (
            MismatchedField::Reference,
            info.reference().as_ref() == Some(&expected.reference),
        ),
    ];
    let fields: Vec<_> = checks
        .into_iter()
        .filter(|(_, agrees)| !agrees)
        .map(|(field, _)| field)
        .collect();
    let info = Box::new(info);
    if !fields.is_empty() {
        Confirmation::Mismatch { info, fields }
    } else if info.status.may_credit() {
        Confirmation::Paid(info)
    } else {
        Confirmation::NotPaid(info)
    }
}
