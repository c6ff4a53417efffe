//! What one stretch of the log amounts to, and how two neighbouring stretches are joined: the hinge of
//! the house.
//!
//! `fold` makes a [`Partial`] of a block of lines, on any thread; [`Partial::append`] joins two neighbours.
//! For every cut of a log, fold(left).append(fold(right)) is fold(whole).  What a stretch cannot judge
//! because it depends on what came before it waits in the partial as it is: the fragments of messages in the
//! [`Correlator`], and the *orphans* here, lines that only say "the line before, again" or that are a later
//! piece of a line.

mod recall;
#[cfg(test)]
mod tests;

use hashbrown::{HashMap, HashSet};

use super::carry::{Carry, Noting, Refused};
use super::chains::Passages;
use super::complete::{Complete, Logged};
use super::greylisted::Greylisted;
use super::health::Health;
use super::refusals::{Refusals, Twice, may_be_twice};
use super::rows::Rows;
use super::settle::Settler;
use super::tally::Tally;
use crate::bytes;
use crate::envelope::{Clock, Content, Line, Reader};
use crate::event::{Disposition, Ending, Event, Fact, Mta};
use crate::history::clocks::Extent;
use crate::history::correlator::{Context, Correlator, notice_of_sendmail};
use crate::history::key::{Moment, Place, QueueKey, fingerprint};
use crate::history::names::{Names, NamesTranslation};
use crate::history::symbols::Symbol;
use crate::mta::{PARSERS, Parser, Part};
use crate::smtp::ReplyClass;
use crate::smtp::reply::Stage;

/// Longest line that is put together from pieces, in bytes.
const WHOLE_LINE: usize = 1 << 16;

/// How many split lines may be waiting for their next piece.
const WAITING_LINES: usize = 4096;

/// So many cells, and samples of replies, are kept apart on each thread: all there are in most logs.
const MANY_CELLS: usize = 1 << 13;

/// A refusal may be logged again as "repeated" so often at most; more is a lie.
const MOST_TIMES: u32 = 1_000_000;

/// What is to be counted and kept.
#[derive(Debug, Clone, Copy, Default)]
pub struct FoldOptions {
    /// Count from this time on, in microseconds.
    pub since: Option<i64>,
    /// Count up to this time, not included.
    pub until: Option<i64>,
    /// Take every line for one of this MTA.
    pub mta: Option<Mta>,
    /// Make the rows of the `events` command.
    pub rows: bool,
    /// Keep unparsed lines.
    pub unparsed: bool,
    /// Keep the lines that a later run needs.
    pub carry: bool,
    /// Keep nothing of what was done to recipients in trouble: it is not asked for.
    pub no_passages: bool,
    /// Count nothing, and keep no line as evidence: no report is asked for.
    pub no_tally: bool,
}

/// A line as it stands in the file, and the block it stands in.
#[derive(Debug, Clone, Copy)]
struct Raw<'a> {
    line: &'a [u8],
    block: &'a [u8],
    /// When it was read, of a split line its last piece; None where it is the line at hand.
    read: Option<i64>,
    /// What the host wrote up to it in the stretch that it comes from, where that is none that is being read.
    before: Extent,
}

/// A block of lines to be folded.
#[derive(Debug)]
pub struct Stretch<'a> {
    /// Index of the file, in the order of time.
    pub file: u32,
    /// Index of the block in its file.
    pub block: u32,
    /// Whole lines.
    pub bytes: &'a [u8],
    /// What is known of time at its beginning.
    pub clock: Clock,
    /// Where it begins in its file, in bytes, if it can be read there again; otherwise its lines are copied.
    pub position: Option<u64>,
}

/// A line kept for what comes after it.
#[derive(Debug, Clone)]
struct OwnedLine {
    mta: Mta,
    host: Symbol,
    tag: Box<[u8]>,
    pid: Box<[u8]>,
    message: Vec<u8>,
    at: Moment,
    /// When its last piece was read, where it was split.
    read: Option<i64>,
    /// What the host wrote up to it in the stretch.
    before: Extent,
}

impl OwnedLine {
    fn of(line: &Line<'_>, mta: Mta, host: Symbol, at: Moment, before: Extent) -> Self {
        Self {
            mta,
            host,
            tag: line.tag.into(),
            pid: line.pid.into(),
            message: line.message.to_vec(),
            at,
            read: None,
            before,
        }
    }
}

/// A line that needs what came before the stretch.
#[derive(Debug)]
enum Orphan {
    /// "The last line of this host, so many times more."
    Repeat { host: Symbol, at: Moment, times: u32 },
    /// A later piece of a split line.
    Piece(OwnedLine),
    /// A split line begins, so that the one before it with this key has no further piece.
    Begin(Box<[u8]>),
    /// A refusal that may be the second copy of one.
    Refusal(OwnedLine),
}

/// The last line of a host, as far as it matters: only refusals without a queue id can truly be repeated,
/// a line about a message never is (its delays would differ).
#[derive(Debug, Clone, Default)]
enum LastLine {
    #[default]
    Unseen,
    Other,
    Refusal(Box<OwnedLine>),
}

/// A split line whose last piece has not come.
#[derive(Debug)]
struct Pending {
    line: OwnedLine,
    next: u32,
    joint: &'static [u8],
}

/// The host of the line before, so that it is looked up once for many lines.
#[derive(Debug, Default)]
struct HostCache {
    name: Vec<u8>,
    symbol: Symbol,
    fingerprint: u64,
    /// An MTA logs on it.
    mail: bool,
    /// Last line of its MTAs, not yet told to the others.
    last_line: Option<i64>,
}

/// What a stretch of the log amounts to.
#[derive(Debug)]
pub struct Partial {
    /// What was read.
    pub health: Health,
    /// Counts of complete messages and of refusals.
    pub tally: Tally,
    /// The strings that all else refers to.
    pub names: Names,
    /// Rows of the `events` command, in no order.
    pub rows: Rows,
    /// What was done to recipients in trouble.
    pub passages: Passages,
    /// What became of clients that this host refused for now.
    pub greylisted: Greylisted,
    twice: Twice,
    options: FoldOptions,
    first: bool,
    correlator: Correlator,
    settler: Settler,
    refusals: Refusals,
    orphans: Vec<Orphan>,
    pending: HashMap<Box<[u8]>, Pending>,
    last_lines: Vec<LastLine>,
    last_host: Option<Symbol>,
    mail_hosts: HashSet<Symbol>,
    last_time: Option<i64>,
    /// The block that is being read can be read again.
    stays: bool,
    host: HostCache,
    /// Lines of the block at hand by MTA.
    lines_of_mta: [u64; 3],
    /// What the numbers of its strings are in the stretch that takes it in.
    known: NamesTranslation,
    carry: Carry,
    past: recall::Past,
}

impl Partial {
    /// An empty stretch; `first` where nothing comes before it.
    #[must_use]
    pub fn new(options: FoldOptions, first: bool) -> Self {
        Self {
            health: Health::default(),
            tally: Tally::default(),
            names: Names::default(),
            rows: Rows::default(),
            passages: Passages::default(),
            greylisted: Greylisted::default(),
            twice: Twice::default(),
            options,
            first,
            correlator: Correlator::new(first),
            settler: Settler::default(),
            refusals: Refusals::default(),
            orphans: Vec::new(),
            pending: HashMap::new(),
            last_lines: Vec::new(),
            last_host: None,
            mail_hosts: HashSet::new(),
            last_time: None,
            stays: false,
            host: HostCache::default(),
            lines_of_mta: [0; 3],
            known: NamesTranslation::default(),
            carry: Carry::default(),
            past: recall::Past::default(),
        }
    }

    /// What a block of lines amounts to, without knowing what came before it.
    #[must_use]
    pub fn fold(stretch: Stretch<'_>, options: FoldOptions) -> Self {
        let mut partial = Self::new(options, false);
        let block = stretch.bytes;
        partial.read(stretch);
        partial.passages.settle_down(block);
        partial
    }

    /// The same for an empty partial.  Some of its texts still lie in the block, see [`Partial::take_in`].
    pub fn read(&mut self, stretch: Stretch<'_>) {
        let mut reader = Reader::new(stretch.clock);
        self.stays = stretch.position.is_some();
        if let Some(position) = stretch.position {
            self.health.positions.insert((stretch.file, stretch.block), position);
        }
        let mut rest = stretch.bytes;
        let mut scratch = Vec::new();
        let mut line = 0;
        while let Some(entry) = reader.next(&mut rest, &mut scratch) {
            let place = Place::new(stretch.file, stretch.block, line);
            line += entry.lines;
            match entry.content {
                Content::Line(content) => {
                    let raw = Raw { line: entry.raw, block: stretch.bytes, read: None, before: Extent::NONE };
                    self.line(&content, entry.lines, place, raw);
                }
                Content::Repeat { host, time, times } => {
                    self.repeat(host, Moment { time, place }, times.min(MOST_TIMES), stretch.bytes);
                }
                Content::Foreign | Content::Blank => {}
            }
        }
        self.stays = false;
        let of_mta = std::mem::take(&mut self.lines_of_mta);
        self.health.lines(stretch.file, stretch.bytes.len() as u64, u64::from(line), of_mta);
        self.health.blocks.insert((stretch.file, stretch.block), line);
        self.lay_down_host();
        self.correlator.end_block();
        self.settle_complete(stretch.bytes);
        self.tally.lay_down_tries();
        self.rows.close();
        self.correlator.settle_down(stretch.bytes);
    }

    /// One line of any program, which takes so many `lines` of the file.
    fn line(&mut self, line: &Line<'_>, lines: u32, place: Place, raw: Raw<'_>) {
        let host = self.host(line.host);
        self.last_host = Some(host);
        let at = Moment { time: line.time, place };
        let Some(parser) = self.parser(line) else {
            self.remember_other(host);
            return;
        };
        if let Some(sum) = self.lines_of_mta.get_mut(parser.mta as usize) {
            *sum += u64::from(lines);
        }
        self.host.mail = true;
        self.correlator.tick(host, line.time);
        if let Some(part) = (parser.part)(line) {
            self.remember_other(host);
            let owned = OwnedLine::of(line, parser.mta, host, at, self.correlator.written(host));
            self.piece(parser, &part, owned, raw.block);
        } else {
            self.event(parser, line, host, at, raw);
        }
    }

    /// Which MTA wrote it?
    fn parser(&self, line: &Line<'_>) -> Option<&'static Parser> {
        match self.options.mta {
            None => PARSERS.iter().find(|p| (p.claims)(line.tag, line.message)),
            Some(mta) => PARSERS
                .iter()
                .find(|p| p.mta == mta)
                .filter(|p| (p.claims)(line.tag, line.message) || (p.parse)(line) != Event::Unparsed),
        }
    }

    /// A line of an MTA, whole.
    fn event(&mut self, parser: &Parser, line: &Line<'_>, host: Symbol, at: Moment, raw: Raw<'_>) {
        let Raw { line: raw, block, read, before: written } = raw;
        let read = read.unwrap_or(at.time);
        let before = self.options.since.is_some_and(|since| at.time < since);
        if self.options.until.is_some_and(|until| at.time >= until) {
            self.remember_other(host);
            return;
        }
        if !before {
            self.health.saw(at.time);
            self.host.last_line = self.host.last_line.max(Some(at.time));
        }
        self.last_time = Some(at.time);
        let times = line.times.min(MOST_TIMES);
        let event = (parser.parse)(line);
        let mut last = None;
        // An event is large: it is looked at where it stands.
        match &event {
            Event::Message { id, fact } => {
                if let Fact::Quiet(kind) = fact {
                    self.health.quiet(kind);
                } else {
                    let key = QueueKey::new(self.host.fingerprint, id);
                    let context = Context {
                        block,
                        raw,
                        at,
                        mta: parser.mta,
                        host,
                        times,
                        stays: self.stays,
                        in_window: !before,
                        details: self.options.rows,
                        evidence: !self.options.no_tally,
                        read,
                        before: written,
                    };
                    self.note_trouble(fact);
                    if self.options.carry {
                        let from = Noting { line, raw, mta: parser.mta, host, at };
                        let notice = notice_of_sendmail(fact, parser.mta).map(|id| key.sibling(id));
                        self.carry.note([Some(key), notice], Refused::No, from);
                    }
                    self.correlator.observe(key, fact, context, &mut self.names);
                    if self.correlator.has_complete() {
                        self.settle_complete(block);
                    }
                }
            }
            Event::Refusal(_) if before => {}
            Event::Refusal(_) if !self.first && may_be_twice(parser, line) => {
                let before = self.correlator.written(host);
                self.orphans.push(Orphan::Refusal(OwnedLine::of(line, parser.mta, host, at, before)));
            }
            Event::Refusal(refusal) if may_be_twice(parser, line) && self.twice.is_copy(refusal, line) => {
                self.health.quiet("copy of a refusal for the reject log");
            }
            Event::Refusal(refusal) => {
                let ends = refusal.id.filter(|_| refusal.stage == Some(Stage::EndOfData));
                if self.options.carry {
                    let refused = match (refusal.class, refusal.recipient) {
                        (ReplyClass::Transient, Some(_)) => Refused::ForNow,
                        _ if may_be_twice(parser, line) => Refused::Twice,
                        _ => Refused::No,
                    };
                    if refused != Refused::No || ends.is_some() {
                        let key = ends.map(|id| self.key(id, at));
                        self.carry.note([key, None], refused, Noting { line, raw, mta: parser.mta, host, at });
                    }
                }
                if let Some(id) = ends {
                    let context = Context {
                        block,
                        raw,
                        at,
                        mta: parser.mta,
                        host,
                        times: 1,
                        stays: self.stays,
                        in_window: true,
                        details: false,
                        evidence: !self.options.no_tally,
                        read,
                        before: written,
                    };
                    let key = self.key(id, at);
                    self.correlator.observe(key, &Fact::Ended(Ending::Cancelled), context, &mut self.names);
                    self.settle_complete(block);
                }
                let logged = Logged { at, times, mta: parser.mta, host };
                let rows = self.options.rows.then_some(&mut self.rows);
                let tally = (!self.options.no_tally).then_some(&mut self.tally);
                let reason = self.refusals.count(refusal, logged, &mut self.names, tally, rows);
                if !self.options.no_passages {
                    self.greylisted.refuse(refusal, reason, at.time, times);
                }
                if refusal.id.is_none() {
                    last = Some(Box::new(OwnedLine::of(line, parser.mta, host, at, written)));
                }
            }
            Event::Quiet(kind) => self.health.quiet(kind),
            Event::Unparsed => self.health.unparsed(at.place, raw, self.options.unparsed),
        }
        match last {
            None => self.remember_other(host),
            Some(refusal) => self.remember(host, LastLine::Refusal(refusal)),
        }
    }

    /// "The last line of this host happened so many times more."
    fn repeat(&mut self, host: &[u8], at: Moment, times: u32, block: &[u8]) {
        let host = if host.is_empty() { self.last_host } else { Some(self.host(host)) };
        self.repeat_last(host.unwrap_or_default(), at, times, block);
    }

    fn repeat_last(&mut self, host: Symbol, at: Moment, times: u32, block: &[u8]) {
        match self.last_lines.get(host.index()).cloned().unwrap_or_default() {
            LastLine::Unseen if !self.first => self.orphans.push(Orphan::Repeat { host, at, times }),
            LastLine::Unseen | LastLine::Other => {}
            LastLine::Refusal(owned) => {
                if let Some(parser) = PARSERS.iter().find(|p| p.mta == owned.mta) {
                    self.replay(parser, &owned, at, times, block);
                }
                self.remember(host, LastLine::Refusal(owned));
            }
        }
    }

    /// Reads a kept line as if it stood at `at`.
    fn replay(&mut self, parser: &Parser, owned: &OwnedLine, at: Moment, times: u32, block: &[u8]) {
        let host = self.names.hosts.get(owned.host).to_vec();
        let symbol = self.host(&host);
        let line =
            Line { time: at.time, host: &host, tag: &owned.tag, pid: &owned.pid, message: &owned.message, times };
        self.event(
            parser,
            &line,
            symbol,
            at,
            Raw { line: &owned.message, block, read: owned.read, before: owned.before },
        );
    }

    /// A piece of a line that the MTA split.
    fn piece(&mut self, parser: &Parser, part: &Part<'_>, owned: OwnedLine, block: &[u8]) {
        let mut key = Vec::with_capacity(64);
        for field in [self.names.hosts.get(owned.host), &owned.tag, &owned.pid, part.key] {
            key.extend_from_slice(field);
            key.push(0);
        }
        if part.number == 1 {
            if !self.first {
                self.orphans.push(Orphan::Begin(key.as_slice().into()));
            }
            let mut message = part.key.to_vec();
            if !part.key.is_empty() {
                message.extend_from_slice(b": ");
            }
            message.extend_from_slice(part.text);
            let pending = Pending { line: OwnedLine { message, ..owned }, next: 2, joint: part.joint };
            if part.last {
                self.replay(parser, &pending.line, pending.line.at, 1, block);
            } else if self.pending.len() < WAITING_LINES {
                self.pending.insert(key.into(), pending);
            }
            return;
        }
        let Some(pending) = self.pending.get_mut(key.as_slice()) else {
            if self.first {
                self.health.quiet("piece of a line that began before the log");
            } else {
                let before = self.correlator.joined(owned.host).and(owned.before);
                self.orphans.push(Orphan::Piece(OwnedLine { before, ..owned }));
            }
            return;
        };
        if pending.next == part.number && pending.line.message.len() + part.text.len() <= WHOLE_LINE {
            pending.line.message.extend_from_slice(pending.joint);
            pending.line.message.extend_from_slice(part.text);
            pending.next += 1;
            pending.joint = part.joint;
        }
        if part.last
            && let Some(mut whole) = self.pending.remove(key.as_slice())
        {
            (whole.line.read, whole.line.before) = (Some(owned.at.time), owned.before);
            self.replay(parser, &whole.line, whole.line.at, 1, block);
        }
    }

    /// Concludes from messages that are complete.
    fn settle_complete(&mut self, block: &[u8]) {
        while let Some((key, mut message)) = self.correlator.next_complete() {
            message.unite_recipients(block);
            let rows = self.options.rows.then_some(&mut self.rows);
            let one = Complete { key: &key, message: &message, block };
            let tally = (!self.options.no_tally).then_some(&mut self.tally);
            self.settler.settle(one, tally, rows, self.past.border, self.past.of(&key, message.first));
            if !self.options.no_passages && message.in_window && !message.probe && message.was_queued() {
                self.passages.collect(one);
                self.greylisted.accept(one);
            }
            self.correlator.recycle(message);
        }
    }

    /// Joins the stretch that follows this one.
    pub fn append(&mut self, mut right: Self) {
        self.take_in(&mut right, &[], i64::MIN);
        self.sum_up(&mut right);
    }

    /// Adds the sums of a stretch of which all else was [taken in](Partial::take_in).  Their order does not matter.
    ///
    /// On this thread alone: one that waits for another's share is given other work meanwhile, which may wait for this.
    pub fn sum_up(&mut self, other: &mut Self) {
        let known = &other.known;
        self.names.take_samples(&mut other.names, known);
        self.tally.absorb(&mut other.tally, known);
        self.mail_hosts.extend(other.mail_hosts.drain().map(|h| known.hosts.of(h)));
        self.health.absorb(&mut other.health);
    }

    /// Are there so many sums that they should be [summed up](Partial::sum_up) before the end?
    #[must_use]
    pub fn holds_much(&self) -> bool {
        self.tally.cells.len() > MANY_CELLS || self.names.number_of_samples() > MANY_CELLS
    }

    /// Joins the stretch that follows this one, which was made by [`Partial::read`] from `block`, and forgets what no
    /// failure can make meaningful any more; no unread line lies before `horizon`.
    ///
    /// Only what has an order is taken out of it.  Its sums and its strings stay there, while it reads one block after
    /// the other, until they are [summed up](Partial::sum_up).
    pub fn take_in(&mut self, right: &mut Self, block: &[u8], horizon: i64) {
        right.lay_down_host();
        self.names.learn(&right.names, &mut right.known);
        let translation = std::mem::take(&mut right.known);
        for orphan in right.orphans.drain(..) {
            match orphan {
                Orphan::Repeat { host, at, times } => self.repeat_last(translation.hosts.of(host), at, times, &[]),
                Orphan::Piece(mut owned) => {
                    owned.host = translation.hosts.of(owned.host);
                    self.orphan_piece(owned);
                }
                Orphan::Begin(key) => {
                    self.pending.remove(&key);
                    if !self.first {
                        self.orphans.push(Orphan::Begin(key));
                    }
                }
                Orphan::Refusal(mut owned) => {
                    owned.host = translation.hosts.of(owned.host);
                    self.orphan_refusal(&owned);
                }
            }
        }
        for (key, mut pending) in right.pending.drain() {
            pending.line.host = translation.hosts.of(pending.line.host);
            self.pending.insert(key, pending);
        }
        for (index, mut last) in right.last_lines.drain(..).enumerate() {
            if let LastLine::Refusal(line) = &mut last {
                line.host = translation.hosts.of(line.host);
            }
            if !matches!(last, LastLine::Unseen) {
                self.remember(translation.hosts.of(Symbol::at(index)), last);
            }
        }
        self.last_time = right.last_time.take().or(self.last_time);
        self.last_host = right.last_host.take().map(|h| translation.hosts.of(h)).or(self.last_host);
        self.health.unparsed.append(&mut right.health.unparsed);
        self.tally.take_delays(&mut right.tally, &translation);
        self.passages.absorb(&mut right.passages, &translation, block, self.first, horizon);
        self.greylisted.absorb(std::mem::take(&mut right.greylisted), &translation);
        self.rows.absorb(&mut right.rows, &translation);
        self.carry.absorb(&mut right.carry, &translation);
        self.correlator.append(&mut right.correlator, &mut self.names, &translation);
        self.settle_complete(&[]);
        self.tally.lay_down_tries();
        right.twice = Twice::default();
        right.known = translation;
        if horizon > i64::MIN {
            self.passages.forget(horizon);
            self.greylisted.forget(horizon);
        }
        self.sweep();
    }

    /// The key of a queue id on the host of the line at hand.  Sendmail logs an empty id when it has none; such lines
    /// have nothing to do with each other.
    fn key(&self, id: &[u8], at: Moment) -> QueueKey {
        if id.is_empty() {
            return QueueKey::new(self.host.fingerprint, format!("{:?}", at.place).as_bytes());
        }
        QueueKey::new(self.host.fingerprint, id)
    }

    /// Remembers recipients that failed: from now on, what happens to them matters.
    fn note_trouble(&mut self, fact: &Fact<'_>) {
        if let Fact::Attempt(attempt) = fact
            && !self.options.no_passages
            && matches!(attempt.disposition, Disposition::Deferred | Disposition::Bounced)
        {
            for recipient in attempt.recipients.iter() {
                self.passages.trouble(recipient);
            }
        }
    }

    /// A later piece of a split line, whose beginning may lie here.
    fn orphan_piece(&mut self, owned: OwnedLine) {
        let Some(parser) = PARSERS.iter().find(|p| p.mta == owned.mta) else { return };
        let copy = owned.clone();
        let host = self.names.hosts.get(owned.host).to_vec();
        let line = Line {
            time: owned.at.time,
            host: &host,
            tag: &owned.tag,
            pid: &owned.pid,
            message: &owned.message,
            times: 1,
        };
        if let Some(part) = (parser.part)(&line) {
            self.piece(parser, &part, copy, &[]);
        }
    }

    /// A refusal that may be the second copy of one that was logged here.
    fn orphan_refusal(&mut self, owned: &OwnedLine) {
        if let Some(parser) = PARSERS.iter().find(|p| p.mta == owned.mta) {
            let last = self.last_lines.get(owned.host.index()).cloned().unwrap_or_default();
            self.replay(parser, owned, owned.at, 1, &[]);
            self.remember(owned.host, last);
        }
    }

    /// The log ends here: concludes from all that is left.
    pub fn finish(&mut self) {
        let mut pending: Vec<Pending> = self.pending.drain().map(|(_, pending)| pending).collect();
        pending.sort_by_key(|cut_off| cut_off.line.at.place);
        for mut cut_off in pending {
            // It is told at the end, where nothing was written since.
            cut_off.line.before = Extent::NONE;
            if let Some(parser) = PARSERS.iter().find(|p| p.mta == cut_off.line.mta) {
                self.replay(parser, &cut_off.line, cut_off.line.at, 1, &[]);
            }
        }
        self.lay_down_host();
        self.correlator.finish();
        self.settle_complete(&[]);
        let Self { passages, greylisted, tally, past, .. } = self;
        rayon::join(
            || passages.close(),
            || {
                match past.handed_on_at {
                    None => greylisted.forget(i64::MAX),
                    Some(now) => greylisted.end_run(now),
                }
                tally.finish();
            },
        );
        self.health.finish();
        self.tally.counted_apart.failed_logins = self.health.quiet.get("login failed").copied().unwrap_or_default();
    }

    /// The hosts that an MTA logs on.
    #[must_use]
    pub fn mail_hosts(&self) -> Vec<&[u8]> {
        self.mail_hosts.iter().map(|&h| self.names.hosts.get(h)).filter(|h| !h.is_empty()).collect()
    }

    /// The symbol of a host.
    #[inline]
    fn host(&mut self, name: &[u8]) -> Symbol {
        if !bytes::same(&self.host.name, name) || self.host.fingerprint == 0 {
            self.other_host(name);
        }
        self.host.symbol
    }

    #[cold]
    fn other_host(&mut self, name: &[u8]) {
        self.lay_down_host();
        self.host.name.clear();
        self.host.name.extend_from_slice(name);
        self.host.symbol = self.names.hosts.intern(name);
        self.host.fingerprint = fingerprint(name) | 1;
    }

    /// Puts what is known of the host at hand to the others.
    fn lay_down_host(&mut self) {
        if std::mem::take(&mut self.host.mail) {
            self.mail_hosts.insert(self.host.symbol);
        }
        if let Some(time) = self.host.last_line.take() {
            self.passages.saw(self.host.symbol, time);
        }
    }

    /// The last line of a host was no refusal.
    #[inline]
    fn remember_other(&mut self, host: Symbol) {
        if !matches!(self.last_lines.get(host.index()), Some(LastLine::Other)) {
            self.remember(host, LastLine::Other);
        }
    }

    /// Keeps in mind what the last line of a host was.
    fn remember(&mut self, host: Symbol, last: LastLine) {
        let index = host.index();
        if self.last_lines.len() <= index {
            self.last_lines.resize(index + 1, LastLine::Unseen);
        }
        if let Some(known) = self.last_lines.get_mut(index) {
            *known = last;
        }
    }
}
