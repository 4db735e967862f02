use nft_invoice::Mode;

use super::{Event, Evidence, NotApplied, Outcome, State};

/// After each such number of requests without an understood response a hosted row is parked.
pub const MAX_UNANSWERED: u32 = 5;

/// How far a row is. `O` names an owner.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Progress<O> {
    /// Who collects the card.
    pub mode: Mode,
    /// The state.
    pub state: State,
    /// The number of the last epoch; 0 before the first.
    pub epoch: u32,
    /// Who claimed the last epoch.
    pub owner: Option<O>,
    /// How often in a row nothing was sent.
    pub not_sent: u32,
    /// How many epochs ended without an understood response.
    pub unanswered: u32,
    /// The epoch whose link is the row's.
    pub link: Option<u32>,
    /// Whether this link has left the process.
    pub is_released: bool,
    /// Which invoices there are.
    pub evidence: Evidence,
}

impl<O: Clone + PartialEq> Progress<O> {
    /// Returns the progress of a valid row that was never sent.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            state: State::Prepared,
            epoch: 0,
            owner: None,
            not_sent: 0,
            unanswered: 0,
            link: None,
            is_released: false,
            evidence: Evidence::default(),
        }
    }

    /// Applies `event`, or leaves the row as it is.
    ///
    /// # Errors
    ///
    /// If the event changes nothing about this row.
    pub fn apply(&mut self, event: &Event<O>) -> Result<(), NotApplied> {
        match event {
            Event::Claimed { owner } => {
                self.permit(self.state == State::Prepared)?;
                self.state = State::InFlight;
                self.epoch += 1;
                self.owner = Some(owner.clone());
            }
            Event::Ended {
                epoch,
                owner,
                outcome,
            } => self.end(*epoch, owner, *outcome)?,
            Event::Abandoned { epoch } => {
                let is_current = self.state == State::InFlight && self.epoch == *epoch;
                is_current.then_some(()).ok_or(NotApplied::Stale)?;
                self.lose();
            }
            Event::Found(seen) => {
                let is_new = self.evidence.add_sighting(seen.clone());
                self.permit(is_new)?;
                self.catch_up(seen.epoch);
            }
            Event::FoundInCopy(seen) => {
                let is_new = self.evidence.add_sighting(seen.clone());
                // The response came later than the copy, perhaps, and its link was handed out. That of an earlier epoch
                // was not: it had lost its row.
                let is_exposed = seen.epoch >= self.epoch && !self.state.is_final();
                self.permit(is_new || is_exposed && !self.is_released)?;
                self.catch_up(seen.epoch);
                if is_exposed {
                    self.expose();
                }
            }
            Event::Parked => {
                self.permit(self.state == State::Prepared)?;
                self.state = State::Parked;
            }
            Event::Unparked => {
                self.permit(self.state == State::Parked)?;
                self.state = State::Prepared;
                self.not_sent = 0;
            }
            Event::Reopened => {
                let is_harmless = self.mode == Mode::Hosted && !self.is_released;
                self.permit(self.state == State::Unknown && is_harmless)?;
                self.state = if self.unanswered.is_multiple_of(MAX_UNANSWERED) {
                    State::Parked
                } else {
                    State::Prepared
                };
            }
            Event::Released => {
                let is_first = self.state == State::Accepted && !self.is_released;
                self.permit(self.mode == Mode::Hosted && self.link.is_some() && is_first)?;
                self.is_released = true;
            }
            Event::NotCharged => {
                self.permit(self.mode == Mode::S2s && self.state == State::Unknown)?;
                self.state = State::Prepared;
            }
            Event::Searched => self.permit(self.state == State::Unknown)?,
            Event::Resolved => {
                self.permit(self.state == State::Unknown)?;
                self.state = State::Resolved;
            }
            // Only if it is certain that nothing was created.
            Event::Replaced => {
                let is_rejected = self.state == State::Rejected;
                self.permit(is_rejected && self.evidence.is_empty())?;
                self.state = State::Replaced;
            }
            Event::Retried => {
                let is_rejected = matches!(self.state, State::Rejected | State::Replaced);
                self.permit(is_rejected && self.evidence.is_empty())?;
                self.state = State::Prepared;
                self.not_sent = 0;
            }
        }
        self.weigh();
        Ok(())
    }

    /// Returns whether only a person can decide about the row: it has two invoices, or may have one, and no run sends it
    /// again. A card is never sent again by itself, nor is a row whose link may have been handed out. Of an S2S row a
    /// reconciliation can still find the invoice.
    #[must_use]
    pub fn needs_person(&self) -> bool {
        match self.state {
            State::Duplicate => true,
            State::Unknown => self.mode == Mode::S2s || self.is_released,
            _ => false,
        }
    }

    fn permit(&self, is_permitted: bool) -> Result<(), NotApplied> {
        is_permitted.then_some(()).ok_or(NotApplied::NotPermitted)
    }

    /// Only the owner of the last epoch changes the state; that an invoice was created counts at any time.
    fn end(&mut self, epoch: u32, owner: &O, outcome: Outcome) -> Result<(), NotApplied> {
        let is_last = self.epoch == epoch && self.owner.as_ref() == Some(owner);
        let is_open = matches!(self.state, State::InFlight | State::Unknown);
        let is_current = is_last && is_open;
        if outcome == Outcome::Created {
            let is_new = self.evidence.add_response(epoch);
            let is_waiting = matches!(self.state, State::Prepared | State::Parked);
            if is_last && (is_open || is_waiting) {
                self.state = State::Accepted;
                self.not_sent = 0;
                if self.mode == Mode::Hosted {
                    self.link = Some(epoch);
                }
            } else if !is_new {
                return Err(NotApplied::Stale);
            }
            return Ok(());
        }
        if !is_current {
            return Err(NotApplied::Stale);
        }
        let is_in_flight = self.state == State::InFlight;
        match outcome {
            Outcome::NotSent => {
                self.state = State::Prepared;
                self.not_sent += 1;
            }
            Outcome::Rejected => self.state = State::Rejected,
            Outcome::AccountRejected if is_in_flight => self.state = State::Prepared,
            Outcome::Unknown if is_in_flight => self.lose(),
            _ => return Err(NotApplied::NotPermitted),
        }
        Ok(())
    }

    fn lose(&mut self) {
        self.state = State::Unknown;
        self.unanswered += 1;
        self.not_sent = 0;
    }

    /// The journal is an older copy if it does not know an epoch that infos show. No epoch has two requests.
    fn catch_up(&mut self, epoch: u32) {
        if epoch <= self.epoch {
            return;
        }
        self.epoch = epoch;
        self.owner = None;
        // A rejected row was sent again.
        let was_sent_again = matches!(self.state, State::Rejected | State::Replaced);
        if was_sent_again || !self.state.is_final() {
            self.expose();
        }
    }

    /// A link that the journal does not know may have been handed out: only a person decides about the row.
    fn expose(&mut self) {
        if self.state != State::Unknown || self.unanswered == 0 {
            self.lose();
        }
        self.is_released = true;
    }

    /// Lets evidence decide.
    fn weigh(&mut self) {
        match self.mode {
            Mode::S2s if self.evidence.invoices() > 1 => self.state = State::Duplicate,
            // The card is charged for the row that has taken its place, too.
            Mode::S2s if self.evidence.invoices() == 1 && self.state == State::Replaced => {
                self.state = State::Duplicate;
            }
            Mode::S2s => {
                // An epoch that is still open can create another one.
                let is_open = match self.state {
                    State::InFlight => true,
                    State::Unknown => !self.evidence.is_of(self.epoch),
                    _ => false,
                };
                if self.evidence.invoices() == 1 && !is_open {
                    self.state = State::Accepted;
                }
            }
            Mode::Hosted => {
                if self.has_used_orphan() {
                    self.state = State::Duplicate;
                }
            }
        }
    }

    /// An orphan is an invoice other than that of the row's link.
    fn has_used_orphan(&self) -> bool {
        let used = self.evidence.sightings.iter().filter(|seen| seen.is_used);
        let (own, orphans): (Vec<_>, Vec<_>) = used.partition(|seen| self.link == Some(seen.epoch));
        own.len() > 1 || !orphans.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::Sighting;

    #[test]
    fn a_row_of_an_older_copy_is_not_sent_again_once_its_invoice_was_seen() {
        let sighting = Sighting {
            epoch: 2,
            id: "7".parse().unwrap(),
            is_used: false,
        };
        let mut hosted = Progress::<u8>::new(Mode::Hosted);
        hosted.apply(&Event::Found(sighting.clone())).unwrap();
        assert_eq!((hosted.state, hosted.epoch), (State::Unknown, 2));
        let again = hosted.apply(&Event::Reopened);
        assert_eq!(again, Err(NotApplied::NotPermitted));
        hosted.apply(&Event::Resolved).unwrap();
        let mut s2s = Progress::<u8>::new(Mode::S2s);
        s2s.apply(&Event::Found(sighting)).unwrap();
        assert_eq!(s2s.state, State::Accepted);
    }

    /// A row that the gateway rejected after an attempt without a response.
    fn rejected_later(mode: Mode) -> Progress<u8> {
        let mut row = Progress::new(mode);
        for outcome in [Outcome::Unknown, Outcome::Rejected] {
            row.apply(&Event::Claimed { owner: 1 }).unwrap();
            let (epoch, owner) = (row.epoch, 1);
            let ended = Event::Ended {
                epoch,
                owner,
                outcome,
            };
            row.apply(&ended).unwrap();
            let again = match mode {
                Mode::S2s => Event::NotCharged,
                Mode::Hosted => Event::Reopened,
            };
            let _ = row.apply(&again);
        }
        assert_eq!((row.state, row.epoch), (State::Rejected, 2));
        row
    }

    #[test]
    fn an_invoice_of_a_row_that_was_replaced_raises_an_alarm() {
        let found = |is_used| {
            Event::Found(Sighting {
                epoch: 1,
                id: "7".parse().unwrap(),
                is_used,
            })
        };
        for (mode, is_used, state) in [
            (Mode::S2s, false, State::Duplicate),
            (Mode::Hosted, false, State::Replaced),
            (Mode::Hosted, true, State::Duplicate),
        ] {
            let mut row = rejected_later(mode);
            row.apply(&Event::Replaced).unwrap();
            assert_eq!(row.apply(&Event::Replaced), Err(NotApplied::NotPermitted));
            row.apply(&found(is_used)).unwrap();
            assert_eq!(row.state, state, "{mode} {is_used}");
            assert_eq!(row.apply(&Event::Retried), Err(NotApplied::NotPermitted));
        }
    }

    #[test]
    fn a_rejected_row_is_sent_again_in_the_next_epoch() {
        for mode in [Mode::Hosted, Mode::S2s] {
            let mut row = rejected_later(mode);
            row.apply(&Event::Retried).unwrap();
            assert_eq!(row.state, State::Prepared);
            row.apply(&Event::Claimed { owner: 2 }).unwrap();
            assert_eq!((row.state, row.epoch), (State::InFlight, 3));
            // A copy from before that shows the invoice of the later epoch: nobody sends it again.
            for is_replaced in [false, true] {
                let mut copy = rejected_later(mode);
                if is_replaced {
                    copy.apply(&Event::Replaced).unwrap();
                }
                let found = Event::FoundInCopy(Sighting {
                    epoch: 3,
                    id: "7".parse().unwrap(),
                    is_used: false,
                });
                copy.apply(&found).unwrap();
                let expected = match mode {
                    Mode::S2s => State::Accepted,
                    Mode::Hosted => State::Unknown,
                };
                assert_eq!((copy.state, copy.epoch), (expected, 3));
                assert!(copy.apply(&Event::Reopened).is_err());
            }
        }
    }

    #[test]
    fn a_link_of_the_last_epoch_may_have_left_after_a_copy() {
        let found = |epoch| {
            Event::FoundInCopy(Sighting {
                epoch,
                id: "7".parse().unwrap(),
                is_used: false,
            })
        };
        let claimed = || {
            let mut row = Progress::<u8>::new(Mode::Hosted);
            row.apply(&Event::Claimed { owner: 1 }).unwrap();
            row
        };
        let lost = || {
            let mut row = claimed();
            row.apply(&Event::Abandoned { epoch: 1 }).unwrap();
            row
        };
        let reopened = || {
            let mut row = lost();
            row.apply(&Event::Reopened).unwrap();
            row
        };
        assert!(!lost().needs_person());
        for mut row in [claimed(), lost(), reopened()] {
            row.apply(&found(1)).unwrap();
            assert!(row.needs_person());
            assert_eq!(row.state, State::Unknown);
            assert_eq!(row.apply(&Event::Reopened), Err(NotApplied::NotPermitted));
            assert_eq!(row.apply(&found(1)), Err(NotApplied::NotPermitted));
            // The response arrives at the copy after all: it is the same link.
            let late = Event::Ended {
                epoch: 1,
                owner: 1,
                outcome: Outcome::Created,
            };
            row.apply(&late).unwrap();
            assert_eq!((row.state, row.link), (State::Accepted, Some(1)));
        }
        // The response of an epoch that has lost its row was nobody's link.
        let mut again = reopened();
        again.apply(&Event::Claimed { owner: 2 }).unwrap();
        again.apply(&found(1)).unwrap();
        assert_eq!((again.state, again.is_released), (State::InFlight, false));
    }
}
