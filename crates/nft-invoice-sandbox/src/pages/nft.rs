//! The NFT of an order, as its page shows it.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::payment::Order;
use crate::text::{Members, text_of};

/// The metadata's entries that the page shows in another place.
const SHOWN_ELSEWHERE: [&str; 4] = ["name", "description", "image", "attributes"];

/// The name, description, images and attributes of an NFT. What cannot be read is left out.
#[derive(Default)]
pub(crate) struct Nft {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    /// The addresses, as the merchant sent them.
    pub(crate) images: Vec<String>,
    /// The attributes, then the further entries of the metadata.
    pub(crate) attributes: Vec<Attribute>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// Empty if the attribute has only a value.
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Nft {
    pub(crate) fn of(order: &Order) -> Self {
        let metadata = order.nft_metadata.as_deref();
        let metadata: Members<'_> = metadata.map(parse).unwrap_or_default();
        let text = |name| metadata.text(name).map(Cow::into_owned);
        Self {
            name: text("name"),
            description: match &order.nft_description {
                Some(description) => Some(description.to_string()),
                None => text("description"),
            },
            images: order.nft_images.as_deref().map(images).unwrap_or_default(),
            attributes: attributes(&metadata),
        }
    }

    /// Whether a browser can load the image. Other addresses, such as `ipfs://…`, need a gateway.
    pub(crate) fn is_web(image: &str) -> bool {
        let web = ["https://", "http://"];
        web.iter().any(|web| image.starts_with(web))
    }
}

/// Parses JSON, or returns nothing.
fn parse<'a, T: serde::Deserialize<'a> + Default>(json: &'a str) -> T {
    serde_json::from_str(json).unwrap_or_default()
}

/// The addresses in an array, or in a single string.
fn images(json: &str) -> Vec<String> {
    let urls: Vec<&RawValue> = serde_json::from_str(json)
        .unwrap_or_else(|_| serde_json::from_str(json).into_iter().collect());
    let urls = urls.into_iter().filter_map(|url| parse(url.get()));
    urls.filter(|url: &String| !url.trim().is_empty()).collect()
}

fn attributes(metadata: &Members<'_>) -> Vec<Attribute> {
    let json = metadata.raw("attributes").map_or("null", RawValue::get);
    let mut found: Vec<Attribute> = match serde_json::from_str::<Vec<&RawValue>>(json) {
        Ok(list) => list.into_iter().filter_map(attribute).collect(),
        Err(_) => parse::<Members<'_>>(json)
            .entries()
            .filter_map(named)
            .collect(),
    };
    let others = metadata
        .entries()
        .filter(|(name, _)| !SHOWN_ELSEWHERE.contains(name));
    found.extend(others.filter_map(named));
    found
}

/// An element of the attributes: `{"trait_type":"sky","value":"dawn"}`, or a value alone.
fn attribute(element: &RawValue) -> Option<Attribute> {
    let Ok(members) = serde_json::from_str::<Members<'_>>(element.get()) else {
        return named(("", element));
    };
    let name = members.text("trait_type").or_else(|| members.text("name"));
    Some(Attribute {
        name: name.unwrap_or_default().into_owned(),
        value: members.text("value")?.into_owned(),
    })
}

fn named((name, value): (&str, &RawValue)) -> Option<Attribute> {
    Some(Attribute {
        name: name.to_owned(),
        value: text_of(value)?.into_owned(),
    })
}
