use std::collections::VecDeque;

/// When a run stops because too many outcomes are unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerOptions {
    /// This many in a row. Default: 3.
    pub in_a_row: u32,
    /// More than this many of the last 100. Default: 2.
    pub of_100: usize,
}

impl Default for BreakerOptions {
    fn default() -> Self {
        Self {
            in_a_row: 3,
            of_100: 2,
        }
    }
}

pub(super) struct Breaker {
    options: BreakerOptions,
    in_a_row: u32,
    last: VecDeque<bool>,
}

impl Breaker {
    pub(super) fn new(options: BreakerOptions) -> Self {
        Self {
            options,
            in_a_row: 0,
            last: VecDeque::with_capacity(100),
        }
    }

    /// Takes note of a request that was sent; returns whether the run has to stop.
    pub(super) fn breaks(&mut self, is_unknown: bool) -> bool {
        self.in_a_row = if is_unknown { self.in_a_row + 1 } else { 0 };
        if self.last.len() == 100 {
            self.last.pop_front();
        }
        self.last.push_back(is_unknown);
        let unknown = self.last.iter().filter(|is_unknown| **is_unknown).count();
        self.in_a_row >= self.options.in_a_row || unknown > self.options.of_100
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many requests it breaks.
    fn breaks_after(requests: impl IntoIterator<Item = bool>) -> Option<usize> {
        let mut breaker = Breaker::new(BreakerOptions::default());
        let mut requests = requests.into_iter();
        requests
            .position(|is_unknown| breaker.breaks(is_unknown))
            .map(|at| at + 1)
    }

    #[test]
    fn breaks_after_three_in_a_row() {
        assert_eq!(
            breaks_after([true, true, false, true]),
            Some(4),
            "three of the last 100"
        );
        assert_eq!(breaks_after([false, true, true, true]), Some(4));
        assert_eq!(breaks_after([true, true]), None);
    }

    #[test]
    fn breaks_after_more_than_two_of_the_last_hundred() {
        let one_in = |n: usize| (1..=1000).map(move |at| at % n == 0);
        assert_eq!(breaks_after(one_in(40)), Some(120));
        assert_eq!(breaks_after(one_in(50)), None);
    }
}
