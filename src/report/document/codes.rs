//! Codes: what do they mean *here*?  Sentences for the ambiguous ones first, then the table.
//!
//! `450 is not a full mailbox here: of 180 replies 80 (44 %) mean an unknown user, ...`

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::outbound::failed;
use super::{Block, Column, Extent, Kind, Section, Table, code_cell, first, or_dash, verdict};
use crate::analyze::Analysis;
use crate::analyze::analysis::{CodeDomain, Direction};
use crate::fold::outcome::Outcome;
use crate::report::words;

/// Section 6 of the report.
pub(super) fn section(analysis: &Analysis, extent: Extent) -> Option<Section> {
    let replies = by_reply(analysis);
    let all: u64 = replies.iter().map(|r| r.tries).sum();
    if all == 0 {
        return None;
    }
    let mut blocks: Vec<Block> = sentences(analysis).into_iter().map(|(code, text)| Block::About(code, text)).collect();
    blocks.push(Block::Table(table(analysis, &replies, all, extent)));
    Some(Section { id: "codes", title: "Codes".to_owned(), aside: format!("{} by reply", failed(all)), blocks })
}

/// One row: a reply, what the MTA did about it, and why.
struct ByReply<'a> {
    row: &'a CodeDomain,
    tries: u64,
    recipients: u64,
    /// The domain with most tries, and in how many others it was seen.
    domain: Option<&'a str>,
    domain_tries: u64,
    domains: u64,
}

/// Failed tries by reply, enhanced code, outcome and cause, most first.
fn by_reply(analysis: &Analysis) -> Vec<ByReply<'_>> {
    let failed = analysis
        .code_domains
        .iter()
        .filter(|c| c.direction == Direction::Outbound && matches!(c.outcome, Outcome::Deferred | Outcome::Bounced));
    let mut found: HashMap<_, ByReply<'_>> = HashMap::new();
    for row in failed {
        let key = (row.reply_code, row.enhanced_code.as_deref(), row.outcome.as_str(), row.cause.as_str());
        let sum = found.entry(key).or_insert(ByReply {
            row,
            tries: 0,
            recipients: 0,
            domain: None,
            domain_tries: 0,
            domains: 0,
        });
        sum.tries += row.attempts;
        sum.recipients += row.recipients;
        sum.domains += 1;
        let name = row.domain.as_deref();
        if row.attempts > sum.domain_tries || (row.attempts == sum.domain_tries && name < sum.domain) {
            (sum.domain, sum.domain_tries) = (name, row.attempts);
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by(|(a, x), (b, y)| y.tries.cmp(&x.tries).then_with(|| a.cmp(b)));
    found.into_iter().map(|(_, row)| row).collect()
}

fn table(analysis: &Analysis, replies: &[ByReply<'_>], all: u64, extent: Extent) -> Table {
    let shown = first(replies, extent.top);
    let rows = shown
        .iter()
        .map(|r| {
            vec![
                r.tries.into(),
                super::Value::Percent(words::share(r.tries, all)).into(),
                code_cell(r.row.reply_code),
                or_dash(r.row.enhanced_code.as_deref()),
                r.row.outcome.as_str().into(),
                r.row.cause.as_str().into(),
                r.recipients.into(),
                super::Value::Name(r.domain.unwrap_or("(no domain)").to_owned(), r.domains - 1).into(),
            ]
        })
        .collect();
    let columns = vec![
        Column::new("tries", Kind::Number),
        Column::new("%", Kind::Number),
        Column::new("reply", Kind::Word).key().code(),
        Column::new("enhanced", Kind::Word).key().code().from(70),
        Column::new("outcome", Kind::Word).from(70),
        Column::new("cause", Kind::Word).code(),
        Column::new("recip.", Kind::Number).full("recipients").from(100),
        Column::new("domain", Kind::Name).from(70),
    ];
    // Only said where such a row is shown.
    let note = if shown.iter().any(|r| r.row.reply_code.is_none()) {
        let whose = match verdict::mtas(analysis).as_slice() {
            [one] => format!("{}'s", one.habits().title),
            _ => "the MTA's".to_owned(),
        };
        format!("\"—\": no server answered; the enhanced code is {whose} own.")
    } else {
        String::new()
    };
    Table { columns, rows, total: replies.len(), note, heads: true, ..Table::default() }
}

/// What people believe of a code, and is not always so.
const FOLKLORE: [(u16, &str); 3] = [(450, "mailbox-full"), (550, "user-unknown"), (552, "mailbox-full")];

/// A code with fewer replies than this has no sentence, however mixed its causes are.
const MIXED_FROM: u64 = 20;

/// A folk meaning is set right from so many replies on.
const FOLKLORE_FROM: u64 = 5;

/// A first cause with this share of the replies leaves nothing ambiguous.
const CLEAR_FROM: f64 = 90.0;

/// Sentences at most.
const SENTENCES: usize = 4;

/// The causes of one code, most replies first.
struct Meanings<'a> {
    code: u16,
    replies: u64,
    causes: Vec<(&'a str, u64)>,
}

impl Meanings<'_> {
    fn count(&self, cause: &str) -> u64 {
        self.causes.iter().find(|(c, _)| *c == cause).map_or(0, |(_, n)| *n)
    }
}

/// Replies by code and cause.  Reply texts have one cause each, so these sums are exact.
fn meanings(analysis: &Analysis) -> Vec<Meanings<'_>> {
    let mut sums: BTreeMap<u16, BTreeMap<&str, u64>> = BTreeMap::new();
    for reason in analysis.reasons.iter().filter(|r| r.direction == Direction::Outbound) {
        if let Some(code) = reason.reply_code {
            *sums.entry(code).or_default().entry(&reason.cause).or_default() += reason.attempts;
        }
    }
    let meanings = sums.into_iter().map(|(code, causes)| {
        let mut causes: Vec<(&str, u64)> = causes.into_iter().collect();
        causes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        Meanings { code, replies: causes.iter().map(|(_, n)| n).sum(), causes }
    });
    meanings.collect()
}

/// The sentences: 450 and 550 lead, then the most frequent.
fn sentences(analysis: &Analysis) -> Vec<(String, String)> {
    let meanings = meanings(analysis);
    let mut ambiguous: Vec<&Meanings<'_>> = meanings.iter().filter(|m| is_ambiguous(m)).collect();
    ambiguous.sort_by_key(|m| (!matches!(m.code, 450 | 550), std::cmp::Reverse(m.replies), m.code));
    // Of the two that lead, 450 comes first however often each is seen.
    ambiguous.sort_by_key(|m| match m.code {
        450 => 0,
        550 => 1,
        _ => 2,
    });
    ambiguous.into_iter().take(SENTENCES).map(|m| (m.code.to_string(), sentence(m, &meanings))).collect()
}

/// The folk meaning of a code, where it is wrong here.
fn wrong_folklore(m: &Meanings<'_>) -> Option<&'static str> {
    let (_, folk) = FOLKLORE.into_iter().find(|(code, _)| *code == m.code)?;
    m.causes.first().is_some_and(|(cause, _)| *cause != folk).then_some(folk)
}

fn is_ambiguous(m: &Meanings<'_>) -> bool {
    let Some((_, most)) = m.causes.first() else { return false };
    (m.replies >= MIXED_FROM && words::share(*most, m.replies) < CLEAR_FROM)
        || (m.replies >= FOLKLORE_FROM && wrong_folklore(m).is_some())
}

fn sentence(m: &Meanings<'_>, all: &[Meanings<'_>]) -> String {
    match wrong_folklore(m) {
        Some(folk) => not_what_they_say(m, folk, all),
        None => mostly(m),
    }
}

/// `is not a full mailbox here: of 180 replies 80 (44 %) mean an unknown user, 78 (43 %) greylisting.
/// Full mailboxes say 452 (132 replies) or 552 (8).`
fn not_what_they_say(m: &Meanings<'_>, folk: &str, all: &[Meanings<'_>]) -> String {
    let not = match m.count(folk) {
        0 => "is not",
        _ => "is mostly not",
    };
    let mut text = format!("{not} {} here: ", words::cause(folk).0);
    if let [(cause, n)] = m.causes.as_slice() {
        text += &format!("all {} replies mean {}", words::count(*n), words::cause(cause).0);
    } else {
        let shown: Vec<String> = m
            .causes
            .iter()
            .take(3)
            .enumerate()
            .map(|(i, (cause, n))| {
                let mean = match (i, n) {
                    (0, 1) => "means ",
                    (0, _) => "mean ",
                    _ => "",
                };
                let (count, percent) = (words::count(*n), words::whole_percent(*n, m.replies));
                format!("{count} ({percent}) {mean}{}", words::cause(cause).0)
            })
            .collect();
        text += &format!("of {} replies {}", words::count(m.replies), shown.join(", "));
        text += &also(m.causes.get(3..).unwrap_or_default(), "; also ");
    }
    text.push('.');
    // Where it really shows up.
    let mut elsewhere: Vec<(u16, u64)> =
        all.iter().filter(|o| o.code != m.code).map(|o| (o.code, o.count(folk))).filter(|(_, n)| *n > 0).collect();
    elsewhere.sort_by_key(|(code, n)| (std::cmp::Reverse(*n), *code));
    let places: Vec<String> = elsewhere
        .iter()
        .take(3)
        .enumerate()
        .map(|(i, (code, n))| match (i, n) {
            (0, 1) => format!("{code} (1\u{a0}reply)"),
            (0, _) => format!("{code} ({}\u{a0}replies)", words::count(*n)),
            _ => format!("{code} ({})", words::count(*n)),
        })
        .collect();
    if !places.is_empty() {
        let who = if folk == "mailbox-full" { "Full mailboxes" } else { "Unknown users" };
        text += &format!(" {who} say {}.", words::joined(&places, "or"));
    }
    text
}

/// `is an unknown user in 63 of 104 replies (61 %); also policy 11, greylisting 9.`
fn mostly(m: &Meanings<'_>) -> String {
    let [(cause, n), rest @ ..] = m.causes.as_slice() else { return String::new() };
    let part = |n: u64| {
        format!("{} of {} replies ({})", words::count(n), words::count(m.replies), words::whole_percent(n, m.replies))
    };
    let mut text = format!("is {} in {}", words::cause(cause).0, part(*n));
    let about_us = matches!(*cause, "blocklisted-ip" | "no-reverse-dns" | "sender-auth-failed" | "spam-content");
    if about_us && matches!(m.code, 550 | 553 | 554) {
        text += ", not the recipient";
    }
    let (big, small): (Vec<_>, Vec<_>) = rest.iter().copied().partition(|(_, n)| words::share(*n, m.replies) >= 25.0);
    for (cause, n) in big {
        let (name, count) = (words::cause(cause).0, words::count(n));
        text += &format!("; {name} in {count} ({})", words::whole_percent(n, m.replies));
    }
    text + &also(&small, "; also ") + "."
}

/// `; also policy 11, greylisting 9, others 3`
fn also(causes: &[(&str, u64)], lead: &str) -> String {
    const NAMED: usize = 5;
    if causes.is_empty() {
        return String::new();
    }
    let named = if causes.len() == NAMED + 1 { NAMED + 1 } else { NAMED };
    let mut items: Vec<String> = causes
        .iter()
        .take(named)
        .map(|(cause, n)| format!("{}\u{a0}{}", words::cause(cause).1, words::count(*n)))
        .collect();
    let others: u64 = causes.iter().skip(named).map(|(_, n)| n).sum();
    if others > 0 {
        items.push(format!("others\u{a0}{}", words::count(others)));
    }
    format!("{lead}{}", items.join(", "))
}
