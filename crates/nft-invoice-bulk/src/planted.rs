//! Crashes and bugs on purpose, for the kill harness. Without the feature `planted-bugs` there are none.

/// Ends the process if it was asked to end here: `NFT_INVOICE_CRASH_AT` is the name of a step and how often it is
/// reached before.
#[cfg(feature = "planted-bugs")]
pub(crate) fn step(name: &str) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static REACHED: AtomicU32 = AtomicU32::new(0);
    let Ok(wanted) = std::env::var("NFT_INVOICE_CRASH_AT") else {
        return;
    };
    if let Some((step, times)) = wanted.split_once(':')
        && step == name
        && times.parse() == Ok(REACHED.fetch_add(1, Ordering::Relaxed))
    {
        std::process::abort();
    }
}

/// Whether this bug was asked for, by `NFT_INVOICE_BUG`.
#[cfg(feature = "planted-bugs")]
pub(crate) fn has_bug(name: &str) -> bool {
    std::env::var("NFT_INVOICE_BUG").as_deref() == Ok(name)
}

#[cfg(not(feature = "planted-bugs"))]
#[inline]
pub(crate) fn step(_: &str) {}

#[cfg(not(feature = "planted-bugs"))]
#[inline]
pub(crate) fn has_bug(_: &str) -> bool {
    false
}
