//! Several subjects side by side: what each asks of the sender, and where they are taken for each other.

use super::asked::Subject;
use super::page::{Page, Part};
use super::pages::{cause_of, class_of, whose};
use crate::knowledge::compare::{compared, pair};
use crate::knowledge::{Cause, Rules, enhanced_meaning, reference, reply_code_meaning};
use crate::report::words;
use crate::smtp::{ReplyClass, ReplyCode};

/// The rows, in their order.
const ROWS: [&str; 9] = [
    "class",
    "who acts next",
    "it says",
    "usual causes",
    "full mailbox?",
    "do",
    "do not",
    "a retry helps",
    "give it for",
];

/// One column.
struct Column {
    name: String,
    short: String,
    class: Option<ReplyClass>,
    code: Option<ReplyCode>,
    /// As [`ROWS`].
    cells: [String; 9],
}

/// The page on several subjects.
pub(super) fn page(subjects: &[&Subject], rules: &Rules) -> Page {
    let columns: Vec<Column> = subjects.iter().map(|s| column(s, rules)).collect();
    let names: Vec<String> = columns.iter().map(|c| c.name.clone()).collect();
    let codes: Vec<ReplyCode> = columns.iter().filter_map(|c| c.code).collect();
    let pairs: Vec<_> = codes
        .iter()
        .enumerate()
        .flat_map(|(i, one)| codes.iter().skip(i + 1).map(move |other| (one, other)))
        .filter_map(|(one, other)| pair(*one, *other))
        .collect();
    let title = match pairs.as_slice() {
        [only] if columns.len() == 2 => only.title.clone(),
        _ => difference(&columns),
    };
    let rows = ROWS
        .iter()
        .enumerate()
        .map(|(i, name)| (*name, columns.iter().map(|c| c.cells[i].clone()).collect::<Vec<_>>()))
        .filter(|(_, cells)| cells.iter().any(|c| !c.is_empty()))
        .collect();
    let heads = columns.iter().map(|c| (c.name.clone(), c.short.clone())).collect();
    let mut parts = vec![Part::Beside(heads, rows)];
    let which: Vec<(String, String)> = codes
        .iter()
        .filter_map(|code| Some((code, compared(*code)?)))
        .flat_map(|(code, c)| c.which.iter().map(move |(e, text)| (format!("{code} {e}"), text.clone())))
        .collect();
    if !which.is_empty() {
        let intro = "The text after the code says more than the code. The enhanced code says which:";
        parts.push(Part::Codes(intro.into(), which));
    }
    let mut confused: Vec<String> = pairs.iter().flat_map(|p| p.text.clone()).collect();
    if pairs.is_empty() {
        confused = codes.iter().filter_map(|c| reference(*c)).flat_map(|r| r.confusions.clone()).collect();
    }
    if let Some(first) = codes.first() {
        confused.push("For one answer, paste the whole reply:".to_owned());
        let example = match first.class() {
            ReplyClass::Transient => "4.2.0 <ann@host.example>: Greylisted",
            _ => "5.1.1 <ann@host.example>: User unknown",
        };
        parts.push(Part::Command(confused.join(" "), format!("mailrake explain \"{first} {example}\"")));
    }
    Page { title: (format!("{}:", words::joined(&names, "and")), title), parts }
}

/// What the first digits say together.
fn difference(columns: &[Column]) -> String {
    let classes: Vec<_> = columns.iter().filter_map(|c| c.class).collect();
    let all = |class| !classes.is_empty() && classes.iter().all(|c| *c == class);
    if classes.len() < columns.len() {
        "beside each other.".to_owned()
    } else if all(ReplyClass::Transient) {
        "all \"not now\"; the queue tries again by itself. What differs is the reason.".to_owned()
    } else if all(ReplyClass::Permanent) {
        "all \"not at all\"; a person acts next. What differs is the reason.".to_owned()
    } else {
        "4 says \"not now\", 5 \"not at all\". The first digit decides who acts next.".to_owned()
    }
}

fn column(subject: &Subject, rules: &Rules) -> Column {
    match subject {
        Subject::Reply(code) => of_code(*code),
        Subject::Enhanced(code) => {
            let mut column = of_cause(code.to_string(), cause_of(*code, rules), Some(code.reply_class()));
            column.cells[2] = enhanced_meaning(*code).unwrap_or("not registered").to_owned();
            column
        }
        Subject::Cause(cause) => of_cause(cause.as_str().to_owned(), Some(*cause), None),
        Subject::DeadEnd(info) => {
            let mut cells: [String; 9] = Default::default();
            cells[0] = format!("{} dead end", info.severity.as_str());
            cells[2].clone_from(&info.known);
            cells[5].clone_from(&info.advice);
            Column { name: info.kind.as_str().to_owned(), short: String::new(), class: None, code: None, cells }
        }
        Subject::Told(told) => {
            let codes = [told.reply_code.map(|c| c.to_string()), told.enhanced.map(|e| e.to_string())];
            let codes: Vec<String> = codes.into_iter().flatten().collect();
            let name = if codes.is_empty() { "reply".to_owned() } else { codes.join(" ") };
            let mut column = of_cause(name, told.cause, told.class);
            column.short = told.cause.map(|c| c.as_str().to_owned()).unwrap_or_default();
            column.cells[2] = told.reply.chars().take(160).collect();
            column
        }
    }
}

fn of_code(code: ReplyCode) -> Column {
    let (class, next, _) = class_of(code.class());
    let mut cells: [String; 9] = Default::default();
    let meaning = reply_code_meaning(code).map_or("not registered", |c| &c.meaning);
    cells[0] = class.to_owned();
    cells[1] = next.to_owned();
    let mut short = String::new();
    match compared(code) {
        Some(c) => {
            short.clone_from(&c.short);
            let all = [&c.next, &meaning.to_owned(), &c.causes, &c.full, &c.do_, &c.dont, &c.retry, &c.give];
            for (cell, text) in cells.iter_mut().skip(1).zip(all) {
                cell.clone_from(text);
            }
        }
        None => cells[2] = meaning.to_owned(),
    }
    Column { name: code.to_string(), short, class: Some(code.class()), code: Some(code), cells }
}

/// A column for what has a cause.
fn of_cause(name: String, cause: Option<Cause>, class: Option<ReplyClass>) -> Column {
    let mut cells: [String; 9] = Default::default();
    if let Some(class) = class {
        let (word, next, _) = class_of(class);
        cells[0] = word.to_owned();
        cells[1] = next.to_owned();
    }
    if let Some(cause) = cause {
        let info = cause.info();
        if class.is_none() {
            cells[0].clone_from(&info.nature);
        }
        cells[1] = whose(info.move_).to_owned();
        cells[2] = words::capital(&info.meaning);
        cells[3] = info.roots.join("; ");
        cells[4] = match cause {
            Cause::MailboxFull => "yes".to_owned(),
            _ => "no".to_owned(),
        };
        cells[5] = info.do_.join("; ");
        cells[6] = info.dont.iter().map(|d| d.what.as_str()).collect::<Vec<_>>().join("; ");
        cells[7].clone_from(&info.wait);
    }
    Column { name, short: String::new(), class, code: None, cells }
}
