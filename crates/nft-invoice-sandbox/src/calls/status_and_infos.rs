use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::app::App;
use crate::assumption::{Fee, InfosCurrency, InfosDescription, InfosIds, UnknownInvoice};
use crate::calls::Call;
use crate::gateway::{Answer, Rejection};
use crate::http::ok;
use crate::payment::Invoice;

/// `GET /api/invoice/status/?id=…`
pub(super) fn status(call: &Call<'_>) -> Result<Answer, Rejection> {
    let invoice = find(call)?;
    let body = json!({
        "errorCode": 0,
        "invoice": {
            "id": invoice.id.to_string(),
            "devise": invoice.currency(),
            "amount": invoice.amount(),
            "status": invoice.state.wire_name(),
        },
    });
    Ok(ok(&body).into())
}

/// `GET /api/client-invoice-info/get/?id=…`
pub(super) fn infos(call: &Call<'_>) -> Result<Answer, Rejection> {
    let invoice = find(call)?;
    Ok(ok(&Infos::of(call.app, &invoice)).into())
}

#[derive(Serialize)]
struct Infos<'a> {
    #[serde(rename = "errorCode")]
    error_code: u32,
    merchant_id: String,
    invoice_id: String,
    data: InfosData<'a>,
}

#[derive(Serialize)]
struct InfosData<'a> {
    status: &'static str,
    id: u64,
    devise: &'a str,
    amount: Box<RawValue>,
    description: Option<&'a str>,
    #[serde(rename = "callbackJson")]
    callback_json: Option<Box<RawValue>>,
    fiat_amount: Box<RawValue>,
    fiat_currency: &'a str,
    #[serde(rename = "totalAmount")]
    total_amount: Box<RawValue>,
    #[serde(rename = "totalCurrency")]
    total_currency: &'static str,
    datetime: String,
}

impl<'a> Infos<'a> {
    fn of(app: &App, invoice: &'a Invoice) -> Self {
        let order = &invoice.order;
        let (_, net) = order.amount.split(fee_percent(app));
        // Any difference would do: 47 is the one in the documented example.
        let distance = u64::from(app.assumptions.infos_ids == InfosIds::Differ) * 47;
        let devise = match app.assumptions.infos_currency == InfosCurrency::Usdc {
            true => SETTLEMENT_CURRENCY,
            false => order.currency.as_str(),
        };
        Self {
            error_code: 0,
            merchant_id: (order.merchant + 1).to_string(),
            invoice_id: invoice.id.to_string(),
            data: InfosData {
                status: invoice.state.wire_name(),
                id: invoice.id + distance,
                devise,
                amount: order.amount.number(),
                description: order
                    .nft_description
                    .as_deref()
                    .filter(|_| app.assumptions.infos_description != InfosDescription::Null),
                callback_json: order
                    .callback_json
                    .as_ref()
                    .map(|json| json.returned(&app.assumptions)),
                fiat_amount: order.amount.number(),
                fiat_currency: order.currency.as_str(),
                total_amount: net.number(),
                total_currency: SETTLEMENT_CURRENCY,
                datetime: app
                    .civil(invoice.created_at)
                    .strftime("%Y-%m-%d %H:%M:%S")
                    .to_string(),
            },
        }
    }
}

pub(super) const SETTLEMENT_CURRENCY: &str = "USDC";

pub(super) fn fee_percent(app: &App) -> u64 {
    if app.assumptions.fee == Fee::TenPercent {
        10
    } else {
        0
    }
}

/// Finds the merchant's invoice by the id in the query.
fn find(call: &Call<'_>) -> Result<Invoice, Rejection> {
    let (app, route, query) = (call.app, call.route, call.parameters());
    let id = query.get("id").map_or("", |id| id.trim());
    let id = match id {
        "" => Err(Rejection::gateway(route, 50002)),
        id => Ok(id.parse().ok()),
    };
    let (merchant, id) = app.in_order(call.authorize(), id)?;
    let store = app.store();
    match id.and_then(|id| store.ledger().get(id)) {
        Some(invoice) if invoice.order.merchant == merchant => Ok(invoice.clone()),
        None if app.assumptions.unknown_invoice == UnknownInvoice::MissingId => {
            Err(Rejection::gateway(route, 50002))
        }
        _ => Err(Rejection::gateway(route, 50011)),
    }
}
