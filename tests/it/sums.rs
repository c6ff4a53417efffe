//! Every figure that is a sum of others is that sum, on every committed log.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::lab::{Figures, Log, count, figures_of_cuts, logs, samples};

fn all() -> impl Iterator<Item = (&'static Log, Figures)> {
    logs().iter().chain(samples()).map(|log| (log, figures_of_cuts(log, &log.whole(), &[])))
}

/// The sum of a column over the rows of a table that a condition takes.
#[track_caller]
fn column(rows: &[Value], name: &str, takes: impl Fn(&Value) -> bool) -> u64 {
    rows.iter().filter(|row| takes(row)).map(|row| count(row, &format!("/{name}"))).sum()
}

#[test]
fn every_recipient_has_exactly_one_fate() {
    for (log, figures) in all() {
        let fates = figures.report["fates"].as_object().unwrap();
        let sum: u64 = fates.iter().filter(|(key, _)| *key != "messages").map(|(_, n)| n.as_u64().unwrap()).sum();
        assert_eq!(sum, figures.count("/totals/recipients"), "{}: {fates:?}", log.name);
    }
}

#[test]
fn what_was_deferred_has_exactly_one_end() {
    for (log, figures) in all() {
        let ends = ["recovered", "failed", "expired_recipients", "still_queued", "dropped"];
        let sum: u64 = ends.iter().map(|end| figures.count(&format!("/totals/{end}"))).sum();
        assert_eq!(sum, figures.count("/totals/recipients_deferred"), "{}", log.name);
    }
}

#[test]
fn tables_add_up_to_the_totals() {
    for (log, figures) in all() {
        let total = |name: &str| figures.count(&format!("/totals/{name}"));
        assert_eq!(
            total("attempts"),
            total("delivered") + total("deferred") + total("bounced"),
            "{}: attempts are delivered + deferred + bounced",
            log.name
        );
        for outcome in ["deferred", "bounced", "expired", "rejected"] {
            for table in ["/codes", "/code_domains"] {
                let sum = column(figures.list(table), "attempts", |row| row["outcome"] == outcome);
                assert_eq!(sum, total(outcome), "{}: {outcome} of {table}", log.name);
            }
        }
        for name in ["attempts", "delivered", "delivered_local", "deferred", "bounced", "expired", "recovered"] {
            let sum = column(figures.list("/domains"), name, |_| true);
            assert_eq!(sum, total(name), "{}: {name} of /domains", log.name);
        }
        for name in ["delivered", "delivered_local", "deferred", "bounced", "expired", "rejected"] {
            let sum = column(figures.list("/series"), name, |_| true);
            assert_eq!(sum, total(name), "{}: {name} of /series", log.name);
        }
        for table in ["/reasons", "/causes"] {
            let outbound = column(figures.list(table), "attempts", |row| row["direction"] == "outbound");
            assert_eq!(outbound, total("deferred") + total("bounced"), "{}: outbound of {table}", log.name);
            let inbound = column(figures.list(table), "attempts", |row| row["direction"] == "inbound");
            assert_eq!(inbound, total("rejected"), "{}: inbound of {table}", log.name);
        }
        for table in ["/inbound/by_client", "/inbound/by_reason"] {
            assert_eq!(column(figures.list(table), "rejected", |_| true), total("rejected"), "{}: {table}", log.name);
        }
        for client in figures.list("/inbound/by_client") {
            assert_eq!(count(client, "/rejected"), count(client, "/transient") + count(client, "/permanent"));
        }
        for domain in figures.list("/domains") {
            let sum = count(domain, "/delivered") + count(domain, "/deferred") + count(domain, "/bounced");
            assert_eq!(count(domain, "/attempts"), sum, "{}: {domain}", log.name);
        }
    }
}

/// A row cannot speak of more messages than recipients of messages, nor of more recipients than attempts.
#[test]
fn groups_are_no_larger_than_what_they_group() {
    for (log, figures) in all() {
        for row in figures.list("/codes").iter().chain(figures.list("/code_domains")) {
            if row["direction"] == "inbound" {
                continue;
            }
            let (attempts, recipients, messages) =
                (count(row, "/attempts"), count(row, "/recipients"), count(row, "/messages"));
            assert!(messages >= 1 && messages <= recipients && recipients <= attempts, "{}: {row}", log.name);
        }
    }
}

#[test]
fn event_rows_add_up_to_the_totals() {
    for (log, figures) in all() {
        let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
        for row in &figures.rows {
            *rows.entry(row.outcome).or_default() += 1;
        }
        for outcome in ["delivered", "deferred", "bounced", "expired", "rejected", "skipped"] {
            let total = figures.count(&format!("/totals/{outcome}"));
            assert_eq!(rows.get(outcome).copied().unwrap_or_default(), total, "{}: {outcome}", log.name);
        }
        let hops = rows.get("internal_hop").copied().unwrap_or_default();
        assert_eq!(hops, figures.count("/totals/internal_hops"), "{}: internal hops", log.name);
        let per_chain: u64 = figures.list("/retries/attempts_per_chain").iter().map(|n| count(n, "/recipients")).sum();
        assert_eq!(per_chain, figures.count("/totals/attempts"), "{}: attempts per chain", log.name);
    }
}

#[test]
fn all_lines_of_an_entry_belong_to_who_wrote_it() {
    let export = samples().iter().find(|log| log.name.contains("journalctl.export")).expect("the sample is there");
    let figures = figures_of_cuts(export, &export.whole(), &[]);
    assert_eq!(figures.count("/input/other_lines"), 0);
    assert!(figures.count("/input/mail_lines") > 100);
}

#[test]
fn lines_add_up_to_the_input() {
    for (log, figures) in all() {
        let input = |name: &str| figures.count(&format!("/input/{name}"));
        assert_eq!(input("lines"), input("mail_lines") + input("other_lines"), "{}", log.name);
        let lines = memchr::memchr_iter(b'\n', &log.whole()).count() as u64;
        assert!((lines..=lines + 1).contains(&input("lines")), "{}: {} lines of {lines}", log.name, input("lines"));
        for name in ["lines", "bytes"] {
            let files: u64 = column(figures.list("/input/files"), name, |_| true);
            assert_eq!(files, input(name), "{}: {name} of the files", log.name);
        }
    }
}
