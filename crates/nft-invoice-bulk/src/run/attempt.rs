use nft_invoice::transport::Delivery;
use nft_invoice::{Cancellation, Client, Created, Draft, Error, Invoice, Mode, Rules};

use crate::journal::{Change, Claim, Detail};
use crate::lifecycle::{Event, Outcome};
use crate::planted::{self, has_bug};
use crate::run::runner::Secret;
use crate::tag;

/// The codes of `create` that every other row would get, too.
const ACCOUNT: [i64; 5] = [50001, 50006, 50007, 50008, 50010];

/// A request that has ended.
pub(super) struct Ended {
    pub(super) line: u64,
    pub(super) outcome: Outcome,
    /// The code and the meaning of a rejection that concerns the account.
    pub(super) account: Option<(i64, String)>,
    pub(super) change: Change,
}

/// Sends a claimed row, once.
pub(super) async fn attempt(
    client: &Client,
    claim: Claim,
    secret: Option<&Secret>,
    mode: Mode,
    rules: Rules,
) -> Ended {
    let is_late = |claim: &Claim| claim.deadline.is_some_and(|time| time.has_passed());
    if is_late(&claim) {
        return not_begun(claim);
    }
    let invoice = match invoice(&claim, secret, mode, &rules) {
        Ok(invoice) => invoice,
        Err(reason) => return ended(claim, Outcome::Rejected, Some(reason), None),
    };
    planted::step("before-send");
    let gate = claim
        .deadline
        .map_or_else(Cancellation::new, Cancellation::with_deadline);
    let mut created = client.create_with_cancellation(&invoice, &gate).await;
    if has_bug("retry-on-closed") && created.as_ref().is_err_and(Error::may_have_created) {
        created = client.create(&invoice).await;
    }
    planted::step("after-send");
    match created {
        Ok(created) => ended(claim, Outcome::Created, None, Some(created)),
        Err(error) => {
            let outcome = classify(&error);
            if outcome == Outcome::NotSent && is_late(&claim) {
                // The gateway could be reached, perhaps.
                return not_begun(claim);
            }
            let reason = error.to_string();
            let code = match error {
                Error::Rejected { code, .. } if outcome == Outcome::AccountRejected => Some(code),
                _ => None,
            };
            Ended {
                account: code.map(|code| (code, reason.clone())),
                ..ended(claim, outcome, Some(reason), None)
            }
        }
    }
}

/// Whether a code of the gateway is about the account and not about one invoice.
pub(crate) fn concerns_account(code: i64) -> bool {
    ACCOUNT.contains(&code)
}

/// A claimed row that is not sent after all.
pub(super) fn not_begun(claim: Claim) -> Ended {
    ended(claim, Outcome::NotSent, None, None)
}

fn ended(
    claim: Claim,
    outcome: Outcome,
    reason: Option<String>,
    created: Option<Created>,
) -> Ended {
    let link = created.and_then(|created| {
        let url = created.redirect_url()?.to_owned();
        Some((url, created.html().map(str::to_owned)))
    });
    Ended {
        line: claim.line,
        outcome,
        account: None,
        change: Change {
            reference: claim.reference,
            event: Event::Ended {
                epoch: claim.epoch,
                owner: claim.owner,
                outcome,
            },
            detail: Detail {
                reason,
                link,
                status: None,
            },
        },
    }
}

/// What an error proves about the invoice. Whatever is not certain is unknown.
fn classify(error: &Error) -> Outcome {
    match error {
        Error::Rejected { code, .. } if concerns_account(*code) => Outcome::AccountRejected,
        Error::Unreadable { .. } if has_bug("unreadable-accepted") => Outcome::Created,
        Error::Rejected {
            documented: Some(_),
            ..
        } => Outcome::Rejected,
        Error::Config { .. } => Outcome::NotSent,
        Error::Transport { source, .. } if source.delivery() == Delivery::NotSent => {
            Outcome::NotSent
        }
        _ => Outcome::Unknown,
    }
}

/// The invoice of a claimed row, with its reference and epoch, or why it cannot be sent any more.
fn invoice(
    claim: &Claim,
    secret: Option<&Secret>,
    mode: Mode,
    rules: &Rules,
) -> Result<Invoice, String> {
    let stored = claim.invoice.as_deref().map(str::as_bytes);
    let (text, data) = match secret {
        Some(secret) => (&secret.row[..], secret.data.as_deref().map(String::as_str)),
        None => {
            let stored = stored.ok_or("the row is not in the journal")?;
            (stored, claim.data.as_deref())
        }
    };
    let data = tag::with_epoch(data, claim.epoch).map_err(|error| error.to_string())?;
    Draft::from_json(text)
        .and_then(|draft| {
            draft
                .callback_data(data)
                .reference(claim.reference.clone())
                .validate(&rules.mode(mode))
        })
        .map_err(|errors| errors.to_string())
}

#[cfg(test)]
mod tests {
    use nft_invoice::transport::TransportError;
    use nft_invoice::{Call, GatewayCode};

    use super::*;

    #[test]
    fn only_what_is_certain_is_not_unknown() {
        let rejected = |code| Error::Rejected {
            call: Call::Create,
            code,
            documented: GatewayCode::find(Call::Create, code),
            message: None,
            http_status: 200,
        };
        let transport = |source| Error::Transport {
            call: Call::Create,
            source,
        };
        for (error, outcome) in [
            (rejected(50002), Outcome::Rejected),
            (rejected(50011), Outcome::Rejected),
            (rejected(50012), Outcome::Rejected),
            (rejected(50001), Outcome::AccountRejected),
            (rejected(50008), Outcome::AccountRejected),
            (rejected(50010), Outcome::AccountRejected),
            (rejected(50000), Outcome::Unknown),
            (rejected(59001), Outcome::Unknown),
            (
                transport(TransportError::not_sent("refused")),
                Outcome::NotSent,
            ),
            (
                transport(TransportError::unknown("reset")),
                Outcome::Unknown,
            ),
        ] {
            assert_eq!(classify(&error), outcome, "{error}");
        }
    }
}
