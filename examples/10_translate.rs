//! Translates every validation error and warning into German, by code and parameters alone.

use nft_invoice_core::{Date, Draft, Params, Rules, message_templates};

/// Code, reason and text. A parameter is written as in the English text.
#[rustfmt::skip]
const GERMAN: &[(&str, &str, &str)] = &[
    ("required", "", "Dieses Feld ist erforderlich."),
    ("required", "key", "Der API-Schlüssel ist leer."),
    ("required", "secret", "Das Geheimnis der Callbacks ist leer."),
    ("required", "reference", "Die Referenz ist leer."),
    ("wrong_type", "text", "Geben Sie Text in Anführungszeichen ein."),
    ("wrong_type", "text_or_number", "Geben Sie Text in Anführungszeichen oder eine Zahl ein."),
    ("wrong_type", "exact", "Geben Sie den Wert als Text ein, damit seine Ziffern erhalten bleiben."),
    ("wrong_type", "images", "Geben Sie eine URL oder ein Array von URLs ein."),
    ("wrong_type", "object", "Geben Sie ein JSON-Objekt ein oder einen Text, der eines enthält."),
    ("wrong_type", "attributes", "Die Attribute müssen ein Objekt oder ein Array sein."),
    ("wrong_type", "invoice_object", "Geben Sie ein JSON-Objekt mit den Feldnamen des Gateways ein, etwa email und amount."),
    ("wrong_type", "invoice_array", "Geben Sie ein JSON-Objekt ein, kein Array. Verwenden Sie für mehrere Rechnungen NDJSON, mit einem Objekt in jeder Zeile."),
    ("wrong_type", "reference_object", "Die Referenz wird in callbackJson gesendet, das dafür ein Objekt sein muss."),
    ("malformed", "invoice_empty", "Die Eingabe ist leer. Geben Sie ein JSON-Objekt ein."),
    ("malformed", "invoice_second", "Erwartet wurde nur ein JSON-Objekt, aber bei Zeile {line}, Spalte {column} beginnt ein weiteres. Verwenden Sie für mehrere Rechnungen NDJSON, mit einem Objekt in jeder Zeile."),
    ("malformed", "json_syntax", "Die Eingabe ist kein gültiges JSON: Zeile {line}, Spalte {column}."),
    ("malformed", "utf8", "Die Eingabe ist kein gültiges UTF-8: Zeile {line}, Spalte {column}. Speichern Sie die Datei als UTF-8."),
    ("malformed", "utf16", "Die Eingabe ist UTF-16. Speichern Sie die Datei als UTF-8."),
    ("malformed", "secret_spaces", "Entfernen Sie die Leerzeichen oder Zeilenumbrüche um das Geheimnis der Callbacks."),
    ("malformed", "surrogate", "Der Text enthält ein halbes Surrogatpaar, etwa \\ud800. Schreiben Sie das ganze Zeichen."),
    ("malformed", "number_form", "Schreiben Sie die Ziffern als Text in Anführungszeichen."),
    ("malformed", "email_at", "Geben Sie eine E-Mail-Adresse mit einem @ ein, zum Beispiel ada@shop.example."),
    ("malformed", "email_space", "Geben Sie nur die E-Mail-Adresse ein, ohne Leerzeichen und ohne Namen."),
    ("malformed", "email_quote", "Schließen Sie das Anführungszeichen direkt vor dem @."),
    ("malformed", "email_part", "Vor und nach dem @ muss etwas stehen."),
    ("malformed", "email_special", "Geben Sie nur die E-Mail-Adresse ein: vor dem @ keines von ( ) < > [ ] : ; , \\ \"."),
    ("malformed", "email_dot", "Entfernen Sie den Punkt am Anfang oder Ende des Teils vor dem @ oder den doppelten."),
    ("malformed", "email_two_at", "Geben Sie eine einzige E-Mail-Adresse mit einem @ ein."),
    ("malformed", "email_label", "Korrigieren Sie die Domain nach dem @: Buchstaben, Ziffern und Bindestriche, je 1 bis 63 Oktette zwischen Punkten."),
    ("malformed", "amount", "Geben Sie den Betrag in Ziffern ein, mit einem Punkt vor den Dezimalstellen, zum Beispiel 15.04."),
    ("malformed", "amount_decimals", "Geben Sie den Betrag mit höchstens zwei Dezimalstellen ein, zum Beispiel 15.04."),
    ("malformed", "url_character", "Entfernen Sie Leerzeichen, Steuerzeichen und \\ < > \" aus der URL."),
    ("malformed", "url_scheme", "Geben Sie die ganze URL ein, beginnend mit https://."),
    ("malformed", "url_host_missing", "Geben Sie eine URL mit Host ein, zum Beispiel https://shop.example/thanks."),
    ("malformed", "url_host", "Korrigieren Sie den Host: eine IP-Adresse oder ein Name aus Buchstaben, Ziffern, Binde- und Unterstrichen zwischen Punkten."),
    ("malformed", "url_port", "Geben Sie einen Port von 0 bis 65535 ein."),
    ("malformed", "control_character", "Geben Sie eine einzige Zeile ein, ohne Zeilenumbrüche, Tabulatoren und andere Steuerzeichen."),
    ("malformed", "country", "Geben Sie das Land als zwei Buchstaben ein (ISO 3166-1 alpha-2), zum Beispiel DE, FR oder US."),
    ("malformed", "date", "Geben Sie das Datum als JJJJ-MM-TT ein, zum Beispiel 1990-12-31."),
    ("malformed", "card_character", "Geben Sie die Kartennummer in Ziffern ein. Leerzeichen und Bindestriche dazwischen sind erlaubt."),
    ("malformed", "card_zeros", "Geben Sie eine Kartennummer ein, die nicht nur aus Nullen besteht."),
    ("malformed", "expiry", "Geben Sie das Ablaufdatum als MM/JJJJ ein, zum Beispiel 02/2030."),
    ("malformed", "expiry_year", "Geben Sie das Jahr vierstellig ein: MM/JJJJ, zum Beispiel 02/2030."),
    ("malformed", "expiry_short", "Geben Sie das Ablaufdatum als MM/JJ ein, zum Beispiel 02/30."),
    ("malformed", "cvc", "Geben Sie die Prüfziffer der Karte in Ziffern ein."),
    ("malformed", "metadata_json", "Der Text ist kein gültiges JSON. Geben Sie ein JSON-Objekt ein."),
    ("malformed", "data_json", "Der Text ist kein gültiges JSON."),
    ("malformed", "ipv4", "Geben Sie vier Zahlen von 0 bis 255 ohne führende Nullen ein, zum Beispiel 198.51.100.7."),
    ("malformed", "phone", "Geben Sie Ziffern ein, wahlweise mit + davor, Leerzeichen . - ( ) / dazwischen und höchstens einer Nebenstelle am Ende, etwa x12."),
    ("malformed", "reference", "Verwenden Sie nur ASCII-Buchstaben, Ziffern, Bindestriche, Unterstriche und Punkte."),
    ("malformed", "id", "Geben Sie die ID in ASCII-Buchstaben, Ziffern, Binde- und Unterstrichen ein, zum Beispiel 1689."),
    ("malformed", "key", "Verwenden Sie nur sichtbare ASCII-Zeichen, ohne Leerzeichen und Zeilenumbrüche."),
    ("malformed", "decimal", "Geben Sie Ziffern mit höchstens einem Punkt dazwischen ein, zum Beispiel 5 oder 0.100."),
    ("too_short", "card_digits", "Geben Sie mindestens {min} Ziffern ein."),
    ("too_short", "cvc_digits", "Geben Sie alle {min} oder 4 Ziffern ein, mit führenden Nullen."),
    ("too_short", "phone_digits", "Geben Sie eine Telefonnummer mit mindestens {min} Ziffern ein."),
    ("too_long", "email_local_octets", "Verwenden Sie höchstens {max} Oktette vor dem @."),
    ("too_long", "octets", "Verwenden Sie höchstens {max} Oktette."),
    ("too_long", "characters", "Verwenden Sie höchstens {max} Zeichen."),
    ("too_long", "digits", "Geben Sie höchstens {max} Ziffern ein."),
    ("too_long", "elements", "Geben Sie höchstens {max} Bilder ein."),
    ("out_of_range", "amount_zero", "Geben Sie einen Betrag größer als null ein."),
    ("out_of_range", "amount_digits", "Geben Sie einen Betrag mit höchstens {max} Ziffern vor dem Punkt ein."),
    ("out_of_range", "amount_maximum", "Geben Sie einen Betrag von höchstens {max} ein."),
    ("out_of_range", "amount_minimum", "Geben Sie einen Betrag von mindestens {min} ein."),
    ("out_of_range", "depth", "Verschachteln Sie Objekte und Arrays höchstens {max} tief."),
    ("out_of_range", "day", "Diesen Tag gibt es nicht. Geben Sie ein Datum ein, das es gibt."),
    ("out_of_range", "future_date", "Geben Sie ein Geburtsdatum ein, das nicht in der Zukunft liegt."),
    ("out_of_range", "month", "Geben Sie einen Monat von 01 bis 12 ein."),
    ("out_of_range", "ip_range", "Geben Sie die eigene Adresse des Kunden ein: keine aus 0.0.0.0/8 und 224.0.0.0/4 und nicht 255.255.255.255."),
    ("unsupported", "currency", "Das Gateway akzeptiert nur USD. Rechnen Sie den Betrag um und geben Sie USD ein."),
    ("unsupported", "currency_case", "Geben Sie USD in Großbuchstaben ein."),
    ("unsupported", "url_not_web", "Geben Sie eine URL ein, die mit https:// oder http:// beginnt."),
    ("unsupported", "image_scheme", "Geben Sie eine URL ein, die andere öffnen können: https:// oder ipfs://."),
    ("unsupported", "country_code", "Geben Sie einen vergebenen Ländercode ein (ISO 3166-1 alpha-2)."),
    ("unsupported", "country_code_hint", "Geben Sie {expected} ein, den Code dieses Landes nach ISO 3166-1."),
    ("unsupported", "checkout_mode", "Geben Sie nft ein, den einzigen Modus, den das Gateway akzeptiert."),
    ("unsupported", "ipv6", "Das Gateway akzeptiert nur IPv4. Erstellen Sie für Kunden mit IPv6-Adresse eine gehostete Rechnung."),
    ("unsupported", "ipv6_mapped", "Geben Sie nur die IPv4-Adresse ein, ohne ::ffff: davor."),
    ("unsupported", "history_status", "Geben Sie PAID, UNPAID, WAITING, EXPIRED oder ALL ein."),
    ("unsupported", "mode", "Geben Sie hosted oder s2s ein."),
    ("unsupported", "sort_order", "Geben Sie ASC oder DESC ein."),
    ("checksum", "", "Prüfen Sie die Kartennummer: Eine Ziffer ist falsch, oder zwei sind vertauscht."),
    ("expired", "", "Die Karte ist abgelaufen. Verwenden Sie eine andere."),
    ("not_allowed", "hosted_card", "Entfernen Sie dieses Feld: Bei einer gehosteten Rechnung gibt der Kunde die Karte auf der Seite des Gateways ein."),
    ("not_allowed", "other_reference", "callbackJson enthält bereits eine andere Referenz. Entfernen Sie eine von beiden."),
    ("duplicate", "", "Dieses Feld kommt mehrfach vor. Behalten Sie eines davon."),
    ("card_data", "", "Entfernen Sie die Kartennummer aus diesem Feld: Es wird protokolliert oder ist öffentlich."),
    ("normalized", "spaces", "Leerraum um den Wert wurde entfernt."),
    ("normalized", "characters", "Unsichtbare oder besondere Zeichen wurden entfernt oder ersetzt: {characters}."),
    ("normalized", "number", "Eine Zahl wurde als Text gelesen. Schreiben Sie sie in Anführungszeichen, damit führende Nullen erhalten bleiben."),
    ("normalized", "separators", "Die Kartennummer wird ohne Leerzeichen und Bindestriche gesendet."),
    ("normalized", "upper_case", "Der Ländercode wird in Großbuchstaben gesendet."),
    ("normalized", "decimals", "Der Betrag wird mit zwei Dezimalstellen gesendet."),
    ("unusual", "email_not_ascii", "Nicht jedes Mailsystem akzeptiert Zeichen außerhalb von ASCII (RFC 6531)."),
    ("unusual", "email_one_label", "Die Domain hat keinen Punkt. Ist sie vollständig?"),
    ("unusual", "email_quoted", "Nicht jedes Mailsystem akzeptiert einen Teil vor dem @ in Anführungszeichen."),
    ("unusual", "email_literal", "Die Domain ist eine IP-Adresse in Klammern."),
    ("unusual", "amount_leading_zero", "Der Betrag hat eine führende Null. Ist er vollständig?"),
    ("unusual", "url_user_info", "Die URL enthält einen Benutzernamen oder ein Passwort."),
    ("unusual", "url_not_ascii", "Die URL enthält Zeichen außerhalb von ASCII. Kodieren Sie sie mit Prozentzeichen."),
    ("unusual", "url_placeholder", "Die URL sieht wie eine Vorlage aus, deren Platzhalter nicht ersetzt wurde."),
    ("unusual", "url_one_label", "Der Host hat keinen Punkt. Kann der Kunde ihn erreichen?"),
    ("unusual", "url_two", "Die URL enthält ein zweites ://. Wurde eine URL vor eine andere gesetzt oder eine Liste in einen Text?"),
    ("unusual", "url_entity", "Die URL enthält &amp;. Gemeint ist wohl &."),
    ("unusual", "image_scheme", "Nicht jedes Programm öffnet ein anderes Schema als https und ipfs."),
    ("unusual", "image_cid", "Was auf ipfs:// folgt, sieht nicht wie eine Inhaltskennung aus."),
    ("unusual", "image_list", "Der Text sieht wie eine Liste von URLs aus. Verwenden Sie für mehrere Bilder ein Array."),
    ("unusual", "data_broken_json", "Der Text sieht wie JSON aus, ist aber ungültig. Er wird unverändert gesendet."),
    ("unusual", "name_long", "Auf Karten haben Namen höchstens {max} Zeichen (ISO/IEC 7813)."),
    ("unusual", "name_digits", "Der Name enthält viele Ziffern. Ist er eine Kartennummer?"),
    ("unusual", "country_user_assigned", "XK ist für den Kosovo verbreitet, aber von ISO 3166 nicht vergeben. Nicht jedes System kennt den Code."),
    ("unusual", "born_long_ago", "Das Geburtsdatum liegt über {years} Jahre zurück."),
    ("unusual", "card_short", "Die Kartennummer hat weniger als {min} Ziffern."),
    ("unusual", "card_unionpay", "Die Prüfziffer ist falsch. Manche UnionPay-Karten haben solche Nummern; prüfen Sie sie."),
    ("unusual", "expiry_far", "Die Karte läuft erst in über {years} Jahren ab."),
    ("unusual", "cvc_length", "American Express hat 4 Prüfziffern, alle anderen 3."),
    ("unusual", "metadata_name", "NFT-Metadaten haben gewöhnlich einen Namen."),
    ("unusual", "metadata_value", "Ein Attribut hat keinen Wert."),
    ("unusual", "metadata_repeated", "Ein Schlüssel kommt in einem Objekt mehrfach vor. Programme behalten nur einen davon."),
    ("unusual", "description_control", "Die Beschreibung enthält andere Steuerzeichen als Zeilenumbruch und Tabulator."),
    ("unusual", "phone_long", "Eine internationale Nummer hat höchstens {max} Ziffern (ITU-T E.164)."),
    ("unusual", "phone_extension", "Die Telefonnummer hat eine Nebenstelle."),
    ("insecure_url", "", "Wer zwischen Kunde und Server sitzt, kann eine Seite über http lesen und ändern. Verwenden Sie https."),
    ("local_address", "", "Nur dieser Rechner oder sein lokales Netz kann diese URL öffnen, nicht der Kunde."),
    ("reserved_ip", "", "Kein Kunde im Internet hat diese Adresse. Ist es die eines Proxys?"),
    ("test_card", "", "Das ist eine veröffentlichte Testnummer. Ein echtes Gateway lehnt sie ab."),
    ("expires_soon", "", "Die Karte läuft innerhalb ihres letzten Monats ab."),
    ("unknown_field", "", "Das Gateway dokumentiert dieses Feld nicht. Es wird unverändert gesendet."),
    ("unknown_field", "similar", "Das Gateway dokumentiert dieses Feld nicht. Meinten Sie {field}?"),
    ("possible_card", "", "Das Feld enthält Ziffern, die wie eine Kartennummer aussehen. Entfernen Sie sie gegebenenfalls: Das Feld wird protokolliert oder ist öffentlich."),
];

fn german(code: &str, params: Params<'_>) -> String {
    let reason = params
        .get("reason")
        .map(|reason| reason.to_string())
        .unwrap_or_default();
    let row = GERMAN
        .iter()
        .find(|(known, of, _)| *known == code && *of == reason);
    let (_, _, text) = row.expect("every message is translated");
    params.fill(text)
}

fn main() {
    // No message is left untranslated, and each translation has the parameters of the original.
    for template in message_templates() {
        let reason = template.reason().unwrap_or_default();
        let row = GERMAN
            .iter()
            .find(|(code, of, _)| *code == template.code() && *of == reason);
        let (_, _, text) =
            row.unwrap_or_else(|| panic!("not translated: {} {reason}", template.code()));
        assert!(
            template
                .params()
                .iter()
                .all(|name| text.contains(&format!("{{{name}}}"))),
            "{text}"
        );
    }
    assert_eq!(
        message_templates().count(),
        GERMAN.len(),
        "a translation of no message"
    );

    let rules = Rules::on(Date::new(2026, 1, 31).expect("this day exists"));
    let long = "x".repeat(300);
    let form = [
        ("email", "ada"),
        ("amount", "15,04"),
        ("name", &long),
        ("currency", "USD"),
    ];
    let checked = Draft::from_pairs(form).check(&rules);
    for error in &checked.invoice.expect_err("this form has mistakes") {
        println!(
            "{}: {}",
            error.path(),
            german(error.code().as_str(), error.params())
        );
    }
    for warning in &checked.warnings {
        println!(
            "{}: {}",
            warning.path(),
            german(warning.code().as_str(), warning.params())
        );
    }
}
