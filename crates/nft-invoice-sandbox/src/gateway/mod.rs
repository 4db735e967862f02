//! What the calls share: the account, the fields of a body and the rejections.

pub(crate) mod account;
pub(crate) mod codes;
pub(crate) mod fields;
pub(crate) mod rejection;
pub(crate) mod route;
