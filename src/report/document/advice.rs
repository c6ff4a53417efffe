//! What to do about a finding, with the names in it where there are few.
//!
//! `set up AUTH for mx.submitonly.example, TLS for mx.tlsplease.example.`

use super::cases::{address_named, list_named, of_class, one_next_hop, wants_tls};
use crate::analyze::Analysis;
use crate::analyze::analysis::DeadEnd;
use crate::knowledge::detectors::Kind;
use crate::report::words;

/// What to do, with the names and figures that are known; ends as a sentence.
pub(super) fn advice(end: &DeadEnd, analysis: &Analysis) -> String {
    let named = match end.kind {
        Kind::EndlessDeferral => later_tries(analysis).map(|tries| format!("correct or remove them; {tries}")),
        Kind::BlocklistedSending => list_named(end).map(|list| {
            let address = address_named(end).unwrap_or_else(|| "our address".to_owned());
            format!("look {address} up at {}, stop the cause, then ask for removal", words::name(list))
        }),
        Kind::AuthMissing => auth(end),
        Kind::WrongCode => wrong_code(end),
        Kind::RecipientDropped => patience(analysis),
        Kind::NoBackoff
        | Kind::ImmediateRetry
        | Kind::ImmediateResend
        | Kind::RetryAfterPermanent
        | Kind::BadSequence
        | Kind::SenderHop => None,
    };
    let advice = named.unwrap_or_else(|| end.advice.clone());
    match advice.chars().last() {
        None | Some('.' | '!' | '?') => advice,
        Some(_) => advice + ".",
    }
}

/// `from the 7th try on 0 of 254 were delivered`: only where that is as good as nothing.
fn later_tries(analysis: &Analysis) -> Option<String> {
    const FROM: u64 = 7;
    const HOPELESS: f64 = 5.0;
    let later = analysis.retries.attempts_per_chain.iter().filter(|c| c.attempt >= FROM);
    let (tries, delivered) = later.fold((0, 0), |(t, d), c| (t + c.recipients, d + c.delivered));
    (tries > 0 && words::share(delivered, tries) < HOPELESS).then(|| {
        format!("from the {} try on {} were delivered", words::ordinal(FROM), words::part_of(delivered, tries))
    })
}

/// `set up AUTH for mx.submitonly.example, TLS for mx.tlsplease.example`
fn auth(end: &DeadEnd) -> Option<String> {
    let items = match (end.items.as_slice(), one_next_hop(end)) {
        (items @ [_, ..], Some(_)) => items.get(..1)?,
        (items @ ([_] | [_, _]), None) => items,
        _ => return None,
    };
    let parts: Option<Vec<String>> = items
        .iter()
        .map(|i| {
            let host = i.relay.as_deref().or(i.domain.as_deref())?;
            Some(format!("{} for {}", if wants_tls(i) { "TLS" } else { "AUTH" }, words::name(host)))
        })
        .collect();
    parts.map(|p| format!("set up {}", p.join(", ")))
}

/// `remove the unknown users at softbounce.example; ask postmaster@hardgrey.example for a 4xx`
fn wrong_code(end: &DeadEnd) -> Option<String> {
    let first = |class| {
        let mut domains = of_class(end, class).filter_map(|i| i.domain.as_deref());
        let first = domains.next().map(words::name)?;
        let more = domains.count() as u64;
        Some((first, if more == 0 { String::new() } else { format!(" (+{}\u{a0}more)", words::count(more)) }))
    };
    let later = first('4').map(|(domain, more)| format!("remove the unknown users at {domain}{more}"));
    let never = first('5').map(|(domain, more)| format!("ask postmaster@{domain}{more} for a 4xx"));
    // Items tell the whole story, and in a row of runs the count is that of one.
    let ours = (end.count > end.attempts).then(|| "correct the rule of ours that answers so".to_owned());
    let parts: Vec<String> = later.into_iter().chain(never).chain(ours).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// `leave them queued: 136 of 219 deferred (62.1 %) were delivered later`
fn patience(analysis: &Analysis) -> Option<String> {
    let totals = &analysis.totals;
    (totals.recovered > 0 && analysis.fates.remote() > 0).then(|| {
        format!(
            "leave them queued: {} deferred ({}) were delivered later",
            words::part_of(totals.recovered, totals.recipients_deferred),
            words::percent(totals.recovered, totals.recipients_deferred)
        )
    })
}
