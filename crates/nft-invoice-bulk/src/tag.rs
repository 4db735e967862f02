//! What a row's invoice carries in its `callbackJson`, beside the merchant's own data: reference and epoch.

use nft_invoice::{CallbackData, Reference, ValueError};
use serde::Deserialize;

/// Adds the epoch to the merchant's data, which is an object or absent. The reference is added by the draft.
///
/// # Errors
///
/// If the result is too long.
pub(crate) fn with_epoch(data: Option<&str>, epoch: u32) -> Result<CallbackData, ValueError> {
    let rest = data
        .and_then(|data| data.trim_start().strip_prefix('{'))
        .unwrap_or("}");
    let comma = if rest.trim_start().starts_with('}') {
        ""
    } else {
        ","
    };
    CallbackData::from_json(&format!("{{\"nftInvoiceAttempt\":{epoch}{comma}{rest}"))
}

/// Returns reference and epoch in a `callbackJson` that came back: an object, or a string that contains one.
pub(crate) fn read(data: &str) -> Option<(Reference, u32)> {
    #[derive(Deserialize)]
    struct Tag {
        #[serde(rename = "nftInvoiceAttempt")]
        epoch: u32,
    }
    let reference = Reference::find(data)?;
    let text: String;
    let object = if data.trim_start().starts_with('"') {
        text = serde_json::from_str(data).ok()?;
        &text
    } else {
        data
    };
    let tag: Tag = serde_json::from_str(object).ok()?;
    Some((reference, tag.epoch))
}

#[cfg(test)]
mod tests {
    use nft_invoice::{Date, Draft, Rules};

    use super::*;

    #[test]
    fn adds_the_epoch_to_the_merchant_s_data_and_reads_it_again() {
        let reference = Reference::new("r").unwrap();
        let rules = Rules::on(Date::new(2026, 1, 31).unwrap());
        for (data, sent) in [
            (None, r#"{"nftInvoiceReference":"r","nftInvoiceAttempt":3}"#),
            (
                Some(" { } "),
                r#"{"nftInvoiceReference":"r","nftInvoiceAttempt":3 } "#,
            ),
            (
                Some(r#"{"cart": [1]}"#),
                r#"{"nftInvoiceReference":"r","nftInvoiceAttempt":3,"cart": [1]}"#,
            ),
        ] {
            let invoice = Draft::new()
                .email("a@b.example")
                .amount("1")
                .callback_data(with_epoch(data, 3).unwrap())
                .reference(reference.clone())
                .validate(&rules)
                .unwrap();
            let carried = invoice.callback_data().unwrap().as_str();
            assert_eq!(carried.trim_end(), sent.trim_end());
            let quoted = serde_json::to_string(carried).unwrap();
            for returned in [carried, &quoted] {
                assert_eq!(read(returned), Some((reference.clone(), 3)), "{returned}");
            }
        }
    }

    #[test]
    fn reads_nothing_from_the_data_of_others() {
        for data in [
            "null",
            "",
            "{}",
            r#"{"nftInvoiceReference":"r"}"#,
            r#""{txId : 1}""#,
        ] {
            assert_eq!(read(data), None, "{data}");
        }
    }
}
