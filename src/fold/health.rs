//! What was read and how well it was understood.

use hashbrown::HashMap;

use crate::event::Mta;
use crate::history::key::Place;

/// How many unparsed lines are shown.
const EXAMPLES: usize = 3;

/// Longest part of an unparsed line that is shown, in bytes.
const EXAMPLE_LENGTH: usize = 1000;

/// Counts of one file.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileHealth {
    /// Decompressed bytes.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
    /// Lines by MTA, in the order of [`Mta`].
    pub mta: [u64; Mta::ALL.len()],
    /// Lines of an MTA that no rule knows.
    pub unparsed: u64,
}

/// What was read of a stretch of the log.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// By file index.
    pub files: HashMap<u32, FileHealth>,
    /// Lines of each block, by file and block index.
    pub blocks: HashMap<(u32, u32), u32>,
    /// Where blocks begin that can be read again, in bytes of their file.
    pub positions: HashMap<(u32, u32), u64>,
    /// Lines that carry no event, by rule; complete after [`Health::finish`].
    pub quiet: HashMap<&'static str, u64>,
    /// The same by the place of the rule's name in memory, which one name may have several of.
    kinds: Vec<(&'static str, u64)>,
    /// The first unparsed lines.
    pub examples: Vec<(Place, Box<[u8]>)>,
    /// All unparsed lines, where they are wanted.
    pub unparsed: Vec<Box<[u8]>>,
    /// Time of the first and the last line of an MTA in the window, in microseconds.
    pub window: Option<(i64, i64)>,
}

impl Health {
    /// Forgets all but where lines stand.
    pub fn begin_counting(&mut self) {
        let blocks = std::mem::take(&mut self.blocks);
        *self = Self { blocks, ..Self::default() };
    }

    /// Counts lines of a file.
    pub fn lines(&mut self, file: u32, bytes: u64, lines: u64, mta: [u64; Mta::ALL.len()]) {
        let count = self.files.entry(file).or_default();
        count.bytes += bytes;
        count.lines += lines;
        count.mta.iter_mut().zip(mta).for_each(|(sum, lines)| *sum += lines);
    }

    /// Widens the window to this time.
    pub fn saw(&mut self, time: i64) {
        let window = self.window.get_or_insert((time, time));
        window.0 = window.0.min(time);
        window.1 = window.1.max(time);
    }

    /// Counts a line that carries no event.  A log has few kinds of them, and many lines of each.
    pub fn quiet(&mut self, kind: &'static str) {
        match self.kinds.iter_mut().find(|(known, _)| std::ptr::eq(*known, kind)) {
            Some((_, lines)) => *lines += 1,
            None => self.kinds.push((kind, 1)),
        }
    }

    /// Nothing more comes.
    pub fn finish(&mut self) {
        for (kind, lines) in self.kinds.drain(..) {
            *self.quiet.entry(kind).or_default() += lines;
        }
    }

    /// Counts a line of an MTA that no rule knows.
    pub fn unparsed(&mut self, place: Place, raw: &[u8], keep: bool) {
        self.files.entry(place.file()).or_default().unparsed += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push((place, raw[..raw.len().min(EXAMPLE_LENGTH)].into()));
        }
        if keep {
            self.unparsed.push(raw.into());
        }
    }

    /// Adds what was read of another stretch, and leaves it empty.
    pub fn absorb(&mut self, other: &mut Self) {
        // Every field is named: a new one cannot be forgotten.
        let Self { files, blocks, positions, kinds, quiet, examples, unparsed, window } = other;
        for (file, count) in files.drain() {
            let sum = self.files.entry(file).or_default();
            sum.bytes += count.bytes;
            sum.lines += count.lines;
            sum.mta.iter_mut().zip(count.mta).for_each(|(s, c)| *s += c);
            sum.unparsed += count.unparsed;
        }
        self.blocks.extend(blocks.drain());
        self.positions.extend(positions.drain());
        for (kind, lines) in kinds.drain(..).chain(quiet.drain()) {
            *self.quiet.entry(kind).or_default() += lines;
        }
        self.examples.append(examples);
        self.examples.sort_unstable();
        self.examples.truncate(EXAMPLES);
        self.unparsed.append(unparsed);
        if let Some((first, last)) = window.take() {
            self.saw(first);
            self.saw(last);
        }
    }
}
