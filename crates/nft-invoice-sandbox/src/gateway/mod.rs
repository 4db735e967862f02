//! What the calls share: the account, the fields of a body and the rejections.

mod account;
mod codes;
mod fields;
mod rejection;
mod route;

pub(crate) use account::Account;
pub(crate) use codes::Explanation;
pub use codes::SandboxCode;
pub(crate) use fields::{BodyError, fields};
pub(crate) use rejection::{ErrorCode, Rejection};
pub use route::Route;
