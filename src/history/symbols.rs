//! Strings as small numbers.
//!
//! Each partial result has its own table; when two are merged, the right one's numbers are translated
//! to the left one's.  So threads share nothing while they work.

use std::num::NonZeroU32;

use hashbrown::HashMap;

use super::key::{ByHash, fingerprint};

/// A string of one [`Symbols`] table.  The first is always the empty string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(NonZeroU32);

impl Default for Symbol {
    fn default() -> Self {
        Self::NONE
    }
}

impl Symbol {
    /// The empty string, which stands for "none".
    pub const NONE: Self = Self(NonZeroU32::MIN);

    /// The string of this number, from 0.
    fn numbered(number: u32) -> Self {
        Self(NonZeroU32::MIN.saturating_add(number))
    }

    /// Its number, from 0.
    fn number(self) -> u32 {
        self.0.get() - 1
    }

    /// Its index in lists with one place a string.
    #[must_use]
    pub fn index(self) -> usize {
        self.number() as usize
    }

    /// The symbol with this index.
    #[must_use]
    pub fn at(index: usize) -> Self {
        Self::numbered(index as u32)
    }
}

/// A string of a table.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    print: u64,
    start: u32,
    end: u32,
}

/// A table of distinct strings, one behind the other in one piece of memory.
///
/// A string is known by its [`fingerprint`]: to compare the text as well would be to wait for memory once more, for
/// each name of each line.  That two of a million strings have the same one is to be expected once in 37 million runs.
#[derive(Debug, Clone)]
pub struct Symbols {
    /// By fingerprint.
    numbers: HashMap<u64, Symbol, ByHash>,
    /// In the order of their numbers.
    entries: Vec<Entry>,
    text: Vec<u8>,
}

impl Default for Symbols {
    fn default() -> Self {
        Self { numbers: HashMap::default(), entries: vec![Entry::default()], text: Vec::new() }
    }
}

impl Symbols {
    /// The number of this string, a new one where it was not known.
    pub fn intern(&mut self, string: &[u8]) -> Symbol {
        self.intern_hashed(string, fingerprint(string))
    }

    /// The same, where the string's fingerprint is known.
    #[inline]
    fn intern_hashed(&mut self, string: &[u8], print: u64) -> Symbol {
        if string.is_empty() {
            return Symbol::NONE;
        }
        match self.numbers.get(&print) {
            Some(&known) => known,
            None => self.add(string, print),
        }
    }

    #[inline(never)]
    fn add(&mut self, string: &[u8], print: u64) -> Symbol {
        let (symbol, start) = (Symbol::at(self.entries.len()), self.text.len() as u32);
        self.text.extend_from_slice(string);
        self.entries.push(Entry { print, start, end: self.text.len() as u32 });
        self.numbers.insert(print, symbol);
        symbol
    }

    fn string(&self, entry: &Entry) -> &[u8] {
        self.text.get(entry.start as usize..entry.end as usize).unwrap_or_default()
    }

    /// The string of a number of this table.
    #[must_use]
    pub fn get(&self, symbol: Symbol) -> &[u8] {
        self.entries.get(symbol.index()).map_or(&[], |entry| self.string(entry))
    }

    /// Takes in what is new in another table, and adds to `known` what its numbers are in this one.
    pub fn learn(&mut self, other: &Self, known: &mut Translation) {
        let new = other.entries.iter().skip(known.0.len());
        known.0.extend(new.map(|entry| self.intern_hashed(other.string(entry), entry.print)));
    }

    /// How many distinct strings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len() - 1
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Something for each of some symbols of one table.
#[derive(Debug, Clone)]
pub struct BySymbol<T> {
    slots: Vec<(Symbol, T)>,
    /// For each symbol the number of its slot and one; 0 for none.
    places: Vec<u32>,
}

impl<T> Default for BySymbol<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), places: Vec::new() }
    }
}

impl<T: Default> BySymbol<T> {
    /// What belongs to this symbol, a new one where there was nothing.
    pub fn of(&mut self, symbol: Symbol) -> &mut T {
        let index = symbol.index();
        if self.places.len() <= index {
            self.places.resize(index + 1, 0);
        }
        let new = self.slots.len() as u32 + 1;
        let place = match self.places.get_mut(index) {
            Some(place) if *place != 0 => *place,
            Some(place) => {
                *place = new;
                self.slots.push((symbol, T::default()));
                new
            }
            None => new,
        };
        &mut self.slots[place as usize - 1].1
    }

    /// What belongs to this symbol, if there is anything.
    #[must_use]
    pub fn get(&self, symbol: Symbol) -> Option<&T> {
        let place = self.places.get(symbol.index())?.checked_sub(1)?;
        self.slots.get(place as usize).map(|(_, of)| of)
    }

    /// All of them, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (&Symbol, &T)> {
        self.slots.iter().map(|(symbol, of)| (symbol, of))
    }

    /// All of them, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots.iter_mut().map(|(_, of)| of)
    }

    /// Takes all of them out, and keeps the memory.
    pub fn drain(&mut self) -> impl Iterator<Item = (Symbol, T)> {
        self.places.clear();
        self.slots.drain(..)
    }
}

/// From the numbers of one table to those of another.
#[derive(Debug, Clone, Default)]
pub struct Translation(Vec<Symbol>);

impl Translation {
    /// The same string in the other table.
    #[must_use]
    pub fn of(&self, symbol: Symbol) -> Symbol {
        self.0.get(symbol.index()).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_merge_with_a_translation() {
        let (mut left, mut right) = (Symbols::default(), Symbols::default());
        let a = left.intern(b"a.example");
        right.intern(b"b.example");
        let ra = right.intern(b"a.example");
        let mut translation = Translation::default();
        left.learn(&right, &mut translation);
        assert_eq!(translation.of(ra), a);
        assert_eq!(left.len(), 2);
        assert_eq!(left.get(translation.of(Symbol::NONE)), b"");
        let rc = right.intern(b"c.example");
        left.learn(&right, &mut translation);
        assert_eq!((translation.of(ra), left.get(translation.of(rc))), (a, &b"c.example"[..]));
    }
}
