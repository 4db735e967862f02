use jiff::Timestamp;
use jiff::tz::Offset;

/// Whether a card with this `MM/YYYY` has expired. Invalid dates count as expired.
pub(crate) fn is_past(expiry: &str, now: Timestamp) -> bool {
    let today = Offset::UTC.to_datetime(now).date();
    match read(expiry) {
        Some(month) => month < (today.year(), today.month()),
        None => true,
    }
}

/// Year and month.
fn read(expiry: &str) -> Option<(i16, i8)> {
    let (month, year) = expiry.trim().split_once('/')?;
    let digits =
        |part: &str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(month, 2) || !digits(year, 4) {
        return None;
    }
    let month = month
        .parse()
        .ok()
        .filter(|month| (1..=12).contains(month))?;
    Some((year.parse().ok()?, month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_a_card_through_the_end_of_its_month() {
        for (expiry, now, past) in [
            ("02/2025", "2025-01-01T00:00:00Z", false),
            ("02/2025", "2025-02-28T23:59:59Z", false),
            ("02/2025", "2025-03-01T00:00:00Z", true),
            ("12/2024", "2025-01-01T00:00:00Z", true),
            ("01/2026", "2025-12-31T00:00:00Z", false),
            ("13/2030", "2025-01-01T00:00:00Z", true),
            ("00/2030", "2025-01-01T00:00:00Z", true),
            ("02/30", "2025-01-01T00:00:00Z", true),
            ("2/2030", "2025-01-01T00:00:00Z", true),
            ("+2/2030", "2025-01-01T00:00:00Z", true),
            ("", "2025-01-01T00:00:00Z", true),
        ] {
            let at = now.parse().unwrap();
            assert_eq!(is_past(expiry, at), past, "{expiry:?} at {now}");
        }
    }
}
