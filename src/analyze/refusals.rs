//! Refusals by the logged host itself: counted apart from everything it tried to deliver.

use std::collections::VecDeque;

use super::analysis::Direction;
use super::complete::Logged;
use super::rows::Rows;
use super::tally::{CellId, CellKey, Outcome, Tally, Touched};
use crate::envelope::Line;
use crate::event::{Mta, Refusal};
use crate::history::key::fingerprint;
use crate::history::names::Names;
use crate::history::symbols::Symbol;
use crate::mta::Parser;
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
            names.samples.keep((domain, reason), logged.at.place, refusal.reply.text);
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

/// Exim writes a refusal to the main log and to the reject log; through syslog both end up in one file
/// (`syslog_duplication`, on by default).  Its own files never hold both.
#[must_use]
pub fn may_be_twice(parser: &Parser, line: &Line<'_>) -> bool {
    parser.mta == Mta::Exim && !line.host.is_empty()
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
