use std::collections::BTreeSet;

use crate::advice::{Advice, AdviceCode, Remark};
use crate::field::Field;
use crate::problem::{Fault, Problem, ProblemCode, Problems};

/// Where a finding belongs: its member's place in the report, and its path.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    pub(crate) rank: usize,
    pub(crate) path: String,
}

impl From<Field> for Spot {
    fn from(field: Field) -> Self {
        Self {
            rank: field as usize,
            path: format!("/{}", field.name()),
        }
    }
}

impl Spot {
    /// The spot of something inside this one.
    pub(crate) fn inside(mut self, suffix: &str) -> Self {
        self.path.push_str(suffix);
        self
    }
}

/// Collects findings: at most one problem a path, at most one advice a path and code, the first of each.
#[derive(Debug, Default)]
pub(crate) struct Report {
    problems: Vec<(usize, Problem)>,
    advice: Vec<(usize, Advice)>,
    faulty: BTreeSet<String>,
    remarked: BTreeSet<(String, AdviceCode)>,
}

impl Report {
    /// Adds a problem of a documented member.
    pub(crate) fn fault(&mut self, field: Field, suffix: &str, fault: Fault) {
        let gateway_code = field.gateway_code(fault.code());
        self.problem(Spot::from(field).inside(suffix), fault, gateway_code);
    }

    /// Adds a problem unless its path has one.
    pub(crate) fn problem(&mut self, spot: Spot, fault: Fault, gateway_code: Option<u32>) {
        if !self.faulty.insert(spot.path.clone()) {
            return;
        }
        let problem = Problem {
            path: spot.path,
            fault,
            gateway_code,
        };
        self.problems.push((spot.rank, problem));
    }

    /// Adds an advice unless its path has one of that code.
    pub(crate) fn remark(&mut self, spot: impl Into<Spot>, remark: Remark) {
        let Spot { rank, path } = spot.into();
        if self.remarked.insert((path.clone(), remark.code)) {
            self.advice.push((rank, Advice { path, remark }));
        }
    }

    /// Both lists, in the order of the members.
    pub(crate) fn finish(mut self) -> (Option<Problems>, Vec<Advice>) {
        self.problems.sort_by_key(|(rank, _)| *rank);
        self.advice.sort_by_key(|(rank, _)| *rank);
        let problems = self
            .problems
            .into_iter()
            .map(|(_, problem)| problem)
            .collect();
        let advice = self.advice.into_iter().map(|(_, advice)| advice).collect();
        (Problems::new(problems), advice)
    }
}

/// What is said of a member that stands twice.
pub(crate) fn duplicate() -> Fault {
    Fault::new(ProblemCode::Duplicate, "this member stands more than once")
}

/// What is said of a card number in the wrong place.
pub(crate) fn card_data() -> Fault {
    Fault::new(
        ProblemCode::CardData,
        "a card number does not belong here: metadata is public for ever, callbacks and URLs are logged",
    )
}
