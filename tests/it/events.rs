//! `events` as a source for other engines: the same bytes for the same files, nothing half, a total order.

use std::path::Path;

use assert_cmd::Command;

fn events(args: &[&str], logs: &[&Path]) -> std::process::Output {
    let mut command = Command::cargo_bin("mailrake").unwrap();
    command.args(["events", "--timezone", "UTC", "--year", "2025"]).args(args).args(logs).output().unwrap()
}

const SAMPLES: [&str; 3] = ["samples/postfix/mail.log", "samples/exim/mainlog", "samples/sendmail/mail.log"];

fn samples() -> [&'static Path; 3] {
    SAMPLES.map(Path::new)
}

/// A column of CSV rows without a header's name.
fn column(csv: &[u8], name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv);
    let at = reader.headers().unwrap().iter().position(|header| header == name).unwrap();
    reader.records().map(|record| record.unwrap()[at].to_owned()).collect()
}

#[test]
fn neither_threads_nor_blocks_change_a_byte() {
    let one = events(&["--all", "--threads", "1"], &samples());
    assert!(one.status.success());
    for args in [&["--threads", "2"][..], &["--threads", "3", "--block-size", "700"], &["--block-size", "4096"]] {
        let other = events(&[&["--all"], args].concat(), &samples());
        assert!(other.stdout == one.stdout, "{args:?}");
    }
}

#[test]
fn time_host_and_number_are_a_total_order() {
    let csv = events(&["--all", "--host", "mx9"], &samples()).stdout;
    let number = |name| column(&csv, name).into_iter().map(|n| n.parse().unwrap()).collect::<Vec<i64>>();
    let keys: Vec<(i64, String, i64)> = number("time_us")
        .into_iter()
        .zip(column(&csv, "host"))
        .zip(number("seq"))
        .map(|((t, h), s)| (t, h, s))
        .collect();
    assert!(keys.len() > 100 && keys.is_sorted());
    assert_eq!(number("seq"), (1..=keys.len() as i64).collect::<Vec<_>>());
}

#[test]
fn a_log_without_a_host_gets_the_one_that_is_named() {
    let csv = events(&["--host", "mx9"], &samples()).stdout;
    let hosts = column(&csv, "host");
    let of = |mta: &str| {
        let of_mta = column(&csv, "mta").into_iter().zip(&hosts).filter(|(m, _)| m == mta);
        of_mta.map(|(_, host)| host.clone()).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(of("exim"), ["mx9".to_owned()].into());
    assert!(!of("postfix").contains("mx9") && !of("postfix").contains(""));
}

#[test]
fn strict_writes_nothing_half() {
    let folder = tempfile::tempdir().unwrap();
    let (target, broken) = (folder.path().join("rows.csv"), Path::new("samples/hostile/truncated.log.gz"));
    let to_file = ["--strict", "--output", target.to_str().unwrap()];
    let run = events(&to_file, &[samples()[0], broken]);
    assert_eq!((run.status.code(), target.exists()), (Some(3), false));
    std::fs::write(&target, "the last run's").unwrap();
    assert_eq!(events(&to_file, &[broken]).status.code(), Some(3));
    assert_eq!(std::fs::read(&target).unwrap(), b"the last run's");
    let run = events(&["--strict"], &[broken]);
    assert_eq!((run.status.code(), run.stdout.len()), (Some(3), 0));
    // Without it what could be read is written, and the status tells.
    let run = events(&[], &[broken]);
    assert!(run.status.code() == Some(3) && !run.stdout.is_empty());
    assert!(events(&to_file, &samples()).status.success());
    assert!(std::fs::read(&target).unwrap().starts_with(b"time,"));
}

#[test]
fn rows_tell_what_became_of_their_recipients() {
    let csv = events(&["--all"], &samples()).stdout;
    let rows = column(&csv, "outcome").into_iter().zip(column(&csv, "fate")).zip(column(&csv, "direction"));
    for ((outcome, fate), direction) in rows {
        let fits = match (&*direction, &*outcome) {
            ("inbound", _) => fate.is_empty(),
            (_, "expired") => fate == "expired",
            (_, "bounced") => fate == "bounced",
            (_, "internal_hop") => fate == "handed_on",
            _ => !fate.is_empty(),
        };
        assert!(fits, "{direction} {outcome}: {fate}");
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn without_the_feature_parquet_is_refused_before_reading() {
    let run = events(&["--format", "parquet", "--output", "rows.parquet"], &samples());
    assert_eq!(run.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&run.stderr).contains("--features parquet"));
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_has_every_column_and_row_and_names_its_schema() {
    use mailrake::report::events::{COLUMNS, SCHEMA};
    use parquet::file::reader::{FileReader, SerializedFileReader};

    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("rows.parquet");
    let run = events(&["--all", "--format", "parquet", "--output", target.to_str().unwrap()], &samples());
    assert!(run.status.success());
    let reader = SerializedFileReader::new(std::fs::File::open(&target).unwrap()).unwrap();
    let about = reader.metadata().file_metadata();
    let names: Vec<&str> = about.schema_descr().columns().iter().map(|column| column.name()).collect();
    assert_eq!(names, COLUMNS.map(|column| column.name));
    let texts = about.key_value_metadata().unwrap();
    assert!(texts.iter().any(|text| text.key == "mailrake.events" && text.value.as_deref() == Some(SCHEMA)));
    let csv = events(&["--all", "--csv-raw"], &samples()).stdout;
    for name in ["queue_id", "text", "seq", "local", "delay_s"] {
        let at = names.iter().position(|column| *column == name).unwrap();
        let cells: Vec<String> = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row| {
                use parquet::record::Field;
                match row.unwrap().get_column_iter().nth(at).unwrap().1 {
                    Field::Null => String::new(),
                    Field::Str(text) => text.clone(),
                    other => other.to_string().trim_end_matches(".0").to_owned(),
                }
            })
            .collect();
        assert_eq!(cells, column(&csv, name), "{name}");
    }
}
