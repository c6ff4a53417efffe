//! The merge law: a report never depends on how the input was cut up.
//!
//! The same bytes whole, cut at any line, in ten files, compressed, from a pipe, in blocks of any size and on
//! any number of threads give the same figures; and two hosts' logs together give the sum of both.

use mailrake::analyze::partial::Partial;
use proptest::prelude::*;

use crate::lab::{
    Figures, Log, ROWS, assert_same, cut_points, figures_of_cuts, figures_of_pieces, fold_pieces, log, logs, samples,
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
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[ignore = "known violations in history::correlator"]
    fn made_up_postfix_logs_may_be_cut_anywhere(log in made_up::postfix_log()) {
        check_law(&log);
    }

    #[test]
    #[ignore = "known violations in history::correlator"]
    fn made_up_exim_logs_may_be_cut_anywhere(log in made_up::exim_log()) {
        check_law(&log);
    }

    #[test]
    #[ignore = "known violations in history::correlator"]
    fn made_up_sendmail_logs_may_be_cut_anywhere(log in made_up::sendmail_log()) {
        check_law(&log);
    }
}
