//! A reply or a line of a log, as somebody pasted it, and why it failed.

use crate::envelope::{Clock, Content, Line, Reader, TimeRules, Zone};
use crate::event::{Attempt, Disposition, Event, Fact, Mta, Refusal};
use crate::knowledge::{Cause, Contradiction, Evidence, Failure, Refuser, Rules};
use crate::mta::{PARSERS, without_envelope};
use crate::smtp::reply::Stage;
use crate::smtp::{EnhancedCode, ReplyClass, ReplyCode};

/// A judged text.
#[derive(Debug, Clone)]
pub struct Told {
    /// As it was pasted.
    pub text: String,
    /// The reply or reason in it that was judged.
    pub reply: String,
    /// Three digits.
    pub reply_code: Option<ReplyCode>,
    /// x.y.z.
    pub enhanced: Option<EnhancedCode>,
    /// The MTA's verdict where it is a line, else what the codes say.
    pub class: Option<ReplyClass>,
    /// Why; None for what is no failure.
    pub cause: Option<Cause>,
    /// The rule that said so.
    pub rule: String,
    /// What decided.
    pub evidence: Evidence,
    /// The words that decided, as they stand in the text.
    pub words: Option<String>,
    /// What in the reply speaks against the rest of it.
    pub contradiction: Option<Contradiction>,
    /// What else a log line says.
    pub line: Option<LogLine>,
}

/// What a log line says besides the reply.
#[derive(Debug, Clone, Default)]
pub struct LogLine {
    /// Who wrote it.
    pub mta: Option<Mta>,
    /// The logging host.
    pub host: Option<String>,
    /// The message.
    pub queue_id: Option<String>,
    /// The recipient.
    pub recipient: Option<String>,
    /// Their server; inbound the client.
    pub peer: Option<String>,
    /// Where in the dialogue.
    pub stage: Option<Stage>,
    /// delivered, deferred, bounced, expired, rejected, skipped, discarded; `noted` for what is no try.
    pub outcome: &'static str,
    /// The logged host refused somebody.
    pub inbound: bool,
    /// The kind of line, where it is no try.
    pub kind: &'static str,
}

impl Told {
    /// A text that is a log line or a reply.
    #[must_use]
    pub fn of(text: &str, rules: &Rules) -> Self {
        Self::of_line(text, rules).unwrap_or_else(|| Self::of_reply(text, rules))
    }

    /// A reply alone.
    #[must_use]
    pub fn of_reply(text: &str, rules: &Rules) -> Self {
        let failure = Failure::of_text(text);
        let known = failure.reply_code.is_some() || failure.enhanced.is_some();
        Self::judged(text, &failure, known, rules)
    }

    fn judged(text: &str, failure: &Failure<'_>, class_known: bool, rules: &Rules) -> Self {
        let mut told = Self {
            text: text.to_owned(),
            reply: failure.text.to_owned(),
            reply_code: failure.reply_code,
            enhanced: failure.enhanced,
            class: class_known.then_some(failure.class),
            cause: None,
            rule: "none".to_owned(),
            evidence: Evidence::Nothing,
            words: None,
            contradiction: None,
            line: None,
        };
        if failure.class != ReplyClass::Positive {
            let verdict = rules.judge(failure);
            told.cause = Some(verdict.cause);
            verdict.rule.clone_into(&mut told.rule);
            told.evidence = verdict.evidence;
            told.contradiction = verdict.contradiction;
            told.words = rules.words(verdict.rule, failure.text);
        }
        told
    }

    /// A line of an MTA's log, in whatever envelope, or in none where it tells of a try or a refusal.
    #[must_use]
    pub fn of_line(text: &str, rules: &Rules) -> Option<Self> {
        let clock = Clock::begin(&TimeRules { zone: Zone::UTC, year: Some(2000) }, b"", &[], 0);
        let mut reader = Reader::new(clock);
        let (mut rest, mut scratch) = (text.as_bytes(), Vec::new());
        let entry = reader.next(&mut rest, &mut scratch)?;
        let bare = without_gap(text.as_bytes());
        let (parser, line) = match entry.content {
            Content::Line(line) => (PARSERS.iter().find(|p| (p.claims)(line.tag, line.message))?, line),
            _ => without_envelope(bare.as_deref().unwrap_or(text.as_bytes()))?,
        };
        let whole = without_gap(line.message);
        let line = Line { message: whole.as_deref().unwrap_or(line.message), ..line };
        let event = (parser.parse)(&line);
        let told = match event {
            Event::Message { id, fact: Fact::Attempt(attempt) } => Self::of_attempt(text, id, &attempt, &line, rules),
            Event::Message { id, fact: Fact::GivenUp(_) } => {
                let mut told = Self::noted(text, &line, "given up");
                told.cause = Some(Cause::Expired);
                told.class = Some(ReplyClass::Permanent);
                if let Some(one) = &mut told.line {
                    (one.queue_id, one.outcome) = (some(id), "expired");
                }
                told
            }
            Event::Message { id, fact } => {
                let mut told = Self::noted(text, &line, kind_of(&fact));
                if let Some(one) = &mut told.line {
                    one.queue_id = some(id);
                }
                told
            }
            Event::Refusal(refusal) => Self::of_refusal(text, &refusal, &line, rules),
            Event::Quiet(kind) => Self::noted(text, &line, kind),
            Event::Unparsed => return None,
        };
        let mta = Some(parser.mta);
        Some(Self { line: told.line.map(|l| LogLine { mta, ..l }), ..told })
    }

    fn of_attempt(text: &str, id: &[u8], attempt: &Attempt<'_>, line: &Line<'_>, rules: &Rules) -> Self {
        let outcome = match attempt.disposition {
            Disposition::Delivered => "delivered",
            Disposition::HandedOn => "handed on",
            Disposition::Deferred => "deferred",
            Disposition::Bounced => "bounced",
            Disposition::Expired => "expired",
            Disposition::Skipped => "skipped",
            Disposition::Discarded => "discarded",
            Disposition::Probed => "probed",
        };
        let class = match attempt.disposition {
            Disposition::Deferred | Disposition::Skipped => ReplyClass::Transient,
            Disposition::Bounced | Disposition::Expired => ReplyClass::Permanent,
            Disposition::Probed => attempt.reply.code.map_or(ReplyClass::Transient, ReplyCode::class),
            _ => ReplyClass::Positive,
        };
        let reply = String::from_utf8_lossy(attempt.reply.text);
        let failure = Failure {
            reply_code: attempt.reply.code,
            enhanced: attempt.reply.enhanced.or(attempt.dsn),
            class,
            inbound: false,
            stage: attempt.stage,
            text: &reply,
        };
        let mut told = Self::judged(text, &failure, true, rules);
        let recipients: Vec<_> = attempt.recipients.iter().collect();
        let recipient = match recipients.as_slice() {
            [one] => some(one),
            _ => None,
        };
        let peer = some(attempt.relay.host).or_else(|| some(attempt.relay.ip));
        told.line = Some(LogLine {
            host: some(line.host),
            queue_id: some(id),
            recipient,
            peer: peer.filter(|_| !attempt.local),
            stage: attempt.stage,
            outcome,
            ..LogLine::default()
        });
        told
    }

    fn of_refusal(text: &str, refusal: &Refusal<'_>, line: &Line<'_>, rules: &Rules) -> Self {
        let reply = String::from_utf8_lossy(refusal.reply.text);
        let failure = Failure {
            reply_code: refusal.reply.code,
            enhanced: refusal.reply.enhanced,
            class: refusal.class,
            inbound: true,
            stage: refusal.stage,
            text: &reply,
        };
        let mut told = Self::judged(text, &failure, true, rules);
        let name = refusal.client_name.filter(|n| *n != b"unknown").and_then(some);
        told.line = Some(LogLine {
            host: some(line.host),
            queue_id: refusal.id.and_then(some),
            recipient: refusal.recipient.and_then(some),
            peer: name.or_else(|| refusal.client_ip.and_then(some)),
            stage: refusal.stage,
            outcome: "rejected",
            inbound: true,
            ..LogLine::default()
        });
        told
    }

    /// A line without a failed try.
    fn noted(text: &str, line: &Line<'_>, kind: &'static str) -> Self {
        Self {
            text: text.to_owned(),
            reply: String::new(),
            reply_code: None,
            enhanced: None,
            class: None,
            cause: None,
            rule: "none".to_owned(),
            evidence: Evidence::Nothing,
            words: None,
            contradiction: None,
            line: Some(LogLine { host: some(line.host), outcome: "noted", kind, ..LogLine::default() }),
        }
    }

    /// Who refused: what is no line of a log is taken for an answer of somebody else.
    #[must_use]
    pub fn refuser(&self) -> Refuser {
        match &self.line {
            Some(line) if line.inbound => Refuser::Us,
            _ => Refuser::Them,
        }
    }

    /// The domain that the recipient is in.
    #[must_use]
    pub fn domain(&self) -> Option<&str> {
        let recipient = self.line.as_ref()?.recipient.as_deref()?;
        recipient.rsplit_once('@').map(|(_, domain)| domain)
    }
}

/// `to=<ann@host.example>, ... dsn=4.2.0`: somebody left out what seemed of no use.  What the grammar of Postfix
/// needs is put in its place; None for a line that is whole.
fn without_gap(message: &[u8]) -> Option<Vec<u8>> {
    let at = memchr::memmem::find(message, b", ... ")?;
    let status = memchr::memmem::find(message, b"status=")?;
    let (before, after) = (message.get(..at)?, message.get(at + 6..)?);
    if at > status {
        return None;
    }
    let fields = message.get(..status)?;
    let mut whole = before.to_vec();
    if memchr::memmem::find(fields, b"relay=").is_none() {
        // The host that is named in the reason: `(host mx.host.example[192.0.2.1] said: ...`
        let reason = message.get(status..)?;
        let host = memchr::memmem::find(reason, b"(host ").and_then(|at| reason.get(at + 6..));
        let name = host.and_then(|h| h.split(|b| *b == b' ').next()).filter(|h| h.ends_with(b"]"));
        whole.extend_from_slice(b", relay=");
        whole.extend_from_slice(name.unwrap_or(b"none"));
        whole.extend_from_slice(if name.is_some() { b":25" } else { b"" });
    }
    if memchr::memmem::find(fields, b"delay=").is_none() {
        whole.extend_from_slice(b", delay=0");
    }
    whole.extend_from_slice(b", ");
    whole.extend_from_slice(after);
    Some(whole)
}

/// What a line says that is no try.
fn kind_of(fact: &Fact<'_>) -> &'static str {
    match fact {
        Fact::Arrival(_) => "arrival of a message",
        Fact::Ended(_) => "a message left the queue",
        Fact::Notice { .. } => "a notice to the sender",
        Fact::ContinuesAs(_) => "a message goes on under another queue id",
        Fact::Held => "a message is held",
        Fact::Released => "a message is released",
        Fact::HostTrouble => "trouble with one host; the verdict on the recipients is another line",
        Fact::Discarded => "a message was thrown away by a rule",
        Fact::Refused(_) => "a refusal by this host",
        Fact::Probe => "an address probe",
        Fact::Quiet(kind) => kind,
        Fact::Attempt(_) | Fact::GivenUp(_) => "",
    }
}

fn some(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| String::from_utf8_lossy(bytes).into_owned())
}
