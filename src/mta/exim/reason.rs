//! Why: the text at the end of a failure, a deferral or a host line.
//!
//! It is the remote server's reply where Exim says so in its own words before it, and Exim's own reason
//! elsewhere.  A remote server may say `retry timeout exceeded` too; only Exim's place counts.
//!
//! `SMTP error from remote mail server after RCPT TO:<u@x.example>: 450 4.2.0 Greylisted`

use memchr::{memchr, memmem};
use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::combinator::{opt, value};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser as _};

use super::words::{Host, angle, bracketed, colon};
use crate::smtp::ReplyCode;
use crate::smtp::reply::{Reply, Stage};

/// What stands after the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reason<'a> {
    /// The far side's answer, or Exim's reason without a code.
    pub reply: Reply<'a>,
    /// Where in the dialogue.
    pub stage: Option<Stage>,
    /// The host, where the text names it: up to 4.84, which has no `H=` here.
    pub host: Option<Host<'a>>,
    /// The far side said it.
    pub remote: bool,
}

/// How Exim begins a text that is about the dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    /// A reply follows the stage.
    Reply,
    /// The stage is the end of it.
    Own,
}

/// Reads the text of a line.
pub(super) fn reason(text: &[u8]) -> Reason<'_> {
    let own = Reason { reply: Reply::own(text), stage: None, host: None, remote: false };
    let Ok((rest, (lead, host))) = lead(text) else { return own };
    let (stage, rest) = stage(rest);
    if lead == Lead::Own {
        return Reason { stage, host, ..own };
    }
    let rest = rest.strip_prefix(b": ").unwrap_or(rest);
    let (host, rest) = quirk_host_in_text(rest).map_or((host, rest), |(host, rest)| (Some(host), rest));
    Reason { reply: reply(rest), stage, host, remote: true }
}

/// The words before the stage: `smtp.c` and `lmtp.c`, `check_response`.
fn lead(input: &[u8]) -> IResult<&[u8], (Lead, Option<Host<'_>>), ()> {
    let kind = match input.first() {
        Some(b'S' | b'L' | b'R' | b'M') => input,
        _ => return Err(nom::Err::Error(())),
    };
    let protocol = || alt((tag("SMTP"), tag("LMTP")));
    let error = value(
        (Lead::Reply, None),
        (
            protocol(),
            tag(" error"),
            opt(alt((tag(" from remote mail server"), tag(" from remote mailer")))),
            tag(" after "),
        ),
    );
    let timeout = preceded(
        (protocol(), tag(" timeout")),
        terminated(opt(preceded(tag(" while connected to "), named)), tag(" after ")),
    )
    .map(|host| (Lead::Own, host));
    let closed = preceded(
        tag("Remote host"),
        terminated(opt(preceded(tag(" "), named)), tag(" closed connection in response to ")),
    )
    .map(|host| (Lead::Own, host));
    let malformed = preceded(
        (tag("Malformed "), protocol(), tag(" reply"), opt(tag(" (an empty line)"))),
        terminated(opt(preceded(tag(" from "), named)), tag(" in response to ")),
    )
    .map(|host| (Lead::Own, host));
    alt((error, timeout, closed, malformed)).parse(kind)
}

/// `mx.x.example [203.0.113.3]`
fn named(input: &[u8]) -> IResult<&[u8], Host<'_>, ()> {
    let end = memchr(b' ', input).ok_or(nom::Err::Error(()))?;
    let (ip, rest) = bracketed(&input[end + 1..]).ok_or(nom::Err::Error(()))?;
    Ok((rest, Host { name: &input[..end], helo: None, ip }))
}

/// The command that was answered, and what follows it: `pipelined RCPT TO:<u@x>`, `end of data`.
fn stage(text: &[u8]) -> (Option<Stage>, &[u8]) {
    let text = text.strip_prefix(b"pipelined ").unwrap_or(text);
    let (stage, rest) = match text {
        [b'R', b'C', b'P', b'T', b' ', b'T', b'O', b':', rest @ ..] => return (Some(Stage::Rcpt), after_path(rest)),
        [b'M', b'A', b'I', b'L', b' ', b'F', b'R', b'O', b'M', b':', rest @ ..] => {
            return (Some(Stage::Mail), after_path(rest));
        }
        _ => {
            // No other command holds what a stranger wrote; AUTH shows its mechanism only.
            let end = colon(text).unwrap_or(text.len());
            text.split_at(end)
        }
    };
    let is = |word: &[u8]| stage.starts_with(word);
    let stage = match stage.first() {
        Some(b'i') if is(b"initial connection") => Stage::Connect,
        Some(b'E' | b'H') if is(b"EHLO") || is(b"HELO") => Stage::Hello,
        Some(b'L') if is(b"LHLO") => Stage::Hello,
        Some(b'e') if is(b"end of data") => Stage::EndOfData,
        Some(b's') if is(b"sending data block") => Stage::EndOfData,
        Some(b'D') if is(b"DATA") => Stage::Data,
        Some(b'B') if is(b"BDAT") => Stage::EndOfData,
        Some(b'S') if is(b"STARTTLS") => Stage::StartTls,
        Some(b'T') if is(b"TLS-on-connect") => Stage::StartTls,
        Some(b'A') if is(b"AUTH") => Stage::Auth,
        _ => Stage::Other,
    };
    (Some(stage), rest)
}

/// Steps over `<a@x>` and parameters, to the colon before the reply: `<a@x> SIZE=1447: 452 ...`.
fn after_path(text: &[u8]) -> &[u8] {
    let rest = if text.first() == Some(&b'<') { angle(text).1 } else { text };
    match colon(rest) {
        Some(at) => &rest[at..],
        None => b"",
    }
}

/// `host mx.x.example [203.0.113.3]: 550 ...`: up to 4.84 the host stands in the text, from 4.85 in `H=`.
///
/// A reply begins with three digits, so a server of today cannot be taken for it.
fn quirk_host_in_text(text: &[u8]) -> Option<(Host<'_>, &[u8])> {
    let (rest, host) = named(text.strip_prefix(b"host ")?).ok()?;
    Some((host, rest.strip_prefix(b": ")?))
}

/// A reply: three digits, and then a blank, a hyphen or the end (`203.0.113.5 is listed` is none).
pub(super) fn reply(text: &[u8]) -> Reply<'_> {
    match text.get(3) {
        None | Some(b' ' | b'-') if ReplyCode::parse(text).is_some() => Reply::parse(text),
        _ => Reply::own(text),
    }
}

/// Was the recipient given up for its age?  `retry.c`: `retry timeout exceeded`, alone or after the last
/// reason; `smtp.c`: the host list expired, with or without a try for this message; `deliver.c`: it was frozen for longer
/// than timeout_frozen_after.
pub(super) fn is_expiry(text: &[u8], reason: &Reason<'_>) -> bool {
    if reason.remote {
        return false;
    }
    matches!(text, b"retry timeout exceeded" | b"delivery cancelled; message timed out")
        || text.ends_with(b": retry timeout exceeded")
        || (text.starts_with(b"all hosts") && memmem::find(text, b" have been failing for a long time ").is_some())
}

/// Does the text say that nothing was tried?  By the text, as the numbers moved in 4.95.
pub(super) fn is_skip(text: &[u8]) -> bool {
    const EXACT: [&[u8]; 9] = [
        b"retry time not reached",
        b"Retry time not yet reached",
        b"domain is in queue_domains",
        b"domain is held",
        b"concurrency limit reached for transport",
        b"reusing SMTP connection skips previous routing defer",
        b"SMTP delivery explicitly queued",
        b"remote deliveries suppressed",
        b"no host found for existing SMTP connection",
    ];
    const BEGIN: [&[u8]; 3] = [
        b"retry time not reached for any host",
        b"connection limit reached for all hosts",
        b"first-pass only routing due to -odqs, queue_smtp_domains",
    ];
    EXACT.contains(&text) || BEGIN.iter().any(|begin| text.starts_with(begin))
}
