//! The strokes that drawings are made of: names for those who do not see them, bars, words, keys.
//!
//! No `style=` anywhere: the page's policy allows none.  Colours are classes.

use super::super::document::Role;
use super::Page;
use super::writer::Out;

/// The fill of what a colour stands for.
pub(super) fn fill(role: Role) -> &'static str {
    match role {
        Role::Delivered | Role::Good | Role::Notice => "c-del",
        Role::Deferred | Role::Warning => "c-def",
        Role::Bounced | Role::Critical => "c-bou",
        Role::Expired => "c-exp",
        Role::Plain | Role::Strong | Role::Muted | Role::Refused => "c-rej",
    }
}

/// The corner, the width and the height of a bar.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bar {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Out {
    /// A bar without a name of its own.
    pub(super) fn bar(&mut self, class: &'static str, bar: Bar) -> &mut Self {
        self.open_bar(class, bar).tag("/>")
    }

    /// A bar with a name.
    pub(super) fn named_bar(&mut self, class: &'static str, bar: Bar, name: &str) -> &mut Self {
        self.open_bar(class, bar).tag("><title>").text(name).tag("</title></rect>")
    }

    fn open_bar(&mut self, class: &'static str, bar: Bar) -> &mut Self {
        self.tag("<rect class=\"").tag(class).tag("\" x=\"").number(bar.x).tag("\" y=\"").number(bar.y);
        self.tag("\" width=\"").number(bar.width).tag("\" height=\"").number(bar.height).tag("\"")
    }

    /// A line from one point to another.
    pub(super) fn line(&mut self, class: &'static str, from: (f64, f64), to: (f64, f64)) -> &mut Self {
        self.tag("<line class=\"").tag(class).tag("\" x1=\"").number(from.0).tag("\" y1=\"").number(from.1);
        self.tag("\" x2=\"").number(to.0).tag("\" y2=\"").number(to.1).tag("\"/>")
    }

    /// Words in a drawing; `anchor` is our own.
    pub(super) fn label(&mut self, anchor: &'static str, at: (f64, f64), text: &str) -> &mut Self {
        self.tag("<text").tag(anchor).tag(" x=\"").number(at.0).tag("\" y=\"").number(at.1).tag("\">");
        self.text(text).tag("</text>")
    }
}

impl Page {
    /// Begins a drawing: its size, its name, and what it shows in words.
    pub(super) fn drawing(&mut self, flat: bool, size: (f64, f64), title: &str, says: &str) {
        self.drawings += 1;
        let (out, n) = (&mut self.out, self.drawings);
        out.tag("<figure><svg");
        out.tag(if flat { " class=\"bar\" preserveAspectRatio=\"none\"" } else { "" });
        out.tag(" viewBox=\"0 0 ").number(size.0).tag(" ").number(size.1);
        out.tag("\" role=\"img\" aria-labelledby=\"d").count(n).tag("t d").count(n).tag("d\"><title id=\"d").count(n);
        out.tag("t\">").text(title).tag("</title><desc id=\"d").count(n).tag("d\">").text(says).tag("</desc>");
    }

    /// Ends a drawing, with what its colours mean.
    pub(super) fn end_drawing(&mut self, key: &[(&'static str, String)]) {
        let out = &mut self.out;
        out.tag("</svg>");
        if !key.is_empty() {
            out.tag("<ul class=\"key\">");
            for (class, name) in key {
                out.tag("<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"").tag(class);
                out.tag("\" width=\"10\" height=\"10\"/></svg>").text(name).tag("</li>");
            }
            out.tag("</ul>");
        }
        out.tag("</figure>\n");
    }
}

/// A bar in a cell of a table.
pub(super) fn cell_bar(out: &mut Out, percent: f64, role: Role) {
    out.tag("<svg viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    out.bar(fill(role), Bar { x: 0.0, y: 0.0, width: percent.clamp(0.0, 100.0), height: 8.0 }).tag("</svg>");
}
