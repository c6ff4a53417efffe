//! What comes with the program: dashboards, alerts, units, the manual page, completions.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::lab::root;

fn mailrake(arguments: &[&str]) -> String {
    let program = assert_cmd::cargo::cargo_bin("mailrake");
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn sample(name: &str) -> String {
    fs::read_to_string(root().join("samples").join(name)).unwrap()
}

/// Words that look like metrics of ours.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|w| w.starts_with("mailrake_")).map(str::to_owned).collect()
}

/// A tool that is not on every host; says so where it is missing.
fn tool(name: &str, arguments: &[&str], input: &str) -> Option<(bool, String)> {
    use std::io::Write;
    let mut command = Command::new(name);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        eprintln!("skipped: {name} is not installed");
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

fn report(format: &str, log: &str) -> String {
    mailrake(&["--timezone", "UTC", "--format", format, root().join(log).to_str().unwrap()])
}

#[test]
fn dashboards_and_alerts_ask_for_metrics_that_there_are() {
    let written = report("prometheus", "tests/data/postfix/mail.log.zst");
    let known: BTreeSet<String> = written
        .lines()
        .filter_map(|l| l.strip_prefix("# TYPE "))
        .map(|l| l.split(' ').next().unwrap().to_owned())
        .collect();
    for name in ["grafana/mailrake.json", "prometheus/mailrake.rules.yml"] {
        let asked: BTreeSet<String> = metrics_in(&sample(name)).into_iter().filter(|m| m != "mailrake_").collect();
        assert!(asked.len() > 4, "{name}: {asked:?}");
        let unknown: Vec<&String> = asked.difference(&known).collect();
        assert!(unknown.is_empty(), "{name} asks for {unknown:?}; there are {known:?}");
    }
    // Labels and their values too: `outcome="deferred"` must be one that is written.
    for expression in expressions() {
        for (label, value) in matchers(&expression) {
            let is_known = value.split('|').all(|v| written.contains(&format!("{label}=\"{v}\"")));
            assert!(is_known || label == "instance" || value == "blocklisted-ip", "{label}={value} in {expression}");
        }
    }
}

/// The expressions of the dashboard.
fn expressions() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&sample("grafana/mailrake.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|p| p["targets"].as_array().unwrap());
    targets.map(|t| t["expr"].as_str().unwrap().to_owned()).collect()
}

/// `outcome="deferred"`, `outcome=~"a|b"`
fn matchers(expression: &str) -> Vec<(String, String)> {
    let parts: Vec<&str> = expression.split('"').collect();
    let pairs = parts.chunks(2).filter_map(|pair| Some((pair.first()?, pair.get(1)?)));
    let label = |before: &str| before.trim_end_matches(['=', '~', '!']).rsplit(['{', ',']).next().unwrap().to_owned();
    pairs
        .filter(|(before, _)| before.ends_with(['=', '~']))
        .map(|(before, value)| (label(before), (*value).to_owned()))
        .collect()
}

#[test]
fn the_checker_of_prometheus_is_content_with_metrics_and_alerts() {
    for log in ["tests/data/postfix/mail.log.zst", "tests/data/exim/mainlog.zst", "samples/hostile/lies.log"] {
        if let Some((fine, said)) = tool("promtool", &["check", "metrics"], &report("prometheus", log)) {
            assert!(fine && said.trim().is_empty(), "{log}: {said}");
        }
    }
    let rules = root().join("samples/prometheus/mailrake.rules.yml");
    if let Some((fine, said)) = tool("promtool", &["check", "rules", rules.to_str().unwrap()], "") {
        assert!(fine, "{said}");
    }
}

#[test]
fn the_units_are_what_systemd_wants() {
    let folder = tempfile::tempdir().unwrap();
    // systemd wants the program to be there.
    let service = sample("systemd/mailrake.service").replace("/usr/bin/mailrake ", "/bin/true ");
    fs::write(folder.path().join("mailrake.service"), service).unwrap();
    fs::write(folder.path().join("mailrake.timer"), sample("systemd/mailrake.timer")).unwrap();
    let unit = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (service, timer) = (unit("mailrake.service"), unit("mailrake.timer"));
    if let Some((fine, said)) = tool("systemd-analyze", &["verify", "--man=no", &service, &timer], "") {
        assert!(fine && said.trim().is_empty(), "{said}");
    }
}

#[test]
fn samples_use_options_that_there_are() {
    let help = mailrake(&["--help"]);
    for name in ["cron/mailrake", "systemd/mailrake.service"] {
        let text = sample(name);
        let commands = text.lines().filter(|l| !l.starts_with("# ")).filter_map(|l| l.split_once("mailrake --"));
        let mut seen = 0;
        for (_, command) in commands {
            for option in format!("--{command}").split([' ', ')']).filter(|w| w.starts_with("--")) {
                seen += 1;
                assert!(help.contains(option), "{name}: {option}");
            }
        }
        assert!(seen > 1, "{name}");
    }
}

#[test]
fn the_manual_page_has_every_option_and_is_in_order() {
    let page = mailrake(&["man"]);
    let plain = page.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "");
    for (command, help) in [("", mailrake(&["--help"])), ("events", mailrake(&["events", "--help"]))] {
        let words = help.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        for option in words.filter(|w| w.len() > 3 && w.starts_with("--")) {
            assert!(plain.contains(option), "{command}: {option} is not in the manual page");
        }
    }
    if let Some((_, said)) = tool("mandoc", &["-T", "lint", "-W", "error"], &page) {
        assert!(said.trim().is_empty(), "{said}");
    }
}

#[test]
fn the_shells_can_read_their_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let script = mailrake(&["completions", shell]);
        assert!(script.contains("explain") && script.contains("redact"), "{shell}");
        if let Some((fine, said)) = tool(shell, &["-n"], &script) {
            assert!(fine, "{shell}: {said}");
        }
    }
}

#[test]
fn a_mail_is_one_that_other_programs_read() {
    let mail = mailrake(&[
        "--timezone",
        "UTC",
        "--format",
        "mail",
        "--mail-to",
        "postmaster@lumenshop.example",
        root().join("tests/data/postfix/mail.log.zst").to_str().unwrap(),
    ]);
    let script = "import sys, email, email.policy\n\
        m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)\n\
        assert not m.defects, m.defects\n\
        assert m['To'] == 'postmaster@lumenshop.example', m['To']\n\
        assert 'critical' in m['Subject'] and m['Subject'].startswith('mailrake '), m['Subject']\n\
        assert m.get_content_type() == 'multipart/alternative', m.get_content_type()\n\
        kinds = [p.get_content_type() for p in m.iter_parts()]\n\
        assert kinds == ['text/plain', 'text/html'], kinds\n\
        text, page = [p.get_content() for p in m.iter_parts()]\n\
        assert text.startswith('ACT: '), text[:60]\n\
        assert page.startswith('<!doctype html>') and page.rstrip().endswith('</html>'), page[:60]\n\
        assert not any(p.defects for p in m.walk())\n";
    if let Some((fine, said)) = tool("python3", &["-c", script], &mail) {
        assert!(fine, "{said}");
    }
}
