use axum::response::Response;
use maud::{Markup, html};

use super::view::View;

/// The samples read their settings from the environment, so that they are the same for every sandbox and no key gets into
/// a program.
const SAMPLES: [(&str, &str, &str); 4] = [
    (
        "curl",
        "In the shell that has the settings:",
        include_str!("../../../samples/curl.sh"),
    ),
    (
        "Rust",
        "As src/main.rs of a program that you start with cargo run:",
        include_str!("../../../samples/rust.rs"),
    ),
    (
        "Python",
        "As shop.py, which you start with python3 shop.py:",
        include_str!("../../../samples/python.py"),
    ),
    (
        "Node",
        "As shop.mjs, which you start with node shop.mjs:",
        include_str!("../../../samples/node.mjs"),
    ),
];

/// `GET /_sbx/connect`: settings and sample programs to copy.
pub(super) async fn show(view: View) -> Response {
    let content = html! {
        div.title {
            h1 { "Connect a shop" }
            p.soft { "Settings and samples for this sandbox. Each sample creates an invoice and reads the history. Those for Rust, Python and Node have functions for your callback receiver, too. One click selects a whole text to copy." }
        }
        (settings(&view))
        (callbacks(&view))
        @for (language, how, text) in SAMPLES {
            section.panel.copy {
                h2 { (language) }
                p.soft { (how) }
                pre tabindex="0" { code { (text.trim_end()) } }
            }
        }
    };
    view.page("/_sbx/connect", "Connect a shop", &content)
}

fn settings(view: &View) -> Markup {
    let store = view.app.store();
    let key = match view.is_owner() {
        true => quoted(&store.account.keys[0]),
        false => "…".to_owned(),
    };
    html! {
        section.panel.copy {
            h2 { "Settings" }
            p.soft { "The samples and the program " code { "nft-invoice" } " read these environment variables." }
            pre tabindex="0" { code {
                "export NFT_INVOICE_BASE_URL=" (quoted(view.base_url.as_str())) "\n"
                "export NFT_INVOICE_API_KEY=" (key) "\n"
                "export NFT_INVOICE_HISTORY_PATH=" (quoted(view.app.history_path()))
            } }
        }
    }
}

fn callbacks(view: &View) -> Markup {
    let store = view.app.store();
    html! {
        section.panel.copy {
            h2 { "Callbacks" }
            @match &store.callbacks.url {
                Some(url) => p { "Callbacks are sent to " code { (url) } ". " a href="/_sbx/settings" { "Change the URL" } },
                None => p { "No callback URL is set. " a href="/_sbx/settings" { "Set a callback URL" } },
            }
            p {
                "The header " code { "X-Signature" } " is the HMAC-SHA256 of the body in lower-case hex. Its key is the callback \
                 secret: that of your own file, or the one that the program printed at startup. The "
                a href="/_sbx/settings" { "settings" } " show it if you opened the dashboard with its token, and so does the admin API, in "
                code { "callback_secrets" } ". With " code { "NFT_INVOICE_SANDBOX_TOKEN" } " set to that token:"
            }
            pre tabindex="0" { code {
                "curl --fail --silent --show-error " (quoted(&format!("{}/_sbx/api/config", view.base_url.as_str()))) " \\\n"
                "  --header \"Authorization: Bearer $NFT_INVOICE_SANDBOX_TOKEN\""
            } }
            p.soft { "The samples read the secret from " code { "NFT_INVOICE_CALLBACK_SECRET" } "." }
        }
    }
}

/// A word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
