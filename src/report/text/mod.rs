//! The report for people: at 80 columns as in a mail, wider on a wide terminal.
//!
//! Colour, Unicode and width are gifts: take them away and nothing is lost but comfort.  All of them are
//! handed in ([`TextStyle`]); this module asks no environment.  Every line is at most as wide as asked.
//!
//! `ACT: 3 critical, 7 warnings, 1 notice. 302 of 586 recipients reached (51.5 %).`

mod chart;
pub(in crate::report) mod line;
mod table;

use std::io::{self, Write};

pub use self::chart::lines as chart_lines;
use self::line::{Line, wrap};
use super::document::{Block, Document, Extent, Finding, Level, Rich, Role, Section, Severity, Verdict};
use super::words;
use crate::analyze::Analysis;

/// What the terminal can do, or the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextStyle {
    /// Columns; taken as at least 60 and at most 120.
    pub width: usize,
    /// No character beyond ASCII.
    pub ascii: bool,
    /// The 16 base colours.
    pub color: bool,
    /// Rows of a table; 0 for all.
    pub top: usize,
    /// More evidence, lines that were not understood, lines without an event.
    pub verbose: bool,
}

impl Default for TextStyle {
    fn default() -> Self {
        Self { width: 80, ascii: false, color: false, top: 20, verbose: false }
    }
}

impl TextStyle {
    /// How much is shown.
    fn extent(&self) -> Extent {
        Extent { top: self.top, verbose: self.verbose }
    }
}

/// Below this many columns findings and tables keep the least.
const NARROW: usize = 70;

/// Writes the report.
pub fn write(analysis: &Analysis, style: TextStyle, out: &mut dyn Write) -> io::Result<()> {
    write_document(&Document::new(analysis, style.extent()), style, out)
}

/// Writes a report that is already made.
pub fn write_document(document: &Document, style: TextStyle, out: &mut dyn Write) -> io::Result<()> {
    let style = TextStyle { width: style.width.clamp(60, 120), ..style };
    let mut page = Page { style, out };
    page.verdict(&document.verdict)?;
    if !document.source.is_empty() {
        page.blank()?;
    }
    for line in &document.source {
        page.rich(&Rich::default().then(Role::Muted, line), 0, 2)?;
    }
    for section in &document.sections {
        page.section(section)?;
    }
    if let Some(footer) = &document.footer {
        page.blank()?;
        page.rich(&Rich::default().then(Role::Muted, footer), 2, 0)?;
    }
    Ok(())
}

/// Where lines go.
struct Page<'a> {
    style: TextStyle,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn line(&mut self, line: Line) -> io::Result<()> {
        line.write(self.style, self.out)
    }

    fn blank(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    /// Text that wraps at words: `indent` columns in, further lines `hang` more.
    fn rich(&mut self, text: &Rich, indent: usize, hang: usize) -> io::Result<()> {
        for line in wrap(text, indent, indent + hang, self.style) {
            self.line(line)?;
        }
        Ok(())
    }

    fn verdict(&mut self, verdict: &Verdict) -> io::Result<()> {
        let role = match verdict.level {
            Level::Act => Role::Critical,
            Level::Look => Role::Warning,
            Level::Ok => Role::Good,
        };
        let word = format!("{}:", verdict.level.as_str());
        let hang = word.len() + 1;
        let first = Rich::default()
            .then(role, word)
            .then(Role::Plain, " ")
            .then(Role::Strong, verdict.why.as_str())
            .then(Role::Plain, format!(" {}", verdict.reached));
        self.rich(&first, 0, hang)?;
        for line in &verdict.incomplete {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            self.rich(&Rich::default().then(Role::Warning, word).then(Role::Plain, format!(" {rest}")), hang, 2)?;
        }
        verdict.wasted.iter().chain(&verdict.notes).try_for_each(|line| self.rich(&Rich::plain(line.as_str()), hang, 0))
    }

    fn section(&mut self, section: &Section) -> io::Result<()> {
        self.blank()?;
        if !section.title.is_empty() {
            self.title(section)?;
        }
        for (i, block) in section.blocks.iter().enumerate() {
            let before = i.checked_sub(1).and_then(|i| section.blocks.get(i));
            let apart = match (before, block) {
                (None, _) => false,
                (Some(_), Block::Table(_)) | (Some(Block::Findings(_)), _) => true,
                _ => false,
            };
            if apart {
                self.blank()?;
            }
            match block {
                Block::Findings(findings) => self.findings(findings)?,
                Block::Table(table) => self.table(table)?,
                Block::Chart(chart) => self.chart(chart)?,
                Block::Text(text) if matches!(section.blocks.first(), Some(Block::Findings(_))) => {
                    self.rich(text, 3, 0)?
                }
                Block::Text(text) => self.rich(text, 2, 0)?,
                Block::Shares(shares) => self.rich(&shares.sentence(), 2, 0)?,
                Block::Note(text) => self.note(text, section)?,
                Block::About(what, text) => {
                    let rich = Rich::default().then(Role::Strong, what).then(Role::Plain, format!(" {text}"));
                    self.rich(&rich, 2, 4)?;
                }
                Block::List(items) => self.list(items)?,
                Block::Lines(lines) => {
                    for line in lines {
                        let mut out = Line::new(2);
                        out.cut_end(Role::Plain, line, self.style.width - 2, self.style);
                        self.line(out)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The title over a rule, what it counts to the right; where both do not fit, that has its own line.
    fn title(&mut self, section: &Section) -> io::Result<()> {
        let findings = section.blocks.iter().find_map(|b| match b {
            Block::Findings(findings) => Some(findings),
            _ => None,
        });
        let aside = match findings {
            Some(findings) if self.style.width >= NARROW => {
                let (tries, delivered) = finding_columns(findings);
                format!("{:>tries$}  {:>delivered$}", "tries", "delivered")
            }
            Some(_) => String::new(),
            None => section.aside.clone(),
        };
        let aside = match section.blocks.first() {
            Some(Block::Chart(chart)) => chart::aside(chart, &aside, self.style),
            _ => aside,
        };
        let mut line = Line::new(0);
        line.put(Role::Strong, &section.title.to_uppercase(), self.style);
        let mut second = None;
        if !aside.is_empty() {
            let mut right = Line::new(0);
            right.put(Role::Muted, &aside, self.style);
            if line.width() + 2 + right.width() <= self.style.width {
                line.pad_to(self.style.width - right.width());
                line.append(right);
            } else {
                second = Some(aside);
            }
        }
        self.line(line)?;
        if let Some(aside) = second {
            self.rich(&Rich::default().then(Role::Muted, aside), 2, 0)?;
        }
        let mut rule = Line::new(0);
        let stroke = if self.style.ascii { "-" } else { "─" };
        rule.raw(Role::Muted, stroke.repeat(self.style.width));
        self.line(rule)
    }

    fn findings(&mut self, findings: &[Finding]) -> io::Result<()> {
        let lines = findings.iter().flat_map(|f| &f.evidence);
        let place = lines.map(|e| Line::measure(&e.place, self.style)).max().unwrap_or_default();
        for (i, finding) in findings.iter().enumerate() {
            if i > 0 {
                self.blank()?;
            }
            self.finding(finding, finding_columns(findings).1, place.min(self.style.width / 3))?;
        }
        Ok(())
    }

    fn finding(&mut self, finding: &Finding, delivered: usize, place: usize) -> io::Result<()> {
        let style = self.style;
        let (mark, role) = match finding.severity {
            Severity::Critical => ("!!", Role::Critical),
            Severity::Warning => ("!", Role::Warning),
            Severity::Notice => (if style.ascii { "-" } else { "·" }, Role::Notice),
        };
        let narrow = style.width < NARROW;
        let mut line = Line::new(0);
        line.raw(role, mark.to_owned());
        line.pad_to(3);
        line.put(role, finding.kind.as_str(), style);
        line.pad_to(line.width().max(24) + 2);
        // A long name may reach as far as the number before it leaves room.
        let end = if narrow { style.width } else { style.width - words::count(finding.tries).len() - delivered - 3 };
        let room = end.saturating_sub(line.width());
        let who = who(finding, room, style);
        if let Some(who) = &who {
            line.put(Role::Strong, who, style);
        }
        if !narrow {
            let number = words::count(finding.tries);
            line.pad_to(style.width - number.len() - delivered - 2);
            line.raw(Role::Plain, format!("{number}  "));
            line.raw(Role::Plain, format!("{:>delivered$}", words::count(finding.delivered)));
        }
        self.line(line)?;
        // An address is never cut: one that is too long has a line of its own.
        if who.is_none() && !finding.who.is_empty() {
            self.rich(&Rich::default().then(Role::Strong, finding.first_and_more()), 3, 0)?;
        }
        if narrow {
            let text = format!("{}, {} delivered", words::tries(finding.tries), words::count(finding.delivered));
            self.rich(&Rich::plain(text), 3, 0)?;
        }
        let mut summary = finding.summary.clone();
        if style.width >= 120 || style.verbose {
            for sentence in &finding.detail {
                summary = format!("{summary} {sentence}");
            }
        }
        self.rich(&Rich::plain(summary), 3, 0)?;
        if !finding.advice.is_empty() {
            let advice = Rich::default().then(Role::Strong, "Do:").then(Role::Plain, format!(" {}", finding.advice));
            self.rich(&advice, 3, 4)?;
        }
        for (kind, summary) in &finding.also {
            let also = Rich::plain("Also ").then(role, format!("{kind}:")).then(Role::Plain, format!(" {summary}"));
            self.rich(&also, 3, 5)?;
        }
        for evidence in &finding.evidence {
            let mut line = Line::new(5);
            line.cut_start(Role::Muted, &evidence.place, place, style);
            line.pad_to(5 + place + 2);
            line.put(Role::Muted, &evidence.time, style);
            line.raw(Role::Muted, "  ".to_owned());
            if let Some(id) = evidence.queue_id.as_ref().filter(|_| style.width >= 120) {
                line.cut_end(Role::Muted, id, 24, style);
                line.raw(Role::Muted, "  ".to_owned());
            }
            let room = style.width.saturating_sub(line.width());
            line.cut_end(Role::Muted, &evidence.says, room, style);
            self.line(line)?;
        }
        Ok(())
    }

    /// A note under a table; the one on waits explains its marks, which depend on the characters there are.
    fn note(&mut self, text: &str, section: &Section) -> io::Result<()> {
        let waits = section.blocks.iter().any(|b| matches!(b, Block::Table(t) if table::shows_waits(t, self.style)));
        let text = if waits { format!("{text} {}", chart::wait_key(self.style)) } else { text.to_owned() };
        self.rich(&Rich::default().then(Role::Muted, text), 2, 0)
    }

    fn list(&mut self, items: &[(u64, String)]) -> io::Result<()> {
        let numbers: Vec<String> = items.iter().map(|(n, _)| words::count(*n)).collect();
        let width = numbers.iter().map(String::len).max().unwrap_or_default().max(3);
        for (number, (_, text)) in numbers.iter().zip(items) {
            let rich = Rich::plain(format!("{number:\u{a0}>width$}\u{a0}{text}"));
            self.rich(&rich, 2, width + 1)?;
        }
        Ok(())
    }
}

/// How wide the columns of tries and of deliveries are.
fn finding_columns(findings: &[Finding]) -> (usize, usize) {
    let widest =
        |number: fn(&Finding) -> u64| findings.iter().map(|f| words::count(number(f)).len()).max().unwrap_or(0);
    (widest(|f| f.tries).max("tries".len()), widest(|f| f.delivered).max("delivered".len()))
}

/// Whom a finding is about, in one line of so many columns: two names where both fit, else one and how
/// many more.  None where not even the first one fits.
fn who(finding: &Finding, room: usize, style: TextStyle) -> Option<String> {
    if let [one, two] = finding.who.as_slice()
        && !finding.more_who
    {
        let both = format!("{one}, {two}");
        if Line::measure(&both, style) <= room {
            return Some(both);
        }
    }
    Some(finding.first_and_more()).filter(|t| Line::measure(t, style) <= room)
}

#[cfg(test)]
mod tests;
