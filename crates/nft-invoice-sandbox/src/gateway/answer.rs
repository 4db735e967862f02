use axum::response::Response;

/// A response to a request, with what the journal records of it.
pub(crate) struct Answer {
    pub(crate) response: Response,
    /// The number of the invoice that the request created.
    pub(crate) invoice: Option<u64>,
    /// The gateway's error code.
    pub(crate) error_code: Option<u32>,
    /// Why the body could not be read.
    pub(crate) body_error: Option<&'static str>,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self {
            response,
            invoice: None,
            error_code: None,
            body_error: None,
        }
    }
}
