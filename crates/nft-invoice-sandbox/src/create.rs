use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::amount::Amount;
use crate::answer::json;
use crate::app::{App, Peer};
use crate::card::{CardSummary, Outcome, TestCard};
use crate::event::Change;
use crate::expiry;
use crate::invoice::Order;
use crate::journal::Route;
use crate::members::Members;
use crate::nft::Nft;
use crate::refusal::Refusal;
use crate::state::Mode;

/// `POST /api/btn-create-invoice/get/`
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match accept(&app, peer, &headers, &body) {
        Ok(accepted) => json(StatusCode::OK, &accepted),
        Err(refusal) => refusal.response(&app),
    }
}

/// It holds no invoice id: that comes with a callback.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Accepted {
    error_code: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
}

/// The fields that both modes need.
struct Sale {
    email: String,
    amount: Amount,
    currency: String,
}

/// The largest `callbackJson`, in bytes as written.
const CALLBACK_JSON_LIMIT: usize = 64 * 1024;

const CARD_MEMBERS: [&str; 3] = ["card_number", "card_expiry_date", "card_ccv"];

/// What S2S needs on top of [`Sale`].
const S2S_MEMBERS: [&str; 16] = [
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

fn accept(app: &App, peer: Peer, headers: &HeaderMap, body: &[u8]) -> Result<Accepted, Refusal> {
    let account = app.account.authorize(Route::Create, peer, headers);
    let fields = Members::parse(app, body)
        .and_then(|members| sale(app, &members).map(|sale| (members, sale)));
    let (merchant, (members, sale)) = app.in_order(account, fields)?;
    check_the_rest(app, &members)?;
    let mode = mode(app, &members);
    let charge = match mode {
        Mode::Hosted => None,
        Mode::S2s => Some(charge(app, &members)?),
    };

    let now = app.now();
    let mut store = app.store();
    let token = app.tokens.checkout(store.ledger().next_id());
    let mut invoice = store.create(now, order(merchant, token, mode, peer, sale, &members));
    if let Some(charge) = charge {
        invoice = store
            .change(now, &invoice, charge)
            .expect("the state table has every outcome of a new S2S invoice");
    }
    drop(store);

    let url = app.checkout_url(&invoice.order.token);
    let hosted = mode == Mode::Hosted;
    let redirect =
        hosted || invoice.is_challenged() || app.assumptions.is("s2s-redirect", "always");
    Ok(Accepted {
        error_code: 0,
        // Nothing to escape: the URL is the sandbox's own address and a token of hex digits.
        html: hosted.then(|| format!("<a href='{url}'></a>")),
        redirect_url: redirect.then_some(url),
    })
}

fn sale(app: &App, members: &Members<'_>) -> Result<Sale, Refusal> {
    let refuse = |code| Refusal::gateway(Route::Create, code);
    let email = members.text("email").ok_or_else(|| refuse(50002))?;
    if !is_email(&email, app.assumptions.is("email-check", "dotted-domain")) {
        return Err(refuse(50005));
    }
    let amount = members.text("amount").ok_or_else(|| refuse(50003))?;
    let amount = match Amount::parse(&amount) {
        Some(amount) => amount,
        None if app.assumptions.is("amount-malformed", "50012") => Amount::ZERO,
        None => return Err(refuse(50003)),
    };
    let currency = members.text("devise").ok_or_else(|| refuse(50004))?;
    let code = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
    if currency != "USD" && !(code && app.assumptions.is("currency", "any")) {
        return Err(refuse(50009));
    }
    if amount < app.account.minimum {
        return Err(refuse(50012));
    }
    if amount > app.account.maximum {
        return Err(refuse(50011));
    }
    Ok(Sale {
        email,
        amount,
        currency,
    })
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

/// What the documents give no code for.
fn check_the_rest(app: &App, members: &Members<'_>) -> Result<(), Refusal> {
    let nft = members.text("checkoutMode").as_deref() == Some("nft");
    if !nft && app.assumptions.is("checkout-mode", "refuse") {
        return Err(Refusal::gateway(Route::Create, 59004));
    }
    let callback_json = members.raw("callbackJson").map_or("", RawValue::get);
    if callback_json.len() > CALLBACK_JSON_LIMIT && app.assumptions.is("callback-json-limit", "413")
    {
        return Err(Refusal::http(
            StatusCode::PAYLOAD_TOO_LARGE,
            "callbackJson is larger than 64 KiB",
        ));
    }
    Ok(())
}

/// Which mode a body asks for.
pub(crate) fn mode(app: &App, members: &Members<'_>) -> Mode {
    let mut card = CARD_MEMBERS.iter().map(|name| members.text(name).is_some());
    let s2s = match app.assumptions.is("s2s-when", "all-card-members") {
        true => card.all(|there| there),
        false => card.any(|there| there),
    };
    if s2s { Mode::S2s } else { Mode::Hosted }
}

/// What follows on the creation of an S2S invoice. Nothing of the card but its summary leaves here.
fn charge(app: &App, members: &Members<'_>) -> Result<Change, Refusal> {
    let needed = match app.assumptions.is("s2s-missing-members", "accept") {
        true => &["card_number"][..],
        false => &S2S_MEMBERS[..],
    };
    let missing: Vec<_> = needed
        .iter()
        .copied()
        .filter(|name| members.text(name).is_none())
        .collect();
    if !missing.is_empty() {
        return Err(Refusal::missing_members(&missing));
    }

    let number = members.text("card_number").unwrap_or_default();
    let Some(card) = TestCard::find(&number) else {
        let summary = CardSummary::new("unknown", &number);
        return decline(app, "unknown-card", 59001, summary, "unknown card");
    };
    let expired = members
        .text("card_expiry_date")
        .is_some_and(|expiry| expiry::is_past(&expiry, app.now()));
    if expired {
        return decline(app, "expired-card", 59002, card.summary(), "expired card");
    }
    Ok(Change::charge(card))
}

/// Refuses the card with `code`, or declines it after the creation, as is assumed.
fn decline(
    app: &App,
    assumption: &'static str,
    code: u32,
    card: CardSummary,
    reason: &'static str,
) -> Result<Change, Refusal> {
    if !app.assumptions.is(assumption, "decline") {
        return Err(Refusal::gateway(Route::Create, code));
    }
    Ok(Change::Moved {
        to: Outcome::failed(reason),
        card: Some(card),
    })
}

fn order(
    merchant: usize,
    token: String,
    mode: Mode,
    peer: Peer,
    sale: Sale,
    members: &Members<'_>,
) -> Order {
    let ip = members.text("customer_ip").and_then(|ip| ip.parse().ok());
    Order {
        merchant,
        token,
        mode,
        email: sale.email,
        amount: sale.amount,
        currency: sale.currency,
        callback_json: members.raw("callbackJson").map(ToOwned::to_owned),
        ip: ip.unwrap_or(peer.0),
        country: members.text("country"),
        nft: Nft::read(members),
        success_url: members.text("success_url"),
        failure_url: members.text("failure_url"),
        cancel_url: members.text("cancel_url"),
        pending_url: members.text("pending_url"),
    }
}
