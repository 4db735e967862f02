use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// The only source of time in the sandbox.
#[derive(Debug)]
pub(crate) struct Clock {
    /// The frozen time; `None` follows the system clock.
    frozen: Option<Timestamp>,
    /// How far the clock was advanced, in microseconds.
    ahead: AtomicI64,
}

impl Clock {
    pub(crate) const fn real() -> Self {
        Self {
            frozen: None,
            ahead: AtomicI64::new(0),
        }
    }

    pub(crate) const fn frozen_at(at: Timestamp) -> Self {
        Self {
            frozen: Some(at),
            ahead: AtomicI64::new(0),
        }
    }

    pub(crate) const fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    pub(crate) fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_micros(self.ahead.load(Ordering::SeqCst));
        self.origin()
            .saturating_add(ahead)
            .unwrap_or(Timestamp::MAX)
    }

    /// Moves the clock forward to `at`. It never goes back.
    pub(crate) fn move_to(&self, at: Timestamp) {
        self.move_ahead(at.duration_since(self.origin()));
    }

    /// The offset from the system clock at `at`, if the clock follows it.
    pub(crate) fn ahead_at(&self, at: Timestamp) -> Option<SignedDuration> {
        let follows = !self.is_frozen();
        follows.then(|| at.duration_since(self.origin()))
    }

    /// Restores an offset from the system clock, if the clock follows it.
    pub(crate) fn follow(&self, ahead: Option<SignedDuration>) {
        if let Some(ahead) = ahead.filter(|_| !self.is_frozen()) {
            self.move_ahead(ahead);
        }
    }

    fn move_ahead(&self, ahead: SignedDuration) {
        // Rounded up, so that an event is due once the clock has been moved to its time.
        let ahead = ahead.as_nanos().saturating_add(999).div_euclid(1000);
        let ahead = i64::try_from(ahead).unwrap_or(i64::MAX);
        self.ahead.fetch_max(ahead, Ordering::SeqCst);
    }

    fn origin(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "the only place that reads the time"
        )]
        self.frozen.unwrap_or_else(Timestamp::now)
    }
}

impl Default for Clock {
    /// 2025-01-01T00:00:00Z, because the gateway's documented example has a card that expires in 02/2025.
    fn default() -> Self {
        Self::frozen_at(Timestamp::constant(1_735_689_600, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_frozen_at_the_documented_time_by_default() {
        assert_eq!(Clock::default().now().to_string(), "2025-01-01T00:00:00Z");
    }

    #[test]
    fn reads_the_system_time() {
        assert!(Clock::real().now() > Clock::default().now());
    }

    #[test]
    fn moves_forward_only_and_up_to_the_maximum() {
        let clock = Clock::default();
        let later = "2025-01-15T00:00:00.5Z".parse().unwrap();
        clock.move_to(later);
        assert_eq!(clock.now(), later);
        clock.move_to("2020-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(clock.now(), later, "it went back");
        let within = "2025-01-15T00:00:01.000000001Z".parse().unwrap();
        clock.move_to(within);
        assert!(
            clock.now() >= within,
            "an event due at that time would be missed"
        );
        clock.move_to(Timestamp::MAX);
        assert!(Timestamp::MAX.duration_since(clock.now()) < SignedDuration::from_secs(1));
    }
}
