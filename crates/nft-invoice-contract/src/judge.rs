use std::collections::BTreeSet;
use std::fmt;

use nft_invoice_transport::Delivery;

use crate::row::Row;
use crate::subject::Sent;
use crate::traffic::{Requests, leak, lie_in, requests, secret_in};

/// What came of a row: what the transport reported, and what the servers saw.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// For each send; an error is a send that did not end.
    pub(crate) reports: Vec<Result<Sent, String>>,
    pub(crate) methods: &'static [&'static str],
    /// What each connection of the server got.
    pub(crate) received: Vec<Vec<u8>>,
    /// The same of the server that nobody may talk to.
    pub(crate) elsewhere: Vec<Vec<u8>>,
    /// Whether the gate of a send that was given up says that nothing left.
    pub(crate) stayed: bool,
}

/// What would be right, in words.
pub(crate) fn expected(row: &Row) -> String {
    let words: Vec<_> = row.allowed().iter().copied().map(word).collect();
    let verdict = if words.is_empty() {
        "given up".to_owned()
    } else {
        words.join(" or ")
    };
    let (least, most) = (row.requests.start(), row.requests.end());
    if least == most {
        format!("{verdict}, {most} complete")
    } else {
        format!("{verdict}, {least} to {most} complete")
    }
}

/// Everything that is wrong with it, a sentence each.
pub(crate) fn judge(row: &Row, evidence: &Evidence) -> Vec<String> {
    let Requests {
        lines,
        body,
        endless,
    } = evidence.requests();
    if endless {
        // What the server made of it says nothing of the transport.
        return vec![
            "the request came without a Content-Length, by which the suite finds its end".into(),
        ];
    }
    let mut wrong = Vec::new();
    for (report, method) in evidence.reports.iter().zip(evidence.methods) {
        match report {
            Err(unending) => wrong.push(format!("the send {unending}")),
            Ok(sent) => wrong.extend(misreported(row, method, sent)),
        }
    }

    let connections = evidence.received.len();
    if connections > evidence.methods.len() {
        let sends = evidence.methods.len();
        wrong.push(format!(
            "{connections} connections for {sends}: one send is one attempt"
        ));
    }
    if !row.requests.contains(&lines.len()) {
        let right = expected(row);
        wrong.push(format!(
            "the server read {} complete requests; right is: {right}",
            lines.len()
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
            wrong.push("a create went over a connection that had been used".into());
        }
    }

    let not_sent = evidence
        .reports
        .iter()
        .any(|report| matches!(report, Ok(Err(error)) if error.delivery() == Delivery::NotSent));
    if body && (not_sent || evidence.stayed) {
        wrong.push("said to be not sent, and the server got a part of the body".into());
    }
    if row.private
        && let Some(secret) = secret_in(&evidence.received.concat())
    {
        wrong.push(format!("the server saw {secret}, which it must not"));
    }
    if let (true, Some(lie)) = (row.lies, lie_in(&evidence.received.concat())) {
        wrong.push(format!(
            "the {lie} that the request came with was passed on"
        ));
    }
    if !evidence.elsewhere.is_empty() {
        let saw = secret_in(&evidence.elsewhere.concat());
        wrong.push(format!(
            "went to another host, which saw {}",
            saw.unwrap_or("a connection")
        ));
    }
    wrong
}

/// What is wrong with a single report.
fn misreported(row: &Row, method: &str, sent: &Sent) -> Vec<String> {
    let mut wrong = Vec::new();
    let delivery = delivery(sent);
    // Reads may fail: they can be repeated.
    let may_fail = method == "GET" && delivery == Delivery::Unknown;
    if !row.allowed().contains(&delivery) && !may_fail {
        let reported = word(delivery);
        wrong.push(format!(
            "reported as {reported}; right is: {}",
            expected(row)
        ));
    } else if let (Ok(got), Some((status, body))) = (sent, row.answer())
        && (got.status().as_u16() != status || got.body().as_bytes() != body)
    {
        wrong.push(format!(
            "the answer is {status} with {} bytes; reported is {} with {}, or others",
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
    /// Those of all connections.
    fn requests(&self) -> Requests {
        let each = self.received.iter().map(|bytes| requests(bytes));
        each.fold(Requests::default(), |mut all, more| {
            all.lines.extend(more.lines);
            all.body |= more.body;
            all.endless |= more.endless;
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
        let lines = self.requests().lines;
        let connections = self.received.len();
        write!(f, "{connections} connections, {} complete", lines.len())
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
        Delivery::Responded => "answered",
    }
}
