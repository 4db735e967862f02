use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// The only source of time in the sandbox. It never goes back, even if the system clock does.
#[derive(Debug)]
pub(crate) struct Clock {
    source: Source,
    reading: Mutex<Reading>,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Frozen(Timestamp),
    System(fn() -> Timestamp),
}

#[derive(Debug)]
struct Reading {
    /// How far the clock is ahead of its source.
    ahead: SignedDuration,
    /// The latest time that was read.
    latest: Timestamp,
}

impl Clock {
    pub(crate) const fn real() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the only place that reads the time"
        )]
        Self::from(Source::System(Timestamp::now))
    }

    pub(crate) const fn frozen_at(at: Timestamp) -> Self {
        Self::from(Source::Frozen(at))
    }

    const fn from(source: Source) -> Self {
        let reading = Reading {
            ahead: SignedDuration::ZERO,
            latest: Timestamp::MIN,
        };
        Self {
            source,
            reading: Mutex::new(reading),
        }
    }

    pub(crate) const fn is_frozen(&self) -> bool {
        matches!(self.source, Source::Frozen(_))
    }

    pub(crate) fn now(&self) -> Timestamp {
        let mut reading = self.reading();
        let origin = self.origin();
        let now = origin.saturating_add(reading.ahead);
        let now = now.unwrap_or(Timestamp::MAX);
        if now < reading.latest {
            // The system clock was set back: this clock goes on from where it is.
            reading.ahead = reading.latest.duration_since(origin);
        } else {
            reading.latest = now;
        }
        reading.latest
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
        let mut reading = self.reading();
        reading.ahead = reading.ahead.max(ahead);
    }

    fn origin(&self) -> Timestamp {
        match self.source {
            Source::Frozen(at) => at,
            Source::System(now) => now(),
        }
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
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
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static SYSTEM: Cell<Timestamp> = const { Cell::new(Timestamp::UNIX_EPOCH) };
    }

    #[test]
    fn does_not_go_back_when_the_system_clock_is_set_back() {
        let second = SignedDuration::from_secs;
        let set = |seconds| SYSTEM.set(Timestamp::from_second(seconds).unwrap());
        set(1000);
        let clock = Clock::from(Source::System(|| SYSTEM.get()));
        let before = clock.now();
        set(400);
        assert_eq!(clock.now(), before, "it went back");
        set(403);
        assert_eq!(clock.now(), before + second(3), "it stands still");
        set(2000);
        assert_eq!(clock.now(), before + second(1600), "it lost its offset");

        // The time of the last stored event, which a start with an earlier system clock restores.
        let restarted = Clock::from(Source::System(|| SYSTEM.get()));
        set(500);
        restarted.move_to(clock.now());
        assert_eq!(restarted.now(), clock.now());
        set(501);
        assert_eq!(restarted.now(), clock.now());
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
