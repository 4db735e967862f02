use std::fmt;

use super::field_value::{FieldValue, ValueWriter, only_text};
use super::input::{Cleaning, Content};
use super::rules::Rules;
use crate::error::{Notes, ValueError, catalog};

/// A country by its ISO 3166-1 alpha-2 code, in upper case.
///
/// The 249 assigned codes and `XK`, which ISO 3166 leaves to its users and which is widely used for Kosovo.
/// Lower case is accepted and sent in upper case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountryCode([u8; 2]);

opaque_debug!(CountryCode);
parses!(CountryCode);
serde_as_text!(CountryCode);

impl CountryCode {
    /// Returns the two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Two ASCII letters.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    fn read(text: &str, notes: &mut Notes<'_>) -> Result<Self, ValueError> {
        let letters = <[u8; 2]>::try_from(text.as_bytes()).ok();
        let letters = letters.filter(|letters| letters.iter().all(u8::is_ascii_alphabetic));
        let Some(letters) = letters else {
            return Err(ValueError::new(&catalog::COUNTRY_FORM));
        };
        let code = letters.map(|letter| letter.to_ascii_uppercase());
        if code != letters {
            notes.warn(&catalog::UPPER_CASE);
        }
        if is_assigned(code) || code == KOSOVO {
            return Ok(Self(code));
        }
        let hint = |country: &'static str| ValueError::new(&catalog::COUNTRY_HINT).with(country);
        Err(match &code {
            b"UK" => hint("GB"),
            b"EL" => hint("GR"),
            _ => ValueError::new(&catalog::COUNTRY),
        })
    }
}

impl FieldValue for CountryCode {
    type Checked<'a> = Self;
    const CLEANING: Cleaning = Cleaning::Inside;

    fn check(content: Content<'_>, _: usize, notes: &mut Notes<'_>) -> Option<Self> {
        let read = only_text(content).and_then(|text| Self::read(&text, notes));
        notes.keep(read)
    }

    fn warn(code: &Self, _: &Rules, notes: &mut Notes<'_>) {
        if code.0 == KOSOVO {
            notes.warn(&catalog::COUNTRY_USER_ASSIGNED);
        }
    }

    fn view(&self) -> Self {
        *self
    }

    fn build(code: Self) -> Self {
        code
    }

    fn write(&self, out: &mut dyn ValueWriter) {
        out.text(self.as_str());
    }
}

impl AsRef<str> for CountryCode {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

const KOSOVO: [u8; 2] = *b"XK";

fn is_assigned(code: [u8; 2]) -> bool {
    let (mut low, mut high) = (0, ASSIGNED.len().div_ceil(3));
    while low < high {
        let middle = (low + high) / 2;
        match ASSIGNED.as_bytes()[3 * middle..3 * middle + 2].cmp(&code) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return true,
        }
    }
    false
}

/// The officially assigned codes (ISO 3166-1) in order, three octets an entry.
const ASSIGNED: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ \
BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES \
ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO \
IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK \
ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR \
PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK \
TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn every_pair_of_letters_agrees_with_rust_iso3166() {
        let mut accepted = 0;
        for first in b'A'..=b'Z' {
            for second in b'A'..=b'Z' {
                let text = String::from_utf8(vec![first, second]).unwrap();
                let theirs = rust_iso3166::from_alpha2(&text).is_some();
                let ours = text.parse::<CountryCode>();
                // The one accepted difference is the user-assigned code.
                if text != "XK" {
                    assert_eq!(ours.is_ok(), theirs, "{text}");
                    accepted += usize::from(ours.is_ok());
                }
            }
        }
        assert_eq!(accepted, 249);
        assert!("XK".parse::<CountryCode>().is_ok());
    }

    #[test]
    fn accepts_any_case_and_hints_at_the_right_code() {
        assert_eq!("de".parse::<CountryCode>().unwrap().as_str(), "DE");
        for text in ["D", "DEU", "D1", "Ä", "ＤＥ", "276"] {
            assert_eq!(
                text.parse::<CountryCode>().unwrap_err().code(),
                ErrorCode::Malformed,
                "{text}"
            );
        }
        for (text, hint) in [("UK", "GB"), ("el", "GR")] {
            let error = text.parse::<CountryCode>().unwrap_err();
            assert_eq!(error.code(), ErrorCode::Unsupported);
            assert_eq!(error.params().get("expected"), Some(hint.into()));
        }
    }
}
