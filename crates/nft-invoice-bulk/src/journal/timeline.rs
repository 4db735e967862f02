/// How requests ended, in steps of equal length. Only those that are named here are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The length of a step in milliseconds.
    pub step: i64,
    /// The times in which requests ended, in order. Between two of them is a pause.
    pub parts: Vec<Part>,
}

/// A time without a long pause in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The beginning, in milliseconds since 1970.
    pub from: i64,
    /// The steps, without gaps.
    pub steps: Vec<Ends>,
}

/// How many requests ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// The invoice was created.
    pub created: u64,
    /// The gateway rejected it.
    pub rejected: u64,
    /// The outcome is unknown.
    pub unknown: u64,
    /// Nothing was sent.
    pub not_sent: u64,
}

const SECOND: i64 = 1000;

impl Timeline {
    /// About the most steps.
    pub const STEPS: i64 = 120;
    /// The shortest pause, in milliseconds: 5 minutes. A run that can send nothing ends then.
    pub const PAUSE: i64 = 300 * SECOND;
    /// The most pauses. Of more the longest count.
    pub const PAUSES: i64 = 50;

    /// Begins with empty steps from the first request's end to the last one's, or longer, but for `pauses`: the ends of the
    /// requests before and after each. A step is a number of whole seconds: in a shorter one a single request would look
    /// like ten a second.
    #[must_use]
    pub fn between(from: i64, to: i64, mut pauses: Vec<(i64, i64)>) -> Self {
        const LEAST: usize = 10;
        pauses.sort_unstable();
        let begins = [from].into_iter().chain(pauses.iter().map(|pause| pause.1));
        let ends = pauses.iter().map(|pause| pause.0).chain([to]);
        let spans: Vec<_> = begins
            .map(|begin| begin - begin.rem_euclid(SECOND))
            .zip(ends)
            .collect();
        let length: i64 = spans.iter().map(|(from, to)| to - from).sum();
        let step = (length / Self::STEPS / SECOND + 1) * SECOND;
        let parts = spans.into_iter().map(|(from, to)| {
            let steps = usize::try_from((to - from) / step + 1).unwrap_or(1);
            Part {
                from,
                steps: vec![Ends::default(); steps],
            }
        });
        let mut parts: Vec<_> = parts.collect();
        if let [only] = &mut parts[..] {
            let steps = only.steps.len().max(LEAST);
            only.steps.resize(steps, Ends::default());
        }
        Self { step, parts }
    }

    /// Counts events with this [name](crate::lifecycle::Event::name) at a time, in milliseconds since 1970.
    pub fn add(&mut self, at: i64, event: &str, count: u64) {
        let part = self.parts.partition_point(|part| part.from <= at);
        let part = part
            .checked_sub(1)
            .and_then(|part| self.parts.get_mut(part));
        let Some(part) = part else {
            return;
        };
        let step = usize::try_from((at - part.from) / self.step).ok();
        let Some(ends) = step.and_then(|step| part.steps.get_mut(step)) else {
            return;
        };
        *match event {
            "ended_created" => &mut ends.created,
            "ended_rejected" | "ended_account_rejected" => &mut ends.rejected,
            "ended_unknown" | "abandoned" => &mut ends.unknown,
            _ => &mut ends.not_sent,
        } += count;
    }

    /// Returns when a part ends, in milliseconds since 1970.
    #[must_use]
    pub fn end_of(&self, part: &Part) -> i64 {
        part.from + self.step * part.steps.len() as i64
    }

    /// Returns the lengths of the pauses in milliseconds, in order.
    #[must_use]
    pub fn pauses(&self) -> Vec<i64> {
        let pairs = self.parts.windows(2);
        let pause = |pair: &[Part]| (pair[1].from - self.end_of(&pair[0])).max(0);
        pairs.map(pause).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_does_not_make_the_steps_longer() {
        const HOUR: i64 = 3600 * SECOND;
        let night = (60 * SECOND, 9 * HOUR + 500);
        let mut timeline = Timeline::between(300, 9 * HOUR + 30 * SECOND, vec![night]);
        assert_eq!(timeline.step, SECOND);
        for at in [0, 60 * SECOND, 9 * HOUR, 9 * HOUR + 30 * SECOND] {
            timeline.add(at, "ended_created", 1);
        }
        // Nothing is counted in the pause, or before the beginning.
        timeline.add(HOUR, "ended_created", 1);
        timeline.add(-1, "ended_created", 1);
        let [day, next] = &timeline.parts[..] else {
            panic!("{timeline:?}");
        };
        assert_eq!((day.from, next.from), (0, 9 * HOUR));
        assert_eq!((day.steps.len(), next.steps.len()), (61, 31));
        for part in [day, next] {
            let created: u64 = part.steps.iter().map(|ends| ends.created).sum();
            assert_eq!(created, 2);
            assert_eq!(part.steps.last().unwrap().created, 1);
        }
        assert_eq!(timeline.pauses(), [9 * HOUR - 61 * SECOND]);
        let without = Timeline::between(300, 9 * HOUR + 30 * SECOND, Vec::new());
        assert_eq!(without.step, 271 * SECOND);
        assert!(without.pauses().is_empty());
    }
}
