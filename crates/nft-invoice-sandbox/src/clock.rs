use jiff::Timestamp;

/// The only source of time. Everything else is given an instant or asks this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    Real,
    Frozen(Timestamp),
}

impl Clock {
    pub(crate) fn now(self) -> Timestamp {
        match self {
            #[expect(
                clippy::disallowed_methods,
                reason = "this is the one place that reads it"
            )]
            Self::Real => Timestamp::now(),
            Self::Frozen(at) => at,
        }
    }
}

impl Default for Clock {
    /// 2025-01-01T00:00:00Z: the gateway document's own example has a card that runs out in 02/2025.
    fn default() -> Self {
        Self::Frozen(Timestamp::constant(1_735_689_600, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_frozen_at_the_documented_instant() {
        assert_eq!(Clock::default().now().to_string(), "2025-01-01T00:00:00Z");
    }

    #[test]
    fn real_time_is_after_the_default_instant() {
        assert!(Clock::Real.now() > Clock::default().now());
    }
}
