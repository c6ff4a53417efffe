//! What people got, whose move it is, and where: recipients, causes, domains.

use super::verdict::remote_tries;
use super::{Block, Cell, Column, Extent, Figure, Kind, Rich, Role, Section, Share, Shares, Table, Value};
use super::{first, or_dash};
use crate::analyze::Analysis;
use crate::analyze::analysis::{CauseProvider, CauseRow, Direction, Domain, Provider};
use crate::knowledge::Move;
use crate::report::words;

/// Failed tries: deferred and bounced.
pub(super) fn failed_tries(analysis: &Analysis) -> u64 {
    analysis.totals.deferred + analysis.totals.bounced
}

/// Section 4: what did people in fact get?
pub(super) fn recipients(analysis: &Analysis) -> Option<Section> {
    let (fates, totals) = (&analysis.fates, &analysis.totals);
    let all = fates.remote();
    if all == 0 {
        return None;
    }
    let rows = [
        ("delivered at the first try", fates.delivered_first_try, Role::Delivered),
        ("delivered after a deferral", fates.delivered_after_deferral, Role::Delivered),
        ("bounced", fates.bounced, Role::Bounced),
        ("expired", fates.expired, Role::Expired),
        ("removed by hand", fates.removed_by_hand, Role::Bounced),
        ("thrown away by a rule", fates.discarded, Role::Bounced),
        ("still in the queue", fates.still_queued, Role::Deferred),
    ]
    .into_iter()
    .filter(|(_, n, _)| *n > 0)
    .map(|(what, n, role)| {
        let share = words::share(n, all);
        vec![what.into(), n.into(), Value::PercentSign(share).into(), Cell::from(Value::Bar(share)).role(role)]
    })
    .collect();
    let columns = vec![
        Column::new("", Kind::Word).full("outcome"),
        Column::new("recipients", Kind::Number),
        Column::new("%", Kind::Number),
        Column::new("", Kind::Bar).from(70),
    ];
    let mut blocks = vec![Block::Table(Table {
        columns,
        rows,
        rows_are: "outcome of each recipient",
        figure: Figure::Parts,
        ..Table::default()
    })];
    if totals.recipients_deferred > 0 {
        blocks.push(Block::Text(Rich::plain(format!(
            "of {} deferred recipients {} ({}) were delivered in the end",
            words::count(totals.recipients_deferred),
            words::count(totals.recovered),
            words::percent(totals.recovered, totals.recipients_deferred)
        ))));
    }
    let domains = remote_domains(analysis).count() as u64;
    let aside: Vec<String> = [(fates.messages, "message"), (domains, "domain")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, noun)| words::counted(n, noun))
        .collect();
    let noun = if all == 1 { "recipient" } else { "recipients" };
    let title = format!("What became of {} {noun}", words::count(all));
    Some(Section { id: "recipients", title, aside: aside.join(", "), blocks })
}

/// A cause over both classes.
struct Cause<'a> {
    row: &'a CauseRow,
    tries: u64,
    domains: u64,
    /// Most tries first.
    providers: Vec<(&'a str, u64)>,
}

impl<'a> Cause<'a> {
    fn add_providers(&mut self, row: &'a CauseRow) {
        for CauseProvider { provider, attempts } in &row.providers {
            match self.providers.iter_mut().find(|(name, _)| name == provider) {
                Some((_, tries)) => *tries += attempts,
                None => self.providers.push((provider, *attempts)),
            }
        }
        self.providers.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    }
}

/// Outbound causes, most tries first.
fn outbound_causes(analysis: &Analysis) -> Vec<Cause<'_>> {
    let mut causes: Vec<Cause<'_>> = Vec::new();
    for row in analysis.causes.iter().filter(|c| c.direction == Direction::Outbound && c.attempts > 0) {
        let domains = row.domains.max(row.domains_any_class);
        match causes.iter_mut().find(|c| c.row.cause == row.cause) {
            Some(cause) => {
                cause.tries += row.attempts;
                cause.domains = cause.domains.max(domains);
                cause.add_providers(row);
            }
            None => {
                let mut cause = Cause { row, tries: row.attempts, domains, providers: Vec::new() };
                cause.add_providers(row);
                causes.push(cause);
            }
        }
    }
    causes.sort_by(|a, b| b.tries.cmp(&a.tries).then_with(|| a.row.cause.cmp(&b.row.cause)));
    causes
}

/// Section 5: whose move is it?
pub(super) fn causes(analysis: &Analysis, extent: Extent) -> Option<Section> {
    let causes = outbound_causes(analysis);
    let all: u64 = causes.iter().map(|c| c.tries).sum();
    let most = causes.first()?.tries;
    let rows = first(&causes, extent.top)
        .iter()
        .map(|c| {
            let role = match c.row.whose {
                Move::Ours => Role::Bounced,
                Move::Sender => Role::Deferred,
                Move::Theirs | Move::Wait => Role::Plain,
            };
            let help = if c.row.advice_short.is_empty() { &c.row.advice } else { &c.row.advice_short };
            vec![
                c.tries.into(),
                Value::Percent(words::share(c.tries, all)).into(),
                Cell::from(Value::Bar(words::share(c.tries, most))).role(move_role(c.row.whose)),
                c.row.cause.as_str().into(),
                c.domains.into(),
                Cell::from(c.row.whose.as_str()).role(role),
                help.as_str().into(),
            ]
        })
        .collect();
    let columns = vec![
        Column::new("tries", Kind::Number),
        Column::new("%", Kind::Number),
        Column::new("share", Kind::SmallBar).from(100),
        Column::new("cause", Kind::Word).key().code(),
        Column::new("domains", Kind::Number).from(70),
        Column::new("move", Kind::Word).from(50),
        Column::new("what helps", Kind::Text).from(70),
    ];
    let table = Table { columns, rows, total: causes.len(), heads: true, ..Table::default() };
    let title_aside = format!("{} of {}", words::counted(causes.len() as u64, "cause"), failed(all));
    let mut blocks = vec![Block::Shares(moves(&causes)), Block::Table(table)];
    blocks.extend(who_refuses(&causes).map(Block::Note));
    Some(Section { id: "causes", title: "Causes".to_owned(), aside: title_aside, blocks })
}

/// So many causes are told apart by provider.
const PROVIDER_CAUSES: usize = 4;

/// So many providers are named for a cause.
const CAUSE_PROVIDERS: usize = 3;

/// `By provider: rate-limited 31 of 57 at Google, 20 at Yahoo/AOL; ...`, the causes with most such tries.
fn who_refuses(causes: &[Cause<'_>]) -> Option<String> {
    let mut known: Vec<_> = causes.iter().filter(|c| !c.providers.is_empty()).collect();
    known.sort_by_key(|c| std::cmp::Reverse(c.providers.iter().map(|(_, n)| n).sum::<u64>()));
    let told = known.iter().take(PROVIDER_CAUSES).map(|c| {
        let named = c.providers.iter().take(CAUSE_PROVIDERS).enumerate();
        let named = named.map(|(i, (name, n))| match i {
            0 => format!("{} of {} at {name}", words::count(*n), words::count(c.tries)),
            _ => format!("{} at {name}", words::count(*n)),
        });
        format!("{} {}", c.row.cause, named.collect::<Vec<_>>().join(", "))
    });
    let told = told.collect::<Vec<_>>().join("; ");
    (!told.is_empty()).then(|| format!("By provider: {}.", told.strip_suffix('.').unwrap_or(&told)))
}

/// `1,219 failed tries`
pub(super) fn failed(tries: u64) -> String {
    format!("{} failed {}", words::count(tries), if tries == 1 { "try" } else { "tries" })
}

/// `theirs 617, ours 262, ...`, most first.
fn moves(causes: &[Cause<'_>]) -> Shares {
    let mut sums: Vec<(Move, u64)> = Vec::new();
    for cause in causes {
        match sums.iter_mut().find(|(whose, _)| *whose == cause.row.whose) {
            Some((_, sum)) => *sum += cause.tries,
            None => sums.push((cause.row.whose, cause.tries)),
        }
    }
    sums.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.as_str().cmp(b.0.as_str())));
    let share = |(whose, count): (Move, u64)| {
        let (word, name) = match whose {
            Move::Ours => (Role::Critical, "ours"),
            Move::Sender => (Role::Warning, "the sender's"),
            Move::Wait => (Role::Plain, "nobody's, wait"),
            Move::Theirs => (Role::Plain, "theirs"),
        };
        Share { name: name.to_owned(), count, word, bar: move_role(whose) }
    };
    Shares {
        title: "Failed tries by whose move it is",
        lead: "Whose move",
        parts: sums.into_iter().map(share).collect(),
    }
}

/// The colour of a move, as the design has it.
fn move_role(whose: Move) -> Role {
    match whose {
        Move::Theirs => Role::Delivered,
        Move::Ours => Role::Bounced,
        Move::Sender => Role::Deferred,
        Move::Wait => Role::Refused,
    }
}

/// Domains with tries at other hosts.
fn remote_domains(analysis: &Analysis) -> impl Iterator<Item = &Domain> {
    analysis.domains.iter().filter(|d| d.attempts > d.delivered_local)
}

/// Section 7: where?
pub(super) fn domains(analysis: &Analysis, extent: Extent) -> Option<Section> {
    let mut domains: Vec<&Domain> = remote_domains(analysis).collect();
    if domains.is_empty() || remote_tries(analysis) == 0 {
        return None;
    }
    domains
        .sort_by(|a, b| (b.deferred + b.bounced).cmp(&(a.deferred + a.bounced)).then_with(|| a.domain.cmp(&b.domain)));
    let rows = first(&domains, extent.top).iter().map(|d| domain_row(d)).collect();
    let columns = vec![
        Column::new("domain", Kind::Name),
        Column::new("tries", Kind::Number),
        Column::new("deliv.", Kind::Number).full("delivered").from(70),
        Column::new("%", Kind::Number),
        Column::new("defer.", Kind::Number).full("deferred").from(70),
        Column::new("bounce", Kind::Number).full("bounced").from(70),
        Column::new("expire", Kind::Number).full("expired").from(70),
        Column::new("p50", Kind::Number).from(100),
        Column::new("p95", Kind::Number).from(100),
        Column::new("reply", Kind::Word).code().from(110),
        Column::new("mostly", Kind::Word).code(),
    ];
    let note = "p50, p95: min:s from arrival to delivery.".to_owned();
    let table = Table { columns, rows, total: domains.len(), note, heads: true, roomy_from: 90, ..Table::default() };
    let aside = "by failed tries".to_owned();
    Some(Section { id: "domains", title: "Domains".to_owned(), aside, blocks: vec![Block::Table(table)] })
}

/// Few deliveries are the eye's business.
fn rate_role(share: f64) -> Role {
    match share {
        ..10.0 => Role::Bounced,
        10.0..50.0 => Role::Deferred,
        _ => Role::Plain,
    }
}

fn domain_row(d: &Domain) -> Vec<Cell> {
    let tries = d.attempts.saturating_sub(d.delivered_local);
    let delivered = d.delivered.saturating_sub(d.delivered_local);
    let share = words::share(delivered, tries);
    let wait = |s: Option<f64>| s.map_or(Value::None, Value::Seconds).into();
    // `450 4.7.1`, or the enhanced code alone where no server answered.
    let reply = d.top_code.as_deref().and_then(|c| c.split(' ').next()).filter(|c| c.len() == 3);
    vec![
        d.domain.as_deref().unwrap_or("(no domain)").into(),
        tries.into(),
        delivered.into(),
        Cell::from(Value::Percent(share)).role(rate_role(share)),
        d.deferred.into(),
        d.bounced.into(),
        d.expired.into(),
        wait(d.delay_p50),
        wait(d.delay_p95),
        if d.top_cause.is_some() { or_dash(reply) } else { Value::Blank.into() },
        d.top_cause.as_deref().unwrap_or_default().into(),
    ]
}

/// After section 7, where next hops were recognised: who runs them?
pub(super) fn providers(analysis: &Analysis, extent: Extent) -> Option<Section> {
    let providers = &analysis.providers;
    if providers.is_empty() {
        return None;
    }
    let row = |p: &Provider| {
        let share = words::share(p.delivered, p.attempts);
        vec![
            p.provider.as_str().into(),
            p.domains.into(),
            p.attempts.into(),
            p.delivered.into(),
            Cell::from(Value::Percent(share)).role(rate_role(share)),
            p.deferred.into(),
            p.bounced.into(),
            p.top_cause.as_deref().unwrap_or_default().into(),
        ]
    };
    let columns = vec![
        Column::new("provider", Kind::Text),
        Column::new("domains", Kind::Number).from(70),
        Column::new("tries", Kind::Number),
        Column::new("deliv.", Kind::Number).full("delivered").from(70),
        Column::new("%", Kind::Number),
        Column::new("defer.", Kind::Number).full("deferred").from(70),
        Column::new("bounce", Kind::Number).full("bounced").from(70),
        Column::new("mostly", Kind::Word).code(),
    ];
    let rows = first(providers, extent.top).iter().map(row).collect();
    let table = Table { columns, rows, total: providers.len(), heads: true, ..Table::default() };
    let aside = "by who runs the next hop".to_owned();
    Some(Section { id: "providers", title: "Providers".to_owned(), aside, blocks: vec![Block::Table(table)] })
}
