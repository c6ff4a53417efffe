//! The tables of what this host tried: by code, domain, reason, cause, provider.

use hashbrown::HashMap;

use super::view::{Group, View, code_text, enhanced_text, lossy, most, optional, order, reply_number, sample, sort};
use crate::analyze::analysis::{CauseProvider, CauseRow, Code, CodeDomain, Direction, Domain, Provider, Reason};
use crate::analyze::frame::Frame;
use crate::analyze::providers::Providers;
use crate::fold::outcome::Outcome;
use crate::fold::tally::{Cell, CellId};
use crate::history::symbols::Symbol;
use crate::knowledge::{Cause, meaning};

pub(super) fn codes(view: &View<'_>, frame: &Frame) -> Vec<Code> {
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
                class,
                outcome,
                attempts: group.attempts,
                messages: group.messages,
                recipients: group.recipients,
                domains: group.domains,
                cause: group.cause.as_str().to_owned(),
                meaning: meaning(reply, enhanced, group.cause, direction.refuser()),
                first: frame.time(group.first),
                last: frame.time(group.last),
            }
        })
        .collect();
    sort(
        &mut rows,
        |r| r.attempts,
        order!(|r| (r.direction, r.reply_code, &r.enhanced_code, r.class.as_str(), r.outcome.as_str())),
    );
    rows
}

pub(super) fn domains(view: &View<'_>) -> Vec<Domain> {
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
            let delays = view.tally.delays.of(domain);
            let top_code = group.and_then(|group| {
                let mut codes: HashMap<_, u64> = HashMap::new();
                for cell in group.cells.iter().filter_map(|&id| view.cell(id)) {
                    *codes.entry((cell.key.reply, cell.key.enhanced)).or_default() += cell.attempts;
                }
                most(codes.into_iter().map(|((reply, enhanced), n)| (code_text(reply, enhanced), n))).flatten()
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
                delay_p50: delays.and_then(|delays| delays.percentile(50)),
                delay_p95: delays.and_then(|delays| delays.percentile(95)),
                delay_max: delays.map(|delays| delays.longest()),
                top_code,
                top_cause: group.map(|g| g.cause.as_str().to_owned()),
            }
        })
        .collect();
    rows.sort_by(|a, b| b.attempts.cmp(&a.attempts).then_with(|| a.domain.cmp(&b.domain)));
    rows
}

pub(super) fn code_domains(view: &View<'_>, frame: &Frame) -> Vec<CodeDomain> {
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
                outcome,
                attempts: group.attempts,
                messages: group.messages,
                recipients: group.recipients,
                cause: group.cause.as_str().to_owned(),
                first: frame.time(group.first),
                last: frame.time(group.last),
                sample: view.sample(&group),
            }
        })
        .collect();
    sort(
        &mut rows,
        |r| r.attempts,
        order!(|r| (r.direction, r.reply_code, &r.enhanced_code, &r.domain, r.outcome.as_str())),
    );
    rows
}

pub(super) fn reasons(view: &View<'_>, samples: &HashMap<Symbol, &[u8]>) -> Vec<Reason> {
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
                cause: group.cause.as_str().to_owned(),
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

pub(super) fn causes(view: &View<'_>, providers: &Providers) -> Vec<CauseRow> {
    let counted = |id: CellId, cell: &Cell| {
        (cell.key.outcome != Outcome::Expired).then(|| (view.cause(id), cell.key.direction, cell.key.class))
    };
    let any_class: HashMap<(Cause, Direction), u64> = view
        .project(|id, cell| counted(id, cell).map(|(cause, direction, _)| (cause, direction)))
        .into_iter()
        .map(|group| (group.key, group.domains))
        .collect();
    let mut rows: Vec<CauseRow> = view
        .project(counted)
        .into_iter()
        .map(|group| {
            let (cause, direction, class) = group.key;
            let words = cause.words(direction.refuser());
            CauseRow {
                cause: cause.as_str().to_owned(),
                direction,
                class,
                attempts: group.attempts,
                recipients: group.recipients,
                domains: group.domains,
                domains_any_class: any_class.get(&(cause, direction)).copied().unwrap_or_default(),
                providers: cause_providers(view, &group.cells, providers),
                whose: words.move_,
                advice: words.do_.first().map_or(words.advice, String::as_str).to_owned(),
                advice_short: words.advice.to_owned(),
                dead_ends: words.dont.iter().map(|dont| format!("{}: {}", dont.what, dont.why)).collect(),
            }
        })
        .collect();
    sort(&mut rows, |r| r.attempts, order!(|r| (&r.cause, r.direction, r.class.as_str())));
    rows
}

pub(super) fn providers(view: &View<'_>, providers: &Providers) -> Vec<Provider> {
    let causes = view.project(|_, cell| {
        let failed = matches!(cell.key.outcome, Outcome::Deferred | Outcome::Bounced);
        failed.then(|| providers.of_domain.get(&cell.key.domain).copied()).flatten()
    });
    let causes: HashMap<&str, Cause> = causes.into_iter().map(|g| (g.key, g.cause)).collect();
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
                top_cause: causes.get(provider).map(|cause| cause.as_str().to_owned()),
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
