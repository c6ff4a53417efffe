//! What did *not* happen: the few sentences of a report with nothing to do.

use hashbrown::HashMap;

use super::outbound::failed_tries;
use super::{Block, Level, Rich, Section, Verdict};
use crate::analyze::Analysis;
use crate::analyze::analysis::Direction;
use crate::fold::outcome::Outcome;
use crate::report::words;
use crate::smtp::ReplyClass;

/// Fewer failed tries than this are told in sentences; tables come with more, however well they end.
const FEW: u64 = 100;

/// Is the whole report a handful of sentences?
pub(super) fn is_short(analysis: &Analysis, verdict: &Verdict) -> bool {
    verdict.level == Level::Ok && failed_tries(analysis) < FEW
}

/// The sentences.
pub(super) fn section(analysis: &Analysis) -> Option<Section> {
    if analysis.fates.remote() == 0 {
        return None;
    }
    let mut texts: Vec<String> = Vec::new();
    texts.extend(deferred(analysis));
    texts.extend(bounced(analysis));
    let nothing = if analysis.dead_ends.is_empty() {
        "Nothing was dropped, resent, hammered or sent after a 5xx."
    } else {
        "Nothing else was dropped, resent, hammered or sent after a 5xx."
    };
    texts.push(nothing.to_owned());
    let blocks = texts.into_iter().map(|t| Block::Text(Rich::plain(t))).collect();
    Some(Section { id: "quiet", title: String::new(), aside: String::new(), blocks })
}

/// `38 recipients were deferred and all 38 were delivered, on the 5th try at the latest.  38 of the 54 deferrals
/// are greylisting.`
fn deferred(analysis: &Analysis) -> Option<String> {
    let totals = &analysis.totals;
    let n = totals.recipients_deferred;
    if n == 0 {
        return None;
    }
    let were = if n == 1 { "was" } else { "were" };
    let mut text = format!("{} {were} deferred", words::counted(n, "recipient"));
    if totals.recovered == n {
        text += &match n {
            1 => " and delivered in the end".to_owned(),
            _ => format!(" and all {} were delivered", words::count(n)),
        };
        let chains = &analysis.retries.attempts_per_chain;
        if let Some(last) = chains.iter().filter(|c| c.delivered > 0 && c.attempt > 1).map(|c| c.attempt).max() {
            text += &format!(", on the {} try at the latest", words::ordinal(last));
        }
    } else {
        text += &format!("; {} of them delivered so far", words::count(totals.recovered));
        let rest = [
            (totals.still_queued, "still in the queue"),
            (totals.failed, "bounced"),
            (totals.expired_recipients, "expired"),
            (totals.dropped, "removed"),
        ];
        for (n, what) in rest.into_iter().filter(|(n, _)| *n > 0) {
            text += &format!(", {} {what}", words::count(n));
        }
    }
    text.push('.');
    // Only a cause that explains most of them is worth a word.
    let mut causes = HashMap::new();
    for row in analysis.causes.iter().filter(|c| c.direction == Direction::Outbound && c.class == ReplyClass::Transient)
    {
        *causes.entry(row.cause.as_str()).or_insert(0) += row.attempts;
    }
    let top = most_first(causes).first().copied();
    if let Some((cause, tries)) = top.filter(|(_, tries)| tries * 2 > totals.deferred) {
        text += &format!(
            " {} of the {} deferrals {} {}.",
            words::count(tries),
            words::count(totals.deferred),
            if tries == 1 { "is" } else { "are" },
            words::cause(cause).1
        );
    }
    Some(text)
}

/// `6 recipients bounced, all unknown users (secure.example 3, sixonly.example 3): correct or remove those
/// addresses.`
fn bounced(analysis: &Analysis) -> Option<String> {
    let n = analysis.fates.bounced;
    if n == 0 {
        return None;
    }
    let mut text = format!("{} bounced", words::counted(n, "recipient"));
    let rows =
        analysis.code_domains.iter().filter(|c| c.direction == Direction::Outbound && c.outcome == Outcome::Bounced);
    let (mut causes, mut domains) = (HashMap::new(), HashMap::new());
    for row in rows {
        *causes.entry(row.cause.as_str()).or_insert(0) += row.attempts;
        *domains.entry(row.domain.as_deref().unwrap_or("(no domain)")).or_insert(0) += row.attempts;
    }
    let (causes, domains) = (most_first(causes), most_first(domains));
    let places: Vec<String> =
        domains.iter().take(3).map(|(d, n)| format!("{}\u{a0}{}", words::name(d), words::count(*n))).collect();
    let more = if domains.len() > 3 { format!(", {}\u{a0}more", domains.len() - 3) } else { String::new() };
    let places = format!("({}{more})", places.join(", "));
    match causes.as_slice() {
        [] => text.push('.'),
        [("user-unknown", _)] if n == 1 => {
            text += &format!(", an unknown user {places}: correct or remove that address.");
        }
        [("user-unknown", _)] => text += &format!(", all unknown users {places}: correct or remove those addresses."),
        causes => {
            let named: Vec<String> = causes
                .iter()
                .take(4)
                .map(|(c, n)| format!("{}\u{a0}{}", words::cause(c).1, words::count(*n)))
                .collect();
            text += &format!(": {} {places}.", named.join(", "));
        }
    }
    Some(text)
}

/// Sums, the highest first.
fn most_first(sums: HashMap<&str, u64>) -> Vec<(&str, u64)> {
    let mut sums: Vec<(&str, u64)> = sums.into_iter().collect();
    sums.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    sums
}
