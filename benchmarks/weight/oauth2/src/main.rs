//! Exchanges a code for a token.

use oauth2::basic::BasicClient;
use oauth2::{AuthorizationCode, ClientId, ClientSecret, TokenResponse, TokenUrl, reqwest};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = BasicClient::new(ClientId::new(std::env::var("CLIENT_ID")?))
        .set_client_secret(ClientSecret::new(std::env::var("CLIENT_SECRET")?))
        .set_token_uri(TokenUrl::new(std::env::var("TOKEN_URL")?)?);
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let code = AuthorizationCode::new(std::env::var("CODE")?);
    let token = runtime.block_on(client.exchange_code(code).request_async(&http))?;
    println!("{}", token.access_token().secret().len());
    Ok(())
}
