use std::fmt::Write;
use std::path::Path;

use nft_invoice_core::{Draft, Field, Mode, Presence, Rules};
use serde_json::{Map, Value};

/// `docs/fields.md`, derived from the table of fields.
fn fields_page() -> String {
    let mut page = String::from(
        "# Fields of an invoice\n\n\
         The fields of the create call, in the order in which errors are reported and bodies are written. Names are \
         the gateway's; the type is that of `nft-invoice-core`, with the name of its setter and accessor.\n\n\
         The examples are what users write. In the body of a request, the SDK writes the amount as text, \
         `callbackJson` and `ipfsMetadata` as text that contains JSON, and several images as an array; `Encoding` \
         changes that.\n\n\
         Sources: D is the gateway's document of the create call, P its other public pages. This page is generated \
         from the table of fields: `UPDATE_DOCS=1 cargo test -p nft-invoice-core --test it documentation`.\n\n\
         | field | type | hosted | S2S | rule | example | source |\n|---|---|---|---|---|---|---|\n",
    );
    for field in Field::ALL {
        let presence = |mode| match field.presence(mode) {
            Presence::Required => "required",
            Presence::Optional => "optional",
            Presence::Forbidden => "not allowed",
        };
        writeln!(
            page,
            "| `{}` | `{}`, `{}` | {} | {} | {} {} | `{}` | {} |",
            field.name(),
            field.type_name(),
            field.rust_name(),
            presence(Mode::Hosted),
            presence(Mode::S2s),
            field.doc(),
            field.rule(),
            field.example(),
            field.source(),
        )
        .unwrap();
    }
    page
}

#[test]
fn the_page_of_fields_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/fields.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, fields_page()).unwrap();
    }
    // Outside of the repository, as in a package, there is no page.
    if let Ok(page) = std::fs::read_to_string(&path) {
        assert!(
            page == fields_page(),
            "docs/fields.md is outdated: run this test with UPDATE_DOCS=1"
        );
    }
}

#[test]
fn the_examples_of_the_fields_are_a_valid_invoice() {
    let example = |field: &Field| {
        (
            field.name().to_owned(),
            serde_json::from_str::<Value>(field.example()).unwrap(),
        )
    };
    let examples: Map<String, Value> = Field::ALL.iter().map(example).collect();
    let draft = Draft::from_json(Value::Object(examples).to_string()).unwrap();
    let rules = Rules::on("2026-01-31".parse().unwrap());
    assert_eq!(draft.validate(&rules).unwrap().mode(), Mode::S2s);
}
