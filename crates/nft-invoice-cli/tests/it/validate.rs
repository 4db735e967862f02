use serde_json::{Value, json};

use crate::{CARD, Files, HOSTED, S2S, end, program, run};

#[test]
fn a_valid_file_ends_with_0_in_both_formats() {
    let files = Files::new();
    let file = files.write("order.json", HOSTED);
    let text = run(&["validate", &file]);
    assert_eq!(text.code, Some(0), "{text:?}");
    assert!(
        text.out.starts_with(&format!("{file}: valid (hosted)\n")),
        "{text:?}"
    );
    assert!(!text.out.contains('\x1b'), "no colours but on a terminal");

    let object = run(&["validate", &file, "--format", "json"]).object();
    assert_eq!(object["source"], file);
    assert_eq!(object["mode"], "hosted");
    assert_eq!(object["valid"], true);
    assert_eq!(object["errors"], json!([]));
    let members: Vec<_> = object.as_object().unwrap().keys().collect();
    assert_eq!(members, ["source", "mode", "valid", "errors", "warnings"]);
}

#[test]
fn csv_that_is_read_as_json_gets_a_hint() {
    let csv = "email,amount\nada@shop.example,1.50\n";
    let ended = end(&mut program(&["validate", "-"]), csv);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let hint = "standard input was read as one JSON object. If it is a CSV file, add --csv, or name it FILE.csv.\n";
    assert_eq!(ended.err, hint);
    let broken = end(&mut program(&["validate", "-"]), "{\"email\":");
    assert_eq!((broken.code, &*broken.err), (Some(1), ""), "{broken:?}");
    let ended = end(&mut program(&["validate", "--csv", "-"]), "");
    assert!(
        ended
            .err
            .starts_with("error: no invoices in standard input."),
        "{ended:?}"
    );
}

#[test]
fn the_rows_of_the_bulk_readme_are_valid() {
    let readme = include_str!("../../../nft-invoice-bulk/README.md");
    let rows = readme.split("```json\n").nth(1).unwrap();
    let rows = rows.split("```").next().unwrap();
    let ended = end(
        &mut program(&["validate", "--ndjson", "--format", "json", "-"]),
        rows,
    );
    let verdicts = ended.objects();
    let modes: Vec<_> = verdicts.iter().map(|verdict| &verdict["mode"]).collect();
    assert_eq!(modes, ["hosted", "s2s"], "{ended:?}");
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn the_id_of_a_row_is_a_note() {
    let files = Files::new();
    let csv = format!("#id,email,amount\nA-1,ada@shop.example,1\n{CARD},ada@shop.example,1\n");
    let json = |id: &str| HOSTED.replacen('{', &format!("{{\"#id\":\"{id}\","), 1);
    let ndjson = format!("{}\n{}\n", json("A-1"), json(CARD)).replace("\n\n", "\n");
    for file in [
        files.write("drop.csv", csv),
        files.write("drop.ndjson", ndjson),
    ] {
        let ended = run(&["validate", "--format", "json", &file]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let rows = ended.objects();
        assert_eq!(rows[0]["valid"], true, "{ended:?}");
        assert!(
            !rows[0]["warnings"].to_string().contains("#id"),
            "{ended:?}"
        );
        let errors = rows[1]["errors"].as_array().unwrap();
        assert_eq!((errors.len(), &errors[0]["path"]), (1, &json!("/#id")));
        assert!(!ended.out.contains(CARD), "{ended:?}");
    }
}

#[test]
fn reports_every_error_with_path_and_code() {
    let files = Files::new();
    let bad = S2S
        .replace(CARD, "4242424242424241")
        .replace("USD", "usd")
        .replace("jane@", "");
    let file = files.write("order.json", bad);
    let ended = run(&[
        "validate",
        "--today",
        "2025-01-01",
        "--format",
        "json",
        &file,
    ]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let object = ended.object();
    assert_eq!(
        (&object["mode"], &object["valid"]),
        (&json!("s2s"), &json!(false))
    );
    let problems = object["errors"].as_array().unwrap();
    let found: Vec<_> = problems
        .iter()
        .map(|p| {
            (
                p["path"].as_str().unwrap(),
                p["code"].as_str().unwrap(),
                &p["gateway_code"],
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("/email", "malformed", &json!(50005)),
            ("/devise", "unsupported", &json!(50009)),
            ("/card_number", "checksum", &Value::Null),
        ]
    );

    let text = run(&["validate", "--today", "2025-01-01", &file]);
    assert_eq!(text.code, Some(1));
    assert!(
        text.out.contains(": 3 errors (s2s)\n  /email: "),
        "{text:?}"
    );
    assert!(text.out.contains("gateway code 50005)\n"), "{text:?}");
    assert!(text.out.contains("(checksum)\n"), "{text:?}");
    assert!(!text.out.contains("424242424242"), "{text:?}");
}

#[test]
fn takes_mode_and_day_from_options() {
    let files = Files::new();
    let file = files.write("order.json", S2S);
    let codes = |arguments: &[&str]| {
        let ended = run(&[&["validate", "--format", "json", &file], arguments].concat());
        let problems = ended.object()["errors"].clone();
        let code = |p: &Value| p["code"].as_str().unwrap().to_owned();
        problems
            .as_array()
            .unwrap()
            .iter()
            .map(code)
            .collect::<Vec<_>>()
    };
    assert!(codes(&["--today", "2025-01-01"]).is_empty());
    assert_eq!(codes(&["--today", "2025-04-01"]), ["expired"]);
    assert_eq!(codes(&[]), ["expired"], "today is after 2025");
    let hosted = codes(&["--today", "2025-01-01", "--mode", "hosted"]);
    assert_eq!(hosted, ["not_allowed", "not_allowed", "not_allowed"]);
}

#[test]
fn numbers_lines_and_skips_blank_ones() {
    let files = Files::new();
    let text = format!("{HOSTED}\r\n\n   \n{{\"email\":\n{S2S}");
    let by_name = files.write("orders.ndjson", &text);
    let by_other_name = files.write("orders.JSONL", &text);
    let by_flag = files.write("orders.txt", &text);
    for arguments in [
        &[&by_name][..],
        &[&by_other_name],
        &[&by_flag, &"--ndjson".to_owned()],
    ] {
        let mut all = vec!["validate", "--today", "2025-01-01", "--format", "json"];
        all.extend(arguments.iter().map(|argument| argument.as_str()));
        let ended = run(&all);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let objects = ended.objects();
        let name = arguments[0];
        let expected = [1, 4, 5].map(|line| json!(format!("{name}:{line}")));
        assert_eq!(
            objects
                .iter()
                .map(|o| o["source"].clone())
                .collect::<Vec<_>>(),
            expected
        );
        let verdicts: Vec<_> = objects
            .iter()
            .map(|o| (o["mode"].as_str(), &o["valid"]))
            .collect();
        let expected = [
            (Some("hosted"), &json!(true)),
            (None, &json!(false)),
            (Some("s2s"), &json!(true)),
        ];
        assert_eq!(verdicts, expected);
    }
    let asked = run(&["validate", "--mode", "s2s", "--format", "json", &by_name]);
    assert_eq!(
        asked.objects()[1]["mode"],
        "s2s",
        "the mode that was chosen"
    );
}

#[test]
fn reads_standard_input_for_a_dash() {
    let command =
        |arguments: &[&str]| program(&[&["validate", "-", "--format", "json"], arguments].concat());
    let one = end(&mut command(&[]), HOSTED);
    assert_eq!(one.code, Some(0), "{one:?}");
    assert_eq!(one.object()["source"], "-");
    let many = end(
        &mut command(&["--ndjson"]),
        &format!("{HOSTED}\n{HOSTED}\n"),
    );
    assert_eq!(many.code, Some(0), "{many:?}");
    assert_eq!(many.objects()[1]["source"], "-:2");
}

#[test]
fn input_without_invoices_ends_with_1_and_says_so() {
    let files = Files::new();
    let order = files.write("order.json", HOSTED);
    for text in ["", "\n", " \r\n\t\n  "] {
        let file = files.write("orders.ndjson", text);
        for format in ["text", "json"] {
            let ended = run(&["validate", "--format", format, &file, &order]);
            assert_eq!(ended.code, Some(1), "{ended:?}");
            let message = format!("error: no invoices in {file}.");
            assert!(ended.err.contains(&message), "{ended:?}");
            assert_eq!(
                ended.out.lines().count(),
                1,
                "only the other file: {ended:?}"
            );
        }
        // Without --ndjson, blank input is malformed JSON.
        let ended = end(&mut program(&["validate", "-"]), text);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let ended = end(&mut program(&["validate", "--ndjson", "-"]), text);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert_eq!(ended.out, "");
    }
}

#[test]
fn an_unreadable_file_ends_with_2_and_the_others_are_validated() {
    let files = Files::new();
    let (good, bad) = (
        files.write("good.json", HOSTED),
        files.write("bad.json", "{}"),
    );
    let large = files.write("large.json", vec![b' '; 1024 * 1024 + 1]);
    let long_line = format!("{HOSTED}\n{}\n{HOSTED}", "x".repeat(2 * 1024 * 1024));
    let lines = files.write("lines.ndjson", long_line);
    let directory = files.0.path().to_str().unwrap();
    let ended = run(&[
        "validate",
        "--format",
        "json",
        "nowhere.json",
        directory,
        &large,
        &bad,
        &lines,
        &good,
    ]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert_eq!(ended.objects().len(), 4);
    assert!(ended.err.contains("cannot read nowhere.json"), "{ended:?}");
    assert!(
        ended
            .err
            .contains(&format!("{large}: it is larger than 1 MiB")),
        "{ended:?}"
    );
    assert!(
        ended
            .err
            .contains(&format!("{lines}:2: the line is longer than 1 MiB")),
        "{ended:?}"
    );
    assert_eq!(
        run(&["validate", "--format", "json", &bad, &good]).code,
        Some(1)
    );
}

#[test]
fn reports_other_encodings() {
    let files = Files::new();
    let utf16: Vec<u8> = HOSTED.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin: &[u8] = b"{\"email\":\"\xe9\"}";
    let marked = files.write("marked.json", format!("\u{feff}{HOSTED}"));
    assert_eq!(
        run(&["validate", &marked]).code,
        Some(0),
        "a byte-order mark is skipped"
    );
    for bytes in [&[&[0xff, 0xfe][..], &utf16].concat()[..], latin] {
        let file = files.write("order.json", bytes);
        let ended = run(&["validate", "--format", "json", &file]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let object = ended.object();
        assert_eq!(object["errors"][0]["code"], "malformed");
        assert_eq!(object["errors"][0]["path"], "");
        assert_eq!(object["mode"], Value::Null);
    }
}

#[test]
fn escapes_control_characters_of_a_field_s_name() {
    let order = HOSTED.replace("\"email\"", "\"\\u001b[31mred\":1,\"email\"");
    let ended = end(&mut program(&["validate", "-"]), &order);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.contains("red: "), "{ended:?}");
    assert!(!ended.out.contains('\x1b'), "{ended:?}");
}

#[test]
fn csv_is_validated_row_by_row() {
    let files = Files::new();
    let file = files.write(
        "orders.csv",
        "\u{feff}email,amount,success_url,ipfsMetadata.name,ipfsMetadata.attributes.power,#note\r\n\
         ada@shop.example,15.04,https://shop.example/thanks,\"A \"\"lighthouse\"\"\nat dawn\",10,\r\n\
         ada@shop.example,zero,,,,\r\n\
         \r\n\
         ada@shop.example,1\r\n\
         ada@shop.example,2,,,,gift\r\n",
    );
    let ended = run(&["validate", "--format", "json", &file]);
    assert_eq!(ended.code, Some(2), "a row has too few cells: {ended:?}");
    let objects = ended.objects();
    let sources: Vec<_> = objects
        .iter()
        .map(|object| {
            object["source"]
                .as_str()
                .unwrap()
                .rsplit(':')
                .next()
                .unwrap()
        })
        .collect();
    assert_eq!(sources, ["2", "4", "7"], "lines of the file");
    assert_eq!(objects[0]["valid"], true, "{}", objects[0]);
    assert_eq!(objects[1]["errors"][0]["path"], "/amount");
    assert_eq!(objects[2]["warnings"], json!([]), "a note is left out");
    assert!(
        ended.err.contains("orders.csv:6: it has 2 cells"),
        "{ended:?}"
    );
}

#[test]
fn unreadable_csv_says_what_is_wrong() {
    let files = Files::new();
    let open = format!("email,amount\n\"{}", "a,b\n".repeat(400_000));
    let deep = format!("email,ipfsMetadata{}\na@b.c,x\n", ".a".repeat(100_000));
    for (text, code, expected) in [
        (open.as_bytes(), 2, "longer than 1 MiB"),
        (b"email,amount\n\xff,1\n", 2, "not UTF-8"),
        (b"email,amount\n", 1, "no invoices"),
        (b"", 1, "no invoices"),
        (deep.as_bytes(), 2, "column 2 is made of more than 32 names"),
        (
            b"email,email,amount\na@b.c,a@b.c,1\n",
            2,
            "orders.csv: the column email (2) is repeated",
        ),
        (
            b"emial;amount\na@b.c;1\n",
            2,
            "orders.csv: the column emial (1) is not a field. Did you mean email?",
        ),
    ] {
        let file = files.write("orders.csv", text);
        let ended = run(&["validate", &file]);
        assert_eq!(ended.code, Some(code), "{expected}: {ended:?}");
        assert!(ended.err.contains(expected), "{expected}: {ended:?}");
    }
    let stdin = end(
        &mut program(&["validate", "--csv", "-"]),
        "email,amount\na@b.c,1\n",
    );
    assert_eq!(stdin.code, Some(0), "{stdin:?}");
}
