//! The lines kept as evidence.  They are most of what is kept of recipients in trouble, and few of them are ever shown:
//! so past the first ones they are packed as they come, and only those that are shown are unpacked.

use std::borrow::Cow;

use hashbrown::HashMap;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// Bytes that are packed together.
const PACK: usize = 1 << 16;

/// So many bytes stay as they are: packing takes a twentieth of the time that reading a log takes.
const UNPACKED: u32 = 2 << 20;

/// A line kept as evidence: a piece of [`Lines`], empty where none was kept.  It takes six bytes, for there are millions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[repr(Rust, packed(2))]
pub struct KeptText {
    start: u32,
    len: u16,
}

impl KeptText {
    /// Was no line kept?
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// Lines one behind the other.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    /// Those that are not packed yet.
    open: Vec<u8>,
    /// How many bytes lie before each pack, and the pack.
    packs: Vec<(u32, Pack)>,
    /// How many bytes lie before the open ones.
    before: u32,
}

/// Some lines.
#[derive(Debug, Clone)]
enum Pack {
    AsTheyAre(Box<[u8]>),
    Packed(Box<[u8]>),
}

impl Pack {
    fn of(lines: &[u8], packed: bool) -> Self {
        if packed {
            Self::Packed(lz4_flex::compress_prepend_size(lines).into_boxed_slice())
        } else {
            Self::AsTheyAre(lines.into())
        }
    }

    fn lines(&self) -> Cow<'_, [u8]> {
        match self {
            Self::AsTheyAre(lines) => Cow::Borrowed(lines),
            Self::Packed(packed) => Cow::Owned(lz4_flex::decompress_size_prepended(packed).unwrap_or_default()),
        }
    }
}

impl Lines {
    /// Keeps a line; past four gigabytes of them none.
    pub fn keep(&mut self, line: &[u8]) -> KeptText {
        let (Ok(offset), Ok(len)) = (u32::try_from(self.open.len()), u16::try_from(line.len())) else {
            return KeptText::default();
        };
        let Some(start) = self.before.checked_add(offset).filter(|start| start.checked_add(len.into()).is_some())
        else {
            return KeptText::default();
        };
        self.open.extend_from_slice(line);
        if self.open.len() >= PACK {
            self.packs.push((self.before, Pack::of(&self.open, self.before >= UNPACKED)));
            self.before += self.open.len() as u32;
            self.open.clear();
        }
        KeptText { start, len }
    }

    /// The texts of these lines.
    #[must_use]
    pub fn texts(&self, mut wanted: Vec<KeptText>) -> HashMap<KeptText, Box<[u8]>> {
        wanted.sort_unstable();
        wanted.dedup();
        let pack_of = |&KeptText { start, .. }: &KeptText| {
            if start >= self.before {
                return self.packs.len();
            }
            self.packs.partition_point(|(before, _)| *before <= start).saturating_sub(1)
        };
        let of_packs: Vec<&[KeptText]> = wanted.chunk_by(|a, b| pack_of(a) == pack_of(b)).collect();
        let texts = of_packs.into_par_iter().flat_map_iter(|of_pack| {
            let first = of_pack.first().copied().unwrap_or_default();
            let (before, bytes) = match self.packs.get(pack_of(&first)) {
                Some((before, pack)) => (*before, pack.lines()),
                None => (self.before, Cow::Borrowed(self.open.as_slice())),
            };
            let cut = |text: &KeptText| {
                let start = (text.start - before) as usize;
                let line = bytes.get(start..start + usize::from(text.len)).unwrap_or_default();
                (*text, line.into())
            };
            of_pack.iter().map(cut).collect::<Vec<_>>()
        });
        texts.collect::<Vec<_>>().into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_comes_back() {
        let mut lines = Lines::default();
        let line = |n: u32| format!("Mar  2 08:00:{:02} mx1 postfix/smtp[13]: {n:X}: to=<ann@host.example>", n % 60);
        let kept: Vec<(u32, KeptText)> = (0..200_000).map(|n| (n, lines.keep(line(n).as_bytes()))).collect();
        assert!(matches!(lines.packs.first(), Some((0, Pack::AsTheyAre(_)))));
        assert!(matches!(lines.packs.last(), Some((_, Pack::Packed(_)))) && !lines.open.is_empty());
        let wanted = kept.iter().rev().filter(|(n, _)| n % 71 == 0).map(|(_, text)| *text).collect();
        let texts = lines.texts(wanted);
        assert_eq!(texts.len(), 200_000_usize.div_ceil(71));
        for (n, text) in kept.iter().filter(|(n, _)| n % 71 == 0) {
            assert_eq!(texts.get(text).map(AsRef::as_ref), Some(line(*n).as_bytes()));
        }
    }
}
