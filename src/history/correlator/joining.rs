//! How two neighbouring stretches become one.

use super::course::since;
use super::{Correlator, Entry, Over, SPARES, end_generation, push_lead, recycle};
use crate::history::generation::{Answer, Opening, answer, is_cut_off, is_quiet, quiet_from};
use crate::history::handoffs::Joint;
use crate::history::key::QueueKey;
use crate::history::message::Message;
use crate::history::names::NamesTranslation;

impl Correlator {
    /// Joins the stretch that follows, which has settled down, and leaves it empty.  `translation` is that of its
    /// names to those here.
    pub fn append(&mut self, right: &mut Self, translation: &NamesTranslation) {
        // Every field is named: a new one cannot be forgotten.  Who was refused is noted again where messages are joined.
        let Self { first: _, entries, course, ended, ending, handoffs, undecided, complete, refused, spare } = right;
        ended.clear();
        ending.clear();
        refused.clear();
        let (extents, parts_there) = course.take(&translation.hosts);
        let part = self.course.part() + 1;
        let arriving = |mut message: Box<Message>| {
            message.after = since(&parts_there, &message);
            message.part = part;
            message.translate(translation);
            message
        };
        for (key, entry) in entries.drain() {
            let starts_open = entry.lead.is_empty();
            for (index, message) in entry.lead.into_iter().enumerate() {
                self.join(key, arriving(message), index == 0);
            }
            let current = entry.current.map(arriving);
            if entry.border {
                self.put_behind_border(key, current);
            } else if let Some(current) = current {
                self.join(key, current, starts_open);
            }
        }
        for (key, messages) in undecided.drain() {
            self.undecided.entry(key).or_default().extend(messages.into_iter().map(arriving));
        }
        self.complete.extend(complete.drain(..).map(|(key, message)| (key, arriving(message))));
        let joint = Joint {
            parts: self.course.parts(),
            parts_there: &parts_there,
            part,
            hosts: &translation.hosts,
            left: self.course.extents(),
            right: &extents,
            whole: self.first,
        };
        self.handoffs.append(handoffs, &joint);
        self.judge();
        self.course.join(&extents);
        self.let_go();
        // What was joined here is of use there.
        spare.append(&mut self.spare);
        spare.truncate(SPARES);
    }

    /// Joins a fragment that may go on from what lies here.  `is_first` where it is the first of its id in its stretch,
    /// so that what the host wrote here lies before it.
    fn join(&mut self, key: QueueKey, mut fragment: Box<Message>, is_first: bool) {
        let opening = Opening { time: fragment.opened, begins: fragment.opens, mta: fragment.mta };
        let entry = self.entries.entry(key).or_default();
        let whole = self.first || entry.border;
        match &mut entry.current {
            Some(current) => {
                let between = self.course.since(current).and(fragment.before);
                match answer(current, &key, opening, between, whole) {
                    Answer::Same => {
                        current.append(&mut fragment);
                        current.infer_end();
                        recycle(fragment, &mut self.spare);
                    }
                    Answer::Unknown => {
                        fragment.before = between;
                        push_lead(entry);
                        entry.current = Some(fragment);
                    }
                    Answer::Another => {
                        end_generation(entry, key, whole, &mut self.complete);
                        entry.current = Some(fragment);
                    }
                }
            }
            None => {
                if is_first {
                    fragment.before = fragment.before.and(self.course.joined(fragment.host));
                }
                entry.border |= is_cut_off(&key, opening, fragment.before);
                entry.current = Some(fragment);
            }
        }
        if entry.current.as_ref().is_some_and(|message| message.knows_who_was_refused()) {
            self.refused.push(key);
        }
        note_end(key, entry, self.first, &mut self.ended);
    }

    /// What was known of the id ends here; `current` is another generation.
    fn put_behind_border(&mut self, key: QueueKey, current: Option<Box<Message>>) {
        if self.first && current.is_none() && !self.entries.contains_key(&key) {
            return;
        }
        let entry = self.entries.entry(key).or_default();
        let whole = self.first || entry.border;
        end_generation(entry, key, whole, &mut self.complete);
        entry.current = current;
        note_end(key, entry, self.first, &mut self.ended);
        if self.first && entry.current.is_none() {
            self.entries.remove(&key);
        }
    }

    /// Lets messages go that have ended, and of which nothing more comes.
    fn let_go(&mut self) {
        let Self { ended, entries, course, complete, first, .. } = self;
        ended.retain(|&Over { key, host, quiet_from: from }| {
            // Those that wait, most of them, are not even looked up.
            if course.extents().get(host).is_some_and(|all| !is_quiet(from, *all)) {
                return true;
            }
            let Some(entry) = entries.get_mut(&key) else { return false };
            let Some(message) = entry.current.as_ref().filter(|message| message.ended.is_some()) else { return false };
            if !is_quiet(quiet_from(message), course.since(message)) {
                return true;
            }
            complete.extend(entry.current.take().map(|message| (key, message)));
            if *first {
                entries.remove(&key);
            }
            false
        });
    }
}

/// Notes a message that has ended: it is let go when the clock has gone on.
pub(super) fn note_end(key: QueueKey, entry: &Entry, first: bool, ended: &mut Vec<Over>) {
    if (first || entry.border)
        && let Some(message) = entry.current.as_ref().filter(|message| message.ended.is_some())
    {
        ended.push(Over { key, host: message.host, quiet_from: quiet_from(message) });
    }
}
