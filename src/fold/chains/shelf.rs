//! Passages as bytes, one behind the other.
//!
//! A field is told as its difference from the same field of the passage before, where that makes it short
//! ([postcard](https://postcard.jamesmunns.com) writes small numbers in few bytes).

use std::borrow::Cow;

use postcard::ser_flavors::Flavor;
use serde::{Deserialize, Serialize};
use serde_bytes::Bytes;

use super::packer::Unpacker;
use super::passage::{End, Line, Origin, Passage, Try, Verdict};
use super::store::{Matter, Pack, Store};
use crate::event::Mta;
use crate::history::key::{Moment, Place, QueueKey};
use crate::history::symbols::Symbol;

/// Bytes that are put away together: a little less than a power of two, so that the memory for them is one.
const PACK: usize = (1 << 14) - (1 << 10);

/// A stretch of time: seconds, and microseconds from 0 to a million, which most logs do not have.
type Time = (i64, u32);

/// A million microseconds.
const SECOND: i64 = 1_000_000;

fn written(time: i64) -> Time {
    (time.div_euclid(SECOND), time.rem_euclid(SECOND) as u32)
}

fn read((seconds, micros): Time) -> i64 {
    seconds.wrapping_mul(SECOND).wrapping_add(micros.into())
}

/// A place: how many blocks from the one before, and its line there.
type Spot = (i64, u32);

/// Where what was written down last was: what comes next is told by the difference.
#[derive(Debug, Clone, Copy, Default)]
struct Anchor {
    time: i64,
    block: i64,
    verdict: i64,
    relay: i64,
}

/// How far a number lies from another one, which it replaces.
fn step(from: &mut i64, to: i64) -> i64 {
    to.wrapping_sub(std::mem::replace(from, to))
}

/// The number that lies so far from another one, which it replaces.
fn stepped(from: &mut i64, by: i64) -> i64 {
    *from = from.wrapping_add(by);
    *from
}

impl Anchor {
    fn go_to(&mut self, place: Place) -> Spot {
        let (block, line) = place.block_and_line();
        (step(&mut self.block, block.cast_signed()), line)
    }

    fn go_by(&mut self, (blocks, line): Spot) -> Place {
        Place::in_block(stepped(&mut self.block, blocks).cast_unsigned(), line)
    }
}

/// [`Line`], written down.
#[derive(Clone, Copy, Serialize, Deserialize)]
enum LineRecord<'a> {
    None,
    #[serde(borrow)]
    Text(&'a Bytes),
    InFile(u32, u32),
}

impl<'a> From<Line<'a>> for LineRecord<'a> {
    fn from(line: Line<'a>) -> Self {
        match line {
            Line::None => Self::None,
            Line::Text(text) => Self::Text(Bytes::new(text)),
            Line::InFile(start, len) => Self::InFile(start, len),
        }
    }
}

impl<'a> From<LineRecord<'a>> for Line<'a> {
    fn from(line: LineRecord<'a>) -> Self {
        match line {
            LineRecord::None => Self::None,
            LineRecord::Text(text) => Self::Text(text),
            LineRecord::InFile(start, len) => Self::InFile(start, len),
        }
    }
}

/// [`Passage`], written down; times as they lie from one another.
#[derive(Serialize, Deserialize)]
struct PassageRecord<'a> {
    #[serde(borrow)]
    recipient: &'a Bytes,
    sender: Option<&'a Bytes>,
    login: &'a Bytes,
    client_ip: &'a Bytes,
    id: &'a Bytes,
    message_id: [u8; MESSAGE_ID],
    handed_in: Time,
    lived: Time,
    /// So long before the last line about it.
    ended: Option<Time>,
    arrived: Option<Spot>,
    arrival: Option<(Spot, LineRecord<'a>)>,
    /// So long before the last line about it.
    end_line: Option<(Time, Spot, LineRecord<'a>)>,
    domain: u32,
    /// Which of the shelf's hosts.
    host: u32,
    index: u32,
    tries: u32,
    mta: Mta,
    end: End,
    held: bool,
    waits: bool,
}

/// [`Try`], written down.
#[derive(Serialize, Deserialize)]
struct TryRecord<'a> {
    /// So long after the one before, or after the message was handed in.
    after: Time,
    spot: Spot,
    verdict: i64,
    relay: i64,
    #[serde(borrow)]
    line: LineRecord<'a>,
}

impl<'a> PassageRecord<'a> {
    fn of(passage: &'a Passage<'_>, host: usize, tries: usize, from: &mut Anchor) -> Self {
        let Passage { key, handed_in, last_seen, origin, .. } = passage;
        let to_last = |time: i64| written(last_seen.wrapping_sub(time));
        let [a, b, c, d, e, ..] = origin.message_id.to_le_bytes();
        Self {
            recipient: Bytes::new(passage.recipient),
            sender: passage.sender.map(Bytes::new),
            login: Bytes::new(origin.login),
            client_ip: Bytes::new(origin.client_ip),
            id: Bytes::new(key.name()),
            message_id: [a, b, c, d, e],
            handed_in: written(step(&mut from.time, *handed_in)),
            lived: written(last_seen.wrapping_sub(*handed_in)),
            ended: passage.ended.map(to_last),
            arrived: passage.arrived.map(|place| from.go_to(place)),
            arrival: passage.arrival.map(|(place, line)| (from.go_to(place), line.into())),
            end_line: passage.end_line.map(|(at, line)| (to_last(at.time), from.go_to(at.place), line.into())),
            domain: passage.domain.index() as u32,
            host: host as u32,
            index: passage.index,
            tries: tries as u32,
            mta: passage.mta,
            end: passage.end,
            held: passage.held,
            waits: passage.waits,
        }
    }

    /// The passage again, its tries still to be told.
    fn passage(&self, hosts: &[(Symbol, u64)], from: &mut Anchor) -> Passage<'a> {
        let handed_in = stepped(&mut from.time, read(self.handed_in));
        let last_seen = handed_in.wrapping_add(read(self.lived));
        let before_last = |time: Time| last_seen.wrapping_sub(read(time));
        let (host, key_host) = hosts.get(self.host as usize).copied().unwrap_or_default();
        let [a, b, c, d, e] = self.message_id;
        Passage {
            key: QueueKey::named(key_host, self.id),
            handed_in,
            arrived: self.arrived.map(|place| from.go_by(place)),
            arrival: self.arrival.map(|(place, line)| (from.go_by(place), line.into())),
            ended: self.ended.map(before_last),
            end_line: self
                .end_line
                .map(|(time, place, line)| (Moment { time: before_last(time), place: from.go_by(place) }, line.into())),
            last_seen,
            origin: Origin {
                login: self.login,
                client_ip: self.client_ip,
                message_id: u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]),
            },
            sender: self.sender.map(|sender| -> &[u8] { sender }),
            recipient: self.recipient,
            domain: Symbol::at(self.domain as usize),
            host,
            tries: (0, self.tries),
            index: self.index,
            mta: self.mta,
            end: self.end,
            held: self.held,
            waits: self.waits,
        }
    }
}

impl<'a> TryRecord<'a> {
    fn of(one: &Try<'a>, before: &mut i64, from: &mut Anchor) -> Self {
        Self {
            after: written(step(before, one.at.time)),
            spot: from.go_to(one.at.place),
            verdict: step(&mut from.verdict, one.verdict.into()),
            relay: step(&mut from.relay, one.relay.index() as i64),
            line: one.line.into(),
        }
    }

    /// The try again.
    fn a_try(&self, verdicts: &[Verdict], before: &mut i64, from: &mut Anchor) -> Try<'a> {
        let at = Moment { time: stepped(before, read(self.after)), place: from.go_by(self.spot) };
        let verdict = stepped(&mut from.verdict, self.verdict) as u32;
        let relay = Symbol::at(stepped(&mut from.relay, self.relay) as usize);
        Try::new(at, verdict, verdicts, relay, self.line.into())
    }
}

/// Bytes of a Message-ID's fingerprint: only those of one recipient within minutes are compared.
const MESSAGE_ID: usize = 5;

/// Passages, written down.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    open: Vec<u8>,
    /// What is open.
    matter: Matter,
    packs: Vec<Pack>,
    /// Its hosts: their names, and what their queue ids are told apart by.
    hosts: Vec<(Symbol, u64)>,
    passages: usize,
    tries: usize,
    last: Anchor,
}

impl Shelf {
    pub(super) fn is_empty(&self) -> bool {
        self.passages == 0
    }

    pub(super) fn passages(&self) -> usize {
        self.passages
    }

    pub(super) fn tries(&self) -> usize {
        self.tries
    }

    /// Adds a passage, which is written on the `desk`: a shelf is far away, and so is gone to once.
    pub(super) fn put(&mut self, passage: &Passage<'_>, tries: &[Try<'_>], desk: &mut Vec<u8>, store: &mut Store) {
        let host = self.host(passage);
        desk.clear();
        write(&PassageRecord::of(passage, host, tries.len(), &mut self.last), desk);
        let mut time = passage.handed_in;
        for one in tries {
            write(&TryRecord::of(one, &mut time, &mut self.last), desk);
        }
        let of_message = [passage.arrival.map(|(_, line)| line), passage.end_line.map(|(_, line)| line)];
        let mut lines = of_message.into_iter().flatten().chain(tries.iter().map(|one| one.line));
        if self.matter == Matter::Terse && lines.any(|line| matches!(line, Line::Text(_))) {
            self.matter = Matter::Lines;
        }
        self.open.extend_from_slice(desk);
        self.passages += 1;
        self.tries += tries.len();
        if self.open.len() >= PACK {
            let matter = std::mem::replace(&mut self.matter, Matter::Terse);
            self.packs.push(store.put(&self.open, matter));
            self.packs.iter_mut().for_each(|pack| store.move_to_file(pack));
            self.open.clear();
        }
    }

    /// Which of the shelf's hosts a passage is of.
    fn host(&mut self, passage: &Passage<'_>) -> usize {
        let host = (passage.host, passage.key.host());
        let known = self.hosts.iter().position(|known| *known == host);
        known.unwrap_or_else(|| {
            self.hosts.push(host);
            self.hosts.len() - 1
        })
    }

    /// All that was written down.
    pub(super) fn text(&self, store: &Store, unpacker: &mut Unpacker) -> Text<'_> {
        let open = Cow::Borrowed(self.open.as_slice());
        let packs = self.packs.iter().map(|pack| store.get(pack, unpacker));
        Text { parts: packs.chain([open]).collect(), hosts: &self.hosts }
    }
}

/// Adds a record to those that are written down.
fn write<T: Serialize>(record: &T, to: &mut Vec<u8>) {
    // It fails only for what has no length beforehand, and no record has that.
    let _ = postcard::serialize_with_flavor(record, Pen(to));
}

/// Writes behind what is there.  Most of what it is given is a number of one to three bytes: to copy them one by one
/// takes less time than to call for it.
struct Pen<'t>(&'t mut Vec<u8>);

/// Longest piece that is copied byte by byte.
const SHORT: usize = 8;

impl Flavor for Pen<'_> {
    type Output = ();

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        if bytes.len() > SHORT {
            self.0.extend_from_slice(bytes);
        } else {
            bytes.iter().for_each(|byte| self.0.push(*byte));
        }
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// All that was written down on a shelf.
pub(super) struct Text<'s> {
    parts: Vec<Cow<'s, [u8]>>,
    hosts: &'s [(Symbol, u64)],
}

impl Text<'_> {
    /// Reads what lies on the shelf of this number, the tries one passage's behind the other's; `verdicts` are all there
    /// are.
    pub(super) fn read<'t>(
        &'t self,
        shelf: u32,
        verdicts: &[Verdict],
        passages: &mut Vec<Passage<'t>>,
        tries: &mut Vec<Try<'t>>,
    ) {
        let mut from = Anchor::default();
        for text in &self.parts {
            let mut rest: &'t [u8] = text;
            while let Ok((record, after)) = postcard::take_from_bytes::<PassageRecord<'t>>(rest) {
                rest = after;
                let mut passage = record.passage(self.hosts, &mut from);
                passage.tries.0 = tries.len() as u32;
                let mut time = passage.handed_in;
                passages.push(passage);
                for _ in 0..record.tries {
                    let Ok((one, after)) = postcard::take_from_bytes::<TryRecord<'t>>(rest) else { break };
                    rest = after;
                    let number = u64::from(shelf) << 32 | tries.len() as u64;
                    let one = one.a_try(verdicts, &mut time, &mut from);
                    tries.push(Try { number, waits: record.waits, ..one });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::Disposition;

    type Made = (Vec<u8>, Option<Vec<u8>>, i64, Vec<(i64, u32, u8)>, bool);

    fn made() -> impl Strategy<Value = Made> {
        let bytes = || prop::collection::vec(any::<u8>(), 0..40);
        let tries = prop::collection::vec((any::<i64>(), any::<u32>(), 0..3_u8), 1..5);
        (bytes(), prop::option::of(bytes()), any::<i64>(), tries, any::<bool>())
    }

    proptest! {
        /// What is written down is read again, whatever it is, put away or not.
        #[test]
        fn what_is_put_there_lies_there(made in prop::collection::vec(made(), 1..40), away: bool) {
            let verdicts = [Disposition::Delivered, Disposition::Deferred, Disposition::Bounced]
                .map(|disposition| Verdict { disposition, reply: None, enhanced: None, reason: Symbol::NONE });
            let line = |n: u32, text: &'static [u8]| match n % 3 {
                0 => Line::None,
                1 => Line::Text(text),
                _ => Line::InFile(n, n / 7),
            };
            let (mut shelf, mut store) = (Shelf::default(), Store::default());
            let mut put = Vec::new();
            for (recipient, sender, time, times, held) in &made {
                let at = |time: i64, place: u32| Moment { time, place: Place::new(place, place % 5, place % 7) };
                let tries: Vec<Try<'_>> = times
                    .iter()
                    .map(|&(time, n, verdict)| Try {
                        waits: *held,
                        ..Try::new(at(time, n % 1000), verdict.into(), &verdicts, Symbol::at(n as usize % 9), line(n, b"a line"))
                    })
                    .collect();
                let passage = Passage {
                    key: QueueKey::new(time.cast_unsigned(), b"4F1"),
                    handed_in: *time,
                    arrived: held.then(|| Place::new(1, 2, 3)),
                    arrival: held.then(|| (Place::new(1, 2, 3), line(*time as u32, b"arrival"))),
                    ended: times.first().map(|t| t.0),
                    end_line: sender.as_ref().map(|_| (at(*time, 9), line(2, b""))),
                    last_seen: times.last().map_or(0, |t| t.0),
                    origin: Origin { login: b"ann", client_ip: recipient, message_id: time.cast_unsigned() >> 24 },
                    sender: sender.as_deref(),
                    recipient,
                    domain: Symbol::at(recipient.len()),
                    host: Symbol::at(1),
                    tries: (0, 0),
                    index: times.len() as u32,
                    mta: Mta::Exim,
                    end: End::Expired,
                    held: !held,
                    waits: *held,
                };
                shelf.put(&passage, &tries, &mut Vec::new(), &mut store);
                put.push((passage, tries));
                if away {
                    shelf.packs.push(store.put(&std::mem::take(&mut shelf.open), shelf.matter));
                }
            }
            let text = shelf.text(&store, &mut Unpacker::default());
            let (mut passages, mut tries) = (Vec::new(), Vec::new());
            text.read(7, &verdicts, &mut passages, &mut tries);
            prop_assert_eq!((passages.len(), tries.len()), (shelf.passages(), shelf.tries()));
            let mut start = 0;
            for (got, (mut passage, its)) in passages.into_iter().zip(put) {
                passage.tries = (start, its.len() as u32);
                prop_assert_eq!(format!("{got:?}"), format!("{passage:?}"));
                for (one, number) in its.into_iter().zip(start..) {
                    prop_assert_eq!(format!("{:?}", tries[number as usize]), format!("{:?}", Try { number: 7 << 32 | u64::from(number), ..one }));
                }
                start += passage.tries.1;
            }
        }
    }
}
