//! A page: what is said, in which order; and its two looks, text and Markdown.
//!
//! Both pass every word through its sink: replies are written by strangers.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::report::document::{Rich, Role};
use crate::report::escape::markdown;
use crate::report::text::TextStyle;
use crate::report::text::line::{Line, wrap};
use crate::report::words;

/// A part of a page.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// A paragraph.
    Text(String),
    /// Names and what is said of them, in two columns.
    Facts(Vec<(String, String)>),
    /// `Do`, `Do not`, each with its text.
    Advice(Vec<(&'static str, Vec<String>)>),
    /// A title and items.
    List(&'static str, Vec<String>),
    /// Columns beside each other: heads, then a name and a cell for each column.
    Beside(Vec<(String, String)>, Vec<(&'static str, Vec<String>)>),
    /// Codes and what they say.
    Codes(String, Vec<(String, String)>),
    /// A paragraph, and a command under it.
    Command(String, String),
}

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Page {
    /// What it is about, and the verdict; the first words stand out.
    pub title: (String, String),
    pub parts: Vec<Part>,
}

/// Where the text of facts begins.
const FACTS: usize = 17;

/// Where the cells of a comparison begin.
const BESIDE: usize = 16;

/// A column of fewer columns of text is not readable.
const NARROWEST: usize = 19;

impl Page {
    /// For a terminal: at most `style.width` columns.
    pub(super) fn write_text(&self, style: TextStyle, out: &mut dyn Write) -> io::Result<()> {
        let style = TextStyle { width: style.width.clamp(60, 120), ..style };
        let mut text = Text { style, out };
        let title = Rich::default().then(Role::Strong, &*self.title.0).then(Role::Plain, format!(" {}", self.title.1));
        text.rich(&title, 0, 0)?;
        for part in &self.parts {
            text.out.write_all(b"\n")?;
            text.part(part)?;
        }
        Ok(())
    }

    /// For a wiki.
    pub(super) fn write_markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        // A heading ends here, where on a terminal the sentence goes on.
        let (heading, first) = match self.title.0.strip_suffix(':') {
            Some(heading) => (heading, Cow::Owned(words::capital(&self.title.1))),
            None => (&*self.title.0, Cow::Borrowed(&*self.title.1)),
        };
        writeln!(out, "# {}\n\n{}", markdown(heading), markdown(&first))?;
        for part in &self.parts {
            writeln!(out)?;
            match part {
                Part::Text(text) => writeln!(out, "{}", markdown(text))?,
                Part::Facts(facts) => {
                    for (name, text) in facts {
                        writeln!(out, "- **{}**: {}", markdown(name), markdown(text))?;
                    }
                }
                Part::Advice(advice) => {
                    for (i, (label, items)) in advice.iter().enumerate() {
                        writeln!(out, "{}**{label}**\n", if i > 0 { "\n" } else { "" })?;
                        items.iter().try_for_each(|item| writeln!(out, "- {}", markdown(item)))?;
                    }
                }
                Part::List(title, items) => {
                    writeln!(out, "## {title}\n")?;
                    items.iter().try_for_each(|item| writeln!(out, "- {}", markdown(item)))?;
                }
                Part::Beside(heads, rows) => {
                    let head: Vec<_> = heads.iter().map(|(a, b)| markdown(&format!("{a} {b}"))).collect();
                    writeln!(out, "| | {} |\n|---|{}", head.join(" | "), "---|".repeat(heads.len()))?;
                    for (name, cells) in rows {
                        let cells: Vec<_> = cells.iter().map(|c| markdown(c)).collect();
                        writeln!(out, "| **{name}** | {} |", cells.join(" | "))?;
                    }
                }
                Part::Codes(intro, codes) => {
                    writeln!(out, "{}\n", markdown(intro))?;
                    codes.iter().try_for_each(|(c, t)| writeln!(out, "- `{c}` {}", markdown(t)))?;
                }
                Part::Command(text, command) => writeln!(out, "{}\n\n```\n{command}\n```", markdown(text))?,
            }
        }
        Ok(())
    }
}

/// Where lines go.
struct Text<'a> {
    style: TextStyle,
    out: &'a mut dyn Write,
}

impl Text<'_> {
    fn rich(&mut self, text: &Rich, indent: usize, hang: usize) -> io::Result<()> {
        wrap(text, indent, indent + hang, self.style).into_iter().try_for_each(|line| line.write(self.style, self.out))
    }

    /// A label, and its text behind it in a column of its own.
    fn labelled(&mut self, indent: usize, label: &str, at: usize, text: &str) -> io::Result<()> {
        let mut lines = wrap(&Rich::plain(text), at, at, self.style).into_iter();
        let mut first = Line::new(indent);
        first.put(Role::Strong, label, self.style);
        match lines.next() {
            Some(line) if first.width() < at => {
                first.pad_to(at);
                first.append(line.without_indent());
                first.write(self.style, self.out)?;
            }
            line => {
                first.write(self.style, self.out)?;
                line.into_iter().try_for_each(|l| l.write(self.style, self.out))?;
            }
        }
        lines.try_for_each(|line| line.write(self.style, self.out))
    }

    fn part(&mut self, part: &Part) -> io::Result<()> {
        match part {
            Part::Text(text) => self.rich(&Rich::plain(&**text), 0, 0),
            Part::Facts(facts) => facts.iter().try_for_each(|(name, text)| self.labelled(2, name, FACTS, text)),
            Part::Advice(advice) => advice.iter().try_for_each(|(label, items)| {
                let labels = std::iter::once(*label).chain(std::iter::repeat(""));
                items.iter().zip(labels).try_for_each(|(item, label)| self.labelled(0, label, 8, item))
            }),
            Part::List(title, items) => {
                self.rich(&Rich::default().then(Role::Strong, *title), 0, 2)?;
                items.iter().try_for_each(|item| self.rich(&Rich::plain(format!("- {item}")), 2, 2))
            }
            Part::Beside(heads, rows) => self.beside(heads, rows),
            Part::Codes(intro, codes) => {
                self.rich(&Rich::plain(&**intro), 0, 0)?;
                let widest = codes.iter().map(|(c, _)| c.len()).max().unwrap_or_default();
                codes.iter().try_for_each(|(code, text)| self.labelled(2, code, widest + 4, text))
            }
            Part::Command(text, command) => {
                self.rich(&Rich::plain(&**text), 0, 0)?;
                self.rich(&Rich::plain(&**command), 2, 2)
            }
        }
    }

    fn beside(&mut self, heads: &[(String, String)], rows: &[(&'static str, Vec<String>)]) -> io::Result<()> {
        let style = self.style;
        let gaps = 2 * heads.len().saturating_sub(1);
        let width = (style.width - BESIDE).saturating_sub(gaps) / heads.len().max(1);
        let rule = || if style.ascii { "-" } else { "─" }.repeat(style.width);
        if width < NARROWEST {
            // No room: one below the other.
            for (i, (name, short)) in heads.iter().enumerate() {
                if i > 0 {
                    self.out.write_all(b"\n")?;
                }
                let head = Rich::default().then(Role::Strong, &**name).then(Role::Plain, format!("  {short}"));
                self.rich(&head, 0, 2)?;
                let mut line = Line::new(0);
                line.raw(Role::Muted, rule());
                line.write(style, self.out)?;
                for (label, cells) in rows {
                    let text = cells.get(i).map_or("", String::as_str);
                    self.labelled(0, label, BESIDE, text)?;
                }
            }
            return Ok(());
        }
        let at = |i: usize| BESIDE + i * (width + 2);
        let mut line = Line::new(0);
        for (i, (name, short)) in heads.iter().enumerate() {
            line.pad_to(at(i));
            line.cut_end(Role::Strong, name, width, style);
            let room = width.saturating_sub(Line::measure(name, style) + 2);
            if room > 3 && !short.is_empty() {
                line.raw(Role::Plain, "  ".to_owned());
                line.cut_end(Role::Plain, short, room, style);
            }
        }
        line.write(style, self.out)?;
        let mut line = Line::new(0);
        line.raw(Role::Muted, rule());
        line.write(style, self.out)?;
        let column = TextStyle { width, ..style };
        for (label, cells) in rows {
            let mut cells: Vec<_> = cells.iter().map(|c| wrap(&Rich::plain(&**c), 0, 0, column).into_iter()).collect();
            for number in 0.. {
                let mut line = Line::new(0);
                if number == 0 {
                    line.put(Role::Strong, label, style);
                }
                let mut any = number == 0;
                for (i, cell) in cells.iter_mut().enumerate() {
                    if let Some(part) = cell.next() {
                        line.pad_to(at(i));
                        line.append(part);
                        any = true;
                    }
                }
                if !any {
                    break;
                }
                line.write(style, self.out)?;
            }
        }
        Ok(())
    }
}
