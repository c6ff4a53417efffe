//! The sinks: where the words of strangers meet a terminal, a spreadsheet, a page or a metric.
//!
//! Replies, addresses and host names are written by strangers.  Each sink makes harmless what is
//! dangerous *there*, and changes nothing else.  Nothing outside this module may send log text.

use std::borrow::Cow;
use std::fmt::Write as _;

/// For a terminal: one line, control bytes and characters that reorder or hide text shown as escapes
/// (`\x1b`, `\u{202e}`).  With `ascii` every character beyond ASCII is an escape too.
///
/// A no-break space is shown as a space.
#[must_use]
pub fn terminal(text: &str, ascii: bool) -> Cow<'_, str> {
    if text.chars().all(|c| is_plain(c, ascii)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_plain(c, ascii) {
            out.push(c);
        } else if c == '\u{a0}' {
            out.push(' ');
        } else {
            push_escape(&mut out, c);
        }
    }
    Cow::Owned(out)
}

/// Is the character shown as it is?
fn is_plain(c: char, ascii: bool) -> bool {
    match c {
        ' '..='~' => true,
        _ => !ascii && !is_dangerous(c) && c != '\u{a0}',
    }
}

/// `\n`, `\t`, `\r` by their names, other bytes as `\x1b`, other characters as `\u{202e}`.
fn push_escape(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        c if u32::from(c) < 0x80 => _ = write!(out, "\\x{:02x}", u32::from(c)),
        c => _ = write!(out, "\\u{{{:x}}}", u32::from(c)),
    }
}

/// Control characters (C0, DEL, C1), and what reorders, hides or breaks lines: bidirectional marks and
/// overrides, zero-width characters, line and paragraph separators, variation selectors, tags,
/// private use, combining enclosures and noncharacters.
#[must_use]
pub fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f
            | 0x200b..=0x200f | 0x2028..=0x202f | 0x2060..=0x206f | 0x3164
            | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb
            | 0xe000..=0xf8ff | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a
            | 0xe0000..=0xe0fff | 0xf0000..=0x10_ffff)
        || u32::from(c) & 0xfffe == 0xfffe
}

/// For a CSV cell that a spreadsheet may open: a cell that it would run as a formula gets an apostrophe
/// in front.  (Quoting does not help: the quotes are gone before the cell is read.)
///
/// Control characters but tabs and ends of lines are shown as escapes: RFC 4180 has no place for them, readers stop at a
/// NUL, and whoever looks at a table with `head` has a terminal.
#[must_use]
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let is_control = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n');
    // The full-width forms are formulas too in spreadsheets of East Asian locales.
    let is_formula = matches!(
        text.chars().next(),
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
    );
    if !is_formula && !text.chars().any(is_control) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    out.push_str(if is_formula { "'" } else { "" });
    for c in text.chars() {
        if is_control(c) { push_escape(&mut out, c) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// For text and double-quoted attributes of HTML.  Dangerous characters are escapes here too: a page
/// can be turned around by them as a terminal can.
#[must_use]
pub fn html(text: &str) -> Cow<'_, str> {
    let special = |c| matches!(c, '&' | '<' | '>' | '"' | '\'');
    if !text.chars().any(|c| special(c) || (is_dangerous(c) && c != '\n')) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            '\n' => out.push('\n'),
            c if is_dangerous(c) => push_escape(&mut out, c),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// For running text of Markdown: marks are escaped, and words that readers of GitHub's kind make links or
/// mentions of stand in code.
#[must_use]
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for word in terminal(text, false).split_inclusive(' ') {
        let (word, space) = word.strip_suffix(' ').map_or((word, ""), |w| (w, " "));
        let links = word.contains(['@', '#', '/', '_']) || word.contains("www.") || word.contains("://");
        if links && word.chars().any(char::is_alphanumeric) {
            let end = word.trim_end_matches([',', '.', ';', ':', ')', '"']).len();
            let (word, after) = word.split_at(end);
            out.push_str(&markdown_code(word));
            out.push_str(after);
        } else {
            for c in word.chars() {
                if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!' | '$') {
                    out.push('\\');
                }
                out.push(c);
            }
        }
        out.push_str(space);
    }
    // At the beginning of a line these make lists and titles.
    if out.starts_with(['-', '+', '=']) {
        out.insert(0, '\\');
    }
    out
}

/// Anybody's words as code of Markdown, on one line: more backquotes around it than in it.
#[must_use]
pub fn markdown_code(text: &str) -> String {
    let text = terminal(text, false);
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let marks = "`".repeat(longest + 1);
    // Without a space a quote at the edge would belong to the marks; one is taken away (CommonMark 6.1).
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty() { " " } else { "" };
    format!("{marks}{pad}{text}{pad}{marks}")
}

/// For the value of a Prometheus label: backslash, double quote and line feed are escaped, other control
/// characters become spaces.
#[must_use]
pub fn metric_label(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| matches!(c, '\\' | '"') || c.is_control()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_control_and_no_override() {
        for (text, utf8, ascii) in [
            ("plain 550 5.1.1", "plain 550 5.1.1", "plain 550 5.1.1"),
            ("\x1b[31mred\x07", "\\x1b[31mred\\x07", "\\x1b[31mred\\x07"),
            ("a\r\nb\tc\x7f", "a\\r\\nb\\tc\\x7f", "a\\r\\nb\\tc\\x7f"),
            ("\u{202e}moc.elpmaxe", "\\u{202e}moc.elpmaxe", "\\u{202e}moc.elpmaxe"),
            ("zero\u{200b}width \u{9b}31m", "zero\\u{200b}width \\u{9b}31m", "zero\\u{200b}width \\u{9b}31m"),
            ("bücher.example", "bücher.example", "b\\u{fc}cher.example"),
            ("21.3\u{a0}%", "21.3 %", "21.3 %"),
            ("\u{fffd}\u{ffff}\u{e0041}", "\u{fffd}\\u{ffff}\\u{e0041}", "\\u{fffd}\\u{ffff}\\u{e0041}"),
        ] {
            assert_eq!(terminal(text, false), utf8);
            assert_eq!(terminal(text, true), ascii);
        }
    }

    #[test]
    fn a_spreadsheet_gets_no_formula() {
        for (text, cell) in [
            ("=HYPERLINK(\"http://x.invalid\")", "'=HYPERLINK(\"http://x.invalid\")"),
            ("+1", "'+1"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("＝1", "'＝1"),
            ("a\x1b[31mb\0\u{7f}\u{9b}m", "a\\x1b[31mb\\x00\\x7f\\u{9b}m"),
            ("\x1b]0;t\x07=1", "\\x1b]0;t\\x07=1"),
            ("=\x01", "'=\\x01"),
            ("a\tb\r\nc £", "a\tb\r\nc £"),
            ("550 = no", "550 = no"),
            ("", ""),
        ] {
            assert_eq!(csv_cell(text), cell);
        }
    }

    #[test]
    fn markdown_gets_no_link_and_no_markup() {
        for (text, shown) in [
            ("302 of 586 (51.5 %).", "302 of 586 (51.5 %)."),
            ("to khan67@softbounce.example.", "to `khan67@softbounce.example`."),
            ("see https://x.invalid/a, www.x.invalid", "see `https://x.invalid/a`, `www.x.invalid`"),
            ("<b>*x*</b> [a](b) ![c]", "`<b>*x*</b>` \\[a\\](b) \\!\\[c\\]"),
            ("a`b@c", "``a`b@c``"),
            ("- list", "\\- list"),
            ("a\n# b", "`a\\n#` b"),
        ] {
            assert_eq!(markdown(text), shown);
        }
        assert_eq!(markdown_code("`x``"), "``` `x`` ```");
    }

    #[test]
    fn a_page_gets_no_markup_and_a_label_no_quote() {
        assert_eq!(html("<b a='1'>\"&\u{202e}"), "&lt;b a=&#x27;1&#x27;&gt;&quot;&amp;\\u{202e}");
        assert_eq!(metric_label("a\"b\\c\nd\x1b"), "a\\\"b\\\\c\\nd ");
    }
}
