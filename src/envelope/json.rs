//! Objects that journalctl (`-o json`, `json-pretty`) and Docker (`json-file`) write.
//!
//! It must not know what the text in them says.  Examples: `{"MESSAGE":"...","_HOSTNAME":"mx1",...}`,
//! `{"log":"...\n","stream":"stdout","time":"2024-11-03T09:15:02.123456789Z"}`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::journal::{FIELDS, Fields, field_index};
use super::{ENTRY_MAX, clean, first_line};

/// An object of one of the two kinds.
pub(super) enum Object<'b> {
    Docker(Docker<'b>),
    Journal(JournalFields<'b>),
}

/// A line of Docker's `json-file` driver.
pub(super) struct Docker<'b> {
    pub log: Cow<'b, [u8]>,
    pub stream: Cow<'b, [u8]>,
    pub time: Cow<'b, [u8]>,
    /// Goes on in the next line of this stream.
    pub partial: bool,
}

/// The fields of a journal entry; some had to be unescaped.
pub(super) struct JournalFields<'b>([Option<Cow<'b, [u8]>>; FIELDS]);

enum Place<'b> {
    Block(&'b [u8]),
    Scratch(Range<usize>),
}

/// Fields whose unescaped values lie in the scratch.
pub(super) struct Placed<'b>([Option<Place<'b>>; FIELDS]);

impl<'b> JournalFields<'b> {
    /// Moves what had to be unescaped into `scratch`.
    pub(super) fn place(self, scratch: &mut Vec<u8>) -> Placed<'b> {
        Placed(self.0.map(|value| {
            value.map(|value| match value {
                Cow::Borrowed(text) => Place::Block(text),
                Cow::Owned(text) => {
                    let start = scratch.len();
                    scratch.extend_from_slice(&text);
                    Place::Scratch(start..scratch.len())
                }
            })
        }))
    }
}

impl<'b> Placed<'b> {
    pub(super) fn fields<'s>(self, scratch: &'s [u8]) -> Fields<'s>
    where
        'b: 's,
    {
        Fields(self.0.map(|place| {
            place.map(|place| match place {
                Place::Block(text) => text,
                Place::Scratch(range) => scratch.get(range).unwrap_or_default(),
            })
        }))
    }
}

/// Reads one object; None when it is neither a journal entry nor a Docker line.
pub(super) fn object(text: &[u8]) -> Option<Object<'_>> {
    if let Ok(Raw(raw)) = serde_json::from_slice::<Raw<'_>>(text) {
        return raw.object();
    }
    // Bytes that are no UTF-8 within a JSON string: no program should write them, some do.
    if std::str::from_utf8(text).is_ok() {
        return None;
    }
    let lossy = String::from_utf8_lossy(text);
    let Raw(raw) = serde_json::from_str::<Raw<'_>>(&lossy).ok()?;
    raw.into_owned().object()
}

/// `{` on a line of its own up to `}` on one: the text, its lines and its length with the line end.
pub(super) fn pretty(block: &[u8]) -> Option<(&[u8], u32, usize)> {
    let open = memchr::memchr(b'{', block)?;
    let (mut at, mut lines) = (first_line(block).1, 1);
    while at < ENTRY_MAX {
        let (line, length) = first_line(block.get(at..)?);
        let line = clean(line);
        if length == 0 || !matches!(line.first(), Some(b'\t' | b' ' | b'}')) {
            return None;
        }
        at += length;
        lines += 1;
        if line == b"}" {
            return Some((block.get(open..at)?, lines, at));
        }
    }
    None
}

/// All fields that may matter, by place; the first of a name counts.
struct RawFields<'b> {
    journal: [Option<Cow<'b, [u8]>>; FIELDS],
    log: Option<Cow<'b, [u8]>>,
    stream: Option<Cow<'b, [u8]>>,
    time: Option<Cow<'b, [u8]>>,
    piece: Option<Cow<'b, [u8]>>,
}

struct Raw<'b>(RawFields<'b>);

impl<'b> RawFields<'b> {
    fn object(self) -> Option<Object<'b>> {
        if self.journal.iter().any(Option::is_some) {
            return Some(Object::Journal(JournalFields(self.journal)));
        }
        let log = self.log?;
        // Fluent Bit's `_p` says it; Docker says it by the missing line end.
        let partial = match self.piece.as_deref() {
            Some(mark) => mark == b"P",
            None => !log.ends_with(b"\n"),
        };
        Some(Object::Docker(Docker {
            log,
            stream: self.stream.unwrap_or_default(),
            time: self.time.unwrap_or_default(),
            partial,
        }))
    }

    fn into_owned<'o>(self) -> RawFields<'o> {
        let own = |value: Option<Cow<'b, [u8]>>| value.map(|value| Cow::Owned(value.into_owned()));
        RawFields {
            journal: self.journal.map(own),
            log: own(self.log),
            stream: own(self.stream),
            time: own(self.time),
            piece: own(self.piece),
        }
    }
}

/// A value as far as it is text: a string, numbers as bytes (journald's way with binary data), or the
/// first of several (a field that was given more than once).
enum Value<'b> {
    None,
    Text(Cow<'b, [u8]>),
    Number(u64),
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Borrowed(text.as_bytes())))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(text.as_bytes().to_vec())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Value::None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Value::None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Value::None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut bytes = Vec::new();
        let mut text = None;
        while let Some(item) = items.next_element::<Value<'de>>()? {
            match item {
                Value::Number(number) => bytes.push(u8::try_from(number).unwrap_or(b'?')),
                Value::Text(first) => {
                    text.get_or_insert(first);
                }
                Value::None => {}
            }
        }
        Ok(Value::Text(text.unwrap_or(Cow::Owned(bytes))))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::None)
    }
}

impl<'b> Value<'b> {
    fn text(self) -> Option<Cow<'b, [u8]>> {
        match self {
            Value::None => None,
            Value::Text(text) => Some(text),
            Value::Number(number) => Some(Cow::Owned(number.to_string().into_bytes())),
        }
    }
}

/// A key; most are plain and can be borrowed.
struct Key<'b>(Cow<'b, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

impl<'de> Deserialize<'de> for Raw<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RawVisitor).map(Raw)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawFields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut raw = RawFields { journal: [const { None }; FIELDS], log: None, stream: None, time: None, piece: None };
        while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
            let slot = match &*key {
                "log" => Some(&mut raw.log),
                "stream" => Some(&mut raw.stream),
                "time" => Some(&mut raw.time),
                "_p" => Some(&mut raw.piece),
                other => field_index(other.as_bytes()).and_then(|index| raw.journal.get_mut(index)),
            };
            match slot {
                Some(slot @ None) => *slot = map.next_value::<Value<'de>>()?.text(),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(raw)
    }
}
