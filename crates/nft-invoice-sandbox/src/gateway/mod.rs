//! What the calls share: the account, the fields of a body, the answers and the rejections.

mod account;
mod answer;
mod error_codes;
mod fields;
mod rejection;
mod route;

pub(crate) use account::Account;
pub(crate) use answer::Answer;
pub(crate) use error_codes::Explanation;
pub use error_codes::SandboxCode;
pub(crate) use fields::{body_error, fields};
pub(crate) use rejection::Rejection;
pub use route::Route;
