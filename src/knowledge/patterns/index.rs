//! Finds which of many strings stand in a text, by three bytes of each.

use super::Edges;

/// Bytes that are looked up at a time.
pub(super) const GRAM: usize = 3;

/// Slots of the table, a power of two.
const SLOTS: usize = 1 << 13;

/// Strings by three bytes of theirs that few others have.
#[derive(Debug)]
pub(super) struct Index {
    /// By hash: one more than the first entry.
    heads: Box<[u16; SLOTS]>,
    entries: Vec<IndexEntry>,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct IndexEntry {
    /// Where the string stands in `bytes`.
    begin: u32,
    length: u16,
    /// Where the three bytes stand in it.
    offset: u16,
    pattern: u32,
    edges: Edges,
    /// One more than the next entry of the slot.
    next: u16,
}

fn slot(gram: &[u8]) -> usize {
    let [a, b, c] = gram else { return 0 };
    let key = u32::from(*a) | u32::from(*b) << 8 | u32::from(*c) << 16;
    (key.wrapping_mul(0x9e37_79b1) >> (32 - SLOTS.trailing_zeros())) as usize
}

impl Index {
    pub(super) fn new(strings: Vec<(Vec<u8>, Edges, u32)>) -> Self {
        // The strings themselves say which bytes are common in replies.
        let mut common = vec![0u16; SLOTS];
        for gram in strings.iter().flat_map(|(s, ..)| s.windows(GRAM)) {
            common[slot(gram)] = common[slot(gram)].saturating_add(1);
        }
        let mut index =
            Self { heads: Box::new([0; SLOTS]), entries: Vec::with_capacity(strings.len()), bytes: Vec::new() };
        for (string, edges, pattern) in strings {
            let offset = (0..=string.len() - GRAM).min_by_key(|i| common[slot(&string[*i..*i + GRAM])]).unwrap_or(0);
            let head = &mut index.heads[slot(&string[offset..offset + GRAM])];
            let entry = IndexEntry {
                begin: index.bytes.len() as u32,
                length: string.len() as u16,
                offset: offset as u16,
                pattern,
                edges,
                next: *head,
            };
            // Far more patterns than anybody writes by hand; those beyond are never tried.
            if let Ok(number) = u16::try_from(index.entries.len() + 1) {
                *head = number;
                index.entries.push(entry);
                index.bytes.extend_from_slice(&string);
            }
        }
        index
    }

    pub(super) fn scan(&self, text: &[u8], mut found: impl FnMut(u32)) {
        for (at, gram) in text.windows(GRAM).enumerate() {
            let mut next = self.heads[slot(gram)];
            while let Some(entry) = usize::from(next).checked_sub(1).and_then(|i| self.entries.get(i)) {
                next = entry.next;
                let string = self.bytes.get(entry.begin as usize..entry.begin as usize + usize::from(entry.length));
                let begin = at.checked_sub(usize::from(entry.offset));
                let here = begin.and_then(|b| text.get(b..b + usize::from(entry.length)));
                if let (Some(begin), Some(here)) = (begin, here)
                    && Some(here) == string
                    && entry.edges.left.holds(here.first(), begin.checked_sub(1).and_then(|i| text.get(i)))
                    && entry.edges.right.holds(here.last(), text.get(begin + here.len()))
                {
                    found(entry.pattern);
                }
            }
        }
    }
}
