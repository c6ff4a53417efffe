//! Texts that are not copied as long as what they lie in is at hand.

use std::num::NonZeroU32;

/// A text: a piece of the block that is being read, of a text store, or of a file that can be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    start: u32,
    /// Its length and one: so that there may be no text in the same memory.
    len: NonZeroU32,
}

impl Span {
    /// Marks a start as one in the block.
    const IN_BLOCK: u32 = 1 << 31;

    /// Marks a start as one in the block of a file from which it can be read again.
    const IN_FILE: u32 = 1 << 30;

    #[inline]
    fn new(start: u32, len: usize) -> Self {
        Self { start, len: NonZeroU32::MIN.saturating_add(len as u32) }
    }

    #[inline]
    pub(super) fn len(self) -> u32 {
        self.len.get() - 1
    }

    /// Does it lie in the block that is being read?
    #[inline]
    pub(super) fn is_in_block(self) -> bool {
        self.start & Self::IN_BLOCK != 0
    }

    /// Where it begins in its block, and its bytes, if it is in a file only.
    #[must_use]
    #[inline]
    pub fn in_file(self) -> Option<(u32, u32)> {
        let there = self.start & (Self::IN_BLOCK | Self::IN_FILE) == Self::IN_FILE;
        there.then_some((self.start & !Self::IN_FILE, self.len()))
    }

    /// A line that is left in the file, where it can be found again as a piece of this block.
    pub(super) fn left_in_file(line: &[u8], block: &[u8]) -> Option<Self> {
        let Self { start, len } = Self::in_block(line, block)?;
        Some(Self { start: start & !Self::IN_BLOCK | Self::IN_FILE, len })
    }

    /// Goes from one store to another; what lies in the block or in a file stays there.
    #[must_use]
    #[inline]
    pub fn moved(self, from: &[u8], to: &mut Vec<u8>) -> Self {
        if self.start & (Self::IN_BLOCK | Self::IN_FILE) == 0 { Self::of(self.get(from, &[]), to, &[]) } else { self }
    }

    /// Goes from a store or a block to another store; what lies in a file stays there.
    #[must_use]
    #[inline]
    pub fn taken(self, from: &[u8], block: &[u8], to: &mut Vec<u8>) -> Self {
        if self.in_file().is_some() { self } else { Self::of(self.get(from, block), to, &[]) }
    }

    /// The place of `text` in the block, if it lies there.
    #[must_use]
    #[inline]
    pub fn in_block(text: &[u8], block: &[u8]) -> Option<Self> {
        let start = (text.as_ptr() as usize).wrapping_sub(block.as_ptr() as usize);
        let inside = start <= block.len() && text.len() <= block.len() - start && start < Self::IN_FILE as usize;
        inside.then(|| Self::new(start as u32 | Self::IN_BLOCK, text.len()))
    }

    /// Puts `text` into the store, or finds it in the block.
    #[inline]
    pub fn of(text: &[u8], store: &mut Vec<u8>, block: &[u8]) -> Self {
        Self::in_block(text, block).unwrap_or_else(|| {
            if store.len() >= Self::IN_FILE as usize {
                return Self::new(0, 0);
            }
            let start = store.len() as u32;
            store.extend_from_slice(text);
            Self::new(start, text.len())
        })
    }

    /// The text; nothing where it is in a file only.
    #[inline]
    #[must_use]
    pub fn get<'t>(self, store: &'t [u8], block: &'t [u8]) -> &'t [u8] {
        let start = (self.start & !Self::IN_BLOCK) as usize;
        let from = if self.start & Self::IN_BLOCK == 0 { store } else { block };
        from.get(start..start + self.len() as usize).unwrap_or_default()
    }
}
