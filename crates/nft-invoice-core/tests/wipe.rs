//! No freed memory holds the card or its verification code: an allocator looks at every block that is given
//! back. In a binary of its own, since an allocator is for the whole program.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use nft_invoice_core::{ApiKey, Draft, Encoding, Rules};

const CARD: &[u8] = b"4242424242424242";
const CODE: &[u8] = b"7391";
const KEY: &[u8] = b"k3y-that-nobody-may-see";

static LEFT: AtomicUsize = AtomicUsize::new(0);

struct Watch;

// SAFETY: every call is passed on to the system's allocator; a block is read before it is given back, and all
// of it was allocated zeroed, so every byte is initialized.
unsafe impl GlobalAlloc for Watch {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
        let holds = |secret: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
        if holds(CARD) || holds(CODE) || holds(KEY) {
            LEFT.fetch_add(1, Ordering::SeqCst);
        }
        unsafe { System.dealloc(block, layout) }
    }
    // `realloc` is the default one: allocate, copy, give back what is looked at here.
}

#[global_allocator]
static WATCH: Watch = Watch;

#[test]
fn what_held_a_secret_is_wiped_before_it_is_given_back() {
    drop(std::hint::black_box(CARD.to_vec()));
    assert_eq!(
        LEFT.swap(0, Ordering::SeqCst),
        1,
        "the allocator does not see what it should"
    );

    let rules = Rules::on("2024-01-01".parse().unwrap());
    let plain = include_bytes!("s2s.json");
    // The same card with escapes, separators, and with the code as a number.
    let written = std::str::from_utf8(plain).unwrap();
    let escaped = written.replace(
        r#""4242424242424242""#,
        r#""\u0034242\u002d42424242\u0034242""#,
    );
    let number = written
        .replace(r#""7391""#, "7391")
        .replace(r#""4242424242424242""#, "4242424242424242");
    let expired = written.replace("12/2030", "12/2020");
    let stray = written.replace(
        r#""checkoutMode""#,
        r#""note": ["4242424242424242"], "checkoutMode""#,
    );
    // The number typed into other fields, with its own field right, wrong or empty.
    let other_fields = [
        "name",
        "city",
        "phone",
        "nftDescription",
        "callbackJson",
        "success_url",
        "postcode",
    ];
    let misplaced = other_fields.iter().flat_map(|field| {
        let typed = |own: &str| {
            let mut input: serde_json::Value = serde_json::from_str(written).unwrap();
            input[*field] = "4242424242424242".into();
            input["card_number"] = own.into();
            let text = input.to_string().into_bytes();
            // What this test builds is not what it looks for.
            std::mem::forget(input);
            text
        };
        ["4242424242424242", "John Smith", "424242424242424", ""].map(typed)
    });
    let mut inputs = vec![
        plain.to_vec(),
        escaped.into_bytes(),
        number.into_bytes(),
        expired.into_bytes(),
        stray.into_bytes(),
    ];
    inputs.extend(misplaced);
    LEFT.store(0, Ordering::SeqCst);
    for (at, input) in inputs.iter().enumerate() {
        let checked = Draft::from_json(input).unwrap().check(&rules);
        let is_valid = checked.invoice.is_ok();
        assert_eq!(is_valid, at < 3, "input {at}: {:?}", checked.invoice);
        if let Ok(invoice) = checked.invoice {
            let body = invoice.encode(&Encoding::default());
            let has_card = body
                .as_ref()
                .windows(CARD.len())
                .any(|window| window == CARD);
            assert!(has_card);
            drop(invoice.encode_redacted(&Encoding::default()));
            drop(body);
            drop(invoice);
        }
        let left = LEFT.swap(0, Ordering::SeqCst);
        assert_eq!(left, 0, "input {at} left a copy in freed memory");
    }
    let setters = Draft::new()
        .email("a@b.c")
        .card_number("4242 4242 4242 4242")
        .card_number(String::from("4242424242424242"))
        .cvc("7391")
        .description("x".repeat(5000));
    drop(setters.validate(&rules));
    let pairs = [
        ("card_number", "4242424242424242"),
        ("card_ccv", "7391"),
        ("city", "4242424242424242"),
    ];
    drop(Draft::from_pairs(pairs).validate(&rules));
    assert_eq!(
        LEFT.swap(0, Ordering::SeqCst),
        0,
        "setters or pairs left a copy"
    );
    drop(ApiKey::new(String::from_utf8(KEY.to_vec()).unwrap()).unwrap());
    assert_eq!(
        LEFT.load(Ordering::SeqCst),
        0,
        "a key was left in freed memory"
    );
    // The inputs are the test's own.
    std::mem::forget(inputs);
}
