//! Reply templates: a reply text with addresses, hosts, ids, times and numbers replaced, so that equal
//! reasons are one row.
//!
//! `550 5.1.1 <ann@host.example>: User unknown` becomes `550 5.1.1 <address>: User unknown`.  What tells the
//! reason is kept: the codes, the marks of providers (`TSS04`, `S3140`, `AUP#CDRBL`), the names of blocklists.
//! The result is one line of valid UTF-8 without control characters, and a template of a template is
//! itself.  This room knows no cause and no MTA beyond the ways they write a line break (`\n`, `#012`).

mod word;

use super::{EnhancedCode, ReplyCode};
use word::Word;

/// The longest template in bytes.  The first two lines of a reply say why; the rest is a link and an id.
pub const LONGEST: usize = 300;

/// Appends the template of `reply` to `out`.
///
/// | mark | stands for |
/// | --- | --- |
/// | `<address>` | a mail address |
/// | `<user>` | a local part that stands alone in brackets or quotes |
/// | `<ip>` | an IPv4 or IPv6 address |
/// | `<host>` | a host or domain name, but for blocklists |
/// | `<url>`, `<url www.spamhaus.org>` | a link; the second form for the links of blocklists |
/// | `<time>` | a date, a time of day, a span such as `300s` |
/// | `<id>` | a queue id, a session id, a hash |
/// | `<number>` | four digits and more, fractions, and what stands before a unit of time |
///
/// ```
/// let mut row = Vec::new();
/// mailrake::smtp::template::template(b"450 4.2.0 <ann@host.example>: Greylisted for 287 seconds", &mut row);
/// assert_eq!(row, b"450 4.2.0 <address>: Greylisted for <number> seconds");
/// ```
pub fn template(reply: &[u8], out: &mut Vec<u8>) {
    template_up_to(reply, out, LONGEST);
}

/// The same with another limit: causes are told from the whole reply.
pub(crate) fn template_up_to(reply: &[u8], out: &mut Vec<u8>, limit: usize) {
    let mut writer = Writer { limit: out.len() + limit, start: out.len(), out, full: false, gap: false };
    let mut scan = Scan { text: reply, at: 0, code: None, enhanced: None, several: false };
    scan.leading_codes(&mut writer);
    while scan.at < reply.len() && !writer.full {
        scan.prose(&mut writer);
        scan.step(&mut writer);
    }
}

/// Writes whole tokens; stops for good at the first that has no room, so that none is ever cut in two.
struct Writer<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
    limit: usize,
    full: bool,
    /// A space is due before the next token.
    gap: bool,
}

impl Writer<'_> {
    fn put(&mut self, token: &[u8]) {
        let gap = usize::from(self.gap && self.out.len() > self.start);
        if self.full || self.out.len() + gap + token.len() > self.limit {
            self.full = true;
            return;
        }
        if gap == 1 {
            self.out.push(b' ');
        }
        self.gap = false;
        self.out.extend_from_slice(token);
    }

    fn space(&mut self) {
        self.gap = true;
    }
}

/// The last words written, the last of them first.  A mark is no word, and ends the search.
///
/// What was written decides, not what was read: so a template has the same words before each token.
fn words_before(written: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = written;
    std::iter::from_fn(move || {
        let end = rest.iter().rposition(|b| word::in_name(*b) || *b == b'>')? + 1;
        let begin = rest[..end].iter().rposition(|b| !word::in_name(*b)).map_or(0, |i| i + 1);
        let found = &rest[begin..end];
        rest = &rest[..begin];
        (!found.is_empty()).then_some(found)
    })
}

impl Writer<'_> {
    fn written(&self) -> &[u8] {
        &self.out[self.start..]
    }

    fn word_before_is(&self, word: &str) -> bool {
        words_before(self.written()).next().is_some_and(|w| w.eq_ignore_ascii_case(word.as_bytes()))
    }

    /// Was the last token an IP address, with a space behind it?
    fn after_ip(&self) -> bool {
        self.gap && self.written().ends_with(b"<ip>")
    }

    /// Does the name of a blocklist come next: `blocked using X`, `listed at X`?
    fn announces_list(&self) -> bool {
        let mut words = words_before(self.written());
        let Some(last) = words.next() else { return false };
        let is = |word: &[u8], known: &[&str]| known.iter().any(|k| word.eq_ignore_ascii_case(k.as_bytes()));
        is(last, &["using"])
            || (is(last, &["at", "by", "in", "on"])
                && words.next().is_some_and(|w| {
                    is(w, &["listed", "blacklisted", "blocklisted", "blocked", "blacklist", "blocklist"])
                }))
    }
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    code: Option<ReplyCode>,
    enhanced: Option<&'a [u8]>,
    /// The reply has several lines: `550-`.
    several: bool,
}

/// What a byte is to the scanner.
const SPACE: u8 = 1;
/// Ends a chunk and stands for itself.
const MARK: u8 = 2;
const LETTER: u8 = 4;
const DIGIT: u8 = 8;
const AT: u8 = 16;
/// Any other printable byte: it may stand inside a chunk.
const OTHER: u8 = 32;
const HIGH: u8 = 64;
/// Never changes what a word is: apostrophe.
const QUIET: u8 = 128;

static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [OTHER; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = match b as u8 {
            0..=32 | 127 => SPACE,
            b'a'..=b'z' | b'A'..=b'Z' => LETTER,
            b'0'..=b'9' => DIGIT,
            b'@' => AT,
            b'<' | b'>' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'"' | b',' | b';' | b'\\' => MARK,
            b'\'' => QUIET,
            128..=255 => HIGH,
            _ => OTHER,
        };
        b += 1;
    }
    table
}

fn class(byte: u8) -> u8 {
    CLASS[usize::from(byte)]
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// `450 4.7.1 `, `550-5.7.26 `: kept as they are, but that every line gets the look of a last one.
    fn leading_codes(&mut self, writer: &mut Writer<'_>) {
        while let length @ 1.. = gap_length(self.rest()) {
            self.at += length;
        }
        let rest = self.rest();
        self.code = ReplyCode::parse(rest);
        if self.code.is_none() {
            return;
        }
        writer.put(&rest[..3]);
        self.at += 3;
        match rest.get(3) {
            Some(b'-') => self.several = true,
            Some(b' ') | None => {}
            Some(_) => return,
        }
        self.at = (self.at + 1).min(self.text.len());
        writer.space();
        if let Some(length) = enhanced_length(self.rest()) {
            self.enhanced = self.text.get(self.at..self.at + length);
            writer.put(self.enhanced.unwrap_or_default());
            self.at += length;
        }
    }

    /// The short cut for most of any reply: words of letters, single spaces and plain punctuation are
    /// copied in one go.  It stops before whatever needs a closer look, and may be left out: token by
    /// token comes out the same.
    fn prose(&mut self, writer: &mut Writer<'_>) {
        let rest = self.rest();
        // A space may be the second in a row.
        if rest.first() == Some(&b' ') {
            return;
        }
        // How far everything is plain, and where the word began that may still turn out not to be.
        let (mut done, mut word, mut i) = (0, 0, 0);
        while let Some(&b) = rest.get(i) {
            if class(b) == LETTER {
                i += 1;
                continue;
            }
            let next = rest.get(i + 1).copied().unwrap_or(b' ');
            match b {
                b'-' | b'_' | b'/' | b'\'' if class(next) == LETTER && i > word => i += 1,
                b'.' | b':' | b'!' if next == b' ' && i > word => i += 1,
                b',' | b';' | b')' if i - word <= word::LONGEST_WORD => {
                    i += 1;
                    (done, word) = (i, i);
                }
                b' ' if i - word <= word::LONGEST_WORD => {
                    done = i;
                    if class(next) != LETTER {
                        break;
                    }
                    i += 1;
                    word = i;
                }
                _ => break,
            }
        }
        if i == rest.len() && i - word <= word::LONGEST_WORD {
            done = i;
        }
        let plain = &rest[..done];
        // A few bytes are not worth it, and near the limit every token counts by itself.
        if done < 8 || writer.out.len() + done + 1 > writer.limit {
            return;
        }
        writer.put(plain);
        self.at += done;
    }

    /// One token, or one byte that stands for itself.
    fn step(&mut self, writer: &mut Writer<'_>) {
        let rest = self.rest();
        let Some(&first) = rest.first() else { return };
        let gap = gap_length(rest);
        if gap > 0 {
            self.at += gap;
            writer.space();
            self.repeated_code();
            return;
        }
        match class(first) {
            MARK => self.mark(first, writer),
            HIGH => self.at += put_char(rest, writer),
            _ => self.chunk(rest, writer),
        }
    }

    /// Lines of one reply begin with its codes again; they are joined by a space (Postfix) or `\n`
    /// (Exim).  The text reads on without them.
    fn repeated_code(&mut self) {
        let Some(code) = self.code else { return };
        loop {
            let rest = self.rest();
            if rest.len() < 4 || ReplyCode::parse(rest) != Some(code) || !matches!(rest[3], b' ' | b'-') {
                return;
            }
            match self.enhanced {
                Some(enhanced) => {
                    let after = &rest[4..];
                    let same =
                        after.starts_with(enhanced) && after.get(enhanced.len()).is_none_or(|b| class(*b) == SPACE);
                    if !same {
                        return;
                    }
                    self.at += 4 + enhanced.len();
                }
                None if self.several => self.at += 4,
                None => return,
            }
            while let length @ 1.. = gap_length(self.rest()) {
                self.at += length;
            }
        }
    }

    fn mark(&mut self, mark: u8, writer: &mut Writer<'_>) {
        match mark {
            b'<' => self.angle(writer),
            b'"' => self.quoted(writer),
            b'\\' => self.escape(writer),
            _ => {
                writer.put(&[mark]);
                self.at += 1;
            }
        }
    }

    /// `<ann@host.example>`, `<host.example[192.0.2.1]>`, and marks of a template.
    fn angle(&mut self, writer: &mut Writer<'_>) {
        let rest = self.rest();
        // RFC 5321 section 4.5.3.1: a path has 256 bytes; look no further for its end.
        let near = &rest[1..rest.len().min(400)];
        let end = match near.first() {
            Some(b'"') => memchr::memmem::find(near, b"\"@").and_then(|q| Some(q + memchr::memchr(b'>', &near[q..])?)),
            _ => memchr::memchr(b'>', near),
        };
        let Some(end) = end else { return self.plain(b"<", writer) };
        let inner = &near[..end];
        let token: &[u8] = match word::angle(inner) {
            Word::Mark => &rest[..end + 2],
            Word::Address => b"<address>",
            Word::Host => b"<host>",
            Word::HostAndIp => b"<host>[<ip>]",
            Word::Ip => b"<ip>",
            Word::User => b"<user>",
            Word::Empty => b"<>",
            _ => return self.plain(b"<", writer),
        };
        writer.put(token);
        self.at += end + 2;
    }

    fn plain(&mut self, mark: &[u8], writer: &mut Writer<'_>) {
        writer.put(mark);
        self.at += mark.len();
    }

    /// `user "ann"`, `recipient: "ann.b"`: a local part alone.
    fn quoted(&mut self, writer: &mut Writer<'_>) {
        let rest = self.rest();
        let near = &rest[1..rest.len().min(80)];
        let names =
            ["user", "recipient", "mailbox", "account", "alias", "address"].iter().any(|w| writer.word_before_is(w));
        if let (true, Some(end)) = (names, memchr::memchr(b'"', near))
            && word::is_local_part(&near[..end])
        {
            writer.put(b"\"<user>\"");
            self.at += end + 2;
            return;
        }
        self.plain(b"\"", writer);
    }

    /// Exim writes a line break as `\n` and a byte as `\303`; Sendmail the byte likewise.
    fn escape(&mut self, writer: &mut Writer<'_>) {
        let rest = self.rest();
        match rest {
            [_, b'2' | b'3', b'0'..=b'7', b'0'..=b'7', ..] => {
                let (mut bytes, mut n) = ([0; 4], 0);
                while let (true, Some([b'\\', a @ (b'2' | b'3'), b @ b'0'..=b'7', c @ b'0'..=b'7'])) =
                    (n < 4, rest.get(n * 4..n * 4 + 4))
                {
                    bytes[n] = (a - b'0') * 64 + (b - b'0') * 8 + (c - b'0');
                    n += 1;
                }
                let used = put_char(&bytes[..n], writer);
                self.at += used * 4;
            }
            _ => self.plain(b"\\", writer),
        }
    }

    /// A run of bytes without space, bracket or comma.
    fn chunk(&mut self, rest: &'a [u8], writer: &mut Writer<'_>) {
        let mut seen = 0;
        let mut length = 0;
        for &b in rest {
            let c = class(b);
            if c & (SPACE | MARK) != 0 {
                break;
            }
            seen |= c;
            length += 1;
        }
        let mut chunk = &rest[..length];
        if seen & !(LETTER | QUIET) == 0 && seen & LETTER != 0 && length <= word::LONGEST_WORD {
            writer.put(chunk);
            self.at += length;
            return;
        }
        if seen & OTHER != 0
            && let Some((begin, colon)) = word::scheme_in(chunk)
        {
            if begin == 0 {
                let link = word::link(rest);
                self.link(link, colon + 3, writer);
                self.at += link.len();
                return;
            }
            chunk = &chunk[..begin];
        }
        let address = if seen & AT != 0 { word::address_in(chunk) } else { None };
        match address {
            Some((begin, end)) => {
                let here = self.at;
                self.pieces(here + begin, writer);
                writer.put(b"<address>");
                self.at = here + end;
            }
            None => self.pieces(self.at + chunk.len(), writer),
        }
    }

    fn link(&mut self, link: &'a [u8], host_at: usize, writer: &mut Writer<'_>) {
        let host = word::host_at_start(link.get(host_at..).unwrap_or_default());
        let mut token = [0; 96];
        let length = host.len() + 6;
        if let (true, Some(room)) = (word::is_host(host) && word::is_blocklist(host), token.get_mut(..length)) {
            room[..5].copy_from_slice(b"<url ");
            room[5..length - 1].copy_from_slice(host);
            room[length - 1] = b'>';
            writer.put(room);
        } else {
            writer.put(b"<url>");
        }
    }

    /// The words up to `end`, split at every byte that no name has.
    fn pieces(&mut self, end: usize, writer: &mut Writer<'_>) {
        while self.at < end && !writer.full {
            let rest = &self.text[self.at..end];
            if let length @ 1.. = gap_length(rest) {
                writer.space();
                self.at += length;
                self.repeated_code();
                continue;
            }
            let class = class(rest[0]);
            self.at += match class {
                HIGH => put_char(rest, writer),
                LETTER | DIGIT => self.piece(rest, writer),
                _ => self.sign(rest, writer),
            };
        }
    }

    /// A sign between words, or a run of one (`-----`), which is one token lest it fill the row.
    fn sign(&mut self, rest: &[u8], writer: &mut Writer<'_>) -> usize {
        if rest.starts_with(b"::")
            && let Some(length) = word::ipv6_length(rest)
        {
            return self.mark_ip(length, writer);
        }
        let same = |b: &&u8| **b == rest[0] && b"-=*~+_".contains(*b);
        let run = rest.iter().take_while(same).count().max(1);
        writer.put(&rest[..run.min(3)]);
        run
    }

    fn mark_ip(&mut self, length: usize, writer: &mut Writer<'_>) -> usize {
        writer.put(b"<ip>");
        length
    }

    /// A word, and what belongs to it.
    fn piece(&mut self, rest: &'a [u8], writer: &mut Writer<'_>) -> usize {
        if let Some(length) = word::ipv6_length(rest) {
            return self.mark_ip(length, writer);
        }
        if let Some(length) = word::time_length(rest) {
            writer.put(b"<time>");
            return length;
        }
        let length = word::name_length(rest);
        let name = &rest[..length];
        // A host with a path behind it is a link without its scheme.
        if rest.get(length) == Some(&b'/') && word::is_host(name) {
            let link = word::trim_link(rest);
            self.link(link, 0, writer);
            return link.len();
        }
        let before = self.at.checked_sub(1).and_then(|i| self.text.get(i)).copied().unwrap_or(b' ');
        let word = if before == b'=' && writer.word_before_is("id") { Word::Id } else { word::classify(name) };
        let word = match word {
            Word::Host if writer.announces_list() || word::is_blocklist(name) => Word::Plain,
            Word::Number if writer.word_before_is("rfc") && length <= 4 => Word::Plain,
            // Gmail: "[2001:db8::1      12] Our system"; Exim: "SIZE=980".
            Word::Small
                if writer.after_ip()
                    || (before == b'=' && writer.word_before_is("size"))
                    || self.counts_time(self.at + length) =>
            {
                Word::Number
            }
            word => word,
        };
        let token: &[u8] = match word {
            Word::Host => b"<host>",
            Word::Ip => b"<ip>",
            Word::Id => b"<id>",
            Word::Number => b"<number>",
            Word::Time => b"<time>",
            _ => name,
        };
        writer.put(token);
        length
    }

    /// Does a unit of time follow the number that ends here: `300 seconds`, `5 min`?
    fn counts_time(&self, end: usize) -> bool {
        let mut rest = self.text.get(end..).unwrap_or_default();
        let mut apart = false;
        while let n @ 1.. = gap_length(rest) {
            rest = &rest[n..];
            apart = true;
        }
        apart
            && [b"sec".as_slice(), b"min", b"hour", b"day"]
                .iter()
                .any(|unit| rest.get(..unit.len()).is_some_and(|r| r.eq_ignore_ascii_case(unit)))
    }
}

/// The length of what is written as a space, at the very start: space and control bytes, Exim's `\n`,
/// rsyslog's `#012`, the spaces of Unicode.
#[inline]
fn gap_length(rest: &[u8]) -> usize {
    match rest {
        [b, ..] if class(*b) == SPACE => 1,
        [b'\\' | b'#' | 0xc2..=0xe3, ..] => written_gap_length(rest),
        _ => 0,
    }
}

fn written_gap_length(rest: &[u8]) -> usize {
    match rest {
        [b'\\', b'n' | b'r' | b't', ..] => 2,
        [b'\\' | b'#', b'0', b'1', b'1' | b'2' | b'5', tail @ ..] if !tail.first().is_some_and(u8::is_ascii_digit) => 4,
        [0xc2, 0x80..=0xa0, ..] => 2,
        [0xe2, 0x80, 0xa8 | 0xa9, ..] | [0xe3, 0x80, 0x80, ..] => 3,
        _ => 0,
    }
}

/// The length of an enhanced code at the very start, where there is one.
fn enhanced_length(text: &[u8]) -> Option<usize> {
    EnhancedCode::parse(text)?;
    let length = text.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    // A full stop may follow the code.
    Some(if text[length - 1] == b'.' { length - 1 } else { length })
}

/// Writes the first character of `bytes`, or a question mark for a byte that is none; says how many
/// bytes it used.
fn put_char(bytes: &[u8], writer: &mut Writer<'_>) -> usize {
    if let length @ 1.. = gap_length(bytes) {
        writer.space();
        return length;
    }
    let bytes = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => std::str::from_utf8(&bytes[..e.valid_up_to()]).unwrap_or_default(),
    };
    let Some(c) = valid.chars().next() else {
        writer.put(b"?");
        return 1;
    };
    match c {
        // Marks that turn or hide text on a terminal.
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => writer.put(b"?"),
        _ => writer.put(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
    c.len_utf8()
}

#[cfg(test)]
mod tests;
