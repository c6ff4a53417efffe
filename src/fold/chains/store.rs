//! Where passages lie when there are many: the first megabytes in memory; where that is not enough, all of them in a file
//! without a name, so that memory does not grow with the log.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};

use super::packer::{Packer, Unpacker};

/// So many bytes stay as they are, whatever they are: packing takes as long as reading some of the log.
const AS_THEY_ARE: usize = 24 << 20;

/// So many bytes, packed or not, stay in memory.
const IN_MEMORY: usize = 40 << 20;

/// Bytes that were put away.
#[derive(Debug)]
pub(super) struct Pack {
    place: Place,
    /// They are packed: so many they were.
    packed_from: Option<usize>,
}

#[derive(Debug)]
enum Place {
    Memory(Box<[u8]>),
    /// So many bytes from there on.
    File(u64, usize),
}

/// What bytes are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Matter {
    /// Numbers and addresses: packed they are still more than half as many.
    #[default]
    Terse,
    /// Whole lines among them, which pack well.
    Lines,
}

/// Puts bytes away.
#[derive(Debug, Default)]
pub(super) struct Store {
    in_memory: usize,
    packer: Packer,
    /// One that could not be made is not tried again.
    file: Option<io::Result<File>>,
    end: u64,
    lost: AtomicBool,
}

impl Store {
    pub(super) fn put(&mut self, bytes: &[u8], matter: Matter) -> Pack {
        let packs = matter == Matter::Lines && self.in_memory + bytes.len() > AS_THEY_ARE;
        let packed = if packs { self.packer.pack(bytes) } else { None };
        let packed_from = packed.is_some().then_some(bytes.len());
        let bytes = packed.map_or(Cow::Borrowed(bytes), Cow::Owned);
        if self.in_memory + bytes.len() > IN_MEMORY
            && let Some(at) = self.write(&bytes)
        {
            return Pack { place: Place::File(at, bytes.len()), packed_from };
        }
        self.in_memory += bytes.len();
        Pack { place: Place::Memory(bytes.into()), packed_from }
    }

    /// Where the file is in use: takes there what was put away before it was.
    pub(super) fn move_to_file(&mut self, pack: &mut Pack) {
        if self.end > 0
            && let Place::Memory(bytes) = &pack.place
            && let Some(at) = self.write(bytes)
        {
            pack.place = Place::File(at, bytes.len());
        }
    }

    /// Puts bytes into the file; where that cannot be, on a full disk for one, they stay in memory.
    fn write(&mut self, bytes: &[u8]) -> Option<u64> {
        let file = self.file.get_or_insert_with(tempfile::tempfile);
        let at = self.end;
        file.as_ref().ok()?.write_all_at(bytes, at).ok()?;
        self.end += bytes.len() as u64;
        Some(at)
    }

    /// The bytes again.
    pub(super) fn get<'p>(&self, pack: &'p Pack, unpacker: &mut Unpacker) -> Cow<'p, [u8]> {
        let stored = match &pack.place {
            Place::Memory(bytes) => Some(Cow::Borrowed(&**bytes)),
            Place::File(at, len) => self.read(*at, *len).map(Cow::Owned),
        };
        let bytes = match pack.packed_from {
            None => stored,
            Some(len) => stored.and_then(|packed| unpacker.unpack(&packed, len)).map(Cow::Owned),
        };
        bytes.unwrap_or_else(|| {
            self.lost.store(true, Ordering::Relaxed);
            Cow::Borrowed(&[])
        })
    }

    fn read(&self, at: u64, len: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; len];
        self.file.as_ref()?.as_ref().ok()?.read_exact_at(&mut bytes, at).ok()?;
        Some(bytes)
    }

    /// Could something not be read again?
    pub(super) fn has_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_away_comes_back_from_everywhere() {
        let mut store = Store::default();
        let text = |n: usize| format!("{n} ann@host-{}.example\n", n % 977).repeat(1 + n % 60).into_bytes();
        let matter = |n: usize| if n.is_multiple_of(2) { Matter::Lines } else { Matter::Terse };
        let mut packs: Vec<Pack> = (0..30).map(|n| store.put(&text(n), matter(n))).collect();
        store.in_memory = AS_THEY_ARE;
        packs.extend((30..60).map(|n| store.put(&text(n), matter(n))));
        store.in_memory = IN_MEMORY;
        packs.extend((60..90).map(|n| store.put(&text(n), matter(n))));
        let check = |store: &Store, packs: &[Pack], in_file: usize| {
            for (n, pack) in packs.iter().enumerate() {
                assert_eq!(pack.packed_from.is_some(), n >= 30 && matter(n) == Matter::Lines);
                assert_eq!(*store.get(pack, &mut Unpacker::default()), text(n));
            }
            let found = packs.iter().filter(|pack| matches!(pack.place, Place::File(..))).count();
            assert_eq!((found, store.has_lost()), (in_file, false));
        };
        check(&store, &packs, 30);
        packs.iter_mut().for_each(|pack| store.move_to_file(pack));
        check(&store, &packs, 90);
    }

    #[test]
    fn what_is_lost_is_told() {
        for matter in [Matter::Terse, Matter::Lines] {
            let mut store = Store { in_memory: IN_MEMORY, ..Store::default() };
            let pack = store.put(b"ann@host.example", matter);
            store.file.as_ref().unwrap().as_ref().unwrap().set_len(0).unwrap();
            assert!(store.get(&pack, &mut Unpacker::default()).is_empty() && store.has_lost());
        }
    }
}
