use std::time::Duration;

use jiff::Timestamp;

use crate::text::Span;

/// Formats a time to the second.
pub(super) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Formats a past time, such as `3 min ago`.
pub(super) fn age(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs();
    let (count, unit) = match seconds {
        ..1 => return "just now".to_owned(),
        1..60 => (seconds, "s"),
        60..3600 => (seconds / 60, "min"),
        3600..86_400 => (seconds / 3600, "h"),
        _ => (seconds / 86_400, "d"),
    };
    format!("{count} {unit} ago")
}

/// Formats a future time, such as `in 5m`.
pub(super) fn ahead(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.duration_since(now).as_secs();
    let unit = match seconds {
        ..1 => return "now".to_owned(),
        1..120 => 1,
        120..7200 => 60,
        7200..172_800 => 3600,
        _ => 86_400,
    };
    let rounded = seconds / unit * unit;
    let span = Span::from(Duration::from_secs(rounded.unsigned_abs()));
    format!("in {span}")
}
