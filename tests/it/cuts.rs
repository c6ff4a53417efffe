//! The merge law: a report never depends on how the input was cut up.
//!
//! The same bytes whole, cut at any line, in ten files, compressed, from a pipe, in blocks of any size and on
//! any number of threads give the same figures; and two hosts' logs together give the sum of both.

use std::io::Write;

use assert_cmd::Command;
use mailrake::fold::partial::Partial;
use mailrake::scan::ScanOptions;
use proptest::prelude::*;

use crate::lab::{
    Figures, Log, ROWS, assert_same, count, cut_points, figures_of_cuts, figures_of_pieces, figures_of_scan,
    fold_pieces, log, logs, samples, scan_options, write_files,
};
use crate::made_up;

fn whole(log: &Log, bytes: &[u8]) -> Figures {
    figures_of_cuts(log, bytes, &[]).without_places()
}

#[test]
fn small_logs_may_be_cut_at_every_line() {
    for log in samples() {
        let bytes = log.whole();
        let want = whole(log, &bytes);
        for cut in cut_points(&bytes) {
            let got = figures_of_cuts(log, &bytes, &[cut]).without_places();
            assert_same(&got, &want, &format!("{} cut at byte {cut}", log.name));
        }
    }
}

#[test]
fn small_logs_may_be_cut_into_blocks_of_every_size() {
    for log in samples() {
        let bytes = log.whole();
        let want = whole(log, &bytes);
        let points = cut_points(&bytes);
        for lines in 1..=points.len() {
            let cuts: Vec<usize> = points.iter().copied().skip(lines - 1).step_by(lines).collect();
            let got = figures_of_cuts(log, &bytes, &cuts).without_places();
            assert_same(&got, &want, &format!("{} in blocks of {lines} lines", log.name));
        }
    }
}

#[test]
fn large_logs_may_be_cut_into_blocks_of_few_or_many_lines() {
    for log in logs() {
        let bytes = log.whole();
        let want = whole(log, &bytes);
        let points = cut_points(&bytes);
        for lines in [1, 2, 3, 7, 31, 100, 997] {
            let cuts: Vec<usize> = points.iter().copied().skip(lines - 1).step_by(lines).collect();
            let got = figures_of_cuts(log, &bytes, &cuts).without_places();
            assert_same(&got, &want, &format!("{} in blocks of {lines} lines", log.name));
        }
    }
}

/// A few cuts of a log, as indices into its cut points.
fn some_cuts(of: &'static Log) -> impl Strategy<Value = Vec<usize>> {
    let points = cut_points(&of.whole());
    prop::collection::btree_set(0..points.len(), 1..12)
        .prop_map(move |chosen| chosen.into_iter().map(|index| points[index]).collect())
}

/// One property for each of the large logs.
macro_rules! large_logs_may_be_cut_anywhere {
    ($($test:ident: $name:literal,)*) => {$(
        #[test]
        fn $test() {
            let log = log($name);
            let bytes = log.whole();
            let want = whole(log, &bytes);
            let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() });
            runner
                .run(&some_cuts(log), |cuts| {
                    let got = figures_of_cuts(log, &bytes, &cuts).without_places();
                    assert_same(&got, &want, &format!("{} cut at {cuts:?}", log.name));
                    Ok(())
                })
                .unwrap();
        }
    )*};
}

large_logs_may_be_cut_anywhere! {
    postfix_may_be_cut_anywhere: "postfix",
    postfix_with_a_filter_may_be_cut_anywhere: "postfix-filter",
    exim_may_be_cut_anywhere: "exim",
    exim_through_syslog_may_be_cut_anywhere: "exim-syslog",
    sendmail_may_be_cut_anywhere: "sendmail",
    a_rotated_log_may_be_cut_anywhere: "rotated",
}

/// Joins stretches two by two, as a tree would, before the beginning is known.
fn joined_as_a_tree(mut pieces: Vec<Partial>) -> Vec<Partial> {
    while pieces.len() > 1 {
        let mut joined = Vec::new();
        let mut rest = pieces.into_iter();
        while let Some(mut left) = rest.next() {
            if let Some(right) = rest.next() {
                left.append(right);
            }
            joined.push(left);
        }
        pieces = joined;
    }
    pieces
}

#[test]
fn stretches_may_be_joined_in_any_grouping() {
    for log in logs().iter().chain(samples()) {
        let bytes = log.whole();
        let want = whole(log, &bytes);
        let points = cut_points(&bytes);
        for pieces in [2, 3, 4, 5, 8, 13, 64] {
            let step = (points.len() / pieces).max(1);
            let cuts: Vec<usize> = points.iter().copied().skip(step - 1).step_by(step).collect();
            // From the left: ((a b) c), from the right: (a (b c)), and as a tree.
            let mut from_the_right = fold_pieces(log, &bytes, &cuts, ROWS);
            while from_the_right.len() > 1 {
                let last = from_the_right.pop().unwrap();
                from_the_right.last_mut().unwrap().append(last);
            }
            let tree = joined_as_a_tree(fold_pieces(log, &bytes, &cuts, ROWS));
            for (how, joined) in [("from the right", from_the_right), ("as a tree", tree)] {
                let got = figures_of_pieces(log, joined, ROWS).without_places();
                assert_same(&got, &want, &format!("{}: {pieces} pieces joined {how}", log.name));
            }
        }
    }
}

/// The front door's figures of some files.
fn scanned(log: &Log, files: &[(String, Vec<u8>)], options: &ScanOptions) -> Figures {
    let folder = tempfile::tempdir().unwrap();
    let sources = write_files(folder.path(), log, files);
    figures_of_scan(log, sources, options).0.without_places()
}

fn one_file(log: &Log, name: &str, bytes: Vec<u8>) -> Figures {
    scanned(log, &[(name.to_owned(), bytes)], &scan_options(log))
}

#[test]
fn threads_and_block_sizes_change_nothing() {
    for log in logs() {
        let bytes = log.whole();
        let want = whole(log, &bytes);
        for (threads, block_size) in [(1, 1 << 20), (2, 1 << 16), (3, 5_000), (4, 1 << 12), (4, 300), (1, 1 << 28)] {
            let options = ScanOptions { threads, block_size, ..scan_options(log) };
            let got = scanned(log, &[("log".into(), bytes.clone())], &options);
            assert_same(&got, &want, &format!("{} on {threads} threads, blocks of {block_size}", log.name));
        }
    }
}

#[test]
fn small_logs_may_be_read_in_blocks_of_any_number_of_bytes() {
    for log in samples() {
        let bytes = log.whole();
        let want = one_file(log, "log", bytes.clone());
        // Below the shortest line, and around the length of one, nearly every size cuts elsewhere.
        let sizes = (1..40).chain((40..1200).step_by(23)).chain((1200..bytes.len().max(1201)).step_by(997));
        for block_size in sizes {
            let options = ScanOptions { threads: 1 + block_size % 4, block_size, ..scan_options(log) };
            let got = scanned(log, &[("log".into(), bytes.clone())], &options);
            assert_same(&got, &want, &format!("{} in blocks of {block_size} bytes", log.name));
        }
    }
}

#[test]
fn compression_changes_nothing() {
    for log in logs() {
        let bytes = log.whole();
        let want = whole(log, &bytes);
        let half = cut_points(&bytes)[1000];
        let two_members = [gz(&bytes[..half]), gz(&bytes[half..])].concat();
        for (form, packed) in [
            ("gz", gz(&bytes)),
            ("gz of two members", two_members),
            ("zst", zstd::encode_all(&bytes[..], 1).unwrap()),
            ("xz", xz(&bytes)),
            ("bz2", bz2(&bytes)),
        ] {
            // By its content, whatever its name says.
            assert_same(&one_file(log, "mail.log", packed), &want, &format!("{} as {form}", log.name));
        }
    }
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut packer = liblzma::write::XzEncoder::new(Vec::new(), 0);
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn bz2(bytes: &[u8]) -> Vec<u8> {
    let mut packer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Cuts a log into files of about equal length.
fn files(bytes: &[u8], count: usize) -> Vec<(String, Vec<u8>)> {
    let points = cut_points(bytes);
    let ends = (1..count).map(|i| points[points.len() * i / count]).chain([bytes.len()]);
    let mut start = 0;
    let cut = ends.enumerate().map(|(i, end)| {
        let piece = bytes[start..end].to_vec();
        start = end;
        // Names that say nothing of the order.
        (format!("{}.log", (i * 7 + 3) % 11), piece)
    });
    cut.collect()
}

#[test]
fn files_change_nothing_whatever_their_order() {
    for log in logs() {
        let bytes = log.whole();
        let want = whole(log, &bytes);
        for count in [2, 3, 10] {
            let mut pieces = files(&bytes, count);
            for (i, (_, piece)) in pieces.iter_mut().enumerate() {
                if i % 3 == 1 {
                    *piece = gz(piece);
                }
            }
            for turn in [0, 1, count / 2] {
                pieces.rotate_left(turn);
                pieces.reverse();
                let got = scanned(log, &pieces, &scan_options(log));
                assert_same(&got, &want, &format!("{} in {count} files, turned by {turn}", log.name));
            }
        }
    }
}

#[test]
fn a_pipe_gives_what_the_file_gives() {
    for log in logs() {
        let bytes = log.whole();
        let folder = tempfile::tempdir().unwrap();
        write_files(folder.path(), log, &[("log".into(), bytes.clone())]);
        let report = |argument: &str, input: &[u8]| {
            let output = Command::cargo_bin("mailrake")
                .unwrap()
                .current_dir(folder.path())
                .args(["--format", "json", "--timezone", &log.zone.to_string(), argument])
                .write_stdin(input)
                .output()
                .unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let report = serde_json::from_slice(&output.stdout).unwrap();
            Figures { report, rows: Vec::new() }.without_places()
        };
        assert_same(&report("-", &bytes), &report("log", b""), &format!("{} from a pipe", log.name));
        assert_same(&report("-", &gz(&bytes)), &report("log", b""), &format!("{} from a compressed pipe", log.name));
    }
}

/// The lines with another host name.
fn on_host(bytes: &[u8], host: &str) -> Vec<Vec<u8>> {
    let lines = bytes.split_inclusive(|&b| b == b'\n');
    lines.map(|line| String::from_utf8_lossy(line).replacen(" mx1 ", &format!(" {host} "), 1).into_bytes()).collect()
}

/// The same queue ids on two hosts are different messages, however the lines are mixed.
#[test]
fn two_hosts_in_one_log_give_the_sum_of_both() {
    for name in ["postfix", "postfix-filter", "sendmail", "exim-syslog"] {
        let log = log(name);
        let bytes = log.whole();
        let alone = whole(log, &bytes);
        let (one, two) = (on_host(&bytes, "mx1"), on_host(&bytes, "mx2"));
        let mixed: Vec<u8> =
            one.iter().zip(&two).flat_map(|(one, two)| [one.as_slice(), two]).flatten().copied().collect();
        let both = whole(log, &mixed);
        for part in ["totals", "fates"] {
            for (key, count) in alone.report[part].as_object().unwrap() {
                let twice = count.as_u64().unwrap() * 2;
                assert_eq!(both.count(&format!("/{part}/{key}")), twice, "{name}: {part}.{key}");
            }
        }
        for table in ["/codes", "/domains", "/code_domains", "/reasons"] {
            let (both, alone) = (both.list(table), alone.list(table));
            assert_eq!(both.len(), alone.len(), "{name}: rows of {table}");
            for (both, alone) in both.iter().zip(alone) {
                assert_eq!(count(both, "/attempts"), 2 * count(alone, "/attempts"), "{name}: {table}");
            }
        }
        assert_eq!(both.rows.len(), 2 * alone.rows.len(), "{name}");
        check_cuts_of_two_hosts(log, &mixed, in_some_order);
    }
}

/// Two hosts in one log may be cut anywhere, of course; `seen` is what is looked at.
fn check_cuts_of_two_hosts(log: &Log, mixed: &[u8], seen: fn(Figures) -> Figures) {
    let want = seen(whole(log, mixed));
    let points = cut_points(mixed);
    for lines in [1, 501] {
        let cuts: Vec<usize> = points.iter().copied().skip(lines - 1).step_by(lines).collect();
        let got = seen(figures_of_cuts(log, mixed, &cuts).without_places());
        assert_same(&got, &want, &format!("two hosts of {} in blocks of {lines} lines", log.name));
    }
}

/// Without the order of cases that are alike but for the host: see the test below.
fn in_some_order(mut figures: Figures) -> Figures {
    for finding in figures.report["dead_ends"].as_array_mut().into_iter().flatten() {
        finding["items"].as_array_mut().unwrap().sort_by_key(ToString::to_string);
        // The example of a finding about a whole host is that of the first host.
        if finding["kind"] == "no_backoff" {
            finding["items"].take();
        }
    }
    figures
}

#[test]
fn two_hosts_dead_ends_come_in_one_order() {
    let log = log("postfix");
    let bytes = log.whole();
    let lines = on_host(&bytes, "mx1").into_iter().zip(on_host(&bytes, "mx2"));
    let mixed: Vec<u8> = lines.flat_map(|(one, two)| [one, two].concat()).collect();
    for _ in 0..4 {
        check_cuts_of_two_hosts(log, &mixed, |figures| figures);
    }
}

/// Everything the law says, of one small log.
fn check_law(log: &Log) {
    let bytes = log.whole();
    let want = whole(log, &bytes);
    let points = cut_points(&bytes);
    for &cut in &points {
        let got = figures_of_cuts(log, &bytes, &[cut]).without_places();
        assert_same(&got, &want, &format!("cut at byte {cut}:\n{log:?}"));
    }
    let got = figures_of_cuts(log, &bytes, &points).without_places();
    assert_same(&got, &want, &format!("cut at every line:\n{log:?}"));
    let tree = joined_as_a_tree(fold_pieces(log, &bytes, &points, ROWS));
    let got = figures_of_pieces(log, tree, ROWS).without_places();
    assert_same(&got, &want, &format!("joined as a tree:\n{log:?}"));
    let mut from_the_right = fold_pieces(log, &bytes, &points, ROWS);
    while from_the_right.len() > 1 {
        let last = from_the_right.pop().unwrap();
        from_the_right.last_mut().unwrap().append(last);
    }
    let got = figures_of_pieces(log, from_the_right, ROWS).without_places();
    assert_same(&got, &want, &format!("joined from the right:\n{log:?}"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn made_up_postfix_logs_may_be_cut_anywhere(log in made_up::postfix_log()) {
        check_law(&log);
    }

    #[test]
    fn made_up_exim_logs_may_be_cut_anywhere(log in made_up::exim_log()) {
        check_law(&log);
    }

    #[test]
    fn made_up_sendmail_logs_may_be_cut_anywhere(log in made_up::sendmail_log()) {
        check_law(&log);
    }
}

fn made_of(lines: &[&str]) -> Log {
    let mut log = log("postfix").clone();
    let line = |text: &&str| format!("2025-06-02T06:00:00+00:00 mx1 {text}\n");
    log.files = vec![("log".into(), lines.iter().map(line).collect::<String>().into_bytes())];
    log
}

/// A delivery to this machine whose reply names the message's own id: a delivery, wherever the log is cut.
#[test]
fn nothing_goes_on_as_itself() {
    let log = made_of(&[
        "postfix/smtp[7]: 4A1B2C3D04: to=<ann@example.org>, relay=127.0.0.1[127.0.0.1]:10026, delay=2, dsn=2.0.0, \
         status=sent (250 2.0.0 Ok: queued as 4A1B2C3D04)",
        "postfix/qmgr[7]: 4A1B2C3D04: from=<>, size=900, nrcpt=2 (queue active)",
    ]);
    check_law(&log);
    assert_eq!(whole(&log, &log.whole()).count("/totals/delivered"), 1);
}

/// What is said between the pieces of a split line comes behind it.
#[test]
fn a_split_line_stands_where_it_began() {
    check_law(&made_of(&[
        "exim[7]: [1/2] 1tSd2J-00000a-Rm ** ann@example.org R=dnslookup T=remote_smtp H=mx.example.org [198.51.100.7]: \
         SMTP error from remote mail server after RCPT",
        "exim[7]: 1tSd2J-00000a-Rm => ann@example.org R=dnslookup T=remote_smtp H=mx.example.org [198.51.100.7] C=\"250 OK\"",
        "exim[7]: [2/2]  TO:<ann@example.org>: 550 5.1.1 No such user",
    ]));
}

/// Lines whose last piece never comes are concluded from in the order in which they stand.
#[test]
fn split_lines_without_an_end_come_in_order() {
    let lines: Vec<String> =
        (100..140).map(|n| format!("sendmail[7]: 5526EY36000{n}[1]: to=<ann@example.org>, ...")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    check_law(&made_of(&lines));
}

/// A repeated refusal is known only when the line that it repeats is, and then lies behind another host's refusal of
/// the same triple: who came back early is told by time, not by the order of joining.
#[test]
fn early_retries_are_told_by_time() {
    let refused = |queue_id: &str| {
        format!(
            "postfix/smtpd[7]: {queue_id}: reject: RCPT from client.example.org[198.51.100.9]: 450 4.2.0 \
             <bob@example.com>: Recipient address rejected: Greylisted; from=<ann@example.org> to=<bob@example.com> \
             proto=ESMTP helo=<client.example.org>"
        )
    };
    let lines = [
        ("06:00:29", "mx2", refused("NOQUEUE")),
        ("06:00:31", "mx1", refused("4A1B2C3D02")),
        ("06:00:46", "mx2", "last message repeated 2 times".to_owned()),
        ("06:10:00", "mx1", refused("NOQUEUE")),
    ];
    let mut log = log("postfix").clone();
    let line = |(time, host, text): &(&str, &str, String)| format!("2025-06-02T{time}+00:00 {host} {text}\n");
    log.files = vec![("log".into(), lines.iter().map(line).collect::<String>().into_bytes())];
    check_law(&log);
    // Five refusals in two bouts.
    assert_eq!(whole(&log, &log.whole()).count("/inbound/greylisting/early_retries"), 3);
}
