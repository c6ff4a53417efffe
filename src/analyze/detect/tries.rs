//! Sets of tries, small enough for millions of them: a bit a try.

use std::collections::BTreeMap;

use crate::fold::chains::Try;

/// A set of tries, by their numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Tries(BTreeMap<u32, Vec<u64>>);

impl Tries {
    pub(super) fn extend<'t>(&mut self, tries: impl Iterator<Item = &'t Try<'t>>) {
        for one in tries {
            let words = self.0.entry(one.shelf()).or_default();
            let (word, bit) = (one.index() / 64, one.index() % 64);
            if words.len() <= word {
                words.resize(word + 1, 0);
            }
            if let Some(word) = words.get_mut(word) {
                *word |= 1 << bit;
            }
        }
    }

    pub(super) fn join(&mut self, other: &Self) {
        for (&shelf, theirs) in &other.0 {
            let words = self.0.entry(shelf).or_default();
            if words.len() < theirs.len() {
                words.resize(theirs.len(), 0);
            }
            words.iter_mut().zip(theirs).for_each(|(word, theirs)| *word |= theirs);
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.0.values().flatten().map(|word| u64::from(word.count_ones())).sum()
    }

    pub(super) fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().all(|(shelf, words)| {
            let theirs = other.0.get(shelf).map(Vec::as_slice).unwrap_or_default();
            words.iter().enumerate().all(|(i, word)| word & !theirs.get(i).unwrap_or(&0) == 0)
        })
    }
}
