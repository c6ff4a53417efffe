//! What the terminal and the locale allow.

use std::env;
use std::io::{self, IsTerminal};

use super::args::Color;

/// Columns of standard output; 80 where it is no terminal.
pub fn width() -> usize {
    terminal_size::terminal_size_of(io::stdout()).map_or(80, |(width, _)| usize::from(width.0))
}

/// May the report be coloured?
pub fn color(when: Color, to_file: bool) -> bool {
    match when {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
            let dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
            !to_file && io::stdout().is_terminal() && !set("NO_COLOR") && !dumb
        }
    }
}

/// Is the locale one without UTF-8?  Under cron there is none at all, which is C.
pub fn is_ascii() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env::var(name).ok().filter(|v| !v.is_empty()));
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    !(locale.contains("utf-8") || locale.contains("utf8"))
}
