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

    /// Returns whether it has passed.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        Instant::now() >= self.monotonic || SystemTime::now() >= self.system
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
        assert!(!Deadline::after(Duration::from_secs(3600)).has_passed());
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
