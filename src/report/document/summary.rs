//! What happened and what it cost, in one or two sentences with the figures of the log; and what to do, with
//! the names in it where there are few.
//!
//! `74 messages to 25 addresses got the same answer again and again. Worst: 32 tries in 6 h 47 min.`

use std::collections::{BTreeMap, HashSet};

use super::findings::ITEMS_KEPT;
use crate::analyze::analysis::{DeadEnd, DeadEndItem, Fates, Totals};
use crate::report::words;

/// The finding's own words, or what its items tell.
pub(super) fn summary(end: &DeadEnd) -> String {
    if !end.summary.is_empty() {
        return end.summary.clone();
    }
    let tries = super::findings::tries(end);
    match end.kind {
        "endless_deferral" => format!(
            "{} to {} got the same answer again and again{}.{}",
            counted(end.count, "message"),
            addresses(end),
            in_vain(end),
            worst(end)
        ),
        "blocklisted_sending" => blocklisted(end, tries),
        "auth_missing" => auth(end),
        "wrong_code" => wrong_code(end),
        "bad_sequence" => format!(
            "{} answered 503 to {}{}.",
            hosts(end),
            counted(end.count, "try"),
            quoted(end).map(|q| format!(": \"{q}\"")).unwrap_or_default()
        ),
        "no_backoff" => format!("{} at gaps that do not grow{}.{}", counted(tries, "try"), in_vain(end), worst(end)),
        "immediate_retry" => format!(
            "{} right after a temporary answer, {} of them delivered.{}",
            counted(end.count, "try"),
            words::count(end.delivered),
            worst(end)
        ),
        "immediate_resend" => format!(
            "{} to {} while the first was still queued; {} of them arrived too.",
            counted(end.count, "new message"),
            addresses(end),
            words::count(end.delivered)
        ),
        "retry_after_permanent" => format!(
            "{} to {} that had been refused for good before.{}",
            counted(end.count, "new message"),
            addresses(end),
            worst(end)
        ),
        "recipient_dropped" => dropped(end),
        "sender_hop" => format!(
            "{} written to again from another sender domain{} after a 4xx.",
            are(&addresses(end), distinct(end, |i| i.recipient.as_deref())),
            apart(end).map(|(_, most)| format!(" within {}", words::duration(most))).unwrap_or_default(),
        ),
        _ => format!("Tries that cannot work: {}{}.", counted(end.count, "case"), in_vain(end)),
    }
}

/// What to do, with the names and figures that are known; ends as a sentence.
pub(super) fn advice(end: &DeadEnd, totals: &Totals, fates: &Fates) -> String {
    let named = match end.kind {
        "auth_missing" => auth_advice(end),
        "wrong_code" => wrong_code_advice(end),
        "recipient_dropped" if totals.recovered > 0 && fates.remote() > 0 => Some(format!(
            "leave them queued: {} deferred ({}) were delivered later",
            words::part_of(totals.recovered, totals.recipients_deferred),
            words::percent(totals.recovered, totals.recipients_deferred)
        )),
        _ => None,
    };
    // A finding with words of its own has an advice of its own.
    let advice = named.filter(|_| end.summary.is_empty()).unwrap_or_else(|| end.advice.clone());
    match advice.chars().last() {
        None | Some('.' | '!' | '?') => advice,
        Some(_) => advice + ".",
    }
}

/// `1 try`, `25 tries`
fn counted(n: u64, noun: &str) -> String {
    match noun {
        "try" if n != 1 => format!("{}\u{a0}tries", words::count(n)),
        _ => words::counted(n, noun),
    }
}

fn distinct<'a>(end: &'a DeadEnd, of: impl Fn(&'a DeadEndItem) -> Option<&'a str>) -> u64 {
    end.items.iter().filter_map(of).collect::<HashSet<_>>().len() as u64
}

/// Items beyond those kept may be about others.
fn least(end: &DeadEnd) -> &'static str {
    if end.items.len() >= ITEMS_KEPT { "at least\u{a0}" } else { "" }
}

/// `25 addresses`
fn addresses(end: &DeadEnd) -> String {
    match distinct(end, |i| i.recipient.as_deref()) {
        1 => "1\u{a0}address".to_owned(),
        n => format!("{}{}\u{a0}addresses", least(end), words::count(n)),
    }
}

/// `2 addresses were`
fn are(who: &str, n: u64) -> String {
    format!("{who} {}", if n == 1 { "was" } else { "were" })
}

/// `oldserver.example`, `3 domains`
fn hosts(end: &DeadEnd) -> String {
    let name = |i: &DeadEndItem| i.domain.as_deref().or(i.relay.as_deref()).map(words::name);
    match end.items.as_slice() {
        [one] => name(one).unwrap_or_else(|| "One host".to_owned()),
        items => format!("{}{}\u{a0}domains", least(end), words::count(items.len() as u64)),
    }
}

/// `; 254 tries were in vain`
fn in_vain(end: &DeadEnd) -> String {
    match end.attempts_wasted {
        0 => String::new(),
        1 => "; 1\u{a0}try was in vain".to_owned(),
        n => format!("; {}\u{a0}tries were in vain", words::count(n)),
    }
}

/// ` Worst: 26 tries to khan67@softbounce.example in 29 min.`  Only where there is more than one to choose from.
fn worst(end: &DeadEnd) -> String {
    let Some(item) = end.items.iter().rev().max_by_key(|i| i.attempts) else { return String::new() };
    if item.attempts < 2 || end.count < 2 {
        return String::new();
    }
    let who = item.recipient.as_deref().map(|who| format!(" to {}", words::name(who))).unwrap_or_default();
    let span = span(item).map(|s| format!(" in {}", words::duration(s))).unwrap_or_default();
    format!(" Worst: {}{who}{span}.", counted(item.attempts, "try"))
}

/// Seconds from the first line of an item to its last.
fn span(item: &DeadEndItem) -> Option<u64> {
    between(&item.first, &item.last).filter(|s| *s > 0)
}

fn between(from: &str, to: &str) -> Option<u64> {
    let seconds = (words::time(to)? - words::time(from)?).as_seconds_f64().round();
    (seconds >= 0.0).then_some(seconds as u64)
}

/// The shortest and the longest time from the failure that an item shows to what was done after it.
fn apart(end: &DeadEnd) -> Option<(u64, u64)> {
    let times = end.items.iter().filter_map(|i| match i.evidence.as_slice() {
        [failed, next, ..] => between(&failed.time, &next.time),
        _ => None,
    });
    times.fold(None, |all, s| match all {
        None => Some((s, s)),
        Some((low, high)) => Some((s.min(low), s.max(high))),
    })
}

/// `fortress.example refused 139 tries over 14 h 59 min and names zen.dnsbl.example; 138 came after its first answer.`
fn blocklisted(end: &DeadEnd, tries: u64) -> String {
    let list = end.items.iter().flat_map(|i| &i.evidence).find_map(|e| list_named(&e.reply));
    let list = list.map(|list| format!(" ({})", words::name(list))).unwrap_or_default();
    let over = match end.items.as_slice() {
        [one] => span(one).map(|s| format!(" in {}", words::duration(s))).unwrap_or_default(),
        _ => String::new(),
    };
    let name = |i: &DeadEndItem| i.domain.as_deref().map(words::name);
    let worst = match end.items.as_slice() {
        [first, _, ..] => name(first).map(|n| format!(", {n} {}", words::count(first.attempts))).unwrap_or_default(),
        _ => String::new(),
    };
    let after = match end.attempts_wasted {
        0 => String::new(),
        n => format!("; {} came after the first such answer", words::count(n)),
    };
    format!(
        "{} refused {}{worst}{over}: our address is on a blocklist{list}{after}.",
        hosts(end),
        counted(tries, "try")
    )
}

/// The list that a reply names: `blocked using zen.dnsbl.example;`
fn list_named(reply: &str) -> Option<&str> {
    let (_, rest) = reply.split_once("blocked using ")?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))).unwrap_or(rest.len());
    rest.get(..end).map(|list| list.trim_end_matches('.')).filter(|list| list.contains('.'))
}

/// Does the far side ask for TLS and not for a login (RFC 3207 section 4)?
fn wants_tls(item: &DeadEndItem) -> bool {
    item.evidence.iter().any(|e| e.reply.contains("STARTTLS") || e.reply.contains("TLS is required"))
}

/// `They want a login (14 times) and STARTTLS first (10 times), and get neither.`
fn auth(end: &DeadEnd) -> String {
    let sum = |tls| end.items.iter().filter(|i| wants_tls(i) == tls).map(|i| i.attempts).sum::<u64>();
    let times = |n: u64| if n == 1 { "once".to_owned() } else { format!("{}\u{a0}times", words::count(n)) };
    match (sum(false), sum(true)) {
        (0, tls) => format!("{} asked for STARTTLS first, {}, and got none.", hosts(end), times(tls)),
        (login, 0) => format!("{} asked for a login, {}, and got none.", hosts(end), times(login)),
        (login, tls) => {
            format!("They want a login ({}) and STARTTLS first ({}), and get neither.", times(login), times(tls))
        }
    }
}

/// `set up AUTH for mx.submitonly.example, TLS for mx.tlsplease.example`
fn auth_advice(end: &DeadEnd) -> Option<String> {
    let ([_] | [_, _]) = end.items.as_slice() else { return None };
    let parts: Option<Vec<String>> = end
        .items
        .iter()
        .map(|i| {
            let host = i.relay.as_deref().or(i.domain.as_deref())?;
            Some(format!("{} for {}", if wants_tls(i) { "TLS" } else { "AUTH" }, words::name(host)))
        })
        .collect();
    parts.map(|p| format!("set up {}", p.join(", ")))
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
            let times = if all == 1 { "once".to_owned() } else { format!("{}\u{a0}times", words::count(all)) };
            parts.push(format!("{code} ({word}) for {what}, {times}"));
        }
    }
    match parts.is_empty() {
        true => format!("The text of the reply contradicts its code, {}{}.", counted(end.count, "try"), in_vain(end)),
        false => format!("{}.", parts.join("; ")),
    }
}

fn of_class(end: &DeadEnd, class: char) -> impl Iterator<Item = &DeadEndItem> {
    end.items.iter().filter(move |i| i.codes.first().is_some_and(|c| c.starts_with(class)))
}

/// `remove the unknown users at softbounce.example; ask postmaster@hardgrey.example for a 4xx`
fn wrong_code_advice(end: &DeadEnd) -> Option<String> {
    let first = |class| {
        let mut domains = of_class(end, class).filter_map(|i| i.domain.as_deref());
        let first = domains.next().map(words::name)?;
        let more = domains.count() as u64;
        Some((first, if more == 0 { String::new() } else { format!(" (+{}\u{a0}more)", words::count(more)) }))
    };
    let later = first('4').map(|(domain, more)| format!("remove the unknown users at {domain}{more}"));
    let never = first('5').map(|(domain, more)| format!("ask postmaster@{domain}{more} for a 4xx"));
    let parts: Vec<String> = later.into_iter().chain(never).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// `2 recipients taken out of the queue by hand, 72 s and 69 s after a 4xx.`
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
            [one, two] => format!("{} and {}", words::duration(*one), words::duration(*two)),
            all => {
                let (low, high) = all.iter().fold((u64::MAX, 0), |(l, h), s| (l.min(*s), h.max(*s)));
                format!("{} to {}", words::duration(low), words::duration(high))
            }
        };
        let who = counted(by_hand.len() as u64, "recipient");
        parts.push(format!("{who} taken out of the queue by hand, {when} after a 4xx"));
    }
    match vanished {
        0 => {}
        n if parts.is_empty() => parts.push(format!("{} not tried again after a 4xx", counted(n, "recipient"))),
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
