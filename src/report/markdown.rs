//! The report for issues, wikis and chats: Markdown as GitHub and CommonMark 0.31 read it.
//!
//! What strangers wrote stands in code spans or has its marks escaped ([`escape::markdown`]): nothing becomes a
//! link, an image, HTML or a mention.
//!
//! `**ACT:** 3 critical, 7 warnings, 1 notice. 302 of 586 recipients reached (51.5 %).`

use std::io::{self, Write};

use super::document::{
    Block, Cell, Column, Document, Extent, Finding, Kind, Rich, Role, Section, Severity, Table, Value,
};
use super::text::TextStyle;
use super::{escape, text, words};
use crate::analyze::Analysis;

/// Texts in cells are no longer than this.
const LONGEST: usize = 200;

/// Writes the report.
pub fn write(analysis: &Analysis, style: TextStyle, out: &mut dyn Write) -> io::Result<()> {
    let document = Document::new(analysis, Extent { top: style.top, verbose: style.verbose });
    let verdict = &document.verdict;
    let about = if document.about.is_empty() { String::new() } else { format!(" for {}", plain(&document.about)) };
    writeln!(out, "# Mail report{about}\n")?;
    writeln!(out, "**{}:** {} {}", verdict.level.as_str(), plain(&verdict.why), plain(&verdict.reached))?;
    for line in verdict.incomplete.iter().chain(&verdict.wasted).chain(&verdict.notes) {
        writeln!(out, "{}", plain(line))?;
    }
    for line in &document.source {
        writeln!(out, "\n{}", plain(line))?;
    }
    for section in &document.sections {
        write_section(section, style, out)?;
    }
    if let Some(footer) = &document.footer {
        writeln!(out, "\n---\n\n{}", plain(footer))?;
    }
    Ok(())
}

fn write_section(section: &Section, style: TextStyle, out: &mut dyn Write) -> io::Result<()> {
    if !section.title.is_empty() {
        writeln!(out, "\n## {}", plain(&section.title))?;
    }
    if !section.aside.is_empty() {
        writeln!(out, "\n*{}*", plain(&section.aside))?;
    }
    for block in &section.blocks {
        out.write_all(b"\n")?;
        match block {
            Block::Findings(findings) => findings.iter().try_for_each(|f| write_finding(f, out))?,
            Block::Table(table) => write_table(table, out)?,
            Block::Chart(chart) => {
                let lines = text::chart_lines(chart, TextStyle { width: 80, color: false, ..style });
                write_code(lines.iter().map(String::as_str), out)?;
            }
            Block::Text(rich) => writeln!(out, "{}", rich_text(rich))?,
            Block::Shares(shares) => writeln!(out, "{}", rich_text(&shares.sentence()))?,
            Block::Note(note) => writeln!(out, "{}", plain(note))?,
            Block::About(code, text) => writeln!(out, "- **{}** {}", plain(code), plain(text))?,
            Block::List(items) => {
                for (n, text) in items {
                    writeln!(out, "- **{}** {}", words::count(*n), plain(text))?;
                }
            }
            Block::Lines(lines) => write_code(lines.iter().map(String::as_str), out)?,
        }
    }
    Ok(())
}

fn write_finding(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let mark = match finding.severity {
        Severity::Critical => "Critical",
        Severity::Warning => "Warning",
        Severity::Notice => "Notice",
    };
    let tries = if finding.tries == 1 { "try" } else { "tries" };
    let (n, delivered) = (words::count(finding.tries), words::count(finding.delivered));
    writeln!(out, "### {mark}: {} {}\n", escape::markdown_code(finding.kind.as_str()), plain(&finding.first_names()))?;
    writeln!(out, "{n} {tries}, {delivered} delivered. {}", plain(&finding.summary))?;
    for sentence in &finding.detail {
        writeln!(out, "{}", plain(sentence))?;
    }
    if !finding.advice.is_empty() {
        writeln!(out, "**Do:** {}", plain(&finding.advice))?;
    }
    for (kind, summary) in &finding.also {
        writeln!(out, "Also {}: {}", escape::markdown_code(kind.as_str()), plain(summary))?;
    }
    let lines: Vec<String> = finding
        .evidence
        .iter()
        .map(|e| {
            let id = e.queue_id.as_deref().map(|id| format!("{id}  ")).unwrap_or_default();
            format!("{}  {}  {id}{}", e.place, e.time, e.says)
        })
        .collect();
    if !lines.is_empty() {
        out.write_all(b"\n")?;
        write_code(lines.iter().map(String::as_str), out)?;
    }
    out.write_all(b"\n")
}

/// An indented block: no line in it can end it.
fn write_code<'a>(lines: impl Iterator<Item = &'a str>, out: &mut dyn Write) -> io::Result<()> {
    for line in lines {
        writeln!(out, "    {}", escape::terminal(&cut(line), false).trim_end())?;
    }
    Ok(())
}

fn write_table(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let shown: Vec<(usize, &Column)> = table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, c)| !matches!(c.kind, Kind::Bar | Kind::SmallBar | Kind::Wait))
        .collect();
    for (_, column) in &shown {
        write!(out, "| {} ", plain(column.full))?;
    }
    out.write_all(b"|\n")?;
    for (_, column) in &shown {
        out.write_all(if column.kind == Kind::Number { b"| ---: " } else { b"| --- " })?;
    }
    out.write_all(b"|\n")?;
    for row in &table.rows {
        for (i, column) in &shown {
            let text = row.get(*i).map(|cell| cell_text(cell, column)).unwrap_or_default();
            // A bar ends a cell even in code (GFM section 4.10).
            write!(out, "| {} ", text.replace('|', "\\|"))?;
        }
        out.write_all(b"|\n")?;
    }
    let cut = (table.rows.len() < table.total).then(|| {
        let rows = if table.rows_are.is_empty() { String::new() } else { format!(" {}", table.rows_are) };
        format!("top {} of {}{rows}. ", words::count(table.rows.len() as u64), words::count(table.total as u64))
    });
    if cut.is_some() || !table.note.is_empty() {
        writeln!(out, "\n{}{}", cut.unwrap_or_default(), plain(&table.note))?;
    }
    Ok(())
}

fn cell_text(cell: &Cell, column: &Column) -> String {
    let words = |text: &str| match (text, column.code || column.kind != Kind::Word) {
        ("", _) => String::new(),
        (text, true) => escape::markdown_code(&cut(text)),
        (text, false) => plain(&cut(text)),
    };
    match &cell.value {
        Value::Blank | Value::Bar(_) | Value::Wait(..) => String::new(),
        Value::None => "—".to_owned(),
        Value::Count(n) => words::count(*n),
        Value::Percent(p) | Value::PercentSign(p) => words::decimal(*p),
        Value::Seconds(s) => words::clock(*s),
        Value::Part(part, whole) => format!("{}/{}", words::count(*part), words::count(*whole)),
        Value::Text(text) => words(text),
        Value::Name(name, 0) => words(name),
        Value::Name(name, others) => format!("{} +{}", words(name), words::count(*others)),
    }
}

fn rich_text(rich: &Rich) -> String {
    let mut out = String::new();
    for (role, text) in &rich.0 {
        match role {
            Role::Plain | Role::Muted => out += &plain(text),
            _ if text.trim().is_empty() => out += text,
            _ => out += &format!("**{}**", plain(text)),
        }
    }
    out
}

fn plain(text: &str) -> String {
    escape::markdown(text)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn render(analysis: &Analysis) -> String {
        let mut out = Vec::new();
        write(analysis, TextStyle { top: 3, ..TextStyle::default() }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_calm_day_in_markdown() {
        insta::assert_snapshot!(render(&fixture::clean()), @r"
        # Mail report for mx1, 2025-03-04

        **OK:** nothing to do. 70 of 76 recipients reached (92.1 %).

        mx1, Postfix, 2025-03-04 05:46 to 2025-03-04 17:42 UTC (11 h 56 min)

        clean.log, 506 lines, all understood

        ## The day

        *UTC*

                           06    09    12    15        total   peak
              delivered  ▂▂▁▁▇▇▆▆▃▃▅▅▇▇██▄▄▇▇██▆▆▆▆       70     8 at 12
              deferred     ██▃▃▂▂▁▁▆▆▆▆▂▂▃▃▃▃▃▃▄▄▄▄       54    11 at 06
              bounced            ████████      ████        6     1 at 09

        38 recipients were deferred and all 38 were delivered, on the 5th try at the latest. 38 of the 54 deferrals are greylisting.

        6 recipients bounced, all unknown users (secure.example 3, sixonly.example 3): correct or remove those addresses.

        Nothing was dropped, resent, hammered or sent after a 5xx.

        ---

        Causes, codes and domains: --verbose.
        ");
    }

    #[test]
    fn a_table_has_its_columns_in_every_row() {
        for analysis in [fixture::busy(), fixture::hostile()] {
            let text = render(&analysis);
            let mut columns = 0;
            for line in text.lines() {
                let bars = line.replace("\\|", "").matches('|').count();
                if !line.starts_with('|') {
                    columns = 0;
                } else if columns == 0 {
                    columns = bars;
                }
                assert_eq!(bars, if line.starts_with('|') { columns } else { bars }, "{line}");
            }
        }
    }

    #[test]
    fn strangers_write_no_line_of_ours() {
        let text = render(&fixture::hostile());
        assert!(!text.lines().any(|l| l.starts_with("ACT: 9") || l.starts_with("**ACT:** 9")));
        assert_eq!(text.chars().find(|c| *c != '\n' && escape::is_dangerous(*c)), None);
    }
}
