use std::error::Error;
use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::Callback;
use crate::error::{ValueError, catalog};
use crate::response::Unreadable;

/// Checks a callback's `X-Signature`. With the feature `callback`.
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
/// # Ok::<(), nft_invoice_core::ValueError>(())
/// ```
#[derive(Debug)]
pub struct Verifier {
    schemes: Vec<Scheme>,
    reads_cgi_names: bool,
}

impl Verifier {
    /// Creates a check of HMAC-SHA256 over the raw body with the bytes of `secret` as the key. The signature is in hex
    /// (in any case) or in base64 (standard alphabet, with or without its padding) and compared in constant time.
    /// An assumption, not documented. The copy of the secret is wiped on drop.
    ///
    /// # Errors
    ///
    /// `required` for an empty secret, with which anyone could sign; `malformed` for one with white space around it,
    /// such as the line end of a file.
    pub fn hmac_sha256(secret: impl AsRef<[u8]>) -> Result<Self, ValueError> {
        let secret = secret.as_ref();
        if secret.is_empty() {
            return Err(ValueError::new(&catalog::SECRET_MISSING));
        }
        if secret.trim_ascii().len() < secret.len() {
            return Err(ValueError::new(&catalog::SECRET_SPACES));
        }
        Ok(Self::of(Scheme::HmacSha256(Zeroizing::new(
            secret.to_vec(),
        ))))
    }

    /// Creates a check by a function of the header's value and the raw body, for whatever the gateway turns out to
    /// sign. It should compare in constant time.
    #[must_use]
    pub fn custom(check: impl Fn(&str, &[u8]) -> bool + Send + Sync + 'static) -> Self {
        Self::of(Scheme::Custom(Box::new(check)))
    }

    fn of(scheme: Scheme) -> Self {
        Self {
            schemes: vec![scheme],
            reads_cgi_names: false,
        }
    }

    /// Makes [`receive`](Self::receive) also take `HTTP_X_SIGNATURE` for the header's name, as CGI, WSGI and Rack hand
    /// headers over.
    ///
    /// Only for those: behind another server, a client could send a header with that name itself.
    #[must_use]
    pub fn with_cgi_names(mut self) -> Self {
        self.reads_cgi_names = true;
        self
    }

    /// Also accepts what `other` accepts, while a secret is being replaced.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.schemes.extend(other.schemes);
        self.reads_cgi_names |= other.reads_cgi_names;
        self
    }

    /// Checks that `signature`, the value of the header `X-Signature`, is that of the raw `body`.
    ///
    /// # Errors
    ///
    /// If it is not. Respond with a 4xx status and discard the body.
    pub fn verify(&self, signature: &str, body: &[u8]) -> Result<(), SignatureError> {
        let matches = |scheme: &Scheme| scheme.matches(signature, body);
        self.schemes
            .iter()
            .any(matches)
            .then_some(())
            .ok_or(SignatureError)
    }

    /// Finds the one `X-Signature` among a request's `headers` (in any case), checks it against the raw `body`,
    /// and only then reads that. Takes the headers of any framework as pairs of name and value:
    /// a `&HeaderMap` of the crate `http`, which axum and hyper use, fits.
    ///
    /// A signature carries no time, and its scheme is an assumption: before goods leave, confirm by reading the
    /// invoice's infos, and compare id, amount, currency and reference.
    ///
    /// ```
    /// use nft_invoice_core::{CallbackError, Verifier};
    ///
    /// let verifier = Verifier::hmac_sha256("the secret")?;
    /// let body = br#"{"id":7,"status":"invoice:paid"}"#;
    /// match verifier.receive([("X-Signature", "5f3a")], body) {
    ///     Ok(callback) => println!("read the infos of {:?}", callback.id),
    ///     Err(CallbackError::Unreadable(_)) => println!("respond with 400"),
    ///     Err(error) => println!("log {error}, and respond with 403"),
    /// }
    /// # Ok::<(), nft_invoice_core::ValueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no signature, more than one, or a wrong one: respond with 403. Or as [`Callback::from_json`]: respond
    /// with 400.
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
            .filter(|(name, _)| self.is_signature(name.as_ref()));
        let Some((_, signature)) = signatures.next() else {
            return Err(CallbackError::MissingSignature);
        };
        if signatures.next().is_some() {
            return Err(CallbackError::RepeatedSignature);
        }
        let signature = std::str::from_utf8(signature.as_ref())
            .map_err(|_| CallbackError::Signature(SignatureError))?;
        self.read(signature.trim(), body)
    }

    fn is_signature(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case("x-signature")
            || (self.reads_cgi_names && name == "HTTP_X_SIGNATURE")
    }

    /// Checks the signature, and only then reads the body.
    ///
    /// # Errors
    ///
    /// If the signature is wrong, or as [`Callback::from_json`].
    pub fn read(&self, signature: &str, body: &[u8]) -> Result<Callback, CallbackError> {
        self.verify(signature, body)
            .map_err(CallbackError::Signature)?;
        Callback::from_json(body).map_err(CallbackError::Unreadable)
    }
}

/// The signature is not that of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureError;

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the callback's signature is wrong")
    }
}

impl Error for SignatureError {}

/// Why a callback was not accepted. The difference is for logs: give every sender whose signature was not accepted the
/// same response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackError {
    /// There is no header `X-Signature`.
    MissingSignature,
    /// There are several headers `X-Signature`, and programs differ in which one they read.
    RepeatedSignature,
    /// It is not from the gateway, or the secret or the scheme is wrong.
    Signature(SignatureError),
    /// It is signed, but cannot be understood.
    Unreadable(Unreadable),
}

impl fmt::Display for CallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingSignature => f.write_str("the callback has no signature"),
            Self::RepeatedSignature => f.write_str("the callback has more than one signature"),
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
    fn matches(&self, signature: &str, body: &[u8]) -> bool {
        let secret = match self {
            Self::HmacSha256(secret) => secret,
            Self::Custom(check) => return check(signature, body),
        };
        let Some(given) = from_hex(signature).or_else(|| from_base64(signature)) else {
            return false;
        };
        // A key may have any length: this never fails.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
            return false;
        };
        mac.update(body);
        mac.finalize().into_bytes().as_slice().ct_eq(&given).into()
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

/// The 32 bytes of a signature in hex.
fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        *byte = (digit(0)? << 4 | digit(1)?) as u8;
    }
    Some(bytes)
}

/// The 32 bytes of a signature in base64 (standard alphabet), with or without its padding.
fn from_base64(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 43] = text
        .strip_suffix('=')
        .unwrap_or(text)
        .as_bytes()
        .try_into()
        .ok()?;
    let mut bytes = [0; 32];
    let (mut bits, mut count, mut at) = (0_u32, 0, 0);
    for digit in digits {
        let six = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes[at] = (bits >> count) as u8;
            at += 1;
        }
    }
    // The bits that are left over are zeros in the one way of writing these bytes.
    (bits & ((1 << count) - 1) == 0).then_some(bytes)
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
    fn accepts_exactly_one_signature() {
        let verifier = Verifier::custom(|signature, _| signature == "right");
        let body = br#"{"status":"invoice:paid"}"#;
        let wrong = CallbackError::Signature(SignatureError);
        for (headers, error) in [
            (
                vec![("content-type", "text/plain"), ("X-SIGNATURE", " right ")],
                None,
            ),
            (vec![("x-signature", "wrong")], Some(wrong)),
            (
                vec![("x-signature", "right"), ("X-Signature", "right")],
                Some(CallbackError::RepeatedSignature),
            ),
            (
                vec![("x-signatures", "right")],
                Some(CallbackError::MissingSignature),
            ),
            (vec![], Some(CallbackError::MissingSignature)),
        ] {
            let received = verifier.receive(headers.clone(), body);
            assert_eq!(received.err(), error, "{headers:?}");
        }
    }

    #[test]
    fn reads_cgi_names_only_if_asked_to() {
        let verifier = Verifier::custom(|signature, _| signature == "right");
        let body = br#"{"status":"invoice:paid"}"#;
        let cgi = [("HTTP_X_SIGNATURE", "right")];
        assert_eq!(
            verifier.receive(cgi, body),
            Err(CallbackError::MissingSignature)
        );
        let verifier = verifier.with_cgi_names();
        assert!(verifier.receive(cgi, body).is_ok());
        // What a client can send itself.
        for name in ["http_x_signature", "HTTP-X-SIGNATURE", "X_SIGNATURE"] {
            assert!(verifier.receive([(name, "right")], body).is_err(), "{name}");
        }
        let verifier = Verifier::custom(|_, _| false).or(verifier);
        assert!(verifier.receive(cgi, body).is_ok());
        let both = [("HTTP_X_SIGNATURE", "right"), ("X-Signature", "right")];
        assert_eq!(
            verifier.receive(both, body),
            Err(CallbackError::RepeatedSignature)
        );
    }

    #[test]
    fn accepts_the_vectors_of_rfc_4231_in_every_form() {
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
    fn rejects_anything_but_the_whole_signature() {
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
    fn accepts_two_secrets_and_a_custom_function() {
        let body = br#"{"status":"invoice:paid"}"#;
        let sign = |secret: &str| {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
            mac.update(body);
            mac.finalize()
                .into_bytes()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
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
    fn reads_the_body_only_after_the_signature() {
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
    fn requires_a_secret_and_does_not_show_it() {
        for secret in ["secret\n", " secret", "\tsecret\r\n", " "] {
            let error = Verifier::hmac_sha256(secret).unwrap_err();
            assert_eq!(error.code(), crate::ErrorCode::Malformed, "{secret:?}");
        }
        assert!(Verifier::hmac_sha256("a secret").is_ok());
        let error = Verifier::hmac_sha256("").unwrap_err();
        assert_eq!(error.code(), crate::error::ErrorCode::Required);
        let verifier = Verifier::hmac_sha256("s3cret").unwrap();
        assert_eq!(
            format!("{verifier:?}"),
            "Verifier { schemes: [HmacSha256(..)], reads_cgi_names: false }"
        );
    }
}
