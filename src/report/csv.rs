//! The lists of the analysis as CSV, one table at a time.
//!
//! RFC 4180, UTF-8, `\n`; columns are named as the JSON keys.  Cells hold text of strangers: one that a
//! spreadsheet would run as a formula is made harmless ([`super::escape::csv_cell`]), unless asked not to.
//!
//! `direction,reply_code,enhanced_code,class,outcome,attempts,...`

use std::borrow::Cow;
use std::io::{self, Write};

use super::escape;
use crate::analyze::Analysis;
use crate::analyze::analysis::{DeadEnd, DeadEndItem, Direction};
use crate::fold::outcome::Outcome;
use crate::knowledge::Move;
use crate::knowledge::detectors::{Kind, Severity};
use crate::smtp::ReplyClass;

/// A table: its name, its columns and how its rows are made.
struct Table {
    name: &'static str,
    columns: &'static [&'static str],
    rows: fn(&Analysis, &mut Sheet<'_>) -> csv::Result<()>,
}

/// Writes one table with its header.  `raw` leaves cells as they are.
///
/// A name that is not in [`TABLES`] is an error of kind [`io::ErrorKind::InvalidInput`].
pub fn write_table(name: &str, analysis: &Analysis, raw: bool, out: &mut dyn Write) -> io::Result<()> {
    let Some(table) = ALL.iter().find(|t| t.name == name) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("no table is named {name}")));
    };
    let mut sheet = Sheet { out: csv::Writer::from_writer(out), raw };
    sheet.out.write_record(table.columns).map_err(io::Error::from)?;
    (table.rows)(analysis, &mut sheet).map_err(io::Error::from)?;
    sheet.out.flush()
}

/// A CSV writer with the cells this program has.
struct Sheet<'a> {
    out: csv::Writer<&'a mut dyn Write>,
    raw: bool,
}

impl Sheet<'_> {
    /// The next cell of a row; end it with [`Sheet::end`].
    fn cell(&mut self, cell: Cell<'_>) -> csv::Result<()> {
        match cell {
            Cell::Blank => self.out.write_field(""),
            Cell::Text(text) if self.raw => self.out.write_field(text.as_bytes()),
            Cell::Text(text) => self.out.write_field(escape::csv_cell(&text).as_bytes()),
            Cell::Count(n) => self.out.write_field(n.to_string()),
            Cell::Number(n) => self.out.write_field(n.to_string()),
        }
    }

    fn end(&mut self) -> csv::Result<()> {
        self.out.write_record(None::<&[u8]>)
    }
}

/// One cell.
enum Cell<'a> {
    /// There is no such thing.
    Blank,
    /// Words, which may be a stranger's.
    Text(Cow<'a, str>),
    /// How many.
    Count(u64),
    /// A rate, or seconds.
    Number(f64),
}

/// Where a cell comes from.
trait IntoCell {
    fn cell(&self) -> Cell<'_>;
}

impl IntoCell for String {
    fn cell(&self) -> Cell<'_> {
        Cell::Text(self.into())
    }
}

impl IntoCell for Vec<String> {
    fn cell(&self) -> Cell<'_> {
        list(self)
    }
}

impl IntoCell for u16 {
    fn cell(&self) -> Cell<'_> {
        Cell::Count((*self).into())
    }
}

impl IntoCell for u64 {
    fn cell(&self) -> Cell<'_> {
        Cell::Count(*self)
    }
}

impl IntoCell for f64 {
    fn cell(&self) -> Cell<'_> {
        Cell::Number(*self)
    }
}

impl IntoCell for bool {
    fn cell(&self) -> Cell<'_> {
        Cell::Text(if *self { "true" } else { "false" }.into())
    }
}

impl<T: IntoCell> IntoCell for Option<T> {
    fn cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Blank, T::cell)
    }
}

macro_rules! word_cells {
    ($($word:ty)*) => {$(
        impl IntoCell for $word {
            fn cell(&self) -> Cell<'_> {
                Cell::Text(self.as_str().into())
            }
        }
    )*};
}

word_cells!(Direction Outcome ReplyClass Severity Kind Move);

/// Several things in one cell.
fn list<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> Cell<'static> {
    let mut all = String::new();
    for item in items {
        if !all.is_empty() {
            all.push_str("; ");
        }
        all.push_str(item.as_ref());
    }
    Cell::Text(all.into())
}

/// `table = |analysis| its rows => { columns }`, and of a column its name, and how the cell comes out of the row where
/// not by its name.
macro_rules! tables {
    (@cell $row:ident $name:ident) => { $row.$name.cell() };
    (@cell $row:ident $name:ident $this:ident $cell:expr) => {{ let $this = $row; $cell }};
    ($($table:ident = |$analysis:ident| $rows:expr => { $($name:ident $(: |$this:ident| $cell:expr)?,)* })*) => {
        /// The names of all tables, in the order of the contract.
        pub const TABLES: [&str; [$(stringify!($table)),*].len()] = [$(stringify!($table)),*];

        static ALL: [Table; TABLES.len()] = [$(Table {
            name: stringify!($table),
            columns: &[$(stringify!($name)),*],
            rows: |$analysis, sheet| {
                for row in $rows {
                    $(sheet.cell(tables!(@cell row $name $($this $cell)?))?;)*
                    sheet.end()?;
                }
                Ok(())
            },
        }),*];
    };
}

tables! {
    codes = |analysis| &analysis.codes => {
        direction,
        reply_code,
        enhanced_code,
        class,
        outcome,
        attempts,
        messages,
        recipients,
        domains,
        cause,
        meaning,
        first,
        last,
    }
    domains = |analysis| &analysis.domains => {
        domain,
        attempts,
        delivered,
        delivered_local,
        deferred,
        bounced,
        expired,
        recovered,
        delay_p50,
        delay_p95,
        delay_max,
        top_code,
        top_cause,
    }
    code_domains = |analysis| &analysis.code_domains => {
        direction,
        reply_code,
        enhanced_code,
        domain,
        outcome,
        attempts,
        messages,
        recipients,
        cause,
        first,
        last,
        sample,
    }
    reasons = |analysis| &analysis.reasons => {
        direction,
        reply_code,
        enhanced_code,
        template,
        cause,
        attempts,
        recipients,
        domains,
        sample,
    }
    providers = |analysis| &analysis.providers => {
        provider,
        domains,
        attempts,
        delivered,
        deferred,
        bounced,
        top_cause,
    }
    causes = |analysis| &analysis.causes => {
        cause,
        direction,
        class,
        attempts,
        recipients,
        domains,
        domains_any_class,
        whose,
        advice,
        advice_short,
        dead_ends,
        providers: |row| list(row.providers.iter().map(|p| format!("{} {}", p.provider, p.attempts))),
    }
    dead_ends = |analysis| analysis.dead_ends.iter().flat_map(Case::of) => {
        kind: |row| row.finding.kind.cell(),
        severity: |row| row.finding.severity.cell(),
        count: |row| row.finding.count.cell(),
        attempts_wasted: |row| row.finding.attempts_wasted.cell(),
        within: |row| row.finding.within.cell(),
        success_rate: |row| row.finding.success_rate.cell(),
        expected_success_rate: |row| row.finding.expected_success_rate.cell(),
        whose: |row| row.finding.whose.cell(),
        advice: |row| row.finding.advice.cell(),
        sender: |row| row.item(|item| item.sender.cell()),
        recipient: |row| row.item(|item| item.recipient.cell()),
        domain: |row| row.item(|item| item.domain.cell()),
        relay: |row| row.item(|item| item.relay.cell()),
        first: |row| row.item(|item| item.first.cell()),
        last: |row| row.item(|item| item.last.cell()),
        attempts: |row| Cell::Count(row.item.map_or(row.finding.attempts, |item| item.attempts)),
        codes: |row| row.item(|item| item.codes.cell()),
        evidence: |row| row.item(|item| list(item.evidence.iter().map(|e| format!("{}:{}", e.file, e.line)))),
        text: |row| row.item(|item| item.evidence.first().map_or(Cell::Blank, |e| Cell::Text(e.text.text()))),
    }
    retries = |analysis| &analysis.retries.gaps => {
        from_s,
        to_s,
        attempts,
        delivered,
        deferred,
        bounced,
        success_rate,
    }
    greylisting = |analysis| &analysis.retries.greylisting => {
        domain,
        chains,
        passed,
        wait_low_s,
        wait_high_s,
        passed_max_s,
        early_retries,
        restarts,
    }
    inbound_clients = |analysis| &analysis.inbound.by_client => {
        client_ip,
        client_name,
        rejected,
        transient,
        permanent,
        first,
        last,
    }
    inbound_reasons = |analysis| &analysis.inbound.by_reason => {
        reply_code,
        enhanced_code,
        class,
        template,
        cause,
        rejected,
        sample,
    }
    series = |analysis| &analysis.series => {
        start,
        delivered,
        delivered_local,
        deferred,
        bounced,
        expired,
        rejected,
    }
}

/// A row of `dead_ends`: an item with the figures of its finding, so that each row stands alone; a finding without items
/// is a row too.
#[derive(Clone, Copy)]
struct Case<'a> {
    finding: &'a DeadEnd,
    item: Option<&'a DeadEndItem>,
}

impl<'a> Case<'a> {
    fn of(finding: &'a DeadEnd) -> impl Iterator<Item = Self> {
        let alone = finding.items.is_empty().then_some(None);
        finding.items.iter().map(Some).chain(alone).map(move |item| Self { finding, item })
    }

    fn item(self, cell: impl FnOnce(&'a DeadEndItem) -> Cell<'a>) -> Cell<'a> {
        self.item.map_or(Cell::Blank, cell)
    }
}
