//! From the merged [`Partial`](crate::fold::partial::Partial) to the [`Analysis`]: tables are projections of the tally's cells.

mod inbound;
mod series;
mod tables;
mod view;

use super::analysis::{
    Analysis, CauseRow, ChainLength, Code, CodeDomain, DeadEnd, DeadEndTotals, Domain, Generator, Ignored, Inbound,
    Input, InputFile, MtaLines, Provider, QuietKind, Reason, Retries, SCHEMA, Window,
};
use super::detect::{Findings, Ground, Scene, Stage};
use super::frame::Frame;
use super::judge::Judge;
use super::providers::Providers;
use super::site::Site;
use super::waits::{Asked, Waits};
use crate::event::Mta;
use crate::fold::chains::{Opened, Try};
use crate::fold::inputs::{InputFate, Places};
use crate::fold::partial::Partial;
use crate::fold::tally::Tally;
use crate::knowledge::detectors::Thresholds;
use crate::knowledge::{Cause, Rules};

use view::{View, lossy, optional};

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
        series: series::series(&partial.tally, frame),
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
        let samples = &view.names.samples.by_reason();
        let mut inbound = Inbound::default();
        let (mut codes, mut domains, mut code_domains) = Default::default();
        let (mut reasons, mut providers, mut causes) = Default::default();
        rayon::scope(|tables| {
            tables.spawn(|_| code_domains = tables::code_domains(view, frame));
            tables.spawn(|_| domains = tables::domains(view));
            tables.spawn(|_| causes = tables::causes(view, of));
            tables.spawn(|_| providers = tables::providers(view, of));
            tables.spawn(|_| codes = tables::codes(view, frame));
            tables.spawn(|_| reasons = tables::reasons(view, samples));
            tables.spawn(|_| {
                inbound = Inbound {
                    by_client: inbound::clients(partial, frame),
                    by_reason: inbound::reasons(view, samples),
                    greylisting: inbound::our_greylisting(partial, judge),
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

fn chain_lengths(tally: &Tally) -> Vec<ChainLength> {
    let counts = tally.nth_attempts.iter().enumerate();
    counts.map(|(i, &(recipients, delivered))| ChainLength { attempt: i as u64 + 1, recipients, delivered }).collect()
}

impl MtaLines {
    /// From the counts in the order of [`Mta`].
    fn new([postfix, exim, sendmail]: [u64; Mta::ALL.len()], other: u64) -> Self {
        Self { postfix, exim, sendmail, other }
    }

    /// Those of one MTA.
    #[must_use]
    pub fn of(&self, mta: Mta) -> u64 {
        match mta {
            Mta::Postfix => self.postfix,
            Mta::Exim => self.exim,
            Mta::Sendmail => self.sendmail,
        }
    }
}

fn input(partial: &Partial, files: &[InputFate]) -> Input {
    let health = &partial.health;
    let mut input = Input::default();
    for (index, file) in files.iter().enumerate().filter(|(_, file)| !file.recalled) {
        let count = health.files.get(&(index as u32)).copied().unwrap_or_default();
        let mail: u64 = count.mta.iter().sum();
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
            mta: MtaLines::new(count.mta, other),
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
