use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};

use crate::fault::plan::Rule;
use crate::fault::{CallEffects, CallbackEffects, FaultPlan, Occasion};
use crate::text::span::Span;

/// The active plan with the state of its rules.
pub(crate) struct Faults {
    seed: u64,
    started: Timestamp,
    rules: Mutex<Vec<LiveRule>>,
}

/// A rule of the active plan, with its counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRule {
    text: String,
    matched: u64,
    fired: u64,
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

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::clock::Clock;
    use crate::gateway::route::Route;
    use crate::payment::state::Mode;

    fn start() -> Timestamp {
        Clock::default().now()
    }

    fn faults(plan: &str, seed: u64) -> Faults {
        Faults::new(plan.parse().expect(plan), seed, start())
    }

    fn status() -> Occasion {
        Occasion::on(Route::Status)
    }

    fn actions(faults: &Faults, occasion: &Occasion, now: Timestamp) -> String {
        let effects = faults.strike_call(occasion, now);
        effects.map_or_else(String::new, |effects| effects.to_string())
    }

    /// The faults of `count` status calls.
    fn transcript(plan: &str, seed: u64, count: usize) -> Vec<String> {
        let faults = faults(plan, seed);
        let call = |_| actions(&faults, &status(), start());
        (0..count).map(call).collect()
    }

    #[test]
    fn counts_matches_for_gates() {
        for (gates, fires_on) in [
            ("", vec![1, 2, 3, 4, 5, 6, 7]),
            ("@n=3", vec![3]),
            ("@n=2..4", vec![2, 3, 4]),
            ("@every=3", vec![3, 6]),
            ("@first=2", vec![1, 2]),
            ("@every=2,first=5", vec![2, 4]),
            ("@p=0", vec![]),
            ("@p=1,n=7", vec![7]),
            ("@from=1s", vec![]),
            ("@until=1s", vec![1, 2, 3, 4, 5, 6, 7]),
            ("@until=0s", vec![]),
        ] {
            let plan = format!("status->reset{gates}");
            let fired = transcript(&plan, 0, 7);
            let fired = (1..).zip(&fired).filter(|(_, text)| !text.is_empty());
            let fired: Vec<_> = fired.map(|(number, _)| number).collect();
            assert_eq!(fired, fires_on, "{plan} on seven calls");
        }
    }

    #[test]
    fn counts_from_and_until_from_the_start() {
        let faults = faults("status->reset@from=10m,until=1h", 0);
        for (seconds, struck) in [
            (0, false),
            (599, false),
            (600, true),
            (3599, true),
            (3600, false),
        ] {
            let now = start() + SignedDuration::from_secs(seconds);
            let is = faults.strike_call(&status(), now).is_some();
            assert_eq!(is, struck, "{seconds} s after the start");
        }
    }

    #[test]
    fn counts_only_matching_calls() {
        let faults = faults("status[id=2]->reset@n=2; api->empty; checkout->hang", 0);
        let (other, own) = (status().with("id", Some(1)), status().with("id", Some(2)));
        let met: Vec<_> = [&other, &own, &other, &own]
            .map(|occasion| actions(&faults, occasion, start()))
            .into();
        assert_eq!(met, ["empty", "empty", "empty", "reset+empty"]);
        let rules: Vec<_> = faults.rules().iter().map(ToString::to_string).collect();
        assert_eq!(
            rules,
            [
                "status[id=2]->reset@n=2 (matched 2, fired 1)",
                "api->empty (matched 4, fired 4)",
                "checkout->hang (matched 0, fired 0)",
            ]
        );
        faults.replace("api->empty".parse().unwrap());
        assert_eq!(
            faults.rules()[0].matched(),
            0,
            "a new plan resets the counters"
        );
    }

    #[test]
    fn matches_only_the_calls_of_each_scope() {
        let s2s = Occasion::on(Route::Create).with_mode(Mode::S2s);
        let hosted = Occasion::on(Route::Create).with_mode(Mode::Hosted);
        for (occasion, covered) in [
            (hosted, vec!["create", "api"]),
            (s2s, vec!["create", "s2s", "api"]),
            (status(), vec!["status", "api"]),
            (Occasion::on(Route::Infos), vec!["infos", "api"]),
            (Occasion::on(Route::History), vec!["history", "api"]),
            (Occasion::on(Route::Checkout), vec!["checkout"]),
            (Occasion::delivery(1, "invoice:paid", 1), vec!["callback"]),
        ] {
            let all = [
                "create", "s2s", "status", "infos", "history", "api", "checkout", "callback",
            ];
            let struck = all.into_iter().filter(|scope| {
                let action = if *scope == "callback" {
                    "drop"
                } else {
                    "reset"
                };
                let faults = faults(&format!("{scope}->{action}"), 0);
                faults.strike_call(&occasion, start());
                faults.rules()[0].matched() > 0
            });
            assert_eq!(struck.collect::<Vec<_>>(), covered, "{occasion:?}");
        }
    }

    #[test]
    fn gives_the_same_transcript_for_the_same_seed() {
        let plan = "status->delay(1s..9s)+reset@p=0.5; api->empty@p=0.3";
        let first = transcript(plan, 7, 200);
        assert_eq!(first, transcript(plan, 7, 200));
        assert_ne!(
            first,
            transcript(plan, 8, 200),
            "the seed makes no difference"
        );
        let struck = first.iter().filter(|text| text.contains("reset")).count();
        assert!((70..130).contains(&struck), "{struck} of 200 at p=0.5");
    }

    #[test]
    fn does_not_change_a_rule_when_another_is_added() {
        let alone = transcript("status->delay(1s..9s)@p=0.5", 7, 100);
        let among = "api->reset@p=0.5; status->delay(1s..9s)@p=0.5; status->empty@p=0.5";
        let among = transcript(among, 7, 100);
        for (alone, among) in alone.iter().zip(&among) {
            let delays: Vec<_> = among
                .split('+')
                .filter(|text| text.starts_with("delay"))
                .collect();
            assert_eq!(delays.join("+"), *alone);
        }
        let twins = transcript("status->reset@p=0.5; status->reset@p=0.5", 7, 100);
        assert!(
            twins.iter().any(|text| text == "reset"),
            "twin rules are one"
        );
    }

    #[test]
    fn draws_delays_from_the_whole_range() {
        let drawn = transcript("status->delay(1ms..3ms)", 7, 100);
        for length in ["delay(1ms)", "delay(2ms)", "delay(3ms)"] {
            assert!(drawn.iter().any(|text| text == length), "never {length}");
        }
        assert!(
            drawn.iter().all(|text| text.len() == "delay(1ms)".len()),
            "{drawn:?}"
        );
    }

    #[test]
    fn applies_a_limit_by_the_sandboxs_clock() {
        let faults = faults("status->limit(2/10s)", 0);
        for (milliseconds, met) in [
            (0, ""),
            (4000, ""),
            (4000, "status(429,retry-after=6s)"),
            (9999, "status(429,retry-after=1ms)"),
            (10_000, ""),
            (10_000, "status(429,retry-after=4s)"),
            (14_000, ""),
            (90_000, ""),
            (90_000, ""),
            (90_000, "status(429,retry-after=10s)"),
        ] {
            let now = start() + SignedDuration::from_millis(milliseconds);
            assert_eq!(
                actions(&faults, &status(), now),
                met,
                "at {milliseconds} ms"
            );
        }
        assert_eq!(
            (faults.rules()[0].matched(), faults.rules()[0].fired()),
            (10, 4)
        );
    }
}
