//! Tables: heads with their scope, the key of a row first, small bars in their cells.
//!
//! `<tr><th scope="row"><code>greylisted</code></th><td class="n">136</td>...`

use super::super::document::{Cell, Column, Kind, Table, Value};
use super::super::words;
use super::writer::cut;
use super::{Page, class, figures, svg};

/// Columns of text below which a column is for wide screens only.
const NARROW: usize = 70;

/// Names and texts in cells are no longer than this.
const LONGEST: usize = 200;

impl Page {
    /// What is drawn of a table, and the table, unless the drawing says all of it.
    pub(super) fn table(&mut self, table: &Table, about: &str) {
        let tables = self.draws() && figures::is_drawn(table);
        let mut said = false;
        if tables {
            self.out.tag("<div>");
            said = self.figure(table, about);
        }
        if !said {
            self.rows(table, &caption(table, about));
        }
        if tables {
            self.out.tag("</div>\n");
        }
    }

    fn rows(&mut self, table: &Table, caption: &str) {
        let columns = order(table);
        let drawn = figures::is_drawn(table);
        // A few rows in the order of a story are not to be sorted.
        let sorts = self.draws() && table.heads;
        self.out.tag("<div class=\"tw\" tabindex=\"0\" role=\"region\" aria-label=\"").text(caption);
        self.out.tag(if sorts { "\"><table class=\"s\"><caption>" } else { "\"><table><caption>" }).text(caption);
        self.out.tag("</caption>\n<thead><tr>");
        let shown: Vec<(usize, &Column)> = columns
            .into_iter()
            .filter_map(|i| Some((i, table.columns.get(i)?)))
            .filter(|(_, c)| c.kind != Kind::Wait && (c.kind != Kind::Bar || (self.draws() && !drawn)))
            .filter(|(_, c)| c.kind != Kind::SmallBar || self.draws())
            .collect();
        for (_, column) in &shown {
            let title = if column.kind == Kind::SmallBar { "" } else { column.full };
            self.out.tag("<th scope=\"col\"").tag(classes(column)).tag(">").text(title).tag("</th>");
        }
        self.out.tag("</tr></thead>\n<tbody>");
        for row in &table.rows {
            self.out.tag("<tr>");
            for (nth, (i, column)) in shown.iter().enumerate() {
                if let Some(cell) = row.get(*i) {
                    self.cell(cell, column, nth == 0);
                }
            }
            self.out.tag("</tr>\n");
        }
        self.out.tag("</tbody></table></div>\n");
    }

    fn cell(&mut self, cell: &Cell, column: &Column, heads_row: bool) {
        let out = &mut self.out;
        match heads_row {
            true => out.tag("<th scope=\"row\""),
            false => out.tag("<td").tag(classes(column)),
        };
        match cell.value {
            Value::Seconds(s) => _ = out.tag(" data-v=\"").number(s.max(0.0)).tag("\""),
            Value::None if column.kind == Kind::Number => _ = out.tag(" data-v=\"-1\""),
            _ => {}
        }
        out.tag(">");
        let role = class(cell.role).filter(|_| !matches!(cell.value, Value::Bar(_)) && !heads_row);
        if let Some(class) = role {
            out.tag("<span class=\"").tag(class).tag("\">");
        }
        let code = column.code && !matches!(cell.value, Value::Blank | Value::None);
        out.tag(if code { "<code>" } else { "" });
        match &cell.value {
            Value::Blank | Value::Wait(..) => {}
            Value::None => _ = out.tag("—"),
            Value::Count(n) => _ = out.text(&words::count(*n)),
            Value::Percent(p) | Value::PercentSign(p) => _ = out.text(&words::decimal(*p)),
            Value::Seconds(s) => _ = out.text(&words::clock(*s)),
            Value::Part(part, whole) => {
                out.text(&words::count(*part)).tag("/").text(&words::count(*whole));
            }
            Value::Text(text) if text.is_empty() => {}
            Value::Text(text) => _ = out.text(&shortened(text, column.kind)),
            Value::Name(name, others) => {
                out.text(&shortened(name, column.kind));
                if *others > 0 {
                    out.tag(" <span class=\"mute\">+").text(&words::count(*others)).tag("</span>");
                }
            }
            Value::Bar(percent) => svg::cell_bar(out, *percent, cell.role),
        }
        out.tag(if code { "</code>" } else { "" });
        out.tag(if role.is_some() { "</span>" } else { "" });
        out.tag(if heads_row { "</th>" } else { "</td>" });
    }
}

/// `Failed tries by reply, 20 of 38. "—": no server answered.`
fn caption(table: &Table, about: &str) -> String {
    let mut caption = about.to_owned();
    if table.rows.len() < table.total {
        caption += &format!(", {}", words::part_of(table.rows.len() as u64, table.total as u64));
    }
    if !table.note.is_empty() {
        caption += &format!(". {}", table.note);
    }
    caption
}

/// The keys first, then the others as they come.
fn order(table: &Table) -> Vec<usize> {
    let (keys, others): (Vec<usize>, Vec<usize>) =
        (0..table.columns.len()).partition(|i| table.columns.get(*i).is_some_and(|c| c.key));
    keys.into_iter().chain(others).collect()
}

/// The attribute that sets the cells of a column.
fn classes(column: &Column) -> &'static str {
    let hide = column.from >= NARROW;
    match (column.kind, hide) {
        (Kind::Number, false) => " class=\"n\"",
        (Kind::Number, true) => " class=\"n hide\"",
        (Kind::Text, false) => " class=\"w\"",
        (Kind::Text, true) => " class=\"w hide\"",
        (Kind::SmallBar | Kind::Bar, _) => " class=\"b hide\"",
        (_, false) => "",
        (_, true) => " class=\"hide\"",
    }
}

/// The end of a name tells, the beginning of a text.
fn shortened(text: &str, kind: Kind) -> String {
    match kind {
        Kind::Name => words::name(text),
        _ => cut(text, LONGEST).into_owned(),
    }
}
