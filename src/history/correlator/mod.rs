//! Joins the facts about each queue id to messages, over block, file and host borders.
//!
//! A correlator works on one stretch of the log.  Two neighbouring stretches are joined with
//! [`Correlator::append`], and the result is what one correlator would have made of both: see the
//! merge law in the crate's documentation.
//!
//! An id has *generations*, see [`generation`](super::generation).  Within a stretch its `lead` may go on from what lies
//! before the stretch, in pieces where only that tells whether they are one message; its `current` one may go on to the
//! right; a border between them, where there is one, does not depend on what lies before.

mod course;
mod joining;
mod telling;

use std::collections::VecDeque;

use hashbrown::HashMap;

use super::clocks::Extent;
use super::generation::{Answer, GRACE, Opening, answer, is_cut_off, is_quiet, quiet_from};
use super::handoffs::{Handoffs, Judged, Naming, Trace};
use super::key::{ByHash, Moment, QueueKey};
use super::message::{Handoff, Message};
use super::names::Names;
use super::symbols::Symbol;
use crate::event::{Arrival, Ending, Fact, Mta};

use course::{Course, Standing};
use joining::note_end;
pub use telling::Context;
use telling::{handoff, tell};

/// How many emptied messages are kept: those of a block, about.
const SPARES: usize = 2048;

/// What a stretch knows of one queue id.
#[derive(Debug, Default)]
struct Entry {
    /// Goes on from what lies before the stretch, or from the piece before it, or not.
    #[expect(clippy::vec_box, reason = "they came boxed and go on so")]
    lead: Vec<Box<Message>>,
    current: Option<Box<Message>>,
    /// Something separates `current` from what lies before it.
    border: bool,
    /// The first line of the block, and what the host wrote up to it.
    first: Option<(i64, Extent)>,
    /// Time and number of the last line of the block.
    last: (i64, u32),
    host: Symbol,
}

/// A message that has ended in the block that is being read.
#[derive(Debug, Clone, Copy)]
struct Ended {
    key: QueueKey,
    host: Symbol,
    /// Time of its last line, and how many lines the host had written by then.
    last: (i64, u32),
}

/// A message that has ended in what was joined.
#[derive(Debug, Clone, Copy)]
struct Over {
    key: QueueKey,
    host: Symbol,
    /// Nothing more comes of it once the clock of its host has gone past this.
    quiet_from: i64,
}

/// Messages that are not complete yet.
#[derive(Debug)]
pub struct Correlator {
    /// Nothing came before this stretch.
    first: bool,
    entries: HashMap<QueueKey, Entry, ByHash>,
    /// How far the hosts' clocks went.
    course: Course,
    /// Messages that have ended: each is let go when the clock has gone on.
    ended: Vec<Over>,
    /// The same for the block that is being read, in the order of their ends.
    ending: VecDeque<Ended>,
    handoffs: Handoffs,
    /// Messages that are complete but for the question whether a delivery was a hop.
    #[expect(clippy::vec_box, reason = "they came boxed and go on so")]
    undecided: HashMap<QueueKey, Vec<Box<Message>>>,
    /// Complete messages, for the caller to conclude from.
    complete: Vec<(QueueKey, Box<Message>)>,
    /// Messages of which it has become known whom this host refused.
    refused: Vec<QueueKey>,
    /// Emptied messages, to be used again.
    #[expect(clippy::vec_box, reason = "the boxes are what is kept")]
    spare: Vec<Box<Message>>,
}

impl Correlator {
    /// A correlator for a stretch; `first` where nothing comes before it.
    #[must_use]
    pub fn new(first: bool) -> Self {
        Self {
            first,
            entries: HashMap::default(),
            course: Course::default(),
            ended: Vec::new(),
            ending: VecDeque::new(),
            handoffs: Handoffs::default(),
            undecided: HashMap::new(),
            complete: Vec::new(),
            refused: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// A line of an MTA of this host is read, whatever it says.
    pub fn tick(&mut self, host: Symbol, time: i64) {
        self.course.tick(host, time);
    }

    /// What a host wrote so far in the block that is being read.
    #[must_use]
    pub fn written(&self, host: Symbol) -> Extent {
        self.course.written(host)
    }

    /// What a host wrote in the stretches that were joined here.
    #[must_use]
    pub fn joined(&self, host: Symbol) -> Extent {
        self.course.joined(host)
    }

    /// Takes in one fact: of a line of the block that is being read, or of one that is told only now, behind the
    /// stretches that were joined.
    pub fn observe(&mut self, key: QueueKey, fact: &Fact<'_>, context: &Context<'_>, names: &mut Names) {
        if let Some(notice) = notice_made(fact, context.mta) {
            let sender = Some(&b""[..]);
            let begins = Arrival { begins: true, notice: true, sender, recipients: Some(1), ..Arrival::default() };
            self.observe(key.sibling(notice), &Fact::Arrival(begins), context, names);
        }
        if let Fact::Quiet(_) | Fact::HostTrouble | Fact::Notice { .. } = fact {
            // They tell nothing of a recipient, and may come after the message's end.
            return;
        }
        let here = self.course.standing(context);
        if !self.handoffs.is_empty() {
            self.handoffs.see(&key, context.read, |line| self.course.since_line(line, here));
        }
        let begins = matches!(fact, Fact::Arrival(arrival) if arrival.begins);
        let handoff = handoff(&key, fact);
        let (message, whole) = self.message_of(key, begins, context, here);
        tell(message, fact, context, names, handoff);
        message.infer_end();
        let is_over = whole && message.ended.is_some() && !message.is_notice;
        if message.knows_who_was_refused() {
            self.refused.push(key);
        }
        if let Some(Handoff { key: next, hop: None }) = handoff
            && context.in_window
        {
            self.name(key, next, context, here);
        }
        if self.course.is_reading() {
            if is_over {
                self.ending.push_back(Ended { key, host: context.host, last: (context.read, here.line) });
            }
            self.let_go_early();
        } else {
            if let Some(entry) = self.entries.get(&key) {
                note_end(key, entry, self.first, &mut self.ended);
            }
            self.handoffs.remember(key, context.host, (context.read, here.before), self.course.part());
        }
    }

    /// The message that a line speaks of, which is noted there, and whether nothing of it lies before the stretch: the
    /// one that is known of its id, or another one.
    #[inline(always)]
    fn message_of(
        &mut self,
        key: QueueKey,
        begins: bool,
        context: &Context<'_>,
        here: Standing,
    ) -> (&mut Message, bool) {
        let Self { first, entries, course, complete, spare, .. } = self;
        let &Context { at, mta, host, read, in_window, .. } = context;
        let opening = Opening { time: read, begins, mta };
        let entry = entries.entry(key).or_default();
        if entry.first.is_none() {
            (entry.first, entry.host) = (Some((read, here.before)), host);
        }
        entry.last = (read, here.line);
        let whole = *first || entry.border;
        let mut before = here.before;
        match &entry.current {
            Some(current) => {
                let between = course.between(current, here);
                match answer(current, &key, opening, between, whole) {
                    Answer::Same => {}
                    Answer::Unknown => {
                        push_lead(entry);
                        before = between;
                    }
                    Answer::Another => end_generation(entry, key, whole, complete),
                }
            }
            None => entry.border |= is_cut_off(&key, opening, before),
        }
        let message = entry.current.get_or_insert_with(|| {
            let mut message = new_message(spare, mta, host, at);
            (message.before, message.opens, message.opened) = (before, begins, read);
            message
        });
        if at.place < message.first.place {
            // A split line stands where it began, but is known only when its last piece is.
            message.first = at;
        }
        message.last = Moment { time: read, place: at.place };
        message.line = here.line;
        message.after = Extent::NONE;
        message.part = course.part();
        message.in_window |= in_window;
        (message, *first || entry.border)
    }

    /// A delivery names the id that it goes on under.
    fn name(&mut self, by: QueueKey, next: QueueKey, context: &Context<'_>, here: Standing) {
        let Self { course, entries, handoffs, .. } = self;
        let last = if course.is_reading() {
            entries.get(&next).map(|entry| (entry.last.0, course.since_line(entry.last.1, here)))
        } else {
            handoffs.last_line(&next, course.parts())
        };
        let naming = Naming { by, next, at: context.at, host: context.host, line: here.line, before: here.before };
        handoffs.name(naming, last, self.first);
    }

    /// Marks deliveries of which it has become known whether they were hops.
    fn judge(&mut self) {
        let mut judged = self.handoffs.take_judged();
        while !judged.is_empty() {
            for Judged { by, next, at, hop } in judged.drain(..) {
                let settle = |message: &mut Message| {
                    let named = message.attempts.iter_mut().filter(|a| a.at.place == at.place);
                    for handoff in named.filter_map(|a| a.handoff.as_mut()).filter(|h| h.key == next) {
                        handoff.hop = Some(hop);
                    }
                };
                if let Some(entry) = self.entries.get_mut(&by) {
                    entry.lead.iter_mut().chain(&mut entry.current).for_each(|message| settle(message));
                }
                self.complete.iter_mut().filter(|(key, _)| *key == by).for_each(|(_, message)| settle(message));
                let Some(mut waiting) = self.undecided.remove(&by) else { continue };
                waiting.iter_mut().for_each(|message| settle(message));
                self.complete.extend(waiting.into_iter().map(|message| (by, message)));
            }
            judged = self.handoffs.take_judged();
        }
    }

    /// May a message be complete?
    #[inline]
    #[must_use]
    pub fn has_complete(&self) -> bool {
        !self.complete.is_empty()
    }

    /// Complete messages, to be concluded from and handed back with [`Correlator::recycle`].
    pub fn next_complete(&mut self) -> Option<(QueueKey, Box<Message>)> {
        while let Some((key, mut message)) = self.complete.pop() {
            // A split line stands where it began, but is known only when its last piece is.
            if !message.attempts.is_sorted_by_key(|a| a.at.place) {
                message.attempts.sort_by_key(|a| a.at.place);
            }
            if message.attempts.iter().any(|a| a.handoff.as_ref().is_some_and(|h| h.hop.is_none())) {
                self.undecided.entry(key).or_default().push(message);
            } else {
                return Some((key, message));
            }
        }
        None
    }

    /// Are there messages with refusals to be counted?
    #[inline]
    #[must_use]
    pub fn has_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// Gives messages of which it has become known whom this host refused to `count`, which takes the refusals out.
    pub fn count_refused(&mut self, mut count: impl FnMut(&mut Message)) {
        for key in self.refused.drain(..) {
            // It may have made way for another piece since.
            let current = self.entries.get_mut(&key).and_then(|entry| entry.current.as_mut());
            if let Some(message) = current.filter(|message| message.knows_who_was_refused()) {
                count(message);
            }
        }
    }

    /// Takes a message back of which nothing is asked any more.
    pub fn recycle(&mut self, message: Box<Message>) {
        recycle(message, &mut self.spare);
    }

    /// The block that is being read ends here: lets go what is complete.
    pub fn end_block(&mut self) {
        let Self { entries, course, handoffs, .. } = self;
        let clocks = course.clocks();
        let traces = entries.iter().filter_map(|(&key, entry)| {
            let last = (entry.last.0, clocks.since(entry.host, entry.last.1));
            Some((key, Trace { host: entry.host, first: entry.first?, last, part: 0 }))
        });
        handoffs.settle_down(|host, line| clocks.since(host, line), traces);
        self.judge();
        let Self { entries, course, complete, first, .. } = self;
        let clocks = course.clocks();
        entries.retain(|&key, entry| {
            if let Some(message) = &mut entry.current {
                message.after = clocks.since(message.host, message.line);
                if (*first || entry.border) && message.ended.is_some() && is_quiet(quiet_from(message), message.after) {
                    complete.extend(entry.current.take().map(|message| (key, message)));
                }
            }
            !entry.lead.is_empty() || entry.current.is_some() || entry.border && !*first
        });
        self.course.end_block();
        self.ending.clear();
    }

    /// The block that was read here goes: takes the texts of all messages out of it.
    pub fn settle_down(&mut self, block: &[u8]) {
        let open = self.entries.values_mut().flat_map(|entry| entry.lead.iter_mut().chain(&mut entry.current));
        let undecided = self.undecided.values_mut().flatten();
        for message in open.chain(undecided).chain(self.complete.iter_mut().map(|(_, message)| message)) {
            message.settle_down(block);
        }
    }

    /// Lets messages go that ended in the block that is being read, as soon as nothing more comes of them: so the next
    /// ones are written where these were, which is near.
    fn let_go_early(&mut self) {
        while let Some(&Ended { key, host, last: (time, line) }) = self.ending.front() {
            if !is_quiet(time.saturating_add(GRACE), self.course.clocks().since(host, line)) {
                return;
            }
            self.ending.pop_front();
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            // Of one that was spoken of since, there is another note, if it has ended at all.
            let same = |message: &mut Box<Message>| (message.last.time, message.line) == (time, line);
            self.complete.extend(entry.current.take_if(same).map(|message| (key, message)));
        }
    }

    /// The messages that are not done with.
    pub fn open(&self) -> impl Iterator<Item = (&QueueKey, &Message)> {
        let entries = self
            .entries
            .iter()
            .flat_map(|(key, entry)| entry.lead.iter().chain(&entry.current).map(move |message| (key, &**message)));
        let undecided = self.undecided.iter().flat_map(|(key, all)| all.iter().map(move |message| (key, &**message)));
        entries.chain(undecided)
    }

    /// Takes out the messages of which too much is open to conclude from them: a later run will read their lines again.
    /// Those are messages with a hand-over since `since` whose id was not seen yet, such as were refused since then by
    /// nobody knows whom, and such as ended just before `now` without a last verdict, which may come after the end.
    pub fn take_waiting(&mut self, since: i64, now: i64) -> Vec<(QueueKey, Box<Message>)> {
        let waits = |message: &Message| {
            let ended = message.ended.is_some_and(|(ending, at)| ending == Ending::Done && at + GRACE >= now);
            ended && message.given_up.is_none() && message.is_open()
                || !message.begun && message.refusals().iter().any(|refused| refused.at.time >= since)
                || message
                    .attempts
                    .iter()
                    .any(|a| a.at.time >= since && a.handoff.as_ref().is_some_and(|h| h.hop.is_none()))
        };
        let mut taken: Vec<(QueueKey, Box<Message>)> = self
            .entries
            .iter_mut()
            .filter_map(|(key, entry)| Some((*key, entry.current.take_if(|m| waits(m))?)))
            .collect();
        for (key, messages) in self.undecided.extract_if(|_, messages| messages.iter().any(|m| waits(m))) {
            taken.extend(messages.into_iter().map(|message| (key, message)));
        }
        taken
    }

    /// The log ends here: everything that is left is complete, as far as it will ever be.
    pub fn finish(&mut self) {
        self.handoffs.give_up(true);
        self.judge();
        for (key, entry) in self.entries.drain() {
            self.complete.extend(entry.lead.into_iter().chain(entry.current).map(|m| (key, m)));
        }
        for (key, messages) in self.undecided.drain() {
            self.complete.extend(messages.into_iter().map(|m| (key, m)));
        }
    }
}

/// A message of which nothing is known, in the memory of one that is done with where there is any.
#[expect(clippy::vec_box, reason = "the boxes are what is kept")]
fn new_message(spare: &mut Vec<Box<Message>>, mta: Mta, host: Symbol, at: Moment) -> Box<Message> {
    match spare.pop() {
        Some(mut message) => {
            message.reset(mta, host, at);
            message
        }
        None => Box::new(Message::new(mta, host, at)),
    }
}

/// Keeps the memory of a message that is done with.
#[expect(clippy::vec_box, reason = "the boxes are what is kept")]
fn recycle(mut message: Box<Message>, spare: &mut Vec<Box<Message>>) {
    if spare.len() < SPARES {
        message.empty();
        spare.push(message);
    }
}

/// Another generation begins.
fn end_generation(entry: &mut Entry, key: QueueKey, whole: bool, complete: &mut Vec<(QueueKey, Box<Message>)>) {
    if whole {
        complete.extend(entry.current.take().map(|message| (key, message)));
    } else {
        push_lead(entry);
    }
    entry.border = true;
}

/// What lies before the stretch is to tell whether the current message goes on.
fn push_lead(entry: &mut Entry) {
    if let Some(mut message) = entry.current.take() {
        // What the host wrote since stands in the piece that follows.
        message.after = Extent::NONE;
        message.line = u32::MAX;
        message.part = PAST_ALL_PARTS;
        entry.lead.push(message);
    }
}

/// No joined stretch follows the one of this number.
const PAST_ALL_PARTS: u32 = u32::MAX - 1;

/// The notice that a line says was made, where this line is the first word on it (see
/// [`Habits::notice_arrival_is_logged`](crate::habits::Habits::notice_arrival_is_logged)).
#[must_use]
pub fn notice_made<'a>(fact: &Fact<'a>, mta: Mta) -> Option<&'a [u8]> {
    match fact {
        Fact::Notice { child, .. } | Fact::GivenUp(child) if !mta.habits().notice_arrival_is_logged => *child,
        _ => None,
    }
}
