use std::borrow::Cow;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::assumption::{Assumptions, ErrorStatus};
use crate::gateway::route::Route;
use crate::http::answer::json;

/// An error response. The same code means different things on different calls, so a gateway error is always created
/// from a row of the table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    Gateway {
        code: u32,
        message: Cow<'static, str>,
    },
    /// An error without a gateway code: unknown route, wrong method, body too large.
    Http {
        status: StatusCode,
        message: Cow<'static, str>,
    },
}

/// The error code of a response, for the journal.
#[derive(Clone, Copy)]
pub(crate) struct ErrorCode(pub(crate) u32);

impl Rejection {
    /// The row of `code` on `route`.
    pub(crate) fn gateway(route: Route, code: u32) -> Self {
        Self::find(route, code)
            .unwrap_or_else(|| panic!("the error table has no {code} on {route}"))
    }

    /// The row of `code` on `route`, or a generic message for an undocumented code.
    pub(crate) fn any_code(route: Route, code: u32) -> Self {
        Self::find(route, code).unwrap_or(Self::Gateway {
            code,
            message: Cow::Borrowed("an error occurred"),
        })
    }

    /// The meaning of a code on a route.
    pub(crate) fn meaning(route: Route, code: u32) -> Cow<'static, str> {
        match Self::any_code(route, code) {
            Self::Gateway { message, .. } | Self::Http { message, .. } => message,
        }
    }

    /// All routes and codes of the table.
    pub(crate) fn all() -> impl Iterator<Item = (Route, u32)> {
        TABLE.iter().map(|(route, code, _)| (*route, *code))
    }

    fn find(route: Route, code: u32) -> Option<Self> {
        let mut rows = TABLE.iter();
        let (.., message) = rows.find(|row| (row.0, row.1) == (route, code))?;
        Some(Self::Gateway {
            code,
            message: Cow::Borrowed(message),
        })
    }

    /// 59003, with the missing fields.
    pub(crate) fn missing_fields(names: &[&'static str]) -> Self {
        Self::detailed(59003, &names.join(", "))
    }

    /// 59005, with the expected form of the cardholder name.
    pub(crate) fn bad_script(wrong: &str) -> Self {
        Self::detailed(59005, wrong)
    }

    fn detailed(code: u32, detail: &str) -> Self {
        match Self::gateway(Route::Create, code) {
            Self::Gateway { code, message } => Self::Gateway {
                code,
                message: format!("{message}: {detail}").into(),
            },
            http @ Self::Http { .. } => http,
        }
    }

    pub(crate) fn http(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Http {
            status,
            message: message.into(),
        }
    }

    pub(crate) fn response(&self, assumptions: &Assumptions) -> Response {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Gateway<'a> {
            error_code: u32,
            error_message: &'a str,
        }

        #[derive(Serialize)]
        struct Http<'a> {
            error: &'a str,
        }

        match self {
            Self::Gateway { code, message } => {
                let status = match assumptions.error_status == ErrorStatus::BadRequest {
                    true => StatusCode::BAD_REQUEST,
                    false => StatusCode::OK,
                };
                let body = Gateway {
                    error_code: *code,
                    error_message: message,
                };
                let mut response = json(status, &body);
                response.extensions_mut().insert(ErrorCode(*code));
                response
            }
            Self::Http { status, message } => json(*status, &Http { error: message }),
        }
    }
}

/// Call, code, message. Codes from 59000 are the sandbox's own, where the gateway documents none.
const TABLE: &[(Route, u32, &str)] = &[
    (Route::Create, 50001, "API-KEY required"),
    (Route::Create, 50002, "email required"),
    (Route::Create, 50003, "amount required"),
    (Route::Create, 50004, "devise required"),
    (Route::Create, 50005, "invalid email address"),
    (
        Route::Create,
        50006,
        "this API-KEY can not use this API from this IP address",
    ),
    (Route::Create, 50007, "invalid API-KEY"),
    (
        Route::Create,
        50008,
        "the merchant's wallet is still being validated and activated: no sale can be created yet",
    ),
    (Route::Create, 50009, "invalid devise"),
    (Route::Create, 50010, "no IP is linked to the account"),
    (
        Route::Create,
        50011,
        "the amount is above the allowed maximum",
    ),
    (
        Route::Create,
        50012,
        "the amount is below the allowed minimum",
    ),
    (
        Route::Create,
        59001,
        "unknown card: the sandbox accepts test cards only, use a test card",
    ),
    (Route::Create, 59002, "the card has expired"),
    (Route::Create, 59003, "required S2S fields are missing"),
    (Route::Create, 59004, "checkoutMode must be nft"),
    (
        Route::Create,
        59005,
        "the cardholder name starts with SBX: but is not valid",
    ),
    (Route::Status, 50001, "API-KEY required"),
    (Route::Status, 50002, "id required"),
    (Route::Status, 50007, "invalid API-KEY"),
    (Route::Status, 50010, "no IP is linked to the account"),
    (
        Route::Status,
        50011,
        "this invoice belongs to another merchant",
    ),
    (Route::Infos, 50001, "API-KEY required"),
    (Route::Infos, 50002, "id required"),
    (Route::Infos, 50007, "invalid API-KEY"),
    (Route::Infos, 50010, "no IP is linked to the account"),
    (
        Route::Infos,
        50011,
        "this invoice belongs to another merchant",
    ),
    (Route::History, 50001, "API-KEY required"),
    (
        Route::History,
        50006,
        "this API-KEY can not use this API from this IP address",
    ),
    (Route::History, 50007, "invalid API-KEY"),
    (Route::History, 50010, "no IP is linked to the account"),
    (Route::History, 50012, "invalid order, must be ASC or DESC"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_each_code_once_per_call() {
        for (route, code, _) in TABLE {
            let rows = TABLE.iter().filter(|row| (row.0, row.1) == (*route, *code));
            assert_eq!(
                rows.count(),
                1,
                "{code} on {route} is listed more than once"
            );
        }
    }

    #[test]
    fn gives_the_same_code_different_meanings_on_different_calls() {
        assert_ne!(
            Rejection::gateway(Route::Create, 50012),
            Rejection::gateway(Route::History, 50012)
        );
    }
}
