//! What a report shows, in which order and with which words; not how it looks.
//!
//! Each section is one function from [`Analysis`] to an optional [`Section`]: one with nothing to say is
//! left out.  Formats walk the sections and know none of them by name.  Text here is as it was logged:
//! every format must pass it through its sink in [`super::escape`].  A no-break space (U+00A0) joins a
//! number to its unit.

mod advice;
mod cases;
mod codes;
mod compare;
mod day;
mod detail;
mod evidence;
mod findings;
mod outbound;
mod quiet;
mod refused;
mod said;
mod schedule;
mod summary;
mod verdict;
mod waiting;

use super::words;
use crate::analyze::Analysis;

pub use crate::knowledge::detectors::Severity;
pub use day::{Chart, Curve, Step};
pub use detail::NAMED;
pub use evidence::EvidenceLine;
pub use findings::Finding;
pub use verdict::{Level, Verdict, is_clean};

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Rows of a table; 0 for all.
    pub top: usize,
    /// More evidence, lines that were not understood, lines without an event.
    pub verbose: bool,
}

impl Default for Extent {
    fn default() -> Self {
        Self { top: 20, verbose: false }
    }
}

/// A whole report, ready to be laid out.
#[derive(Debug, Clone)]
pub struct Document {
    /// Stands first and alone.
    pub verdict: Verdict,
    /// Host, MTA and window; then what was read.
    pub source: Vec<String>,
    /// Whom and when: `mx1, 2025-03-04`.
    pub about: String,
    /// The four figures to know.
    pub facts: Vec<Fact>,
    /// Problems first.
    pub sections: Vec<Section>,
    /// What the words mean, and where to find the rest.
    pub footer: Option<String>,
}

impl Document {
    /// The report on `analysis`.
    #[must_use]
    pub fn new(analysis: &Analysis, extent: Extent) -> Self {
        let verdict = Verdict::of(analysis);
        let calm = quiet::is_short(analysis, &verdict) && !extent.verbose;
        let sections = if calm {
            vec![
                findings::section(analysis, extent),
                day::section(analysis),
                quiet::section(analysis),
                refused::section(analysis, extent),
            ]
        } else {
            vec![
                findings::section(analysis, extent),
                day::section(analysis),
                outbound::recipients(analysis),
                outbound::causes(analysis, extent),
                codes::section(analysis, extent),
                outbound::domains(analysis, extent),
                outbound::providers(analysis, extent),
                waiting::section(analysis),
                waiting::greylisting(analysis, extent),
                if verdict.level == Level::Ok { quiet::section(analysis) } else { None },
                refused::section(analysis, extent),
                refused::apart(analysis),
                if extent.verbose { refused::not_understood(analysis) } else { None },
                if extent.verbose { refused::without_event(analysis) } else { None },
            ]
        };
        let sections: Vec<_> = sections.into_iter().flatten().collect();
        let footer = match calm {
            _ if sections.is_empty() => None,
            true if outbound::failed_tries(analysis) == 0 => None,
            true => Some("Causes, codes and domains: --verbose."),
            false => Some(
                "A try is one recipient of one message, tried once (\"attempts\" in JSON and CSV). Whole tables: \
                 --top\u{a0}0. One finding in full: --format\u{a0}json.",
            ),
        };
        let footer = footer.map(str::to_owned);
        Self {
            source: verdict::source(analysis),
            about: verdict::about(analysis),
            facts: verdict::facts(analysis),
            verdict,
            sections,
            footer,
        }
    }
}

/// A figure to know: a part of a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it counts: `Recipients reached`.
    pub name: &'static str,
    /// How many.
    pub part: u64,
    /// Of how many.
    pub whole: u64,
}

/// One question and its answer.
#[derive(Debug, Clone)]
pub struct Section {
    /// A short word, stable, for links and tests.
    pub id: &'static str,
    /// In the case of a sentence; empty where the section goes on with the one before.
    pub title: String,
    /// Stands beside the title: the whole that the counts are parts of.
    pub aside: String,
    /// From top to bottom.
    pub blocks: Vec<Block>,
}

impl Section {
    /// Its name in a row of links.
    #[must_use]
    pub fn link(&self) -> &str {
        if self.id == "recipients" { "Recipients" } else { &self.title }
    }

    /// Is it narrow enough to stand beside another one on a wide page?
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        matches!(self.id, "day" | "recipients" | "waiting" | "greylisting")
    }
}

/// A part of a section.
#[derive(Debug, Clone)]
pub enum Block {
    /// Dead ends.
    Findings(Vec<Finding>),
    /// Rows and columns.
    Table(Table),
    /// Curves over time.
    Chart(Chart),
    /// Running text.
    Text(Rich),
    /// Parts of a whole: a sentence, and a bar where there is room to draw.
    Shares(Shares),
    /// Running text that explains a table.
    Note(String),
    /// A sentence about one code, which stands out at its beginning.
    About(String, String),
    /// Counts and what they count.
    List(Vec<(u64, String)>),
    /// Lines of a log, as they are.
    Lines(Vec<String>),
}

/// What a colour stands for.  A word goes with each: nothing is told by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Text.
    #[default]
    Plain,
    /// What the eye should find.
    Strong,
    /// What it may skip.
    Muted,
    /// Delivered, let in.
    Delivered,
    /// Deferred; the sender's move.
    Deferred,
    /// Bounced; our move.
    Bounced,
    /// Expired.
    Expired,
    /// Refused here.
    Refused,
    /// A critical finding, and the verdict ACT.
    Critical,
    /// A warning, and the verdict LOOK.
    Warning,
    /// A notice.
    Notice,
    /// The verdict OK.
    Good,
}

/// Text in pieces, each with its role.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rich(pub Vec<(Role, String)>);

impl Rich {
    /// Text without a role.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self::default().then(Role::Plain, text)
    }

    /// The same, and a piece more.
    #[must_use]
    pub fn then(mut self, role: Role, text: impl Into<String>) -> Self {
        self.0.push((role, text.into()));
        self
    }
}

/// Parts of a whole.
#[derive(Debug, Clone)]
pub struct Shares {
    /// What is divided: `Failed tries by whose move it is`.
    pub title: &'static str,
    /// Begins the sentence: `Whose move`.
    pub lead: &'static str,
    /// Name, how many, and the colours of the word and of the bar.
    pub parts: Vec<Share>,
}

/// A part of a whole.
#[derive(Debug, Clone)]
pub struct Share {
    /// Its name.
    pub name: String,
    /// How many.
    pub count: u64,
    /// What the colour of its name says.
    pub word: Role,
    /// What the colour of its bar says.
    pub bar: Role,
}

impl Shares {
    /// `Whose move: theirs 617 (50.6 %), ours 262 (21.5 %).`
    #[must_use]
    pub fn sentence(&self) -> Rich {
        let all = self.parts.iter().map(|p| p.count).sum();
        let last = self.parts.len().saturating_sub(1);
        let mut rich = Rich::plain(format!("{}: ", self.lead));
        for (i, part) in self.parts.iter().enumerate() {
            let end = if i == last { "." } else { ", " };
            let figures = format!(" {} ({}){end}", words::count(part.count), words::percent(part.count, all));
            rich = rich.then(part.word, part.name.as_str()).then(Role::Plain, figures);
        }
        rich
    }
}

/// What a page draws of a table; text draws its bars in their column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Figure {
    /// Nothing, or small bars in their cells.
    #[default]
    None,
    /// The rows are parts of a whole: one bar.
    Parts,
    /// Each row is a rate: a bar each, which says what the row says.
    Rates,
    /// Waits on a common axis.
    Waits,
}

/// Rows and columns.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// What is in them.
    pub columns: Vec<Column>,
    /// Each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
    /// How many rows there are in all; those that are missing were cut by [`Extent::top`].
    pub total: usize,
    /// What the rows are, where the title does not say it: `clients`.
    pub rows_are: &'static str,
    /// An explanation, after "top 20 of 38".
    pub note: String,
    /// Do the column titles show?
    pub heads: bool,
    /// What a page draws of it.
    pub figure: Figure,
    /// Columns of text from which there is room for two spaces between columns.
    pub roomy_from: usize,
}

/// What is in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its head.
    pub title: &'static str,
    /// Its head where there is room for whole words.
    pub full: &'static str,
    /// Does it say what the row is about?  A page sets such columns first.
    pub key: bool,
    /// A code, or a word of the JSON.
    pub code: bool,
    /// How its cells are set.
    pub kind: Kind,
    /// Columns of text from which it is shown; 0 for always.
    pub from: usize,
}

impl Column {
    /// A column that is always shown.
    #[must_use]
    pub const fn new(title: &'static str, kind: Kind) -> Self {
        Self { title, full: title, key: false, code: false, kind, from: 0 }
    }

    /// The same with whole words in its head.
    #[must_use]
    pub const fn full(mut self, full: &'static str) -> Self {
        self.full = full;
        self
    }

    /// The same, as what the row is about.
    #[must_use]
    pub const fn key(mut self) -> Self {
        self.key = true;
        self
    }

    /// The same, of codes.
    #[must_use]
    pub const fn code(mut self) -> Self {
        self.code = true;
        self
    }

    /// The same, where there are that many columns of text.
    #[must_use]
    pub const fn from(mut self, from: usize) -> Self {
        self.from = from;
        self
    }
}

/// How the cells of a column are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To the right.
    Number,
    /// To the left, whole.
    Word,
    /// To the left; a long one loses its beginning.
    Name,
    /// To the left; a long one loses its end.
    Text,
    /// A bar from 0 to 100 %.
    Bar,
    /// A narrow bar, from 0 to the longest.
    SmallBar,
    /// A wait, on a common axis.
    Wait,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// What it says.
    pub value: Value,
    /// What its colour says.
    pub role: Role,
}

/// What a cell says.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Blank,
    /// There is no such thing: a dash.
    None,
    /// How many.
    Count(u64),
    /// From 0 to 100, shown without its sign.
    Percent(f64),
    /// From 0 to 100, shown with its sign.
    PercentSign(f64),
    /// Seconds, shown as min:s.
    Seconds(f64),
    /// `13/14`
    Part(u64, u64),
    /// Words.
    Text(String),
    /// A name, and how many others there are; these may be left out.
    Name(String, u64),
    /// A bar, from 0 to 100.
    Bar(f64),
    /// Seconds: refused until, let in from, let in at the latest.
    Wait(Option<u64>, Option<u64>, Option<u64>),
}

impl Cell {
    /// The same, coloured.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }
}

impl From<Value> for Cell {
    fn from(value: Value) -> Self {
        Self { value, role: Role::Plain }
    }
}

impl From<u64> for Cell {
    fn from(n: u64) -> Self {
        Value::Count(n).into()
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned()).into()
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Value::Text(text).into()
    }
}

/// The first `top` of them; all for 0.
fn first<T>(rows: &[T], top: usize) -> &[T] {
    if top == 0 { rows } else { rows.get(..top).unwrap_or(rows) }
}

/// Text or a dash.
fn or_dash<T: ToString>(text: Option<T>) -> Cell {
    match text {
        Some(text) => Value::Text(text.to_string()).into(),
        None => Cell { value: Value::None, role: Role::Muted },
    }
}

/// The word for a reply code's class is its first digit.
fn code_cell(code: Option<u16>) -> Cell {
    let role = match code {
        Some(500..) => Role::Bounced,
        Some(_) => Role::Deferred,
        None => Role::Muted,
    };
    or_dash(code).role(role)
}
