/// A behaviour that the gateway's documentation does not specify, with its default in the sandbox.
///
/// Change it with [`SandboxBuilder::assume`](crate::SandboxBuilder::assume).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumption {
    id: &'static str,
    options: &'static [&'static str],
    reason: &'static str,
}

impl Assumption {
    /// Returns all assumptions.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        REGISTER
    }

    /// Returns the id, such as `error-status`.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// Returns the default option.
    #[must_use]
    pub const fn default(&self) -> &'static str {
        self.options[0]
    }

    /// Returns all options, the default first.
    #[must_use]
    pub const fn options(&self) -> &'static [&'static str] {
        self.options
    }

    /// Returns why this is an assumption, and the reason for the default.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    fn find(id: &str) -> Option<&'static Self> {
        REGISTER.iter().find(|row| row.id == id)
    }
}

/// The active options: the defaults with the changed ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assumptions {
    switched: Vec<(&'static str, &'static str)>,
}

impl Assumptions {
    /// Changes an option. The error lists the valid ids or options.
    pub(crate) fn switch(&mut self, id: &str, option: &str) -> Result<(), Vec<&'static str>> {
        let row = Assumption::find(id)
            .ok_or_else(|| REGISTER.iter().map(|row| row.id).collect::<Vec<_>>())?;
        let known = row.options.iter().find(|known| **known == option);
        let known = known.ok_or_else(|| row.options.to_vec())?;
        self.switched.push((row.id, known));
        Ok(())
    }

    pub(crate) fn get(&self, id: &'static str) -> &'static str {
        // The last change counts.
        let switched = self.switched.iter().rfind(|(switched, _)| *switched == id);
        let default = || Assumption::find(id).map(Assumption::default);
        let option = switched.map(|(_, option)| *option).or_else(default);
        option.expect("the id is in the register")
    }

    /// The changed options, in order.
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
        "The HTTP status of an error response is not documented. Clients should check errorCode instead.",
    ),
    row(
        "check-order",
        &["account-first", "fields-first"],
        "The documentation does not say which error is returned when there are several. By default the account is checked before the fields, as in most gateways.",
    ),
    row(
        "body-not-json",
        &["empty-object", "400"],
        "The response to a body that is not a JSON object is not documented. By default it is treated as an empty object, which fails with 50002.",
    ),
    row(
        "amount-malformed",
        &["50003", "50012"],
        "There is no error code for an amount that is not a decimal with at most two decimal places. It is treated as missing (50003) or as zero (50012).",
    ),
    row(
        "email-check",
        &["at", "dotted-domain"],
        "The documentation does not say which e-mail addresses 50005 rejects. By default an address needs exactly one @ with text on both sides, and no spaces.",
    ),
    row(
        "currency",
        &["usd", "any"],
        "The documentation names only USD. With any, three upper-case letters are accepted.",
    ),
    row(
        "checkout-mode",
        &["ignore", "reject"],
        "checkoutMode must be nft, but there is no error code for another value. With reject, the sandbox returns its own code 59004.",
    ),
    row(
        "s2s-when",
        &["any-card-field", "all-card-fields"],
        "The documentation does not say how the gateway distinguishes hosted from S2S requests. By default one card field that is not empty makes a request S2S.",
    ),
    row(
        "s2s-missing-fields",
        &["59003", "accept"],
        "There is no error code for a missing required S2S field. By default the sandbox returns its own code 59003. With accept, only the card number is required.",
    ),
    row(
        "unknown-card",
        &["59001", "decline"],
        "The sandbox accepts test cards only. Another number is rejected with the sandbox's own code 59001, or accepted and declined as a real gateway might do.",
    ),
    row(
        "expired-card",
        &["59002", "decline"],
        "The documentation does not say whether an expired card is rejected immediately or declined. A card is valid through the end of its month in UTC.",
    ),
    row(
        "s2s-redirect",
        &["challenge-only", "always"],
        "The documentation does not say whether an S2S response contains redirectUrl. By default it does only for a 3-D Secure challenge.",
    ),
    row(
        "callback-json-nested",
        &["as-sent", "as-text"],
        "callbackJson is documented as a string. By default a nested JSON value is returned as it was sent; with as-text, as a string.",
    ),
    row(
        "callback-json-limit",
        &["413", "accept"],
        "No size limit is documented for callbackJson. By default more than 64 KiB is rejected with HTTP 413, because there is no error code for it.",
    ),
    row(
        "unknown-invoice",
        &["50011", "50002"],
        "There is no error code for an invoice that does not exist. By default it is treated as another merchant's invoice (50011).",
    ),
    row(
        "infos-ids",
        &["same", "differ"],
        "In the documented example data.id differs from invoice_id. By default both are the invoice number.",
    ),
    row(
        "infos-currency",
        &["USD", "USDC"],
        "In other public examples, infos returns USDC as devise.",
    ),
    row(
        "infos-description",
        &["nft-description", "null"],
        "The content of description is not documented. By default it is the NFT's description.",
    ),
    row(
        "fee",
        &["10%", "0%"],
        "Fees are not documented. The documented history example shows 10%.",
    ),
    row(
        "history-path",
        &["/api/invoice/history/", "/api/client-invoice-history/get/"],
        "The path of the history is not public. The default follows the path of the status call.",
    ),
    row(
        "history-reversed",
        &["unpaid", "paid"],
        "The documentation does not say whether the history lists CHARGEBACK and WITHHELD as UNPAID or PAID.",
    ),
    row(
        "history-order",
        &["DESC", "ASC", "50012"],
        "The default sort order is not documented. A missing order means newest first, oldest first, or an error (50012).",
    ),
    row(
        "history-bad-filter",
        &["ignore", "match-nothing"],
        "The effect of an unknown status or an invalid date is not documented. It is ignored, or matches no invoice.",
    ),
    row(
        "history-unpaid",
        &["zero", "null"],
        "The amounts of a record that is not paid are not documented.",
    ),
    row(
        "history-country",
        &["code", "null"],
        "The documented example shows the name of a country. The sandbox has no list of names and returns the code that was sent.",
    ),
    row(
        "time-zone",
        &["UTC", "UTC+02:00"],
        "The time zone of dates and times is not documented.",
    ),
    row(
        "cancel",
        &["stays-opened", "fails"],
        "A callback is documented for a cancellation, but not its status. By default the invoice stays OPENED, and so does the status in the callback.",
    ),
    row(
        "callback-order",
        &["fifo", "unordered", "reverse"],
        "The documentation does not say whether a failing callback delays the later ones of its invoice. By default they wait until it is delivered or given up. With unordered (random) and reverse (newest first) none waits for another.",
    ),
    row(
        "expiry-counts-from",
        &["creation", "last-change"],
        "An invoice expires after 14 days in CREATED or OPENED. The documentation does not say whether opening it restarts the 14 days.",
    ),
    row(
        "failed-reopens",
        &["no", "yes"],
        "The documentation does not say whether a customer can retry on the same page after a failed payment.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_each_assumption_once_with_options_and_a_reason() {
        for row in REGISTER {
            assert!(row.options.len() > 1, "{} cannot be switched", row.id);
            assert!(row.reason.ends_with('.'), "{} has no reason", row.id);
            let times = REGISTER.iter().filter(|other| other.id == row.id).count();
            assert_eq!(times, 1, "{} is listed more than once", row.id);
        }
    }

    #[test]
    fn rejects_unknown_ids_and_options() {
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
