use std::fmt;
use std::str::FromStr;

use crate::fault::FaultError;
use crate::fault::action::Action;
use crate::fault::cursor::Cursor;
use crate::fault::gate::Gate;
use crate::fault::scope::Scope;
use crate::fault::selector::Selector;
use crate::fault::words::Words;

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

/// A rule of a plan. `Display` writes its canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) scope: Scope,
    pub(super) selector: Selector,
    pub(super) actions: Vec<Action>,
    pub(super) gates: Vec<Gate>,
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
            while cursor.eat(";") {}
            if cursor.at_end() {
                return Ok(Self { rules });
            }
            if rules.len() == Self::MAX_RULES {
                let most = Self::MAX_RULES;
                return Err(cursor.error(format!("the end of the plan, after {most} rules")));
            }
            rules.push(Rule::parse(&mut cursor)?);
            let new_line = cursor.skip();
            if !new_line && !cursor.at_end() && !cursor.rest().starts_with(';') {
                return Err(cursor.error("`;`, a new line, or the rest of this rule"));
            }
        }
    }
}

impl Rule {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let scope = Scope::parse(cursor, "a scope")?;
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
            gates: Gate::parse_all(cursor)?,
        })
    }
}

impl fmt::Display for FaultPlan {
    /// Writes the plan in one line, which parses to the same plan.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, rule) in self.rules.iter().enumerate() {
            write!(f, "{}{rule}", if place == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
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
