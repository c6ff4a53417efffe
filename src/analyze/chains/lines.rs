//! The lines kept as evidence.  They are most of what is kept of recipients in trouble, and few of them are ever shown:
//! so they are packed as they come, and only the shown ones are unpacked.

use hashbrown::HashMap;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// Bytes that are packed together.
const PACK: usize = 1 << 16;

/// A line kept as evidence: a piece of [`Lines`], empty where none was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
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
    packs: Vec<(u32, Box<[u8]>)>,
    /// How many bytes lie before the open ones.
    before: u32,
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
            self.packs.push((self.before, lz4_flex::compress_prepend_size(&self.open).into_boxed_slice()));
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
        let pack_of = |text: &KeptText| match text.start {
            open if open >= self.before => self.packs.len(),
            packed => self.packs.partition_point(|(before, _)| *before <= packed).saturating_sub(1),
        };
        let of_packs: Vec<&[KeptText]> = wanted.chunk_by(|a, b| pack_of(a) == pack_of(b)).collect();
        let texts = of_packs.into_par_iter().flat_map_iter(|of_pack| {
            let first = of_pack.first().copied().unwrap_or_default();
            let unpacked;
            let (before, bytes) = match self.packs.get(pack_of(&first)) {
                Some((before, pack)) => {
                    unpacked = lz4_flex::decompress_size_prepended(pack).unwrap_or_default();
                    (*before, unpacked.as_slice())
                }
                None => (self.before, self.open.as_slice()),
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
        let kept: Vec<(u32, KeptText)> = (0..5_000).map(|n| (n, lines.keep(line(n).as_bytes()))).collect();
        assert!(lines.packs.len() > 3 && !lines.open.is_empty());
        let wanted = kept.iter().rev().filter(|(n, _)| n % 7 == 0).map(|(_, text)| *text).collect();
        let texts = lines.texts(wanted);
        assert_eq!(texts.len(), 5_000_usize.div_ceil(7));
        for (n, text) in kept.iter().filter(|(n, _)| n % 7 == 0) {
            assert_eq!(texts.get(text).map(AsRef::as_ref), Some(line(*n).as_bytes()));
        }
    }
}
