//! Rows as one Parquet file, for DuckDB, Polars, ClickHouse and Spark.
//!
//! The crate's column writers are fed directly: no Arrow, and nothing is allocated for a cell.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use super::columns::{COLUMNS, Cell, Column, Kind, SCHEMA};
use super::redacted;
use crate::analyze::Events;
use crate::report::redact::Redactor;

/// Rows in a row group: what is in memory at a time.
const GROUP: usize = 1 << 17;

/// Writes the rows, in order, as one file: `all` those of lines without an attempt too.  The file's metadata name the
/// schema (`mailrake.events`) and the version of the program (`mailrake.version`).
pub fn write_parquet(
    events: &Events<'_>,
    all: bool,
    redactor: Option<&Redactor>,
    out: impl Write + Send,
) -> io::Result<()> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(concat!("mailrake ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_key_value_metadata(Some(vec![
            KeyValue::new("mailrake.events".to_owned(), SCHEMA.to_owned()),
            KeyValue::new("mailrake.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ]))
        .build();
    let fields = COLUMNS.iter().map(field).collect::<Result<_, _>>().map_err(io::Error::other)?;
    let schema = Type::group_type_builder("events").with_fields(fields).build().map_err(io::Error::other)?;
    let mut file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties)).map_err(io::Error::other)?;
    for start in (0..events.len()).step_by(GROUP) {
        let mut cells: Vec<Cells> = COLUMNS.iter().map(Cells::of).collect();
        for row in events.rows(start..(start + GROUP).min(events.len()), all) {
            let row = redacted(row, redactor);
            for (column, cells) in COLUMNS.iter().zip(&mut cells) {
                cells.push((column.cell)(&row));
            }
        }
        let mut group = file.next_row_group().map_err(io::Error::other)?;
        for cells in cells {
            if let Some(column) = group.next_column().map_err(io::Error::other)? {
                cells.write(column).map_err(io::Error::other)?;
            }
        }
        group.close().map_err(io::Error::other)?;
    }
    file.close().map_err(io::Error::other)?;
    Ok(())
}

/// A column in the file's schema.
fn field(column: &Column) -> Result<Arc<Type>, ParquetError> {
    let (physical, logical) = match column.kind {
        Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Int32 => (Physical::INT32, None),
        Kind::Int64 => (Physical::INT64, None),
        Kind::Seconds => (Physical::DOUBLE, None),
        Kind::Boolean => (Physical::BOOLEAN, None),
    };
    let repetition = if column.nullable { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    let field = Type::primitive_type_builder(column.name, physical)
        .with_repetition(repetition)
        .with_logical_type(logical)
        .with_converted_type(ConvertedType::NONE);
    field.build().map(Arc::new)
}

/// The cells of one column.
struct Cells {
    /// For each row whether it has a cell; None where every row has one.
    levels: Option<Vec<i16>>,
    values: Values,
}

enum Values {
    /// All texts one behind the other, and where each ends.
    Texts(Vec<u8>, Vec<usize>),
    Int32s(Vec<i32>),
    Int64s(Vec<i64>),
    Doubles(Vec<f64>),
    Booleans(Vec<bool>),
}

impl Cells {
    fn of(column: &Column) -> Self {
        let values = match column.kind {
            Kind::Text => Values::Texts(Vec::new(), Vec::new()),
            Kind::Int32 => Values::Int32s(Vec::new()),
            Kind::Int64 | Kind::Time => Values::Int64s(Vec::new()),
            Kind::Seconds => Values::Doubles(Vec::new()),
            Kind::Boolean => Values::Booleans(Vec::new()),
        };
        Self { levels: column.nullable.then(Vec::new), values }
    }

    fn push(&mut self, cell: Cell<'_>) {
        if let Some(levels) = &mut self.levels {
            levels.push(i16::from(cell != Cell::Null));
        }
        match (&mut self.values, cell) {
            (Values::Texts(bytes, ends), Cell::Text(text) | Cell::Word(text)) => {
                bytes.extend_from_slice(text.as_bytes());
                ends.push(bytes.len());
            }
            (Values::Texts(bytes, ends), Cell::Enhanced(code)) => {
                // A buffer takes all that is written to it.
                _ = write!(bytes, "{code}");
                ends.push(bytes.len());
            }
            (Values::Int32s(values), Cell::Int(number)) => values.push(i32::try_from(number).unwrap_or(i32::MAX)),
            (Values::Int64s(values), Cell::Int(number) | Cell::Time(number)) => values.push(number),
            (Values::Doubles(values), Cell::Seconds(micros)) => values.push(micros as f64 / 1e6),
            (Values::Booleans(values), Cell::Boolean(yes)) => values.push(yes),
            // The table of columns gives no cell of another kind; a test writes every column.
            _ => {}
        }
    }

    fn write(self, column: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = self.levels.as_deref();
        match self.values {
            Values::Texts(bytes, ends) => {
                let bytes = ByteArray::from(bytes);
                let mut start = 0;
                let text = |end| {
                    let begin = std::mem::replace(&mut start, end);
                    bytes.slice(begin, end - begin)
                };
                let texts: Vec<ByteArray> = ends.into_iter().map(text).collect();
                write::<ByteArrayType>(column, &texts, levels)
            }
            Values::Int32s(values) => write::<Int32Type>(column, &values, levels),
            Values::Int64s(values) => write::<Int64Type>(column, &values, levels),
            Values::Doubles(values) => write::<DoubleType>(column, &values, levels),
            Values::Booleans(values) => write::<BoolType>(column, &values, levels),
        }
    }
}

fn write<T: DataType>(
    mut column: SerializedColumnWriter<'_>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}
