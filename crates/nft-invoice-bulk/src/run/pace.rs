use std::time::Duration;

use tokio::time::Instant;

/// When the next requests may be sent: the rate limit, and the pause after requests that could not be sent.
pub(super) struct Pace {
    /// Requests per second.
    rate: Option<f64>,
    tokens: f64,
    counted: Instant,
    failures: u32,
    paused_until: Option<Instant>,
    failing_since: Option<Instant>,
}

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

impl Pace {
    pub(super) fn new(rate: Option<f64>, now: Instant) -> Self {
        Self {
            rate,
            tokens: 1.0,
            counted: now,
            failures: 0,
            paused_until: None,
            failing_since: None,
        }
    }

    /// How many of `wanted` requests may be sent now.
    pub(super) fn permits(&mut self, wanted: usize, now: Instant) -> usize {
        if self.is_paused(now) {
            return 0;
        }
        let Some(rate) = self.rate else {
            return wanted;
        };
        // At most what a tenth of a second brings, so that the rate is also kept in short times.
        let most = (rate / 10.0).max(1.0);
        let since = now.duration_since(self.counted).as_secs_f64();
        self.tokens = (self.tokens + since * rate).min(most);
        self.counted = now;
        let permitted = (self.tokens as usize).min(wanted);
        self.tokens -= permitted as f64;
        permitted
    }

    pub(super) fn is_paused(&self, now: Instant) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }

    /// When [`permits`](Self::permits) has something to say again.
    pub(super) fn next(&self, now: Instant) -> Instant {
        let pause = self.paused_until.filter(|until| *until > now);
        let missing = (1.0 - self.tokens).max(0.0);
        let token = self
            .rate
            .map(|rate| now + Duration::from_secs_f64(missing / rate));
        pause.into_iter().chain(token).max().unwrap_or(now)
    }

    /// Gives permissions back that were not used.
    pub(super) fn give_back(&mut self, unused: usize) {
        self.tokens += unused as f64;
    }

    /// Nothing could be sent: everybody pauses, each time twice as long.
    pub(super) fn failed(&mut self, now: Instant) {
        if self.is_paused(now) {
            // It was under way when the pause began.
            return;
        }
        self.failing_since.get_or_insert(now);
        let pause = FIRST_PAUSE
            .saturating_mul(2_u32.saturating_pow(self.failures))
            .min(LONGEST_PAUSE);
        self.failures += 1;
        self.paused_until = Some(now + pause);
    }

    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
        self.failing_since = None;
    }

    /// Whether a pause was not enough: some of the requests that were under way when it began could have succeeded.
    pub(super) fn is_unreachable(&self) -> bool {
        self.failures > 1
    }

    /// How long nothing could be sent.
    pub(super) fn failing_for(&self, now: Instant) -> Duration {
        self.failing_since
            .map_or(Duration::ZERO, |since| now - since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_rate_in_any_steps() {
        let start = Instant::now();
        for step in [1, 7, 50, 400] {
            let mut pace = Pace::new(Some(40.0), start);
            let times = (0..10_000)
                .step_by(step)
                .map(|ms| start + Duration::from_millis(ms));
            let sent: usize = times.map(|now| pace.permits(1000, now)).sum();
            // At most the rate, and one more at the beginning.
            assert!(sent <= 401, "{sent} in 10 s, every {step} ms");
            let lost = if step > 100 { 310 } else { 5 };
            assert!(sent >= 400 - lost, "{sent} in 10 s, every {step} ms");
        }
    }

    #[test]
    fn pauses_grow_and_end_with_a_success() {
        let start = Instant::now();
        let mut pace = Pace::new(None, start);
        let mut now = start;
        let mut pauses = Vec::new();
        for _ in 0..9 {
            pace.failed(now);
            pace.failed(now);
            assert_eq!(pace.permits(5, now), 0);
            pauses.push((pace.next(now) - now).as_millis());
            now = pace.next(now);
            assert_eq!(pace.permits(5, now), 5);
        }
        assert_eq!(
            pauses,
            [200, 400, 800, 1600, 3200, 6400, 12800, 15000, 15000]
        );
        assert!(pace.failing_for(now) > Duration::from_secs(40));
        pace.succeeded();
        assert_eq!(pace.failing_for(now), Duration::ZERO);
        pace.failed(now);
        assert_eq!((pace.next(now) - now).as_millis(), 200);
    }
}
