/// A behaviour that the gateway's documents do not state, with what the sandbox does by default.
///
/// [`SandboxBuilder::assume`](crate::SandboxBuilder::assume) is the switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumption {
    id: &'static str,
    options: &'static [&'static str],
    reason: &'static str,
}

impl Assumption {
    /// Every assumption that the sandbox makes.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        REGISTER
    }

    /// Its name for the switch.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// What is assumed when nothing is said.
    #[must_use]
    pub const fn default(&self) -> &'static str {
        self.options[0]
    }

    /// Everything that can be assumed, the default first.
    #[must_use]
    pub const fn options(&self) -> &'static [&'static str] {
        self.options
    }

    /// Why it is a question, and why this default.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    fn find(id: &str) -> Option<&'static Self> {
        REGISTER.iter().find(|row| row.id == id)
    }
}

/// The options in force: the defaults, but for what was switched.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assumptions {
    switched: Vec<(&'static str, &'static str)>,
}

impl Assumptions {
    /// Switches one. The error lists what would have been right.
    pub(crate) fn switch(&mut self, id: &str, option: &str) -> Result<(), Vec<&'static str>> {
        let row = Assumption::find(id)
            .ok_or_else(|| REGISTER.iter().map(|row| row.id).collect::<Vec<_>>())?;
        let known = row.options.iter().find(|known| **known == option);
        let known = known.ok_or_else(|| row.options.to_vec())?;
        self.switched.push((row.id, known));
        Ok(())
    }

    pub(crate) fn get(&self, id: &'static str) -> &'static str {
        // The last word counts.
        let switched = self.switched.iter().rfind(|(switched, _)| *switched == id);
        let default = || Assumption::find(id).map(Assumption::default);
        let option = switched.map(|(_, option)| *option).or_else(default);
        option.expect("an id that is asked for stands in the register")
    }

    /// What was switched, and to which option, in the order in which it was.
    pub(crate) fn switched(&self) -> &[(&'static str, &'static str)] {
        &self.switched
    }

    pub(crate) fn is(&self, id: &'static str, option: &'static str) -> bool {
        debug_assert!(
            Assumption::find(id).is_some_and(|row| row.options.contains(&option)),
            "assumption {id} has no option {option}"
        );
        self.get(id) == option
    }
}

const fn row(
    id: &'static str,
    options: &'static [&'static str],
    reason: &'static str,
) -> Assumption {
    Assumption {
        id,
        options,
        reason,
    }
}

const REGISTER: &[Assumption] = &[
    row(
        "error-status",
        &["200", "400"],
        "The HTTP status of a refusal is not documented; a client must decide by errorCode.",
    ),
    row(
        "check-order",
        &["account-first", "fields-first"],
        "Which of several faults is answered is not documented; the account is checked before the fields, as most gateways do.",
    ),
    row(
        "body-not-json",
        &["empty-object", "400"],
        "What a body that is no JSON object gets is not documented; read as one without members it is refused with 50002.",
    ),
    row(
        "amount-malformed",
        &["50003", "50012"],
        "No code says that an amount is no decimal with at most two digits; it counts as missing, or as zero.",
    ),
    row(
        "email-check",
        &["at", "dotted-domain"],
        "Which addresses 50005 refuses is not documented; by default those without one @ between two parts, or with spaces.",
    ),
    row(
        "currency",
        &["usd", "any"],
        "The document says to set USD and names no other; any is any three upper-case letters.",
    ),
    row(
        "checkout-mode",
        &["ignore", "refuse"],
        "checkoutMode must be nft, but no code says that it is not; refusing answers 59004, a code of the sandbox's own.",
    ),
    row(
        "s2s-when",
        &["any-card-member", "all-card-members"],
        "The document does not say how the gateway tells the two modes apart; one card member that is not empty is enough.",
    ),
    row(
        "s2s-missing-members",
        &["59003", "accept"],
        "No code says that a member mandatory in S2S is missing; accepting still needs the card number.",
    ),
    row(
        "unknown-card",
        &["59001", "decline"],
        "Only test cards enter; any other number is refused, or accepted and declined as a real gateway might.",
    ),
    row(
        "expired-card",
        &["59002", "decline"],
        "Whether an expired card is refused at once or fails afterwards is not documented. It is good through its month in UTC.",
    ),
    row(
        "s2s-redirect",
        &["challenge-only", "always"],
        "Whether direct S2S answers a redirectUrl is not documented; by default only when the customer must act.",
    ),
    row(
        "callback-json-nested",
        &["as-sent", "as-text"],
        "callbackJson is documented as text; what becomes of a nested value is not. It comes back as it was sent.",
    ),
    row(
        "callback-json-limit",
        &["413", "accept"],
        "No limit of callbackJson is documented; above 64 KiB it is refused with HTTP 413, for which there is no code.",
    ),
    row(
        "unknown-invoice",
        &["50011", "50002"],
        "No code says that an invoice does not exist; by default it is somebody else's.",
    ),
    row(
        "infos-ids",
        &["same", "differ"],
        "In the documented example data.id is not invoice_id; by default both are the invoice's number.",
    ),
    row(
        "infos-currency",
        &["USD", "USDC"],
        "Infos may answer devise as USDC according to other public examples.",
    ),
    row(
        "infos-description",
        &["nft-description", "null"],
        "What description holds is not documented; the NFT's description is the only text that is sent.",
    ),
    row(
        "fee",
        &["10%", "0%"],
        "Fees are not documented; ten per cent is what the documented history example shows.",
    ),
    row(
        "history-path",
        &["/api/invoice/history/", "/api/client-invoice-history/get/"],
        "The path of the history is not public; the default stands beside that of the status.",
    ),
    row(
        "history-reversed",
        &["unpaid", "paid"],
        "Whether CHARGEBACK and WITHHELD count as UNPAID or PAID in the history is not documented.",
    ),
    row(
        "history-order",
        &["DESC", "ASC", "50012"],
        "What a missing order means is not documented; newest first, or the other way, or refused.",
    ),
    row(
        "history-bad-filter",
        &["ignore", "match-nothing"],
        "What an unknown status or an unreadable date does is not documented.",
    ),
    row(
        "history-unpaid",
        &["zero", "null"],
        "What the amounts of a record that is not paid hold is not documented.",
    ),
    row(
        "history-country",
        &["code", "null"],
        "The documented example shows a country's name; the sandbox has no list of names and answers the code that was sent.",
    ),
    row(
        "time-zone",
        &["UTC", "UTC+02:00"],
        "The time zone of dates and times is not documented.",
    ),
    row(
        "cancel",
        &["stays-opened", "fails"],
        "After a cancellation a callback is documented but no state for it; the invoice stays open, and the callback says so.",
    ),
    row(
        "expiry-counts-from",
        &["creation", "last-change"],
        "An invoice expires when it stays created or opened for more than 14 days; whether opening it starts them anew is not documented.",
    ),
    row(
        "failed-reopens",
        &["no", "yes"],
        "Whether a customer whose card failed may try again on the same page is not documented.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_complete_and_stands_once() {
        for row in REGISTER {
            assert!(row.options.len() > 1, "{} cannot be switched", row.id);
            assert!(row.reason.ends_with('.'), "{} has no reason", row.id);
            let times = REGISTER.iter().filter(|other| other.id == row.id).count();
            assert_eq!(times, 1, "{} stands more than once", row.id);
        }
    }

    #[test]
    fn a_switch_takes_known_options_only() {
        let mut assumptions = Assumptions::default();
        for row in REGISTER {
            assert!(
                assumptions.is(row.id, row.options[0]),
                "default of {}",
                row.id
            );
            for option in row.options.iter().rev() {
                assumptions.switch(row.id, option).unwrap();
                assert_eq!(
                    assumptions.get(row.id),
                    *option,
                    "after switching {}",
                    row.id
                );
            }
            let wrong = assumptions.switch(row.id, "nonsense").unwrap_err();
            assert_eq!(wrong, row.options, "what the error of {} lists", row.id);
        }
        let ids = assumptions.switch("nonsense", "200").unwrap_err();
        assert_eq!(ids.len(), REGISTER.len(), "an unknown id lists all ids");
    }
}
