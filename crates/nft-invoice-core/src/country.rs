use crate::advice::{Remark, unusual};
use crate::problem::{Fault, ProblemCode};
use crate::text::{not_blank, opaque_debug};

/// A country by its ISO 3166-1 alpha-2 code, upper case.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CountryCode([u8; 2]);

opaque_debug!(CountryCode);

impl CountryCode {
    /// Takes two letters of either case.
    ///
    /// # Errors
    ///
    /// `required` when blank, `malformed` when not two ASCII letters, `unsupported` when not one of the
    /// 249 assigned codes or `XK`, which ISO 3166 leaves to its users and the world uses for Kosovo.
    pub fn new(text: &str) -> Result<Self, Fault> {
        not_blank(text)?;
        let malformed = Fault::new(
            ProblemCode::Malformed,
            "write the country as two letters, ISO 3166-1 alpha-2: DE, FR, US",
        );
        let Ok(code) = <[u8; 2]>::try_from(text.as_bytes()) else {
            return Err(malformed);
        };
        if !code.iter().all(u8::is_ascii_alphabetic) {
            return Err(malformed);
        }
        let code = code.map(|letter| letter.to_ascii_uppercase());
        let assigned = ASSIGNED
            .as_bytes()
            .chunks(3)
            .any(|entry| entry[..2] == code);
        if assigned || code == KOSOVO {
            return Ok(Self(code));
        }
        Err(Fault::new(
            ProblemCode::Unsupported,
            match &code {
                b"UK" => "not an ISO 3166-1 code; the United Kingdom is GB",
                b"EL" => "not an ISO 3166-1 code; Greece is GR",
                _ => "not one of the assigned ISO 3166-1 alpha-2 codes",
            },
        ))
    }

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Two ASCII letters.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    pub(crate) fn remark(self) -> Option<Remark> {
        (self.0 == KOSOVO).then(|| {
            unusual(
                "XK is a user-assigned code: in wide use for Kosovo, but not every system knows it",
            )
        })
    }
}

const KOSOVO: [u8; 2] = *b"XK";

/// The officially assigned codes (ISO 3166-1), three octets an entry.
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

    #[test]
    fn every_pair_of_letters_agrees_with_rust_iso3166() {
        let mut accepted = 0;
        for first in b'A'..=b'Z' {
            for second in b'A'..=b'Z' {
                let text = String::from_utf8(vec![first, second]).unwrap();
                let theirs = rust_iso3166::from_alpha2(&text).is_some();
                let ours = CountryCode::new(&text);
                // The one accepted difference is the user-assigned code.
                if text != "XK" {
                    assert_eq!(ours.is_ok(), theirs, "{text}");
                    accepted += usize::from(ours.is_ok());
                }
            }
        }
        assert_eq!(accepted, 249);
        assert!(CountryCode::new("XK").unwrap().remark().is_some());
    }

    #[test]
    fn case_form_and_hints() {
        assert_eq!(CountryCode::new("de").unwrap().as_str(), "DE");
        for text in ["D", "DEU", "D1", " DE", "Ä", "ＤＥ", "276"] {
            assert_eq!(
                CountryCode::new(text).unwrap_err().code(),
                ProblemCode::Malformed,
                "{text}"
            );
        }
        for (text, hint) in [("UK", "GB"), ("el", "GR")] {
            let fault = CountryCode::new(text).unwrap_err();
            assert_eq!(fault.code(), ProblemCode::Unsupported);
            assert!(fault.message().contains(hint), "{}", fault.message());
        }
    }
}
