//! What this host turned away, and what is in no number above, and why.

use std::collections::BTreeMap;

use super::said::says;
use super::{Block, Column, Extent, Kind, Rich, Section, Table, Value, code_cell, first, or_dash};
use crate::analyze::Analysis;
use crate::analyze::analysis::{InboundReason, OurGreylisting};
use crate::event::Mta;
use crate::report::words;

/// Section 9: refused here.
pub(super) fn section(analysis: &Analysis, extent: Extent) -> Option<Section> {
    let all = analysis.totals.rejected;
    if all == 0 {
        return None;
    }
    let mut blocks = Vec::new();
    blocks.extend(reasons(&analysis.inbound.by_reason, all, extent).map(Block::Table));
    blocks.extend(clients(analysis, all, extent).map(Block::Table));
    blocks.extend(greylisted(&analysis.inbound.greylisting).map(|text| Block::Text(Rich::plain(text))));
    let aside = format!("{} of mail from outside", words::counted(all, "refusal"));
    Some(Section { id: "refused", title: "Refused here".to_owned(), aside, blocks })
}

fn reasons(reasons: &[InboundReason], all: u64, extent: Extent) -> Option<Table> {
    // What a client was told may differ in class and cause only where the report shows neither.
    let mut sums: BTreeMap<(Option<u16>, Option<&str>, String), u64> = BTreeMap::new();
    for r in reasons {
        *sums.entry((r.reply_code, r.enhanced_code.as_deref(), says(r))).or_default() += r.rejected;
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    if sums.is_empty() {
        return None;
    }
    let rows = first(&sums, extent.top)
        .iter()
        .map(|((reply, enhanced, reason), n)| {
            vec![
                (*n).into(),
                Value::Percent(words::share(*n, all)).into(),
                code_cell(*reply),
                or_dash(*enhanced),
                reason.as_str().into(),
            ]
        })
        .collect();
    let columns = vec![
        Column::new("count", Kind::Number),
        Column::new("%", Kind::Number),
        Column::new("reply", Kind::Word).key().code(),
        Column::new("enhanced", Kind::Word).key().code().from(70),
        Column::new("reason", Kind::Text),
    ];
    Some(Table { columns, rows, total: sums.len(), rows_are: "reasons", heads: true, ..Table::default() })
}

fn clients(analysis: &Analysis, all: u64, extent: Extent) -> Option<Table> {
    let clients = &analysis.inbound.by_client;
    if clients.is_empty() {
        return None;
    }
    // The reasons are the answer, the clients its footnote.
    let rows = first(clients, extent.top.div_ceil(4))
        .iter()
        .map(|c| {
            vec![
                c.rejected.into(),
                Value::Percent(words::share(c.rejected, all)).into(),
                or_dash(c.client_ip.as_deref()),
                c.client_name.as_deref().unwrap_or_default().into(),
            ]
        })
        .collect();
    let columns = vec![
        Column::new("count", Kind::Number),
        Column::new("%", Kind::Number),
        Column::new("client", Kind::Text).key().code(),
        Column::new("name", Kind::Name),
    ];
    Some(Table { columns, rows, total: clients.len(), rows_are: "clients", heads: true, ..Table::default() })
}

/// `Our greylisting: of 30 client-sender-recipient triples 20 were let in later, 8 came once and never again, 3 of these
/// from clients with a name, as bots seldom have one. 5 tries came back within 5 min of a refusal.`
fn greylisted(ours: &OurGreylisting) -> Option<String> {
    if ours.triples == 0 {
        return None;
    }
    let were = |n: u64| if n == 1 { "was" } else { "were" };
    let mut text = format!(
        "Our greylisting: of {} {} {} let in later",
        words::counted(ours.triples, "client-sender-recipient triple"),
        words::count(ours.accepted),
        were(ours.accepted)
    );
    match (ours.never_returned, ours.named_never_returned) {
        (0, _) => text += ", none came once and never again",
        (n, 0) => {
            text += &format!(", {} came once and never again, none of these from a client with a name", words::count(n))
        }
        (n, named) => {
            text += &format!(
                ", {} came once and never again, {} of these from clients with a name, which bots seldom have: mail may be \
                 lost",
                words::count(n),
                words::count(named)
            );
        }
    }
    text.push('.');
    if ours.early_retries > 0 {
        let noun = if ours.early_retries == 1 { "try" } else { "tries" };
        text += &format!(
            " {}\u{a0}{noun} came back too early, within 5\u{a0}min of a refusal.",
            words::count(ours.early_retries)
        );
    }
    Some(text)
}

/// Section 10: counted apart.
pub(super) fn apart(analysis: &Analysis) -> Option<Section> {
    let (totals, apart) = (&analysis.totals, &analysis.counted_apart);
    let some = |n: u64, one: &str, many: &str| (n, if n == 1 { one.to_owned() } else { many.to_owned() });
    let mut local = some(totals.delivered_local, "delivery to a local mailbox", "deliveries to local mailboxes");
    match apart.local_notices {
        0 => {}
        n if n == totals.delivered_local => local.1 += ", bounce notices (sender\u{a0}<>) without exception",
        n => local.1 += &format!(", {} of them bounce notices (sender\u{a0}<>)", words::count(n)),
    }
    let quote = |mta: &Mta| format!("\"{}\"", mta.habits().not_tried_now);
    let quoted: Vec<String> = super::verdict::mtas(analysis).iter().map(quote).collect();
    let skipped = match quoted.is_empty() {
        true => "\"later\"".to_owned(),
        false => words::joined(&quoted, "or"),
    };
    let items = [
        local,
        some(
            totals.internal_hops,
            "hand-over to a filter or a second queue on this host",
            "hand-overs to a filter or a second queue on this host",
        ),
        some(totals.skipped, &format!("line {skipped}: no try was made"), &format!("lines {skipped}: no try was made")),
        some(
            totals.discarded,
            "recipient accepted and thrown away by a rule",
            "recipients accepted and thrown away by a rule",
        ),
        some(totals.held, "message held or frozen", "messages held or frozen"),
        some(
            apart.failed_logins,
            "failed login (SASL); no reject line, so not in \"Refused here\"",
            "failed logins (SASL); no reject line, so not in \"Refused here\"",
        ),
    ];
    let items: Vec<_> = items.into_iter().filter(|(n, _)| *n > 0).collect();
    (!items.is_empty()).then(|| Section {
        id: "apart",
        title: "Counted apart".to_owned(),
        aside: String::new(),
        blocks: vec![Block::List(items)],
    })
}

/// Lines of an MTA that no rule knows, a few of them.
pub(super) fn not_understood(analysis: &Analysis) -> Option<Section> {
    let input = &analysis.input;
    (input.unparsed_lines > 0).then(|| Section {
        id: "not-understood",
        title: "Not understood".to_owned(),
        aside: format!("{} lines of mail", words::part_of(input.unparsed_lines, input.mail_lines)),
        blocks: vec![Block::Lines(input.unparsed_examples.clone())],
    })
}

/// Lines that carry no event, by kind.
pub(super) fn without_event(analysis: &Analysis) -> Option<Section> {
    let quiet = &analysis.input.quiet;
    let all: u64 = quiet.iter().map(|q| q.lines).sum();
    (all > 0).then(|| Section {
        id: "without-event",
        title: "Lines without an event".to_owned(),
        aside: words::counted(all, "line"),
        blocks: vec![Block::List(quiet.iter().map(|q| (q.lines, q.kind.clone())).collect())],
    })
}
