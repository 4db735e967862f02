use std::fmt;
use std::str::FromStr;

use crate::fault::FaultError;
use crate::fault::call::CallAction;
use crate::fault::callback::CallbackEffects;
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
/// A plan has at most [`MAX_RULES`](Self::MAX_RULES) rules.
///
/// # Scopes and keys
///
/// | scope | matches | keys |
/// |---|---|---|
/// | `create` | create calls of both modes | `amount` `currency` `email` `mode` `key` |
/// | `s2s` | create calls with card fields | `amount` `currency` `email` `key` |
/// | `status`, `infos` | this call | `amount` `currency` `email` `id` `mode` `key` |
/// | `history` | this call | `key` |
/// | `api` | all four calls | `amount` `currency` `email` `id` `mode` `key` |
/// | `checkout` | the payment page and its form | `amount` `currency` `email` `id` `mode` `key` |
/// | `callback` | attempts to deliver a callback | `status` `id` `attempt` |
///
/// `mode` is `hosted` or `s2s`. `key` is the merchant's number, from 1, in the order in which the API keys were
/// given. The values of a create call come from its body, and those of the other calls from the invoice in the request.
/// A key for which a call has no value does not match. A value with white space or one of `,[]"#;` must be quoted as a
/// JSON string.
///
/// # Actions on calls
///
/// | action | effect |
/// |---|---|
/// | `delay(2s)`, `delay(2s..5s)` | a delay, in real time; several add up |
/// | `status(503)`, `status(429,retry-after=30s)` | that HTTP status, from 200 to 599; seconds are rounded up |
/// | `error(50008)` | an error response of the gateway |
/// | `limit(5/10s)` | HTTP 429 with `Retry-After` from the sixth call within 10 s of the sandbox's clock |
/// | `badjson` | HTTP 200 with incomplete JSON |
/// | `reset` | a TCP reset instead of a response |
/// | `empty` | the connection is closed without a response |
/// | `hang` | no response until the client disconnects or the sandbox stops; a connection beyond 256 is reset |
/// | `garbage` | bytes that are not HTTP, then the connection is closed |
/// | `truncate(100)`, `truncate(50%)` | the complete headers and this much of the body, then the connection is closed |
/// | `slow(100/s)` | headers and body at this many bytes per second, in real time |
///
/// By default an action applies **before** the call, which then changes nothing. With the prefix `after.`, the change is
/// committed first and only the response is affected. `truncate` and `slow` change how the response is sent, so the call
/// always runs. If several actions or rules apply, the first one before the call and the first one after it count; the
/// one after the call takes precedence. A call runs to completion even if its client disconnects.
///
/// # Actions on callbacks
///
/// | action | effect at the receiver |
/// |---|---|
/// | `drop` | nothing |
/// | `dup(2)`, `dup(2,5s)` | the delivery and two more, 5 s apart |
/// | `hold(10m)` | the delivery, delayed by the sandbox's clock |
/// | `reorder(2)` | the delivery, after the two that follow it |
/// | `badsig`, `nosig` | a signature with one digit wrong, or none |
/// | `mutate(/status="invoice:paid")` | another value at this JSON pointer, with the signature of the original body |
/// | `truncate(20)` | the first 20 bytes of the body |
/// | `wrongtype` | content type `text/plain` |
///
/// # Gates
///
/// | gate | when the rule fires |
/// |---|---|
/// | `n=3`, `n=2..4` | on the third match, or from the second to the fourth |
/// | `every=5` | on the fifth match, the tenth, and so on |
/// | `first=2` | on the first two matches |
/// | `p=0.25` | at random, on one match in four; the same matches for the same seed |
/// | `from=10m`, `until=1h` | from or until this time after the start, by the sandbox's clock |
///
/// Each rule counts its own matches, including those that a gate excludes. All gates must hold. Each rule has its own
/// random stream, derived from the sandbox's seed and the rule's text, so other rules do not change it.
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
