//! Does patience pay, and how much of it?

use super::schedule;
use super::{Block, Cell, Column, Extent, Figure, Kind, Rich, Role, Section, Table, Value, first};
use crate::analyze::Analysis;
use crate::analyze::analysis::{ChainLength, Gap, Greylist};
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
    blocks.extend(schedule::sentences(analysis).into_iter().map(|text| Block::Text(Rich::plain(text))));
    let aside =
        format!("{} after a deferral of the same sender and recipient", words::tries(all).replace('\u{a0}', " "));
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
                Value::Part(g.passed, pairs(g)).into(),
                g.early_retries.into(),
                wait(g.wait_low_s),
                wait(g.wait_high_s),
                Value::Wait(g.wait_low_s, g.wait_high_s, g.passed_max_s).into(),
            ]
        })
        .collect();
    let columns = vec![
        Column::new("domain", Kind::Name),
        Column::new("passed", Kind::Number).from(70),
        Column::new("early", Kind::Number),
        Column::new("refused", Kind::Number).full("refused until"),
        Column::new("let in", Kind::Number).full("let in from"),
        Column::new("min", Kind::Wait).from(70),
    ];
    let figure = Figure::Waits;
    let table = Table { columns, rows, total: all.len(), rows_are: "domains", heads: true, figure, ..Table::default() };
    let (chains, passed, early) =
        all.iter().fold((0, 0, 0), |(c, p, e), g| (c + pairs(g), p + g.passed, e + g.early_retries));
    let retries = if early == 1 { "retry" } else { "retries" };
    let aside = format!(
        "{}, {} passed, {} {retries} came too early",
        words::counted(chains, "sender-recipient pair"),
        words::count(passed),
        words::count(early)
    );
    let note = "Refused until, let in from: min:s since the first refusal.".to_owned();
    let mut blocks = vec![Block::Table(table), Block::Note(note)];
    // The worst ones in words: who has 20 of them reads the table.
    let told = if extent.top == 0 { all.len() } else { extent.top.div_ceil(4) };
    blocks.extend(first(all, told).iter().map(|g| Block::Text(Rich::plain(window(g)))));
    Some(Section { id: "greylisting", title: "Greylisting".to_owned(), aside, blocks })
}

/// How many pairs it is about: those that pass in a run with `--state` may have been counted by an earlier one.
fn pairs(g: &Greylist) -> u64 {
    g.chains.max(g.passed)
}

/// `example.org lets mail in after 300-340 s (27 pairs); 41 tries came too early, and each started the wait again.`
fn window(g: &Greylist) -> String {
    let domain = words::name(&g.domain);
    let pairs = if g.passed == pairs(g) {
        format!("({})", words::counted(g.passed, "pair"))
    } else {
        format!("({} pairs)", words::part_of(g.passed, pairs(g)))
    };
    let mut text = match (g.wait_low_s, g.wait_high_s) {
        (Some(low), Some(high)) if low < high => {
            format!("{domain} lets mail in after {} {pairs}", words::window(low, high))
        }
        // The wait is counted anew: from the first refusal on there is no one wait.
        (Some(_), Some(high)) if g.restarts => {
            format!("{domain} lets mail in after {} at the earliest {pairs}", words::duration(high))
        }
        (Some(low), Some(high)) => format!(
            "{domain} let some in after {} and still refused others after {} {pairs}: its wait is not the same for all",
            words::duration(high),
            words::duration(low)
        ),
        (None, Some(high)) => format!("{domain} lets mail in after {} or less {pairs}", words::duration(high)),
        (Some(low), None) => format!("{domain} still refuses after {} {pairs}", words::duration(low)),
        (None, None) => format!("{domain} was not tried again {pairs}"),
    };
    match (g.early_retries, g.restarts) {
        (0, false) => {}
        (0, true) => text += "; an early try starts the wait again",
        (1, restarts) => {
            text += "; 1\u{a0}try came too early";
            text += if restarts { " and started the wait again" } else { "" };
        }
        (n, restarts) => {
            text += &format!("; {} came too early", words::tries(n));
            text += if restarts { ", and each started the wait again" } else { "" };
        }
    }
    text + "."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greylist_is_told_with_what_contradicts_it() {
        let list = |low, high, passed, early_retries, restarts| Greylist {
            domain: "example.org".to_owned(),
            chains: 27,
            passed,
            wait_low_s: low,
            wait_high_s: high,
            passed_max_s: high,
            early_retries,
            restarts,
        };
        for (list, says) in [
            (
                list(Some(300), Some(340), 27, 41, false),
                "example.org lets mail in after 300-340 s (27 pairs); 41 tries came too early.",
            ),
            (
                list(Some(300), Some(340), 26, 1, true),
                "example.org lets mail in after 300-340 s (26 of 27 pairs); 1 try came too early and started the wait again.",
            ),
            (
                list(Some(1340), Some(956), 27, 22, true),
                "example.org lets mail in after 16 min at the earliest (27 pairs); 22 tries came too early, and each started \
                 the wait again.",
            ),
            (
                list(Some(14_400), Some(335), 26, 8, false),
                "example.org let some in after 6 min and still refused others after 4 h 00 min (26 of 27 pairs): its wait is \
                 not the same for all; 8 tries came too early.",
            ),
            (list(None, Some(930), 27, 0, false), "example.org lets mail in after 16 min or less (27 pairs)."),
            (
                list(Some(600), None, 0, 3, false),
                "example.org still refuses after 10 min (0 of 27 pairs); 3 tries came too early.",
            ),
            (list(None, None, 0, 0, false), "example.org was not tried again (0 of 27 pairs)."),
        ] {
            assert_eq!(window(&list).replace('\u{a0}', " "), says);
        }
    }
}
