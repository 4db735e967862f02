//! x
#![forbid(unsafe_code)]

mod advice;
mod amount;
mod answer;
mod call;
mod callback;
mod date;
mod decimal;
mod gateway_code;
mod history_query;
mod invoice_id;
mod invoice_status;
mod json;
mod mode;
mod problem;
mod text;
mod web_url;

pub use amount::Amount;
pub use answer::created::{Created, decode_create};
pub use answer::history::{HistoryEntry, HistoryPage, HistoryStatus, decode_history};
pub use answer::info::{Info, decode_info};
pub use answer::status::{StatusReport, decode_status};
pub use answer::{AnswerError, Rejection, Unreadable};
pub use call::Call;
pub use callback::Callback;
#[cfg(feature = "callback")]
pub use callback::signature::{CallbackError, SignatureError, Verifier};
pub use date::Date;
pub use decimal::Decimal;
pub use gateway_code::{CodeSource, GatewayCode, documented_codes};
pub use history_query::{HistoryFilter, HistoryQuery, Order};
pub use invoice_id::InvoiceId;
pub use invoice_status::InvoiceStatus;
pub use mode::Mode;
pub use problem::{Fault, Problem, ProblemCode, Problems};
