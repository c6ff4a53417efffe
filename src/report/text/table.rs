//! Tables: as wide as their cells, and no wider than the page.

use std::io;

use super::super::document::{Cell, Column, Kind, Rich, Role, Table, Value};
use super::super::words;
use super::line::{Line, columns};
use super::{Page, TextStyle, chart};

/// Columns that a name or a text keeps, however little room there is.
const LEAST: usize = 8;

/// What is drawn has at least so many.
const LEAST_DRAWN: usize = 12;

/// The longest bar at 80 columns; wider pages have longer ones, as the design draws them.
const LONGEST_BAR: usize = 20;

/// A full bar stands for the highest rate of its table, but for no less than this: where all rates are low, all bars
/// are short.
const LEAST_FULL: f64 = 20.0;

/// A small bar is as wide as this.
const SMALL_BAR: usize = 11;

/// Does the table show a column of waits?
pub(super) fn shows_waits(table: &Table, style: TextStyle) -> bool {
    table.columns.iter().any(|c| c.kind == Kind::Wait && style.width >= c.from)
}

impl Page<'_> {
    /// The table, and under it how many rows there are in all.
    pub(super) fn table(&mut self, table: &Table) -> io::Result<()> {
        let style = self.style;
        let shown: Vec<usize> =
            table.columns.iter().enumerate().filter(|(_, c)| style.width >= c.from).map(|(i, _)| i).collect();
        let layout = Layout::of(table, &shown, style);
        if table.heads {
            let mut line = Line::new(2);
            for (place, column) in layout.places(table, &shown) {
                line.pad_to(place.start);
                match column.kind {
                    Kind::Number => {
                        let width = columns(column.title);
                        line.pad_to(place.end.saturating_sub(width));
                        line.raw(Role::Muted, column.title.to_owned());
                    }
                    Kind::Wait => line.raw(Role::Muted, layout.axis.heads(place.end - place.start, style)),
                    _ => line.cut_end(Role::Muted, column.title, place.end - place.start, style),
                }
            }
            self.line(line)?;
        }
        for row in &table.rows {
            let mut line = Line::new(2);
            for ((place, column), i) in layout.places(table, &shown).zip(&shown) {
                let Some(cell) = row.get(*i) else { continue };
                line.pad_to(place.start);
                let room = place.end - place.start;
                layout.cell(&mut line, cell, column, room, style);
            }
            self.line(line)?;
        }
        self.caption(table)
    }

    /// `top 20 of 38 clients. p50, p95: ...`
    fn caption(&mut self, table: &Table) -> io::Result<()> {
        let mut caption = String::new();
        if table.rows.len() < table.total {
            let space = if table.rows_are.is_empty() { "" } else { " " };
            let (shown, total) = (words::count(table.rows.len() as u64), words::count(table.total as u64));
            caption = format!("top {shown} of {total}{space}{}", table.rows_are);
        }
        // A note on columns that are not shown is no help.
        let explains_hidden = table.note.starts_with("p50") && self.style.width < 100;
        if !table.note.is_empty() && !explains_hidden {
            caption = if caption.is_empty() { table.note.clone() } else { format!("{caption}. {}", table.note) };
        }
        self.rich(&Rich::default().then(Role::Muted, caption), 2, 0)
    }
}

/// Where a column stands.
struct Place {
    start: usize,
    end: usize,
}

/// Where the columns of a table stand.
struct Layout {
    widths: Vec<usize>,
    gutter: usize,
    axis: chart::Axis,
    /// What a bar of the full width stands for, in percent.
    full: f64,
}

impl Layout {
    fn of(table: &Table, shown: &[usize], style: TextStyle) -> Self {
        let gutter = if style.width < table.roomy_from { 1 } else { 2 };
        let axis = chart::Axis::of(table);
        let fixed: Vec<&Column> = shown.iter().filter_map(|i| table.columns.get(*i)).collect();
        let mut widths: Vec<usize> = fixed
            .iter()
            .zip(shown)
            .map(|(column, i)| {
                let head = if table.heads { columns(column.title) } else { 0 };
                match column.kind {
                    Kind::SmallBar => SMALL_BAR,
                    Kind::Bar | Kind::Wait => LEAST_DRAWN,
                    _ => {
                        let cells = table.rows.iter().filter_map(|r| r.get(*i));
                        // Without heads numbers stand a little apart from the words before them.
                        let apart = usize::from(!table.heads && column.kind == Kind::Number);
                        cells.map(|c| columns(&plain(c, style, usize::MAX))).max().unwrap_or(0).max(head) + apart
                    }
                }
            })
            .collect();
        let room = style.width.saturating_sub(2 + gutter * fixed.len().saturating_sub(1));
        let mut over = widths.iter().sum::<usize>().saturating_sub(room);
        // Names and texts give way, the widest first; then any column that is wider than the least.
        for words_only in [true, false] {
            while over > 0 {
                let gives = |c: &Column| !words_only || matches!(c.kind, Kind::Name | Kind::Text);
                let widest =
                    widths.iter_mut().zip(&fixed).filter(|(w, c)| **w > LEAST && gives(c)).max_by_key(|(w, _)| **w);
                let Some((width, _)) = widest else { break };
                let step = over.min(*width - LEAST).min(over / 4 + 1);
                *width -= step;
                over -= step;
            }
        }
        // What is left belongs to the one column that is drawn.
        let left = room.saturating_sub(widths.iter().sum());
        for (width, column) in widths.iter_mut().zip(&fixed) {
            match column.kind {
                Kind::Bar => *width = (*width + left).min(LONGEST_BAR + style.width.saturating_sub(80) * 6 / 40),
                Kind::Wait => *width = (*width + left).min(48),
                _ => {}
            }
        }
        Self { widths, gutter, axis, full: full(table) }
    }

    fn places<'a>(&'a self, table: &'a Table, shown: &'a [usize]) -> impl Iterator<Item = (Place, &'a Column)> {
        let mut start = 2;
        shown.iter().zip(&self.widths).filter_map(move |(i, width)| {
            let place = Place { start, end: start + width };
            start = place.end + self.gutter;
            Some((place, table.columns.get(*i)?))
        })
    }

    fn cell(&self, line: &mut Line, cell: &Cell, column: &Column, room: usize, style: TextStyle) {
        match (&cell.value, column.kind) {
            (Value::Bar(percent), Kind::Bar) => {
                line.raw(cell.role, chart::bar(percent * 100.0 / self.full, room, style));
            }
            (Value::Bar(percent), _) => line.raw(cell.role, chart::bar(*percent, room, style)),
            (Value::Wait(low, high, most), _) => self.axis.wait(line, (*low, *high, *most), room, style),
            (_, Kind::Number) => {
                let text = plain(cell, style, room);
                line.pad_to(line.width() + room.saturating_sub(columns(&text)));
                line.raw(cell.role, text);
            }
            (Value::Text(text), Kind::Name) => line.cut_start(cell.role, text, room, style),
            (Value::Name(name, others), _) => {
                let others = others_of(*others, style);
                line.cut_start(cell.role, name, room.saturating_sub(others.len()), style);
                line.raw(Role::Muted, others);
            }
            (Value::Text(text), _) => line.cut_end(cell.role, text, room, style),
            _ => line.raw(cell.role, plain(cell, style, room)),
        }
    }
}

/// The highest rate among the bars of a table.
fn full(table: &Table) -> f64 {
    let bars = table.rows.iter().flat_map(|row| row.iter().zip(&table.columns)).filter(|(_, c)| c.kind == Kind::Bar);
    let rates = bars.map(|(cell, _)| if let Value::Bar(percent) = cell.value { percent } else { 0.0 });
    rates.fold(LEAST_FULL, f64::max)
}

/// ` +3`, where there is room.
fn others_of(others: u64, style: TextStyle) -> String {
    if others == 0 || style.width < 100 { String::new() } else { format!(" +{}", words::count(others)) }
}

/// A cell in characters, harmless.
fn plain(cell: &Cell, style: TextStyle, room: usize) -> String {
    match &cell.value {
        Value::Blank | Value::Bar(_) | Value::Wait(..) => String::new(),
        Value::None => if style.ascii { "-" } else { "—" }.to_owned(),
        Value::Count(n) => words::count(*n),
        Value::Percent(percent) => words::decimal(*percent),
        Value::PercentSign(percent) => format!("{} %", words::decimal(*percent)),
        Value::Seconds(seconds) => words::clock(*seconds),
        Value::Part(part, whole) => format!("{}/{}", words::count(*part), words::count(*whole)),
        Value::Name(name, others) => {
            let mut line = Line::new(0);
            line.cut_end(Role::Plain, name, room.min(style.width), style);
            line.into_text() + &others_of(*others, style)
        }
        Value::Text(text) => {
            let mut line = Line::new(0);
            line.cut_end(Role::Plain, text, room.min(style.width), style);
            line.into_text()
        }
    }
}
