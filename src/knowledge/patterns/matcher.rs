//! Tries a pattern on a text without compiling it to an automaton.
//!
//! A rule's pattern is tried on a handful of templates in most runs; a regular expression takes a hundred times
//! longer to build than to run.  So the first tries are made by walking the pattern itself, with steps counted:
//! what takes too many is left to the regular expression, as is every pattern with anything in it that the
//! rules seldom need.  The answers are the same.

/// A pattern, read.
#[derive(Debug)]
pub(super) struct Matcher {
    alternatives: Vec<Sequence>,
}

type Sequence = Vec<Piece>;

/// One thing and how often it stands there.
#[derive(Debug)]
struct Piece {
    what: What,
    least: u32,
    most: u32,
}

#[derive(Debug)]
enum What {
    Bytes(Vec<u8>),
    Set(Set),
    Either(Vec<Sequence>),
    WordEdge,
    Begin,
    End,
}

/// Bytes, one bit each.
#[derive(Debug, Clone, Copy, Default)]
struct Set([u64; 4]);

impl Set {
    /// All bytes for which it holds.
    const fn of(ranges: &[(u8, u8)]) -> Self {
        let (mut set, mut i) = ([0; 4], 0);
        while i < ranges.len() {
            let (mut byte, last) = ranges[i];
            loop {
                set[(byte / 64) as usize] |= 1 << (byte % 64);
                if byte >= last {
                    break;
                }
                byte += 1;
            }
            i += 1;
        }
        Self(set)
    }

    const fn not(self) -> Self {
        let Self([a, b, c, d]) = self;
        Self([!a, !b, !c, !d])
    }

    fn and(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(a, b)| *a |= b);
    }

    fn has(self, byte: u8) -> bool {
        self.0[usize::from(byte / 64)] >> (byte % 64) & 1 == 1
    }
}

/// More steps than this in one text are too many.
const MOST_STEPS: u32 = 20_000;

/// So deep may steps nest: a frame takes some hundred bytes of the stack.
const DEEPEST: u32 = 600;

/// Groups within groups, at most.
const MOST_GROUPS: usize = 20;

impl Matcher {
    /// Reads a pattern; None where it has something that is not known here.
    pub(super) fn read(pattern: &str) -> Option<Self> {
        let mut reader = Reader { rest: pattern.as_bytes(), depth: 0 };
        let alternatives = reader.alternatives()?;
        reader.rest.is_empty().then_some(Self { alternatives })
    }

    /// Does it match somewhere?  None where that takes too long to say.
    pub(super) fn is_match(&self, text: &[u8]) -> Option<bool> {
        let mut walk = Walk { text, steps: 0, depth: 0 };
        let first = match self.alternatives.as_slice() {
            [only] => only.first().and_then(Piece::first_byte),
            _ => None,
        };
        let mut at = 0;
        loop {
            if let Some(byte) = first {
                match memchr::memchr(byte, text.get(at..)?) {
                    Some(next) => at += next,
                    None => return Some(false),
                }
            }
            for sequence in &self.alternatives {
                if walk.sequence(sequence, at, &mut |_, _| Some(true))? {
                    return Some(true);
                }
            }
            if at >= text.len() {
                return Some(false);
            }
            at += 1;
        }
    }
}

impl Piece {
    fn first_byte(&self) -> Option<u8> {
        match &self.what {
            What::Bytes(bytes) if self.least > 0 => bytes.first().copied(),
            _ => None,
        }
    }
}

/// A try under way.
struct Walk<'t> {
    text: &'t [u8],
    steps: u32,
    depth: u32,
}

/// What comes after a part of a pattern: does the rest match from here?
type Then<'k, 't> = dyn FnMut(&mut Walk<'t>, usize) -> Option<bool> + 'k;

impl<'t> Walk<'t> {
    fn sequence(&mut self, pieces: &[Piece], at: usize, then: &mut Then<'_, 't>) -> Option<bool> {
        match pieces.split_first() {
            None => then(self, at),
            Some((piece, rest)) => self.repeated(piece, 0, at, &mut |walk, at| walk.sequence(rest, at, then)),
        }
    }

    /// `piece`, of which `done` have been found, and then the rest.
    fn repeated(&mut self, piece: &Piece, done: u32, at: usize, then: &mut Then<'_, 't>) -> Option<bool> {
        self.steps += 1;
        if self.steps > MOST_STEPS || self.depth > DEEPEST {
            return None;
        }
        self.depth += 1;
        let found = self.repeated_within(piece, done, at, then);
        self.depth -= 1;
        found
    }

    fn repeated_within(&mut self, piece: &Piece, done: u32, at: usize, then: &mut Then<'_, 't>) -> Option<bool> {
        let rest = self.text.get(at..)?;
        match &piece.what {
            What::Set(set) => {
                let run = rest.iter().take(piece.most as usize).take_while(|b| set.has(**b)).count();
                for length in (piece.least as usize..=run).rev() {
                    self.steps += 1;
                    if then(self, at + length)? {
                        return Some(true);
                    }
                }
                return Some(false);
            }
            What::Bytes(bytes) if piece.least == 1 && piece.most == 1 => {
                return if rest.starts_with(bytes) { then(self, at + bytes.len()) } else { Some(false) };
            }
            _ => {}
        }
        if done < piece.most {
            let mut again = |walk: &mut Self, next: usize| {
                // Nothing found again and again is found often enough.
                if next == at && done >= piece.least {
                    return Some(false);
                }
                walk.repeated(piece, done + 1, next, then)
            };
            if self.one(&piece.what, at, &mut again)? {
                return Some(true);
            }
        }
        if done >= piece.least { then(self, at) } else { Some(false) }
    }

    fn one(&mut self, what: &What, at: usize, then: &mut Then<'_, 't>) -> Option<bool> {
        let word = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        let holds = match what {
            What::Bytes(bytes) => {
                let found = self.text.get(at..)?.starts_with(bytes);
                return if found { then(self, at + bytes.len()) } else { Some(false) };
            }
            What::Set(set) => {
                let found = self.text.get(at).is_some_and(|b| set.has(*b));
                return if found { then(self, at + 1) } else { Some(false) };
            }
            What::Either(alternatives) => {
                for sequence in alternatives {
                    if self.sequence(sequence, at, then)? {
                        return Some(true);
                    }
                }
                return Some(false);
            }
            What::WordEdge => word(at.checked_sub(1).and_then(|i| self.text.get(i))) != word(self.text.get(at)),
            What::Begin => at == 0,
            What::End => at == self.text.len(),
        };
        if holds { then(self, at) } else { Some(false) }
    }
}

struct Reader<'p> {
    rest: &'p [u8],
    depth: usize,
}

impl Reader<'_> {
    fn take(&mut self, byte: u8) -> bool {
        match self.rest {
            [first, rest @ ..] if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn alternatives(&mut self) -> Option<Vec<Sequence>> {
        self.depth += 1;
        if self.depth > MOST_GROUPS {
            return None;
        }
        let mut all = vec![self.sequence()?];
        while self.take(b'|') {
            all.push(self.sequence()?);
        }
        self.depth -= 1;
        Some(all)
    }

    fn sequence(&mut self) -> Option<Sequence> {
        let mut pieces: Sequence = Vec::new();
        while !matches!(self.rest.first(), None | Some(b'|' | b')')) {
            let what = self.atom()?;
            let (least, most) = self.times()?;
            // Bytes that stand there once each are one thing.
            if let (What::Bytes(bytes), 1, 1) = (&what, least, most)
                && let Some(Piece { what: What::Bytes(before), least: 1, most: 1 }) = pieces.last_mut()
            {
                before.extend_from_slice(bytes);
                continue;
            }
            pieces.push(Piece { what, least, most });
        }
        Some(pieces)
    }

    fn times(&mut self) -> Option<(u32, u32)> {
        let times = match self.rest.first() {
            Some(b'?') => (0, 1),
            Some(b'*') => (0, u32::MAX),
            Some(b'+') => (1, u32::MAX),
            Some(b'{') => {
                let close = memchr::memchr(b'}', self.rest)?;
                let inner = std::str::from_utf8(self.rest.get(1..close)?).ok()?;
                self.rest = self.rest.get(close..)?;
                match inner.split_once(',') {
                    None => (inner.parse().ok()?, inner.parse().ok()?),
                    Some((least, "")) => (least.parse().ok()?, u32::MAX),
                    Some((least, most)) => (least.parse().ok()?, most.parse().ok()?),
                }
            }
            _ => return Some((1, 1)),
        };
        self.rest = self.rest.get(1..)?;
        // Whether long or short comes first is all the same for a yes or no.
        let _lazy = self.take(b'?');
        Some(times)
    }

    fn atom(&mut self) -> Option<What> {
        match self.next()? {
            b'(' => {
                if self.take(b'?') && !self.take(b':') {
                    return None;
                }
                let inner = self.alternatives()?;
                self.take(b')').then_some(What::Either(inner))
            }
            b'[' => self.class(),
            b'.' => Some(What::Set(LINE)),
            b'^' => Some(What::Begin),
            b'$' => Some(What::End),
            b'\\' => match self.next()? {
                b'b' => Some(What::WordEdge),
                other => match named_set(other) {
                    Some(set) => Some(What::Set(set)),
                    None => other.is_ascii_punctuation().then(|| What::Bytes(vec![other])),
                },
            },
            b'?' | b'*' | b'+' | b'{' | b')' => None,
            first => {
                let mut bytes = vec![first];
                // A character of several bytes is one thing.
                while let (0xc0.., [next @ 0x80..=0xbf, rest @ ..]) = (first, self.rest) {
                    bytes.push(*next);
                    self.rest = rest;
                }
                Some(What::Bytes(bytes))
            }
        }
    }

    /// `[abc]`, `[^.;]`, `[a-z\d]`.
    fn class(&mut self) -> Option<What> {
        let not = self.take(b'^');
        let mut all = Set::default();
        let mut first = true;
        loop {
            let byte = match self.next()? {
                b']' if !first => break,
                b'\\' => {
                    let escaped = self.next()?;
                    if let Some(set) = named_set(escaped) {
                        all.and(set);
                        first = false;
                        continue;
                    }
                    if !escaped.is_ascii_punctuation() {
                        return None;
                    }
                    escaped
                }
                // Characters of several bytes, and sets within sets.
                0x80.. | b'[' | b'&' | b'~' => return None,
                byte => byte,
            };
            first = false;
            let last = match self.rest {
                [b'-', end, ..] if *end != b']' => {
                    let end = *end;
                    if end == b'\\' || end == b'[' || !end.is_ascii() {
                        return None;
                    }
                    self.rest = self.rest.get(2..)?;
                    end
                }
                _ => byte,
            };
            if last < byte {
                return None;
            }
            all.and(Set::of(&[(byte, last)]));
        }
        Some(What::Set(if not { all.not() } else { all }))
    }
}

const LINE: Set = Set::of(&[(b'\n', b'\n')]).not();
const DIGIT: Set = Set::of(&[(b'0', b'9')]);
const WORD: Set = Set::of(&[(b'0', b'9'), (b'A', b'Z'), (b'_', b'_'), (b'a', b'z')]);
const SPACE: Set = Set::of(&[(b'\t', b'\r'), (b' ', b' ')]);

/// `\d`, `\w`, `\s` and their opposites.
fn named_set(letter: u8) -> Option<Set> {
    Some(match letter {
        b'd' => DIGIT,
        b'D' => DIGIT.not(),
        b'w' => WORD,
        b'W' => WORD.not(),
        b's' => SPACE,
        b'S' => SPACE.not(),
        _ => return None,
    })
}
