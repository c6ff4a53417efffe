//! Where passages lie when there are many: the first megabytes as they were written, the next ones packed; where that
//! is not enough, all of them in a file without a name, so that memory does not grow with the log.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};

use super::packer::{Packer, Unpacker};

/// So many bytes stay as they are: packing takes as long as reading some of the log.
const AS_THEY_ARE: usize = 24 << 20;

/// So many bytes that are packed stay in memory.
const IN_MEMORY: usize = 16 << 20;

/// Bytes that were put away.
#[derive(Debug)]
pub(super) enum Pack {
    AsTheyAre(Box<[u8]>),
    /// So many bytes, packed.
    Packed(usize, Box<[u8]>),
    /// So many bytes, packed, at this place in the file: so many there.
    InFile(usize, u64, usize),
}

/// Puts bytes away.
#[derive(Debug, Default)]
pub(super) struct Store {
    as_they_are: usize,
    in_memory: usize,
    packer: Packer,
    /// One that could not be made is not tried again.
    file: Option<io::Result<File>>,
    end: u64,
    lost: AtomicBool,
}

impl Store {
    pub(super) fn put(&mut self, bytes: &[u8]) -> Pack {
        if self.as_they_are + bytes.len() <= AS_THEY_ARE {
            self.as_they_are += bytes.len();
            return Pack::AsTheyAre(bytes.into());
        }
        let Some(packed) = self.packer.pack(bytes) else { return Pack::AsTheyAre(bytes.into()) };
        if self.in_memory + packed.len() > IN_MEMORY
            && let Some(at) = self.write(&packed)
        {
            return Pack::InFile(bytes.len(), at, packed.len());
        }
        self.in_memory += packed.len();
        Pack::Packed(bytes.len(), packed.into_boxed_slice())
    }

    /// Where the file is in use: takes there what was put away before it was.
    pub(super) fn move_to_file(&mut self, pack: &mut Pack) {
        if self.end == 0 {
            return;
        }
        let (len, packed) = match pack {
            Pack::AsTheyAre(bytes) => (bytes.len(), self.packer.pack(bytes).map(Cow::Owned)),
            Pack::Packed(len, packed) => (*len, Some(Cow::Borrowed(&**packed))),
            Pack::InFile(..) => return,
        };
        if let Some(packed) = packed
            && let Some(at) = self.write(&packed)
        {
            *pack = Pack::InFile(len, at, packed.len());
        }
    }

    /// Puts bytes into the file; where that cannot be, on a full disk for one, they stay in memory.
    fn write(&mut self, packed: &[u8]) -> Option<u64> {
        let file = self.file.get_or_insert_with(tempfile::tempfile);
        let at = self.end;
        file.as_ref().ok()?.write_all_at(packed, at).ok()?;
        self.end += packed.len() as u64;
        Some(at)
    }

    /// The bytes again.
    pub(super) fn get<'p>(&self, pack: &'p Pack, unpacker: &mut Unpacker) -> Cow<'p, [u8]> {
        let bytes = match pack {
            Pack::AsTheyAre(bytes) => return Cow::Borrowed(bytes),
            Pack::Packed(len, packed) => unpacker.unpack(packed, *len),
            Pack::InFile(len, at, packed) => self.read(*at, *packed).and_then(|packed| unpacker.unpack(&packed, *len)),
        };
        Cow::Owned(bytes.unwrap_or_else(|| {
            self.lost.store(true, Ordering::Relaxed);
            Vec::new()
        }))
    }

    fn read(&self, at: u64, len: usize) -> Option<Vec<u8>> {
        let mut packed = vec![0; len];
        self.file.as_ref()?.as_ref().ok()?.read_exact_at(&mut packed, at).ok()?;
        Some(packed)
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
        let mut packs: Vec<Pack> = (0..30).map(|n| store.put(&text(n))).collect();
        store.as_they_are = AS_THEY_ARE;
        packs.extend((30..60).map(|n| store.put(&text(n))));
        store.in_memory = IN_MEMORY;
        packs.extend((60..90).map(|n| store.put(&text(n))));
        let check = |store: &Store, packs: &[Pack], kinds: [usize; 3]| {
            let mut seen = [0; 3];
            for (n, pack) in packs.iter().enumerate() {
                let kind = match pack {
                    Pack::AsTheyAre(_) => 0,
                    Pack::Packed(..) => 1,
                    Pack::InFile(..) => 2,
                };
                seen[kind] += 1;
                assert_eq!(*store.get(pack, &mut Unpacker::default()), text(n));
            }
            assert_eq!((seen, store.has_lost()), (kinds, false));
        };
        check(&store, &packs, [30, 30, 30]);
        packs.iter_mut().for_each(|pack| store.move_to_file(pack));
        check(&store, &packs, [0, 0, 90]);
    }

    #[test]
    fn what_is_lost_is_told() {
        let mut store = Store { as_they_are: AS_THEY_ARE, in_memory: IN_MEMORY, ..Store::default() };
        let pack = store.put(b"ann@host.example");
        store.file.as_ref().unwrap().as_ref().unwrap().set_len(0).unwrap();
        assert!(store.get(&pack, &mut Unpacker::default()).is_empty() && store.has_lost());
    }
}
