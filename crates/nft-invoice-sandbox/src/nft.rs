use std::collections::HashMap;

use serde_json::value::RawValue;

use crate::members::Members;

/// What the checkout page shows of the NFT.
#[derive(Default)]
pub(crate) struct Nft {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    /// The first image, if a browser can load it.
    pub(crate) image: Option<String>,
}

impl Nft {
    pub(crate) fn read(members: &Members<'_>) -> Self {
        Self {
            name: members.text("ipfsMetadata").as_deref().and_then(name),
            description: members.text("nftDescription"),
            image: members.raw("nftImageUrls").and_then(image),
        }
    }
}

/// The name in metadata, which comes as an object or as text that holds one: `text` is the same for both.
fn name(metadata: &str) -> Option<String> {
    let members: HashMap<String, &RawValue> = serde_json::from_str(metadata).ok()?;
    serde_json::from_str(members.get("name")?.get()).ok()
}

/// The first URL, of one string or of an array.
fn image(urls: &RawValue) -> Option<String> {
    let first = serde_json::from_str::<Vec<String>>(urls.get())
        .map(|all| all.into_iter().next())
        .or_else(|_| serde_json::from_str(urls.get()).map(Some))
        .ok()??;
    let web = ["https://", "http://"];
    web.iter()
        .any(|web| first.starts_with(web))
        .then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_in_an_object_only() {
        assert_eq!(
            name(r#"{"name":"My NFT","a":{"b":1}}"#).as_deref(),
            Some("My NFT")
        );
        for metadata in ["", "[]", "{}", r#"{"name":7}"#, "plain text"] {
            assert_eq!(name(metadata), None, "name in {metadata}");
        }
    }

    #[test]
    fn the_first_web_image_is_taken() {
        for (urls, wanted) in [
            (
                r#""https://a.example/1.png""#,
                Some("https://a.example/1.png"),
            ),
            (
                r#"["http://a.example/1","https://b.example/2"]"#,
                Some("http://a.example/1"),
            ),
            (r#""ipfs://cid""#, None),
            (r#""javascript:alert(1)""#, None),
            ("[]", None),
            ("7", None),
        ] {
            let raw: &RawValue = serde_json::from_str(urls).unwrap();
            assert_eq!(image(raw).as_deref(), wanted, "image of {urls}");
        }
    }
}
