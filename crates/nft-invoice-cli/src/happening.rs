use nft_invoice_sandbox::Activity;
use serde_json::{Map, Value, json};

use crate::output::{Paint, plain};

/// An event of a sandbox: an object for programs, which [`Lines`] turns into a line for people.
pub struct Happening(Value);

impl Happening {
    /// An event of the sandbox's event stream; `None` if its data is not an object.
    pub fn told(kind: &str, data: &str) -> Option<Self> {
        let data: Map<String, Value> = serde_json::from_str(data).ok()?;
        // The first field, which the data cannot replace.
        let mut object = Map::from_iter([("event".to_owned(), Value::Null)]);
        object.extend(data);
        object["event"] = kind.into();
        Some(Self(object.into()))
    }

    /// An event of a sandbox in this process, with the fields of its event stream.
    pub fn seen(activity: &Activity) -> Self {
        let mut object = match activity {
            Activity::Request(record) => json!({
                "event": "request",
                "at": record.at(),
                "route": record.route().as_str(),
                "method": record.method(),
                "invoice": record.invoice(),
                "reference": record.reference(),
                "status": record.http_status(),
                "error_code": record.error_code(),
                "body_error": record.body_error(),
                "fault": record.fault(),
            }),
            Activity::Invoice(event) => json!({
                "event": "invoice",
                "at": event.at(),
                "invoice": event.invoice(),
                "reference": event.reference(),
                "status": event.state().to_string(),
            }),
            Activity::Callback(attempted) => json!({
                "event": "callback",
                "at": attempted.at(),
                "delivery": attempted.delivery(),
                "invoice": attempted.invoice(),
                "reference": attempted.reference(),
                "status": attempted.event().wire_name(),
                "result": attempted.result().to_string(),
            }),
            Activity::Blocked(blocked) => json!({
                "event": "blocked",
                "at": blocked.at(),
                "delivery": blocked.delivery(),
                "invoice": blocked.invoice(),
                "reference": blocked.reference(),
                "status": blocked.event().wire_name(),
                "waits_for": blocked.waits_for(),
            }),
            Activity::Clock(now) => json!({"event": "clock", "at": now, "now": now}),
            Activity::Reset => json!({"event": "reset"}),
            Activity::WriteError(_) => json!({"event": "not_written"}),
            Activity::Missed(count) => json!({"event": "missed", "count": count}),
            _ => json!({"event": "other"}),
        };
        object["text"] = activity.to_string().into();
        Self(object)
    }

    pub fn json(&self) -> &Value {
        &self.0
    }

    fn text(&self, member: &str) -> &str {
        self.0[member].as_str().unwrap_or_default()
    }
}

/// Writes events as aligned lines, with a line for each new day: the clock can be moved.
pub struct Lines {
    paint: Paint,
    day: String,
}

impl Lines {
    pub fn new(paint: Paint) -> Self {
        let day = String::new();
        Self { paint, day }
    }

    pub fn line(&mut self, happening: &Happening) -> String {
        let (day, time) = happening.text("at").split_once('T').unwrap_or_default();
        let (subject, what) = subject(happening);
        let (subject, what) = (plain(&subject), self.painted(happening, &plain(&what)));
        // Fractions of a second are for programs.
        let line = format!("{:8.8}  {subject:<12}{what}", plain(time));
        if day.is_empty() || day == self.day {
            return line;
        }
        day.clone_into(&mut self.day);
        format!("{}\n{line}", plain(day))
    }

    fn painted(&self, happening: &Happening, what: &str) -> String {
        let has = |words: &[&str]| words.iter().any(|word| what.contains(word));
        match happening.text("event") {
            "clock" | "missed" | "reset" => self.paint.minor(what),
            "invoice" if what.starts_with("PAID") => self.paint.good(what),
            "invoice" if has(&["FAILED", "EXPIRED", "CHARGEBACK"]) => self.paint.bad(what),
            "callback" if has(&["next attempt in", "given up"]) => self.paint.bad(what),
            "blocked" | "not_written" => self.paint.bad(what),
            "request" if has(&["error", "fault", "no response"]) => self.paint.minor(what),
            _ => what.to_owned(),
        }
    }
}

/// The subject of a line, and its text.
fn subject(happening: &Happening) -> (String, String) {
    let (kind, text) = (happening.text("event"), happening.text("text"));
    let callback = || match happening.0["delivery"].as_u64() {
        Some(number) => format!("callback {number}"),
        None => "callback".to_owned(),
    };
    match kind {
        // invoice 3 CREATED (hosted, 42.00 USD), reference order-7f3a
        "invoice" => {
            let (text, reference) = match text.find(", reference ") {
                Some(place) => text.split_at(place),
                None => (text, ""),
            };
            let mut words = text.splitn(4, ' ');
            let mut word = || words.next().unwrap_or_default();
            let (who, state) = (format!("{} {}", word(), word()), word().to_owned());
            let details = word().trim_start_matches('(').trim_end_matches(')');
            let what = format!("{state:<8} {}", details.replacen(", ", " ", 1));
            (who, what.trim_end().to_owned() + reference)
        }
        // callback 7 invoice:paid of invoice 3, attempt 1: HTTP 200
        // callback 8 invoice:paid of invoice 3 waits for callback 7
        "callback" | "blocked" => {
            let who = callback();
            let what = text.strip_prefix(&who).unwrap_or(text).trim_start();
            let what = what.replacen(" of invoice ", " of ", 1);
            (who, what)
        }
        "clock" => {
            let (day, time) = happening.text("at").split_once('T').unwrap_or_default();
            (kind.to_owned(), format!("MOVED to {day} {time:.8}"))
        }
        _ => (kind.to_owned(), text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_aligned_and_say_when_the_day_changes() {
        let mut lines = Lines::new(Paint::off());
        for (kind, data, line) in [
            (
                "request",
                r#"{"at":"2025-01-01T12:00:00.123Z","text":"POST create: HTTP 200"}"#,
                "2025-01-01\n12:00:00  request     POST create: HTTP 200",
            ),
            (
                "invoice",
                r#"{"at":"2025-01-01T12:00:01Z","text":"invoice 3 CREATED (hosted, 1,250.00 USD)"}"#,
                "12:00:01  invoice 3   CREATED  hosted 1,250.00 USD",
            ),
            (
                "invoice",
                r#"{"at":"2025-01-01T12:00:01Z","text":"invoice 3 PAID, reference order-7f3a"}"#,
                "12:00:01  invoice 3   PAID, reference order-7f3a",
            ),
            (
                "callback",
                r#"{"at":"2025-01-01T12:00:04Z","delivery":7,"text":"callback 7 invoice:paid of invoice 3, attempt 1: HTTP 200"}"#,
                "12:00:04  callback 7  invoice:paid of 3, attempt 1: HTTP 200",
            ),
            (
                "blocked",
                r#"{"at":"2025-01-01T12:00:04Z","delivery":8,"text":"callback 8 invoice:paid of invoice 3 waits for callback 7"}"#,
                "12:00:04  callback 8  invoice:paid of 3 waits for callback 7",
            ),
            (
                "callback",
                r#"{"text":"callback invoice:paid of invoice 3, attempt 1: HTTP 200"}"#,
                "          callback    invoice:paid of 3, attempt 1: HTTP 200",
            ),
            (
                "clock",
                r#"{"at":"2025-01-15T12:00:04Z","text":"clock moved to 2025-01-15T12:00:04Z"}"#,
                "2025-01-15\n12:00:04  clock       MOVED to 2025-01-15 12:00:04",
            ),
            (
                "invoice",
                r#"{"at":"2025-01-15T12:00:04Z","text":"invoice 3 EXPIRED"}"#,
                "12:00:04  invoice 3   EXPIRED",
            ),
        ] {
            let happening = Happening::told(kind, data).expect(data);
            assert_eq!(lines.line(&happening), line, "{data}");
        }
    }

    #[test]
    fn what_stands_out_has_a_colour() {
        for (kind, text, colour) in [
            ("invoice", "invoice 3 PAID", Some("32")),
            (
                "invoice",
                "invoice 3 FAILED (insufficient funds)",
                Some("31"),
            ),
            ("invoice", "invoice 3 OPENED", None),
            (
                "callback",
                "callback 7 invoice:paid of invoice 3, attempt 1: HTTP 503, next attempt in 5s",
                Some("31"),
            ),
            (
                "callback",
                "callback 7 invoice:paid of invoice 3, attempt 1: HTTP 200",
                None,
            ),
            ("request", "POST create: HTTP 200, error 50008", Some("33")),
            ("request", "POST create: HTTP 200", None),
            ("clock", "clock moved to 2025-01-15T12:00:04Z", Some("33")),
        ] {
            let data = json!({"at": "2025-01-15T12:00:04Z", "text": text});
            let happening = Happening::told(kind, &data.to_string()).unwrap();
            let line = Lines::new(Paint::on_any_stream()).line(&happening);
            let painted = line.split_once("\u{1b}[").map(|(_, rest)| &rest[..2]);
            assert_eq!(painted, colour, "{line:?}");
            let plain = Lines::new(Paint::off()).line(&happening);
            assert!(!plain.contains('\u{1b}'), "{plain:?}");
        }
    }

    #[test]
    fn whatever_a_stream_tells_is_one_harmless_line() {
        let mut lines = Lines::new(Paint::off());
        for data in [
            "{}",
            r#"{"text":7,"at":"x"}"#,
            r#"{"text":"invoice","event":"other","at":"T"}"#,
            r#"{"text":"a\u001b[31mb\nc","at":"\u001b[1mT\u001b[2J\n"}"#,
        ] {
            for kind in ["invoice", "callback", "request", "clock", "\u{1b}[5m"] {
                let happening = Happening::told(kind, data).expect(data);
                let line = lines.line(&happening);
                let controls = line.chars().filter(|c| c.is_control()).count();
                assert_eq!(controls, line.matches('\n').count(), "{line:?}");
                assert!(line.lines().count() <= 2, "{line:?}");
            }
        }
        for data in ["", "7", "[]", "{"] {
            assert!(Happening::told("invoice", data).is_none(), "{data}");
        }
    }

    #[test]
    fn the_sandbox_tells_what_is_read_here() {
        let sandbox = nft_invoice_sandbox::Sandbox::builder()
            .start_blocking()
            .unwrap();
        let mut activities = sandbox.subscribe();
        sandbox
            .advance(std::time::Duration::from_secs(60))
            .wait()
            .unwrap();
        let activity = activities.drain().pop().expect("the clock was moved");
        let happening = Happening::seen(&activity);
        let line = Lines::new(Paint::off()).line(&happening);
        assert!(
            line.contains("00:01:00  clock       MOVED to 2025-01-01 00:01:00"),
            "{line}"
        );
    }
}
