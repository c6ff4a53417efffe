//! Dead ends: what is wasted or lost, who does it, and what to change.

use super::advice::advice;
use super::cases::{groups, is_cut, tries};
use super::detail::{detail, known_figures};
use super::evidence::{self, EvidenceLine, Places};
use super::summary::summary;
use super::{Block, Extent, Rich, Section};
use crate::analyze::Analysis;
use crate::analyze::analysis::DeadEnd;
use crate::knowledge::detectors::{Kind, Severity};
use crate::report::words;

/// A finding, ready to be shown.
#[derive(Debug, Clone)]
pub struct Finding {
    /// A kind of the contract, section 5.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// Who or where, most tries first; each once.
    pub who: Vec<String>,
    /// Were there more items than the analysis keeps?
    pub more_who: bool,
    /// Attempts.
    pub tries: u64,
    /// Of those delivered.
    pub delivered: u64,
    /// What happened and what it cost.
    pub summary: String,
    /// Who it was, how such tries fared here, what is known of them: sentences, shown where there is room.
    pub detail: Vec<String>,
    /// What to do instead; begins with a verb.
    pub advice: String,
    /// Lesser findings whose tries are all in this one: kind and summary.
    pub also: Vec<(Kind, String)>,
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
    let figures = [patience(analysis), known_figures(analysis)];
    blocks.extend(figures.into_iter().flatten().map(|text| Block::Text(Rich::plain(text))));
    Some(Section { id: "dead-ends", title: "Dead ends".to_owned(), aside: String::new(), blocks })
}

fn finding(end: &DeadEnd, analysis: &Analysis, places: &Places, extent: Extent) -> Finding {
    let lines = if extent.verbose { 8 } else { 2 };
    Finding {
        kind: end.kind,
        severity: end.severity,
        who: groups(end).iter().map(|g| g.who.to_owned()).collect(),
        more_who: is_cut(end),
        tries: tries(end),
        delivered: end.delivered,
        summary: summary(end),
        detail: detail(end, analysis),
        advice: advice(end, analysis),
        also: Vec::new(),
        evidence: evidence::lines(end, places, lines),
    }
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
