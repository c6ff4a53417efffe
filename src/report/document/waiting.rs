//! Does patience pay, and how much of it?

use super::{Block, Cell, Column, Extent, Figure, Kind, Rich, Role, Section, Table, Value, first};
use crate::analyze::Analysis;
use crate::analyze::analysis::{ChainLength, Gap};
use crate::report::words;

/// Section 8: did waiting help?
pub(super) fn section(analysis: &Analysis) -> Option<Section> {
    let gaps = &analysis.retries.gaps;
    let all: u64 = gaps.iter().map(|g| g.attempts).sum();
    if all == 0 {
        return None;
    }
    let rows = gaps.iter().map(gap_row).collect();
    let columns = vec![
        Column::new("waited", Kind::Word),
        Column::new("tries", Kind::Number),
        Column::new("delivered", Kind::Number),
        Column::new("%", Kind::Number),
        Column::new("", Kind::Bar).from(70),
    ];
    let mut blocks = vec![Block::Table(Table {
        columns,
        rows,
        total: gaps.len(),
        heads: true,
        figure: Figure::Rates,
        ..Table::default()
    })];
    blocks.extend(by_try(analysis).map(|text| Block::Text(Rich::plain(text))));
    let noun = if all == 1 { "try" } else { "tries" };
    let aside = format!("{} {noun} after a deferral of the same sender and recipient", words::count(all));
    Some(Section { id: "waiting", title: "Did waiting help?".to_owned(), aside, blocks })
}

fn gap_row(gap: &Gap) -> Vec<Cell> {
    let waited = match gap.to_s {
        None => format!("over {}", short(gap.from_s)),
        Some(to) if gap.from_s == 0 => format!("under {}", short(to)),
        // In the unit of the end: `30 to 60 min`, `1 to 4 h`.
        Some(to) if gap.from_s.is_multiple_of(unit(to).0) => {
            format!("{} to {}", gap.from_s / unit(to).0, short(to))
        }
        Some(to) => format!("{} to {}", short(gap.from_s), short(to)),
    };
    if gap.attempts == 0 {
        return vec![waited.into(), 0.into(), Value::Blank.into(), Value::None.into(), Value::Blank.into()];
    }
    let share = words::share(gap.delivered, gap.attempts);
    let role = if share < 5.0 { Role::Bounced } else { Role::Plain };
    vec![
        waited.into(),
        gap.attempts.into(),
        gap.delivered.into(),
        Cell::from(Value::Percent(share)).role(role),
        Cell::from(Value::Bar(share)).role(Role::Delivered),
    ]
}

/// The unit that a bound of a gap is said in, and its seconds.
fn unit(seconds: u64) -> (u64, &'static str) {
    match seconds {
        0..60 => (1, "s"),
        3601.. if seconds.is_multiple_of(3600) => (3600, "h"),
        _ if seconds.is_multiple_of(60) => (60, "min"),
        _ => (1, "s"),
    }
}

/// `5 min`
fn short(seconds: u64) -> String {
    let (length, name) = unit(seconds);
    format!("{} {name}", seconds / length)
}

/// `By try: 1st 166 of 586, 2nd 39 of 218, ..., all later ones 0 of 254.`
fn by_try(analysis: &Analysis) -> Option<String> {
    const NAMED: usize = 6;
    let mut chains = analysis.retries.attempts_per_chain.clone();
    // Mailboxes of this host take their mail at the first try: that says nothing of patience.
    if let Some(first) = chains.first_mut() {
        let local = first.delivered.saturating_sub(analysis.fates.delivered_first_try);
        first.delivered -= local;
        first.recipients = first.recipients.saturating_sub(local);
    }
    if chains.len() < 2 {
        return None;
    }
    let part =
        |c: &ChainLength| format!("{}\u{a0}{}", words::ordinal(c.attempt), words::part_of(c.delivered, c.recipients));
    let mut items: Vec<String> = chains.iter().take(NAMED).map(part).collect();
    match chains.get(NAMED..).unwrap_or_default() {
        [] => {}
        [one] => items.push(part(one)),
        later => {
            let (tries, delivered) = later.iter().fold((0, 0), |(t, d), c| (t + c.recipients, d + c.delivered));
            items.push(format!("all later ones {}", words::part_of(delivered, tries)));
        }
    }
    Some(format!("By try: {}.", items.join(", ")))
}

/// Section 8, where there was greylisting.
pub(super) fn greylisting(analysis: &Analysis, extent: Extent) -> Option<Section> {
    let all = &analysis.retries.greylisting;
    if all.is_empty() {
        return None;
    }
    let rows = first(all, extent.top)
        .iter()
        .map(|g| {
            let wait = |s: Option<u64>| s.map_or(Value::None, |s| Value::Seconds(s as f64)).into();
            vec![
                g.domain.as_str().into(),
                Value::Part(g.passed, g.chains).into(),
                g.early_retries.into(),
                wait(g.wait_low_s),
                wait(g.wait_high_s),
                Value::Wait(g.wait_low_s, g.wait_high_s, g.passed_max_s).into(),
            ]
        })
        .collect();
    let columns = vec![
        Column::new("domain", Kind::Name),
        Column::new("passed", Kind::Number),
        Column::new("early", Kind::Number),
        Column::new("refused", Kind::Number).full("refused until"),
        Column::new("let in", Kind::Number).full("let in from"),
        Column::new("min", Kind::Wait).from(70),
    ];
    let figure = Figure::Waits;
    let table = Table { columns, rows, total: all.len(), heads: true, figure, ..Table::default() };
    let (chains, passed, early) =
        all.iter().fold((0, 0, 0), |(c, p, e), g| (c + g.chains, p + g.passed, e + g.early_retries));
    let retries = if early == 1 { "retry" } else { "retries" };
    let aside = format!(
        "{}, {} passed, {} {retries} came too early",
        words::counted(chains, "sender-recipient pair"),
        words::count(passed),
        words::count(early)
    );
    let note = "Refused until, let in from: min:s since the first refusal.".to_owned();
    let blocks = vec![Block::Table(table), Block::Note(note)];
    Some(Section { id: "greylisting", title: "Greylisting".to_owned(), aside, blocks })
}
