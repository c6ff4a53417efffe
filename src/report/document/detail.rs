//! The second sentence of a finding, where there is room: who it was, how such tries fared here, and what is known
//! of them in general.
//!
//! `Most tries: orders@lumenshop.example 64 (3 addresses), anna@mertens-bau.example 10. Here ...`

use super::cases::{Group, groups, recipients, tries, worst};
use super::summary::case;
use super::verdict::remote_tries;
use crate::analyze::Analysis;
use crate::analyze::analysis::DeadEnd;
use crate::knowledge::detectors::{About, Kind};
use crate::report::words;

/// Senders or hosts that a detail names at most.
pub const NAMED: usize = 6;

/// A share of all tries that is worth a word, in percent.
const LARGE: f64 = 10.0;

/// The sentences, the most telling first.
pub(super) fn detail(end: &DeadEnd, analysis: &Analysis) -> Vec<String> {
    let all = remote_tries(analysis);
    let share = words::share(tries(end), all) >= LARGE && tries(end) <= all;
    let share = share.then(|| {
        let (part, whole) = (words::count(tries(end)), words::count(all));
        format!("These {part} tries are {} of all {whole}.", words::percent(tries(end), all))
    });
    [by_whom(end), worst_case(end), share, comparison(end), known(end)].into_iter().flatten().collect()
}

/// `Most tries: orders@lumenshop.example 64 (3 addresses), anna@mertens-bau.example 10.`
fn by_whom(end: &DeadEnd) -> Option<String> {
    let groups = groups(end);
    if groups.len() < 2 {
        return None;
    }
    let one = |group: &Group<'_>| {
        let addresses = match recipients(group.items.iter().copied()) {
            n if n > 1 && end.kind.info().about == About::Senders => format!(" ({}\u{a0}addresses)", words::count(n)),
            n if n > 1 => format!(" ({}\u{a0}recipients)", words::count(group.items.len() as u64)),
            _ => String::new(),
        };
        format!("{}\u{a0}{}{addresses}", words::name(group.who), words::count(group.tries))
    };
    let mut named: Vec<String> = groups.iter().filter(|g| g.tries > 0).take(NAMED).map(one).collect();
    if named.is_empty() {
        return None;
    }
    if groups.len() > NAMED {
        named.push(format!("{}\u{a0}more", words::count((groups.len() - NAMED) as u64)));
    }
    Some(format!("Most tries: {}.", named.join(", ")))
}

/// `Worst: 32 tries to khan67@softbounce.example in 6 h 47 min.`  Only where there is more than one to choose from,
/// and the summary does not say it.
fn worst_case(end: &DeadEnd) -> Option<String> {
    let item = worst(end).filter(|i| i.attempts > 1 && i.recipient.is_some())?;
    (end.count > 1 && end.kind != Kind::NoBackoff).then(|| format!("Worst: {}.", case(end, item)))
}

/// `Here 12 of 74 such tries (16.2 %) were delivered, of those that waited 121 of 568 (21.3 %).`  The analysis gives
/// no rate where the cases are too few for one.
fn comparison(end: &DeadEnd) -> Option<String> {
    let tries = tries(end);
    if end.expected_attempts == 0 || tries == 0 {
        return None;
    }
    let rate = |part, whole, known: Option<f64>| match known {
        Some(_) => words::rate(part, whole),
        None => format!("{} (too few cases for a rate)", words::part_of(part, whole)),
    };
    Some(format!(
        "Delivered here: {} such tries, {} that waited 5\u{a0}to 60\u{a0}min.",
        rate(end.delivered, tries, end.success_rate),
        rate(end.expected_delivered, end.expected_attempts, end.expected_success_rate)
    ))
}

/// What the knowledge says of such tries, beside this log.
fn known(end: &DeadEnd) -> Option<String> {
    let known = &end.kind.info().known;
    (!known.is_empty()).then(|| format!("In general {}.", spaced(known)))
}

/// A number keeps to its unit.
fn spaced(text: &str) -> String {
    text.replace(" %", "\u{a0}%").replace(" s.", "\u{a0}s.")
}

/// `In general a resend at once fails in about 90 % of cases, ...`: of the kinds found that have a figure.
pub(super) fn known_figures(analysis: &Analysis) -> Option<String> {
    let mut known: Vec<&str> = Vec::new();
    for end in &analysis.dead_ends {
        let says = &end.kind.info().known;
        if says.contains('%') {
            // What is known of a case is said without its reason here.
            let says = says.split(':').next().unwrap_or(says).trim_end_matches(" of cases");
            if !known.contains(&says) {
                known.push(says);
            }
        }
    }
    (!known.is_empty()).then(|| format!("In general {}.", spaced(&known.join(", "))))
}
