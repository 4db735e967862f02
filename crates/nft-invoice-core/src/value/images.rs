use std::slice;

use super::field_value::{FieldValue, ValueWriter};
use super::input::{Cleaning, Content, Input};
use super::rules::Rules;
use super::url::{has_url_characters, host, is_short_enough, is_web, scheme, warn_text, warn_web};
use crate::error::{Notes, ValueError, catalog};
use crate::json::{self, Kind, Text};

text_field! {
    /// The URL of an image of the NFT, of at most 2048 octets: `https://`, `ipfs://`, or another scheme that NFT
    /// marketplaces read. `javascript:`, `file:` and `data:` are not supported.
    ImageUrl, Url, text,
    check: check_image,
    warn: warn_image,
}

/// The images of an NFT: 1 to 100 URLs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Images(Vec<ImageUrl>);

opaque_debug!(Images);
parses!(Images);

impl Images {
    /// The maximum number of images.
    pub const MAX: usize = 100;

    /// Creates a list of 1 to 100 images.
    ///
    /// # Errors
    ///
    /// `required` without an image, `too_long` with more than 100.
    pub fn new(images: Vec<ImageUrl>) -> Result<Self, ValueError> {
        match images.len() {
            0 => Err(ValueError::new(&catalog::REQUIRED)),
            1..=Self::MAX => Ok(Self(images)),
            _ => Err(too_many()),
        }
    }

    /// Returns the images as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[ImageUrl] {
        &self.0
    }

    /// Returns an iterator over the images.
    pub fn iter(&self) -> slice::Iter<'_, ImageUrl> {
        self.0.iter()
    }

    /// Returns the images, without a copy.
    #[must_use]
    pub fn into_inner(self) -> Vec<ImageUrl> {
        self.0
    }
}

impl<'a> IntoIterator for &'a Images {
    type Item = &'a ImageUrl;
    type IntoIter = slice::Iter<'a, ImageUrl>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<ImageUrl> for Images {
    fn from(image: ImageUrl) -> Self {
        Self(vec![image])
    }
}

/// Images that were checked.
#[derive(Debug)]
pub enum CheckedImages<'a> {
    /// One, written as a string.
    One(Text<'a>),
    /// Those of an array.
    Array(Vec<Text<'a>>),
}

impl FieldValue for Images {
    type Checked<'a> = CheckedImages<'a>;
    const CLEANING: Cleaning = Cleaning::Url;

    fn is_missing(content: &Content<'_>) -> bool {
        matches!(content, Content::Json(raw) if json::elements(raw).is_some_and(|elements| elements.is_empty()))
    }

    fn check<'a>(
        content: Content<'a>,
        _: usize,
        notes: &mut Notes<'_>,
    ) -> Option<CheckedImages<'a>> {
        let array = match content {
            Content::Json(raw) if json::kind(raw) == Kind::Array => raw,
            Content::Text(_) => return ImageUrl::check(content, 0, notes).map(CheckedImages::One),
            _ => {
                notes.error(ValueError::new(&catalog::NOT_IMAGES));
                return None;
            }
        };
        let elements = json::elements(array).unwrap_or_default();
        if elements.len() > Self::MAX {
            notes.error(too_many());
            return None;
        }
        let mut images = Vec::with_capacity(elements.len());
        for (at, element) in elements.iter().enumerate() {
            let notes = &mut notes.element(at);
            images.extend(match Input::json(element).content(Cleaning::Url, notes) {
                Ok(Content::Missing) => notes.keep(Err(ValueError::new(&catalog::REQUIRED))),
                Ok(content) => ImageUrl::check(content, 0, notes),
                Err(error) => notes.keep(Err(error)),
            });
        }
        (images.len() == elements.len()).then_some(CheckedImages::Array(images))
    }

    fn warn(images: &CheckedImages<'_>, _: &Rules, notes: &mut Notes<'_>) {
        match images {
            CheckedImages::One(image) => warn_image(image, notes),
            CheckedImages::Array(images) => {
                for (at, image) in images.iter().enumerate() {
                    warn_image(image, &mut notes.element(at));
                }
            }
        }
    }

    fn view(&self) -> CheckedImages<'_> {
        CheckedImages::Array(
            self.0
                .iter()
                .map(|image| Text::Borrowed(image.as_str()))
                .collect(),
        )
    }

    fn build(images: CheckedImages<'_>) -> Self {
        Self(match images {
            CheckedImages::One(image) => vec![ImageUrl::build(image)],
            CheckedImages::Array(images) => images.into_iter().map(ImageUrl::build).collect(),
        })
    }

    fn each_text<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        self.0.iter().for_each(|image| each(image.as_str()));
    }

    fn write(&self, out: &mut dyn ValueWriter) {
        out.urls(&mut self.0.iter().map(ImageUrl::as_str));
    }
}

fn too_many() -> ValueError {
    ValueError::new(&catalog::TOO_MANY_IMAGES).with(Images::MAX)
}

fn check_image(text: &str) -> Result<(), ValueError> {
    let (scheme, rest) = scheme(text)?;
    if is_web(scheme) {
        has_url_characters(text)?;
        host(rest)?;
    }
    if ["javascript", "file", "data"]
        .iter()
        .any(|refused| scheme.eq_ignore_ascii_case(refused))
    {
        return Err(ValueError::new(&catalog::IMAGE_SCHEME));
    }
    is_short_enough(text)
}

fn warn_image(text: &str, notes: &mut Notes<'_>) {
    let Ok((scheme, rest)) = scheme(text) else {
        return;
    };
    if is_list(rest) {
        notes.warn(&catalog::IMAGE_LIST);
    }
    if is_web(scheme) {
        warn_web(scheme, rest, notes);
    } else if !scheme.eq_ignore_ascii_case("ipfs") {
        notes.warn(&catalog::IMAGE_SCHEME_UNUSUAL);
    } else {
        let path = rest.strip_prefix("//").unwrap_or_default();
        if !is_plausible_cid(path.split(['/', '?', '#']).next().unwrap_or_default()) {
            notes.warn(&catalog::IMAGE_CID);
        }
    }
    warn_text(text, notes);
}

/// Whether another URL follows after a separator.
fn is_list(text: &str) -> bool {
    text.split([',', ';', '|', ' ', '\n']).skip(1).any(|part| {
        part.split_once("://").is_some_and(|(scheme, _)| {
            !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric())
        })
    })
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
    use crate::error::ErrorCode;

    #[test]
    fn accepts_urls_that_others_can_open() {
        use ErrorCode::{Malformed, TooLong, Unsupported};
        let data = format!("data:image/png;base64,{}", "A".repeat(3000));
        let long = format!("ar://{}", "a".repeat(2044));
        for (text, expected) in [
            ("https://cdn.example/1.png", None),
            ("http://cdn.example/1.png", None),
            (
                "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/1.png",
                None,
            ),
            ("ar://abc", None),
            ("ar://a b", None),
            ("Url NFT image", Some(Malformed)),
            ("cdn.example/1.png", Some(Malformed)),
            ("cdn.example:8080/1.png", Some(Malformed)),
            ("https://", Some(Malformed)),
            ("https://cdn..example/1.png", Some(Malformed)),
            ("https://cdn.example/a b.png", Some(Malformed)),
            ("JavaScript:alert(1)", Some(Unsupported)),
            ("file:///etc/passwd", Some(Unsupported)),
            (&data, Some(Unsupported)),
            (&long, Some(TooLong)),
        ] {
            let code = text.parse::<ImageUrl>().err().map(|error| error.code());
            assert_eq!(code, expected, "{text}");
        }
    }

    #[test]
    fn content_identifiers_have_the_form_of_their_version() {
        let (v0, v1) = (
            "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG",
            "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
        );
        assert!(is_plausible_cid(v0) && is_plausible_cid(v1));
        for text in ["", "ipfs", "my-nft.png", &v0[..45], "bafy", "é"] {
            assert!(!is_plausible_cid(text), "{text}");
        }
    }

    #[test]
    fn one_to_a_hundred_images() {
        let some = |n| (0..n).map(|_| "https://x.y/1".parse().unwrap()).collect();
        assert_eq!(
            Images::new(some(0)).unwrap_err().code(),
            ErrorCode::Required
        );
        assert_eq!(Images::new(some(100)).unwrap().as_slice().len(), 100);
        assert_eq!(
            Images::new(some(101)).unwrap_err().code(),
            ErrorCode::TooLong
        );
    }
}
