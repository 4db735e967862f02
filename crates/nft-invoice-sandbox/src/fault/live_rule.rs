use std::collections::VecDeque;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

use crate::fault::action::Action;
use crate::fault::call_action::CallAction;
use crate::fault::gate::Gate;
use crate::fault::occasion::Occasion;
use crate::fault::rule::Rule;
use crate::fault::span::Span;

/// An active rule with its counters and random stream.
pub(super) struct LiveRule {
    rule: Rule,
    pub(super) text: String,
    pub(super) matched: u64,
    pub(super) fired: u64,
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
            matched: 0,
            fired: 0,
            text,
            rule,
        }
    }

    /// Returns the rule's actions for `occasion`, this long after the start.
    pub(super) fn strike(&mut self, occasion: &Occasion, since: Span) -> Vec<Action> {
        if !self.rule.scope.covers(occasion) || !self.rule.selector.matches(occasion) {
            return Vec::new();
        }
        self.matched += 1;
        // Every gate is evaluated on every match, so that a draw depends only on the number of the match.
        let shut = (0..self.rule.gates.len()).filter(|gate| !self.allows(*gate, since));
        if shut.count() > 0 {
            return Vec::new();
        }
        let actions = (0..self.rule.actions.len()).filter_map(|place| self.decide(place, since));
        let actions: Vec<_> = actions.collect();
        self.fired += u64::from(!actions.is_empty());
        actions
    }

    fn allows(&mut self, gate: usize, since: Span) -> bool {
        match self.rule.gates[gate] {
            Gate::Nth { from, to } => (from..=to).contains(&self.matched),
            Gate::Every(number) => self.matched.is_multiple_of(number),
            Gate::First(number) => self.matched <= number,
            Gate::Chance(chance) => chance.comes_true(self.random.next_u32()),
            Gate::From(start) => since >= start,
            Gate::Until(end) => since < end,
        }
    }

    fn decide(&mut self, place: usize, since: Span) -> Option<Action> {
        let (moment, action) = match &self.rule.actions[place] {
            Action::Call(moment, action) => (*moment, action),
            hook @ Action::Hook(_) => return Some(hook.clone()),
        };
        let action = match action {
            CallAction::Delay { from, to } if from < to => {
                let width = to.milliseconds() - from.milliseconds() + 1;
                let drawn = (u128::from(self.random.next_u64()) * u128::from(width)) >> 64;
                let length = Span::from_milliseconds(from.milliseconds() + drawn as u64);
                CallAction::Delay {
                    from: length,
                    to: length,
                }
            }
            CallAction::Limit { most, within } => {
                let wait = over(&mut self.passed[place], *most, *within, since)?;
                CallAction::Status {
                    code: 429,
                    retry_after: Some(wait),
                }
            }
            other => other.clone(),
        };
        Some(Action::Call(moment, action))
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
        |at: Span| (at.milliseconds() + within.milliseconds()).checked_sub(now.milliseconds());
    while passed
        .front()
        .is_some_and(|at| matches!(left(*at), None | Some(0)))
    {
        passed.pop_front();
    }
    match passed.front() {
        Some(oldest) if passed.len() >= most => left(*oldest).map(Span::from_milliseconds),
        _ => {
            passed.push_back(now);
            None
        }
    }
}
