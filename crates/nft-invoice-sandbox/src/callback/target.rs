use crate::callback::url::CallbackUrl;
#[cfg(feature = "https")]
use crate::http::tls::Tls;

/// Where a callback is sent.
pub(crate) struct Target {
    pub(crate) url: CallbackUrl,
    #[cfg(feature = "https")]
    pub(crate) tls: Tls,
}
