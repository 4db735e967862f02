use std::fmt;

use crate::check::Rules;
use crate::country::CountryCode;
use crate::customer_ip::CustomerIp;
use crate::date::Date;
use crate::draft::Value;
use crate::field::Field;
use crate::images::NftImages;
use crate::invoice::{Checked, Invoice, draft_of, json_array, names};
use crate::metadata::Metadata;
use crate::phone::Phone;
use crate::problem::Problems;
use crate::sale::{Sale, text};
use crate::text::{Description, Line, Postcode};

/// An invoice whose card the customer enters on the gateway's page. Card data cannot be put into it.
///
/// ```
/// use nft_invoice_core::{Email, Hosted, Line, Sale, Rules};
///
/// let sale = Sale::new(Email::new("ada@shop.example").unwrap(), "15.04".parse().unwrap());
/// let hosted = Hosted {
///     name: Some(Line::new("Ada Lovelace").unwrap()),
///     ..Hosted::new(sale)
/// };
/// let invoice = hosted.validate(&Rules::new("2026-01-31".parse().unwrap())).unwrap();
/// assert_eq!(invoice.card_last4(), None);
/// ```
pub struct Hosted {
    /// Who pays how much.
    pub sale: Sale,
    /// The cardholder's name.
    pub name: Option<Line>,
    /// First address line.
    pub address1: Option<Line>,
    /// Second address line.
    pub address2: Option<Line>,
    /// City.
    pub city: Option<Line>,
    /// Billing country.
    pub country: Option<CountryCode>,
    /// Postal code.
    pub postcode: Option<Postcode>,
    /// The customer's date of birth.
    pub date_of_birth: Option<Date>,
    /// Where the NFT's images are.
    pub images: Option<NftImages>,
    /// The NFT's metadata.
    pub metadata: Option<Metadata>,
    /// The NFT's description.
    pub description: Option<Description>,
    /// The customer's IPv4 address.
    pub customer_ip: Option<CustomerIp>,
    /// The customer's telephone number.
    pub phone: Option<Phone>,
}

impl Hosted {
    /// An invoice that says nothing but `sale`.
    #[must_use]
    pub fn new(sale: Sale) -> Self {
        Self {
            sale,
            name: None,
            address1: None,
            address2: None,
            city: None,
            country: None,
            postcode: None,
            date_of_birth: None,
            images: None,
            metadata: None,
            description: None,
            customer_ip: None,
            phone: None,
        }
    }

    /// Applies the rules that need the day, an account's limits or more than one field.
    #[must_use]
    pub fn check(&self, rules: &Rules) -> Checked {
        let rules = Rules {
            mode: Some(crate::Mode::Hosted),
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
        let owned = |text: Option<String>| text.map(|text| Value::Text(text.into()));
        let mut members = self.sale.members();
        for (field, value) in [
            (Field::Name, line(&self.name)),
            (Field::Address1, line(&self.address1)),
            (Field::Address2, line(&self.address2)),
            (Field::City, line(&self.city)),
            (
                Field::Country,
                self.country.as_ref().map(|country| text(country.as_str())),
            ),
            (
                Field::Postcode,
                self.postcode
                    .as_ref()
                    .map(|postcode| text(postcode.as_str())),
            ),
            (
                Field::DateOfBirth,
                owned(self.date_of_birth.map(|day| day.to_string())),
            ),
            (Field::Images, self.images.as_ref().map(images)),
            (
                Field::Metadata,
                self.metadata
                    .as_ref()
                    .map(|data| Value::Json(data.as_json().into())),
            ),
            (
                Field::Description,
                self.description.as_ref().map(|words| text(words.as_str())),
            ),
            (Field::CheckoutMode, Some(text("nft"))),
            (
                Field::CustomerIp,
                owned(self.customer_ip.as_ref().map(|ip| ip.addr().to_string())),
            ),
            (
                Field::Phone,
                self.phone.as_ref().map(|phone| text(phone.as_str())),
            ),
        ] {
            members.extend(value.map(|value| (field, value)));
        }
        members
    }
}

impl fmt::Debug for Hosted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hosted")
            .field("members", &names(&self.members()))
            .finish()
    }
}

fn line(line: &Option<Line>) -> Option<Value<'_>> {
    line.as_ref().map(|line| text(line.as_str()))
}

/// The images as a JSON array.
pub(crate) fn images(images: &NftImages) -> Value<'_> {
    Value::Json(json_array(images.as_slice().iter().map(|image| image.as_str())).into())
}
