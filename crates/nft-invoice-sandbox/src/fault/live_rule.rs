use std::collections::VecDeque;
use std::fmt;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

use crate::fault::action::Action;
use crate::fault::argument::{Number, Range, Span};
use crate::fault::call_action::CallAction;
use crate::fault::occasion::Occasion;
use crate::fault::plan::Rule;

/// A rule of the active plan, with its counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRule {
    text: String,
    matched: u64,
    fired: u64,
}

/// An active rule with its counters and random stream.
pub(super) struct LiveRule {
    rule: Rule,
    pub(super) shown: FaultRule,
    random: ChaCha8Rng,
    /// For each limit action, when calls last passed.
    passed: Vec<VecDeque<Span>>,
}

impl LiveRule {
    /// `twins`: the number of earlier rules with the same text.
    pub(super) fn new(rule: Rule, text: String, seed: u64, twins: usize) -> Self {
        Self {
            random: stream(seed, &text, twins),
            passed: vec![VecDeque::new(); rule.actions.len()],
            shown: FaultRule {
                text,
                matched: 0,
                fired: 0,
            },
            rule,
        }
    }

    /// Returns the rule's actions for `occasion`, this long after the start.
    pub(super) fn strike(&mut self, occasion: &Occasion, since: Span) -> Vec<Action> {
        if !self.rule.scope.covers(occasion) || !self.rule.selector.matches(occasion) {
            return Vec::new();
        }
        self.shown.matched += 1;
        // Every gate is evaluated on every match, so that a draw depends only on the number of the match.
        let matched = self.shown.matched;
        let gates = self.rule.gates.iter();
        let shut = gates.filter(|gate| !gate.allows(matched, since, &mut self.random));
        if shut.count() > 0 {
            return Vec::new();
        }
        let actions = (0..self.rule.actions.len()).filter_map(|place| self.decide(place, since));
        let actions: Vec<_> = actions.collect();
        self.shown.fired += u64::from(!actions.is_empty());
        actions
    }

    fn decide(&mut self, place: usize, since: Span) -> Option<Action> {
        let (moment, action) = match &self.rule.actions[place] {
            Action::Call(moment, action) => (*moment, action),
            callback @ Action::Callback(_) => return Some(callback.clone()),
        };
        let action = match action {
            CallAction::Delay { time } if time.from < time.to => {
                let (from, to) = (time.from.milliseconds(), time.to.milliseconds());
                let width = u128::from(to - from + 1);
                let drawn = (u128::from(self.random.next_u64()) * width) >> 64;
                let from = Span::from_milliseconds(from + drawn as u64);
                let time = Range { from, to: from };
                CallAction::Delay { time }
            }
            CallAction::Limit { most, within } => {
                let passed = &mut self.passed[place];
                let wait = over(passed, most.0 as usize, within.0, since)?;
                CallAction::Status {
                    code: Number(429),
                    retry_after: Some(wait),
                }
            }
            other => other.clone(),
        };
        Some(Action::Call(moment, action))
    }
}

impl FaultRule {
    /// Returns the rule in its canonical form.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns how many requests or deliveries matched the scope and the selector.
    #[must_use]
    pub const fn matched(&self) -> u64 {
        self.matched
    }

    /// Returns how often the rule fired.
    #[must_use]
    pub const fn fired(&self) -> u64 {
        self.fired
    }
}

impl fmt::Display for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (matched, fired) = (self.matched, self.fired);
        write!(f, "{} (matched {matched}, fired {fired})", self.text)
    }
}

/// The rule's own random stream, independent of other rules.
fn stream(seed: u64, text: &str, twins: usize) -> ChaCha8Rng {
    let digest = Sha256::new()
        .chain_update(seed.to_be_bytes())
        .chain_update((twins as u64).to_be_bytes())
        .chain_update(text)
        .finalize();
    ChaCha8Rng::from_seed(digest.into())
}

/// The time until the next call may pass, or `None` if this one may.
fn over(passed: &mut VecDeque<Span>, most: usize, within: Span, now: Span) -> Option<Span> {
    let left =
        |at: &Span| (at.milliseconds() + within.milliseconds()).saturating_sub(now.milliseconds());
    while passed.front().is_some_and(|at| left(at) == 0) {
        passed.pop_front();
    }
    if passed.len() < most {
        passed.push_back(now);
        return None;
    }
    passed.front().map(left).map(Span::from_milliseconds)
}
