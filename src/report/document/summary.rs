//! What happened and what it cost, in one sentence with the figures of the log.
//!
//! `74 recipients (25 addresses) got the same answer at every try; 254 tries were in vain.`

use std::collections::BTreeMap;

use super::cases::{
    address_named, apart, between, is_cut, list_named, of_class, one_next_hop, recipients, span, tries, wants_tls,
    worst,
};
use crate::analyze::analysis::{DeadEnd, DeadEndItem};
use crate::knowledge::detectors::Kind;
use crate::report::words;

/// What the items tell.
pub(super) fn summary(end: &DeadEnd) -> String {
    match end.kind {
        Kind::EndlessDeferral => format!(
            "{}{} got the same answer again and again{}.",
            words::counted(end.count, "recipient"),
            match recipients(&end.items) {
                n if n == end.count => String::new(),
                _ => format!(" ({})", addresses(end)),
            },
            in_vain(end),
        ),
        Kind::BlocklistedSending => blocklisted(end),
        Kind::AuthMissing => auth(end),
        Kind::WrongCode => wrong_code(end),
        Kind::BadSequence => format!(
            "{} answered 503 to {}{}.",
            answerer(end),
            words::tries(end.count),
            quoted(end).map(|q| format!(": \"{q}\"")).unwrap_or_default()
        ),
        Kind::NoBackoff => match worst(end).filter(|_| end.items.len() > 1) {
            Some(item) => format!("Tries in a row at gaps that do not grow. Worst: {}.", case(end, item)),
            None => format!("{} in a row at gaps that do not grow{}.", words::tries(tries(end)), in_vain(end)),
        },
        Kind::ImmediateRetry => format!(
            "{} right after a temporary answer, {} of them delivered.",
            words::tries(end.count),
            words::count(end.delivered),
        ),
        Kind::ImmediateResend => format!(
            "{} while the first was still queued; {} of them arrived too.",
            words::counted(end.count, "new message"),
            words::count(end.delivered)
        ),
        Kind::RetryAfterPermanent => format!(
            "{} to {} that had been refused for good before.",
            words::counted(end.count, "new message"),
            addresses(end),
        ),
        Kind::RecipientDropped => dropped(end),
        Kind::SenderHop => format!(
            "{} got it again from another sender domain{} a 4xx.",
            addresses(end),
            match apart(end) {
                Some((_, most)) => format!(" within {} of", words::duration(most)),
                None => " after".to_owned(),
            },
        ),
    }
}

/// `27 tries to khan67@softbounce.example in 29 min`
pub(super) fn case(end: &DeadEnd, item: &DeadEndItem) -> String {
    let who = item.recipient.as_deref().map(|who| format!(" to {}", words::name(who))).unwrap_or_default();
    let span = span(item).filter(|s| !end.kind.info().bursts || *s / item.attempts.max(1) < 3600);
    let span = span.map(|s| format!(" in {}", words::duration(s))).unwrap_or_default();
    format!("{}{who}{span}", words::tries(item.attempts))
}

/// `25 addresses`
pub(super) fn addresses(end: &DeadEnd) -> String {
    let least = if is_cut(end) { "at least\u{a0}" } else { "" };
    match recipients(&end.items) {
        1 => "1\u{a0}address".to_owned(),
        n => format!("{least}{}\u{a0}addresses", words::count(n)),
    }
}

/// `oldserver.example`, `3 domains`
fn hosts(end: &DeadEnd) -> String {
    let name = |i: &DeadEndItem| i.domain.as_deref().or(i.relay.as_deref()).map(words::name);
    match end.items.as_slice() {
        [one] => name(one).unwrap_or_else(|| "One host".to_owned()),
        items => {
            let least = if is_cut(end) { "at least\u{a0}" } else { "" };
            format!("{least}{}\u{a0}domains", words::count(items.len() as u64))
        }
    }
}

/// The same, or `smtp.carrier.example (for 3 domains)` where one next hop takes the mail of all.
fn answerer(end: &DeadEnd) -> String {
    match one_next_hop(end) {
        Some(relay) => format!("{} (for {})", words::name(relay), hosts(end)),
        None => hosts(end),
    }
}

/// `; 254 tries were in vain`
fn in_vain(end: &DeadEnd) -> String {
    match end.attempts_wasted {
        0 => String::new(),
        1 => "; 1\u{a0}try was in vain".to_owned(),
        n => format!("; {} were in vain", words::tries(n)),
    }
}

/// `fortress.example refuses 192.0.2.10 as blocklisted (zen.dnsbl.example); 138 tries came after the first such answer.`
fn blocklisted(end: &DeadEnd) -> String {
    let refuse = if end.items.len() == 1 { "refuses" } else { "refuse" };
    let address = address_named(end).unwrap_or_else(|| "our address".to_owned());
    let list = list_named(end).map(|list| format!(" ({})", words::name(list))).unwrap_or_default();
    let after = match end.attempts_wasted {
        0 => String::new(),
        n => format!("; {} came after the first such answer", words::tries(n)),
    };
    format!("{} {refuse} {address} as blocklisted{list}{after}.", hosts(end))
}

/// `They want a login (14 times) and STARTTLS first (10 times), and get neither.`
fn auth(end: &DeadEnd) -> String {
    let who = answerer(end);
    let sum = |tls| end.items.iter().filter(|i| wants_tls(i) == tls).map(|i| i.attempts).sum::<u64>();
    match (sum(false), sum(true)) {
        (0, tls) => format!("{who} asked for STARTTLS first, {}, and got none.", words::times(tls)),
        (login, 0) => format!("{who} asked for a login, {}, and got none.", words::times(login)),
        (login, tls) => {
            format!(
                "They want a login ({}) and STARTTLS first ({}), and get neither.",
                words::times(login),
                words::times(tls)
            )
        }
    }
}

/// What a code of the wrong class says, and what it is said of.
const SAID: [(char, &str, &str); 2] = [('4', "later", "unknown users"), ('5', "never", "greylisting")];

/// `450 (later) for unknown users, 80 times; 550 (never) for greylisting, 9.`
fn wrong_code(end: &DeadEnd) -> String {
    let mut parts = Vec::new();
    for (class, word, what) in SAID {
        let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
        for item in of_class(end, class) {
            let code = item.codes.first().and_then(|c| c.get(..3)).unwrap_or_default();
            *codes.entry(code).or_default() += item.attempts;
        }
        let all: u64 = codes.values().sum();
        if let Some((code, _)) = codes.iter().max_by_key(|(_, n)| **n) {
            let code = if codes.len() == 1 { (*code).to_owned() } else { format!("{class}xx") };
            let times = match (all, parts.is_empty()) {
                (1, _) => "once".to_owned(),
                (n, true) => format!("{}\u{a0}times", words::count(n)),
                (n, false) => words::count(n),
            };
            parts.push(format!("{code} ({word}) for {what}, {times}"));
        }
    }
    match end.count.saturating_sub(end.attempts) {
        0 => {}
        ours => parts.push(format!("our own replies contradict their code {}", words::times(ours))),
    }
    let mut text = parts.join("; ");
    if text.starts_with("our own") {
        text.replace_range(..1, "O");
    }
    text + "."
}

/// `2 recipients taken out of the queue by hand, 72 s and 69 s after a deferral.`
fn dropped(end: &DeadEnd) -> String {
    let mut by_hand: Vec<u64> = Vec::new();
    for item in &end.items {
        // The last failure, then the line of the removal, which has no reply.
        if let [failed, removal, ..] = item.evidence.as_slice()
            && removal.reply.is_empty()
        {
            by_hand.extend(between(&failed.time, &removal.time));
        }
    }
    let vanished = end.count.saturating_sub(by_hand.len() as u64);
    let mut parts = Vec::new();
    if !by_hand.is_empty() {
        let when = match by_hand.as_slice() {
            [one] => words::duration(*one),
            [one, two] if one != two => format!("{} and {}", words::duration(*one), words::duration(*two)),
            all => {
                let (low, high) = all.iter().fold((u64::MAX, 0), |(l, h), s| (l.min(*s), h.max(*s)));
                if low == high {
                    words::duration(low)
                } else {
                    format!("{} to {}", words::duration(low), words::duration(high))
                }
            }
        };
        let who = words::counted(by_hand.len() as u64, "recipient");
        parts.push(format!("{who} taken out of the queue by hand, {when} after a deferral"));
    }
    match vanished {
        0 => {}
        n if parts.is_empty() => {
            parts.push(format!("{} not tried again after a deferral", words::counted(n, "recipient")))
        }
        n => parts.push(format!("{} not tried again", words::count(n))),
    }
    format!("{}.", parts.join("; "))
}

/// What the far side said, without its codes, where it is short.
fn quoted(end: &DeadEnd) -> Option<String> {
    const MOST: usize = 40;
    let reply = &end.items.first()?.evidence.first()?.reply;
    let says = reply.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' ' | '-'));
    (!says.is_empty() && says.chars().count() <= MOST && !says.contains('"')).then(|| says.to_owned())
}

#[cfg(test)]
mod tests;
