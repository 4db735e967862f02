use std::fmt;
use std::str::FromStr;

use crate::fault::FaultError;
use crate::fault::call_actions::CallAction;
use crate::fault::callback_actions::CallbackEffects;
use crate::fault::cursor::Cursor;
use crate::fault::gate::Gate;
use crate::fault::scope::{Condition, Occasion, SCOPES, Scope};

/// A fault plan: rules for injecting faults, parsed from text.
///
/// A rule has the form `scope[key=value]->action@gate`. It matches the requests or deliveries of its scope that have the
/// given values, and applies its actions when its gates allow it.
///
/// ```
/// use nft_invoice_sandbox::FaultPlan;
///
/// // The first invoice is created, but the response is lost.
/// let plan: FaultPlan = "create->after.reset@n=1".parse()?;
///
/// // Rules are separated by `;` or line breaks, with comments.
/// let plan: FaultPlan = "
///     status -> delay(2s..5s) @ p=0.25          # one in four
///     api[amount=42] -> error(50008) @ first=2
///     callback[status=invoice:paid] -> dup(2,5s) @ every=3
/// ".parse()?;
/// assert!(plan.to_string().starts_with("status->delay(2s..5s)@p=0.25; api[amount=42]->"));
///
/// let error = "create->explode".parse::<FaultPlan>().unwrap_err();
/// assert!(error.to_string().starts_with("column 9: expected an action of create"));
/// # Ok::<(), nft_invoice_sandbox::FaultError>(())
/// ```
///
/// A plan has at most [`MAX_RULES`](Self::MAX_RULES) rules. The documentation of the crate lists all
/// [scopes, keys, actions and gates](crate#faults).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan {
    pub(super) rules: Vec<Rule>,
}

/// A rule of a plan.
#[derive(Clone)]
pub(super) struct Rule {
    /// The canonical form.
    pub(super) text: String,
    scope: &'static Scope,
    conditions: Vec<Condition>,
    pub(super) gates: Vec<Gate>,
    /// The actions, if the scope is one of calls.
    pub(super) calls: Vec<CallAction>,
    /// The actions, if the scope is that of callbacks.
    pub(super) callbacks: CallbackEffects,
}

impl FaultPlan {
    /// The largest number of rules. Each request and delivery is compared with each rule.
    pub const MAX_RULES: usize = 1000;

    /// Returns whether the plan has no rules.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

impl FromStr for FaultPlan {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut cursor = Cursor::new(text);
        let mut rules = Vec::new();
        loop {
            while cursor.skip(";") {}
            cursor.skip_space();
            if cursor.rest().is_empty() {
                return Ok(Self { rules });
            }
            if rules.len() == Self::MAX_RULES {
                let most = Self::MAX_RULES;
                return Err(cursor.error(format!("the end of the plan, after {most} rules")));
            }
            rules.push(Rule::parse(&mut cursor)?);
            let new_line = cursor.at_line_break();
            cursor.skip_space();
            if !new_line && !cursor.rest().is_empty() && !cursor.rest().starts_with(';') {
                return Err(cursor.error("`;`, a new line, or the rest of this rule"));
            }
        }
    }
}

impl Rule {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        cursor.canonical().clear();
        let (word, scope) = cursor.choose("a scope", SCOPES)?;
        let conditions = scope.conditions(cursor, word)?;
        if !cursor.eat("->") {
            return Err(cursor.error(match conditions.is_empty() {
                true => "`->`, or `[` and a key",
                false => "`->`",
            }));
        }
        let (mut calls, mut callbacks) = (Vec::new(), CallbackEffects::default());
        loop {
            match *word {
                "callback" => callbacks.add(&CallbackEffects::parse(cursor)?),
                word => calls.push(CallAction::parse(cursor, word)?),
            }
            if !cursor.eat("+") {
                break;
            }
        }
        Ok(Self {
            gates: Gate::parse_all(cursor)?,
            text: cursor.canonical().clone(),
            scope,
            conditions,
            calls,
            callbacks,
        })
    }

    pub(super) fn matches(&self, occasion: &Occasion) -> bool {
        let mut conditions = self.conditions.iter();
        (self.scope.covers)(occasion) && conditions.all(|(key, value)| occasion.has(key, value))
    }
}

impl fmt::Display for FaultPlan {
    /// Writes the plan in one line, which parses to the same plan.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules: Vec<_> = self.rules.iter().map(|rule| &*rule.text).collect();
        f.write_str(&rules.join("; "))
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The canonical form says everything.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Rule {}
