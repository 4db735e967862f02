use std::collections::BTreeSet;
use std::fmt;

use nft_invoice_transport::Delivery;

use crate::row::Row;
use crate::subject::Sent;
use crate::traffic::{Requests, leak, misleading_header, requests, secret_in};

/// The outcome of a row: what the transport reported and what the servers received.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// One result for each send; the error describes a send that did not end.
    pub(crate) reports: Vec<Result<Sent, String>>,
    pub(crate) methods: &'static [&'static str],
    /// What each connection of the server received.
    pub(crate) received: Vec<Vec<u8>>,
    /// What each connection of the server received that redirects point to.
    pub(crate) elsewhere: Vec<Vec<u8>>,
    /// Whether the server stalled before the last send returned.
    pub(crate) stalled: bool,
    /// Whether the send gate of a dropped future proves that nothing was sent.
    pub(crate) proven_not_sent: bool,
}

/// Whether a connection that received these bytes carries a request, or a part of one: TLS handshakes begin with 0x16.
pub(crate) fn carries_a_request(received: &[u8]) -> bool {
    received.first().is_some_and(|&first| first != 0x16)
}

/// Returns the correct outcome in words.
pub(crate) fn expected(row: &Row) -> String {
    let words: Vec<_> = row.allowed().iter().copied().map(word).collect();
    let verdict = if words.is_empty() {
        "future dropped".to_owned()
    } else {
        words.join(" or ")
    };
    let (least, most) = (row.requests.start(), row.requests.end());
    if least == most {
        format!("{verdict}, {}", complete_requests(*most))
    } else {
        format!("{verdict}, {least} to {}", complete_requests(*most))
    }
}

fn complete_requests(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} complete request{plural}")
}

/// Returns a sentence for each way in which `evidence` breaks the contract.
pub(crate) fn problems(row: &Row, evidence: &Evidence) -> Vec<String> {
    let Requests {
        lines,
        body,
        no_length,
    } = evidence.requests();
    if no_length {
        // Nothing else can be judged.
        return vec![
            "the request has no Content-Length, which the suite needs to find its end".into(),
        ];
    }
    let mut wrong = Vec::new();
    for (report, method) in evidence.reports.iter().zip(evidence.methods) {
        match report {
            Err(unending) => wrong.push(format!("the send {unending}")),
            Ok(sent) => wrong.extend(report_problems(row, method, sent)),
        }
    }

    let connections = evidence.received.len();
    if connections > evidence.methods.len() {
        let sends = evidence.methods.len();
        wrong.push(format!(
            "{connections} connections for {sends} sends; a send is one attempt"
        ));
    }
    if !row.requests.contains(&lines.len()) {
        wrong.push(format!(
            "the server received {}; expected: {}",
            complete_requests(lines.len()),
            expected(row)
        ));
    }
    let mut once = BTreeSet::new();
    for line in &lines {
        if !once.insert(line) {
            wrong.push(format!("a request arrived twice: {}", path(line)));
        }
    }
    for connection in &evidence.received {
        let kept = requests(connection).lines;
        if kept.iter().skip(1).any(|line| line.starts_with("POST")) {
            wrong.push("a create was sent over a used connection".into());
        }
    }

    let not_sent = evidence
        .reports
        .iter()
        .any(|report| matches!(report, Ok(Err(error)) if error.delivery() == Delivery::NotSent));
    if body && (not_sent || evidence.proven_not_sent) {
        wrong.push("reported as not sent, but the server received a part of the body".into());
    }
    if row.private
        && let Some(secret) = secret_in(&evidence.received.concat())
    {
        wrong.push(format!("the server received {secret}"));
    }
    if let (true, Some(header)) = (
        row.misleading,
        misleading_header(&evidence.received.concat()),
    ) {
        wrong.push(format!("the given header {header} was passed on"));
    }
    if !evidence.elsewhere.is_empty() {
        let received = secret_in(&evidence.elsewhere.concat());
        wrong.push(format!(
            "connected to another host, which received {}",
            received.unwrap_or("nothing")
        ));
    }
    wrong
}

/// What is wrong with the report of a single send.
fn report_problems(row: &Row, method: &str, sent: &Sent) -> Vec<String> {
    let mut wrong = Vec::new();
    let delivery = delivery(sent);
    // Reads may fail: they can be repeated.
    let may_fail = method == "GET" && delivery == Delivery::Unknown;
    if !row.allowed().contains(&delivery) && !may_fail {
        let reported = word(delivery);
        wrong.push(format!(
            "reported as {reported}; expected: {}",
            expected(row)
        ));
    } else if let (Ok(got), Some((status, body))) = (sent, row.response())
        && (got.status().as_u16() != status || got.body().as_bytes() != body)
    {
        wrong.push(format!(
            "expected status {status} with a body of {} bytes; reported: {} with {} bytes, or with other bytes",
            body.len(),
            got.status().as_u16(),
            got.body().len()
        ));
    }
    if let Err(error) = sent
        && let Some(secret) = leak(error)
    {
        wrong.push(format!("the error shows {secret}"));
    }
    wrong
}

impl Evidence {
    /// The requests of all connections.
    fn requests(&self) -> Requests {
        let each = self.received.iter().map(|bytes| requests(bytes));
        each.fold(Requests::default(), |mut all, more| {
            all.lines.extend(more.lines);
            all.body |= more.body;
            all.no_length |= more.no_length;
            all
        })
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for report in &self.reports {
            match report {
                Ok(sent) => write!(f, "{}, ", word(delivery(sent)))?,
                Err(unending) => write!(f, "{unending}, ")?,
            }
        }
        let connections = self.received.len();
        let plural = if connections == 1 { "" } else { "s" };
        let complete = complete_requests(self.requests().lines.len());
        write!(f, "{connections} connection{plural}, {complete}")
    }
}

fn delivery(sent: &Sent) -> Delivery {
    sent.as_ref()
        .map_or_else(|error| error.delivery(), |_| Delivery::Responded)
}

/// A request line without its query, which holds a token.
fn path(line: &str) -> &str {
    line.split('?').next().unwrap_or_default()
}

fn word(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::NotSent => "not sent",
        Delivery::Unknown => "unknown",
        Delivery::Responded => "responded",
    }
}
