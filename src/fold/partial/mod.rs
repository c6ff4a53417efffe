//! What one stretch of the log amounts to, and how two neighbouring stretches are joined: the hinge of
//! the house.
//!
//! `fold` makes a [`Partial`] of a block of lines, on any thread; [`Partial::append`] joins two neighbours.
//! For every cut of a log, fold(left).append(fold(right)) is fold(whole).  What a stretch cannot judge
//! because it depends on what came before it waits in the partial as it is: the fragments of messages in the
//! [`Correlator`], and lines that say nothing without their [`neighbours`].

mod lines;
mod neighbours;
mod recall;
#[cfg(test)]
mod tests;

use hashbrown::{HashMap, HashSet};

use super::carry::{Carry, Noting, Refused};
use super::chains::Passages;
use super::complete::{Complete, Logged};
use super::greylisted::Greylisted;
use super::health::Health;
use super::refusals::{Counter, Refusals, Twice, lacks_client, may_be_twice, precedes_sender};
use super::rows::Rows;
use super::settle::Settler;
use super::tally::Tally;
use crate::bytes;
use crate::envelope::{Clock, Content, Line, Reader};
use crate::event::{Disposition, Ending, Event, Fact, Mta, Refusal};
use crate::history::clocks::Extent;
use crate::history::correlator::{Context, Correlator, notice_made};
use crate::history::key::{Moment, Place, QueueKey, fingerprint};
use crate::history::names::{Names, NamesTranslation};
use crate::history::symbols::Symbol;
use crate::mta::{PARSERS, Parser, parser_of};
use crate::smtp::ReplyClass;
use crate::smtp::reply::Stage;

use lines::{LastLine, OwnedLine};
use neighbours::{Orphan, Pending};

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
    lines_of_mta: [u64; Mta::ALL.len()],
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
            lines_of_mta: [0; Mta::ALL.len()],
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
        self.take_out_last_lines(stretch.bytes);
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
            self.piece(&part, owned, raw.block);
        } else {
            self.event(parser, line, host, at, raw);
        }
    }

    /// Which MTA wrote it?
    fn parser(&self, line: &Line<'_>) -> Option<&'static Parser> {
        match self.options.mta {
            None => PARSERS.iter().find(|p| (p.claims)(line.tag, line.message)),
            Some(mta) => Some(parser_of(mta))
                .filter(|p| (p.claims)(line.tag, line.message) || (p.parse)(line) != Event::Unparsed),
        }
    }

    /// A line of an MTA, whole.
    fn event(&mut self, parser: &Parser, line: &Line<'_>, host: Symbol, at: Moment, raw: Raw<'_>) {
        if self.options.until.is_some_and(|until| at.time >= until) {
            self.remember_other(host);
            return;
        }
        let in_window = self.options.since.is_none_or(|since| at.time >= since);
        if in_window {
            self.health.saw(at.time);
            self.host.last_line = self.host.last_line.max(Some(at.time));
        }
        self.last_time = Some(at.time);
        let options = self.options;
        let context = Context {
            block: raw.block,
            raw: raw.line,
            at,
            mta: parser.mta,
            host,
            times: line.times.min(MOST_TIMES),
            stays: self.stays,
            in_window,
            details: options.rows,
            evidence: !options.no_tally,
            read: raw.read.unwrap_or(at.time),
            before: raw.before,
        };
        // An event is large: it is looked at where it stands.
        match &(parser.parse)(line) {
            Event::Quiet(kind) | Event::Message { fact: Fact::Quiet(kind), .. } => self.health.quiet(kind),
            Event::Message { id, fact } => self.fact(id, fact, line, &context),
            Event::Refusal(_) if !in_window => {}
            Event::Refusal(_) if !self.first && may_be_twice(parser, line) => {
                let before = self.correlator.written(host);
                self.orphans.push(Orphan::Refusal(OwnedLine::of(line, parser.mta, host, at, before)));
            }
            Event::Refusal(refusal) if may_be_twice(parser, line) && self.twice.is_copy(refusal, line) => {
                self.health.quiet("copy of a refusal for the reject log");
            }
            Event::Refusal(refusal) => {
                self.refusal(parser, refusal, line, &context);
                if refusal.id.is_none() {
                    self.remember(host, LastLine::refusal(line, parser.mta, host, at, raw));
                    return;
                }
            }
            Event::Unparsed => self.health.unparsed(at.place, raw.line, self.options.unparsed),
        }
        self.remember_other(host);
    }

    /// A line that tells something of a message.
    #[inline(always)]
    fn fact(&mut self, id: &[u8], fact: &Fact<'_>, line: &Line<'_>, context: &Context<'_>) {
        let &Context { raw, at, mta, host, .. } = context;
        let key = self.key(id, at);
        self.note_trouble(fact);
        if self.options.carry {
            let notice = notice_made(fact, mta).map(|id| key.sibling(id));
            self.carry.note([Some(key), notice], Refused::No, Noting { line, raw, mta, host, at });
        }
        self.correlator.observe(key, fact, context, &mut self.names);
        self.count_refused(context.block);
        if self.correlator.has_complete() {
            self.settle_complete(context.block);
        }
    }

    /// A refusal, which may end a message too.
    fn refusal(&mut self, parser: &Parser, refusal: &Refusal<'_>, line: &Line<'_>, context: &Context<'_>) {
        let &Context { raw, at, mta, host, times, .. } = context;
        let lacks_client = lacks_client(mta, refusal);
        let at_end = refusal.stage == Some(Stage::EndOfData) && !lacks_client;
        let ends = refusal.id.filter(|_| at_end).map(|id| self.key(id, at));
        let waits = refusal.id.filter(|_| lacks_client || precedes_sender(mta, refusal)).map(|id| self.key(id, at));
        if self.options.carry {
            let refused = match (refusal.class, refusal.recipient) {
                (ReplyClass::Transient, Some(_)) => Refused::ForNow,
                _ if may_be_twice(parser, line) => Refused::Twice,
                _ => Refused::No,
            };
            if refused != Refused::No || ends.is_some() || waits.is_some() {
                self.carry.note([ends.or(waits), None], refused, Noting { line, raw, mta, host, at });
            }
        }
        if let Some(key) = waits {
            self.correlator.observe(key, &Fact::Refused(line.message), context, &mut self.names);
            self.count_refused(context.block);
        }
        if let Some(key) = ends {
            let once = Context { times: 1, details: false, ..*context };
            self.correlator.observe(key, &Fact::Ended(Ending::Cancelled), &once, &mut self.names);
            self.settle_complete(context.block);
        }
        if waits.is_none() {
            self.counter().0.count(refusal, Logged { at, times, mta, host });
        }
    }

    /// What counts refusals, and what knows of whom.
    fn counter(&mut self) -> (Counter<'_>, &mut Correlator) {
        let Self { options, refusals, names, tally, rows, greylisted, correlator, past, .. } = self;
        let counter = Counter {
            border: past.border,
            refusals,
            names,
            tally: (!options.no_tally).then_some(tally),
            rows: options.rows.then_some(rows),
            greylisted: (!options.no_passages).then_some(greylisted),
        };
        (counter, correlator)
    }

    /// Counts the refusals of which it has become known who was refused.
    fn count_refused(&mut self, block: &[u8]) {
        if self.correlator.has_refused() {
            let (mut counter, correlator) = self.counter();
            correlator.count_refused(|message| counter.count_of(message, block));
        }
    }

    /// Concludes from messages that are complete.
    fn settle_complete(&mut self, block: &[u8]) {
        while let Some((key, mut message)) = self.correlator.next_complete() {
            message.unite_recipients();
            if !message.refusals().is_empty() {
                self.counter().0.count_of(&mut message, block);
            }
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
        self.names.samples.take(&mut other.names.samples, &known.domains, &known.reasons);
        self.tally.absorb(&mut other.tally, known);
        self.mail_hosts.extend(other.mail_hosts.drain().map(|h| known.hosts.of(h)));
        self.health.absorb(&mut other.health);
    }

    /// Are there so many sums that they should be [summed up](Partial::sum_up) before the end?
    #[must_use]
    pub fn holds_much(&self) -> bool {
        self.tally.cells.len() > MANY_CELLS || self.names.samples.len() > MANY_CELLS
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
        self.join_neighbours(right, &translation);
        self.last_time = right.last_time.take().or(self.last_time);
        self.last_host = right.last_host.take().map(|h| translation.hosts.of(h)).or(self.last_host);
        self.health.unparsed.append(&mut right.health.unparsed);
        self.tally.delays.take_new(&mut right.tally.delays, &translation.domains);
        self.passages.absorb(&mut right.passages, &translation, block, self.first, horizon);
        self.greylisted.absorb(&mut right.greylisted, &translation);
        self.rows.absorb(&mut right.rows, &translation);
        self.carry.absorb(&mut right.carry, &translation);
        self.correlator.append(&mut right.correlator, &translation);
        self.count_refused(&[]);
        self.settle_complete(&[]);
        self.tally.lay_down_tries();
        right.twice = Twice::default();
        right.known = translation;
        if horizon > i64::MIN {
            self.passages.forget(horizon);
            self.greylisted.forget(horizon);
        }
        if self.first {
            self.give_up_oldest();
        }
        self.sweep();
    }

    /// The key of a queue id on the host of the line at hand.  Sendmail logs an empty id when it has none; such lines
    /// have nothing to do with each other.
    fn key(&self, id: &[u8], at: Moment) -> QueueKey {
        if id.is_empty() {
            return QueueKey::of_line(self.host.fingerprint, at.place);
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

    /// The log ends here: concludes from all that is left.
    pub fn finish(&mut self) {
        self.tell_cut_off();
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
}
