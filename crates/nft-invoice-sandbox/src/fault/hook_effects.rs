use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::fault::action::Action;
use crate::fault::faults::Faults;
use crate::fault::hook_action::HookAction;
use crate::fault::occasion::Occasion;

/// The faults of one attempt to deliver a callback.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct HookEffects {
    /// Not sent, but counted as delivered.
    pub(crate) drop: bool,
    /// The number of additional copies.
    pub(crate) duplicates: u32,
    /// The delay between copies; `None` sends them immediately.
    pub(crate) duplicate_after: Option<Duration>,
    /// The delay by the sandbox's clock.
    pub(crate) hold: Option<Duration>,
    /// The number of following deliveries that are sent first.
    pub(crate) reorder: u32,
    pub(crate) signature: Signature,
    /// JSON pointers and the new values.
    pub(crate) mutate: Vec<(String, Value)>,
    /// The number of bytes of the body to send.
    pub(crate) truncate: Option<usize>,
    pub(crate) wrong_type: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Signature {
    #[default]
    Keep,
    /// One hex digit is wrong.
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
    /// The first action of a kind applies; all changes of the body apply.
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

    /// Whether the callback is sent later.
    pub(crate) const fn postpones(&self) -> bool {
        self.hold.is_some() || self.reorder > 0
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
    fn combines_actions_into_effects() {
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
            assert_eq!(
                effects(&format!("callback->{actions}")),
                wanted,
                "{actions}"
            );
        }
    }

    #[test]
    fn selects_deliveries_by_status_invoice_and_attempt() {
        for (selector, struck) in [
            ("", true),
            ("[status=paid]", true),
            ("[status=invoice:paid,id=7,attempt=2]", true),
            ("[status=failed]", false),
            ("[id=8]", false),
            ("[attempt=1]", false),
        ] {
            let plan = format!("callback{selector}->drop; api->reset");
            assert_eq!(effects(&plan).drop, struck, "{plan}");
        }
    }
}
