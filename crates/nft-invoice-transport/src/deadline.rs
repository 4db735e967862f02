use std::time::{Duration, Instant, SystemTime};

/// A time after which a request must not be sent.
///
/// It has passed as soon as one of two clocks says so: the monotonic clock, which nobody can set back, and the system's,
/// which goes on while the machine sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    monotonic: Instant,
    system: SystemTime,
}

impl Deadline {
    /// Returns the time `time` from now.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        let (monotonic, system) = (Instant::now(), SystemTime::now());
        Self {
            // What no clock can express never comes.
            monotonic: monotonic
                .checked_add(time)
                .unwrap_or_else(|| monotonic + FOREVER),
            system: system.checked_add(time).unwrap_or_else(|| system + FOREVER),
        }
    }

    /// Returns the time that is left, zero if it has passed.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        let monotonic = self.monotonic.saturating_duration_since(Instant::now());
        let system = self.system.duration_since(SystemTime::now());
        monotonic.min(system.unwrap_or_default())
    }

    /// Returns whether it has passed.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.remaining().is_zero()
    }
}

/// Ten years.
const FOREVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_when_its_time_is_over() {
        assert!(Deadline::after(Duration::ZERO).has_passed());
        assert_eq!(Deadline::after(Duration::ZERO).remaining(), Duration::ZERO);
        let hour = Duration::from_secs(3600);
        let later = Deadline::after(hour);
        assert!(!later.has_passed() && later.remaining() <= hour);
        assert!(!Deadline::after(Duration::MAX).has_passed());
    }

    #[test]
    fn passes_when_one_of_the_clocks_says_so() {
        let mut slept = Deadline::after(Duration::from_secs(3600));
        slept.system = SystemTime::UNIX_EPOCH;
        let mut set_back = Deadline::after(Duration::ZERO);
        set_back.system += Duration::from_secs(3600);
        assert!(slept.has_passed() && set_back.has_passed());
    }
}
