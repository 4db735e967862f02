use maud::{Markup, html};

use super::parts::{folded, shortened};
use crate::pages::html::Icon;
use crate::pages::nft::Nft;

/// More pictures than this, beside the first, are collapsed.
const FEW: usize = 8;
/// The largest number of pictures on the page.
const MOST: usize = 100;
/// Longer names are cut in alternative texts, in characters.
const LONG: usize = 80;

/// The first picture, or a placeholder.
pub(super) fn first(images: &[String], name: &str) -> Markup {
    html! {
        div.art {
            @match images.first() {
                Some(image) => (picture(image, &format!("Picture of {}", shortened(name, LONG)))),
                None => (Icon::PICTURE.svg()),
            }
        }
    }
}

/// The other pictures; nothing if there are none.
pub(super) fn others(images: &[String], name: &str) -> Markup {
    let name = shortened(name, LONG);
    let list = html! {
        ul.pictures {
            @for (image, number) in images.iter().zip(1..).take(MOST).skip(1) {
                li.art { (picture(image, &format!("Picture {number} of {name}"))) }
            }
        }
        @if images.len() > MOST { p.soft.small { "And " (images.len() - MOST) " more." } }
    };
    folded("More pictures", images.len().saturating_sub(1), FEW, &list)
}

/// A picture, or a tile that says why a browser cannot load it.
fn picture(address: &str, alt: &str) -> Markup {
    let why = match address.split_once(':') {
        Some(("ipfs", _)) => "Stored on IPFS",
        _ => "No preview",
    };
    html! {
        @if Nft::is_web(address) {
            img src=(address) alt=(alt) loading="lazy" referrerpolicy="no-referrer";
        } @else {
            div.placeholder role="img" aria-label={ (alt) ": " (why) } {
                (Icon::PICTURE.svg())
                span aria-hidden="true" { (why) }
            }
        }
    }
}
