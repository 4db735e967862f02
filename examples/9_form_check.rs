//! A checkout in axum that takes a form or JSON and returns the errors beside each field.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::SystemTime;

use axum::extract::{Form, Json};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Router, body::Body, http::Request};
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use nft_invoice::{Draft, Field, Mode, Rules, ValidationErrors};

type Refused = (StatusCode, Json<BTreeMap<&'static str, Vec<String>>>);

/// What the customer fills in. A `Form<Draft>` would also take the amount and the return pages from them.
const CUSTOMER: [Field; 3] = [Field::Email, Field::CardholderName, Field::Country];

async fn form(Form(pairs): Form<Vec<(String, String)>>) -> Result<&'static str, Refused> {
    let is_theirs = |name: &str| CUSTOMER.iter().any(|field| field.name() == name);
    let rules = Rules::at(SystemTime::now()).mode(Mode::Hosted);
    Draft::from_pairs(pairs.into_iter().filter(|(name, _)| is_theirs(name)))
        .amount("15.04")
        .success_url("https://shop.example/thanks")
        .validate(&rules)
        .map(|_| "valid")
        .map_err(beside_fields)
}

/// Takes every field, for callers whom the shop trusts. `ValidationErrors` also serialize by themselves: with code,
/// parameters and the gateway's code.
async fn json(
    Json(draft): Json<Draft>,
) -> Result<&'static str, (StatusCode, Json<ValidationErrors>)> {
    let invoice = draft.validate(&Rules::at(SystemTime::now()));
    invoice
        .map(|_| "valid")
        .map_err(|errors| (StatusCode::UNPROCESSABLE_ENTITY, Json(errors)))
}

fn beside_fields(errors: ValidationErrors) -> Refused {
    let mut fields = BTreeMap::<_, Vec<_>>::new();
    for error in &errors {
        // What belongs to no field is shown above the form.
        let field = error.field().map_or("", Field::name);
        fields
            .entry(field)
            .or_default()
            .push(error.message().into_owned());
    }
    (StatusCode::UNPROCESSABLE_ENTITY, Json(fields))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = Router::new()
        .route("/form", post(form))
        .route("/json", post(json));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });

    for (path, content_type, body, expected) in [
        (
            "/form",
            "application/x-www-form-urlencoded",
            "email=a%40b.example&amount=0.01",
            "valid",
        ),
        (
            "/form",
            "application/x-www-form-urlencoded",
            "email=a&country=UK",
            "\"country\"",
        ),
        (
            "/json",
            "application/json",
            r#"{"email":"a@b.example","amount":"15,04","devise":"USD"}"#,
            "/checkoutMode",
        ),
    ] {
        let stream = tokio::net::TcpStream::connect(address).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let request = Request::post(path)
            .header("host", "shop.example")
            .header("content-type", content_type);
        let response = sender.send_request(request.body(Body::from(body))?).await?;
        let text = response.into_body().collect().await?.to_bytes();
        let text = String::from_utf8_lossy(&text).into_owned();
        println!("{path}: {text}");
        assert!(text.contains(expected), "{text}");
    }
    Ok(())
}
