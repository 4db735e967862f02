//! Events of a sandbox as lines: JSON for programs, aligned columns for people.

use std::fmt::Write;

use nft_invoice_sandbox::{Activity, InvoiceState};
use serde_json::{Map, Value};

use crate::terminal::output::{Format, Paint, escaped, plain};

/// An event to print.
pub enum Event {
    /// An event that this version knows.
    Known(Activity),
    /// The JSON object of an event, whatever is in it.
    Object(Map<String, Value>),
}

/// Writes events as lines, and for people a line for each new day: the clock can be moved.
pub struct EventLines {
    format: Format,
    paint: Paint,
    day: String,
}

/// How a line stands out.
enum Tone {
    Good,
    Bad,
    Minor,
    None,
}

impl Event {
    /// Reads an event of the sandbox's event stream; `None` if its data is not an object.
    pub fn read(data: &str, format: Format) -> Option<Self> {
        // A program gets every field, those of a newer sandbox included.
        if format == Format::Text
            && let Ok(known) = serde_json::from_str(data)
        {
            return Some(Self::Known(known));
        }
        serde_json::from_str(data).ok().map(Self::Object)
    }
}

impl EventLines {
    pub fn new(format: Format, paint: Paint) -> Self {
        let day = String::new();
        Self { format, paint, day }
    }

    /// Appends the line of an event to `out`.
    pub fn write(&mut self, event: &Event, out: &mut String) {
        match (event, self.format) {
            (Event::Known(activity), Format::Json) => out.push_str(&escaped(activity)),
            (Event::Object(object), Format::Json) => out.push_str(&escaped(object)),
            (Event::Known(activity), Format::Text) => {
                let (subject, description) = (activity.subject(), activity.description());
                let texts = (subject.to_string(), description.to_string());
                let at = activity.at().map_or_else(String::new, |at| at.to_string());
                self.columns(&at, &texts.0, &texts.1, &Tone::of(activity), out);
            }
            (Event::Object(object), Format::Text) => {
                let text = |name| object.get(name).and_then(Value::as_str);
                let [at, kind, what] = ["at", "event", "text"].map(|name| text(name).unwrap_or(""));
                self.columns(at, kind, what, &Tone::None, out);
            }
        }
        out.push('\n');
    }

    /// Appends a line about events that are not shown.
    pub fn write_omitted(&self, count: usize, out: &mut String) {
        let what = format!("{count} events, too many to show here; a pipe or a file gets them all");
        let what = self.paint.minor(what);
        let _ = writeln!(out, "{:8}  {:<11} {what}", "", "omitted");
    }

    fn columns(&mut self, at: &str, subject: &str, what: &str, tone: &Tone, out: &mut String) {
        let (day, time) = at.split_once('T').unwrap_or_default();
        if !day.is_empty() && day != self.day {
            day.clone_into(&mut self.day);
            out.push_str(&plain(day));
            out.push('\n');
        }
        // Fractions of a second are for programs.
        let _ = write!(out, "{:8.8}  {:<11} ", plain(time), plain(subject));
        let what = plain(what);
        match tone {
            Tone::Good => out.push_str(&self.paint.good(what)),
            Tone::Bad => out.push_str(&self.paint.bad(what)),
            Tone::Minor => out.push_str(&self.paint.minor(what)),
            Tone::None => out.push_str(&what),
        }
    }
}

impl Tone {
    fn of(activity: &Activity) -> Self {
        use InvoiceState::{Chargeback, Expired, Failed, Paid};

        match activity {
            Activity::Clock { .. } | Activity::Missed { .. } | Activity::Reset => Self::Minor,
            Activity::Invoice(event) => match event.state {
                Paid => Self::Good,
                Failed | Expired | Chargeback => Self::Bad,
                _ => Self::None,
            },
            Activity::Callback(attempt) if attempt.result.is_success() => Self::None,
            Activity::Callback(_) | Activity::Blocked(_) | Activity::WriteError(_) => Self::Bad,
            Activity::Request(record) => {
                let is_plain = record.http_status.is_some()
                    && record.error_code.is_none()
                    && record.fault.is_none();
                if is_plain { Self::None } else { Self::Minor }
            }
            _ => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The fields of an event of each kind; those of `more` come in addition or instead.
    fn event(kind: &str, more: Value) -> String {
        let at = "2025-01-01T12:00:01Z";
        let mut data = match kind {
            "request" => {
                json!({"event": kind, "at": at, "method": "POST", "route": "create", "status": 200})
            }
            "invoice" => {
                json!({"event": kind, "at": at, "invoice": 3, "status": "PAID", "change": "moved"})
            }
            "callback" => {
                json!({"event": kind, "at": at, "delivery": 7, "invoice": 3, "status": "invoice:paid", "attempt": 1,
                       "result": {"answered": 200}})
            }
            "blocked" => {
                json!({"event": kind, "at": at, "delivery": 8, "invoice": 3, "status": "invoice:paid", "waits_for": 7})
            }
            _ => json!({"event": kind, "at": at}),
        };
        let more = more.as_object().expect("fields").clone();
        data.as_object_mut().expect("fields").extend(more);
        data.to_string()
    }

    fn line(lines: &mut EventLines, data: &str) -> String {
        let mut out = String::new();
        lines.write(&Event::read(data, lines.format).expect(data), &mut out);
        out
    }

    #[test]
    fn aligns_lines_and_shows_when_the_day_changes() {
        let mut lines = EventLines::new(Format::Text, Paint::off());
        for (data, expected) in [
            (
                event("request", json!({"at": "2025-01-01T12:00:00.123Z"})),
                "2025-01-01\n12:00:00  request     POST create: HTTP 200\n",
            ),
            (
                event(
                    "invoice",
                    json!({"status": "CREATED", "change": "created", "mode": "hosted", "amount": "1250", "currency": "USD"}),
                ),
                "12:00:01  invoice 3   CREATED (hosted, 1,250.00 USD)\n",
            ),
            (
                event("invoice", json!({"reference": "order-7f3a"})),
                "12:00:01  invoice 3   PAID, reference order-7f3a\n",
            ),
            (
                event("invoice", json!({"invoice": 123_456})),
                "12:00:01  invoice 123456 PAID\n",
            ),
            (
                event("callback", json!({})),
                "12:00:01  callback 7  invoice:paid of invoice 3, attempt 1: HTTP 200\n",
            ),
            (
                event("blocked", json!({})),
                "12:00:01  callback 8  invoice:paid of invoice 3 waits for callback 7\n",
            ),
            (
                event("clock", json!({"at": "2025-01-15T12:00:04Z"})),
                "2025-01-15\n12:00:04  clock       moved to 2025-01-15T12:00:04Z\n",
            ),
            (
                event("missed", json!({"count": 3})),
                "          missed      3 events skipped: this subscriber is too slow\n",
            ),
            (
                event("newer", json!({"text": "a newer sandbox"})),
                "2025-01-01\n12:00:01  newer       a newer sandbox\n",
            ),
        ] {
            assert_eq!(line(&mut lines, &data), expected, "{data}");
        }
        let mut omitted = String::new();
        lines.write_omitted(7, &mut omitted);
        assert!(
            omitted.starts_with("          omitted     7 events,"),
            "{omitted}"
        );
    }

    #[test]
    fn colours_what_stands_out() {
        for (data, colour) in [
            (event("invoice", json!({})), Some("32")),
            (
                event("invoice", json!({"status": "FAILED", "reason": "FUNDS"})),
                Some("31"),
            ),
            (event("invoice", json!({"status": "OPENED"})), None),
            (
                event("callback", json!({"result": {"answered": 503}})),
                Some("31"),
            ),
            (event("callback", json!({})), None),
            (event("blocked", json!({})), Some("31")),
            (event("request", json!({"error_code": 50008})), Some("33")),
            (event("request", json!({"status": null})), Some("33")),
            (event("request", json!({"fault": "delay(2s)"})), Some("33")),
            (event("request", json!({})), None),
            (event("clock", json!({})), Some("33")),
        ] {
            let mut painted = EventLines::new(Format::Text, Paint::on_any_stream());
            let painted = line(&mut painted, &data);
            let code = painted.split_once("\u{1b}[").map(|(_, rest)| &rest[..2]);
            assert_eq!(code, colour, "{painted:?}");
            let plain = line(&mut EventLines::new(Format::Text, Paint::off()), &data);
            assert!(!plain.contains('\u{1b}'), "{plain:?}");
        }
    }

    #[test]
    fn prints_any_object_of_a_stream_as_one_harmless_line() {
        let evil = "a\u{1b}[31mb\nc";
        for data in [
            "{}".to_owned(),
            r#"{"text":7,"at":"x"}"#.to_owned(),
            json!({"text": evil, "event": evil, "at": "\u{1b}[1mT\u{1b}[2J\n"}).to_string(),
            event("invoice", json!({"reference": evil})),
            event("callback", json!({"result": {"failed": evil}})),
            event("request", json!({"fault": evil, "body_error": evil})),
        ] {
            for format in [Format::Text, Format::Json] {
                let line = line(&mut EventLines::new(format, Paint::off()), &data);
                let controls = line.chars().filter(|c| c.is_control()).count();
                assert_eq!(controls, line.matches('\n').count(), "{line:?}");
                assert!(line.lines().count() <= 2, "{line:?}");
            }
        }
        for data in ["", "7", "[]", "{"] {
            assert!(Event::read(data, Format::Text).is_none(), "{data}");
        }
    }

    #[test]
    fn prints_the_events_of_a_sandbox_here_and_elsewhere_alike() {
        let sandbox = nft_invoice_sandbox::Sandbox::builder()
            .start_blocking()
            .unwrap();
        let minute = std::time::Duration::from_secs(60);
        let activities = sandbox.advance(minute).wait().unwrap();
        let activity = activities.into_iter().next().expect("the clock was moved");
        let data = serde_json::to_string(&activity).unwrap();
        for format in [Format::Text, Format::Json] {
            let lines = || EventLines::new(format, Paint::off());
            let mut here = String::new();
            lines().write(&Event::Known(activity.clone()), &mut here);
            assert_eq!(line(&mut lines(), &data), here);
            assert!(here.contains("moved to 2025-01-01T00:01:00Z"), "{here}");
        }
    }
}
