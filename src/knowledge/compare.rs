//! Reply codes side by side, as data: what 450 asks of a sender, and what 550 does.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::smtp::{EnhancedCode, ReplyCode};

/// What a reply code asks of the sender, in words short enough for a table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Compared {
    code: u16,
    /// In three words.
    pub short: String,
    /// Who acts next.
    pub next: String,
    /// The usual causes.
    pub causes: String,
    /// Does it mean a full mailbox?
    pub full: String,
    /// What to do.
    #[serde(rename = "do")]
    pub do_: String,
    /// What not to do.
    pub dont: String,
    /// Does a retry help?
    pub retry: String,
    /// What a server should give it for.
    pub give: String,
    /// Enhanced codes that come with it, and what they say.
    pub which: Vec<(String, String)>,
}

/// What is to be said of two codes together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Pair {
    codes: [u16; 2],
    /// Their difference in a line.
    pub title: String,
    /// Where they are taken for each other.
    pub text: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    code: Vec<Compared>,
    pair: Vec<Pair>,
}

// A test reads it; it is part of the program.
static FILE: LazyLock<File> = LazyLock::new(|| toml::from_str(include_str!("compare.toml")).unwrap_or_default());

/// What is known of this code beside others.
#[must_use]
pub fn compared(code: ReplyCode) -> Option<&'static Compared> {
    FILE.code.iter().find(|c| c.code == code.get())
}

/// What an enhanced code says behind each reply code that comes with it: `450 4.7.1`, and its meaning.
#[must_use]
pub fn said_with(code: EnhancedCode) -> Vec<(String, String)> {
    let code = code.to_string();
    let of = |c: &Compared| {
        c.which.iter().find(|(e, _)| *e == code).map(|(e, text)| (format!("{} {e}", c.code), text.clone()))
    };
    FILE.code.iter().filter_map(of).collect()
}

/// What is known of these two codes together.
#[must_use]
pub fn pair(one: ReplyCode, other: ReplyCode) -> Option<&'static Pair> {
    let both = [one.get().min(other.get()), one.get().max(other.get())];
    FILE.pair.iter().find(|p| p.codes == both)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_file_can_be_read() {
        let file: File = toml::from_str(include_str!("compare.toml")).unwrap();
        for code in &file.code {
            let class = code.code / 100;
            for (enhanced, _) in &code.which {
                let enhanced = EnhancedCode::parse(enhanced.as_bytes()).unwrap();
                assert_eq!(u16::from(enhanced.class()), class, "{} {enhanced}", code.code);
            }
        }
        for pair in &file.pair {
            assert!(pair.codes[0] < pair.codes[1]);
            for code in pair.codes {
                assert!(compared(ReplyCode::new(code).unwrap()).is_some(), "{code}");
            }
        }
    }
}
