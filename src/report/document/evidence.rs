//! The lines that show a finding: where, when, and what they say, as short as it is clear.
//!
//! `mail.log:1144  08:21:39  554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using ...`

use std::borrow::Cow;

use hashbrown::HashSet;

use super::cases::groups;
use crate::analyze::Analysis;
use crate::analyze::analysis::{DeadEnd, DeadEndItem, Evidence};
use crate::knowledge::detectors::Shows;
use crate::report::words;

/// A line that shows it.
#[derive(Debug, Clone)]
pub struct EvidenceLine {
    /// `mail.log:1144`
    pub place: String,
    /// `08:21:39`
    pub time: String,
    /// The queue id, where the words do not begin with it.
    pub queue_id: Option<String>,
    /// What it says.
    pub says: String,
}

/// The lines to show, at most so many.  What is about hosts or addresses is shown by one line of each, the one with
/// most tries first; what is about one thing after another, by the lines of the worst case.
pub(super) fn lines(end: &DeadEnd, places: &Places, most: usize) -> Vec<EvidenceLine> {
    let mut items: Vec<&DeadEndItem> = groups(end).into_iter().flat_map(|g| g.items).collect();
    let mut first: Vec<&Evidence> = Vec::new();
    match end.kind.info().evidence {
        Shows::Each => {
            // Two hosts that say the same show one thing only.
            let mut said = HashSet::new();
            let heads = groups(end).into_iter().filter_map(|g| g.items.first()?.evidence.first());
            first.extend(heads.filter(|e| said.insert(&e.reply)).take(most));
        }
        Shows::Worst => {}
        Shows::DeadAddress => items.sort_by_key(|i| !i.codes.iter().any(|c| c.contains(" 5.1."))),
        Shows::InTurn => {
            items.sort_by(|a, b| a.first.cmp(&b.first));
            first.extend(items.iter().flat_map(|i| &i.evidence).filter(|e| !e.reply.is_empty()).take(most));
        }
    }
    let mut shown: HashSet<(&str, u64)> = HashSet::new();
    let rest = items.into_iter().flat_map(|i| &i.evidence);
    let all = first.into_iter().chain(rest).filter(|e| shown.insert((&e.file, e.line)));
    all.take(most).map(|e| line(e, places)).collect()
}

fn line(line: &Evidence, places: &Places) -> EvidenceLine {
    let (id, text) = (line.queue_id.as_deref(), line.text.text());
    let says = match line.reply.as_str() {
        "" => after_envelope(&text, id),
        reply => as_logged(reply, &text).unwrap_or(Cow::Borrowed(reply)),
    };
    EvidenceLine {
        place: format!("{}:{}", places.short(&line.file), line.line),
        time: words::time(&line.time).map(|t| t.format(places.clock).to_string()).unwrap_or_default(),
        queue_id: line.queue_id.clone().filter(|id| !says.starts_with(id.as_str())),
        says: says.into_owned(),
    }
}

/// The reply as it stands in its line, where its template can be found there: from `450 4.1.1 <address>: User
/// unknown` and the whole line to `450 4.1.1 User unknown`, with names and numbers as they were logged.
fn as_logged<'a>(template: &str, text: &'a str) -> Option<Cow<'a, str>> {
    const LEAST: usize = 4;
    // Lines that are objects have escapes, and go on after the message.
    if text.starts_with('{') {
        return None;
    }
    let (fixed, rest) = template.split_once('<').map_or((template, ""), |(fixed, rest)| (fixed, rest));
    let (found, length) = if fixed.len() >= LEAST {
        // Sendmail says it twice; the first line of a reply of several has a dash (RFC 5321 section 4.2.1).
        let found = text.rfind(fixed).or_else(|| {
            let (code, words) = fixed.split_once(' ')?;
            text.rfind(&format!("{code}-{}", words.trim_end())).filter(|_| code.len() == 3)
        })?;
        // The line may break where the template has its last space.
        (found, fixed.trim_end().len())
    } else {
        // `<host>.: Network is unreachable`: the word before what is fixed.
        let (_, after) = rest.split_once('>')?;
        let after = after.split('<').next().filter(|a| a.len() >= LEAST)?;
        let found = text.rfind(after)?;
        let word = text.get(..found)?.rfind(' ').map_or(0, |i| i + 1);
        (word, found - word)
    };
    let (head, tail) = text.get(found..)?.split_at_checked(length)?;
    let address = fixed.len() >= LEAST && rest.starts_with("address>");
    let tail = before_end(if address { after_address(tail.trim_start()) } else { tail });
    Some(match address {
        true => Cow::Owned(format!("{head} {tail}")),
        false => text.get(found..found + head.len() + tail.len())?.into(),
    })
}

/// Without what an MTA adds: Postfix ` (in reply to RCPT TO command))`, Sendmail `, stat=Service unavailable`.
fn before_end(text: &str) -> &str {
    let added = [" (in reply to ", ", stat="].into_iter().filter_map(|mark| text.rfind(mark)).min();
    match added {
        Some(end) => text.get(..end).unwrap_or(text),
        None if text.matches(')').count() > text.matches('(').count() => text.strip_suffix(')').unwrap_or(text),
        None => text,
    }
}

/// What follows `<ann@host.example>: `, with or without what is around an address.
fn after_address(text: &str) -> &str {
    let end = match text.strip_prefix('<').and_then(|t| t.find('>')) {
        Some(end) => end + 2,
        None => text.find([' ', ':', ';', ',']).unwrap_or(0),
    };
    text.get(end..).unwrap_or(text).trim_start_matches(['>', ':', '.', ',', ' '])
}

/// The words of an MTA after the envelope: from the queue id on, and which program of Postfix said it.
///
/// `... mx1 postfix/smtpd[832]: B2F4FA2030F: client=localhost[127.0.0.1]` becomes
/// `B2F4FA2030F: client=localhost[127.0.0.1] (smtpd)`.
fn after_envelope<'a>(text: &'a str, id: Option<&str>) -> Cow<'a, str> {
    let found = id.filter(|id| !id.is_empty()).and_then(|id| text.find(id));
    // Without a queue id: after `program[pid]: `.
    let found = found.or_else(|| text.find("]: ").map(|i| i + 3).filter(|i| *i < 200));
    let Some((before, says)) = found.and_then(|i| text.split_at_checked(i)) else { return text.into() };
    let program = before.trim_end().strip_suffix("]:").and_then(|b| b.rsplit_once('[')).map_or("", |(b, _)| b);
    match program.rsplit_once('/') {
        Some((_, name)) if !name.is_empty() && !name.contains(' ') => Cow::Owned(format!("{says} ({name})")),
        _ => says.into(),
    }
}

/// Where and when evidence is, as short as it is clear.
pub(super) struct Places {
    /// File names without their folders: that still names each file.
    short: bool,
    /// With the day, where there is more than one.
    clock: &'static str,
}

impl Places {
    pub(super) fn of(analysis: &Analysis) -> Self {
        let mut seen = HashSet::new();
        let bound = |t: &Option<String>| t.as_deref().and_then(words::time);
        let long = match (bound(&analysis.window.first), bound(&analysis.window.last)) {
            (Some(first), Some(last)) => (last - first).num_hours() >= 24,
            _ => false,
        };
        Self {
            short: analysis.input.files.iter().all(|f| seen.insert(base(&f.name))),
            clock: if long { "%m-%d %H:%M:%S" } else { "%H:%M:%S" },
        }
    }

    fn short<'a>(&self, name: &'a str) -> &'a str {
        if self.short { base(name) } else { name }
    }
}

fn base(name: &str) -> &str {
    name.rsplit('/').next().filter(|b| !b.is_empty()).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_reads_as_it_was_logged() {
        let unknown = "450 4.1.1 <address>: User unknown";
        for (template, text, says) in [
            (
                unknown,
                "Mar  4 06:03:31 mx1 postfix/smtp[270]: E735: to=<ann@host.example>, status=deferred (host mx.host.example\
                 [192.0.2.3] said: 450 4.1.1 <ann@host.example>: User unknown (in reply to RCPT TO command))",
                Some("450 4.1.1 User unknown"),
            ),
            (
                "554 5.7.1 Client host [<ip>] blocked using zen.dnsbl.example",
                "... refused to talk to me: 554 5.7.1 Client host [192.0.2.10] blocked using zen.dnsbl.example)",
                Some("554 5.7.1 Client host [192.0.2.10] blocked using zen.dnsbl.example"),
            ),
            (
                unknown,
                "E7: to=<ann@host.example>, reply=450 4.1.1 <ann@host.example>... User unknown, stat=Deferred: 450 4.1.1 \
                 <ann@host.example>... User unknown",
                Some("450 4.1.1 User unknown"),
            ),
            (
                "452 4.2.2 The inbox is full. See <url>",
                r"... after RCPT TO:<ann@host.example>: 452-4.2.2 The inbox is full. See\n452 4.2.2 https://help.example",
                Some(r"452-4.2.2 The inbox is full. See\n452 4.2.2 https://help.example"),
            ),
            ("550 (see list) no", "said: 550 (see list) no)", Some("550 (see list) no")),
            (unknown, "450 4.1.1 ", Some("450 4.1.1 ")),
            (unknown, r#"{"MESSAGE":"said: 450 4.1.1 <ann@host.example>: User unknown","PID":1}"#, None),
            ("<address> no", "whatever", None),
            (
                "<host>.: Network is down",
                "E7: stat=Deferred: mx.host.example.: Network is down",
                Some("mx.host.example.: Network is down"),
            ),
            ("503 5.5.1 no", "E7: reply=503 5.5.1 no, stat=Service unavailable", Some("503 5.5.1 no")),
            ("é<ip>", "éa", None),
        ] {
            assert_eq!(as_logged(template, text).as_deref(), says, "{text}");
        }
    }

    #[test]
    fn a_line_without_a_reply_begins_after_its_envelope() {
        for (text, id, says) in [
            (
                "2025-03-04T08:43:53+00:00 mx1 postfix/smtpd[832]: B2F4: client=localhost[127.0.0.1]",
                Some("B2F4"),
                "B2F4: client=localhost[127.0.0.1] (smtpd)",
            ),
            (
                "2025-03-04 08:43:53 1tSd-00-0m <= ann@host.example",
                Some("1tSd-00-0m"),
                "1tSd-00-0m <= ann@host.example",
            ),
            ("Jun  2 05:12:36 mx1 sendmail[800]: 5529: from=<a@b.example>", Some("5529"), "5529: from=<a@b.example>"),
            ("Jun  2 05:12:36 mx1 sendmail[800]: rejecting", None, "rejecting"),
            ("no envelope", Some("B2F4"), "no envelope"),
        ] {
            assert_eq!(after_envelope(text, id), says);
        }
    }
}
