//! Refusals by the logged host itself: counted apart from everything it tried to deliver.

use std::collections::VecDeque;

use super::complete::Logged;
use super::greylisted::Greylisted;
use super::outcome::{Direction, Outcome};
use super::rows::Rows;
use super::tally::{CellId, CellKey, Tally, Touched};
use crate::envelope::Line;
use crate::event::{Event, Mta, Refusal};
use crate::history::key::fingerprint;
use crate::history::message::{Message, Refused};
use crate::history::names::Names;
use crate::history::symbols::Symbol;
use crate::mta::{Parser, parser_of};
use crate::smtp::reply::Stage;
use crate::smtp::{ReplyClass, address};

/// Counts refusals; keeps its buffers between them.
#[derive(Debug, Default)]
pub struct Refusals {
    domain: Vec<u8>,
    cells: Vec<CellId>,
}

impl Refusals {
    /// Counts one refusal, and writes its row, where they are wanted; gives its reason.
    pub fn count(
        &mut self,
        refusal: &Refusal<'_>,
        logged: Logged,
        names: &mut Names,
        tally: Option<&mut Tally>,
        rows: Option<&mut Rows>,
    ) -> Symbol {
        self.domain.clear();
        match refusal.sender {
            Some([]) => self.domain.extend_from_slice(b"<>"),
            Some(sender) => self.domain.extend_from_slice(address::domain(sender).unwrap_or_default()),
            None => {}
        }
        self.domain.make_ascii_lowercase();
        let domain = names.domains.intern(&self.domain);
        let reason = names.reason(refusal.reply.text, refusal.recipient);
        if let Some(tally) = tally {
            // What was refused of a message is known when it is, not in the order of the lines.
            names.samples.keep_first((domain, reason), logged.at.place, refusal.reply.text);
            self.add(refusal, domain, reason, logged, tally);
        }
        if let Some(rows) = rows {
            rows.refusal(refusal, reason, domain, logged);
        }
        reason
    }

    /// Adds it to the counts.
    fn add(&mut self, refusal: &Refusal<'_>, domain: Symbol, reason: Symbol, logged: Logged, tally: &mut Tally) {
        let Logged { at, times, .. } = logged;
        let many = u64::from(times);
        let transient = refusal.class == ReplyClass::Transient;
        tally.totals.rejected += many;
        tally.totals.rejected_transient += if transient { many } else { 0 };
        tally.series_at(at.time).rejected += many;
        let key = CellKey {
            direction: Direction::Inbound,
            outcome: Outcome::Rejected,
            class: refusal.class,
            reply: refusal.reply.code,
            enhanced: refusal.reply.enhanced,
            domain,
            reason,
        };
        let cell = tally.count(key, at.time, many);
        if refusal.recipient.is_some() {
            self.cells.clear();
            self.cells.push(cell);
            tally.touched(&mut self.cells, Touched::recipients(many));
        }
        if refusal.id.is_some() {
            self.cells.clear();
            self.cells.push(cell);
            tally.touched(&mut self.cells, Touched::messages(many));
        }
        let ip = refusal.client_ip.unwrap_or_default();
        let name = refusal.client_name.unwrap_or_default();
        tally.clients.refused(ip, name, at, transient, many);
    }
}

/// Counts refusals of a stretch, each where it belongs.
#[derive(Debug)]
pub struct Counter<'p> {
    /// Files before this one hold what an earlier run has counted.
    pub border: u32,
    /// Counts them.
    pub refusals: &'p mut Refusals,
    /// The stretch's strings.
    pub names: &'p mut Names,
    /// Its counts, where they are wanted.
    pub tally: Option<&'p mut Tally>,
    /// Its rows, where they are wanted.
    pub rows: Option<&'p mut Rows>,
    /// Its clients that may come back, where they matter.
    pub greylisted: Option<&'p mut Greylisted>,
}

impl Counter<'_> {
    /// Counts a refusal.
    pub fn count(&mut self, refusal: &Refusal<'_>, logged: Logged) {
        let is_new = logged.at.place.file() >= self.border;
        let tally = self.tally.as_deref_mut().filter(|_| is_new);
        let rows = self.rows.as_deref_mut().filter(|_| is_new);
        let reason = self.refusals.count(refusal, logged, self.names, tally, rows);
        if let Some(greylisted) = &mut self.greylisted {
            greylisted.refuse(refusal, reason, logged.at.time, logged.times);
        }
    }

    /// Counts what was refused of a message, and forgets it.
    pub fn count_of(&mut self, message: &mut Message, block: &[u8]) {
        let parser = parser_of(message.mta);
        for Refused { at, times, text } in message.take_refusals() {
            let said = message.slice(text, block);
            let line = Line { time: at.time, host: b"", tag: b"", pid: b"", message: said, times };
            let Event::Refusal(refusal) = (parser.parse)(&line) else { continue };
            if lacks_client(message.mta, &refusal) && message.client_ip(block).is_none() {
                continue;
            }
            let refusal = Refusal {
                sender: refusal.sender.or(message.sender(block)),
                client_ip: refusal.client_ip.or(message.client_ip(block)),
                ..refusal
            };
            self.count(&refusal, Logged { at, times, mta: message.mta, host: message.host });
        }
    }
}

/// Does a line that follows tell the sender and the client?
#[must_use]
pub fn precedes_sender(mta: Mta, refusal: &Refusal<'_>) -> bool {
    let has_sender = matches!(refusal.stage, Some(Stage::Rcpt | Stage::Data | Stage::EndOfData));
    mta.habits().refusals_precede_sender && has_sender && refusal.id.is_some() && refusal.sender.is_none()
}

/// Does another line tell which client was refused, if there was one?
#[must_use]
pub fn lacks_client(mta: Mta, refusal: &Refusal<'_>) -> bool {
    let has_client = refusal.client_ip.is_some() || refusal.client_name.is_some();
    mta.habits().refusals_may_lack_client && refusal.id.is_some() && !has_client
}

/// May it be one of two lines for one refusal?  Lines that syslog has name their host.
#[must_use]
pub fn may_be_twice(parser: &Parser, line: &Line<'_>) -> bool {
    parser.mta.habits().refusals_come_twice && !line.host.is_empty()
}

/// How long after the first the second copy may come, in microseconds.
const COPY_WITHIN: i64 = 2_000_000;

/// Tells the second copy of a refusal from a second refusal.
#[derive(Debug, Default)]
pub struct Twice {
    /// Refusals of which no copy came yet, oldest first.
    single: VecDeque<(i64, u64)>,
}

impl Twice {
    /// Is this the copy of a refusal that came shortly before, from the same process?  Each has one copy.
    pub fn is_copy(&mut self, refusal: &Refusal<'_>, line: &Line<'_>) -> bool {
        while self.single.front().is_some_and(|(time, _)| (line.time - time).abs() > COPY_WITHIN) {
            self.single.pop_front();
        }
        let mut what = Vec::with_capacity(256);
        for field in [
            Some(line.host),
            Some(line.pid),
            refusal.client_ip,
            refusal.sender,
            refusal.recipient,
            Some(refusal.reply.text),
        ] {
            what.extend_from_slice(field.unwrap_or(b"-"));
            what.push(0);
        }
        let print = fingerprint(&what);
        match self.single.iter().position(|(_, known)| *known == print) {
            Some(first) => {
                self.single.remove(first);
                true
            }
            None => {
                self.single.push_back((line.time, print));
                false
            }
        }
    }
}
