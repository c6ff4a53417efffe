//! Lines that say nothing without their neighbours: "the last line, again", a later piece of a split line, a refusal
//! that may be the second copy of one.  Where the neighbour may lie before the stretch, they wait as *orphans*.

use super::lines::{LastLine, OwnedLine};
use super::{Partial, Raw};
use crate::history::clocks::Extent;
use crate::history::key::{Moment, Place};
use crate::history::names::NamesTranslation;
use crate::history::symbols::Symbol;
use crate::mta::{Part, parser_of};

/// Longest line that is put together from pieces, in bytes.
const WHOLE_LINE: usize = 1 << 16;

/// How many split lines may be waiting for their next piece.
const WAITING_LINES: usize = 4096;

/// A line that needs what came before the stretch.
#[derive(Debug)]
pub(super) enum Orphan {
    /// "The last line of this host, so many times more."
    Repeat { host: Symbol, at: Moment, times: u32 },
    /// A later piece of a split line.
    Piece(OwnedLine),
    /// A split line begins, so that the one before it with this key has no further piece.
    Begin { key: Box<[u8]>, at: Moment },
    /// A refusal that may be the second copy of one.
    Refusal(OwnedLine),
}

/// A split line whose last piece has not come.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) line: OwnedLine,
    pub(super) next: u32,
    pub(super) joint: &'static [u8],
}

impl Partial {
    /// "The last line of this host happened so many times more."
    pub(super) fn repeat(&mut self, host: &[u8], at: Moment, times: u32, block: &[u8]) {
        let host = if host.is_empty() { self.last_host } else { Some(self.host(host)) };
        self.repeat_last(host.unwrap_or_default(), at, times, block);
    }

    fn repeat_last(&mut self, host: Symbol, at: Moment, times: u32, block: &[u8]) {
        let owned = match self.last_lines.get(host.index()).cloned().unwrap_or_default() {
            LastLine::Unseen if !self.first => return self.orphans.push(Orphan::Repeat { host, at, times }),
            LastLine::Unseen | LastLine::Other => return,
            LastLine::Refusal(owned) => owned,
            LastLine::RefusalHere(here) => here.owned(host, block),
        };
        self.replay(&owned, at, times, block);
        self.remember(host, LastLine::Refusal(owned));
    }

    /// Reads a kept line as if it stood at `at`.
    pub(super) fn replay(&mut self, owned: &OwnedLine, at: Moment, times: u32, block: &[u8]) {
        let host = self.names.hosts.get(owned.host).to_vec();
        let symbol = self.host(&host);
        let line = owned.line(&host, at.time, times);
        let raw = Raw { line: owned.message(), block, read: owned.read, before: owned.before };
        self.event(parser_of(owned.mta), &line, symbol, at, raw);
    }

    /// A piece of a line that the MTA split.
    pub(super) fn piece(&mut self, part: &Part<'_>, mut owned: OwnedLine, block: &[u8]) {
        let mut key = Vec::with_capacity(64);
        for field in [self.names.hosts.get(owned.host), owned.tag(), owned.pid(), part.key] {
            key.extend_from_slice(field);
            key.push(0);
        }
        if part.number == 1 {
            self.lose(&key, owned.at);
            if !self.first {
                self.orphans.push(Orphan::Begin { key: key.as_slice().into(), at: owned.at });
            }
            let colon: &[u8] = if part.key.is_empty() { b"" } else { b": " };
            let line = owned.saying(&[part.key, colon, part.text]);
            let pending = Pending { line, next: 2, joint: part.joint };
            if part.last {
                self.replay(&pending.line, pending.line.at, 1, block);
            } else if self.pending.len() < WAITING_LINES {
                self.pending.insert(key.into(), pending);
            }
            return;
        }
        let Some(pending) = self.pending.get_mut(key.as_slice()) else {
            if self.first {
                self.health.quiet("piece of a line that began before the log");
            } else {
                owned.before = self.correlator.joined(owned.host).and(owned.before);
                self.orphans.push(Orphan::Piece(owned));
            }
            return;
        };
        if pending.next == part.number && pending.line.message().len() + part.text.len() <= WHOLE_LINE {
            pending.line.go_on(&[pending.joint, part.text]);
            pending.next += 1;
            pending.joint = part.joint;
        }
        if part.last
            && let Some(mut whole) = self.pending.remove(key.as_slice())
        {
            (whole.line.read, whole.line.before) = (Some(owned.at.time), owned.before);
            self.replay(&whole.line, whole.line.at, 1, block);
        }
    }

    /// Joins what waits in the stretch that follows for a neighbour here, and the last lines there.
    pub(super) fn join_neighbours(&mut self, right: &mut Self, translation: &NamesTranslation) {
        for orphan in right.orphans.drain(..) {
            match orphan {
                Orphan::Repeat { host, at, times } => self.repeat_last(translation.hosts.of(host), at, times, &[]),
                Orphan::Piece(mut owned) => {
                    owned.host = translation.hosts.of(owned.host);
                    self.orphan_piece(owned);
                }
                Orphan::Begin { key, at } => {
                    self.lose(&key, at);
                    if !self.first {
                        self.orphans.push(Orphan::Begin { key, at });
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
    }

    /// A split line begins at `at`: the last pieces of the one before it with this key are lost, and it counts as not
    /// parsed, there, so that the counts of runs that go on from each other add up.
    fn lose(&mut self, key: &[u8], at: Moment) {
        if let Some(lost) = self.pending.remove(key) {
            self.not_parsed(&lost.line, at);
        }
    }

    /// A split line of which no further piece comes counts as not parsed.
    fn not_parsed(&mut self, line: &OwnedLine, at: Moment) {
        if self.options.until.is_none_or(|until| at.time < until) {
            self.health.unparsed(at.place, line.message(), self.options.unparsed);
        }
    }

    /// Where too many split lines wait, the older half of them is given up: their last pieces are lost, and they count as
    /// not parsed.
    pub(super) fn give_up_oldest(&mut self) {
        if self.pending.len() <= WAITING_LINES {
            return;
        }
        let mut places: Vec<Place> = self.pending.values().map(|pending| pending.line.at.place).collect();
        places.sort_unstable();
        let Some(&from) = places.get(places.len() - WAITING_LINES / 2) else { return };
        let old = self.pending.extract_if(|_, pending| pending.line.at.place < from);
        let mut lost: Vec<OwnedLine> = old.map(|(_, pending)| pending.line).collect();
        lost.sort_by_key(|line| line.at.place);
        lost.iter().for_each(|line| self.not_parsed(line, line.at));
    }

    /// A later piece of a split line, whose beginning may lie here.
    fn orphan_piece(&mut self, owned: OwnedLine) {
        let copy = owned.clone();
        let host = self.names.hosts.get(owned.host).to_vec();
        let line = owned.line(&host, owned.at.time, 1);
        if let Some(part) = (parser_of(owned.mta).part)(&line) {
            self.piece(&part, copy, &[]);
        }
    }

    /// A refusal that may be the second copy of one that was logged here.
    fn orphan_refusal(&mut self, owned: &OwnedLine) {
        let last = self.last_lines.get(owned.host.index()).cloned().unwrap_or_default();
        self.replay(owned, owned.at, 1, &[]);
        self.remember(owned.host, last);
    }

    /// The log ends here: tells split lines as far as they came.
    pub(super) fn tell_cut_off(&mut self) {
        let mut pending: Vec<Pending> = self.pending.drain().map(|(_, pending)| pending).collect();
        pending.sort_by_key(|cut_off| cut_off.line.at.place);
        for mut cut_off in pending {
            // It is told at the end, where nothing was written since.
            cut_off.line.before = Extent::NONE;
            self.replay(&cut_off.line, cut_off.line.at, 1, &[]);
        }
    }

    /// The last line of a host was no refusal.
    #[inline]
    pub(super) fn remember_other(&mut self, host: Symbol) {
        if !matches!(self.last_lines.get(host.index()), Some(LastLine::Other)) {
            self.remember(host, LastLine::Other);
        }
    }

    /// The block that was read goes: takes the last lines out of it.
    pub(super) fn take_out_last_lines(&mut self, block: &[u8]) {
        for (index, last) in self.last_lines.iter_mut().enumerate() {
            if let LastLine::RefusalHere(here) = *last {
                *last = LastLine::Refusal(here.owned(Symbol::at(index), block));
            }
        }
    }

    /// Keeps in mind what the last line of a host was.
    pub(super) fn remember(&mut self, host: Symbol, last: LastLine) {
        let index = host.index();
        if self.last_lines.len() <= index {
            self.last_lines.resize(index + 1, LastLine::Unseen);
        }
        if let Some(known) = self.last_lines.get_mut(index) {
            *known = last;
        }
    }
}
