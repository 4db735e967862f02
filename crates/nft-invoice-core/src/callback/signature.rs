use std::error::Error;
use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::answer::Unreadable;
use crate::callback::Callback;
use crate::problem::{Fault, ProblemCode};

/// Checks a callback's `X-Signature`.
///
/// **How the gateway computes the signature is not public.** [`hmac_sha256`](Self::hmac_sha256) is an assumption:
/// try it on a real callback before relying on it, and use [`custom`](Self::custom) if the gateway says something
/// else. Either way the check needs the body as it was received, not as a framework has parsed and written it
/// again.
///
/// ```
/// use nft_invoice_core::Verifier;
///
/// let verifier = Verifier::hmac_sha256("the new secret")?.or(Verifier::hmac_sha256("the old one")?);
/// assert!(verifier.read("no signature", br#"{"status":"invoice:paid"}"#).is_err());
/// # Ok::<(), nft_invoice_core::Fault>(())
/// ```
#[derive(Debug)]
pub struct Verifier {
    schemes: Vec<Scheme>,
}

impl Verifier {
    /// HMAC-SHA256 over the raw body with the bytes of `secret` as the key; the signature is written in hex (in
    /// any case) or in base64 (standard alphabet, with or without its padding) and compared in constant time.
    /// Assumed, not documented. The kept copy of the secret is wiped on drop.
    ///
    /// # Errors
    ///
    /// `required` for an empty secret, with which anybody could sign.
    pub fn hmac_sha256(secret: impl AsRef<[u8]>) -> Result<Self, Fault> {
        let secret = secret.as_ref();
        if secret.is_empty() {
            return Err(Fault::new(
                ProblemCode::Required,
                "the callback's secret is empty",
            ));
        }
        Ok(Self {
            schemes: vec![Scheme::HmacSha256(Zeroizing::new(secret.to_vec()))],
        })
    }

    /// A function of the header's value and the raw body, for whatever the gateway turns out to sign. It should
    /// compare in constant time.
    #[must_use]
    pub fn custom(check: impl Fn(&str, &[u8]) -> bool + Send + Sync + 'static) -> Self {
        Self {
            schemes: vec![Scheme::Custom(Box::new(check))],
        }
    }

    /// Also accepts what `other` accepts, for the days in which a secret is replaced.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.schemes.extend(other.schemes);
        self
    }

    /// Checks that `signature`, the value of the header `X-Signature`, belongs to the raw `body`.
    ///
    /// # Errors
    ///
    /// If it does not. Answer with a 4xx status and forget the body.
    pub fn verify(&self, signature: &str, body: &[u8]) -> Result<(), SignatureError> {
        let belongs = |scheme: &Scheme| scheme.belongs(signature, body);
        self.schemes
            .iter()
            .any(belongs)
            .then_some(())
            .ok_or(SignatureError)
    }

    /// Finds the one `X-Signature` among a request's `headers` (in any case), checks it against the raw `body`,
    /// and only then reads that. Takes the headers of any framework as pairs of name and value.
    ///
    /// A signature carries no time, and its scheme is an assumption: before goods leave, confirm by reading the
    /// invoice's infos, and compare id, amount, currency and reference.
    ///
    /// # Errors
    ///
    /// If there is no signature, more than one, or one that does not belong to the body; or as
    /// [`Callback::from_json`].
    pub fn receive<N, V>(
        &self,
        headers: impl IntoIterator<Item = (N, V)>,
        body: &[u8],
    ) -> Result<Callback, CallbackError>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        let mut signatures = headers
            .into_iter()
            .filter(|(name, _)| name.as_ref().eq_ignore_ascii_case("x-signature"));
        let refused = CallbackError::Signature(SignatureError);
        let (Some((_, signature)), None) = (signatures.next(), signatures.next()) else {
            return Err(refused);
        };
        let signature = std::str::from_utf8(signature.as_ref()).map_err(|_| refused)?;
        self.read(signature.trim(), body)
    }

    /// Checks the signature, and only then reads the body.
    ///
    /// # Errors
    ///
    /// If the signature does not belong to the body, or as [`Callback::from_json`].
    pub fn read(&self, signature: &str, body: &[u8]) -> Result<Callback, CallbackError> {
        self.verify(signature, body)
            .map_err(CallbackError::Signature)?;
        Callback::from_json(body).map_err(CallbackError::Unreadable)
    }
}

/// The signature does not belong to the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureError;

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the callback's signature does not belong to its body")
    }
}

impl Error for SignatureError {}

/// Why a callback was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackError {
    /// It is not from the gateway, or the secret or the scheme is another one.
    Signature(SignatureError),
    /// It is signed, and cannot be understood.
    Unreadable(Unreadable),
}

impl fmt::Display for CallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature(error) => error.fmt(f),
            Self::Unreadable(error) => error.fmt(f),
        }
    }
}

impl Error for CallbackError {}

enum Scheme {
    HmacSha256(Zeroizing<Vec<u8>>),
    Custom(Box<Check>),
}

type Check = dyn Fn(&str, &[u8]) -> bool + Send + Sync;

impl Scheme {
    fn belongs(&self, signature: &str, body: &[u8]) -> bool {
        let secret = match self {
            Self::HmacSha256(secret) => secret,
            Self::Custom(check) => return check(signature, body),
        };
        // A key may have any length: this never fails.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
            return false;
        };
        mac.update(body);
        let tag = mac.finalize().into_bytes();
        let given_hex = signature.to_ascii_lowercase();
        let given_base64 = signature.strip_suffix('=').unwrap_or(signature);
        let is_hex = hex(&tag).as_bytes().ct_eq(given_hex.as_bytes());
        let is_base64 = base64(&tag).as_bytes().ct_eq(given_base64.as_bytes());
        (is_hex | is_base64).into()
    }
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HmacSha256(_) => "HmacSha256(..)",
            Self::Custom(_) => "Custom(..)",
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Without padding.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| chunk.get(at).copied().map_or(0, u32::from);
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..=chunk.len() {
            let six = (bits >> (18 - 6 * at)) & 63;
            text.push(char::from(ALPHABET[six as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, section 4, all but the truncated one: key, data, HMAC-SHA-256.
    fn vectors() -> Vec<(Vec<u8>, Vec<u8>, &'static str)> {
        vec![
            (
                vec![0x0b; 20],
                b"Hi There".to_vec(),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe".to_vec(),
                b"what do ya want for nothing?".to_vec(),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                vec![0xaa; 20],
                vec![0xdd; 50],
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            ),
            (
                (1..=25).collect(),
                vec![0xcd; 50],
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            ),
            (
                vec![0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                vec![0xaa; 131],
                b"This is a test using a larger than block-size key and a larger than block-size data. \
                  The key needs to be hashed before being used by the HMAC algorithm."
                    .to_vec(),
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ]
    }

    #[test]
    fn a_request_has_exactly_one_signature() {
        let verifier = Verifier::custom(|signature, _| signature == "right");
        let body = br#"{"status":"invoice:paid"}"#;
        for (headers, taken) in [
            (
                vec![("content-type", "text/plain"), ("X-SIGNATURE", " right ")],
                true,
            ),
            (vec![("x-signature", "wrong")], false),
            (
                vec![("x-signature", "right"), ("X-Signature", "right")],
                false,
            ),
            (vec![("x-signatures", "right")], false),
            (vec![], false),
        ] {
            let received = verifier.receive(headers.clone(), body);
            assert_eq!(received.is_ok(), taken, "{headers:?}");
        }
    }

    #[test]
    fn the_vectors_of_rfc_4231_in_every_form() {
        for (key, body, signature) in vectors() {
            let verifier = Verifier::hmac_sha256(&key).unwrap();
            assert_eq!(verifier.verify(signature, &body), Ok(()), "{signature}");
            assert_eq!(
                verifier.verify(&signature.to_uppercase(), &body),
                Ok(()),
                "{signature}"
            );
            assert!(
                verifier.verify(signature, b"another body").is_err(),
                "{signature}"
            );
        }
        let jefe = Verifier::hmac_sha256("Jefe").unwrap();
        for form in [
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM",
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=",
        ] {
            assert_eq!(
                jefe.verify(form, b"what do ya want for nothing?"),
                Ok(()),
                "{form}"
            );
        }
    }

    #[test]
    fn nothing_but_the_whole_signature_is_taken() {
        let verifier = Verifier::hmac_sha256("Jefe").unwrap();
        let hex = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        for signature in [
            "",
            "=",
            &hex[..62],
            &format!("{hex}00"),
            &format!("{hex}="),
            &format!("sha256={hex}"),
            &format!(" {hex}"),
            &hex.replace('5', "6"),
            "w9zbrr9gdu5qbcqmcjv1x1oapwidjzmdnexyuwtsoem",
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEN",
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM==",
            "é",
        ] {
            let result = verifier.verify(signature, b"what do ya want for nothing?");
            assert_eq!(result, Err(SignatureError), "{signature:?}");
        }
    }

    #[test]
    fn base64_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

    #[test]
    fn two_secrets_and_a_function_of_ones_own() {
        let body = br#"{"status":"invoice:paid"}"#;
        let sign = |secret: &str| {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
            mac.update(body);
            hex(&mac.finalize().into_bytes())
        };
        let (new, old) = (Verifier::hmac_sha256("new"), Verifier::hmac_sha256("old"));
        let verifier = new.unwrap().or(old.unwrap());
        for (secret, accepted) in [("new", true), ("old", true), ("older", false)] {
            assert_eq!(
                verifier.read(&sign(secret), body).is_ok(),
                accepted,
                "{secret}"
            );
        }
        let own = Verifier::custom(|signature, body| signature.len() == body.len());
        assert!(own.verify("12", b"34").is_ok() && own.verify("1", b"34").is_err());
    }

    #[test]
    fn the_body_is_read_only_after_the_signature() {
        let verifier = Verifier::custom(|signature, _| signature == "good");
        assert_eq!(
            verifier.read("bad", b"[]"),
            Err(CallbackError::Signature(SignatureError))
        );
        assert!(matches!(
            verifier.read("good", b"[]"),
            Err(CallbackError::Unreadable(_))
        ));
    }

    #[test]
    fn a_secret_is_needed_and_not_shown() {
        let fault = Verifier::hmac_sha256("").unwrap_err();
        assert_eq!(fault.code(), ProblemCode::Required);
        let verifier = Verifier::hmac_sha256("s3cret").unwrap();
        assert_eq!(
            format!("{verifier:?}"),
            "Verifier { schemes: [HmacSha256(..)] }"
        );
    }
}
