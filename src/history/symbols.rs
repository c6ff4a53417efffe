//! Strings as small numbers.
//!
//! Each partial result has its own table; when two are merged, the right one's numbers are translated
//! to the left one's.  So threads share nothing while they work.

use hashbrown::HashMap;

/// A string of one [`Symbols`] table.  0 is always the empty string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Symbol(u32);

impl Symbol {
    /// The empty string, which stands for "none".
    pub const NONE: Self = Self(0);

    /// Its index in lists with one place a string.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The symbol with this index.
    #[must_use]
    pub fn at(index: usize) -> Self {
        Self(index as u32)
    }
}

/// A table of distinct strings.
#[derive(Debug, Clone)]
pub struct Symbols {
    numbers: HashMap<Box<[u8]>, u32>,
    strings: Vec<Box<[u8]>>,
}

impl Default for Symbols {
    fn default() -> Self {
        Self { numbers: HashMap::new(), strings: vec![Box::default()] }
    }
}

impl Symbols {
    /// The number of this string, a new one where it was not known.
    pub fn intern(&mut self, string: &[u8]) -> Symbol {
        if string.is_empty() {
            return Symbol::NONE;
        }
        if let Some(&number) = self.numbers.get(string) {
            return Symbol(number);
        }
        let number = self.strings.len() as u32;
        self.strings.push(string.into());
        self.numbers.insert(string.into(), number);
        Symbol(number)
    }

    /// The string of a number of this table.
    #[must_use]
    pub fn get(&self, symbol: Symbol) -> &[u8] {
        self.strings.get(symbol.0 as usize).map_or(&[], |s| s)
    }

    /// Takes in another table: what its numbers are in this one.
    #[must_use]
    pub fn absorb(&mut self, other: &Self) -> Translation {
        Translation(other.strings.iter().map(|s| self.intern(s)).collect())
    }

    /// How many distinct strings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.strings.len() - 1
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// From the numbers of one table to those of another.
#[derive(Debug)]
pub struct Translation(Vec<Symbol>);

impl Translation {
    /// The same string in the other table.
    #[must_use]
    pub fn of(&self, symbol: Symbol) -> Symbol {
        self.0.get(symbol.0 as usize).copied().unwrap_or_default()
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
        let translation = left.absorb(&right);
        assert_eq!(translation.of(ra), a);
        assert_eq!(left.len(), 2);
        assert_eq!(left.get(translation.of(Symbol::NONE)), b"");
    }
}
