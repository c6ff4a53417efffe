//! Dead ends: behaviour that cannot work, found in the chains of recipients in trouble.
//!
//! One file a kind; [`DETECTORS`] lists them all.  A detector looks at a [`Scene`], which holds everything that was done
//! to some recipients, and names its cases.  [`Findings`] of all scenes are joined; what a kind costs, how it fared
//! beside attempts that waited, and how bad it is follows here, the same for all.
//! Words, severity and thresholds are data: `knowledge/detectors.toml`.

mod auth_missing;
mod bad_sequence;
mod blocklisted_sending;
mod cases;
mod endless_deferral;
mod found;
mod immediate_resend;
mod immediate_retry;
mod no_backoff;
mod recipient_dropped;
mod retry_after_permanent;
mod scene;
mod sender_hop;
mod tries;
mod wrong_code;

#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use hashbrown::HashMap;
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

pub use scene::{Bounds, Case, Enough, Ground, Scene, Shown, Taker};

use self::cases::Cases;
use self::found::{KeptCase, Sums};
use self::scene::{KeptLine, KeptText};
use self::tries::Tries;
use super::analysis::{DeadEnd, DeadEndItem, DeadEndTotals, Evidence, Gap, Ignored};
use super::frame::Frame;
use super::site::Why;
use super::waits::rate;
use crate::bytes;
use crate::fold::chains::{Chain, Passage, Try};
use crate::fold::inputs::{LoggedLine, Places};
use crate::history::symbols::Symbol;
use crate::knowledge::detectors::{Kind, Severity};

/// How many cases of a kind a report holds (contract, section 3); the finding counts them all.
pub const ITEMS_KEPT: usize = 1000;

/// A second, in microseconds.
const SECOND: i64 = 1_000_000;

/// How to find one kind.
pub struct Detector {
    /// Which one.
    pub kind: Kind,
    /// Names the cases of a scene.
    pub find: for<'a> fn(&Scene<'a>) -> Vec<Case<'a>>,
    /// Names what this host itself does.
    pub of_host: Option<for<'a> fn(&'a Ground<'a>) -> Vec<Case<'a>>>,
    /// Would waiting have been the right thing?  Then its success stands beside.
    pub waiting_helps: bool,
}

/// Every kind.
pub static DETECTORS: [Detector; Kind::ALL.len()] = [
    endless_deferral::DETECTOR,
    blocklisted_sending::DETECTOR,
    auth_missing::DETECTOR,
    wrong_code::DETECTOR,
    no_backoff::DETECTOR,
    immediate_retry::DETECTOR,
    immediate_resend::DETECTOR,
    retry_after_permanent::DETECTOR,
    bad_sequence::DETECTOR,
    recipient_dropped::DETECTOR,
    sender_hop::DETECTOR,
];

/// Where findings are presented.
#[derive(Clone, Copy)]
pub struct Stage<'a> {
    /// What attempts that waited brought.
    pub gaps: &'a [Gap],
    /// All tries at other hosts.
    pub attempts: u64,
    /// The zone.
    pub frame: &'a Frame,
    /// File names and line numbers.
    pub places: &'a Places<'a>,
}

/// A finding, the cases of it that the report shows, and its tries.
struct Finding {
    severity: Severity,
    dead_end: DeadEnd,
    cases: Vec<KeptCase>,
    tries: Tries,
    wasted: Tries,
}

/// What all detectors found, kind by kind.
#[derive(Default)]
pub struct Findings(Vec<Cases>);

impl Findings {
    /// Adds what they find on one scene.
    pub fn see(&mut self, scene: &Scene<'_>) {
        self.0.resize_with(DETECTORS.len(), Cases::default);
        for (detector, cases) in DETECTORS.iter().zip(&mut self.0) {
            for case in (detector.find)(scene) {
                cases.add(detector.kind, &case, scene.ground);
            }
        }
    }

    /// Joins what was found on another one.
    pub fn join(&mut self, other: Self, ground: &Ground<'_>) {
        self.0.resize_with(DETECTORS.len(), Cases::default);
        for (cases, theirs) in self.0.iter_mut().zip(other.0) {
            cases.join(theirs, ground.names);
        }
    }

    /// All findings, worst first, their sums, and what the site leaves alone.
    #[must_use]
    pub fn told(mut self, ground: &Ground<'_>, stage: Stage<'_>) -> (Vec<DeadEnd>, DeadEndTotals, Vec<Ignored>) {
        self.0.resize_with(DETECTORS.len(), Cases::default);
        let all = DETECTORS.iter().zip(self.0).collect::<Vec<_>>();
        let (found, ignored): (Vec<Option<Finding>>, Vec<Vec<Ignored>>) =
            all.into_par_iter().map(|(detector, cases)| finding(detector, cases, ground, stage)).unzip();
        let mut found: Vec<Finding> = found.into_iter().flatten().collect();
        found.sort_by_key(|f| (Reverse(f.severity), Reverse(f.dead_end.attempts), f.dead_end.kind.as_str()));
        // A finding whose tries all lie in a worse one is told with it.
        for i in 0..found.len() {
            let (worse, rest) = found.split_at_mut(i);
            let Some(this) = rest.first_mut().filter(|this| this.dead_end.attempts > 0) else { continue };
            let holder = worse.iter().find(|w| this.tries.is_subset(&w.tries));
            this.dead_end.within = holder.map(|w| w.dead_end.kind);
        }
        let (mut all, mut wasted) = (Tries::default(), Tries::default());
        let mut totals = DeadEndTotals::default();
        for one in &found {
            all.join(&one.tries);
            wasted.join(&one.wasted);
            match one.severity {
                Severity::Critical => totals.critical += 1,
                Severity::Warning => totals.warning += 1,
                Severity::Notice => totals.notice += 1,
            }
        }
        totals.attempts = all.len();
        totals.attempts_wasted = wasted.len();
        totals.share = rate(totals.attempts_wasted, stage.attempts);
        let findings = found.into_iter().map(|Finding { dead_end, cases, .. }| {
            let items = cases.par_iter().map(|case| item(case, ground, stage)).collect();
            DeadEnd { items, ..dead_end }
        });
        (findings.collect(), totals, ignored.concat())
    }
}

/// What was found of a kind, None for nothing; and what the site leaves alone of it.
fn finding(this: &Detector, cases: Cases, ground: &Ground<'_>, stage: Stage<'_>) -> (Option<Finding>, Vec<Ignored>) {
    let info = this.kind.info();
    let mut found = cases.found(this.kind, ground);
    for case in this.of_host.map(|find| find(ground)).unwrap_or_default() {
        found.add(this.kind, &case, ground);
    }
    let ignored = found.ignored.iter().map(|(&why, &count)| ignored(this.kind, why, count, ground)).collect();
    let cases = found.worst(ground.names);
    if cases.is_empty() {
        return (None, ignored);
    }
    let Sums { count, tries, delivered, wasted } = found.sums;
    let (attempts, delivered) = (tries.len(), delivered.len());
    let hour = |g: &Gap| g.from_s >= 300 && g.to_s.is_some_and(|to| to <= 3600);
    let waited = stage.gaps.iter().filter(|g| this.waiting_helps && hour(g));
    let (expected_attempts, expected_delivered) = waited.fold((0, 0), |(a, d), g| (a + g.attempts, d + g.delivered));
    let few = ground.thresholds.few_cases;
    let dead_end = DeadEnd {
        kind: this.kind,
        severity: info.severity,
        count,
        attempts,
        delivered,
        attempts_wasted: wasted.len(),
        within: None,
        success_rate: rate(delivered, attempts).filter(|_| attempts >= few),
        expected_success_rate: rate(expected_delivered, expected_attempts).filter(|_| expected_attempts >= few),
        expected_attempts,
        expected_delivered,
        whose: info.whose,
        advice: info.advice.clone(),
        items: Vec::new(),
    };
    (Some(Finding { severity: info.severity, dead_end, cases, tries, wasted }), ignored)
}

/// What the site leaves alone for one reason.
fn ignored(kind: Kind, why: Why, (cases, attempts): (u64, u64), ground: &Ground<'_>) -> Ignored {
    let rule = match why {
        Why::Rule(rule) => ground.site.ignore.get(rule),
        Why::Foreign => None,
    };
    Ignored {
        kind,
        cases,
        attempts,
        reason: rule.map_or_else(|| "the sender is not of own_domains".to_owned(), |rule| rule.reason.clone()),
        until: rule.and_then(|rule| rule.until.clone()),
    }
}

fn text(bytes: &[u8]) -> String {
    bytes::text(bytes).into_owned()
}

fn optional(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| text(bytes))
}

fn item(case: &KeptCase, ground: &Ground<'_>, stage: Stage<'_>) -> DeadEndItem {
    let names = ground.names;
    let evidence = case.evidence.iter().map(|shown| {
        let (file, line) = stage.places.of(shown.at.place);
        Evidence {
            file: file.to_owned(),
            line,
            text: logged(shown, stage.places),
            time: stage.frame.time(shown.at.time),
            queue_id: shown.message.and_then(|message| optional(message.id())),
            reply: text(names.reasons.get(shown.reason)),
        }
    });
    DeadEndItem {
        sender: case.sender.as_deref().map(text),
        recipient: case.recipient.as_deref().map(text),
        domain: optional(names.domains.get(case.domain)),
        relay: optional(names.relays.get(case.relay)),
        first: case.period.map(|(first, _)| stage.frame.time(first)).unwrap_or_default(),
        last: case.period.map(|(_, last)| stage.frame.time(last)).unwrap_or_default(),
        attempts: case.attempts,
        codes: case.codes.texts(),
        evidence: evidence.collect(),
    }
}

/// The line as it was logged.
fn logged(line: &KeptLine, places: &Places<'_>) -> LoggedLine {
    match &line.text {
        KeptText::Text(line) => LoggedLine::Text(text(line)),
        &KeptText::InFile(start, len) => places.line(line.at.place, start, len),
    }
}

/// Failed tries of one kind, by domain: a case where a domain, or who takes its mail, gave them in at least so many
/// moments, for then it is about the domain, not about a message.
fn by_domain<'a>(scene: &Scene<'a>, enough: Enough, is_one: impl Fn(&Try<'_>) -> bool) -> Vec<Case<'a>> {
    let mut groups: HashMap<Symbol, Vec<(&'a Passage<'a>, &'a Try<'a>)>> = HashMap::new();
    for passage in &scene.opened.passages {
        for one in scene.tries(passage).iter().filter(|t| !t.is_delivery() && is_one(t)) {
            groups.entry(passage.domain).or_default().push((passage, one));
        }
    }
    let case = |(domain, mut tries): (Symbol, Vec<(&'a Passage<'a>, &'a Try<'a>)>)| {
        tries.sort_by_key(|(_, t)| t.at);
        Case {
            domain,
            tries: tries.iter().map(|(_, t)| *t).collect(),
            evidence: tries.iter().filter_map(|(p, t)| Shown::of_try(p, t)).take(cases::LINES_OF_DOMAIN).collect(),
            bounds: Bounds::Domain(enough),
            ..Case::default()
        }
    };
    groups.into_iter().map(case).collect()
}

/// Is `later` a later second than `earlier`?  Logs have whole seconds: what happened within one has no order, and
/// no time passed between.
fn is_later(later: i64, earlier: i64) -> bool {
    later.div_euclid(SECOND) > earlier.div_euclid(SECOND)
}

/// In how many seconds of the log these tries lie, given in time order: what one transaction brought its recipients,
/// or a log whose clock stands still, shows nobody doing anything again.
fn moments<'t, 'a: 't>(tries: impl IntoIterator<Item = &'t Try<'a>>) -> usize {
    let mut before = None;
    let second = |one: &Try<'_>| Some(one.at.time.div_euclid(SECOND));
    tries.into_iter().map(second).filter(|this| std::mem::replace(&mut before, *this) != *this).count()
}
