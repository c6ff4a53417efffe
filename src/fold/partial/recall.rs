//! From one run to the next: what came before is read again as context, and is not counted again.
//!
//! A run that goes on begins by reading the lines that the run before handed on ([`Excerpt`]), each at a place before
//! the *border*.  Then it forgets all counts, writes down for each open message what was concluded of it, and reads
//! what is new.  What an attempt counts for is counted where its line stands behind the border; what is concluded of
//! a message as a whole is counted less what was concluded of it before.  So the reports of a row of runs add up to
//! the report of one run over everything.
//!
//! A hand-over to this machine's own queue is a delivery or a hop, which only a later line tells: a message with such
//! a one from the last minutes waits with all its new lines, and so does the beginning of a split line.

use hashbrown::{HashMap, HashSet};

use super::lines::{LastLine, OwnedLine};
use super::neighbours::Pending;
use super::{Partial, Raw};
use crate::envelope::Line;
use crate::fold::carry::{
    ALL_KEPT_FOR, COPIES_KEPT_FOR, Excerpt, HANDOFF_WAITS, KEPT_FOR, Keep, Piece, REFUSALS_KEPT_FOR, Telling, Told,
    ToldPiece,
};
use crate::fold::complete::Complete;
use crate::fold::inputs::{InputFate, Places};
use crate::fold::settle::Settler;
use crate::fold::tally::{Concluded, Tally};
use crate::history::clocks::Extent;
use crate::history::key::{Moment, Place, QueueKey};
use crate::history::message::Message;
use crate::history::symbols::Symbol;
use crate::mta::parser_of;

/// A clock that runs ahead by more than this is not believed when it says what is old, in microseconds.
const AHEAD: i64 = 24 * 3_600_000_000;

/// What was counted before.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// Files before this one hold what was counted.
    pub(super) border: u32,
    /// The last line of each host's MTAs before it.
    pub(super) last_line: HashMap<Symbol, i64>,
    /// This run hands on: the time of its end.
    pub(super) handed_on_at: Option<i64>,
    /// What was concluded of messages that are not done with.
    concluded: HashMap<QueueKey, Concluded>,
}

impl Past {
    /// What was concluded of this message before; it is asked once.
    pub(super) fn of(&mut self, key: &QueueKey, first: Moment) -> Option<Concluded> {
        (first.place.file() < self.border).then(|| self.concluded.remove(key)).flatten()
    }
}

/// Gives recalled lines places that lead back to their files and numbers.
struct Shelf<'a> {
    names: &'a [String],
    first: u32,
    /// Name, and the number behind the last line.
    files: Vec<(u32, u64)>,
    block: u32,
}

impl Shelf<'_> {
    /// The place of a line; tells `blocks` how many lines lie before it.
    fn place(&mut self, told: &Told, blocks: &mut HashMap<(u32, u32), u32>) -> Place {
        let known = self.files.last().filter(|(name, next)| *name == told.file && told.number >= *next);
        let next = known.map(|(_, next)| *next);
        if next.is_none() {
            self.files.push((told.file, 0));
            self.block = 0;
        }
        let file = self.first + self.files.len() as u32 - 1;
        let next = next.unwrap_or(1);
        blocks.insert((file, self.block), u32::try_from(told.number.saturating_sub(next)).unwrap_or(u32::MAX));
        blocks.insert((file, self.block + 1), 1);
        let place = Place::new(file, self.block + 1, 0);
        self.block += 2;
        if let Some(last) = self.files.last_mut() {
            last.1 = told.number + 1;
        }
        place
    }

    fn fates(&self) -> impl Iterator<Item = InputFate> {
        self.files.iter().map(|(name, _)| InputFate {
            name: self.names.get(*name as usize).cloned().unwrap_or_default(),
            recalled: true,
            ..InputFate::default()
        })
    }
}

impl Partial {
    /// Files before this one hold what an earlier run has counted.
    #[must_use]
    pub fn border(&self) -> u32 {
        self.past.border
    }

    /// The last line of each host's MTAs that an earlier run has counted.
    #[must_use]
    pub fn last_line_before(&self) -> &HashMap<Symbol, i64> {
        &self.past.last_line
    }

    /// Reads what the run before handed on, as the first that is read; gives the files that its lines are from.
    pub fn recall(&mut self, excerpt: &Excerpt) -> Vec<InputFate> {
        let mut shelf = Shelf { names: &excerpt.files, first: 0, files: Vec::new(), block: 0 };
        self.reread(&excerpt.counted, &mut shelf, excerpt, &[]);
        // The beginnings of lines, and lines that may be repeated, stand where they stood, but come again.
        let mut fates: Vec<InputFate> = shelf.fates().collect();
        self.begin_counting(fates.len() as u32, excerpt);
        let mut shelf = Shelf { first: fates.len() as u32, files: Vec::new(), block: 0, ..shelf };
        self.reread(&excerpt.waiting, &mut shelf, excerpt, &excerpt.last_times);
        for piece in &excerpt.pieces {
            let place = shelf.place(&piece.line, &mut self.health.blocks);
            if let Some(line) = self.owned(&piece.line, place, excerpt) {
                let joint = [&b""[..], b" ", b"\n"].into_iter().find(|j| **j == *piece.joint).unwrap_or_default();
                self.pending.insert(piece.key.clone(), Pending { line, next: piece.next, joint });
            }
        }
        self.last_lines.clear();
        for host in &excerpt.hosts {
            let host = self.names.hosts.intern(host);
            self.remember(host, LastLine::Other);
        }
        for told in &excerpt.last_refusals {
            let place = shelf.place(told, &mut self.health.blocks);
            if let Some(line) = self.owned(told, place, excerpt) {
                self.remember(line.host, LastLine::Refusal(Box::new(line)));
            }
        }
        let host = |number: u32| excerpt.hosts.get(number as usize).map(|name| &**name).unwrap_or_default();
        self.last_host = excerpt.last_host.map(|number| self.names.hosts.intern(host(number)));
        for &(number, time) in &excerpt.last_times {
            let symbol = self.names.hosts.intern(host(number));
            self.passages.saw(symbol, time);
        }
        self.past.last_line.clone_from(&self.passages.last_line);
        self.last_time = excerpt.last_time;
        self.lay_down_host();
        self.mail_hosts.clear();
        self.health.window = None;
        fates.extend(shelf.fates());
        fates
    }

    /// Reads lines that were handed on as a stretch of their own, at the end of which the hosts' clocks stand at `ends`.
    fn reread(&mut self, lines: &[Told], shelf: &mut Shelf<'_>, excerpt: &Excerpt, ends: &[(u32, i64)]) {
        let mut stretch = Self::new(self.options, false);
        for told in lines {
            let place = shelf.place(told, &mut self.health.blocks);
            stretch.reread_line(told, place, excerpt);
        }
        for &(host, time) in ends {
            let host = excerpt.hosts.get(host as usize).map(|name| &**name).unwrap_or_default();
            let symbol = stretch.host(host);
            stretch.correlator.tick(symbol, time);
        }
        stretch.lay_down_host();
        stretch.correlator.end_block();
        stretch.settle_complete(&[]);
        stretch.correlator.settle_down(&[]);
        stretch.passages.settle_down(&[]);
        self.append(stretch);
    }

    /// Reads a line that was handed on.
    fn reread_line(&mut self, told: &Told, place: Place, excerpt: &Excerpt) {
        let host = excerpt.hosts.get(told.host as usize).map(|name| &**name).unwrap_or_default();
        let symbol = self.host(host);
        self.correlator.tick(symbol, told.time);
        let line = Line {
            time: told.time,
            host,
            tag: told.tag.get(&told.raw),
            pid: told.pid.get(&told.raw),
            message: told.message.get(&told.raw),
            times: told.times,
        };
        let raw = Raw { line: &told.raw, block: &[], read: None, before: Extent::NONE };
        self.event(parser_of(told.mta), &line, symbol, Moment { time: told.time, place }, raw);
    }

    fn owned(&mut self, told: &Told, place: Place, excerpt: &Excerpt) -> Option<OwnedLine> {
        let host = self.names.hosts.intern(excerpt.hosts.get(told.host as usize)?);
        let line = Line {
            time: told.time,
            host: b"",
            tag: told.tag.get(&told.raw),
            pid: told.pid.get(&told.raw),
            message: told.message.get(&told.raw),
            times: 1,
        };
        Some(OwnedLine::of(&line, told.mta, host, Moment { time: told.time, place }, Extent::at(told.time)))
    }

    /// All that was read so far was counted before.
    fn begin_counting(&mut self, border: u32, excerpt: &Excerpt) {
        self.settle_complete(&[]);
        let mut settler = Settler::default();
        for (key, message) in self.correlator.open() {
            let one = Complete { key, message, block: &[] };
            let mut concluded = settler.concluded(one);
            concluded.keep_flows();
            self.past.concluded.insert(*key, concluded);
            // That run has told of the greylisting that it came through.
            if message.in_window && !message.probe && message.was_queued() {
                self.greylisted.accept(one);
            }
        }
        self.past.border = border;
        self.tally = Tally::default();
        self.tally.before = excerpt.debt;
        self.rows.clear();
        self.health.begin_counting();
        self.greylisted.begin_counting(excerpt.last_time.unwrap_or(i64::MIN));
    }

    /// Drops lines that no later run needs, where there are many.
    pub(super) fn sweep(&mut self) {
        if self.first && self.carry.is_full() {
            let keep = self.keep(self.last_time.unwrap_or(i64::MAX));
            self.carry.sweep(&keep);
        }
    }

    fn keep(&self, now: i64) -> Keep {
        let since = now.saturating_sub(KEPT_FOR);
        Keep {
            open: self.correlator.open().filter(|(_, m)| m.last.time >= since).map(|(key, _)| *key).collect(),
            done: self.passages.keys_since(since),
            refusals_since: now.saturating_sub(REFUSALS_KEPT_FOR),
            copies_since: now.saturating_sub(COPIES_KEPT_FOR),
            all_since: now.saturating_sub(ALL_KEPT_FOR),
        }
    }

    /// Others' tries may follow from a message that waits, so its failures are known, though not counted.
    fn collect_waiting(&mut self, key: &QueueKey, message: &mut Message) {
        message.unite_recipients();
        if message.in_window && !message.probe && message.was_queued() {
            self.passages.collect_waiting(Complete { key, message, block: &[] });
        }
    }

    /// The end of a run that another one will go on from: takes out what waits for that one, and says what it needs.
    /// [`Partial::finish`] follows.  `now` is the present, in microseconds since 1970 UTC.
    pub fn hand_on(&mut self, files: &[InputFate], now: i64) -> Excerpt {
        self.lay_down_host();
        let now = self.last_time.unwrap_or(now).min(now.saturating_add(AHEAD));
        let waits = now.saturating_sub(HANDOFF_WAITS);
        // What no failure has made meaningful by now is not to be kept for that.
        self.passages.forget(i64::MAX);
        let mut waiting = HashSet::new();
        for (key, mut message) in self.correlator.take_waiting(waits, now) {
            waiting.insert(key);
            self.collect_waiting(&key, &mut message);
        }
        let mut keep = self.keep(now);
        keep.open.extend(&waiting);
        self.carry.sweep(&keep);
        self.carry.bound(&mut keep, now);
        let names = std::mem::take(&mut self.names);
        let mut telling = Telling::new(&names, Places::new(&self.health, files));
        let border = self.past.border;
        let is_waiting = |key: &QueueKey, at: Moment| waiting.contains(key) && at.place.file() >= border;
        let (counted, waiting) = self.carry.told(is_waiting, &mut telling);
        let told = |line: &OwnedLine, telling: &mut Telling<'_>| Told {
            mta: line.mta,
            tag: Piece::Own(line.tag().into()),
            pid: Piece::Own(line.pid().into()),
            message: Piece::Of(0, line.message().len() as u32),
            raw: line.message().into(),
            ..telling.place(line.host, line.at)
        };
        let mut pieces: Vec<ToldPiece> = self
            .pending
            .extract_if(|_, pending| pending.line.at.time >= waits)
            .map(|(key, Pending { line, next, joint })| ToldPiece {
                key,
                line: told(&line, &mut telling),
                next,
                joint: joint.into(),
            })
            .collect();
        pieces.sort_by(|a, b| a.key.cmp(&b.key));
        let last_refusals = self.last_lines.iter().filter_map(|last| match last {
            LastLine::Refusal(line) => Some(told(line, &mut telling)),
            _ => None,
        });
        let last_refusals = last_refusals.collect();
        let mut last_times: Vec<(u32, i64)> =
            self.passages.last_line.iter().map(|(&host, &time)| (telling.host(host), time)).collect();
        last_times.sort_unstable();
        let last_host = self.last_host.map(|host| telling.host(host));
        let (hosts, files) = telling.into_lists();
        self.names = names;
        self.past.handed_on_at = Some(now);
        Excerpt {
            hosts,
            files,
            counted,
            waiting,
            pieces,
            last_refusals,
            last_host,
            last_times,
            last_time: self.last_time,
            debt: Concluded::default(),
        }
    }
}
