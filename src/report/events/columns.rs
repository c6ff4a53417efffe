//! The columns of `events`: one table, from which the header, the keys, the Parquet schema and `schema events` are
//! made.
//!
//! A column is never renamed, moved or given another meaning within schema 1; new ones come last.

use serde_json::{Map, Value, json};

use crate::analyze::EventRow;
use crate::analyze::analysis::Direction;
use crate::smtp::EnhancedCode;

/// The name of this schema; it stands in the metadata of a Parquet file.
pub const SCHEMA: &str = "mailrake.events/1";

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A moment: RFC 3339 with the zone's offset as text, microseconds UTC as Parquet.
    Time,
    /// UTF-8; bytes of the log that are none are U+FFFD.
    Text,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// Seconds with up to six decimals.
    Seconds,
    /// `true` or `false`.
    Boolean,
}

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// The log does not say it.
    Null,
    /// Of [`Kind::Text`].
    Text(&'a str),
    /// The same, a word of ours: letters, digits, `-` and `_`, which look the same everywhere.
    Word(&'static str),
    /// The same, an enhanced code.
    Enhanced(EnhancedCode),
    /// Of [`Kind::Int32`] and [`Kind::Int64`].
    Int(i64),
    /// Of [`Kind::Time`]: microseconds since 1970 UTC.
    Time(i64),
    /// Of [`Kind::Seconds`]: microseconds.
    Seconds(u64),
    /// Of [`Kind::Boolean`].
    Boolean(bool),
}

/// One column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name, which is the key too.
    pub name: &'static str,
    /// What its cells are.
    pub kind: Kind,
    /// Whether a cell can be missing: then it is `null`, in CSV an empty cell without quotes.
    pub nullable: bool,
    /// What it says.
    pub doc: &'static str,
    /// The cell of a row.
    pub cell: for<'r> fn(&'r EventRow<'_>) -> Cell<'r>,
}

/// Takes the cells of a row.
pub trait Cells {
    /// The next one; `key` is what stands before it in JSON.
    fn cell(&mut self, key: &'static str, cell: Cell<'_>);
}

/// Where a cell comes from.
trait IntoCell {
    fn cell(&self) -> Cell<'_>;
}

impl IntoCell for &'static str {
    #[inline]
    fn cell(&self) -> Cell<'_> {
        Cell::Word(self)
    }
}

impl IntoCell for std::borrow::Cow<'_, str> {
    #[inline]
    fn cell(&self) -> Cell<'_> {
        Cell::Text(self)
    }
}

impl IntoCell for bool {
    #[inline]
    fn cell(&self) -> Cell<'_> {
        Cell::Boolean(*self)
    }
}

impl IntoCell for EnhancedCode {
    #[inline]
    fn cell(&self) -> Cell<'_> {
        Cell::Enhanced(*self)
    }
}

macro_rules! int_cells {
    ($($int:ty)*) => {$(
        impl IntoCell for $int {
            #[inline]
            fn cell(&self) -> Cell<'_> {
                Cell::Int(i64::try_from(*self).unwrap_or(i64::MAX))
            }
        }
    )*};
}

int_cells!(u16 u32 u64 i64);

impl<T: IntoCell> IntoCell for Option<T> {
    #[inline]
    fn cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Null, T::cell)
    }
}

/// `name: Kind, nullable or not, what it says`, and how the cell comes out of the row where not by its name.
macro_rules! columns {
    (@cell $row:ident $name:ident) => { $row.$name.cell() };
    (@cell $row:ident $name:ident $cell:expr) => { { let of: for<'r> fn(&'r EventRow<'_>) -> Cell<'r> = $cell; of($row) } };
    (@null required) => { false };
    (@null nullable) => { true };
    ($($name:ident: $kind:ident $null:ident $(= $cell:expr)?, $doc:literal;)*) => {
        /// Every column, in order.
        pub const COLUMNS: [Column; [$(stringify!($name)),*].len()] = [$(Column {
            name: stringify!($name),
            kind: Kind::$kind,
            nullable: columns!(@null $null),
            doc: $doc,
            cell: |row| columns!(@cell row $name $($cell)?),
        }),*];

        /// Shows every cell of a row, in order.  Each column has code of its own here: asking [`COLUMNS`] for one cell
        /// after the other takes much longer.
        #[inline]
        pub fn each_cell(row: &EventRow<'_>, to: &mut impl Cells) {
            $(to.cell(concat!("\"", stringify!($name), "\":"), columns!(@cell row $name $($cell)?));)*
        }
    };
}

columns! {
    time: Time required = |row| Cell::Time(row.time), "When it was logged";
    host: Text nullable, "The host that logged it; --host where the line names none";
    mta: Text required = |row| Cell::Word(row.mta.as_str()), "postfix, exim or sendmail";
    queue_id: Text nullable, "Queue id; none for a refusal before there was one";
    message_id: Text nullable, "The Message-ID header, where the log has it";
    direction: Text required = direction, "outbound: we tried them; inbound: they tried us";
    sender: Text nullable, "Envelope sender; empty for the null sender, none where the log does not name it";
    recipient: Text nullable, "Recipient, its domain in lower case";
    domain: Text nullable, "Outbound the recipient's domain, inbound the sender's (<> for the null sender)";
    relay_host: Text nullable, "Name of the next hop; inbound that of the client";
    relay_ip: Text nullable, "Address of the next hop; inbound that of the client";
    stage: Text nullable, "Where in the dialogue: connect, hello, starttls, auth, mail, rcpt, data, end-of-data, other";
    reply_code: Int32 nullable, "Three digits; none when no server replied";
    enhanced_code: Text nullable, "x.y.z of the reply, else as the MTA logged it";
    outcome: Text required, "delivered, deferred, bounced, expired, rejected, discarded; with --all skipped, internal_hop, and unattempted: a message of which no recipient is in the log";
    class: Text nullable, "transient or permanent; none for what succeeded";
    cause: Text nullable, "Why: a word of the taxonomy; none for what succeeded";
    delay_s: Seconds nullable = |row| row.delay_us.map_or(Cell::Null, Cell::Seconds), "Seconds since the message arrived";
    attempt: Int32 nullable, "The how-manieth attempt of this recipient of this message, from 1";
    file: Text required, "The file, as named on the command line or found";
    line: Int64 required, "Line number in the decompressed text, from 1";
    text: Text nullable, "The reply, or the MTA's own reason, as logged";
    time_us: Int64 required = |row| Cell::Int(row.time), "time as microseconds since 1970-01-01 UTC";
    seq: Int64 required, "Number of the row in the run's output, from 1, rows not shown included: time_us, host, seq is a total order";
    first_us: Int64 nullable, "First line that spoke of the message: host, queue_id, first_us, first_line name a message; none for refusals";
    first_line: Int64 nullable, "Number of that line";
    begun: Boolean required, "That line is the message's beginning";
    recipient_no: Int32 nullable, "Number of the recipient in its message, from 1";
    nth_time: Int32 required, "1; 2, 3 ... for further rows of a line that says that it happened several times";
    handed_in_us: Int64 nullable, "When the message was handed in: its first line, or an attempt's time less its delay";
    ended_us: Int64 nullable, "When the recipient left the queue; none while it is in it";
    fate: Text nullable, "What became of the recipient by the end of the log: delivered, handed_on, bounced, expired, discarded, removed, queued";
    onward_id: Text nullable, "Queue id of this host under which the recipient goes on";
    local: Boolean required, "Into a mailbox, file or program of this host";
    held: Boolean required, "The message was held or frozen";
    sender_domain: Text nullable, "The sender's domain in lower case";
    login: Text nullable, "Who logged in to hand it in, or the local user";
    client_ip: Text nullable, "Address of the client that handed it in, or was refused";
    provider: Text nullable = |row| row.provider.map_or(Cell::Null, Cell::Text), "Who runs the next hop, else the domain; outbound and not local only";
    template: Text nullable, "The reply with addresses, ids, times and hosts replaced: equal reasons are equal here";
}

fn direction<'r>(row: &'r EventRow<'_>) -> Cell<'r> {
    Cell::Word(row.direction.as_str())
}

const DIRECTIONS: [&str; 2] = [Direction::Outbound.as_str(), Direction::Inbound.as_str()];

/// The words that a column can hold, where they are few and fixed.
fn words(column: &Column) -> Option<&'static [&'static str]> {
    match column.name {
        "mta" => Some(&["postfix", "exim", "sendmail"]),
        "direction" => Some(&DIRECTIONS),
        "outcome" => Some(&[
            "delivered",
            "deferred",
            "bounced",
            "expired",
            "rejected",
            "discarded",
            "skipped",
            "internal_hop",
            "unattempted",
        ]),
        _ => None,
    }
}

/// The shape of a line of `events --format ndjson`, as JSON Schema (draft 2020-12).
#[must_use]
pub fn json_schema() -> Value {
    let properties: Map<String, Value> = COLUMNS
        .iter()
        .map(|column| {
            let name = match column.kind {
                Kind::Time | Kind::Text => "string",
                Kind::Int32 | Kind::Int64 => "integer",
                Kind::Seconds => "number",
                Kind::Boolean => "boolean",
            };
            let kind = if column.nullable { json!([name, "null"]) } else { json!(name) };
            let mut property = json!({ "description": column.doc, "type": kind });
            if let (Some(words), Some(property)) = (words(column), property.as_object_mut()) {
                property.insert("enum".to_owned(), json!(words));
            }
            (column.name.to_owned(), property)
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Event",
        "description": "One delivery attempt or refusal; a value that the log does not have is null.",
        "type": "object",
        "properties": properties,
        "required": COLUMNS.map(|column| column.name).to_vec(),
    })
}
