use nft_invoice_transport::{Deadline, SendGate};

/// Cancels one [`create`](crate::Client::create), with proof of whether it was sent.
///
/// The gateway has no idempotency key, so after an interrupted create the one question is whether its request can
/// have left. Give the create a cancellation, and [`cancel`](Self::cancel) it from wherever the interruption is
/// noticed.
///
/// ```
/// use nft_invoice::{Cancellation, Created, Error, Invoice, blocking};
///
/// # fn on_interrupt(_: impl FnOnce() + Send + 'static) {}
/// fn create(client: &blocking::Client, invoice: &Invoice) -> Result<Created, Error> {
///     let cancellation = Cancellation::new();
///     let handle = cancellation.clone();
///     on_interrupt(move || {
///         if !handle.cancel() {
///             eprintln!("the invoice may have been created: look it up");
///         }
///     });
///     client.create_with_cancellation(invoice, &cancellation)
/// }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cancellation(pub(crate) SendGate);

impl Cancellation {
    /// Creates a cancellation for one create.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a cancellation for one create whose request is not sent after `deadline`: it fails with
    /// [`Delivery::NotSent`](crate::transport::Delivery::NotSent) then.
    #[must_use]
    pub fn with_deadline(deadline: Deadline) -> Self {
        Self(SendGate::with_deadline(deadline))
    }

    /// Cancels the create. Returns true if its request was not sent and never will be; the create then fails with
    /// [`Delivery::NotSent`](crate::transport::Delivery::NotSent). It fails where it would have sent: while it connects,
    /// that can take as long as the connection's time limit. A future that is not waited for can be dropped at once.
    ///
    /// Returns false if the request may have left or the create has ended. Also if the create has not begun, which this
    /// does not prevent, and if its transport does not support cancellation. Then the outcome is unknown.
    #[must_use = "it tells whether the create can have been sent"]
    pub fn cancel(&self) -> bool {
        self.0.take()
    }
}
