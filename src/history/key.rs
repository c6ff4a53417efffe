//! What names a message, and what names a place in the input.

use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::num::NonZeroU64;
use std::sync::LazyLock;

use hashbrown::DefaultHashBuilder;

/// One hasher for the whole process, so that keys made on different threads compare; seeded at
/// random, because the names it hashes come from strangers.
static HASHER: LazyLock<DefaultHashBuilder> = LazyLock::new(DefaultHashBuilder::default);

/// A 64-bit fingerprint of some bytes, the same on all threads of this run only.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> u64 {
    HASHER.hash_one(bytes)
}

const INLINE: usize = 23;

/// A zero, and the place of a line that has no id.
const PLACE: usize = 9;

/// The queue id of one host.  Generations of it (short Postfix ids come again) are told apart by the
/// [correlator](super::correlator).
///
/// The instance (`postfix-out`) is no part of it: `syslog_name` may be set per service, so that one
/// message of one queue is logged under several tags, while ids are unique among the instances of a
/// host: they hold the microsecond and the inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueueKey {
    host: u64,
    /// The id, and its length in the last place.
    id: [u8; INLINE + 1],
}

impl QueueKey {
    /// The key of `id` on the host with this fingerprint.
    ///
    /// No MTA writes ids of more than 23 characters (Exim since 4.97); of longer ones the beginning and a
    /// hash are kept, the same in every run: rows show it.
    #[must_use]
    #[inline]
    pub fn new(host: u64, id: &[u8]) -> Self {
        let mut inline = [0; INLINE + 1];
        match (id.first_chunk::<8>(), id.last_chunk::<8>()) {
            // Nearly all ids: two words that overlap take less time than a copy of any length.
            (Some(begin), Some(end)) if id.len() <= 16 => {
                inline[..8].copy_from_slice(begin);
                inline[id.len() - 8..id.len()].copy_from_slice(end);
            }
            _ => keep(id, &mut inline),
        }
        inline[INLINE] = id.len().min(INLINE) as u8;
        Self { host, id: inline }
    }

    /// The key of a line without an id, which has no other lines to be joined with: its place tells it from them.
    #[must_use]
    pub fn of_line(host: u64, place: Place) -> Self {
        let mut inline = [0; INLINE + 1];
        // No id begins so.
        inline[1..PLACE].copy_from_slice(&place.bits().to_le_bytes());
        Self { host, id: inline }
    }

    /// The key of this [name](QueueKey::name) on the host with this fingerprint.
    #[must_use]
    pub fn named(host: u64, name: &[u8]) -> Self {
        let mut key = Self::new(host, name);
        if name.first() == Some(&0) {
            key.id[INLINE] = 0;
        }
        key
    }

    /// What tells it from the other keys of its host: the id, or what stands for it.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        if self.id().is_empty() { &self.id[..PLACE] } else { self.id() }
    }

    /// The same host, another id.
    #[must_use]
    pub fn sibling(&self, id: &[u8]) -> Self {
        Self::new(self.host, id)
    }

    /// The host's fingerprint.
    #[must_use]
    pub fn host(&self) -> u64 {
        self.host
    }

    /// A fingerprint of host and id.
    #[must_use]
    pub fn print(&self) -> u64 {
        ByHash::default().hash_one(self)
    }

    /// The id as logged; empty for none.
    #[must_use]
    pub fn id(&self) -> &[u8] {
        &self.id[..usize::from(self.id[INLINE])]
    }
}

impl Hash for QueueKey {
    /// Every line about a message looks its key up.  The host's fingerprint is random in each run and unknown to
    /// strangers, so that it does for a seed.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let ([first, second, third], _) = self.id.as_chunks::<8>() else { return };
        let [first, second, third] = [first, second, third].map(|word| u64::from_le_bytes(*word));
        let begin = folded(first ^ self.host, second ^ self.host.rotate_left(32));
        let end = third;
        state.write_u64(folded(begin ^ end, self.host.rotate_left(17) | 1));
    }
}

/// Keeps an id of any length.
fn keep(id: &[u8], inline: &mut [u8; INLINE + 1]) {
    let kept = id.len().min(INLINE);
    inline[..kept].copy_from_slice(&id[..kept]);
    if id.len() > INLINE {
        let mut hash = BuildHasherDefault::<std::hash::DefaultHasher>::default().hash_one(id);
        for byte in &mut inline[INLINE - 8..INLINE] {
            *byte = b"0123456789abcdef"[(hash & 15) as usize];
            hash >>= 4;
        }
    }
}

/// Both halves of a product, as one.
fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Takes what is a hash already: [`fingerprint`]s and [`QueueKey`]s.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 ^= fingerprint(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// Builds hash tables over what is a hash already.
pub type ByHash = BuildHasherDefault<Hashed>;

/// A line's place in the whole input: file, block of the file, line of the block.  Places order lines
/// as they were read; `fold::inputs` turns them into file names and line numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(NonZeroU64);

impl Default for Place {
    fn default() -> Self {
        Self::new(0, 0, 0)
    }
}

impl Place {
    const LINE_BITS: u32 = 24;
    const BLOCK_BITS: u32 = 22;

    /// The place of line `line` (from 0) of block `block` of file `file`.
    #[must_use]
    pub fn new(file: u32, block: u32, line: u32) -> Self {
        let place = (u64::from(file) << (Self::LINE_BITS + Self::BLOCK_BITS))
            | (u64::from(block) << Self::LINE_BITS)
            | u64::from(line.min((1 << Self::LINE_BITS) - 1));
        Self(NonZeroU64::MIN.saturating_add(place))
    }

    fn bits(self) -> u64 {
        self.0.get() - 1
    }

    /// File and block in one number, and the index of the line there.
    #[must_use]
    pub fn block_and_line(self) -> (u64, u32) {
        (self.bits() >> Self::LINE_BITS, self.line())
    }

    /// The place of a line of this block.
    #[must_use]
    pub fn in_block(block: u64, line: u32) -> Self {
        Self(NonZeroU64::MIN.saturating_add(block << Self::LINE_BITS | u64::from(line)))
    }

    /// Index of the file, in the order of time.
    #[must_use]
    pub fn file(self) -> u32 {
        (self.bits() >> (Self::LINE_BITS + Self::BLOCK_BITS)) as u32
    }

    /// Index of the block in its file.
    #[must_use]
    pub fn block(self) -> u32 {
        (self.bits() >> Self::LINE_BITS) as u32 & ((1 << Self::BLOCK_BITS) - 1)
    }

    /// Index of the line in its block.
    #[must_use]
    pub fn line(self) -> u32 {
        self.bits() as u32 & ((1 << Self::LINE_BITS) - 1)
    }
}

/// When and where something was logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Microseconds since 1970 UTC.
    pub time: i64,
    /// The line.
    pub place: Place,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_keep_their_three_parts_and_order() {
        let place = Place::new(3, 70_000, 12_345);
        assert_eq!((place.file(), place.block(), place.line()), (3, 70_000, 12_345));
        assert!(place < Place::new(3, 70_001, 0));
        assert!(place < Place::new(4, 0, 0));
    }

    #[test]
    fn keys_differ_by_host_and_by_every_byte_of_the_id() {
        let (a, b) = (fingerprint(b"mx1"), fingerprint(b"mx2"));
        assert_ne!(QueueKey::new(a, b"4F1"), QueueKey::new(b, b"4F1"));
        let long = b"1t7WhK-0000000089R-0W7E-and-more";
        let longer = b"1t7WhK-0000000089R-0W7E-and-MORE";
        assert_ne!(QueueKey::new(a, long), QueueKey::new(a, longer));
        assert_eq!(QueueKey::new(a, b"1t7WhK-0000000089R-0W7E").id(), b"1t7WhK-0000000089R-0W7E");
    }

    #[test]
    fn lines_without_an_id_have_keys_that_differ() {
        let host = fingerprint(b"mx1");
        let [one, other] = [Place::new(0, 1, 2), Place::new(0, 1, 3)].map(|place| QueueKey::of_line(host, place));
        assert_ne!(one, other);
        assert_eq!((one.id(), one.sibling(b"4F1")), (&b""[..], QueueKey::new(host, b"4F1")));
        for key in [one, other, QueueKey::new(host, b"4F1")] {
            assert_eq!(QueueKey::named(host, key.name()), key);
        }
    }
}
