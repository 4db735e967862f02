use nft_invoice::transport::Request;
use nft_invoice::{Advice, Created, Encoding, Error, Invoice, Problems, Reference, redacted};
use serde_json::{Map, Value, json};

use crate::exit::{Exit, Failure};
use crate::output::{self, Format, Paint, chain, note, plain};
use crate::refusal;
use crate::report::{advice_line, problem_line, problems_json};

/// Tells what became of a `create`: the result on standard output, what to do next on standard error.
pub struct Teller {
    format: Format,
    reference: Option<Reference>,
}

impl Teller {
    pub fn new(format: Format) -> Self {
        let reference = None;
        Self { format, reference }
    }

    pub fn advice(&self, advice: &[Advice]) {
        for advice in advice {
            note(advice_line(advice, Paint::off()).trim_start());
        }
    }

    /// Told before anything is sent, so that it survives whatever happens next.
    pub fn reference(&mut self, reference: Option<Reference>) {
        match &reference {
            Some(reference) => note(format_args!("Reference: {reference}")),
            None => note(
                "The invoice has no reference, because its callbackJson is no object that could hold one: \
                 if its answer is lost, it can be told by e-mail and amount only",
            ),
        }
        self.reference = reference;
    }

    pub fn invalid(&self, problems: &Problems) -> Exit {
        match self.format {
            Format::Json => self.tell(&self.object(json!({
                "outcome": "invalid",
                "problems": problems_json(problems),
            }))),
            Format::Text => {
                let paint = Paint::detect();
                let lines: Vec<_> = problems.iter().map(|p| problem_line(p, paint)).collect();
                let count = match problems.as_slice().len() {
                    1 => "1 problem".to_owned(),
                    count => format!("{count} problems"),
                };
                let title = paint.bad(format_args!("Not sent: {count}"));
                self.tell(&format!("{title}\n{}", lines.join("\n")));
            }
        }
        Exit::Problems
    }

    /// The request that would be sent.
    pub fn rehearsal(&self, request: &Request, invoice: &Invoice) -> Result<(), Failure> {
        let (method, url) = (request.method().as_str(), request.uri().to_string());
        let headers = request.headers().iter().map(|(name, value)| {
            let shown = match value.to_str() {
                Ok(text) if !value.is_sensitive() => text.to_owned(),
                _ => "(hidden)".to_owned(),
            };
            (name.to_string(), shown)
        });
        let body = redacted(invoice, &Encoding::default());
        match self.format {
            Format::Json => {
                let headers: Map<_, _> = headers.map(|(k, v)| (k, Value::from(v))).collect();
                output::json(&self.object(json!({
                    "outcome": "dry_run",
                    "method": method,
                    "url": url,
                    "headers": headers,
                    "body": serde_json::from_str(&body).unwrap_or(Value::from(body)),
                })))?;
            }
            Format::Text => {
                output::line(format_args!("{method} {url}"))?;
                for (name, value) in headers {
                    output::line(format_args!("{name}: {value}"))?;
                }
                output::line(format_args!("\n{}", plain(&body)))?;
                note("A dry run: nothing was sent.");
            }
        }
        Ok(())
    }

    pub fn outcome(&self, outcome: &Result<Created, Error>) -> Exit {
        match outcome {
            Ok(created) => self.accepted(created),
            Err(error) => self.failed(error),
        }
    }

    fn accepted(&self, created: &Created) -> Exit {
        match (self.format, created.redirect_url()) {
            (Format::Json, url) => self.tell(&self.object(json!({
                "outcome": "accepted",
                "redirect_url": url,
                "html": created.html(),
            }))),
            (Format::Text, Some(url)) => self.tell(&format!(
                "The invoice is created. Open this page in the customer's browser:\n\n  {url}\n"
            )),
            (Format::Text, None) => self.tell(
                &"The invoice is created. There is no page to open; its status says what became of the card.",
            ),
        }
        Exit::Done
    }

    fn failed(&self, error: &Error) -> Exit {
        let exit = Exit::of(error);
        let text = chain(error);
        if self.format == Format::Json {
            self.tell(&self.object(match exit {
                Exit::Refused => refusal::json(error).unwrap_or_default(),
                Exit::Unknown => json!({"outcome": "unknown", "error": text}),
                _ => json!({"outcome": "not_sent", "error": text}),
            }));
        }
        note(format_args!("error: {text}"));
        match exit {
            Exit::Refused => refusal::note_what_to_do(error),
            Exit::Unknown => note(self.look_it_up()),
            _ => note("Nothing was sent: it is safe to run the command again."),
        }
        exit
    }

    fn look_it_up(&self) -> String {
        let by = match &self.reference {
            Some(reference) => format!("its reference {reference}"),
            None => "its e-mail and amount".to_owned(),
        };
        format!(
            "The invoice may have been created. Do NOT run the command again: look it up by {by}, in the \
             callbacks that you receive, in the gateway's dashboard, or with `nft-invoice history` and \
             `nft-invoice info`."
        )
    }

    /// `object` with the reference.
    fn object(&self, mut object: Value) -> Value {
        if let (Some(members), Some(reference)) = (object.as_object_mut(), &self.reference) {
            members.insert("reference".to_owned(), reference.as_str().into());
        }
        object
    }

    /// What has happened has happened: if it cannot be written where it belongs, it is told elsewhere.
    fn tell(&self, result: &dyn std::fmt::Display) {
        if let Err(error) = output::line(result) {
            note(format_args!(
                "Standard output cannot be written to ({error}). The result is:\n{result}"
            ));
        }
    }
}
