use std::time::Duration;

/// How the transport's connections are opened, kept and closed.
///
/// ```
/// use std::time::Duration;
/// use nft_invoice_hyper::Connections;
///
/// let connections = Connections {
///     preopened: 32,
///     ..Connections::default()
/// };
/// assert_eq!(connections.max_age, Duration::from_secs(8));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connections {
    /// How many connections may be open, or about to be, that no create has used yet. 0 turns pre-opening off.
    /// Default: 8.
    ///
    /// A create that begins while no pre-opened connection is ready opens one for itself. Creates that follow each other
    /// without a pause need about 3 for each that is in flight: opening one takes as long as two creates.
    pub preopened: usize,
    /// How long a connection may be idle before it is closed. Default: 8 seconds. Servers usually wait longer for a first
    /// request: nginx, for example, 60 seconds
    /// ([`client_header_timeout`](https://nginx.org/en/docs/http/ngx_http_core_module.html#client_header_timeout)).
    pub max_age: Duration,
    /// Whether each create opens a connection for a later one, unless it reuses one itself. Without it, only
    /// [`warm_up`](nft_invoice_transport::Transport::warm_up) opens connections ahead. Default: true.
    pub refill: bool,
    /// Whether a create may go over a connection that has carried a request. It is checked as a pre-opened one is, but
    /// servers close connections after a request more readily than before the first one. Default: false.
    pub reuse_for_creates: bool,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            preopened: 8,
            max_age: Duration::from_secs(8),
            refill: true,
            reuse_for_creates: false,
        }
    }
}
