//! Words of their own that providers put into replies, and what is to be done about each: `(S3140)`, `[TSS04]`,
//! `AUP#CXBL`, `5.7.606`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::tables::Cause;
use crate::smtp::EnhancedCode;

/// What a provider means by a word of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TokenInfo {
    /// Who says it.
    pub provider: String,
    #[serde(default)]
    tokens: Vec<String>,
    /// Enhanced codes that only this provider gives.
    enhanced: Option<String>,
    /// What it stands for.
    pub cause: Cause,
    /// What it means, in a line.
    pub meaning: String,
    /// What helps.
    pub remedy: String,
    #[cfg_attr(not(test), expect(dead_code))]
    example: String,
}

/// A word of a provider in a reply.
#[derive(Debug, Clone)]
pub struct Token {
    /// As it stands there.
    pub word: String,
    /// What is known of it.
    pub info: &'static TokenInfo,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    token: Vec<TokenInfo>,
}

// A test reads it; it is part of the program.
static TOKENS: LazyLock<Vec<TokenInfo>> =
    LazyLock::new(|| toml::from_str::<File>(include_str!("tokens.toml")).map_or_else(|_| Vec::new(), |f| f.token));

/// How much of a reply is looked at, in bytes.
const LONGEST: usize = 2000;

/// The first word of a provider in this reply; else its enhanced code, where only one provider gives it.
#[must_use]
pub fn token(reply: &str) -> Option<Token> {
    let end = (0..=reply.len().min(LONGEST)).rev().find(|i| reply.is_char_boundary(*i))?;
    let reply = &reply[..end];
    let words = words(reply);
    let known = |word: &&str| TOKENS.iter().find(|t| t.tokens.iter().any(|p| fits(p, word)));
    if let Some((word, info)) = words.iter().find_map(|w| Some((w, known(w)?))) {
        return Some(Token { word: (*word).to_owned(), info });
    }
    words.iter().find_map(|word| {
        let code = EnhancedCode::parse(word.as_bytes())?;
        let info = TOKENS.iter().find(|t| t.enhanced.as_deref().is_some_and(|range| in_range(range, code)))?;
        Some(Token { word: (*word).to_owned(), info })
    })
}

/// The words of a reply, and within links and behind a reply code the words that may be tokens.
fn words(reply: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = reply;
    while !rest.is_empty() {
        let is_end = |c: char| c.is_whitespace() || "()[]<>{},;\"'|".contains(c);
        let mut end = rest.find(is_end).unwrap_or(rest.len());
        // `AS(201806281)` is one word.
        if rest.get(..end) == Some("AS") && rest.as_bytes().get(end) == Some(&b'(') {
            end = rest.find(')').map_or(rest.len(), |i| i + 1);
        }
        let (word, after) = rest.split_at(end);
        rest = after.char_indices().nth(1).map_or("", |(i, _)| &after[i..]);
        let word = word.trim_end_matches(['.', ':', '!', '-']);
        if word.is_empty() {
            continue;
        }
        words.push(word);
        words.extend(word.split(['#', '/', '?', '&', '=']).skip(1).filter(|w| !w.is_empty()));
        // `421HL:ICC`, `550-5.7.606`.
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 3 {
            words.extend(word.get(3..).map(|w| w.trim_start_matches('-')).filter(|w| !w.is_empty()));
        }
    }
    words
}

/// `*` in a pattern stands for letters, digits, `_` and `.`, `%` for digits; case is all the same.
fn fits(pattern: &str, word: &str) -> bool {
    let Some(at) = pattern.find(['*', '%']) else { return pattern.eq_ignore_ascii_case(word) };
    let (head, tail) = (&pattern[..at], &pattern[at + 1..]);
    let within = word.len().checked_sub(tail.len()).filter(|end| *end > at);
    let Some((begin, middle, end)) =
        within.and_then(|end| Some((word.get(..at)?, word.get(at..end)?, word.get(end..)?)))
    else {
        return false;
    };
    let may = |b: u8| match pattern.as_bytes()[at] {
        b'%' => b.is_ascii_digit(),
        _ => b.is_ascii_alphanumeric() || b"_.-".contains(&b),
    };
    begin.eq_ignore_ascii_case(head) && end.eq_ignore_ascii_case(tail) && middle.bytes().all(may)
}

/// `5.7.606-649`
fn in_range(range: &str, code: EnhancedCode) -> bool {
    let (from, last) = range.split_once('-').unwrap_or((range, ""));
    let Some(from) = EnhancedCode::parse(from.as_bytes()) else { return false };
    let last = last.parse().unwrap_or(from.detail());
    (from.class(), from.subject()) == (code.class(), code.subject()) && (from.detail()..=last).contains(&code.detail())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::{Failure, rules};

    #[test]
    fn every_token_is_found_in_its_example_which_gets_its_cause() {
        let file: File = toml::from_str(include_str!("tokens.toml")).unwrap();
        let mut wrong = Vec::new();
        for info in &file.token {
            assert!(info.tokens.is_empty() != info.enhanced.is_none(), "{}: tokens or a code", info.meaning);
            assert!(!info.meaning.ends_with('.') && !info.remedy.ends_with('.'), "{}", info.meaning);
            let found = token(&info.example);
            if found.as_ref().map(|f| &f.info.meaning) != Some(&info.meaning) {
                wrong.push(format!("{}: found {:?}", info.example, found.map(|f| f.word)));
            }
            let cause = rules().judge(&Failure::of_text(&info.example)).cause;
            if cause != info.cause {
                wrong.push(format!("{}: {cause} instead of {}", info.example, info.cause));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(file.token.len() > 50);
    }

    #[test]
    fn tokens_are_whole_words() {
        let word = |reply: &str| token(reply).map(|t| t.word);
        assert_eq!(word("550 5.7.1 blocked (s3140)."), Some("s3140".into()));
        assert_eq!(word("421HL:ICC"), Some("HL:ICC".into()));
        assert_eq!(word("554 see https://host.example/errors#BL000001"), Some("BL000001".into()));
        assert_eq!(word("550-5.7.606 Access denied 550 5.7.606 banned"), Some("5.7.606".into()));
        assert_eq!(word("550 5.1.1 User unknown AS3140 S31400 BL2 TSS04x"), None);
        assert_eq!(word("550 5.1.1 <s3140@host.example>: User unknown"), None);
        assert_eq!(word(""), None);
        assert_eq!(word(&"ä".repeat(5000)), None);
        assert!(fits("OFR*104", "OFR004_104") && !fits("OFR*104", "OFR104") && !fits("IB1%", "IB1x"));
    }
}
