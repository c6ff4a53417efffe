//! From the merged [`Partial`](super::partial::Partial) to the [`Analysis`]: tables are projections of the tally's cells.

use std::cmp::Ordering;
use std::hash::Hash;

use chrono::{Duration, NaiveTime, Timelike};
use hashbrown::{HashMap, HashSet};
use rayon::slice::ParallelSliceMut;

use super::analysis::{
    Analysis, CauseProvider, CauseRow, ChainLength, Client, Code, CodeDomain, DeadEnd, DeadEndTotals, Direction,
    Domain, Generator, Ignored, Inbound, InboundReason, Input, InputFile, MtaLines, OurGreylisting, Provider,
    QuietKind, Reason, Retries, SCHEMA, SeriesPoint, Window,
};
use super::chains::waits::{Asked, Waits};
use super::chains::{Opened, Try};
use super::detect::{Findings, Ground, Scene, Stage};
use super::frame::Frame;
use super::inputs::{InputFate, Places};
use super::judge::{Judge, Judgement, Question};
use super::partial::Partial;
use super::providers::Providers;
use super::site::Site;
use super::tally::{Cell, CellId, CellKey, Outcome, SERIES_STEP, SeriesCount, Tally};
use crate::bytes;
use crate::history::names::Names;
use crate::history::symbols::Symbol;
use crate::knowledge::detectors::Thresholds;
use crate::knowledge::{Cause, Rules, meaning};
use crate::smtp::{EnhancedCode, ReplyCode};

/// Longest sample in characters.
const SAMPLE: usize = 200;

/// Past so many days the series has a point a day instead of one an hour.
const HOURLY_DAYS: i64 = 14;

/// A series is filled with empty points up to this many; past it (a log with a wild stamp) only points with
/// something in them are shown.
const FILLED_POINTS: usize = 4000;

/// What failures are judged by.
#[derive(Debug, Clone, Copy)]
pub struct Standards<'a> {
    /// The numbers that make a dead end.
    pub thresholds: Thresholds,
    /// The rules that tell causes.
    pub rules: &'a Rules,
    /// What the operator says of the site.
    pub site: &'a Site,
}

impl Default for Standards<'static> {
    fn default() -> Self {
        static NOTHING: Site = Site::nothing();
        Self { thresholds: Thresholds::default(), rules: crate::knowledge::rules(), site: &NOTHING }
    }
}

/// The figures of everything that was read.
#[must_use]
pub fn analysis(partial: &Partial, files: &[InputFate], frame: &Frame, standards: &Standards<'_>) -> Analysis {
    let judge = &Judge::new(&partial.names, standards.rules);
    // What follows asks for the causes of the same replies again.
    let view = &View::new(partial, judge);
    let (tables, found) =
        rayon::join(|| Tables::of(partial, view, judge, frame), || Found::of(partial, judge, files, frame, standards));
    Analysis {
        schema: SCHEMA,
        generator: Generator { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        window: Window {
            first: partial.health.window.map(|(first, _)| frame.time(first)),
            last: partial.health.window.map(|(_, last)| frame.time(last)),
            since: frame.since.map(|t| frame.time(t)),
            until: frame.until.map(|t| frame.time(t)),
            timezone: frame.zone_name.clone(),
        },
        input: input(partial, files),
        totals: partial.tally.totals,
        fates: partial.tally.fates,
        counted_apart: partial.tally.counted_apart,
        codes: tables.codes,
        domains: tables.domains,
        code_domains: tables.code_domains,
        reasons: tables.reasons,
        providers: tables.providers,
        causes: tables.causes,
        inbound: tables.inbound,
        retries: found.retries,
        dead_ends: found.dead_ends,
        dead_end_totals: found.totals,
        ignored: found.ignored,
        ignores_expired: standards.site.expired.iter().map(ToString::to_string).collect(),
        series: series(&partial.tally, frame),
        previous: None,
        counters: None,
    }
}

/// The tables that are projections of the cells.
struct Tables {
    codes: Vec<Code>,
    domains: Vec<Domain>,
    code_domains: Vec<CodeDomain>,
    reasons: Vec<Reason>,
    providers: Vec<Provider>,
    causes: Vec<CauseRow>,
    inbound: Inbound,
}

impl Tables {
    fn of(partial: &Partial, view: &View<'_>, judge: &Judge<'_>, frame: &Frame) -> Self {
        let of = &Providers::of(&partial.tally, &partial.names);
        let samples = &view.names.first_samples();
        let mut inbound = Inbound::default();
        let (mut codes, mut domains, mut code_domains) = Default::default();
        let (mut reasons, mut providers, mut causes) = Default::default();
        rayon::scope(|tables| {
            tables.spawn(|_| code_domains = self::code_domains(view, frame));
            tables.spawn(|_| domains = self::domains(view));
            tables.spawn(|_| causes = self::causes(view, of));
            tables.spawn(|_| providers = self::providers(view, of));
            tables.spawn(|_| codes = self::codes(view, frame));
            tables.spawn(|_| reasons = self::reasons(view, samples));
            tables.spawn(|_| {
                inbound = Inbound {
                    by_client: clients(partial, frame),
                    by_reason: inbound_reasons(view, samples),
                    greylisting: our_greylisting(partial, judge),
                };
            });
        });
        Self { codes, domains, code_domains, reasons, providers, causes, inbound }
    }
}

/// What is told of recipients in trouble.
struct Found {
    retries: Retries,
    dead_ends: Vec<DeadEnd>,
    totals: DeadEndTotals,
    ignored: Vec<Ignored>,
}

impl Found {
    fn of(partial: &Partial, judge: &Judge<'_>, files: &[InputFate], frame: &Frame, standards: &Standards<'_>) -> Self {
        let ground = &Ground::new(partial, judge, standards.thresholds, standards.site);
        let names = &partial.names;
        let says_restart =
            |one: &Try<'_>| memchr::memmem::find(names.reasons.get(ground.verdict(one).reason), b"restart").is_some();
        let is_greylisting = |one: &Try<'_>| ground.judge(one).cause == Cause::Greylisted;
        let look = |(waits, findings): &mut (Waits, Findings), opened: &Opened<'_>| {
            let scene = &Scene::new(opened, ground);
            let counts = |one: &Try<'_>| ground.counts(one);
            let asked = Asked { counts: &counts, is_greylisting: &is_greylisting, says_restart: &says_restart };
            waits.see(&scene.chains, opened, &asked);
            findings.see(scene);
        };
        let join = |mut one: (Waits, Findings), other: (Waits, Findings)| {
            one.0.join(other.0);
            one.1.join(other.1, ground);
            one
        };
        let (waits, findings) = ground.kept.look_through(look, join);
        let gaps = waits.gaps();
        let places = Places::new(&partial.health, files);
        let tried = partial.tally.totals.attempts - partial.tally.totals.delivered_local;
        let stage = Stage { gaps: &gaps, attempts: tried, frame, places: &places };
        let (dead_ends, totals, ignored) = findings.told(ground, stage);
        let greylisting = waits.greylisting(|domain| lossy(names.domains.get(domain)));
        let schedules = waits.schedules(|host| optional(names.hosts.get(host)));
        let attempts_per_chain = chain_lengths(&partial.tally);
        let retries = Retries { gaps, attempts_per_chain, greylisting, schedules };
        Self { retries, dead_ends, totals, ignored }
    }
}

/// Bytes of the log as text.
fn lossy(bytes: &[u8]) -> String {
    bytes::text(bytes).into_owned()
}

/// At most [`SAMPLE`] characters of a text.
fn sample(bytes: &[u8]) -> String {
    let text = bytes::text(bytes);
    let end = if text.len() <= SAMPLE { None } else { text.char_indices().nth(SAMPLE) };
    text[..end.map_or(text.len(), |(end, _)| end)].to_owned()
}

fn optional(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| lossy(bytes))
}

/// Compares rows by a key that borrows from them: `order!(|row| (row.count, &row.name))`.
macro_rules! order {
    (|$row:ident| $key:expr) => {
        |a: &_, b: &_| {
            let $row = a;
            let left = $key;
            let $row = b;
            left.cmp(&$key)
        }
    };
}

/// The tally with each cell's cause.
struct View<'a> {
    tally: &'a Tally,
    names: &'a Names,
    judged: Vec<Judgement>,
}

/// Cells that share a row of a table.
struct Group<K> {
    key: K,
    attempts: u64,
    recipients: u64,
    messages: u64,
    domains: u64,
    first: i64,
    last: i64,
    cells: Vec<CellId>,
    cause: &'static str,
}

impl<'a> View<'a> {
    fn new(partial: &'a Partial, judge: &Judge<'_>) -> Self {
        let (tally, names) = (&partial.tally, &partial.names);
        let question = |cell: &Cell| {
            let CellKey { direction, outcome, class, reply, enhanced, reason, .. } = cell.key;
            Question { direction, class, reply, enhanced, expired: outcome == Outcome::Expired, reason }
        };
        let judged = judge.of_all(tally.cells.iter().map(question).collect());
        Self { tally, names, judged }
    }

    fn cell(&self, id: CellId) -> Option<&Cell> {
        self.tally.cells.get(id as usize)
    }

    fn cause(&self, id: CellId) -> &'static str {
        self.judged.get(id as usize).map_or("", |j| j.cause.as_str())
    }

    /// The reply text as logged of the biggest cell that has one; of equals the first by what is logged, not by numbers
    /// of symbols: those depend on how the input was cut.
    fn sample<K>(&self, group: &Group<K>) -> String {
        let text = |cell: &Cell| self.names.sample_of(cell.key.domain, cell.key.reason);
        let cells = group.cells.iter().filter_map(|&id| self.cell(id)).filter(|cell| !text(cell).is_empty());
        let logged = |cell: &Cell| (self.names.domains.get(cell.key.domain), self.names.reasons.get(cell.key.reason));
        let biggest = cells.min_by(|a, b| b.attempts.cmp(&a.attempts).then_with(|| logged(a).cmp(&logged(b))));
        biggest.map(|cell| sample(text(cell))).unwrap_or_default()
    }

    /// One group for each key that `key_of` gives; cells without a key are in none.
    fn project<K: Hash + Eq + Clone>(&self, key_of: impl Fn(CellId, &Cell) -> Option<K>) -> Vec<Group<K>> {
        let mut index: HashMap<K, usize> = HashMap::new();
        let mut groups: Vec<Group<K>> = Vec::new();
        let mut group_of: Vec<Option<usize>> = Vec::with_capacity(self.tally.cells.len());
        for (id, cell) in self.tally.cells.iter().enumerate() {
            let id = id as CellId;
            let Some(key) = key_of(id, cell) else {
                group_of.push(None);
                continue;
            };
            let at = *index.entry(key.clone()).or_insert_with(|| {
                let (first, last) = (cell.first, cell.last);
                groups.push(Group {
                    key,
                    attempts: 0,
                    recipients: 0,
                    messages: 0,
                    domains: 0,
                    first,
                    last,
                    cells: Vec::new(),
                    cause: "",
                });
                groups.len() - 1
            });
            group_of.push(Some(at));
            if let Some(group) = groups.get_mut(at) {
                group.attempts += cell.attempts;
                group.first = group.first.min(cell.first);
                group.last = group.last.max(cell.last);
                group.cells.push(id);
            }
        }
        let mut touched = Vec::new();
        let sets = [(&self.tally.recipient_sets, false), (&self.tally.message_sets, true)];
        for (set, &count) in sets
            .iter()
            .flat_map(|(sets, messages)| sets.iter().map(move |s| (messages, s)))
            .map(|(messages, (set, count))| ((set, *messages), count))
        {
            let (set, messages) = set;
            touched.clear();
            touched.extend(set.iter().filter_map(|&id| group_of.get(id as usize).copied().flatten()));
            touched.sort_unstable();
            touched.dedup();
            for &at in &touched {
                if let Some(group) = groups.get_mut(at) {
                    *(if messages { &mut group.messages } else { &mut group.recipients }) += count;
                }
            }
        }
        for group in &mut groups {
            self.describe(group);
        }
        groups
    }

    /// A group's distinct domains and its main cause.
    fn describe<K>(&self, group: &mut Group<K>) {
        if let &[only] = group.cells.as_slice() {
            group.domains = u64::from(self.cell(only).is_some_and(|cell| cell.key.domain != Symbol::NONE));
            group.cause = self.cause(only);
            return;
        }
        let mut domains = HashSet::new();
        let mut causes: HashMap<&'static str, u64> = HashMap::new();
        for &id in &group.cells {
            let Some(cell) = self.cell(id) else { continue };
            if cell.key.domain != Symbol::NONE {
                domains.insert(cell.key.domain);
            }
            *causes.entry(self.cause(id)).or_default() += cell.attempts;
        }
        group.domains = domains.len() as u64;
        group.cause = most(causes).unwrap_or_default();
    }
}

/// Puts the rows with the highest count first, and equals in an order of their own.
fn sort<R: Send>(rows: &mut [R], count: impl Fn(&R) -> u64 + Sync, order: impl Fn(&R, &R) -> Ordering + Sync) {
    rows.par_sort_unstable_by(|a, b| count(b).cmp(&count(a)).then_with(|| order(a, b)));
}

/// The key with the highest count; of equals the first in order.
fn most<K: Ord>(counts: impl IntoIterator<Item = (K, u64)>) -> Option<K> {
    counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0))).map(|(key, _)| key)
}

fn reply_number(reply: Option<ReplyCode>) -> Option<u16> {
    reply.map(ReplyCode::get)
}

fn enhanced_text(enhanced: Option<EnhancedCode>) -> Option<String> {
    enhanced.map(|e| e.to_string())
}

/// `450 4.7.1`, as far as there is one.
fn code_text(reply: Option<ReplyCode>, enhanced: Option<EnhancedCode>) -> Option<String> {
    match (reply, enhanced) {
        (Some(reply), Some(enhanced)) => Some(format!("{reply} {enhanced}")),
        (Some(reply), None) => Some(reply.to_string()),
        (None, Some(enhanced)) => Some(enhanced.to_string()),
        (None, None) => None,
    }
}

fn input(partial: &Partial, files: &[InputFate]) -> Input {
    let health = &partial.health;
    let mut input = Input::default();
    for (index, file) in files.iter().enumerate().filter(|(_, file)| !file.recalled) {
        let count = health.files.get(&(index as u32)).copied().unwrap_or_default();
        let [postfix, exim, sendmail] = count.mta;
        let mail = postfix + exim + sendmail;
        let other = count.lines - mail.min(count.lines);
        input.bytes += count.bytes;
        input.lines += count.lines;
        input.mail_lines += mail;
        input.other_lines += other;
        input.unparsed_lines += count.unparsed;
        input.files.push(InputFile {
            name: file.name.clone(),
            bytes: count.bytes,
            lines: count.lines,
            mta: MtaLines { postfix, exim, sendmail, other },
            unparsed: count.unparsed,
            truncated: file.long_lines,
            error: file.error.clone(),
        });
    }
    input.hosts = partial.mail_hosts().into_iter().map(lossy).collect();
    input.hosts.sort();
    input.unparsed_examples = health.examples.iter().map(|(_, raw)| lossy(raw)).collect();
    input.quiet = health.quiet.iter().map(|(kind, &lines)| QuietKind { kind: (*kind).to_owned(), lines }).collect();
    input.quiet.sort_by(|a, b| b.lines.cmp(&a.lines).then_with(|| a.kind.cmp(&b.kind)));
    input
}

fn codes(view: &View<'_>, frame: &Frame) -> Vec<Code> {
    let groups = view.project(|_, cell| {
        let key = cell.key;
        Some((key.direction, key.reply, key.enhanced, key.class, key.outcome))
    });
    let mut rows: Vec<Code> = groups
        .into_iter()
        .map(|group| {
            let (direction, reply, enhanced, class, outcome) = group.key;
            Code {
                direction,
                reply_code: reply_number(reply),
                enhanced_code: enhanced_text(enhanced),
                class: class.as_str(),
                outcome: outcome.as_str(),
                attempts: group.attempts,
                messages: group.messages,
                recipients: group.recipients,
                domains: group.domains,
                cause: group.cause.to_owned(),
                meaning: meaning(reply, enhanced, Cause::parse(group.cause).unwrap_or(Cause::Unknown)),
                first: frame.time(group.first),
                last: frame.time(group.last),
            }
        })
        .collect();
    sort(&mut rows, |r| r.attempts, order!(|r| (r.direction, r.reply_code, &r.enhanced_code, r.class, r.outcome)));
    rows
}

fn domains(view: &View<'_>) -> Vec<Domain> {
    let failing = view.project(|_, cell| {
        let counted = matches!(cell.key.outcome, Outcome::Deferred | Outcome::Bounced);
        counted.then_some(cell.key.domain)
    });
    let failing: HashMap<Symbol, Group<Symbol>> = failing.into_iter().map(|g| (g.key, g)).collect();
    let mut rows: Vec<Domain> = view
        .tally
        .domains
        .iter()
        .map(|(&domain, count)| {
            let group = failing.get(&domain);
            let top_code = group.and_then(|group| {
                let mut codes: HashMap<Option<String>, u64> = HashMap::new();
                for cell in group.cells.iter().filter_map(|&id| view.cell(id)) {
                    *codes.entry(code_text(cell.key.reply, cell.key.enhanced)).or_default() += cell.attempts;
                }
                most(codes).flatten()
            });
            Domain {
                domain: optional(view.names.domains.get(domain)),
                attempts: count.delivered + count.deferred + count.bounced,
                delivered: count.delivered,
                delivered_local: count.delivered_local,
                deferred: count.deferred,
                bounced: count.bounced,
                expired: count.expired,
                recovered: count.recovered,
                delay_p50: count.delays.percentile(50),
                delay_p95: count.delays.percentile(95),
                delay_max: count.delays.max(),
                top_code,
                top_cause: group.map(|g| g.cause.to_owned()),
            }
        })
        .collect();
    rows.sort_by(|a, b| b.attempts.cmp(&a.attempts).then_with(|| a.domain.cmp(&b.domain)));
    rows
}

fn code_domains(view: &View<'_>, frame: &Frame) -> Vec<CodeDomain> {
    let groups = view.project(|_, cell| {
        let key = cell.key;
        Some((key.direction, key.reply, key.enhanced, key.domain, key.outcome))
    });
    let mut rows: Vec<CodeDomain> = groups
        .into_iter()
        .map(|group| {
            let (direction, reply, enhanced, domain, outcome) = group.key;
            CodeDomain {
                direction,
                reply_code: reply_number(reply),
                enhanced_code: enhanced_text(enhanced),
                domain: optional(view.names.domains.get(domain)),
                outcome: outcome.as_str(),
                attempts: group.attempts,
                messages: group.messages,
                recipients: group.recipients,
                cause: group.cause.to_owned(),
                first: frame.time(group.first),
                last: frame.time(group.last),
                sample: view.sample(&group),
            }
        })
        .collect();
    sort(&mut rows, |r| r.attempts, order!(|r| (r.direction, r.reply_code, &r.enhanced_code, &r.domain, r.outcome)));
    rows
}

fn reasons(view: &View<'_>, samples: &HashMap<Symbol, &[u8]>) -> Vec<Reason> {
    let groups = view.project(|_, cell| {
        let key = cell.key;
        (key.outcome != Outcome::Expired).then_some((key.direction, key.reply, key.enhanced, key.reason))
    });
    let mut rows: Vec<Reason> = groups
        .into_iter()
        .map(|group| {
            let (direction, reply, enhanced, reason) = group.key;
            Reason {
                direction,
                reply_code: reply_number(reply),
                enhanced_code: enhanced_text(enhanced),
                template: lossy(view.names.reasons.get(reason)),
                cause: group.cause.to_owned(),
                attempts: group.attempts,
                recipients: group.recipients,
                domains: group.domains,
                sample: samples.get(&reason).map(|text| sample(text)).unwrap_or_default(),
            }
        })
        .collect();
    sort(&mut rows, |r| r.attempts, order!(|r| (r.direction, r.reply_code, &r.enhanced_code, &r.template)));
    rows
}

fn causes(view: &View<'_>, providers: &Providers) -> Vec<CauseRow> {
    let counted = |id: CellId, cell: &Cell| {
        (cell.key.outcome != Outcome::Expired).then(|| (view.cause(id), cell.key.direction, cell.key.class))
    };
    let any_class: HashMap<(&str, Direction), u64> = view
        .project(|id, cell| counted(id, cell).map(|(cause, direction, _)| (cause, direction)))
        .into_iter()
        .map(|group| (group.key, group.domains))
        .collect();
    let mut rows: Vec<CauseRow> = view
        .project(counted)
        .into_iter()
        .map(|group| {
            let (cause, direction, class) = group.key;
            let info = Cause::parse(cause).unwrap_or(Cause::Unknown).info();
            CauseRow {
                cause: cause.to_owned(),
                direction,
                class: class.as_str(),
                attempts: group.attempts,
                recipients: group.recipients,
                domains: group.domains,
                domains_any_class: any_class.get(&(cause, direction)).copied().unwrap_or_default(),
                providers: cause_providers(view, &group.cells, providers),
                whose: info.move_.as_str().to_owned(),
                advice: info.do_.first().unwrap_or(&info.advice).clone(),
                advice_short: info.advice.clone(),
                dead_ends: info.dont.iter().map(|dont| format!("{}: {}", dont.what, dont.why)).collect(),
            }
        })
        .collect();
    sort(&mut rows, |r| r.attempts, order!(|r| (&r.cause, r.direction, r.class)));
    rows
}

fn providers(view: &View<'_>, providers: &Providers) -> Vec<Provider> {
    let causes = view.project(|_, cell| {
        let failed = matches!(cell.key.outcome, Outcome::Deferred | Outcome::Bounced);
        failed.then(|| providers.of_domain.get(&cell.key.domain).copied()).flatten()
    });
    let causes: HashMap<&str, &str> = causes.into_iter().map(|g| (g.key, g.cause)).collect();
    let mut rows: Vec<Provider> = providers
        .tries
        .iter()
        .map(|(&provider, tries)| {
            let [delivered, deferred, bounced] = tries.counts;
            Provider {
                provider: provider.to_owned(),
                domains: tries.domains.len() as u64,
                attempts: delivered + deferred + bounced,
                delivered,
                deferred,
                bounced,
                top_cause: causes.get(provider).map(|&c| c.to_owned()),
            }
        })
        .collect();
    rows.sort_by(|a, b| b.attempts.cmp(&a.attempts).then_with(|| a.provider.cmp(&b.provider)));
    rows
}

/// The providers that failures of one cause came from, most first.
fn cause_providers(view: &View<'_>, cells: &[CellId], providers: &Providers) -> Vec<CauseProvider> {
    let mut sums: HashMap<&'static str, u64> = HashMap::new();
    for cell in cells.iter().filter_map(|&id| view.cell(id)).filter(|c| c.key.direction == Direction::Outbound) {
        if let Some(provider) = providers.of_domain.get(&cell.key.domain) {
            *sums.entry(provider).or_default() += cell.attempts;
        }
    }
    let row = |(provider, attempts): (&str, u64)| CauseProvider { provider: provider.to_owned(), attempts };
    let mut rows: Vec<CauseProvider> = sums.into_iter().map(row).collect();
    rows.sort_by(|a, b| b.attempts.cmp(&a.attempts).then_with(|| a.provider.cmp(&b.provider)));
    rows
}

fn clients(partial: &Partial, frame: &Frame) -> Vec<Client> {
    let mut rows: Vec<Client> = partial
        .tally
        .clients
        .iter()
        .map(|(ip, count)| Client {
            client_ip: optional(ip),
            client_name: optional(&count.name.1),
            rejected: count.transient + count.permanent,
            transient: count.transient,
            permanent: count.permanent,
            first: frame.time(count.first),
            last: frame.time(count.last),
        })
        .collect();
    sort(&mut rows, |r| r.rejected, order!(|r| &r.client_ip));
    rows
}

fn inbound_reasons(view: &View<'_>, samples: &HashMap<Symbol, &[u8]>) -> Vec<InboundReason> {
    let groups = view.project(|_, cell| {
        let key = cell.key;
        (key.direction == Direction::Inbound).then_some((key.reply, key.enhanced, key.class, key.reason))
    });
    let mut rows: Vec<InboundReason> = groups
        .into_iter()
        .map(|group| {
            let (reply, enhanced, class, reason) = group.key;
            InboundReason {
                reply_code: reply_number(reply),
                enhanced_code: enhanced_text(enhanced),
                class: class.as_str(),
                template: lossy(view.names.reasons.get(reason)),
                cause: group.cause.to_owned(),
                rejected: group.attempts,
                sample: samples.get(&reason).map(|text| sample(text)).unwrap_or_default(),
            }
        })
        .collect();
    sort(&mut rows, |r| r.rejected, order!(|r| (r.reply_code, &r.enhanced_code, r.class, &r.template)));
    rows
}

fn our_greylisting(partial: &Partial, judge: &Judge<'_>) -> OurGreylisting {
    let mut sum = OurGreylisting::default();
    for (reason, returns) in partial.greylisted.returns() {
        // The codes of a reason stand in its cells; any of them will do to tell greylisting from trouble.
        let cells = partial.tally.cells.iter().filter(|c| c.key.direction == Direction::Inbound);
        let Some(cell) = cells.filter(|c| c.key.reason == reason).min_by_key(|c| (c.key.reply, c.key.enhanced)) else {
            continue;
        };
        let CellKey { direction, class, reply, enhanced, .. } = cell.key;
        let question = Question { direction, class, reply, enhanced, expired: false, reason };
        if judge.of(question).cause == Cause::Greylisted {
            sum.triples += returns.triples;
            sum.accepted += returns.accepted;
            sum.never_returned += returns.never_returned;
            sum.named_never_returned += returns.named_never_returned;
            sum.early_retries += returns.early_retries;
        }
    }
    sum
}

fn chain_lengths(tally: &Tally) -> Vec<ChainLength> {
    let counts = tally.nth_attempts.iter().enumerate();
    counts.map(|(i, &(recipients, delivered))| ChainLength { attempt: i as u64 + 1, recipients, delivered }).collect()
}

fn series(tally: &Tally, frame: &Frame) -> Vec<SeriesPoint> {
    let times = tally.series.keys().map(|step| step * SERIES_STEP * 1_000_000);
    let (Some(first), Some(last)) = (times.clone().min(), times.max()) else { return Vec::new() };
    let daily = last - first > HOURLY_DAYS * 86_400_000_000;
    let begin = |time: i64| {
        let local = frame.local(time);
        let hour = if daily { 0 } else { local.hour() };
        local.date().and_time(NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default())
    };
    // Keyed by UTC so that the hour that comes twice in autumn is two points; days are local.
    let key = |time: i64| if daily { frame.utc(begin(time)) } else { time - into_hour(frame, time) };
    let mut points: HashMap<i64, SeriesCount> = HashMap::new();
    for (step, count) in &tally.series {
        *points.entry(key(step * SERIES_STEP * 1_000_000)).or_default() += *count;
    }
    let step = if daily { Duration::days(1) } else { Duration::hours(1) };
    let micros = step.num_microseconds().unwrap_or(i64::MAX);
    if ((last - first) / micros) as usize <= FILLED_POINTS {
        let mut at = key(first);
        while at <= last {
            points.entry(at).or_default();
            // Noon of the next day lies on the next day whatever the clocks do in between.
            at = if daily { key(at + micros + micros / 2) } else { at + micros };
        }
    }
    let mut points: Vec<(i64, SeriesCount)> = points.into_iter().collect();
    points.sort_unstable_by_key(|(start, _)| *start);
    let point = |(start, count): (i64, SeriesCount)| SeriesPoint {
        start: frame.time(start),
        delivered: count.delivered,
        delivered_local: count.delivered_local,
        deferred: count.deferred,
        bounced: count.bounced,
        expired: count.expired,
        rejected: count.rejected,
    };
    points.into_iter().map(point).collect()
}

/// Microseconds since the local hour began.
fn into_hour(frame: &Frame, time: i64) -> i64 {
    let local = frame.local(time);
    i64::from(local.minute() * 60 + local.second()) * 1_000_000 + time.rem_euclid(1_000_000)
}
