//! A reply as the rules look at it: its words without names and codes, and the codes that stand in it.

use crate::smtp::reply::Reply;
use crate::smtp::template::template_up_to;
use crate::smtp::{EnhancedCode, ReplyCode};

/// How much of a text is looked at.
const LONGEST: usize = 4000;

/// The template of a text in lower case and without accents.
pub(super) fn canonical(text: &str) -> Vec<u8> {
    let mut template = Vec::with_capacity(text.len().min(LONGEST));
    template_up_to(text.as_bytes(), &mut template, LONGEST);
    let mut out = Vec::with_capacity(template.len());
    let template = String::from_utf8_lossy(&template);
    let mut rest = template.as_ref();
    // A mark is one letter here, so that no rule takes `<host>` for the word "host".
    while let Some(at) = rest.find('<') {
        fold(&rest[..at], &mut out);
        rest = &rest[at..];
        match MARKS.iter().find(|(mark, _)| rest.starts_with(mark)) {
            Some((mark, short)) => {
                out.extend_from_slice(short.as_bytes());
                rest = &rest[mark.len()..];
            }
            None => {
                out.push(b'<');
                rest = &rest[1..];
            }
        }
    }
    fold(rest, &mut out);
    out
}

/// Marks of a template, and what stands for them in the patterns.
pub(super) const MARKS: [(&str, &str); 9] = [
    ("<address>", "<a>"),
    ("<user>", "<u>"),
    ("<ip>", "<i>"),
    ("<host>", "<h>"),
    ("<url>", "<l>"),
    ("<url ", "<l "),
    ("<time>", "<t>"),
    ("<id>", "<x>"),
    ("<number>", "<n>"),
];

/// Lower case, without accents.
fn fold(text: &str, out: &mut Vec<u8>) {
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase() as u8);
            continue;
        }
        for c in c.to_lowercase() {
            match plain_letter(c) {
                Some(plain) => out.extend_from_slice(plain.as_bytes()),
                None => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
    }
}

/// Western letters without their accents; typographic quotes as plain ones.
fn plain_letter(c: char) -> Option<&'static str> {
    Some(match c {
        'à'..='å' => "a",
        'æ' => "ae",
        'ç' => "c",
        'è'..='ë' => "e",
        'ì'..='ï' => "i",
        'ñ' => "n",
        'ò'..='ö' | 'ø' => "o",
        'ù'..='ü' => "u",
        'ß' => "ss",
        'œ' => "oe",
        'ą' | 'ă' | 'ā' => "a",
        'ć' | 'č' => "c",
        'ď' => "d",
        'ę' | 'ě' | 'ė' => "e",
        'ğ' => "g",
        'ı' | 'ī' => "i",
        'ł' | 'ľ' => "l",
        'ń' | 'ň' => "n",
        'ő' => "o",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ť' | 'ţ' | 'ț' => "t",
        'ů' | 'ű' | 'ū' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        '‘' | '’' | '´' => "'",
        '“' | '”' | '„' | '«' | '»' => "\"",
        '–' | '—' => "-",
        _ => return None,
    })
}

/// The text behind `550 5.1.1 `, or behind `4.4.1 ` alone, or behind what the MTA says of the connection.
pub(super) fn strip_codes(text: &[u8]) -> &[u8] {
    let mut rest = text;
    for talk in [b"delivery temporarily suspended: ".as_slice(), b"refused to talk to me: "] {
        if let Some(at) = memchr::memmem::find(rest, talk) {
            rest = &rest[at + talk.len()..];
        }
    }
    if ReplyCode::parse(rest).is_some() && matches!(rest.get(3), Some(b' ') | None) {
        rest = rest.get(4..).unwrap_or_default();
    }
    if EnhancedCode::parse(rest).is_some() {
        let end = rest.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
        rest = rest.get(end..).unwrap_or_default();
    }
    rest.trim_ascii_start()
}

/// An enhanced code further on, as qmail and others write it: `Sorry, no mailbox here (#5.1.1)`.
pub(super) fn enhanced_in(text: &[u8]) -> Option<EnhancedCode> {
    let starts = |i: &usize| {
        let i = *i;
        matches!(text[i], b'2' | b'4' | b'5')
            && text.get(i + 1) == Some(&b'.')
            && (i == 0 || matches!(text[i - 1], b' ' | b'(' | b'#' | b'[' | b':'))
    };
    (0..text.len().min(LONGEST)).filter(starts).find_map(|i| EnhancedCode::parse(&text[i..]))
}

/// The last reply that a text quotes, `... host store said: 450 4.2.2 Mailbox full (in reply to RCPT TO command)`
/// or `..., remote said "550 No such user"`, and its text.
pub(super) fn quoted_reply(text: &str) -> Option<(Reply<'_>, &str)> {
    let at = memchr::memmem::rfind(text.as_bytes(), b" said")?;
    let quoted = text.get(at + " said".len()..)?.trim_start_matches([':', ' ', '"']);
    let end = quoted.find(" (in reply to ").or_else(|| quoted.find('"')).unwrap_or(quoted.len());
    let quoted = quoted.get(..end)?;
    let reply = Reply::parse(quoted.as_bytes());
    reply.code.is_some().then_some((reply, quoted))
}

/// The enhanced code that stands directly behind the reply code, of whatever class.
pub(super) fn enhanced_behind_code(text: &str) -> Option<EnhancedCode> {
    let text = text.as_bytes();
    ReplyCode::parse(text)?;
    EnhancedCode::parse(text.get(4..)?)
}
