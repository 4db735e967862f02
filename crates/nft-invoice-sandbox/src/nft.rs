//! The NFT's name and image on the checkout page.

use std::collections::HashMap;

use serde_json::value::RawValue;

use crate::members::Members;

/// The name in the metadata, which is an object or a string that contains one.
pub(crate) fn name(members: &Members<'_>) -> Option<String> {
    let metadata = members.text("ipfsMetadata")?;
    let metadata: HashMap<String, &RawValue> = serde_json::from_str(&metadata).ok()?;
    serde_json::from_str(metadata.get("name")?.get()).ok()
}

/// The first image of a URL or an array of URLs, if it is a web URL.
pub(crate) fn image(members: &Members<'_>) -> Option<String> {
    let urls = members.raw("nftImageUrls")?.get();
    let first = serde_json::from_str::<Vec<String>>(urls)
        .map(|all| all.into_iter().next())
        .or_else(|_| serde_json::from_str(urls).map(Some))
        .ok()??;
    let web = ["https://", "http://"];
    web.iter()
        .any(|web| first.starts_with(web))
        .then_some(first)
}
