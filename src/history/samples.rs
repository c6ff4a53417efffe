//! For each domain and reason one text as logged: the one that came first.

use hashbrown::{HashMap, hash_map::Entry};

use super::key::Place;
use super::span::Span;
use super::symbols::{Symbol, Translation};

/// Longest sample of a reply text that is kept, in bytes; reports show 200 characters.
const SAMPLE: usize = 400;

/// What a text is a sample of.
pub type Of = (Symbol, Symbol);

/// A text, and where it was logged.
#[derive(Debug, Clone, Copy)]
struct Sample {
    of: Of,
    place: Place,
    text: Span,
}

/// One text for each domain and reason.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    /// By domain and reason.  It is asked at every failure, and nearly always knows: so nothing else lies in it.
    numbers: HashMap<Of, u32>,
    list: Vec<Sample>,
    /// The texts, one behind the other.
    text: Vec<u8>,
}

impl Samples {
    /// Keeps a text, where there is none yet: for texts that come in the order of their places.
    #[inline]
    pub fn keep(&mut self, of: Of, place: Place, text: &[u8]) {
        if !self.numbers.contains_key(&of) {
            self.put(of, place, text);
        }
    }

    /// Keeps a text, where there is none yet or one that was logged later: for texts in any order.
    pub fn keep_first(&mut self, of: Of, place: Place, text: &[u8]) {
        if self.get(of).is_none_or(|(here, _)| place < here) {
            self.put(of, place, text);
        }
    }

    /// Puts a text in the place of the one that is known, if there is any.
    #[inline(never)]
    fn put(&mut self, of: Of, place: Place, text: &[u8]) {
        let text = Span::of(&text[..text.len().min(SAMPLE)], &mut self.text, &[]);
        let sample = Sample { of, place, text };
        match self.numbers.entry(of) {
            Entry::Vacant(entry) => {
                entry.insert(self.list.len() as u32);
                self.list.push(sample);
            }
            Entry::Occupied(entry) => {
                if let Some(known) = self.list.get_mut(*entry.get() as usize) {
                    *known = sample;
                }
            }
        }
    }

    /// For how many domains and reasons there is a text.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Where the sample of this domain and reason was logged, and its text.
    #[must_use]
    pub fn get(&self, of: Of) -> Option<(Place, &[u8])> {
        let sample = self.list.get(*self.numbers.get(&of)? as usize)?;
        Some((sample.place, sample.text.get(&self.text, &[])))
    }

    /// The text; empty where there is none.
    #[must_use]
    pub fn text(&self, of: Of) -> &[u8] {
        self.get(of).map_or(&[], |(_, text)| text)
    }

    /// The text that came first for each reason, over all domains.
    #[must_use]
    pub fn by_reason(&self) -> HashMap<Symbol, &[u8]> {
        let mut first: HashMap<Symbol, &Sample> = HashMap::new();
        for sample in &self.list {
            let known = first.entry(sample.of.1).or_insert(sample);
            if sample.place < known.place {
                *known = sample;
            }
        }
        first.into_iter().map(|(reason, sample)| (reason, sample.text.get(&self.text, &[]))).collect()
    }

    /// Takes the samples out of another stretch, whose symbols these translate.
    pub fn take(&mut self, other: &mut Self, domains: &Translation, reasons: &Translation) {
        for Sample { of: (domain, reason), place, text } in other.list.drain(..) {
            let of = (domains.of(domain), reasons.of(reason));
            self.keep_first(of, place, text.get(&other.text, &[]));
        }
        other.numbers.clear();
        other.text.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::symbols::Symbols;

    #[test]
    fn of_two_samples_the_one_that_was_logged_first_stays() {
        let (mut left, mut right) = (Symbols::default(), Symbols::default());
        let of = |names: &mut Symbols, domain: &[u8]| (names.intern(domain), names.intern(b"reason"));
        let (a, _) = (of(&mut left, b"a.example"), of(&mut left, b"b.example"));
        let (b_there, a_there) = (of(&mut right, b"b.example"), of(&mut right, b"a.example"));
        let mut known = Translation::default();
        left.learn(&right, &mut known);
        let place = |line| Place::new(0, 0, line);
        for (here, there, first) in [(1, 2, &b"here"[..]), (2, 1, b"there")] {
            let (mut samples, mut others) = (Samples::default(), Samples::default());
            samples.keep(a, place(here), b"here");
            samples.keep(a, place(9), b"later");
            samples.keep_first(a, place(8), b"later too");
            others.keep(a_there, place(there), b"there");
            others.keep(b_there, place(7), b"of another");
            samples.take(&mut others, &known, &known);
            assert_eq!(samples.text(a), first);
            assert_eq!((samples.len(), others.len()), (2, 0));
            assert_eq!(samples.by_reason().get(&a.1).copied(), Some(first));
        }
    }
}
