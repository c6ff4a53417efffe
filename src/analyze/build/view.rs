//! The tally's cells, each with its cause: whatever a table asks, they are grouped by it.

use std::cmp::Ordering;
use std::hash::Hash;

use hashbrown::{HashMap, HashSet};
use rayon::slice::ParallelSliceMut;

use crate::analyze::judge::{Judge, Judgement, Question};
use crate::bytes;
use crate::fold::outcome::Outcome;
use crate::fold::partial::Partial;
use crate::fold::tally::{Cell, CellId, CellKey, Tally};
use crate::history::names::Names;
use crate::history::symbols::Symbol;
use crate::knowledge::Cause;
use crate::smtp::{EnhancedCode, ReplyCode};

/// Longest sample in characters.
const SAMPLE: usize = 200;

/// Bytes of the log as text.
pub(super) fn lossy(bytes: &[u8]) -> String {
    bytes::text(bytes).into_owned()
}

/// At most [`SAMPLE`] characters of a text.
pub(super) fn sample(bytes: &[u8]) -> String {
    let text = bytes::text(bytes);
    let end = if text.len() <= SAMPLE { None } else { text.char_indices().nth(SAMPLE) };
    text[..end.map_or(text.len(), |(end, _)| end)].to_owned()
}

pub(super) fn optional(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| lossy(bytes))
}

/// Compares rows by a key that borrows from them: `order!(|row| (row.count, &row.name))`.
macro_rules! order {
    (|$row:ident| $key:expr) => {
        |a: &_, b: &_| {
            let $row = a;
            let left = $key;
            let $row = b;
            left.cmp(&$key)
        }
    };
}
pub(super) use order;

/// The tally with each cell's cause.
pub(super) struct View<'a> {
    pub(super) tally: &'a Tally,
    pub(super) names: &'a Names,
    pub(super) judged: Vec<Judgement>,
}

/// Cells that share a row of a table.
pub(super) struct Group<K> {
    pub(super) key: K,
    pub(super) attempts: u64,
    pub(super) recipients: u64,
    pub(super) messages: u64,
    pub(super) domains: u64,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) cells: Vec<CellId>,
    pub(super) cause: Cause,
}

impl<'a> View<'a> {
    pub(super) fn new(partial: &'a Partial, judge: &Judge<'_>) -> Self {
        let (tally, names) = (&partial.tally, &partial.names);
        let question = |cell: &Cell| {
            let CellKey { direction, outcome, class, reply, enhanced, reason, .. } = cell.key;
            Question { direction, class, reply, enhanced, expired: outcome == Outcome::Expired, reason }
        };
        let judged = judge.of_all(tally.cells.iter().map(question).collect());
        Self { tally, names, judged }
    }

    pub(super) fn cell(&self, id: CellId) -> Option<&Cell> {
        self.tally.cells.get(id as usize)
    }

    pub(super) fn cause(&self, id: CellId) -> Cause {
        self.judged.get(id as usize).map_or(Cause::Unknown, |j| j.cause)
    }

    /// The reply text as logged of the biggest cell that has one; of equals the first by what is logged, not by numbers
    /// of symbols: those depend on how the input was cut.
    pub(super) fn sample<K>(&self, group: &Group<K>) -> String {
        let text = |cell: &Cell| self.names.samples.text((cell.key.domain, cell.key.reason));
        let cells = group.cells.iter().filter_map(|&id| self.cell(id)).filter(|cell| !text(cell).is_empty());
        let logged = |cell: &Cell| (self.names.domains.get(cell.key.domain), self.names.reasons.get(cell.key.reason));
        let biggest = cells.min_by(|a, b| b.attempts.cmp(&a.attempts).then_with(|| logged(a).cmp(&logged(b))));
        biggest.map(|cell| sample(text(cell))).unwrap_or_default()
    }

    /// One group for each key that `key_of` gives; cells without a key are in none.
    pub(super) fn project<K: Hash + Eq + Clone>(&self, key_of: impl Fn(CellId, &Cell) -> Option<K>) -> Vec<Group<K>> {
        let mut index: HashMap<K, usize> = HashMap::new();
        let mut groups: Vec<Group<K>> = Vec::new();
        let mut group_of: Vec<Option<usize>> = Vec::with_capacity(self.tally.cells.len());
        for (id, cell) in self.tally.cells.iter().enumerate() {
            let id = id as CellId;
            let Some(key) = key_of(id, cell) else {
                group_of.push(None);
                continue;
            };
            let at = *index.entry(key.clone()).or_insert_with(|| {
                let (first, last) = (cell.first, cell.last);
                groups.push(Group {
                    key,
                    attempts: 0,
                    recipients: 0,
                    messages: 0,
                    domains: 0,
                    first,
                    last,
                    cells: Vec::new(),
                    cause: Cause::Unknown,
                });
                groups.len() - 1
            });
            group_of.push(Some(at));
            if let Some(group) = groups.get_mut(at) {
                group.attempts += cell.attempts;
                group.recipients += cell.alone.recipients;
                group.messages += cell.alone.messages;
                group.first = group.first.min(cell.first);
                group.last = group.last.max(cell.last);
                group.cells.push(id);
            }
        }
        let mut touched = Vec::new();
        for (set, by) in &self.tally.sets {
            touched.clear();
            touched.extend(set.iter().filter_map(|&id| group_of.get(id as usize).copied().flatten()));
            touched.sort_unstable();
            touched.dedup();
            for &at in &touched {
                if let Some(group) = groups.get_mut(at) {
                    group.recipients += by.recipients;
                    group.messages += by.messages;
                }
            }
        }
        for group in &mut groups {
            self.describe(group);
        }
        groups
    }

    /// A group's distinct domains and its main cause.
    pub(super) fn describe<K>(&self, group: &mut Group<K>) {
        if let &[only] = group.cells.as_slice() {
            group.domains = u64::from(self.cell(only).is_some_and(|cell| cell.key.domain != Symbol::NONE));
            group.cause = self.cause(only);
            return;
        }
        let mut domains = HashSet::new();
        let mut causes: HashMap<Cause, u64> = HashMap::new();
        for &id in &group.cells {
            let Some(cell) = self.cell(id) else { continue };
            if cell.key.domain != Symbol::NONE {
                domains.insert(cell.key.domain);
            }
            *causes.entry(self.cause(id)).or_default() += cell.attempts;
        }
        group.domains = domains.len() as u64;
        // Of equals the first by its word, as readers see them.
        let causes = causes.into_iter().map(|(cause, attempts)| ((cause.as_str(), cause), attempts));
        group.cause = most(causes).map_or(Cause::Unknown, |(_, cause)| cause);
    }
}

/// Puts the rows with the highest count first, and equals in an order of their own.
pub(super) fn sort<R: Send>(
    rows: &mut [R],
    count: impl Fn(&R) -> u64 + Sync,
    order: impl Fn(&R, &R) -> Ordering + Sync,
) {
    rows.par_sort_unstable_by(|a, b| count(b).cmp(&count(a)).then_with(|| order(a, b)));
}

/// The key with the highest count; of equals the first in order.
pub(super) fn most<K: Ord>(counts: impl IntoIterator<Item = (K, u64)>) -> Option<K> {
    counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0))).map(|(key, _)| key)
}

pub(super) fn reply_number(reply: Option<ReplyCode>) -> Option<u16> {
    reply.map(ReplyCode::get)
}

pub(super) fn enhanced_text(enhanced: Option<EnhancedCode>) -> Option<String> {
    enhanced.map(|e| e.to_string())
}

/// `450 4.7.1`, as far as there is one.
pub(super) fn code_text(reply: Option<ReplyCode>, enhanced: Option<EnhancedCode>) -> Option<String> {
    match (reply, enhanced) {
        (Some(reply), Some(enhanced)) => Some(format!("{reply} {enhanced}")),
        (Some(reply), None) => Some(reply.to_string()),
        (None, Some(enhanced)) => Some(enhanced.to_string()),
        (None, None) => None,
    }
}
