//! Reads the embedded `rules.toml`, which is written plainly: a table a rule, a key a line, arrays of strings.
//!
//! A whole TOML reader takes longer for it than a small log takes to be read; what this one skips (examples, near
//! misses, comments) is half of the file.  A test compares it with the TOML reader, rule by rule.

use std::borrow::Cow;

use super::RawRule;

/// All rules; None where something is written in another way than here expected.
pub(super) fn read(file: &'static str) -> Option<Vec<RawRule>> {
    let mut rules: Vec<RawRule> = Vec::new();
    let mut rest = file;
    while let Some((line, after)) = next_line(rest) {
        if line.is_empty() || line.starts_with('#') {
            rest = after;
        } else if line == "[[rule]]" {
            rules.push(RawRule::default());
            rest = after;
        } else {
            let (key, value) = rest.split_once(" = ")?;
            rest = set(rules.last_mut()?, key, value)?;
        }
    }
    Some(rules)
}

/// The first line, and what comes after it.
fn next_line(text: &'static str) -> Option<(&'static str, &'static str)> {
    match memchr::memchr(b'\n', text.as_bytes()) {
        Some(end) => Some((text.get(..end)?, text.get(end + 1..)?)),
        None => (!text.is_empty()).then_some((text, "")),
    }
}

/// Sets a key of a rule; gives back what comes after its line.
fn set(rule: &mut RawRule, key: &str, value: &'static str) -> Option<&'static str> {
    let end_of_line = |rest| next_line(rest).map_or("", |(_, after)| after);
    let list = match key {
        "name" | "cause" => {
            let (text, rest) = string(value)?;
            *(if key == "name" { &mut rule.name } else { &mut rule.cause }) = text;
            return Some(end_of_line(rest));
        }
        "inbound" | "replied" => {
            let yes = value.starts_with("true");
            *(if key == "inbound" { &mut rule.inbound } else { &mut rule.replied }) = Some(yes);
            return Some(end_of_line(value));
        }
        "text" => &mut rule.text,
        "unless" => &mut rule.unless,
        "enhanced" => &mut rule.enhanced,
        "reply" => &mut rule.reply,
        "stage" => &mut rule.stage,
        "examples" | "not" => return Some(end_of_line(skip_array(value)?)),
        _ => return None,
    };
    let mut rest = value.strip_prefix('[')?;
    loop {
        rest = rest.trim_start_matches([' ', '\n', ',']);
        match rest.as_bytes().first()? {
            b']' => return Some(end_of_line(rest)),
            b'#' => rest = next_line(rest)?.1,
            _ => {
                let (text, after) = string(rest)?;
                list.push(text);
                rest = after;
            }
        }
    }
}

/// `'as it stands'` or `"with \" escapes"`, and what comes after it.
fn string(text: &'static str) -> Option<(Cow<'static, str>, &'static str)> {
    let quote = *text.as_bytes().first()?;
    let inner = text.get(1..)?;
    match quote {
        b'\'' => {
            let end = memchr::memchr(b'\'', inner.as_bytes())?;
            Some((inner.get(..end)?.into(), inner.get(end + 1..)?))
        }
        b'"' => {
            let end = end_of_quoted(inner)?;
            let raw = inner.get(..end)?;
            let rest = inner.get(end + 1..)?;
            if !raw.contains('\\') {
                return Some((raw.into(), rest));
            }
            let (mut plain, mut characters) = (String::with_capacity(raw.len()), raw.chars());
            while let Some(c) = characters.next() {
                plain.push(match c {
                    '\\' => match characters.next()? {
                        c @ ('"' | '\\') => c,
                        _ => return None,
                    },
                    c => c,
                });
            }
            Some((plain.into(), rest))
        }
        _ => None,
    }
}

/// Where the closing quote stands.
fn end_of_quoted(inner: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', inner.as_bytes().get(at..)?)?;
        match inner.as_bytes().get(at)? {
            b'"' => return Some(at),
            _ => at += 2,
        }
    }
}

/// What comes after an array of strings.
fn skip_array(value: &'static str) -> Option<&'static str> {
    let mut rest = value.strip_prefix('[')?;
    loop {
        rest = rest.trim_start_matches([' ', '\n', ',']);
        match rest.as_bytes().first()? {
            b']' => return rest.get(1..),
            b'#' => rest = next_line(rest)?.1,
            b'"' => {
                let inner = rest.get(1..)?;
                rest = inner.get(end_of_quoted(inner)? + 1..)?;
            }
            _ => rest = string(rest)?.1,
        }
    }
}
