//! Where local parts stand in any text: in addresses of every form, in fields, in brackets, alone.
//!
//! Rather one word too many than one too few: a text that says less is still a text, a name that got out stays out.
//! Knows the envelopes of no MTA: lines are other people's words like any other.

use std::collections::HashSet;
use std::ops::Range;

/// What an at sign looks like: plain, in a URL, in HTML, in JSON.
const AT: [&str; 5] = ["@", "%40", "&#64;", "&#x40;", "\\u0040"];

/// Fields that hold an address in brackets or with a domain, beside [`BARE_KEYS`].
const KEYS: [&str; 5] = ["sender", "recipient", "rcpt", "id", "F"];

/// Fields that hold an address or a local part alone: of Postfix, Sendmail, Exim and those who log in.
const BARE_KEYS: [&str; 13] = [
    "from",
    "to",
    "orig_to",
    "ctladdr",
    "user",
    "username",
    "login",
    "ruser",
    "authid",
    "sasl_username",
    "sasl_sender",
    "mailfrom",
    "U",
];

/// Marks of reply templates, which are nobody's names.
const MARKS: [&str; 8] = ["address", "user", "ip", "host", "url", "time", "id", "number"];

/// Words that are local parts of many, and words of every reply: alone they tell nobody.
const COMMON: [&str; 84] = [
    "abuse",
    "access",
    "account",
    "accounts",
    "address",
    "admin",
    "administrator",
    "and",
    "anonymous",
    "apache",
    "billing",
    "blocked",
    "bounce",
    "bounces",
    "cleanup",
    "client",
    "command",
    "connection",
    "contact",
    "cron",
    "daemon",
    "data",
    "deferred",
    "delivery",
    "domain",
    "error",
    "exim",
    "for",
    "from",
    "full",
    "ftp",
    "help",
    "host",
    "hostmaster",
    "info",
    "list",
    "local",
    "login",
    "mail",
    "mailbox",
    "mailer-daemon",
    "message",
    "messages",
    "myhost",
    "news",
    "no-reply",
    "nobody",
    "noreply",
    "not",
    "office",
    "orders",
    "pipe",
    "policy",
    "postfix",
    "postmaster",
    "qmgr",
    "queue",
    "recipient",
    "rejected",
    "relay",
    "remote",
    "reply",
    "root",
    "sales",
    "sender",
    "sendmail",
    "server",
    "service",
    "size",
    "smtp",
    "smtpd",
    "spam",
    "status",
    "support",
    "test",
    "the",
    "time",
    "unknown",
    "user",
    "users",
    "virtual",
    "vmail",
    "webmaster",
    "www-data",
];

/// The spans of all local parts of `text`, in order and apart.  `known` are local parts in lower case that are to be
/// found where they stand alone.
pub(super) fn local_parts(text: &str, known: &HashSet<String>) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    before_at_signs(text, &mut spans);
    in_brackets(text, &mut spans);
    in_fields(text, &mut spans);
    after_arrows(text, &mut spans);
    // Who has an address here may stand here without it: `to=<ann@host.example> ... 550 ann: unknown`.
    let mut here: HashSet<String> = HashSet::new();
    for span in &spans {
        let local = text.get(span.clone()).unwrap_or_default().trim_matches('"').to_lowercase();
        if is_telling(&local) {
            here.insert(local);
        }
    }
    spans.extend(words(text, known));
    spans.extend(words(text, &here));
    spans.sort_by_key(|s| (s.start, std::cmp::Reverse(s.end)));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for span in spans {
        if apart.last().is_none_or(|last| last.end <= span.start) {
            apart.push(span);
        }
    }
    apart
}

/// Does a local part tell anything where it stands alone?
pub(super) fn is_telling(local: &str) -> bool {
    local.len() > 1 && !COMMON.contains(&local)
}

/// May the character be in a local part without quotes (RFC 5322 section 3.2.3, RFC 6531 section 3.3)?
fn is_local(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c) || !c.is_ascii() && !c.is_whitespace()
}

fn before_at_signs(text: &str, spans: &mut Vec<Range<usize>>) {
    for sign in AT {
        for (end, _) in text.match_indices(sign) {
            let before = text.get(..end).unwrap_or_default();
            let start = if before.ends_with('"') { quoted(before) } else { None };
            let start = start.unwrap_or_else(|| plain(before));
            if start < end {
                spans.push(start..end);
            }
        }
    }
}

/// Where `"john doe"` begins, of which `before` has the end.
fn quoted(before: &str) -> Option<usize> {
    // RFC 5321 section 4.5.3.1.1 allows 64; escapes may double it.
    const LONGEST: usize = 160;
    let inner = before.strip_suffix('"')?.trim_end_matches('\\');
    let start = inner.rfind('"')?;
    (before.len() - start <= LONGEST).then_some(start)
}

/// Where the local part begins that `before` ends with.
fn plain(before: &str) -> usize {
    let mut start = before.len();
    for (i, c) in before.char_indices().rev() {
        if !is_local(c) {
            break;
        }
        start = i;
    }
    let mut local = before.get(start..).unwrap_or_default();
    // A line break that the log has as `\n` or `#012`.
    if before.get(..start).is_some_and(|b| b.ends_with('\\')) && local.starts_with(['n', 'r', 't']) {
        local = local.get(1..).unwrap_or_default();
    }
    for mark in ["#012", "#015", "#011"] {
        local = local.rsplit_once(mark).map_or(local, |(_, after)| after);
    }
    // `from=ann` without brackets; `bounce=ann` is a local part.
    if let Some((key, value)) = local.split_once('=')
        && (KEYS.contains(&key) || BARE_KEYS.contains(&key))
    {
        local = value;
    }
    local = local.trim_start_matches(['\'', '`']);
    before.len() - local.len()
}

/// `<ann>`: a local part alone.
fn in_brackets(text: &str, spans: &mut Vec<Range<usize>>) {
    for (open, _) in text.match_indices('<') {
        let start = open + 1;
        let rest = text.get(start..).unwrap_or_default();
        let Some(length) = rest.find(['>', '<', ' ', '@']).filter(|_| !rest.starts_with('/')) else { continue };
        let (inner, after) = rest.split_at(length);
        let is_name = after.starts_with('>') && !inner.is_empty() && inner.chars().all(is_local);
        let of_host =
            text.get(..open).is_some_and(|b| b.ends_with("helo=") || b.ends_with("EHLO ") || b.ends_with("HELO "))
                || after.starts_with(">: Helo command")
                || MARKS.contains(&inner);
        if is_name && !of_host {
            spans.push(start..start + length);
        }
    }
}

/// `sasl_username=ann`, `from=ann,`, `A=plain:ann`.
fn in_fields(text: &str, spans: &mut Vec<Range<usize>>) {
    for (sign, _) in text.match_indices('=') {
        let before = text.get(..sign).unwrap_or_default();
        let key = before.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or_default();
        let mut start = sign + 1;
        let value = text.get(start..).unwrap_or_default();
        let end = value.find([' ', ',', ';', ')', '"', '\t', '\\']).unwrap_or(value.len());
        let mut value = value.get(..end).unwrap_or_default();
        if key == "A" {
            // The authenticator, then who it was (Exim).
            let Some((mechanism, login)) = value.split_once(':') else { continue };
            start += mechanism.len() + 1;
            value = login;
        } else if !BARE_KEYS.contains(&key) {
            continue;
        }
        if !value.is_empty() && !value.starts_with(['<', '[', '>']) && !value.contains('@') {
            spans.push(start..start + value.len());
        }
    }
}

/// `=> ann <ann@host.example>`: Exim names a local user without a domain.
fn after_arrows(text: &str, spans: &mut Vec<Range<usize>>) {
    for arrow in [" => ", " -> ", " ** ", " == ", " *> ", " >> ", " <= "] {
        for (at, _) in text.match_indices(arrow) {
            let start = at + arrow.len();
            let rest = text.get(start..).unwrap_or_default();
            let name = rest.split(' ').next().unwrap_or_default();
            if name.chars().next().is_some_and(|c| c.is_alphanumeric())
                && !name.contains('@')
                && name.chars().all(is_local)
            {
                spans.push(start..start + name.len());
            }
        }
    }
}

/// Words that are one of `known`, wherever they stand alone: not within a domain, a host or another word.
pub(super) fn words(text: &str, known: &HashSet<String>) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    if known.is_empty() {
        return spans;
    }
    let is_word = |c: char| c.is_alphanumeric() || "._+-=".contains(c);
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(skip) = rest.find(is_word) else { break };
        let start = at + skip;
        let word = text.get(start..).unwrap_or_default();
        let length = word.find(|c| !is_word(c)).unwrap_or(word.len());
        at = start + length;
        let word = word.get(..length).unwrap_or_default();
        let trimmed = word.trim_end_matches(['.', '-', '=']);
        let of_domain = text.get(..start).is_some_and(|b| b.ends_with('@'));
        // A field and its value: `user=ann`.
        let (skip, name) = match trimmed.split_once('=') {
            Some((key, value)) if !known.contains(&trimmed.to_lowercase()) => (key.len() + 1, value),
            _ => (0, trimmed),
        };
        if !name.is_empty() && !of_domain && known.contains(&name.to_lowercase()) {
            spans.push(start + skip..start + skip + name.len());
        }
    }
    spans
}
