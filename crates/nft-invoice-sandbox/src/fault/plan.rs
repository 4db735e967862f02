use std::fmt;
use std::str::FromStr;

use crate::fault::FaultError;
use crate::fault::cursor::Cursor;
use crate::fault::rule::Rule;

/// What goes wrong in a sandbox, and when: rules, read from text.
///
/// A rule is `scope[key=value]->action@gate`. It watches the requests or deliveries of its scope, takes those that
/// the selector matches, and where its gates allow it, does what its actions say.
///
/// ```
/// use nft_invoice_sandbox::FaultPlan;
///
/// // The first invoice is created, but its answer is lost.
/// let plan: FaultPlan = "create->after.reset@n=1".parse()?;
///
/// // Rules are separated by `;` or stand on lines of their own, with comments.
/// let plan: FaultPlan = "
///     status -> delay(2s..5s) @ p=0.25          # every fourth or so
///     api[amount=42] -> error(50008) @ first=2
///     webhook[status=invoice:paid] -> dup(2,5s) @ every=3
/// ".parse()?;
/// assert!(plan.to_string().starts_with("status->delay(2s..5s)@p=0.25; api[amount=42]->"));
///
/// let error = "create->explode".parse::<FaultPlan>().unwrap_err();
/// assert!(error.to_string().starts_with("column 9: expected an action of create"));
/// # Ok::<(), nft_invoice_sandbox::FaultError>(())
/// ```
///
/// # Scopes and keys
///
/// | scope | watches | keys |
/// |---|---|---|
/// | `create` | create calls of both modes | `amount` `currency` `email` `mode` `key` |
/// | `s2s` | create calls with card members | `amount` `currency` `email` `key` |
/// | `status`, `infos` | that call | `amount` `currency` `email` `id` `mode` `key` |
/// | `history` | that call | `key` |
/// | `api` | all four calls | `amount` `currency` `email` `id` `mode` `key` |
/// | `checkout` | the payment page, its form too | `amount` `currency` `email` `id` `mode` `key` |
/// | `webhook` | attempts to deliver a callback | `status` `id` `attempt` |
///
/// `mode` is `hosted` or `s2s`. `key` is the merchant's number, from 1, in the order in which the API keys were
/// given. What a create call says of itself is taken from its body, all else from the invoice that the call names.
/// A key that a call says nothing about does not match. A value with white space or one of `,[]"#;` stands in
/// quotes, as a JSON string.
///
/// # Actions on calls
///
/// | action | what the client meets |
/// |---|---|
/// | `delay(2s)`, `delay(2s..5s)` | a wait, in real time whatever the sandbox's clock says; several add up |
/// | `status(503)`, `status(429,retry-after=30s)` | that HTTP status, from 200 to 599; seconds are rounded up |
/// | `error(50008)` | a refusal of the gateway |
/// | `limit(5/10s)` | from the sixth call within 10 s of the sandbox's clock: HTTP 429 with `Retry-After` |
/// | `badjson` | HTTP 200 and a body of type JSON that ends in the middle |
/// | `reset` | a TCP reset instead of an answer |
/// | `empty` | the connection closed without a byte |
/// | `hang` | no answer until the client closes or the sandbox stops |
/// | `garbage` | bytes that are no HTTP, then the end |
/// | `truncate(100)`, `truncate(50%)` | the head as it is, so many bytes of the body, then the end |
/// | `slow(100/s)` | head and body at that many bytes a second, in real time |
///
/// Each strikes **before** the call does anything, so that nothing is done, or with `after.` when all is done and
/// only the answer is left. `truncate` and `slow` shape whatever answer there is, so the call is always carried
/// out. Of several actions of a rule, or of several rules that fire, the first on its side decides what is
/// answered; one after the call outdoes one before it. A call whose client has gone away is carried out all the
/// same.
///
/// # Actions on callbacks
///
/// | action | what the receiver meets |
/// |---|---|
/// | `drop` | nothing |
/// | `dup(2)`, `dup(2,5s)` | the delivery and two more, 5 s apart |
/// | `hold(10m)` | the delivery, that much later |
/// | `reorder(2)` | the delivery, after the two that follow it |
/// | `badsig`, `nosig` | a signature with one digit wrong, or none |
/// | `mutate(/status="invoice:paid")` | another value at that JSON pointer, under the signature of the true body |
/// | `truncate(20)` | the first 20 bytes of the body |
/// | `wrongtype` | content type `text/plain` |
///
/// # Gates
///
/// | gate | the rule fires |
/// |---|---|
/// | `n=3`, `n=2..4` | on the third match, or from the second to the fourth |
/// | `every=5` | on the fifth match, the tenth, and so on |
/// | `first=2` | on the first two matches |
/// | `p=0.25` | by chance, one match in four; with the same seed on the same ones |
/// | `from=10m`, `until=1h` | from then on, or before then, by the sandbox's clock since its start |
///
/// Matches are counted for each rule by itself, whether other gates allow them or not. All gates must hold.
/// Chance and ranges draw from a stream of the rule's own, made from the sandbox's seed and the rule's text: other
/// rules do not change it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan {
    pub(super) rules: Vec<Rule>,
}

impl FaultPlan {
    /// Whether nothing ever goes wrong.
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
            rules.push(Rule::parse(&mut cursor)?);
            let new_line = cursor.skip();
            if !new_line && !cursor.at_end() && !cursor.rest().starts_with(';') {
                return Err(cursor.error("`;`, a new line, or more of this rule"));
            }
        }
    }
}

impl fmt::Display for FaultPlan {
    /// In one line, which reads back as the same plan.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, rule) in self.rules.iter().enumerate() {
            write!(f, "{}{rule}", if place == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}
