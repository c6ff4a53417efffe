//! Dead ends: what is wasted or lost, who does it, and what to change.

use std::collections::HashSet;

use super::evidence::{self, EvidenceLine, Places};
use super::summary::{advice, summary};
use super::{Block, Extent, Rich, Section};
use crate::analyze::Analysis;
use crate::analyze::analysis::{DeadEnd, DeadEndItem};
use crate::report::words;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Harmless but wrong.
    Notice,
    /// Effort wasted, or one sender's mail lost.
    Warning,
    /// Mail was lost or will be, and waiting cannot help.
    Critical,
}

/// A finding, ready to be shown.
#[derive(Debug, Clone)]
pub struct Finding {
    /// A kind of the contract, section 5.
    pub kind: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Who or where, worst first; each once.
    pub who: Vec<String>,
    /// Were there more items than the analysis keeps?
    pub more_who: bool,
    /// Attempts.
    pub tries: u64,
    /// Of those delivered.
    pub delivered: u64,
    /// What happened and what it cost.
    pub summary: String,
    /// How such tries fared beside tries that waited; shown where there is room.
    pub comparison: Option<String>,
    /// What to do instead; begins with a verb.
    pub advice: String,
    /// Lesser findings whose tries are all in this one: kind and summary.
    pub also: Vec<(&'static str, String)>,
    /// Lines that show it.
    pub evidence: Vec<EvidenceLine>,
}

impl Finding {
    /// Two names where there are two, else [`Finding::first_and_more`].
    #[must_use]
    pub fn first_names(&self) -> String {
        match self.who.as_slice() {
            [one, two] if !self.more_who => format!("{}, {}", words::name(one), words::name(two)),
            _ => self.first_and_more(),
        }
    }

    /// `fortress.example +6 more`
    #[must_use]
    pub fn first_and_more(&self) -> String {
        match self.who.as_slice() {
            [] => String::new(),
            [one] => words::name(one),
            [one, more @ ..] => {
                let least = if self.more_who { "at least\u{a0}" } else { "" };
                format!("{} +{least}{}\u{a0}more", words::name(one), words::count(more.len() as u64))
            }
        }
    }
}

/// The items of a finding that the analysis keeps at most (contract, section 3).
pub(super) const ITEMS_KEPT: usize = 1000;

/// Section 2 of the report.
pub(super) fn section(analysis: &Analysis, extent: Extent) -> Option<Section> {
    if analysis.dead_ends.is_empty() {
        return None;
    }
    let places = Places::of(analysis);
    let mut findings: Vec<Finding> = Vec::new();
    let mut inner: Vec<&DeadEnd> = Vec::new();
    for end in &analysis.dead_ends {
        match end.within {
            Some(outer) if analysis.dead_ends.iter().any(|e| e.kind == outer && e.within.is_none()) => inner.push(end),
            _ => findings.push(finding(end, analysis, &places, extent)),
        }
    }
    for end in inner {
        if let Some(outer) = findings.iter_mut().find(|f| Some(f.kind) == end.within) {
            outer.also.push((end.kind, summary(end)));
        }
    }
    findings.sort_by_key(|f| std::cmp::Reverse((f.severity, f.tries)));
    let mut blocks = vec![Block::Findings(findings)];
    blocks.extend(patience(analysis).map(|text| Block::Text(Rich::plain(text))));
    Some(Section { id: "dead-ends", title: "Dead ends".to_owned(), aside: String::new(), blocks })
}

fn finding(end: &DeadEnd, analysis: &Analysis, places: &Places, extent: Extent) -> Finding {
    let lines = if extent.verbose { 8 } else { 2 };
    let mut seen = HashSet::new();
    let who =
        end.items.iter().filter_map(|i| who(end.kind, i)).filter(|w| seen.insert(*w)).map(str::to_owned).collect();
    Finding {
        kind: end.kind,
        severity: match end.severity {
            "critical" => Severity::Critical,
            "warning" => Severity::Warning,
            _ => Severity::Notice,
        },
        who,
        more_who: end.items.len() >= ITEMS_KEPT,
        tries: tries(end),
        delivered: end.delivered,
        summary: summary(end),
        comparison: comparison(end),
        advice: advice(end, &analysis.totals, &analysis.fates),
        also: Vec::new(),
        evidence: evidence::lines(end, places, lines),
    }
}

/// The attempts of a finding, or what it counts.
pub(super) fn tries(end: &DeadEnd) -> u64 {
    if end.attempts > 0 { end.attempts } else { end.count }
}

/// Whom a finding is about: its senders, its recipients, or the hosts it met.
fn who<'a>(kind: &str, item: &'a DeadEndItem) -> Option<&'a str> {
    let fields = match kind {
        "immediate_resend"
        | "immediate_retry"
        | "no_backoff"
        | "sender_hop"
        | "retry_after_permanent"
        | "recipient_dropped" => [&item.sender, &item.recipient, &item.domain, &item.relay],
        _ => [&item.domain, &item.relay, &item.recipient, &item.sender],
    };
    fields.into_iter().find_map(|f| f.as_deref())
}

/// How such tries fared beside tries that waited.
fn comparison(end: &DeadEnd) -> Option<String> {
    let tries = tries(end);
    (end.expected_attempts > 0 && tries > 0).then(|| {
        format!(
            "Delivered: {} such tries ({}), {} that waited ({}).",
            words::part_of(end.delivered, tries),
            words::percent(end.delivered, tries),
            words::part_of(end.expected_delivered, end.expected_attempts),
            words::percent(end.expected_delivered, end.expected_attempts)
        )
    })
}

/// `Tries under 5 min after a deferral: 1 of 93 delivered (1.1 %). After 5 to 60 min: 121 of 568 (21.3 %).`
fn patience(analysis: &Analysis) -> Option<String> {
    let between = |from: u64, to: u64| {
        let gaps = analysis.retries.gaps.iter().filter(|g| g.from_s >= from && g.to_s.is_some_and(|t| t <= to));
        gaps.fold((0, 0), |(tries, delivered), g| (tries + g.attempts, delivered + g.delivered))
    };
    let ((early, early_ok), (later, later_ok)) = (between(0, 300), between(300, 3600));
    (early > 0 && later > 0).then(|| {
        format!(
            "Tries under 5\u{a0}min after a deferral: {} delivered ({}). After 5 to 60\u{a0}min: {}.",
            words::part_of(early_ok, early),
            words::percent(early_ok, early),
            words::rate(later_ok, later)
        )
    })
}
