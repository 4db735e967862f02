use std::fmt;

use crate::fault::FaultError;
use crate::fault::action::Action;
use crate::fault::cursor::Cursor;
use crate::fault::gate::Gate;
use crate::fault::scope::Scope;
use crate::fault::selector::Selector;

/// A rule of a plan. `Display` writes its canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) scope: Scope,
    pub(super) selector: Selector,
    pub(super) actions: Vec<Action>,
    pub(super) gates: Vec<Gate>,
}

impl Rule {
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let scope = Scope::parse(cursor)?;
        let selector = Selector::parse(cursor, scope)?;
        if !cursor.eat("->") {
            return Err(cursor.error(match selector.0.is_empty() {
                true => "`->`, or `[` and a key",
                false => "`->`",
            }));
        }
        let mut actions = vec![Action::parse(cursor, scope)?];
        while cursor.eat("+") {
            actions.push(Action::parse(cursor, scope)?);
        }
        Ok(Self {
            scope,
            selector,
            actions,
            gates: gates(cursor)?,
        })
    }
}

fn gates(cursor: &mut Cursor<'_>) -> Result<Vec<Gate>, FaultError> {
    let mut gates: Vec<Gate> = Vec::new();
    let mut more = cursor.eat("@");
    while more {
        let start = cursor.clone();
        let gate = Gate::parse(cursor)?;
        let word = gate.word();
        if gates.iter().any(|other| other.word() == word) {
            return Err(start.error(format!("a gate other than {word}, which is already used")));
        }
        gates.push(gate);
        more = cursor.eat(",");
    }
    Ok(gates)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.scope, self.selector)?;
        for (place, action) in self.actions.iter().enumerate() {
            write!(f, "{}{action}", if place == 0 { "->" } else { "+" })?;
        }
        for (place, gate) in self.gates.iter().enumerate() {
            write!(f, "{}{gate}", if place == 0 { "@" } else { "," })?;
        }
        Ok(())
    }
}
