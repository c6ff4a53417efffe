//! The report as a mail: a whole MIME message, text and page side by side, ready for `sendmail -t`.
//!
//! Written by hand: what is needed of MIME are two bodies in quoted-printable and a subject, and crates for mail
//! take the date and the boundary from the clock, so that the same log would give another message each time.
//! `Date` and `Message-ID` are left to the program that submits it, which adds them (RFC 6409 section 8).
//! Lines end with LF, as programs that take mail from a pipe expect it.
//!
//! `Subject: mailrake mx1: 2 critical, 5 warnings, 98.2 % delivered`

use std::io::{self, Write};

use super::document::{Level, Verdict};
use super::text::TextStyle;
use super::{ReportOptions, escape, html, text, words};
use crate::analyze::Analysis;

/// Lines of text in a mail: RFC 5322 section 2.1.1 asks for no more.
const WIDTH: usize = 78;

/// A line of a body, and of a header, is no longer than this (RFC 2045 section 6.7, RFC 2047 section 2).
const LINE: usize = 76;

/// No line in quoted-printable can begin with it: `=` is written `=3D` there.
const BOUNDARY: &str = "=_mailrake_report";

/// Writes the message.
pub fn write(analysis: &Analysis, options: &ReportOptions<'_>, out: &mut dyn Write) -> io::Result<()> {
    let style = TextStyle { width: WIDTH, color: false, ..options.text };
    for (name, value) in [("From", options.mail_from), ("To", options.mail_to)] {
        if let Some(value) = value {
            out.write_all(address_header(name, value).as_bytes())?;
        }
    }
    out.write_all(header("Subject", &subject(analysis)).as_bytes())?;
    // RFC 3834 section 5: no vacation notice shall answer it.
    out.write_all(b"Auto-Submitted: auto-generated\n")?;
    write!(out, "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=\"{BOUNDARY}\"\n\n")?;
    let mut plain = Vec::new();
    text::write(analysis, style, &mut plain)?;
    // The last part is the best one (RFC 2046 section 5.1.4).
    for (kind, body) in [("plain", plain), ("html", html::mail(analysis, options.text))] {
        write!(out, "--{BOUNDARY}\nContent-Type: text/{kind}; charset=utf-8\n")?;
        out.write_all(b"Content-Transfer-Encoding: quoted-printable\n\n")?;
        out.write_all(&quoted_printable(&body))?;
    }
    writeln!(out, "--{BOUNDARY}--")
}

/// `mailrake mx1: 2 critical, 5 warnings, 98.2 % delivered`
#[must_use]
pub fn subject(analysis: &Analysis) -> String {
    let verdict = Verdict::of(analysis);
    let mut subject = "mailrake".to_owned();
    match analysis.input.hosts.as_slice() {
        [] => {}
        [one] => subject += &format!(" {}", words::name(one)),
        [one, more @ ..] => subject += &format!(" {} +{}", words::name(one), more.len()),
    }
    let (ends, fates) = (&analysis.dead_end_totals, &analysis.fates);
    let mut parts = Vec::new();
    for (n, what) in [(ends.critical, "critical"), (ends.warning, "warning"), (ends.notice, "notice")] {
        if n > 0 && (what != "notice" || parts.is_empty()) {
            let plural = if n == 1 || what == "critical" { "" } else { "s" };
            parts.push(format!("{} {what}{plural}", words::count(n)));
        }
    }
    if parts.is_empty() {
        parts.push(match verdict.level {
            Level::Ok => "OK".to_owned(),
            _ => verdict.why.trim_end_matches('.').to_owned(),
        });
    }
    if fates.remote() > 0 {
        parts.push(format!("{} delivered", words::percent(fates.reached(), fates.remote())));
    }
    if !verdict.incomplete.is_empty() {
        parts.push("incomplete".to_owned());
    }
    format!("{subject}: {}", parts.join(", "))
}

/// A header of words: folded, and in encoded words where it is not ASCII.
fn header(name: &str, value: &str) -> String {
    let value = escape::terminal(value, false);
    let words: Vec<String> = if value.is_ascii() {
        value.split_ascii_whitespace().map(str::to_owned).collect()
    } else {
        encoded_words(&value)
    };
    folded(name, &words)
}

/// A header of addresses: only what stands before `<` is encoded; the address is the caller's business.
fn address_header(name: &str, value: &str) -> String {
    let value: String = value.chars().filter(|c| !c.is_control()).collect();
    let mut words = Vec::new();
    for mailbox in value.split_inclusive(',') {
        match mailbox.split_once('<') {
            Some((person, address)) if !person.is_ascii() => {
                words.extend(encoded_words(person.trim().trim_matches('"')));
                words.push(format!("<{}", address.trim()));
            }
            _ => words.extend(mailbox.split_ascii_whitespace().map(str::to_owned)),
        }
    }
    folded(name, &words)
}

/// `Name: word word`, broken between words where a line would be too long.
fn folded(name: &str, words: &[String]) -> String {
    let mut out = format!("{name}:");
    let mut width = out.len();
    for (i, word) in words.iter().enumerate() {
        if i > 0 && width + 1 + word.len() > LINE {
            out.push('\n');
            width = 0;
        }
        out.push(' ');
        out.push_str(word);
        width += 1 + word.len();
    }
    out.push('\n');
    out
}

/// RFC 2047 section 4.2: encoded words of whole characters, none longer than 75.
fn encoded_words(text: &str) -> Vec<String> {
    const HEAD: &str = "=?utf-8?Q?";
    // The first one shares its line with the name of the header.
    const MOST: usize = 60;
    let mut words = Vec::new();
    let mut word = HEAD.to_owned();
    for c in text.chars() {
        let mut piece = String::new();
        let mut bytes = [0; 4];
        for byte in c.encode_utf8(&mut bytes).bytes() {
            match byte {
                b' ' => piece.push('_'),
                // What is safe in a name of a person too (section 5, rule 3).
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'!' | b'*' | b'+' | b'-' | b'/' => {
                    piece.push(char::from(byte))
                }
                _ => piece += &format!("={byte:02X}"),
            }
        }
        if word.len() + piece.len() + 2 > MOST {
            words.push(std::mem::replace(&mut word, HEAD.to_owned()) + "?=");
        }
        word += &piece;
    }
    words.push(word + "?=");
    words
}

/// RFC 2045 section 6.7, of text whose lines end with LF; the last line gets its end.
fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    for line in text.strip_suffix(b"\n").unwrap_or(text).split(|b| *b == b'\n') {
        let mut width = 0;
        for (i, &byte) in line.iter().enumerate() {
            let last = i + 1 == line.len();
            let plain = match byte {
                // Blanks at the end of a line are lost on the way (rule 3).
                b' ' | b'\t' => !last,
                b'=' => false,
                _ => (b'!'..=b'~').contains(&byte),
            };
            // Room for the soft break, unless nothing follows.
            if width + if plain { 1 } else { 3 } > LINE - usize::from(!last) {
                out.extend_from_slice(b"=\n");
                width = 0;
            }
            // At the beginning of a line old programs read a dot as the end of the message, and `From ` as another one.
            if plain && !(width == 0 && matches!(byte, b'.' | b'F')) {
                out.push(byte);
                width += 1;
            } else {
                out.extend_from_slice(format!("={byte:02X}").as_bytes());
                width += 3;
            }
        }
        out.push(b'\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn render(analysis: &Analysis, options: &ReportOptions<'_>) -> String {
        let mut out = Vec::new();
        write(analysis, options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The way back, as a reader of mail does it.
    fn decoded(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut rest = text;
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            match (byte, after) {
                (b'=', [b'\n', after @ ..]) => rest = after,
                (b'=', [a, b, after @ ..]) => {
                    let hex = std::str::from_utf8(&[*a, *b]).unwrap().to_owned();
                    out.push(u8::from_str_radix(&hex, 16).unwrap());
                    rest = after;
                }
                _ => out.push(*byte),
            }
        }
        out
    }

    #[test]
    fn bodies_come_back_as_they_were() {
        let long = "x".repeat(300) + " é=" + &"日本".repeat(60);
        for text in ["", "a", "a \n b\t", "a=b", ".\nFrom me\n.", "é ─── …", &long] {
            let sent = quoted_printable(text.as_bytes());
            assert_eq!(decoded(&sent), [text.as_bytes(), b"\n"].concat(), "{text}");
            for line in sent.split(|b| *b == b'\n') {
                assert!(line.len() <= LINE && line.is_ascii() && !line.ends_with(b" "), "{text}");
                assert!(!line.starts_with(b"From ") && !line.starts_with(b"."), "{text}");
            }
        }
    }

    #[test]
    fn the_subject_says_the_verdict() {
        let mut a = fixture::busy();
        assert_eq!(subject(&a), "mailrake mx1: 3 critical, 7 warnings, 51.5\u{a0}% delivered");
        a.input.hosts.push("mx2".to_owned());
        a.input.files[0].error = Some("ends early".to_owned());
        assert_eq!(subject(&a), "mailrake mx1 +1: 3 critical, 7 warnings, 51.5\u{a0}% delivered, incomplete");
        assert_eq!(subject(&fixture::clean()), "mailrake mx1: OK, 92.1\u{a0}% delivered");
        assert_eq!(subject(&fixture::empty()), "mailrake: OK");
    }

    #[test]
    fn a_message_is_whole() {
        let options = ReportOptions {
            mail_to: Some("postmaster@lumenshop.example,\r\nBcc: all@lumenshop.example"),
            mail_from: Some("Jürgen <cron@lumenshop.example>"),
            ..ReportOptions::default()
        };
        for analysis in [fixture::busy(), fixture::clean(), fixture::hostile(), fixture::empty()] {
            let mail = render(&analysis, &options);
            let (head, body) = mail.split_once("\n\n").unwrap();
            // No header of a stranger's making.
            let names: Vec<&str> =
                head.lines().filter(|l| !l.starts_with(' ')).map(|l| l.split_once(": ").unwrap().0).collect();
            assert_eq!(names, ["From", "To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type"]);
            assert!(mail.is_ascii());
            assert_eq!(mail.lines().find(|l| l.len() > LINE), None);
            assert!(mail.chars().all(|c| c == '\n' || !c.is_control()));
            assert_eq!(body.matches(BOUNDARY).count(), 3);
            let parts: Vec<&str> = body.split(&format!("--{BOUNDARY}")).collect();
            let text = decoded(parts[1].split_once("\n\n").unwrap().1.as_bytes());
            let mut plain = Vec::new();
            text::write(&analysis, TextStyle { width: 78, ..TextStyle::default() }, &mut plain).unwrap();
            assert_eq!(String::from_utf8(text), String::from_utf8(plain));
            assert!(parts[2].starts_with("\nContent-Type: text/html"));
        }
        let mail = render(&fixture::busy(), &options);
        insta::assert_snapshot!(mail.lines().take(8).collect::<Vec<_>>().join("\n"), @r#"
        From: =?utf-8?Q?J=C3=BCrgen?= <cron@lumenshop.example>
        To: postmaster@lumenshop.example, Bcc: all@lumenshop.example
        Subject: mailrake mx1: 3 critical, 7 warnings, 51.5 % delivered
        Auto-Submitted: auto-generated
        MIME-Version: 1.0
        Content-Type: multipart/alternative; boundary="=_mailrake_report"

        --=_mailrake_report
        "#);
    }

    #[test]
    fn a_header_is_folded_and_encoded() {
        for line in header("Subject", &"bücher und mehr davon ".repeat(20)).lines() {
            assert!(line.len() <= LINE && line.is_ascii(), "{line}");
        }
        assert_eq!(header("Subject", "a\nBcc: b"), "Subject: a\\nBcc: b\n");
        assert_eq!(header("Subject", "é"), "Subject: =?utf-8?Q?=C3=A9?=\n");
    }
}
