//! The pages for browsers: the customer's checkout page and the developer's dashboard.

pub(crate) mod checkout;
pub(crate) mod dashboard;
mod html;
mod nft;
