use nft_invoice::transport::Request;
use nft_invoice::{Created, Encoding, Error, Invoice, Reference, ValidationErrors, Warning};
use serde_json::{Map, Value, json};

use crate::exit::{Exit, Failure};
use crate::gateway::rejection;
use crate::terminal::output::{self, Format, Paint, note, plain};
use crate::terminal::report::{count_of_errors, error_line, warning_line};

/// Reports a `create`: the result on standard output, what to do next on standard error.
pub struct Reporter {
    format: Format,
    verbose: bool,
    reference: Option<Reference>,
}

/// What became of the card of an S2S invoice in the sandbox.
pub struct Charge {
    /// The invoice's status, such as `invoice:paid`.
    pub status: &'static str,
    /// Why it failed: the sandbox's word, and that in English.
    pub reason: Option<(&'static str, String)>,
    pub is_declined: bool,
}

impl Reporter {
    pub fn new(format: Format, verbose: bool) -> Self {
        Self {
            format,
            verbose,
            reference: None,
        }
    }

    pub fn warnings(&self, warnings: &[Warning]) {
        for warning in warnings {
            note(warning_line(warning, Paint::off()).trim_start());
        }
    }

    /// Shown before anything is sent, so that it survives whatever happens next.
    pub fn reference(&mut self, reference: Option<Reference>) {
        match &reference {
            Some(reference) => note(format_args!("Reference: {reference}")),
            None => note(
                "The invoice has no reference, because its callbackJson is not an object. If the response is lost, the \
                 invoice can be recognized only by its e-mail address and amount.",
            ),
        }
        self.reference = reference;
    }

    pub fn invalid(&self, errors: &ValidationErrors) -> Exit {
        match self.format {
            Format::Json => self.print(&output::escaped(
                &json!({"outcome": "invalid", "errors": errors}),
            )),
            Format::Text => {
                let paint = Paint::detect();
                let lines: Vec<_> = errors
                    .iter()
                    .map(|error| error_line(error, paint))
                    .collect();
                let title = paint.bad(format_args!("Not sent: {}", count_of_errors(lines.len())));
                self.print(&format!("{title}\n{}", lines.join("\n")));
            }
        }
        Exit::Invalid
    }

    /// Shows the request that would be sent.
    pub fn dry_run(&self, request: &Request, invoice: &Invoice) -> Result<(), Failure> {
        let (method, url) = (request.method().as_str(), request.uri().to_string());
        let headers = request.headers().iter().map(|(name, value)| {
            let shown = match value.to_str() {
                Ok(text) if !value.is_sensitive() => text.to_owned(),
                _ => "(hidden)".to_owned(),
            };
            (name.to_string(), shown)
        });
        let body = invoice.encode_redacted(&Encoding::default());
        match self.format {
            Format::Json => {
                let headers: Map<_, _> = headers
                    .map(|(name, value)| (name, Value::from(value)))
                    .collect();
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
                note("This was a dry run: nothing was sent.");
            }
        }
        Ok(())
    }

    pub fn outcome(&self, outcome: &Result<Created, Error>) -> Exit {
        self.sandbox_outcome(outcome, None)
    }

    /// The same in the sandbox, which knows what became of the card.
    pub fn sandbox_outcome(
        &self,
        outcome: &Result<Created, Error>,
        charge: Option<Charge>,
    ) -> Exit {
        match outcome {
            Ok(created) => self.accepted(created, charge),
            Err(error) => self.failed(error),
        }
    }

    fn accepted(&self, created: &Created, charge: Option<Charge>) -> Exit {
        let url = created.redirect_url();
        match (self.format, url, &charge) {
            (Format::Json, ..) => {
                let mut object = json!({
                    "outcome": "accepted",
                    "redirect_url": url,
                    "html": created.html(),
                });
                if let Some(Charge { status, reason, .. }) = &charge {
                    let reason = reason.as_ref().map(|(word, _)| word);
                    object["sandbox"] = json!({"status": status, "reason": reason});
                }
                self.print(&output::escaped(&self.object(object)));
            }
            (Format::Text, Some(url), _) => self.print(&format!(
                "The invoice was created. Open this page in the customer's browser:\n\n  {url}\n"
            )),
            (Format::Text, None, Some(charge)) => {
                let reason = match &charge.reason {
                    Some((word, text)) => format!(", because of: {text} ({word})"),
                    None => String::new(),
                };
                self.print(&format!(
                    "The invoice was created. In the sandbox it is now {}{reason}.",
                    charge.status
                ));
            }
            (Format::Text, None, None) => {
                let find = match &self.reference {
                    Some(reference) => format!(", or read it with `nft-invoice find {reference}`"),
                    None => String::new(),
                };
                self.print(&format!(
                    "The invoice was created. This does not mean that it is paid: the card's outcome arrives through \
                     a callback{find}."
                ));
            }
        }
        if charge.is_some_and(|charge| charge.is_declined) {
            note(
                "The card was declined. A live gateway reports that only through a callback and the infos.",
            );
            return Exit::Rejected;
        }
        Exit::Done
    }

    fn failed(&self, error: &Error) -> Exit {
        let exit = Exit::of(error);
        let text = plain(&error.to_string()).into_owned();
        if self.format == Format::Json {
            self.print(&output::escaped(&self.object(match exit {
                Exit::Rejected => rejection::json(error).unwrap_or_default(),
                Exit::Unknown => json!({"outcome": "unknown", "error": text}),
                _ => json!({"outcome": "not_sent", "error": text}),
            })));
        }
        note(format_args!("error: {text}"));
        if self.verbose {
            output::causes(error);
        }
        match exit {
            Exit::Rejected => rejection::note_what_to_do(error),
            Exit::Unknown => note(self.how_to_find()),
            _ => note("Nothing was sent: it is safe to run the command again."),
        }
        exit
    }

    fn how_to_find(&self) -> String {
        match &self.reference {
            Some(reference) => format!(
                "The invoice may have been created. Do not run the command again. Find it first:\n  \
                 nft-invoice find {reference}"
            ),
            None => "The invoice may have been created. Do not run the command again. Look for its e-mail address and \
                     amount first:\n  nft-invoice history --order DESC"
                .to_owned(),
        }
    }

    /// `object` with the reference.
    fn object(&self, mut object: Value) -> Value {
        if let Some(fields) = object.as_object_mut() {
            let reference = self.reference.as_ref().map(Reference::as_str);
            fields.insert("reference".to_owned(), reference.into());
        }
        object
    }

    /// What has happened has happened: if it cannot be written to standard output, it is shown elsewhere.
    fn print(&self, result: &dyn std::fmt::Display) {
        if let Err(error) = output::line(result) {
            note(format_args!(
                "Standard output cannot be written to ({error}). The result is:\n{result}"
            ));
        }
    }
}
