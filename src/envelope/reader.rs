//! Cuts entries off a block and tells their envelopes.
//!
//! It must not know where the block comes from or what an MTA means.  Shapes are tried by the first byte
//! of a line: `N`ov, `2`024-..., `<`22>, `{`"MESSAGE"..., `_`_CURSOR=..., `[`pod/...

use memchr::memchr;

use super::clock::{Clock, Outer, Seen, Ticking};
use super::container::{self, Cri};
use super::journal::{self, Fields};
use super::json::{self, Object};
use super::mainlog::{Native, native, piece_mark, quirk_dated_syslog};
use super::syslog::{Header, Said, after_stamp, bare_program, finish, is_bare_rfc5424, rfc5424, skip_priority};
use super::timestamp::{self, LastDate, Stamp, is_blank};
use super::usual::{Told, Usual};
use super::{Content, ENTRY_MAX, Entry, Line, clean, first_line};

/// Reads entries, one after another; holds what it knows of time so far.
#[derive(Debug, Clone)]
pub struct Reader {
    ticking: Ticking,
    last: LastDate,
    usual: Usual,
}

/// The time of the first entry with a stamp in `head`: this orders files.
#[must_use]
pub fn first_time(head: &[u8], clock: &Clock) -> Option<i64> {
    let mut reader = Reader::new(clock.clone());
    let mut scratch = Vec::new();
    let mut rest = head;
    loop {
        match reader.next(&mut rest, &mut scratch)?.content {
            Content::Line(Line { time, .. }) | Content::Repeat { time, .. } => return Some(time),
            Content::Foreign | Content::Blank => {}
        }
    }
}

/// Where told text may keep what it has to build; taken at most once for an entry.
type Scratch<'t> = Option<&'t mut Vec<u8>>;

/// Prefixes within prefixes: `name-1 | <ISO stamp> <22>Nov  3 ...` is as deep as we have seen.
const DEPTH_MAX: u8 = 4;

impl Reader {
    /// A reader of the block that begins where `clock` stands.
    #[must_use]
    pub fn new(clock: Clock) -> Reader {
        Reader { ticking: Ticking::new(clock), last: LastDate::default(), usual: Usual::default() }
    }

    /// What is known of time after the entries read so far.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.ticking.clock
    }

    /// What kind of stamp the entry last read began with.
    pub(super) fn seen(&self) -> Seen {
        self.ticking.seen
    }

    /// Did the last wall-clock time come twice?
    pub(super) fn twice(&self) -> bool {
        self.ticking.twice
    }

    /// The next entry of `rest`, which is moved past it; None at its end.  `scratch` holds text that had
    /// to be unescaped or joined.
    #[inline(always)]
    pub fn next<'b: 's, 's>(&mut self, rest: &mut &'b [u8], scratch: &'s mut Vec<u8>) -> Option<Entry<'s>> {
        let block = *rest;
        if block.is_empty() {
            return None;
        }
        let (line, length) = first_line(block);
        let raw = clean(line);
        if let Some(line) = self.usual(raw) {
            *rest = block.get(length..).unwrap_or_default();
            return Some(Entry { raw, lines: 1, content: Content::Line(line) });
        }
        let (entry, length) = self.unusual(block, raw, length, scratch);
        *rest = block.get(length..).unwrap_or_default();
        Some(entry)
    }

    /// An entry that is not like the one before, and how many bytes it takes.
    #[inline(never)]
    fn unusual<'b: 's, 's>(
        &mut self,
        block: &'b [u8],
        raw: &'b [u8],
        mut length: usize,
        scratch: &'s mut Vec<u8>,
    ) -> (Entry<'s>, usize) {
        self.ticking.seen = Seen::Nothing;
        let mut lines = 1;
        let content = match raw.first() {
            None => Content::Blank,
            Some(b'{' | b'_') => {
                let (content, taken) = self.spanning(block, raw, length, scratch);
                lines = taken.0;
                length = taken.1;
                content
            }
            Some(b'0'..=b'9') if container::cri(raw).is_some_and(|cri| cri.partial) => {
                let (content, taken) = self.cri_joined(block, length, scratch);
                lines = taken.0;
                length = taken.1;
                content
            }
            _ => self.told(raw, None, 0, &mut Some(scratch)),
        };
        (Entry { raw, lines, content }, length)
    }

    /// A line like the one before.
    #[inline(always)]
    fn usual<'b>(&mut self, raw: &'b [u8]) -> Option<Line<'b>> {
        let (time, length, seen) = match raw.first()? {
            b'A'..=b'Z' => {
                let (time, length) = self.usual.yearless(raw)?;
                (time, length, Seen::Yearless)
            }
            b'0'..=b'9' if raw.get(10) == Some(&b'T') => {
                let (time, length) = self.usual.iso(raw)?;
                (time, length, Seen::Moment)
            }
            b'0'..=b'9' => {
                let (time, message) = self.usual.exim(raw)?;
                self.ticking.move_to(time, Seen::Local);
                return Some(Line { time, host: b"", tag: b"exim", pid: b"", message, times: 1 });
            }
            _ => return None,
        };
        let Told { host, tag, pid, message } = self.usual.told(raw.get(length..)?)?;
        match seen {
            Seen::Moment => self.ticking.seen = seen,
            _ => self.ticking.move_to(time, seen),
        }
        Some(Line { time, host, tag, pid, message, times: 1 })
    }

    /// Entries that may span lines and begin with `{` or `_`; how many lines and bytes they took.
    #[cold]
    fn spanning<'b: 's, 's>(
        &mut self,
        block: &'b [u8],
        raw: &'b [u8],
        length: usize,
        scratch: &'s mut Vec<u8>,
    ) -> (Content<'s>, (u32, usize)) {
        if raw.first() == Some(&b'_') {
            if !journal::begins_export(raw) {
                return (Content::Foreign, (1, length));
            }
            // NULs and a byte order mark before the entry are part of the block.
            let lead = block.windows(2).position(|pair| pair == b"__").unwrap_or(0);
            let export = journal::export(block.get(lead..).unwrap_or_default());
            let content = self.journal(export.fields, scratch);
            return (content, (export.lines, lead + export.length));
        }
        if raw == b"{" {
            return match json::pretty(block) {
                Some((text, lines, length)) => (self.object(text, scratch), (lines, length)),
                None => (Content::Foreign, (1, length)),
            };
        }
        match json::object(raw) {
            Some(Object::Docker(first)) => self.docker(block, length, first, scratch),
            Some(Object::Journal(fields)) => (self.journal_owned(fields, scratch), (1, length)),
            None => (Content::Foreign, (1, length)),
        }
    }

    /// One whole JSON object of the journal.
    fn object<'b: 's, 's>(&mut self, text: &'b [u8], scratch: &'s mut Vec<u8>) -> Content<'s> {
        match json::object(text) {
            Some(Object::Journal(fields)) => self.journal_owned(fields, scratch),
            _ => Content::Foreign,
        }
    }

    fn journal_owned<'b: 's, 's>(&mut self, fields: json::JournalFields<'b>, scratch: &'s mut Vec<u8>) -> Content<'s> {
        scratch.clear();
        let placed = fields.place(scratch);
        self.journal_fields(placed.fields(scratch), &mut None)
    }

    fn journal<'b: 's, 's>(&mut self, fields: Fields<'b>, scratch: &'s mut Vec<u8>) -> Content<'s> {
        self.journal_fields(fields, &mut Some(scratch))
    }

    fn journal_fields<'t>(&mut self, fields: Fields<'t>, scratch: &mut Scratch<'t>) -> Content<'t> {
        let Some(micros) = fields.time() else { return Content::Foreign };
        let (host, tag, pid, message) = fields.said();
        self.content(finish(host, tag, pid, message), Outer { micros, offset: None }, scratch)
    }

    /// `{"log":"...\n","stream":"stdout","time":"..."}`, joined with the pieces that follow.
    fn docker<'b: 's, 's>(
        &mut self,
        block: &'b [u8],
        mut length: usize,
        first: json::Docker<'b>,
        scratch: &'s mut Vec<u8>,
    ) -> (Content<'s>, (u32, usize)) {
        scratch.clear();
        scratch.extend_from_slice(&first.log);
        let mut lines = 1;
        while first.partial && !scratch.ends_with(b"\n") && length < ENTRY_MAX {
            let (line, taken) = first_line(block.get(length..).unwrap_or_default());
            let line = clean(line);
            if !line.starts_with(b"{") {
                break;
            }
            match json::object(line) {
                Some(Object::Docker(more)) if more.stream == first.stream && !begins_anew(&more.log) => {
                    scratch.extend_from_slice(&more.log);
                }
                _ => break,
            }
            length += taken;
            lines += 1;
        }
        while scratch.last().is_some_and(|&b| b == b'\n' || b == b'\r') {
            scratch.pop();
        }
        container::strip_colours(scratch);
        let text: &'s [u8] = scratch;
        let outer = timestamp::iso(&first.time, &mut self.last).and_then(|(stamp, _)| match stamp {
            Stamp::Moment { micros, offset } => Some(Outer { micros, offset: Some(offset) }),
            _ => None,
        });
        (self.told(text, outer, 1, &mut None), (lines, length))
    }

    /// CRI lines marked `P`, joined up to the one marked `F`.
    #[cold]
    fn cri_joined<'b: 's, 's>(
        &mut self,
        block: &'b [u8],
        first_length: usize,
        scratch: &'s mut Vec<u8>,
    ) -> (Content<'s>, (u32, usize)) {
        scratch.clear();
        let (mut at, mut lines) = (0, 0);
        let mut first: Option<Cri<'_>> = None;
        while at < ENTRY_MAX {
            let (line, taken) = first_line(block.get(at..).unwrap_or_default());
            let Some(cri) = container::cri(clean(line)) else { break };
            if first.as_ref().is_some_and(|first| first.stream != cri.stream) {
                break;
            }
            scratch.extend_from_slice(cri.text);
            at += taken;
            lines += 1;
            let partial = cri.partial;
            first.get_or_insert(cri);
            if !partial {
                break;
            }
        }
        container::strip_colours(scratch);
        let text: &'s [u8] = scratch;
        let outer = first.and_then(|cri| self.outer_of(cri.stamp));
        (self.told(text, outer, 1, &mut None), (lines.max(1), at.max(first_length)))
    }

    fn outer_of(&mut self, stamp: &[u8]) -> Option<Outer> {
        match timestamp::iso(stamp, &mut self.last)?.0 {
            Stamp::Moment { micros, offset } => Some(Outer { micros, offset: Some(offset) }),
            _ => None,
        }
    }

    /// Tells one line, or what was in an envelope around it (`outer` is that one's time).
    fn told<'t>(&mut self, text: &'t [u8], outer: Option<Outer>, depth: u8, scratch: &mut Scratch<'t>) -> Content<'t> {
        if let Some(content) = self.stamped(text, outer, depth, scratch) {
            return content;
        }
        self.unstamped(text, outer, depth, scratch)
    }

    /// Lines that begin with a stamp.
    #[inline]
    fn stamped<'t>(
        &mut self,
        text: &'t [u8],
        outer: Option<Outer>,
        depth: u8,
        scratch: &mut Scratch<'t>,
    ) -> Option<Content<'t>> {
        let (stamp, length) = match text.first()? {
            b'A'..=b'Z' => match timestamp::rfc3164(text) {
                Some(found) => found,
                None => self.journal_full(text)?,
            },
            b'0'..=b'9' => match text.get(10)? {
                b'T' => {
                    let (stamp, length) = timestamp::iso(text, &mut self.last)?;
                    return self.after_iso(text, stamp, length, outer, depth, scratch);
                }
                b' ' | b'\t' if text.get(4) == Some(&b'-') => return self.native(text, outer, scratch),
                b'.' => timestamp::unix(text)?,
                _ => timestamp::year_first(text).or_else(|| timestamp::unix(text))?,
            },
            _ => return None,
        };
        let own = self.own(stamp, outer);
        let rest = text.get(length..)?;
        let said = after_stamp(rest);
        if outer.is_none() && self.ticking.seen == Seen::Yearless {
            self.usual.learn_yearless(text, stamp, own.micros, self.ticking.steady);
            self.learn_host(rest, &said);
        }
        Some(self.content(said, own, scratch))
    }

    fn learn_host(&mut self, rest: &[u8], said: &Said<'_>) {
        if let Said::Program(Header { host, .. }) = said {
            self.usual.learn_host(rest, host);
        }
    }

    /// The time of a stamp, as the context of what follows it.
    #[inline]
    fn own(&mut self, stamp: Stamp, outer: Option<Outer>) -> Outer {
        let micros = match outer {
            None => self.ticking.time(stamp),
            Some(outer) => self.ticking.inner_time(stamp, outer),
        };
        let offset = match stamp {
            Stamp::Moment { offset, .. } => Some(offset),
            _ => outer.and_then(|outer| outer.offset),
        };
        Outer { micros, offset }
    }

    /// `2024-11-03T09:15:02.123456+01:00`, and then `mx1 tag[1]: text`, an RFC 5424 body, `stdout F text`, or
    /// (logs from shippers and `--timestamps`) a line with a stamp of its own.
    fn after_iso<'t>(
        &mut self,
        text: &'t [u8],
        stamp: Stamp,
        length: usize,
        outer: Option<Outer>,
        depth: u8,
        scratch: &mut Scratch<'t>,
    ) -> Option<Content<'t>> {
        let own = self.own(stamp, outer);
        let rest = text.get(length..)?;
        let inner = match rest {
            [] => rest,
            [_, rest @ ..] => rest,
        };
        if let Some(cri) = container::cri_body(inner) {
            return Some(self.told(cri.text, Some(own), depth + 1, scratch));
        }
        if depth < DEPTH_MAX {
            let inner = if inner.first() == Some(&b'<') { skip_priority(inner).unwrap_or(inner) } else { inner };
            if let Some(content) = self.stamped(inner, Some(own), depth + 1, scratch) {
                return Some(content);
            }
        }
        let said = if is_bare_rfc5424(inner) { rfc5424(inner) } else { None };
        let said = said.unwrap_or_else(|| after_stamp(rest));
        if outer.is_none() {
            self.usual.learn_iso(text, stamp, length);
            self.learn_host(rest, &said);
        }
        Some(self.content(said, own, scratch))
    }

    /// Exim's own file: `2024-11-03 09:15:02 1t7WhK-0000000089R-0W7E Completed`.
    fn native<'t>(&mut self, text: &'t [u8], outer: Option<Outer>, scratch: &mut Scratch<'t>) -> Option<Content<'t>> {
        let Native { stamp, pid, message } = native(text, &mut self.last)?;
        let own = self.own(stamp, outer);
        if outer.is_none() {
            self.usual.learn_exim(text, stamp, own.micros, self.ticking.steady);
        }
        if pid.is_empty() && quirk_dated_syslog(message) {
            return Some(self.content(after_stamp(message), own, scratch));
        }
        Some(Content::Line(Line { time: own.micros, host: b"", tag: b"exim", pid, message, times: 1 }))
    }

    /// `Sun 2024-11-03 09:15:02 CET`: journalctl `short-full` and `with-unit`.
    fn journal_full(&mut self, text: &[u8]) -> Option<(Stamp, usize)> {
        let dated = text.get(4..)?;
        if text.get(3) != Some(&b' ') || dated.get(10) != Some(&b' ') {
            return None;
        }
        let (secs, micros, end) = timestamp::date_and_time(dated, &mut self.last)?;
        let name = dated.get(end..)?.strip_prefix(b" ")?;
        let width = name.iter().take(8).position(|&b| is_blank(b))?;
        let stamp = match self.ticking.clock.zone().offset_named(name.get(..width)?, secs) {
            Some(offset) => timestamp::moment(secs, micros, offset),
            None => Stamp::Local { secs, micros },
        };
        Some((stamp, 4 + end + 1 + width))
    }

    /// Lines that begin with something else: a prefix before a line, or nothing that we know.
    fn unstamped<'t>(
        &mut self,
        text: &'t [u8],
        outer: Option<Outer>,
        depth: u8,
        scratch: &mut Scratch<'t>,
    ) -> Content<'t> {
        if depth < DEPTH_MAX {
            match text.first() {
                None => return Content::Blank,
                Some(b'<') => {
                    if let Some(inner) = skip_priority(text) {
                        return match inner.strip_prefix(b"1 ").and_then(|v1| self.version_1(v1, outer, scratch)) {
                            Some(content) => content,
                            None => self.told(inner, outer, depth + 1, scratch),
                        };
                    }
                }
                Some(b'-') if outer.is_none() && text.starts_with(b"-- ") => return Content::Blank,
                Some(0x1e) | Some(b'd') => {
                    if let Some(content) = self.framed_object(text, scratch) {
                        return content;
                    }
                }
                Some(0x1b) => {
                    if let Some(scratch) = scratch.take() {
                        scratch.clear();
                        scratch.extend_from_slice(text);
                        container::strip_colours(scratch);
                        return self.told(scratch, outer, depth + 1, &mut None);
                    }
                }
                _ => {}
            }
            if let Some(inner) = container::prefixed(text) {
                return self.told(inner, outer, depth + 1, scratch);
            }
        }
        let Some(outer) = outer else { return Content::Foreign };
        let (tag, pid, message) = bare_program(text).unwrap_or((b"", b"", text));
        self.content(finish(b"", tag, pid, message), outer, scratch)
    }

    /// `data: {...}` (json-sse) and RS `{...}` (json-seq).
    fn framed_object<'t>(&mut self, text: &'t [u8], scratch: &mut Scratch<'t>) -> Option<Content<'t>> {
        let inner = text.strip_prefix(b"\x1e").or_else(|| text.strip_prefix(b"data: "))?;
        if inner.first() != Some(&b'{') {
            return None;
        }
        let scratch = scratch.take()?;
        Some(self.object(inner, scratch))
    }

    /// RFC 5424 behind `<22>1 `.
    fn version_1<'t>(
        &mut self,
        text: &'t [u8],
        outer: Option<Outer>,
        scratch: &mut Scratch<'t>,
    ) -> Option<Content<'t>> {
        let (own, rest) = if let Some(rest) = text.strip_prefix(b"-") {
            (outer?, rest)
        } else {
            let (stamp, length) = timestamp::iso(text, &mut self.last)?;
            (self.own(stamp, outer), text.get(length..)?)
        };
        let body = rest.strip_prefix(b" ")?;
        let said = rfc5424(body).unwrap_or_else(|| after_stamp(body));
        Some(self.content(said, own, scratch))
    }

    /// What was said, with its time.
    #[inline]
    fn content<'t>(&mut self, said: Said<'t>, own: Outer, scratch: &mut Scratch<'t>) -> Content<'t> {
        match said {
            Said::Program(header) => {
                let Header { host, tag, pid, message, times } = header;
                let line = Line { time: own.micros, host, tag, pid, message, times };
                Content::Line(if tag.starts_with(b"exim") { self.exim(line, own, scratch) } else { quirk_unit(line) })
            }
            Said::Repeat { host, times } => Content::Repeat { host, time: own.micros, times },
            Said::Mark => Content::Blank,
        }
    }

    /// Exim writes its own stamp through syslog too (unless `syslog_timestamp = no`); it has the year.
    fn exim<'t>(&mut self, line: Line<'t>, outer: Outer, scratch: &mut Scratch<'t>) -> Line<'t> {
        let mut line = line;
        line.tag = line.tag.strip_suffix(b".service").unwrap_or(line.tag);
        let mark = match line.message.first() {
            Some(b'0'..=b'9') => 0,
            Some(b'[') => match piece_mark(line.message) {
                Some(length) => length,
                None => return line,
            },
            _ => return line,
        };
        let (mark, text) = line.message.split_at_checked(mark).unwrap_or((b"", line.message));
        let Some(Native { stamp, pid, message }) = native(text, &mut self.last) else { return line };
        let message = if mark.is_empty() {
            message
        } else {
            let Some(scratch) = scratch.take() else { return line };
            scratch.clear();
            scratch.extend_from_slice(mark);
            scratch.extend_from_slice(message);
            scratch
        };
        let time = self.ticking.inner_time(stamp, outer);
        let pid = if line.pid.is_empty() { pid } else { line.pid };
        Line { time, pid, message, ..line }
    }
}

/// journalctl `with-unit` shows `postfix@-.service[2113]:` in place of the tag.
fn quirk_unit(line: Line<'_>) -> Line<'_> {
    let Some(unit) = line.tag.strip_suffix(b".service") else { return line };
    let tag = unit.split(|&b| b == b'@').next().unwrap_or(unit);
    Line { tag, ..line }
}

/// Does a piece of container output begin a new line, though the piece before had no line end?
pub(super) fn begins_anew(text: &[u8]) -> bool {
    let dated = |at: usize| text.get(at) == Some(&b'-') && text.first().is_some_and(u8::is_ascii_digit);
    timestamp::rfc3164(text).is_some()
        || (dated(4) && dated(7))
        || bare_program(text).is_some_and(|(_, pid, _)| !pid.is_empty() && memchr(b'/', text).is_some())
}
