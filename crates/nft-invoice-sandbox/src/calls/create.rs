use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::app::App;
use crate::assumption::{
    AmountMalformed, CallbackJsonLimit, CheckoutMode, Currency, EmailCheck, ExpiredCard,
    S2sMissingFields, S2sRedirect, S2sWhen, UnknownCard,
};
use crate::calls::Call;
use crate::gateway::{Account, Answer, Rejection, Route, fields};
use crate::http::ok;
use crate::payment::{
    Amount, CallbackJson, CardSummary, Change, Charge, CurrencyCode, Mode, NotTried, Order,
    Outcome, Payment, Reason, TestCard,
};
use crate::text::Members;

/// `POST /api/btn-create-invoice/get/`
pub(super) fn create(call: &Call<'_>) -> Result<Answer, Rejection> {
    let app = call.app;
    let account = app.account();
    let authorized = account.authorize(call.route, call.peer, &call.parts.headers);
    let fields = fields(&app.assumptions, call.body)
        .and_then(|members| sale(app, &account, &members).map(|sale| (members, sale)));
    let (merchant, (members, (amount, currency))) = app.in_order(authorized, fields)?;
    check_the_rest(app, &members)?;
    let mode = mode(app, &members);

    let now = call.now;
    let mut store = app.store();
    let charge = match mode {
        Mode::Hosted => None,
        Mode::S2s => Some(charge(app, store.queue.front().copied(), now, &members)?),
    };
    let token = app.tokens.checkout(store.ledger().next_id());
    let ip = members.text("customer_ip").and_then(|ip| ip.parse().ok());
    let text = |name| members.text(name).map(Box::<str>::from);
    let order = Order {
        merchant,
        token,
        mode,
        amount,
        ip: ip.unwrap_or(call.peer.0),
        email: text("email").unwrap_or_default(),
        name: text("name"),
        currency,
        callback_json: members.raw("callbackJson").map(CallbackJson::new),
        country: text("country"),
        nft_description: text("nftDescription"),
        nft_images: members.raw("nftImageUrls").map(|raw| raw.get().into()),
        nft_metadata: text("ipfsMetadata"),
        success_url: text("success_url"),
        failure_url: text("failure_url"),
        cancel_url: text("cancel_url"),
        pending_url: text("pending_url"),
    };
    let (change, uses_queue) = charge.unzip();
    let invoice = store.create(now, order, change)?;
    if uses_queue == Some(true) {
        store.queue.pop_front();
    }
    drop(store);

    let is_hosted = mode == Mode::Hosted;
    let redirects =
        is_hosted || invoice.is_challenged() || app.assumptions.s2s_redirect == S2sRedirect::Always;
    let url = redirects.then(|| call.base_url.checkout(token));
    let html = url.as_ref().filter(|_| is_hosted);
    let accepted = Accepted {
        error_code: 0,
        html: html.map(|url| ["<a href='", url, "'></a>"].concat()),
        redirect_url: url,
    };
    Ok(Answer {
        invoice: Some(invoice.id),
        ..ok(&accepted).into()
    })
}

/// The response to an accepted create call. It contains no invoice id: the id arrives through the callback.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Accepted {
    error_code: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
}

/// The largest `callbackJson`, in bytes as written.
const CALLBACK_JSON_LIMIT: usize = 64 * 1024;

const CARD_FIELDS: [&str; 3] = ["card_number", "card_expiry_date", "card_ccv"];

/// The fields required in S2S in addition to those required in both modes.
const S2S_FIELDS: [&str; 16] = [
    "name",
    "address1",
    "address2",
    "city",
    "country",
    "postcode",
    "date_of_birth",
    "card_number",
    "card_expiry_date",
    "card_ccv",
    "nftImageUrls",
    "ipfsMetadata",
    "nftDescription",
    "checkoutMode",
    "customer_ip",
    "phone",
];

/// Checks the fields that both modes require, and returns the amount and its currency.
fn sale(
    app: &App,
    account: &Account,
    members: &Members<'_>,
) -> Result<(Amount, CurrencyCode), Rejection> {
    let refuse = |code| Rejection::gateway(Route::Create, code);
    let email = members.text("email").ok_or_else(|| refuse(50002))?;
    if !is_email(
        &email,
        app.assumptions.email_check == EmailCheck::DottedDomain,
    ) {
        return Err(refuse(50005));
    }
    let amount = members.text("amount").ok_or_else(|| refuse(50003))?;
    let amount = match Amount::parse(&amount) {
        Some(amount) => amount,
        None if app.assumptions.amount_malformed == AmountMalformed::Zero => Amount::ZERO,
        None => return Err(refuse(50003)),
    };
    let currency = members.text("devise").ok_or_else(|| refuse(50004))?;
    let is_allowed =
        |code: &_| *code == CurrencyCode::USD || app.assumptions.currency == Currency::Any;
    let currency = CurrencyCode::parse(&currency).filter(is_allowed);
    let currency = currency.ok_or_else(|| refuse(50009))?;
    if amount < account.minimum {
        return Err(refuse(50012));
    }
    if amount > account.maximum {
        return Err(refuse(50011));
    }
    Ok((amount, currency))
}

/// One `@` between two parts, without white space.
fn is_email(text: &str, dotted_domain: bool) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    let parts = !local.is_empty() && !domain.is_empty() && !domain.contains('@');
    plain && parts && (domain.contains('.') || !dotted_domain)
}

/// Checks for which the gateway documents no code.
fn check_the_rest(app: &App, members: &Members<'_>) -> Result<(), Rejection> {
    let nft = members.text("checkoutMode").as_deref() == Some("nft");
    if !nft && app.assumptions.checkout_mode == CheckoutMode::Reject {
        return Err(Rejection::gateway(Route::Create, 59004));
    }
    let callback_json = members.raw("callbackJson").map_or("", RawValue::get);
    if callback_json.len() > CALLBACK_JSON_LIMIT
        && app.assumptions.callback_json_limit == CallbackJsonLimit::Reject
    {
        return Err(Rejection::http(
            StatusCode::PAYLOAD_TOO_LARGE,
            "callbackJson is larger than 64 KiB",
        ));
    }
    Ok(())
}

/// The mode that a body requests.
pub(crate) fn mode(app: &App, members: &Members<'_>) -> Mode {
    let mut card = CARD_FIELDS.iter().map(|name| members.text(name).is_some());
    let s2s = match app.assumptions.s2s_when == S2sWhen::AllCardFields {
        true => card.all(|there| there),
        false => card.any(|there| there),
    };
    if s2s { Mode::S2s } else { Mode::Hosted }
}

/// The change that follows the creation of an S2S invoice, and whether it uses up the first queued outcome. Only the
/// summary of the card leaves this function.
fn charge(
    app: &App,
    queued: Option<Outcome>,
    now: Timestamp,
    members: &Members<'_>,
) -> Result<(Change, bool), Rejection> {
    let needed = match app.assumptions.s2s_missing_fields == S2sMissingFields::Accept {
        true => &["card_number"][..],
        false => &S2S_FIELDS[..],
    };
    let missing: Vec<_> = needed
        .iter()
        .copied()
        .filter(|name| members.text(name).is_none())
        .collect();
    if !missing.is_empty() {
        return Err(Rejection::detailed(59003, &missing.join(", ")));
    }

    let text = |name| members.text(name).unwrap_or_default();
    let (number, name) = (text("card_number"), text("name"));
    let expiry = members.text("card_expiry_date");
    let payment = Payment {
        card_number: &number,
        card_expiry: expiry.as_deref(),
        cardholder: &name,
    };
    let first = match payment.attempt(queued, now) {
        Ok(change) => return Ok((change, true)),
        Err(mut errors) => errors.swap_remove(0),
    };
    let (declines, code, card, reason) = match first {
        NotTried::BadScript(wrong) => return Err(Rejection::detailed(59005, &wrong)),
        NotTried::UnknownCard => {
            let card = CardSummary::new(CardSummary::UNKNOWN, &number);
            let declines = app.assumptions.unknown_card == UnknownCard::Decline;
            (declines, 59001, card, Reason::UnknownCard)
        }
        NotTried::ExpiredCard => {
            let card = TestCard::find(&number).expect("only a test card is checked for its expiry");
            let declines = app.assumptions.expired_card == ExpiredCard::Decline;
            (declines, 59002, card.summary(), Reason::Expired)
        }
    };
    // Rejected with the code, or accepted and declined.
    match declines {
        true => {
            let (charge, card) = (Charge::failed(reason), Some(card));
            Ok((Change::Moved { charge, card }, false))
        }
        false => Err(Rejection::gateway(Route::Create, code)),
    }
}
