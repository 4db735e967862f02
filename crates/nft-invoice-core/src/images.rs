use crate::advice::{Remark, unusual};
use crate::problem::{Fault, ProblemCode};
use crate::text::{not_blank, opaque_debug, required};
use crate::web_url::{INSECURE, clean, host, is_insecure, is_web, scheme, short_enough};

/// Where an image of the NFT is: https, `ipfs://`, or another scheme that NFT markets read.
pub struct ImageUrl(String);

/// The images of an NFT, 1 to 100 of them.
pub struct NftImages(Vec<ImageUrl>);

opaque_debug!(ImageUrl, NftImages);

impl ImageUrl {
    /// Takes `text` as it is.
    ///
    /// # Errors
    ///
    /// `required` when blank; `too_long` over 2048 octets; `malformed` without a scheme, or an http(s) URL
    /// that [`WebUrl`](crate::WebUrl) would refuse; `unsupported` for `javascript:`, `file:` and `data:`.
    pub fn new(text: &str) -> Result<Self, Fault> {
        not_blank(text)?;
        short_enough(text)?;
        let (scheme, rest) = scheme(text)?;
        if is_web(scheme) {
            clean(text)?;
            host(rest)?;
        }
        if ["javascript", "file", "data"]
            .iter()
            .any(|refused| scheme.eq_ignore_ascii_case(refused))
        {
            return Err(Fault::new(
                ProblemCode::Unsupported,
                "an address that others can open: https:// or ipfs://",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn remark(&self) -> Option<Remark> {
        let (scheme, rest) = scheme(&self.0).ok()?;
        if is_insecure(scheme) {
            Some(INSECURE)
        } else if is_web(scheme) {
            None
        } else if !scheme.eq_ignore_ascii_case("ipfs") {
            Some(unusual(
                "a scheme other than https and ipfs: not every viewer opens it",
            ))
        } else {
            let cid = rest
                .strip_prefix("//")
                .unwrap_or_default()
                .split(['/', '?', '#'])
                .next()
                .unwrap_or_default();
            (!is_plausible_cid(cid))
                .then(|| unusual("no plausible content identifier follows ipfs://"))
        }
    }
}

impl NftImages {
    /// The most images.
    pub const MAX: usize = 100;

    /// Takes 1 to 100 images.
    ///
    /// # Errors
    ///
    /// `required` for none, `too_long` for more than 100.
    pub fn new(images: Vec<ImageUrl>) -> Result<Self, Fault> {
        match images.len() {
            0 => Err(required()),
            1..=Self::MAX => Ok(Self(images)),
            _ => Err(Fault::new(ProblemCode::TooLong, "at most 100 images")),
        }
    }

    /// The images.
    #[must_use]
    pub fn as_slice(&self) -> &[ImageUrl] {
        &self.0
    }
}

impl From<ImageUrl> for NftImages {
    fn from(image: ImageUrl) -> Self {
        Self(vec![image])
    }
}

/// Version 0 is `Qm` and 44 of base58; version 1 starts with the letter of its base.
fn is_plausible_cid(cid: &str) -> bool {
    let Some(base) = cid.bytes().next() else {
        return false;
    };
    let digits = &cid.as_bytes()[1..];
    let base58 = |b: &u8| b.is_ascii_alphanumeric() && !b"0OIl".contains(b);
    if cid.len() == 46 && cid.starts_with("Qm") {
        return digits.iter().all(base58);
    }
    let of_base: fn(&u8) -> bool = match base {
        b'b' => |b| matches!(b, b'a'..=b'z' | b'2'..=b'7'),
        b'B' => |b| matches!(b, b'A'..=b'Z' | b'2'..=b'7'),
        b'f' => |b| matches!(b, b'0'..=b'9' | b'a'..=b'f'),
        b'F' => |b| matches!(b, b'0'..=b'9' | b'A'..=b'F'),
        b'k' => |b| matches!(b, b'0'..=b'9' | b'a'..=b'z'),
        b'K' => |b| matches!(b, b'0'..=b'9' | b'A'..=b'Z'),
        b'z' => |b| b.is_ascii_alphanumeric() && !b"0OIl".contains(b),
        b'm' => |b| b.is_ascii_alphanumeric() || b"+/".contains(b),
        b'u' => |b| b.is_ascii_alphanumeric() || b"-_".contains(b),
        _ => return false,
    };
    // Version, codec, hash function and length take 4 bytes; a digest has at least 16.
    digits.len() >= 26 && digits.iter().all(of_base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advice::AdviceCode;

    const CID0: &str = "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG";
    const CID1: &str = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";

    #[test]
    fn refused_and_accepted() {
        use ProblemCode::{Malformed, TooLong, Unsupported};
        let data = format!("data:image/png;base64,{}", "A".repeat(3000));
        for (text, expected) in [
            ("https://cdn.example/1.png", None),
            ("http://cdn.example/1.png", None),
            (&format!("ipfs://{CID1}/1.png"), None),
            ("ar://abc", None),
            ("Url NFT image", Some(Malformed)),
            ("cdn.example/1.png", Some(Malformed)),
            ("https://", Some(Malformed)),
            ("https://cdn.example/a b.png", Some(Malformed)),
            ("JavaScript:alert(1)", Some(Unsupported)),
            ("file:///etc/passwd", Some(Unsupported)),
            ("data:image/png;base64,AA", Some(Unsupported)),
            (&data, Some(TooLong)),
        ] {
            assert_eq!(
                ImageUrl::new(text).err().map(|f| f.code()),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn remarked_on() {
        for (text, expected) in [
            (format!("ipfs://{CID0}/1.png"), None),
            (format!("ipfs://{CID1}"), None),
            (format!("ipfs://ipfs/{CID0}"), Some(AdviceCode::Unusual)),
            ("ipfs://".into(), Some(AdviceCode::Unusual)),
            ("ipfs://my-nft.png".into(), Some(AdviceCode::Unusual)),
            (format!("ipfs://{}", &CID0[..45]), Some(AdviceCode::Unusual)),
            ("ar://abc".into(), Some(AdviceCode::Unusual)),
            (
                "http://cdn.example/1.png".into(),
                Some(AdviceCode::InsecureUrl),
            ),
            ("https://localhost/1.png".into(), None),
        ] {
            let remark = ImageUrl::new(&text).unwrap().remark();
            assert_eq!(remark.map(|remark| remark.code), expected, "{text}");
        }
    }

    #[test]
    fn one_to_a_hundred() {
        let some = |n| {
            (0..n)
                .map(|_| ImageUrl::new("https://x.y/1").unwrap())
                .collect()
        };
        assert_eq!(
            NftImages::new(some(0)).unwrap_err().code(),
            ProblemCode::Required
        );
        assert_eq!(NftImages::new(some(100)).unwrap().as_slice().len(), 100);
        assert_eq!(
            NftImages::new(some(101)).unwrap_err().code(),
            ProblemCode::TooLong
        );
    }
}
