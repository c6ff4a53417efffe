//! From the finished figures to bytes: text, pages and mails for people; JSON, CSV and metrics for programs.
//!
//! [`document`] says *what* is shown, in which order and with which words; a format says only how it
//! looks.  A new format is one file and one row in [`FORMATS`]; a new section is one function in
//! [`document`].  This room reads [`Analysis`] and nothing else: no log, no file, no environment.
//!
//! `ACT: 3 critical, 7 warnings, 1 notice. 302 of 586 recipients reached (51.5 %).`

pub mod csv;
pub mod document;
pub mod escape;
pub mod events;
pub mod explain;
#[cfg(test)]
mod fixture;
pub mod html;
pub mod json;
pub mod mail;
pub mod markdown;
pub mod prometheus;
pub mod redact;
pub mod schema;
pub mod text;
pub mod words;

use std::io::{self, Write};

use crate::analyze::Analysis;

pub use document::is_clean;
pub use text::TextStyle;

/// What formats may ask for; each reads what concerns it.
#[derive(Debug, Clone, Copy)]
pub struct ReportOptions<'a> {
    /// Of text.
    pub text: TextStyle,
    /// Of CSV: one of [`csv::TABLES`].
    pub table: &'a str,
    /// Of mail: the header To, if it is to have one.
    pub mail_to: Option<&'a str>,
    /// Of mail: the header From, if it is to have one.
    pub mail_from: Option<&'a str>,
    /// Of CSV: leave cells that look like formulas as they are.
    pub csv_raw: bool,
}

impl Default for ReportOptions<'_> {
    fn default() -> Self {
        Self { text: TextStyle::default(), table: "codes", mail_to: None, mail_from: None, csv_raw: false }
    }
}

/// A way to write a report.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// As on the command line.
    pub name: &'static str,
    /// Of files, without the dot.
    pub extension: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// Writes it.
    pub write: fn(&Analysis, &ReportOptions<'_>, &mut dyn Write) -> io::Result<()>,
}

/// Every format; the first is the default.
pub static FORMATS: [Format; 7] = [
    Format {
        name: "text",
        extension: "txt",
        help: "for people: what to do first, then the figures",
        write: |analysis, options, out| text::write(analysis, options.text, out),
    },
    Format {
        name: "json",
        extension: "json",
        help: "everything, for programs (schema mailrake.report/1)",
        write: |analysis, _, out| json::write(analysis, out),
    },
    Format {
        name: "csv",
        extension: "csv",
        help: "one table with a header",
        write: |analysis, options, out| csv::write_table(options.table, analysis, options.csv_raw, out),
    },
    Format {
        name: "html",
        extension: "html",
        help: "one page that loads nothing, for browsers and paper",
        write: |analysis, options, out| html::write(analysis, options.text, out),
    },
    Format {
        name: "markdown",
        extension: "md",
        help: "for issues and wikis",
        write: |analysis, options, out| markdown::write(analysis, options.text, out),
    },
    Format {
        name: "mail",
        extension: "eml",
        help: "a whole message of text and HTML, ready for sendmail -t",
        write: mail::write,
    },
    Format {
        name: "prometheus",
        extension: "prom",
        help: "metrics for the textfile collector",
        write: |analysis, _, out| prometheus::write(analysis, out),
    },
];

/// The format that a file's ending tells: `report.html`, `mailrake.prom`.
#[must_use]
pub fn format_of(path: &std::path::Path) -> Option<&'static Format> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    FORMATS.iter().find(|f| f.extension == ending)
}

/// The format of that name.
#[must_use]
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|f| f.name == name)
}

#[cfg(test)]
mod tests;
