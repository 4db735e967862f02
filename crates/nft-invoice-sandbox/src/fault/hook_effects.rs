use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::fault::action::Action;
use crate::fault::faults::Faults;
use crate::fault::hook_action::HookAction;
use crate::fault::occasion::Occasion;

/// What goes wrong with one attempt to deliver a callback.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct HookEffects {
    /// It is not sent, which counts as sent.
    pub(crate) drop: bool,
    /// It is sent this many times more.
    pub(crate) duplicates: u32,
    /// How far apart those are; at once without it.
    pub(crate) duplicate_after: Option<Duration>,
    /// How much later it is sent, by the sandbox's clock.
    pub(crate) hold: Option<Duration>,
    /// Behind how many of the deliveries that follow it is sent.
    pub(crate) reorder: u32,
    pub(crate) signature: Signature,
    /// JSON pointers and what is put there.
    pub(crate) mutate: Vec<(String, Value)>,
    /// How many bytes of the body are sent.
    pub(crate) truncate: Option<usize>,
    pub(crate) wrong_type: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Signature {
    #[default]
    Keep,
    /// One hex digit is another.
    Bad,
    None,
}

impl Faults {
    /// For the `attempt`th, from 1, to deliver the callback of `invoice` that says `status`, such as `invoice:paid`.
    pub(crate) fn strike_delivery(
        &self,
        invoice: u64,
        status: &str,
        attempt: u64,
        now: Timestamp,
    ) -> HookEffects {
        if self.is_empty() {
            return HookEffects::default();
        }
        let occasion = Occasion::delivery(invoice, status, attempt);
        HookEffects::of(&self.strike(&occasion, now))
    }
}

impl HookEffects {
    /// The first of a kind counts, but of changes to the body every one.
    fn of(actions: &[Action]) -> Self {
        let mut effects = Self::default();
        for action in actions {
            let Action::Hook(action) = action else {
                continue;
            };
            match action {
                HookAction::Drop => effects.drop = true,
                HookAction::Duplicate { times, after } if effects.duplicates == 0 => {
                    effects.duplicates = *times;
                    effects.duplicate_after = after.map(|span| span.duration());
                }
                HookAction::Duplicate { .. } => {}
                HookAction::Hold(span) => {
                    effects.hold.get_or_insert(span.duration());
                }
                HookAction::Reorder(behind) if effects.reorder == 0 => effects.reorder = *behind,
                HookAction::Reorder(_) => {}
                HookAction::BadSignature => effects.sign(Signature::Bad),
                HookAction::NoSignature => effects.sign(Signature::None),
                HookAction::Mutate { pointer, json } => {
                    let value =
                        serde_json::from_str(json).expect("the plan's JSON was read before");
                    effects.mutate.push((pointer.clone(), value));
                }
                HookAction::Truncate(bytes) => {
                    effects
                        .truncate
                        .get_or_insert(usize::try_from(*bytes).unwrap_or(usize::MAX));
                }
                HookAction::WrongType => effects.wrong_type = true,
            }
        }
        effects
    }

    fn sign(&mut self, signature: Signature) {
        if self.signature == Signature::Keep {
            self.signature = signature;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn effects(plan: &str) -> HookEffects {
        let now = Clock::default().now();
        let faults = Faults::new(plan.parse().expect(plan), 0, now);
        faults.strike_delivery(7, "invoice:paid", 2, now)
    }

    #[test]
    fn actions_become_effects() {
        let plain = HookEffects::default;
        let seconds = |count| Some(Duration::from_secs(count));
        for (actions, wanted) in [
            (
                "drop",
                HookEffects {
                    drop: true,
                    ..plain()
                },
            ),
            (
                "dup(2)+dup(5,1s)",
                HookEffects {
                    duplicates: 2,
                    ..plain()
                },
            ),
            (
                "dup(2,5s)",
                HookEffects {
                    duplicates: 2,
                    duplicate_after: seconds(5),
                    ..plain()
                },
            ),
            (
                "hold(10m)+hold(1s)",
                HookEffects {
                    hold: seconds(600),
                    ..plain()
                },
            ),
            (
                "reorder(3)+reorder(1)",
                HookEffects {
                    reorder: 3,
                    ..plain()
                },
            ),
            (
                "badsig+nosig",
                HookEffects {
                    signature: Signature::Bad,
                    ..plain()
                },
            ),
            (
                "nosig+badsig",
                HookEffects {
                    signature: Signature::None,
                    ..plain()
                },
            ),
            (
                "truncate(9)+truncate(1)",
                HookEffects {
                    truncate: Some(9),
                    ..plain()
                },
            ),
            (
                "wrongtype",
                HookEffects {
                    wrong_type: true,
                    ..plain()
                },
            ),
            (
                "mutate(/a=1)+mutate(/b=null)",
                HookEffects {
                    mutate: vec![("/a".into(), 1.into()), ("/b".into(), Value::Null)],
                    ..plain()
                },
            ),
        ] {
            assert_eq!(effects(&format!("webhook->{actions}")), wanted, "{actions}");
        }
    }

    #[test]
    fn a_delivery_is_told_by_status_invoice_and_attempt() {
        for (selector, struck) in [
            ("", true),
            ("[status=paid]", true),
            ("[status=invoice:paid,id=7,attempt=2]", true),
            ("[status=failed]", false),
            ("[id=8]", false),
            ("[attempt=1]", false),
        ] {
            let plan = format!("webhook{selector}->drop; api->reset");
            assert_eq!(effects(&plan).drop, struck, "{plan}");
        }
    }
}
