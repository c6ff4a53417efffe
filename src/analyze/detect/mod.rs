//! Dead ends: behaviour that cannot work, found in the chains of recipients in trouble.
//!
//! One file a kind; [`DETECTORS`] lists them all.  A detector looks at the [`Scene`] and names its cases; what it
//! costs, how it fared beside attempts that waited, and how bad it is follows here, the same for all.
//! Words, severity and thresholds are data: `knowledge/detectors.toml`.

mod auth_missing;
mod bad_sequence;
mod blocklisted_sending;
mod endless_deferral;
mod immediate_resend;
mod immediate_retry;
mod no_backoff;
mod recipient_dropped;
mod retry_after_permanent;
mod sender_hop;
mod wrong_code;

#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use hashbrown::{HashMap, HashSet};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::analysis::{DeadEnd, DeadEndItem, DeadEndTotals, Direction, Evidence, Gap, Ignored};
use super::chains::tables::rate;
use super::chains::{Chain, Kept, KeptText, Passage, Try, Verdict, chains};
use super::frame::Frame;
use super::inputs::Places;
use super::judge::{Judge, Judgement, Question};
use super::partial::Partial;
use super::site::{Site, Suspect, Why};
use super::tally::{Cell, CellKey};
use crate::bytes;
use crate::event::Disposition;
use crate::history::key::{Moment, Place, QueueKey};
use crate::history::names::Names;
use crate::history::symbols::Symbol;
use crate::knowledge::detectors::{Severity, Thresholds, detector};
use crate::smtp::ReplyClass;

/// How many cases of a kind a report holds; the finding counts them all.
const ITEMS: usize = 1000;

/// A second, in microseconds.
const SECOND: i64 = 1_000_000;

/// Everything a detector may look at.
pub struct Scene<'a> {
    /// The chains with a failure, those of one recipient side by side.
    pub chains: Vec<Chain<'a>>,
    /// The passages they are made of.
    pub kept: &'a Kept,
    /// Last line of each host's MTAs.
    pub last_line: &'a HashMap<Symbol, i64>,
    /// What this host refused, by reason.
    pub refusals: Vec<&'a Cell>,
    /// The strings.
    pub names: &'a Names,
    /// The numbers that make a dead end.
    pub thresholds: Thresholds,
    /// What the operator says of the site.
    pub site: &'a Site,
    /// Last line of each host's MTAs that an earlier run has counted.
    pub last_line_before: &'a HashMap<Symbol, i64>,
    /// Files before this one hold what an earlier run has counted, and told.
    border: u32,
    judge: &'a Judge<'a>,
    /// Why each of the verdicts was given.
    judged: Vec<Judgement>,
    /// Messages that are the continuation of another under a new queue id.
    continued: HashSet<QueueKey>,
}

impl<'a> Scene<'a> {
    /// The scene of these passages.
    #[must_use]
    pub fn new(partial: &'a Partial, judge: &'a Judge<'a>, thresholds: Thresholds, site: &'a Site) -> Self {
        let (passages, names) = (&partial.passages, &partial.names);
        let kept = &passages.kept;
        Self {
            refusals: partial.tally.cells.iter().filter(|c| c.key.direction == Direction::Inbound).collect(),
            chains: chains(kept),
            kept,
            last_line: &passages.last_line,
            names,
            thresholds,
            site,
            last_line_before: partial.last_line_before(),
            border: partial.border(),
            judged: kept.verdicts.iter().map(|verdict| judge_verdict(judge, verdict)).collect(),
            judge,
            continued: kept.passages.iter().filter_map(|p| p.onward.as_deref().copied()).collect(),
        }
    }

    /// Does this run count a try, and no other?
    #[must_use]
    pub fn counts(&self, one: &Try) -> bool {
        one.at.place.file() >= self.border && !one.waits
    }

    /// Is a line new to this run, and will it be to no other?
    fn is_fresh(&self, shown: &Shown<'_>) -> bool {
        shown.at().place.file() >= self.border && !shown.passage().is_some_and(|passage| passage.waits)
    }

    /// Why a try failed.
    #[must_use]
    pub fn judge(&self, one: &Try) -> Judgement {
        let known = self.judged.get(one.verdict as usize).copied();
        known.unwrap_or_else(|| judge_verdict(self.judge, self.kept.verdict(one)))
    }

    /// The envelope sender of a passage.
    #[must_use]
    pub fn sender(&self, passage: &Passage) -> Option<&'a [u8]> {
        passage.sender.map(|sender| self.kept.person(sender))
    }

    /// Why this host refused.
    #[must_use]
    pub fn judge_refusal(&self, cell: &Cell) -> Judgement {
        let CellKey { direction, class, reply, enhanced, reason, .. } = cell.key;
        self.judge.of(Question { direction, class, reply, enhanced, expired: false, reason })
    }

    /// Did somebody hand this message in, or is it one that goes on in the same host's queue under a new id?
    #[must_use]
    pub fn is_new(&self, passage: &Passage) -> bool {
        !self.continued.contains(&passage.key)
    }

    /// The chains whose sender is known and can do something: bounces (`<>`) commit no dead end.
    pub fn people<'s>(&'s self) -> impl Iterator<Item = &'s Chain<'a>> {
        self.chains.iter().filter(|c| c.sender().is_some_and(|s| s != Symbol::NONE))
    }

    /// The passages of all messages but bounces, for which the host does what it would not do for people.
    pub fn passages(&self) -> impl Iterator<Item = &'a Passage> {
        self.kept.passages.iter().filter(|p| p.sender != Some(Symbol::NONE))
    }
}

/// Why a try got this verdict.
fn judge_verdict(judge: &Judge<'_>, verdict: &Verdict) -> Judgement {
    let deferred = verdict.disposition == Disposition::Deferred;
    judge.of(Question {
        direction: Direction::Outbound,
        class: if deferred { ReplyClass::Transient } else { ReplyClass::Permanent },
        reply: verdict.reply,
        enhanced: verdict.enhanced,
        expired: false,
        reason: verdict.reason,
    })
}

/// A line that shows a case.
#[derive(Debug, Clone, Copy)]
pub enum Shown<'a> {
    /// That of a try of this passage.
    Try(&'a Passage, &'a Try),
    /// The first one of a passage.
    Arrival(&'a Passage, Place),
    /// That of its removal or expiry.
    End(&'a Passage, Moment),
    /// The first refusal of a kind by this host.
    Refusal(&'a Cell, Place),
}

impl<'a> Shown<'a> {
    /// The line of a try, where it was kept.
    #[must_use]
    pub fn of_try(passage: &'a Passage, one: &'a Try) -> Option<Self> {
        (!one.line.is_empty()).then_some(Self::Try(passage, one))
    }

    /// The first refusal of a kind by this host.
    #[must_use]
    pub fn of_refusal(cell: &'a Cell, names: &Names) -> Option<Self> {
        let (place, _) = names.sample_at(cell.key.domain, cell.key.reason)?;
        Some(Self::Refusal(cell, place))
    }

    /// The first line of a passage.
    #[must_use]
    pub fn of_arrival(passage: &'a Passage) -> Option<Self> {
        let place = passage.arrived.filter(|_| !passage.arrival.is_empty())?;
        Some(Self::Arrival(passage, place))
    }

    /// The line of its removal or expiry.
    #[must_use]
    pub fn of_end(passage: &'a Passage) -> Option<Self> {
        let (at, line) = passage.end_line.as_deref()?;
        (!line.is_empty()).then_some(Self::End(passage, *at))
    }

    /// When and where.
    #[must_use]
    pub fn at(&self) -> Moment {
        match *self {
            Self::Try(_, one) => one.at,
            Self::Arrival(passage, place) => Moment { time: passage.handed_in, place },
            Self::End(_, at) => at,
            Self::Refusal(cell, place) => Moment { time: cell.first, place },
        }
    }

    /// The message that it is about.
    fn passage(&self) -> Option<&'a Passage> {
        match *self {
            Self::Try(passage, _) | Self::Arrival(passage, _) | Self::End(passage, _) => Some(passage),
            Self::Refusal(..) => None,
        }
    }

    /// The line, where it is one of those kept.
    fn line(&self) -> Option<KeptText> {
        match *self {
            Self::Try(_, one) => Some(one.line),
            Self::Arrival(passage, _) => Some(passage.arrival),
            Self::End(passage, _) => passage.end_line.as_deref().map(|(_, line)| *line),
            Self::Refusal(..) => None,
        }
    }

    /// The template of the reply in it.
    fn reply(&self, kept: &Kept) -> Symbol {
        match *self {
            Self::Try(_, one) => kept.verdict(one).reason,
            Self::Arrival(..) | Self::End(..) => Symbol::NONE,
            Self::Refusal(cell, _) => cell.key.reason,
        }
    }

    /// Its text; those of kept lines are `lines`.
    fn text<'t>(&self, lines: &'t HashMap<KeptText, Box<[u8]>>, names: &'t Names) -> &'t [u8] {
        match *self {
            Self::Refusal(cell, _) => names.sample_of(cell.key.domain, cell.key.reason),
            _ => self.line().and_then(|line| lines.get(&line)).map(AsRef::as_ref).unwrap_or_default(),
        }
    }
}

/// One case of a dead end.
#[derive(Debug, Clone, Default)]
pub struct Case<'a> {
    /// Envelope sender, as far as the case is about one.
    pub sender: Option<&'a [u8]>,
    /// Recipient, as far as the case is about one.
    pub recipient: Option<&'a [u8]>,
    /// Recipient domain.
    pub domain: Symbol,
    /// Next hop, as far as the case is about one.
    pub relay: Symbol,
    /// What the kind counts: messages, tries, recipients.
    pub count: u64,
    /// The tries that make it.
    pub tries: Vec<&'a Try>,
    /// Those that could not have worked.
    pub wasted: Vec<&'a Try>,
    /// The lines that show it, the decisive ones first.
    pub evidence: Vec<Shown<'a>>,
    /// It has become one in this run, though nothing new was done: the silence tells.
    pub by_silence: bool,
}

impl<'a> Case<'a> {
    /// A case of this sender and recipient, of which nothing is counted yet.
    #[must_use]
    pub fn of(scene: &Scene<'a>, chain: &Chain<'a>) -> Self {
        Self {
            sender: chain.sender().map(|sender| scene.kept.person(sender)),
            recipient: Some(scene.kept.person(chain.recipient())),
            domain: chain.domain(),
            ..Self::default()
        }
    }
}

/// How to find one kind.
pub struct Detector {
    /// A word of the contract, section 5.
    pub kind: &'static str,
    /// Names the cases.
    pub find: for<'a> fn(&Scene<'a>) -> Vec<Case<'a>>,
    /// Would waiting have been the right thing?  Then its success stands beside.
    pub waiting_helps: bool,
}

/// Every kind.
pub static DETECTORS: [Detector; 11] = [
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

/// A finding, its cases that the report shows, and the identities of its tries.
struct Found<'a> {
    severity: Severity,
    finding: DeadEnd,
    cases: Vec<Case<'a>>,
    tries: HashSet<usize>,
    wasted: HashSet<usize>,
}

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

/// All findings, worst first, and their sums.
#[must_use]
pub fn dead_ends(scene: &Scene<'_>, stage: Stage<'_>) -> (Vec<DeadEnd>, DeadEndTotals, Vec<Ignored>) {
    let (found, ignored): (Vec<Option<Found<'_>>>, Vec<Vec<Ignored>>) =
        DETECTORS.par_iter().map(|detector| finding(detector, scene, stage)).unzip();
    let mut found: Vec<Found<'_>> = found.into_iter().flatten().collect();
    found.sort_by_key(|f| (Reverse(f.severity), Reverse(f.finding.attempts), f.finding.kind));
    // A finding whose tries all lie in a worse one is told with it.
    for i in 0..found.len() {
        let (worse, rest) = found.split_at_mut(i);
        let Some(this) = rest.first_mut() else { continue };
        let holder = worse.iter().find(|w| !this.tries.is_empty() && this.tries.is_subset(&w.tries));
        this.finding.within = holder.map(|w| w.finding.kind);
    }
    let (mut all, mut wasted): (HashSet<usize>, HashSet<usize>) = Default::default();
    let mut totals = DeadEndTotals::default();
    for one in &found {
        all.extend(&one.tries);
        wasted.extend(&one.wasted);
        match one.severity {
            Severity::Critical => totals.critical += 1,
            Severity::Warning => totals.warning += 1,
            Severity::Notice => totals.notice += 1,
        }
    }
    totals.attempts = all.len() as u64;
    totals.attempts_wasted = wasted.len() as u64;
    totals.share = rate(totals.attempts_wasted, stage.attempts);
    let shown = found.iter().flat_map(|f| &f.cases).flat_map(|case| &case.evidence);
    let texts = scene.kept.lines.texts(shown.filter_map(Shown::line).collect());
    let mut findings = Vec::new();
    for Found { mut finding, cases, .. } in found {
        finding.items = cases.par_iter().map(|case| item(case, scene, stage, &texts)).collect();
        findings.push(finding);
    }
    (findings, totals, ignored.concat())
}

/// Takes out of `cases` those that the site leaves alone, and says so.
fn leave_alone(kind: &'static str, cases: &mut Vec<Case<'_>>, scene: &Scene<'_>) -> Vec<Ignored> {
    let mut counts: std::collections::BTreeMap<Why, (u64, u64)> = Default::default();
    cases.retain(|case| {
        let suspect = Suspect { kind, sender: case.sender, domain: scene.names.domains.get(case.domain) };
        let has_cause =
            |cause: &str| case.tries.iter().any(|t| !t.is_delivery() && scene.judge(t).cause.as_str() == cause);
        let Some(why) = scene.site.ignores(suspect, has_cause) else { return true };
        let count = counts.entry(why).or_default();
        count.0 += 1;
        count.1 += case.tries.iter().filter(|t| scene.counts(t)).count() as u64;
        false
    });
    let ignored = counts.into_iter().map(|(why, (cases, attempts))| {
        let rule = match why {
            Why::Rule(rule) => scene.site.ignore.get(rule),
            Why::Foreign => None,
        };
        Ignored {
            kind,
            cases,
            attempts,
            reason: rule.map_or_else(|| "the sender is not of own_domains".to_owned(), |rule| rule.reason.clone()),
            until: rule.and_then(|rule| rule.until.clone()),
        }
    });
    ignored.collect()
}

/// What a detector found, None for nothing; and what the site leaves alone of it.
fn finding<'a>(this: &Detector, scene: &Scene<'a>, stage: Stage<'_>) -> (Option<Found<'a>>, Vec<Ignored>) {
    let Some(info) = detector(this.kind) else { return Default::default() };
    let mut cases = (this.find)(scene);
    // What an earlier run knew it has told.
    cases.retain(|case| {
        case.by_silence
            || case.tries.iter().any(|one| scene.counts(one))
            || case.evidence.iter().any(|shown| scene.is_fresh(shown))
    });
    let ignored = leave_alone(this.kind, &mut cases, scene);
    if cases.is_empty() {
        return (None, ignored);
    }
    cases.sort_by(|a, b| {
        let domain = |symbol| scene.names.domains.get(symbol);
        let first = |c: &Case<'_>| c.tries.first().map(|t| t.at).or(c.evidence.first().map(Shown::at));
        let left = (Reverse(a.wasted.len()), Reverse(a.count), a.recipient, a.sender, domain(a.domain));
        let right = (Reverse(b.wasted.len()), Reverse(b.count), b.recipient, b.sender, domain(b.domain));
        left.cmp(&right).then_with(|| first(a).cmp(&first(b)))
    });
    let mut tries: HashMap<usize, bool> = HashMap::new();
    let mut wasted = HashSet::new();
    for case in &cases {
        let fresh = case.tries.iter().filter(|t| scene.counts(t));
        tries.extend(fresh.map(|t| (scene.kept.number(t), t.is_delivery())));
        wasted.extend(case.wasted.iter().filter(|t| scene.counts(t)).map(|t| scene.kept.number(t)));
    }
    let attempts = tries.len() as u64;
    let delivered = tries.values().filter(|d| **d).count() as u64;
    let hour = |g: &Gap| g.from_s >= 300 && g.to_s.is_some_and(|to| to <= 3600);
    let waited = stage.gaps.iter().filter(|g| this.waiting_helps && hour(g));
    let (expected_attempts, expected_delivered) = waited.fold((0, 0), |(a, d), g| (a + g.attempts, d + g.delivered));
    let few = scene.thresholds.few_cases;
    let finding = DeadEnd {
        kind: this.kind,
        severity: info.severity.as_str(),
        count: cases.iter().map(|c| c.count).sum(),
        attempts,
        delivered,
        attempts_wasted: wasted.len() as u64,
        within: None,
        summary: String::new(),
        success_rate: rate(delivered, attempts).filter(|_| attempts >= few),
        expected_success_rate: rate(expected_delivered, expected_attempts).filter(|_| expected_attempts >= few),
        expected_attempts,
        expected_delivered,
        whose: info.whose.clone(),
        advice: info.advice.clone(),
        items: Vec::new(),
    };
    cases.truncate(ITEMS);
    (Some(Found { severity: info.severity, finding, cases, tries: tries.into_keys().collect(), wasted }), ignored)
}

fn text(bytes: &[u8]) -> String {
    bytes::text(bytes).into_owned()
}

fn optional(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| text(bytes))
}

fn item(case: &Case<'_>, scene: &Scene<'_>, stage: Stage<'_>, texts: &HashMap<KeptText, Box<[u8]>>) -> DeadEndItem {
    let times = case.tries.iter().map(|t| t.at.time).chain(case.evidence.iter().map(|e| e.at().time));
    let evidence = case.evidence.iter().map(|shown| {
        let at = shown.at();
        let (file, line) = stage.places.of(at.place);
        Evidence {
            file: file.to_owned(),
            line,
            text: text(shown.text(texts, scene.names)),
            time: stage.frame.time(at.time),
            queue_id: shown.passage().and_then(|passage| optional(passage.key.id())),
            reply: text(scene.names.reasons.get(shown.reply(scene.kept))),
        }
    });
    DeadEndItem {
        sender: case.sender.map(text),
        recipient: case.recipient.map(text),
        domain: optional(scene.names.domains.get(case.domain)),
        relay: optional(scene.names.relays.get(case.relay)),
        first: times.clone().min().map(|t| stage.frame.time(t)).unwrap_or_default(),
        last: times.max().map(|t| stage.frame.time(t)).unwrap_or_default(),
        attempts: case.tries.len() as u64,
        codes: codes(scene.kept, &case.tries),
        evidence: evidence.collect(),
    }
}

/// The codes of failed tries, most frequent first.
fn codes(kept: &Kept, tries: &[&Try]) -> Vec<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for one in tries.iter().filter(|t| !t.is_delivery()) {
        let verdict = kept.verdict(one);
        let code = match (verdict.reply, verdict.enhanced) {
            (Some(reply), Some(enhanced)) => format!("{reply} {enhanced}"),
            (Some(reply), None) => reply.to_string(),
            (None, Some(enhanced)) => enhanced.to_string(),
            (None, None) => continue,
        };
        *counts.entry(code).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.into_iter().map(|(code, _)| code).collect()
}

/// Failed tries of one kind, a case for each domain that gave them in at least so many moments: what is about the
/// domain, not about a message.
fn by_domain<'a>(scene: &Scene<'a>, at_least: usize, is_one: impl Fn(&Try) -> bool) -> Vec<Case<'a>> {
    let mut groups: HashMap<Symbol, Vec<(&'a Passage, &'a Try)>> = HashMap::new();
    for passage in &scene.kept.passages {
        for one in scene.kept.tries(passage).iter().filter(|t| !t.is_delivery() && is_one(t)) {
            groups.entry(passage.domain).or_default().push((passage, one));
        }
    }
    let mut cases = Vec::new();
    for (domain, mut tries) in groups {
        tries.sort_by_key(|(p, t)| (t.at, scene.kept.person(p.recipient)));
        let Some(&(_, first)) = tries.first() else { continue };
        if moments(tries.iter().map(|(_, t)| *t)) < at_least {
            continue;
        }
        cases.push(Case {
            domain,
            relay: first.relay,
            count: tries.len() as u64,
            tries: tries.iter().map(|(_, t)| *t).collect(),
            // The first answer told.
            wasted: tries.iter().map(|(_, t)| *t).filter(|t| is_later(t.at.time, first.at.time)).collect(),
            evidence: tries.iter().filter_map(|(p, t)| Shown::of_try(p, t)).take(8).collect(),
            ..Case::default()
        });
    }
    cases
}

/// Is `later` a later second than `earlier`?  Logs have whole seconds: what happened within one has no order, and
/// no time passed between.
fn is_later(later: i64, earlier: i64) -> bool {
    later.div_euclid(SECOND) > earlier.div_euclid(SECOND)
}

/// In how many seconds of the log these tries lie, given in time order: what one transaction brought its recipients,
/// or a log whose clock stands still, shows nobody doing anything again.
fn moments<'t>(tries: impl IntoIterator<Item = &'t Try>) -> usize {
    let mut seconds: Vec<i64> = tries.into_iter().map(|t| t.at.time.div_euclid(SECOND)).collect();
    seconds.dedup();
    seconds.len()
}
