use std::fmt;
use std::str::FromStr;

use crate::text::ParseError;

/// A behaviour that the gateway's documentation does not specify, with its default in the sandbox.
///
/// Change it with [`SandboxBuilder::assume`](crate::SandboxBuilder::assume).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assumption {
    /// The id, such as `error-status`.
    pub id: &'static str,
    /// All options, the default first.
    pub options: &'static [&'static str],
    /// Why this is an assumption, and the reason for the default.
    pub reason: &'static str,
}

impl Assumption {
    /// Returns all assumptions.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        REGISTER
    }

    /// Returns the default option.
    #[must_use]
    pub const fn default(&self) -> &'static str {
        self.options[0]
    }
}

/// Declares each assumption: the field of [`Assumptions`], its type, its id, its options with the default first, and the
/// reason.
macro_rules! assumptions {
    ($(
        $(#[$about:meta])*
        $visible:vis $field:ident: $name:ident = $id:literal
            $(#[$about_default:meta])* [$default:ident $default_text:literal]
            $($(#[$about_option:meta])* [$option:ident $text:literal])+
            $reason:literal;
    )+) => {
        $(
            $(#[$about])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            $visible enum $name {
                $(#[$about_default])*
                #[default]
                $default,
                $($(#[$about_option])* $option,)+
            }

            impl $name {
                const OPTIONS: &'static [&'static str] = &[$default_text, $($text),+];

                pub(crate) const fn as_str(self) -> &'static str {
                    match self {
                        Self::$default => $default_text,
                        $(Self::$option => $text,)+
                    }
                }

                fn read(text: &str) -> Option<Self> {
                    match text {
                        $default_text => Some(Self::$default),
                        $($text => Some(Self::$option),)+
                        _ => None,
                    }
                }
            }
        )+

        const REGISTER: &[Assumption] = &[
            $(Assumption { id: $id, options: $name::OPTIONS, reason: $reason }),+
        ];

        /// The active options.
        #[derive(Clone, Debug, Default)]
        pub(crate) struct Assumptions {
            $(pub(crate) $field: $name,)+
        }

        impl Assumptions {
            /// Changes an option. The error lists the valid ids or options.
            pub(crate) fn switch(&mut self, id: &str, option: &str) -> Result<(), Vec<&'static str>> {
                match id {
                    $($id => {
                        let read = $name::read(option);
                        self.$field = read.ok_or_else(|| $name::OPTIONS.to_vec())?;
                    })+
                    _ => return Err(REGISTER.iter().map(|row| row.id).collect()),
                }
                Ok(())
            }

            /// Every assumption with its active option.
            pub(crate) fn options(&self) -> impl Iterator<Item = (&'static Assumption, &'static str)> {
                REGISTER.iter().zip([$(self.$field.as_str()),+])
            }
        }
    };
}

assumptions! {
    pub(crate) error_status: ErrorStatus = "error-status"
        [Ok "200"] [BadRequest "400"]
        "The HTTP status of an error response is not documented. Clients should check errorCode instead.";

    pub(crate) check_order: CheckOrder = "check-order"
        [AccountFirst "account-first"] [FieldsFirst "fields-first"]
        "The documentation does not say which error is returned when there are several. By default the account is checked before the fields, as in most gateways.";

    pub(crate) body_not_json: BodyNotJson = "body-not-json"
        [EmptyObject "empty-object"] [BadRequest "400"]
        "The response to a body that is not a JSON object is not documented. By default it is treated as an empty object, which fails with 50002.";

    pub(crate) amount_malformed: AmountMalformed = "amount-malformed"
        [Missing "50003"] [Zero "50012"]
        "There is no error code for an amount that is not a decimal with at most two decimal places. It is treated as missing (50003) or as zero (50012).";

    pub(crate) email_check: EmailCheck = "email-check"
        [At "at"] [DottedDomain "dotted-domain"]
        "The documentation does not say which e-mail addresses 50005 rejects. By default an address needs exactly one @ with text on both sides, and no spaces.";

    pub(crate) currency: Currency = "currency"
        [Usd "usd"] [Any "any"]
        "The documentation names only USD. With any, three upper-case letters are accepted.";

    pub(crate) checkout_mode: CheckoutMode = "checkout-mode"
        [Ignore "ignore"] [Reject "reject"]
        "checkoutMode must be nft, but there is no error code for another value. With reject, the sandbox returns its own code 59004.";

    pub(crate) s2s_when: S2sWhen = "s2s-when"
        [AnyCardField "any-card-field"] [AllCardFields "all-card-fields"]
        "The documentation does not say how the gateway distinguishes hosted from S2S requests. By default one card field that is not empty makes a request S2S.";

    pub(crate) s2s_missing_fields: S2sMissingFields = "s2s-missing-fields"
        [Reject "59003"] [Accept "accept"]
        "There is no error code for a missing required S2S field. By default the sandbox returns its own code 59003. With accept, only the card number is required.";

    pub(crate) unknown_card: UnknownCard = "unknown-card"
        [Reject "59001"] [Decline "decline"]
        "The sandbox accepts test cards only. Another number is rejected with the sandbox's own code 59001, or accepted and declined as a real gateway might do.";

    pub(crate) expired_card: ExpiredCard = "expired-card"
        [Reject "59002"] [Decline "decline"]
        "The documentation does not say whether an expired card is rejected immediately or declined. A card is valid through the end of its month in UTC.";

    pub(crate) s2s_redirect: S2sRedirect = "s2s-redirect"
        [ChallengeOnly "challenge-only"] [Always "always"]
        "The documentation does not say whether an S2S response contains redirectUrl. By default it does only for a 3-D Secure challenge.";

    pub(crate) callback_json_nested: CallbackJsonNested = "callback-json-nested"
        [AsSent "as-sent"] [AsText "as-text"]
        "callbackJson is documented as a string. By default a nested JSON value is returned as it was sent; with as-text, as a string.";

    pub(crate) callback_json_limit: CallbackJsonLimit = "callback-json-limit"
        [Reject "413"] [Accept "accept"]
        "No size limit is documented for callbackJson. By default more than 64 KiB is rejected with HTTP 413, because there is no error code for it.";

    pub(crate) unknown_invoice: UnknownInvoice = "unknown-invoice"
        [OtherMerchant "50011"] [MissingId "50002"]
        "There is no error code for an invoice that does not exist. By default it is treated as another merchant's invoice (50011).";

    pub(crate) infos_ids: InfosIds = "infos-ids"
        [Same "same"] [Differ "differ"]
        "In the documented example data.id differs from invoice_id. By default both are the invoice number.";

    pub(crate) infos_currency: InfosCurrency = "infos-currency"
        [Usd "USD"] [Usdc "USDC"]
        "In other public examples, infos returns USDC as devise.";

    pub(crate) infos_description: InfosDescription = "infos-description"
        [NftDescription "nft-description"] [Null "null"]
        "The content of description is not documented. By default it is the NFT's description.";

    pub(crate) fee: Fee = "fee"
        [TenPercent "10%"] [None "0%"]
        "Fees are not documented. The documented history example shows 10%.";

    pub(crate) history_path: HistoryPath = "history-path"
        [InvoiceHistory "/api/invoice/history/"] [ClientInvoiceHistory "/api/client-invoice-history/get/"]
        "The path of the history is not public. The default follows the path of the status call.";

    pub(crate) history_reversed: HistoryReversed = "history-reversed"
        [Unpaid "unpaid"] [Paid "paid"]
        "The documentation does not say whether the history lists CHARGEBACK and WITHHELD as UNPAID or PAID.";

    pub(crate) history_order: HistoryOrder = "history-order"
        [Descending "DESC"] [Ascending "ASC"] [Error "50012"]
        "The default sort order is not documented. A missing order means newest first, oldest first, or an error (50012).";

    pub(crate) history_bad_filter: HistoryBadFilter = "history-bad-filter"
        [Ignore "ignore"] [MatchNothing "match-nothing"]
        "The effect of an unknown status or an invalid date is not documented. It is ignored, or matches no invoice.";

    pub(crate) history_unpaid: HistoryUnpaid = "history-unpaid"
        [Zero "zero"] [Null "null"]
        "The amounts of a record that is not paid are not documented.";

    pub(crate) history_country: HistoryCountry = "history-country"
        [Code "code"] [Null "null"]
        "The documented example shows the name of a country. The sandbox has no list of names and returns the code that was sent.";

    pub(crate) time_zone: TimeZone = "time-zone"
        [Utc "UTC"] [PlusTwoHours "UTC+02:00"]
        "The time zone of dates and times is not documented.";

    pub(crate) cancel: Cancel = "cancel"
        [StaysOpened "stays-opened"] [Fails "fails"]
        "A callback is documented for a cancellation, but not its status. By default the invoice stays OPENED, and so does the status in the callback.";

    /// The order of callbacks that are due at the same time; the options of the assumption `callback-order`.
    #[non_exhaustive]
    pub callback_order: CallbackOrder = "callback-order"
        /// In the order of events. A callback waits until the earlier ones of its invoice are delivered or given up, so one
        /// that fails blocks them; see [`Delivery::waits_for`](crate::Delivery::waits_for).
        [Fifo "fifo"]
        /// In a random order, determined by the seed.
        [Unordered "unordered"]
        /// The newest first.
        [Reverse "reverse"]
        "The documentation does not say whether a failing callback delays the later ones of its invoice. By default they wait until it is delivered or given up. With unordered (random) and reverse (newest first) none waits for another.";

    pub(crate) expiry_counts_from: ExpiryCountsFrom = "expiry-counts-from"
        [Creation "creation"] [LastChange "last-change"]
        "An invoice expires after 14 days in CREATED or OPENED. The documentation does not say whether opening it restarts the 14 days.";

    pub(crate) failed_reopens: FailedReopens = "failed-reopens"
        [No "no"] [Yes "yes"]
        "The documentation does not say whether a customer can retry on the same page after a failed payment.";
}

impl fmt::Display for CallbackOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CallbackOrder {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let known = Self::read(text);
        known.ok_or_else(|| ParseError::expected("`fifo`, `unordered` or `reverse`"))
    }
}
