//! Reads an invoice member by member and reports what is wrong with each.

use crate::advice::{AdviceCode, Remark, unusual};
use crate::amount::Amount;
use crate::callback_data::{CallbackData, NO_REFERENCE};
use crate::card_expiry::CardExpiry;
use crate::card_number::{CardNumber, digits};
use crate::check::Rules;
use crate::country::CountryCode;
use crate::currency::Currency;
use crate::customer_ip::CustomerIp;
use crate::date::Date;
use crate::draft::{Draft, Value};
use crate::email::Email;
use crate::field::Field;
use crate::hosted::Hosted;
use crate::images::{ImageUrl, NftImages};
use crate::invoice::Parts;
use crate::json::{self, Kind, Text};
use crate::metadata::Metadata;
use crate::mode::Mode;
use crate::phone::Phone;
use crate::problem::{Fault, ProblemCode};
use crate::report::{Report, Spot};
use crate::s2s::{Card, S2s};
use crate::sale::{ReturnUrls, Sale};
use crate::text::{Description, Line, Postcode, required};
use crate::verification_code::VerificationCode;
use crate::web_url::WebUrl;

/// A draft being read. The report sorts itself, so the order of reading does not matter.
pub(crate) struct Reading<'d> {
    draft: &'d Draft<'d>,
    mode: Mode,
    rules: &'d Rules,
    report: &'d mut Report,
}

impl<'d> Reading<'d> {
    pub(crate) fn new(
        draft: &'d Draft<'d>,
        mode: Mode,
        rules: &'d Rules,
        report: &'d mut Report,
    ) -> Self {
        Self {
            draft,
            mode,
            rules,
            report,
        }
    }

    /// Reads every member, and only then gives up on those that lack.
    pub(crate) fn parts(mut self) -> Option<Parts> {
        let card = match self.mode {
            Mode::Hosted => self.no_card(),
            Mode::S2s => self.card(),
        };
        self.text(Field::CheckoutMode, checkout_mode);
        let sale = self.sale();
        let name = self.text(Field::Name, Line::new);
        self.say(Field::Name, name.as_ref().and_then(Line::name_remark));
        let address1 = self.text(Field::Address1, Line::new);
        let address2 = self.text(Field::Address2, Line::new);
        let city = self.text(Field::City, Line::new);
        let country = self.country();
        let postcode = self.text(Field::Postcode, Postcode::new);
        let date_of_birth = self.date_of_birth();
        let images = self.images();
        let metadata = self.metadata();
        let description = self.text(Field::Description, Description::new);
        self.say(
            Field::Description,
            description.as_ref().and_then(Description::remark),
        );
        let customer_ip = self.text(Field::CustomerIp, CustomerIp::new);
        self.say(
            Field::CustomerIp,
            customer_ip.as_ref().and_then(CustomerIp::remark),
        );
        let phone = self.text(Field::Phone, Phone::new);
        self.say(Field::Phone, phone.as_ref().and_then(Phone::remark));
        let sale = sale?;
        Some(match self.mode {
            Mode::Hosted => Parts::Hosted(Box::new(Hosted {
                sale,
                name,
                address1,
                address2,
                city,
                country,
                postcode,
                date_of_birth,
                images,
                metadata,
                description,
                customer_ip,
                phone,
            })),
            Mode::S2s => Parts::S2s(Box::new(S2s {
                sale,
                name: name?,
                address1: address1?,
                address2: address2?,
                city: city?,
                country: country?,
                postcode: postcode?,
                date_of_birth: date_of_birth?,
                card: card?,
                images: images?,
                metadata: metadata?,
                description: description?,
                customer_ip: customer_ip?,
                phone: phone?,
            })),
        })
    }

    fn sale(&mut self) -> Option<Sale> {
        let email = self.text(Field::Email, Email::new);
        self.say(Field::Email, email.as_ref().and_then(Email::remark));
        let amount = self.amount();
        let currency = self.text(Field::Currency, Currency::new);
        let return_urls = ReturnUrls {
            success: self.return_url(Field::SuccessUrl),
            cancel: self.return_url(Field::CancelUrl),
            pending: self.return_url(Field::PendingUrl),
            failure: self.return_url(Field::FailureUrl),
        };
        let callback_data = self.callback_data();
        Some(Sale {
            email: email?,
            amount: amount?,
            currency: currency?,
            return_urls,
            callback_data,
        })
    }

    fn return_url(&mut self, field: Field) -> Option<WebUrl> {
        let url = self.text(field, WebUrl::new)?;
        self.say(field, url.remarks());
        Some(url)
    }

    fn amount(&mut self) -> Option<Amount> {
        let value = self.value(Field::Amount)?;
        let text = match value {
            Value::Json(raw) if value.kind() == Kind::Number => Ok(Text::AsWritten(raw)),
            _ => value.text(),
        };
        let padded = text
            .as_ref()
            .is_ok_and(|text| matches!(text.as_bytes(), [b'0', b'0'..=b'9', ..]));
        let amount = self.keep(Field::Amount, text.and_then(|text| text.parse::<Amount>()))?;
        self.say(Field::Amount, padded.then_some(unusual("a leading zero")));
        let (limit, name, gateway_code) = match (self.rules.min, self.rules.max) {
            (Some(min), _) if amount < min => (min, "least", 50012),
            (_, Some(max)) if amount > max => (max, "greatest", 50011),
            _ => return Some(amount),
        };
        let fault = Fault::new(
            ProblemCode::OutOfRange,
            format!("the account's {name} amount is {limit}"),
        );
        self.report
            .problem(Field::Amount.into(), fault, Some(gateway_code));
        None
    }

    fn callback_data(&mut self) -> Option<CallbackData> {
        let reference = self.draft.reference();
        let Some(value) = self.value(Field::CallbackData) else {
            if reference.is_none() {
                self.say(Field::CallbackData, Some(NO_REFERENCE));
            }
            return reference.cloned().map(CallbackData::from);
        };
        let data = match value {
            Value::Text(text) => CallbackData::text(text),
            Value::Json(raw) => CallbackData::from_json(raw),
        };
        let data = data.and_then(|data| match reference {
            Some(reference) => data.with_reference(reference),
            None => Ok(data),
        });
        let data = self.keep(Field::CallbackData, data)?;
        self.say(Field::CallbackData, data.remark());
        Some(data)
    }

    fn country(&mut self) -> Option<CountryCode> {
        let mut lower = false;
        let country = self.text(Field::Country, |text| {
            lower = is_letters(text) && text.contains(|c: char| c.is_ascii_lowercase());
            CountryCode::new(text)
        });
        self.say(
            Field::Country,
            lower.then_some(normalized("sent in upper case")),
        );
        self.say(Field::Country, country.and_then(CountryCode::remark));
        country
    }

    fn date_of_birth(&mut self) -> Option<Date> {
        let born: Date = self.text(Field::DateOfBirth, str::parse)?;
        if born > self.rules.today {
            let fault = Fault::new(
                ProblemCode::OutOfRange,
                "a date of birth is not in the future",
            );
            self.report.fault(Field::DateOfBirth, "", fault);
            return None;
        }
        let old = born.is_over_years_before(130, self.rules.today);
        self.say(
            Field::DateOfBirth,
            old.then_some(unusual("more than 130 years ago")),
        );
        Some(born)
    }

    fn no_card(&mut self) -> Option<Card> {
        for field in Field::CARD {
            if self.value(field).is_some() {
                let message = "a hosted invoice carries no card: the customer enters it on the gateway's page";
                self.report
                    .fault(field, "", Fault::new(ProblemCode::NotAllowed, message));
            }
        }
        None
    }

    fn card(&mut self) -> Option<Card> {
        let number = self.card_number();
        let expiry = self.card_expiry();
        let verification_code = self.text(Field::VerificationCode, VerificationCode::new);
        let (number, verification_code) = (number?, verification_code?);
        if (verification_code.expose().len() == 4) != number.is_amex() {
            let remark = unusual("American Express codes have 4 digits, all others 3");
            self.say(Field::VerificationCode, Some(remark));
        }
        Some(Card {
            number,
            expiry: expiry?,
            verification_code,
        })
    }

    fn card_number(&mut self) -> Option<CardNumber> {
        let mut separated = false;
        let number = self.text(Field::CardNumber, |text| {
            separated =
                text.contains([' ', '-']) && digits(text).is_some_and(|digits| !digits.is_empty());
            CardNumber::new(text)
        });
        self.say(
            Field::CardNumber,
            separated.then_some(normalized("sent without its separators")),
        );
        self.say(
            Field::CardNumber,
            number.iter().flat_map(CardNumber::remarks),
        );
        number
    }

    fn card_expiry(&mut self) -> Option<CardExpiry> {
        let expiry = self.text(Field::CardExpiry, CardExpiry::new)?;
        self.say(Field::CardExpiry, expiry.remark(self.rules.today));
        match expiry.fault(self.rules.today) {
            Some(fault) => self.keep(Field::CardExpiry, Err(fault)),
            None => Some(expiry),
        }
    }

    fn images(&mut self) -> Option<NftImages> {
        let value = self.value(Field::Images)?;
        let elements = match value {
            Value::Json(raw) if value.kind() == Kind::Array => {
                json::elements(raw).unwrap_or_default()
            }
            _ => {
                let image = value.text().and_then(|text| ImageUrl::new(&text));
                let image = self.keep(Field::Images, image)?;
                self.say(Field::Images, image.remark());
                return Some(image.into());
            }
        };
        if elements.len() > NftImages::MAX {
            let fault = Fault::new(ProblemCode::TooLong, "at most 100 images");
            self.report.fault(Field::Images, "", fault);
            return None;
        }
        let mut images = Vec::with_capacity(elements.len());
        let mut complete = true;
        for (at, raw) in elements.into_iter().enumerate() {
            let suffix = format!("/{at}");
            let element = Value::Json(raw.into());
            let image = if element.is_missing() {
                Err(required())
            } else {
                element.text().and_then(|text| ImageUrl::new(&text))
            };
            match image {
                Ok(image) => {
                    self.say(Spot::from(Field::Images).inside(&suffix), image.remark());
                    images.push(image);
                }
                Err(fault) => {
                    complete = false;
                    self.report.fault(Field::Images, &suffix, fault);
                }
            }
        }
        complete
            .then(|| self.keep(Field::Images, NftImages::new(images)))
            .flatten()
    }

    fn metadata(&mut self) -> Option<Metadata> {
        let value = self.value(Field::Metadata)?;
        let read = match (value, value.kind()) {
            (Value::Json(raw), Kind::Object) => Metadata::read(raw, raw.len()),
            (_, Kind::String) => value
                .text()
                .map_err(|fault| vec![("", fault)])
                .and_then(|text| Metadata::read(&text, value.written())),
            _ => {
                let message = "the metadata is a JSON object, or a string that holds one";
                Err(vec![("", Fault::new(ProblemCode::WrongType, message))])
            }
        };
        match read {
            Ok(metadata) => {
                self.say(Field::Metadata, metadata.remark());
                Some(metadata)
            }
            Err(faults) => {
                for (suffix, fault) in faults {
                    self.report.fault(Field::Metadata, suffix, fault);
                }
                None
            }
        }
    }

    /// The value of `field`, if it counts as there; reports it when the mode needs it and it does not.
    fn value(&mut self, field: Field) -> Option<&'d Value<'d>> {
        let value = self.draft.last(field).filter(|value| !value.is_missing());
        if value.is_none() && field.is_needed(self.mode) {
            self.report.fault(field, "", required());
        }
        value
    }

    fn text<T>(&mut self, field: Field, read: impl FnOnce(&str) -> Result<T, Fault>) -> Option<T> {
        let value = self.value(field)?;
        let text = match (value, value.kind()) {
            (Value::Json(raw), Kind::Number) if field.is_digits() => {
                if !raw.bytes().all(|b| b.is_ascii_digit()) {
                    let fault = Fault::new(ProblemCode::Malformed, "write this as text, in quotes");
                    self.report.fault(field, "", fault);
                    return None;
                }
                self.say(field, Some(WAS_A_NUMBER));
                Ok(Text::AsWritten(raw))
            }
            _ => value.text(),
        };
        self.keep(field, text.and_then(|text| read(&text)))
    }

    fn keep<T>(&mut self, field: Field, read: Result<T, Fault>) -> Option<T> {
        read.map_err(|fault| self.report.fault(field, "", fault))
            .ok()
    }

    fn say(&mut self, spot: impl Into<Spot>, remarks: impl IntoIterator<Item = Remark>) {
        let spot = spot.into();
        for remark in remarks {
            self.report.remark(spot.clone(), remark);
        }
    }
}

fn is_letters(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic())
}

fn checkout_mode(text: &str) -> Result<(), Fault> {
    match text {
        "nft" => Ok(()),
        _ if text.eq_ignore_ascii_case("nft") => Err(Fault::new(
            ProblemCode::Unsupported,
            "write nft in lower case",
        )),
        _ => Err(Fault::new(
            ProblemCode::Unsupported,
            "the gateway takes nft only",
        )),
    }
}

const WAS_A_NUMBER: Remark = normalized("written as a number: as text it keeps its leading zeros");

const fn normalized(message: &'static str) -> Remark {
    Remark {
        code: AdviceCode::Normalized,
        message,
    }
}
