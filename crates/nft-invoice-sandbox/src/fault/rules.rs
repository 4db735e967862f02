use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::fault::plan::Rule;
use crate::fault::{CallEffects, CallbackEffects, FaultPlan, Occasion};
use crate::text::Span;

/// The active plan with the state of its rules.
pub(crate) struct Faults {
    seed: u64,
    started: Timestamp,
    rules: Mutex<Vec<LiveRule>>,
}

/// A rule of the active plan, with its counters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FaultRule {
    /// The rule in its canonical form.
    pub text: String,
    /// How many requests or deliveries matched the scope and the conditions.
    pub matched: u64,
    /// How often the rule fired.
    pub fired: u64,
}

/// An active rule with its counters and random stream.
struct LiveRule {
    rule: Rule,
    shown: FaultRule,
    random: ChaCha8Rng,
    /// For each action, when calls last passed its limit.
    passed: Vec<VecDeque<Span>>,
}

impl Faults {
    pub(crate) fn new(plan: FaultPlan, seed: u64, started: Timestamp) -> Self {
        Self {
            seed,
            started,
            rules: Mutex::new(live(plan, seed)),
        }
    }

    /// Replaces the plan and resets the counters. `from` and `until` still count from the start of the sandbox.
    pub(crate) fn replace(&self, plan: FaultPlan) {
        *self.lock() = live(plan, self.seed);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    pub(crate) fn rules(&self) -> Vec<FaultRule> {
        self.lock().iter().map(|rule| rule.shown.clone()).collect()
    }

    /// The faults of a call, in the order of the rules.
    pub(crate) fn strike_call(&self, call: &Occasion, now: Timestamp) -> Option<CallEffects> {
        let since = self.since(now);
        let mut effects = CallEffects::default();
        for live in self.lock().iter_mut() {
            if live.fires(call, since) {
                let actions = live.rule.calls.iter().zip(&mut live.passed);
                let added = actions
                    .filter_map(|(action, passed)| {
                        effects.add(action, passed, since, &mut live.random)
                    })
                    .count();
                live.shown.fired += u64::from(added > 0);
            }
        }
        (!effects.is_empty()).then_some(effects)
    }

    /// The faults of an attempt to deliver a callback.
    pub(crate) fn strike_delivery(&self, delivery: &Occasion, now: Timestamp) -> CallbackEffects {
        let since = self.since(now);
        let mut effects = CallbackEffects::default();
        for live in self.lock().iter_mut() {
            if live.fires(delivery, since) {
                effects.add(&live.rule.callbacks);
                live.shown.fired += 1;
            }
        }
        effects
    }

    fn since(&self, now: Timestamp) -> Span {
        let since = now.duration_since(self.started).as_millis();
        Span::from_milliseconds(u64::try_from(since).unwrap_or(0))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<LiveRule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LiveRule {
    /// Whether the rule fires for `occasion`, this long after the start.
    fn fires(&mut self, occasion: &Occasion, since: Span) -> bool {
        if !self.rule.matches(occasion) {
            return false;
        }
        self.shown.matched += 1;
        // Every gate is evaluated on every match, so that a draw depends only on the number of the match.
        let matched = self.shown.matched;
        let gates = self.rule.gates.iter();
        let shut = gates.filter(|gate| !gate.allows(matched, since, &mut self.random));
        shut.count() == 0
    }
}

impl fmt::Display for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (matched, fired) = (self.matched, self.fired);
        write!(f, "{} (matched {matched}, fired {fired})", self.text)
    }
}

fn live(plan: FaultPlan, seed: u64) -> Vec<LiveRule> {
    let mut twins: HashMap<String, usize> = HashMap::new();
    let rules = plan.rules.into_iter().map(|rule| {
        let twin = twins.entry(rule.text.clone()).or_default();
        let random = stream(seed, &rule.text, *twin);
        *twin += 1;
        LiveRule {
            random,
            passed: vec![VecDeque::new(); rule.calls.len()],
            shown: FaultRule {
                text: rule.text.clone(),
                matched: 0,
                fired: 0,
            },
            rule,
        }
    });
    rules.collect()
}

/// The rule's own random stream, independent of other rules. `twins`: the number of earlier rules with the same text.
fn stream(seed: u64, text: &str, twins: usize) -> ChaCha8Rng {
    let digest = Sha256::new()
        .chain_update(seed.to_be_bytes())
        .chain_update((twins as u64).to_be_bytes())
        .chain_update(text)
        .finalize();
    ChaCha8Rng::from_seed(digest.into())
}
