//! How a message came: `<=`, and `(=` where the client was told otherwise (fakereject).
//!
//! `<= office@lumenshop.example H=(app.lumenshop.example) [127.0.0.1] P=esmtp S=368 id=1@x for jan@softbounce.example`

use super::words::{Field, Words, quoted};
use crate::bytes;
use crate::event::{Arrival, Fact};

/// Reads what stands after the flag.
pub(super) fn arrival(text: &[u8]) -> Fact<'_> {
    let end = match text.first() {
        // `"a b"@x`: the sender has no brackets here.
        Some(b'"') => {
            let domain = quoted(text).1;
            text.len() - domain.len() + bytes::find(domain, b' ').unwrap_or(domain.len())
        }
        _ => bytes::find(text, b' ').unwrap_or(text.len()),
    };
    let (sender, rest) = text.split_at(end);
    let sender: &[u8] = if sender == b"<>" { b"" } else { sender };
    let mut found = Arrival { begins: true, sender: Some(sender), ..Arrival::default() };
    let (mut user, mut protocol, mut host, mut sized) = (None, None, false, false);
    let mut words = Words::new(rest);
    loop {
        let before = words.rest();
        match words.next() {
            Some(Field::Host(client)) if !host && !sized => {
                host = true;
                found.client_name = (!client.name.is_empty()).then_some(client.name);
                found.client_ip = (!client.ip.is_empty()).then_some(client.ip);
            }
            Some(Field::Pair(key, value)) => match key {
                b"id" | b"id*" => {
                    let (id, rest) = message_id(&before[key.len() + 1..]);
                    found.message_id = (!id.is_empty()).then_some(id);
                    words = Words::new(rest);
                }
                // What a stranger wrote comes after the size: nothing there tells of the client any more.
                _ if sized => {}
                b"R" => found.parent = Some(value),
                b"U" => user = Some(value),
                b"P" => protocol = Some(value),
                // `A=plain:user[:sender]`; the last with +smtp_mailauth.
                b"A" => found.login = second_part(value).filter(|user| !user.is_empty()),
                b"S" => {
                    found.size = size(value);
                    sized = true;
                }
                _ => {}
            },
            Some(Field::Host(_) | Field::Flag) => {}
            None if words.colon() => break,
            None => {
                // The list of recipients is the last thing; before the size stands nothing of Exim's own
                // that begins with `for`.
                if sized && let Some(list) = words.rest().strip_prefix(b"for ") {
                    found.recipients = count(list);
                    break;
                }
                if !words.step_over() {
                    break;
                }
            }
        }
    }
    // P=local, local-smtp, utf8local-esmtp; with -oMr any name, but then there is no client host either.
    found.local = protocol.is_some_and(|p| !host || p.starts_with(b"local") || p.starts_with(b"utf8local"));
    if found.local && found.login.is_none() {
        found.login = user;
    }
    Fact::Arrival(found)
}

/// `plain:user:sender`: the user.
fn second_part(text: &[u8]) -> Option<&[u8]> {
    let rest = text.get(bytes::find(text, b':')? + 1..)?;
    rest.get(..bytes::find(rest, b':').unwrap_or(rest.len()))
}

/// `4312`
fn size(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |size, digit| match digit {
        b'0'..=b'9' => size.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

/// The Message-ID at the start of `text`; a malformed one may hold blanks, and ends where subject, raw
/// sender or recipients begin.
fn message_id(text: &[u8]) -> (&[u8], &[u8]) {
    let mut from = 0;
    let end = loop {
        let Some(at) = bytes::find(&text[from..], b' ') else { break text.len() };
        let rest = &text[from + at + 1..];
        if rest.starts_with(b"T=\"") || rest.starts_with(b"from <") || rest.starts_with(b"for ") {
            break from + at;
        }
        from += at + 1;
    };
    let (id, rest) = text.split_at(end);
    let id = id.trim_ascii();
    (id.strip_prefix(b"<").and_then(|id| id.strip_suffix(b">")).unwrap_or(id), rest)
}

/// How many recipients the list at the end names; a list that was cut names too few.
fn count(list: &[u8]) -> Option<u32> {
    if list.ends_with(b"<trunc>") {
        return None;
    }
    let mut rest = list.trim_ascii();
    let mut count = 0;
    while !rest.is_empty() {
        if rest.first() == Some(&b'"') {
            rest = quoted(rest).1;
        }
        let end = bytes::find(rest, b' ').unwrap_or(rest.len());
        rest = rest[end..].trim_ascii_start();
        count += 1;
    }
    (count > 0).then_some(count)
}
