//! The sandbox's pages in a real browser.
//!
//! These are ignored unless asked for, because they need Chromium and chromedriver on the PATH; `.ci/run` runs them.
//! By hand: `NFT_INVOICE_AXE=$(.ci/axe) cargo test -p nft-invoice-tests --test it -- --ignored browser`.

mod access;
mod buying;
mod chromium;
mod command;
mod driver;
mod hostile;
mod invoices;
mod keyboard;
mod pictures;
mod search;
mod shop;
mod steering;
mod visit;
