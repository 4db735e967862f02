use nft_invoice::{InvoiceId, Mode};
use nft_invoice_bulk::lifecycle::{Event, Outcome, Progress, Sighting, State};

const WORKERS: usize = 2;
const SENDS: u32 = 3;
const CRASHES: u8 = 3;

/// Rules that can be broken on purpose.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// A row whose worker is gone is sent again, as job queues do it.
    pub requeues_after_a_crash: bool,
    /// An outcome is stored whatever epoch and owner it is of.
    pub ignores_epochs: bool,
    /// A row without a response is sent again, as HTTP clients do it.
    pub resends_unknown: bool,
}

/// One row, its workers, the network and the gateway.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    row: Progress<Owner>,
    workers: [Worker; WORKERS],
    /// Requests that have left their worker, by epoch. One that never arrives is a lost one.
    requests: Vec<u32>,
    /// Responses for which a worker waits: epoch, and whether the gateway created the invoice.
    responses: Vec<(u32, bool)>,
    /// The epochs whose requests created an invoice at the gateway.
    created: Vec<u32>,
    sends: u32,
    crashes: u8,
    /// Links that have left the process, by epoch.
    released: Vec<u32>,
    /// Whether a person, who can be wrong, has decided to send a card again.
    is_decided: bool,
}

/// A worker between two of its crashes. Two names are enough for a worker, because it claims between two crashes.
type Owner = (usize, bool);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Worker {
    life: bool,
    step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Step {
    Idle,
    /// The claim is stored, and nothing is sent.
    Claimed(u32),
    /// The request was sent.
    Waiting(u32),
    /// The outcome is known, and not stored; or stored, and the worker does not know it.
    Ended(u32, Outcome),
}

impl World {
    pub fn new(mode: Mode) -> Self {
        let worker = Worker {
            life: false,
            step: Step::Idle,
        };
        Self {
            row: Progress::new(mode),
            workers: [worker; WORKERS],
            requests: Vec::new(),
            responses: Vec::new(),
            created: Vec::new(),
            sends: 0,
            crashes: 0,
            released: Vec::new(),
            is_decided: false,
        }
    }

    /// What must hold in every world.
    pub fn check(&self) -> Result<(), &'static str> {
        let hold = |holds: bool, invariant| if holds { Ok(()) } else { Err(invariant) };
        let is_s2s = self.row.mode == Mode::S2s;
        hold(
            !is_s2s || self.created.len() <= 1 || self.is_decided,
            "an S2S row is created at most once",
        )?;
        hold(
            !is_s2s || self.row.evidence.invoices() <= 1 || self.row.state == State::Duplicate,
            "two invoices of an S2S row are a duplicate",
        )?;
        hold(self.released.len() <= 1, "one link leaves at most")?;
        hold(
            self.row.state != State::Accepted || !self.created.is_empty(),
            "accepted needs an invoice",
        )?;
        hold(
            self.row.state != State::Rejected || self.row.evidence.invoices() == 0 || !is_s2s,
            "a rejected row shows no invoice",
        )?;
        hold(
            self.row.state != State::Replaced
                || self.created.is_empty()
                || !is_s2s
                || self.is_decided,
            "a replaced S2S row has no invoice",
        )?;
        hold(
            self.row.state != State::Replaced || self.row.evidence.invoices() == 0 || !is_s2s,
            "an invoice of a replaced S2S row is a duplicate",
        )?;
        let epoch = self.row.epoch;
        let can_be_abandoned = self.row.clone().apply(&Event::Abandoned { epoch }).is_ok();
        hold(
            self.row.state != State::InFlight || can_be_abandoned,
            "no row stays in flight",
        )
    }

    /// Every world that can follow.
    pub fn steps(&self, rules: Rules) -> Vec<(String, Self)> {
        let mut steps = Steps {
            world: self,
            next: Vec::new(),
        };
        for at in 0..WORKERS {
            self.worker_steps(at, rules, &mut steps);
        }
        self.network_steps(&mut steps);
        self.journal_steps(rules, &mut steps);
        steps.next
    }

    fn worker_steps(&self, at: usize, rules: Rules, steps: &mut Steps<'_>) {
        let worker = &self.workers[at];
        let owner = (at, worker.life);
        let name = |what: &str| format!("a worker {what}");
        match worker.step {
            Step::Idle if self.sends < SENDS => steps.push(name("claims"), |world| {
                let event = Event::Claimed { owner };
                let is_claimed = world.row.apply(&event).is_ok();
                world.workers[at].step = Step::Claimed(world.row.epoch);
                world.sends += 1;
                is_claimed
            }),
            Step::Idle => {}
            Step::Claimed(epoch) => {
                steps.push(name("sends"), |world| {
                    world.requests.push(epoch);
                    world.workers[at].step = Step::Waiting(epoch);
                    true
                });
                steps.push(name("cannot connect"), |world| {
                    world.workers[at].step = Step::Ended(epoch, Outcome::NotSent);
                    true
                });
            }
            Step::Waiting(epoch) => {
                steps.push(name("gives up waiting"), |world| {
                    world.workers[at].step = Step::Ended(epoch, Outcome::Unknown);
                    true
                });
                for (index, (of, is_created)) in self.responses.iter().enumerate() {
                    if *of == epoch {
                        let outcome = if *is_created {
                            Outcome::Created
                        } else {
                            Outcome::Rejected
                        };
                        steps.push(name(&format!("reads {outcome:?}")), |world| {
                            world.responses.remove(index);
                            world.workers[at].step = Step::Ended(epoch, outcome);
                            true
                        });
                    }
                }
            }
            Step::Ended(epoch, outcome) => {
                let store = move |world: &mut World| {
                    let event = Event::Ended {
                        epoch,
                        owner,
                        outcome,
                    };
                    let applied = world.row.apply(&event);
                    if applied.is_err() && rules.ignores_epochs && outcome == Outcome::NotSent {
                        world.row.state = State::Prepared;
                    }
                };
                steps.push(name(&format!("stores {outcome:?}")), |world| {
                    store(world);
                    world.workers[at].step = Step::Idle;
                    true
                });
                steps.push(name("stores, and its confirmation is lost"), |world| {
                    store(world);
                    true
                });
            }
        }
        if self.crashes < CRASHES && worker.step != Step::Idle {
            steps.push(name("crashes"), |world| {
                world.crashes += 1;
                world.workers[at].life ^= true;
                world.workers[at].step = Step::Idle;
                true
            });
        }
    }

    fn network_steps(&self, steps: &mut Steps<'_>) {
        for (index, epoch) in self.requests.iter().enumerate() {
            steps.push(format!("the gateway creates {epoch}"), |world| {
                world.requests.remove(index);
                world.created.push(*epoch);
                world.respond(*epoch, true);
                true
            });
            steps.push(format!("the gateway rejects {epoch}"), |world| {
                world.requests.remove(index);
                world.respond(*epoch, false);
                true
            });
        }
    }

    fn journal_steps(&self, rules: Rules, steps: &mut Steps<'_>) {
        let epoch = self.row.epoch;
        // A lease can expire while its owner lives.
        steps.push(format!("epoch {epoch} is abandoned"), |world| {
            let is_abandoned = world.row.apply(&Event::Abandoned { epoch }).is_ok();
            if is_abandoned && rules.requeues_after_a_crash {
                world.row.state = State::Prepared;
            }
            is_abandoned
        });
        if rules.resends_unknown && self.row.state == State::Unknown {
            steps.push("the row is sent again".to_owned(), |world| {
                world.row.state = State::Prepared;
                true
            });
        }
        for event in [
            Event::Searched,
            Event::Parked,
            Event::Unparked,
            Event::Reopened,
            Event::Resolved,
            Event::Replaced,
            Event::Retried,
        ] {
            steps.push(format!("{event:?}"), |world| {
                world.row.apply(&event).is_ok()
            });
        }
        steps.push("a person sends the card again".to_owned(), |world| {
            world.is_decided = true;
            world.row.apply(&Event::NotCharged).is_ok()
        });
        steps.push("the link is released".to_owned(), |world| {
            let is_released = world.row.apply(&Event::Released).is_ok();
            world.released.extend(world.row.link);
            is_released
        });
        for (at, epoch) in self.created.iter().enumerate() {
            let seen = Sighting {
                epoch: *epoch,
                id: InvoiceId::from(at as u64 + 1),
                is_used: false,
            };
            steps.push(format!("infos show epoch {epoch}"), |world| {
                world.row.apply(&Event::Found(seen)).is_ok()
            });
        }
    }

    fn respond(&mut self, epoch: u32, is_created: bool) {
        if self
            .workers
            .iter()
            .any(|worker| worker.step == Step::Waiting(epoch))
        {
            self.responses.push((epoch, is_created));
        }
    }

    /// Forgets what makes no difference: the order of messages and of workers, and responses nobody waits for.
    fn normalize(&mut self) {
        let workers = self.workers;
        self.responses.retain(|(epoch, _)| {
            workers
                .iter()
                .any(|worker| worker.step == Step::Waiting(*epoch))
        });
        self.responses.sort_unstable();
        self.requests.sort_unstable();
        self.created.sort_unstable();
        if self.workers[0] > self.workers[1] {
            self.workers.swap(0, 1);
            if let Some((at, _)) = &mut self.row.owner {
                *at = 1 - *at;
            }
        }
    }
}

struct Steps<'w> {
    world: &'w World,
    next: Vec<(String, World)>,
}

impl Steps<'_> {
    /// Adds the world after `change`, unless it returns that it is impossible.
    fn push(&mut self, step: String, change: impl FnOnce(&mut World) -> bool) {
        let mut next = self.world.clone();
        if change(&mut next) {
            next.normalize();
            self.next.push((step, next));
        }
    }
}
