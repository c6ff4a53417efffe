use super::*;

fn rules(zone: &str) -> TimeRules {
    TimeRules { zone: zone.parse().unwrap(), year: None }
}

fn micros(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
}

fn utc(time: i64) -> String {
    let time = chrono::DateTime::from_timestamp_micros(time).unwrap();
    time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// `time|host|tag|pid|message` of each entry, `xN` before a repeated one, `+N` for further lines.
fn shown(log: &[u8], zone: &str) -> Vec<String> {
    let clock = Clock::begin(&rules(zone), log, &[], micros("2024-12-01T00:00:00Z"));
    let mut reader = Reader::new(clock);
    let (mut rest, mut scratch) = (log, Vec::new());
    let mut all = Vec::new();
    while let Some(entry) = reader.next(&mut rest, &mut scratch) {
        let mut text = match entry.content {
            Content::Line(l) => {
                let times = if l.times == 1 { String::new() } else { format!("x{} ", l.times) };
                let field = |bytes: &[u8]| bytes.escape_ascii().to_string().replace("\\'", "'").replace("\\\"", "\"");
                let (host, tag, pid, message) = (field(l.host), field(l.tag), field(l.pid), field(l.message));
                format!("{times}{}|{host}|{tag}|{pid}|{message}", utc(l.time))
            }
            Content::Repeat { host, time, times } => format!("repeat {times} {}|{}", utc(time), host.escape_ascii()),
            Content::Foreign => "foreign".to_owned(),
            Content::Blank => "blank".to_owned(),
        };
        if entry.lines > 1 {
            text += &format!(" +{}", entry.lines - 1);
        }
        all.push(text);
    }
    all
}

/// One line, read in Berlin's zone late in 2024.
fn check(line: &str, expected: &str) {
    assert_eq!(shown(line.as_bytes(), "Europe/Berlin"), [expected], "{line}");
    assert_eq!(shown(format!("{line}\r\n").as_bytes(), "Europe/Berlin"), [expected], "{line}, with a line end");
}

const SMTP: &str = "2024-11-03T08:15:02Z|mx1|postfix/smtp|2113|7C1D2203F: text";

#[test]
fn rfc3164_and_what_has_become_of_it() {
    check("Nov  3 09:15:02 mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
    check("Nov 03 09:15:02 mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
    check("Nov 3 09:15:02 mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
    check("Nov  3 2024 09:15:02 mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
    check("2024 Nov  3 09:15:02 mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
    check("Nov  3 09:15:02\tmx1\tpostfix/smtp[2113]:\t7C1D2203F: text", SMTP);
    check("<22>Nov  3 09:15:02 mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
    check("Nov  3 09:15:02 <mail.info> mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
    check("<mail.info>Nov  3 09:15:02 mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
    check("\0\0\0Nov  3 09:15:02 mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
    check("\u{feff}Nov  3 09:15:02 mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
    check("Nov  3 09:15:02 mx1 postfix/smtp[2113] 7C1D2203F: text", SMTP);
    check("Nov  3 09:15:02 mx1 postfix/smtp[2113]: [ID 197553 mail.info] 7C1D2203F: text", SMTP);
    check("Nov  3 09:15:02.123456 mx1 postfix/smtp[2113]: t", "2024-11-03T08:15:02.123456Z|mx1|postfix/smtp|2113|t");
    check("2013 Jun 10 15:32:29.123 mx1 postfix/smtp[9]: t", "2013-06-10T13:32:29.123Z|mx1|postfix/smtp|9|t");
    check("Nov  3 09:15:60 mx1 a: t", "2024-11-03T08:15:59Z|mx1|a||t");
    check("Nov  3 09:15:02 mx1 mail:info sendmail[7]: t", "2024-11-03T08:15:02Z|mx1|sendmail|7|t");
}

#[test]
fn hosts_and_tags() {
    check("Nov  3 09:15:02 postfix/smtp[2]: t", "2024-11-03T08:15:02Z||postfix/smtp|2|t");
    check("Nov  3 09:15:02  dovecot: t", "2024-11-03T08:15:02Z||dovecot||t");
    check("Nov  3 09:15:02 - dovecot: t", "2024-11-03T08:15:02Z||dovecot||t");
    check("Nov  3 09:15:02 2001:db8::25 sm-mta[2]: t", "2024-11-03T08:15:02Z|2001:db8::25|sm-mta|2|t");
    check("Nov  3 09:15:02 2001:db8:: sm-mta[2]: t", "2024-11-03T08:15:02Z|2001:db8::|sm-mta|2|t");
    check("Nov  3 09:15:02 192.0.2.1 sm-mta: t", "2024-11-03T08:15:02Z|192.0.2.1|sm-mta||t");
    check(
        "Nov  3 09:15:02 mx1 postfix-239.58.50.50/smtp[4608]: t",
        "2024-11-03T08:15:02Z|mx1|postfix-239.58.50.50/smtp|4608|t",
    );
    check(
        "Nov  3 09:15:02 mx1 postfix-outbound/submission/smtp 7C1D2203F: t",
        "2024-11-03T08:15:02Z|mx1|postfix-outbound/submission/smtp||7C1D2203F: t",
    );
    check(
        "Nov  3 09:15:02 mx1 postfix-outbound/smtps/smtpd[123 7C1D2203F: t",
        "2024-11-03T08:15:02Z|mx1|postfix-outbound/smtps/smtpd||7C1D2203F: t",
    );
    check("Nov  3 09:15:02 mx1 kernel: [12.3] t", "2024-11-03T08:15:02Z|mx1|kernel||[12.3] t");
    check("Nov  3 09:15:02 mx1", "2024-11-03T08:15:02Z|mx1|||");
    check("Nov  3 09:15:02", "2024-11-03T08:15:02Z||||");
    check("Nov  3 09:15:02 mx1 a[", "2024-11-03T08:15:02Z|mx1|||a[");
}

#[test]
fn iso_stamps() {
    let body = "mx1 postfix/smtp[2113]: 7C1D2203F: text";
    check(&format!("2024-11-03T09:15:02+01:00 {body}"), SMTP);
    check(&format!("2024-11-03T09:15:02+0100 {body}"), SMTP);
    check(&format!("2024-11-03T09:15:02+01 {body}"), SMTP);
    check(&format!("2024-11-03T08:15:02Z {body}"), SMTP);
    check(&format!("2024-11-03T09:15:02 {body}"), SMTP);
    check(&format!("2024-11-03T03:15:02-05:00\t{body}"), SMTP);
    check("2024-11-03T09:15:02.123456789+01:00 mx1 a: t", "2024-11-03T08:15:02.123456Z|mx1|a||t");
    check("2024-11-03T09:15:02.5+01:00 mx1 a: t", "2024-11-03T08:15:02.500Z|mx1|a||t");
    check("2024-11-03 09:15:02 mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
    // A shipper's stamp before the line's own.
    check("2024-11-03T12:00:00.123Z\tNov  3 09:15:02 mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
    check("2024-11-03T12:00:00.123Z <22>Nov  3 09:15:02 mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
}

#[test]
fn rfc5424() {
    let stamp = "2024-11-03T09:15:02.000000+01:00";
    check(&format!("<22>1 {stamp} mx1 postfix/smtp 2113 - - 7C1D2203F: text"), SMTP);
    check(&format!("<22>1 {stamp} mx1 postfix/smtp 2113 ID47 [a@1 x=\"\\\"]\"][b@1] \u{feff}7C1D2203F: text"), SMTP);
    check(&format!("<22>1 {stamp} mx1 - - - - postfix/smtp[2113]: 7C1D2203F: text"), SMTP);
    check(&format!("{stamp} mx1 postfix/smtp 2113 - - 7C1D2203F: text"), SMTP);
    check(&format!("<22>1 {stamp} - app - - -"), "2024-11-03T08:15:02Z||app||");
    check(&format!("<22>1 {stamp} mx1 app 1 - [broken"), "2024-11-03T08:15:02Z|mx1|app||1 - [broken");
}

#[test]
fn journalctl_short_forms() {
    check("Sun 2024-11-03 09:15:02 CET mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
    check("Sun 2024-11-03 08:15:02 UTC mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
    check("Sun 2024-11-03 03:15:02 EST mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
    check("Sun 2024-11-03 09:15:02 CET mx1 postfix@-.service[2113]: t", "2024-11-03T08:15:02Z|mx1|postfix|2113|t");
    check("1730621702.000000 mx1 postfix/smtp[2113]: 7C1D2203F: text", SMTP);
    check("[ 5123.000001] mx1 postfix/smtp[2113]: text", "foreign");
    check("[ 5123.000001 <    0.1 >] mx1 postfix/smtp[2113]: text", "foreign");
    check("-- Logs begin at Sun 2024-11-03 09:15:02 CET, end at Sun 2024-11-03 09:15:03 CET. --", "blank");
    check("-- Boot 5f1c --", "blank");
    check("-- No entries --", "blank");
    assert_eq!(shown(b"\n\r\n\0\n", "UTC"), ["blank"; 3]);
    check("    indented", "foreign");
    check("7C1D2203F: text of -o cat", "foreign");
}

#[test]
fn journal_objects() {
    let rest = r#""__REALTIME_TIMESTAMP":"1730621702000000","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtp","_PID":"2113""#;
    check(&format!(r#"{{{rest},"MESSAGE":"7C1D2203F: text"}}"#), SMTP);
    check(&format!(r#"data: {{{rest},"MESSAGE":"7C1D2203F: text"}}"#), SMTP);
    check(&format!("\x1e{{{rest},\"MESSAGE\":\"7C1D2203F: text\"}}"), SMTP);
    check(&format!(r#"{{{rest},"MESSAGE":["7C1D2203F: text","second"],"MESSAGE":"third"}}"#), SMTP);
    check(&format!(r#"{{{rest},"MESSAGE":[55,67,255]}}"#), r"2024-11-03T08:15:02Z|mx1|postfix/smtp|2113|7C\xff");
    check(&format!(r#"{{{rest},"MESSAGE":null}}"#), "2024-11-03T08:15:02Z|mx1|postfix/smtp|2113|");
    check(
        &format!(r#"{{{rest},"MESSAGE":"a \"b\" c","SYSLOG_PID":"7","X":{{"y":[1,-2,3.5,true]}}}}"#),
        "2024-11-03T08:15:02Z|mx1|postfix/smtp|7|a \"b\" c",
    );
    check(
        r#"{"_SOURCE_REALTIME_TIMESTAMP":"1730621702000000","_COMM":"sendmail","MESSAGE":"t"}"#,
        "2024-11-03T08:15:02Z||sendmail||t",
    );
    check(r#"{"MESSAGE":"no time"}"#, "foreign");
    check(r#"{"other":1}"#, "foreign");
    check(r#"{"MESSAGE":"cut"#, "foreign");
}

#[test]
fn journal_entries_over_many_lines() {
    let pretty = "{\n\t\"__REALTIME_TIMESTAMP\" : \"1730621702000000\",\n\t\"_HOSTNAME\" : \"mx1\",\n\
                  \t\"SYSLOG_IDENTIFIER\" : \"postfix/smtp\",\n\t\"_PID\" : \"2113\",\n\
                  \t\"MESSAGE\" : [\n\t\t55,\n\t\t67\n\t]\n}\n";
    let expected = "2024-11-03T08:15:02Z|mx1|postfix/smtp|2113|7C +9";
    assert_eq!(shown(format!("{pretty}{pretty}").as_bytes(), "UTC"), [expected, expected]);
    assert_eq!(shown(&pretty.as_bytes()[..40], "UTC"), ["foreign", "foreign"]);

    let mut export = b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1730621702000000\n_HOSTNAME=mx1\n\
                       SYSLOG_IDENTIFIER=postfix/smtp\n_PID=2113\nMESSAGE\n"
        .to_vec();
    export.extend_from_slice(&12u64.to_le_bytes());
    export.extend_from_slice(b"7C\n\n__CURSOR\n\n");
    let expected = "2024-11-03T08:15:02Z|mx1|postfix/smtp|2113|7C\\n\\n__CURSOR +9";
    assert_eq!(shown(&export, "UTC"), [expected]);
    assert_eq!(shown(&export.repeat(2), "UTC"), [expected, expected]);
}

#[test]
fn a_binary_value_that_lies_about_its_length_spoils_its_entry_only() {
    let mut log = b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1730621702000000\nMESSAGE\n".to_vec();
    log.extend_from_slice(&u64::MAX.to_le_bytes());
    log.extend_from_slice(b"x\n\nNov  3 09:15:02 mx1 a: t\n");
    let found = shown(&log, "UTC");
    assert_eq!(found.last().map(String::as_str), Some("2024-11-03T09:15:02Z|mx1|a||t"));
}

#[test]
fn containers() {
    let inner = "Nov  3 09:15:02 mx1 postfix/smtp[2113]: 7C1D2203F: text";
    let docker = |log: &str| format!(r#"{{"log":"{log}\n","stream":"stdout","time":"2024-11-03T08:15:02.5Z"}}"#);
    check(&docker(inner), SMTP);
    check(&docker("postfix/smtp[2113]: a\\tb"), r"2024-11-03T08:15:02.500Z||postfix/smtp|2113|a\tb");
    check(
        &docker("2024-11-03 09:15:02 1t7WhK-0000000089R-0W7E Completed"),
        "2024-11-03T08:15:02Z||exim||1t7WhK-0000000089R-0W7E Completed",
    );
    // The container lived in UTC: its own envelope tells.
    check(
        &docker("2024-11-03 08:15:02 1t7WhK-0000000089R-0W7E Completed"),
        "2024-11-03T08:15:02Z||exim||1t7WhK-0000000089R-0W7E Completed",
    );
    check(&docker("starting up"), "2024-11-03T08:15:02.500Z||||starting up");
    check(&format!("2024-11-03T08:15:03.123456789Z stdout F {inner}"), SMTP);
    check("2024-11-03T08:15:02Z stderr F postfix/smtp[2113]: t", "2024-11-03T08:15:02Z||postfix/smtp|2113|t");
    check(&format!("mail-1  | {inner}"), SMTP);
    check(&format!("\x1b[36mmail-1  | \x1b[0m{inner}"), SMTP);
    check(&format!("\x1b[33m{inner}\x1b[0m"), SMTP);
    check(&format!("[pod/mail-0/postfix] {inner}"), SMTP);
    check(&format!("[pod/mail-0/postfix] 2024-11-03T08:15:03Z {inner}"), SMTP);
    check(&format!("mail-1  | 2024-11-03T08:15:03.1Z {inner}"), SMTP);
    check("mail-1  | postfix/smtp[2113]: no time anywhere", "foreign");
}

#[test]
fn pieces_of_long_lines_are_joined() {
    let cri = "2024-11-03T08:15:02Z stdout P postfix/smtp[2113]: one \n\
               2024-11-03T08:15:02Z stdout P two \n2024-11-03T08:15:02Z stdout F three\n\
               2024-11-03T08:15:03Z stdout P left\n2024-11-03T08:15:03Z stderr F other: x\n";
    let expected = [
        "2024-11-03T08:15:02Z||postfix/smtp|2113|one two three +2",
        "2024-11-03T08:15:03Z||||left",
        "2024-11-03T08:15:03Z||other||x",
    ];
    assert_eq!(shown(cri.as_bytes(), "UTC"), expected);

    let docker = |log: &str, stream: &str| {
        format!("{{\"log\":\"{log}\",\"stream\":\"{stream}\",\"time\":\"2024-11-03T08:15:02Z\"}}\n")
    };
    let log = docker("postfix/smtp[2113]: one ", "stdout")
        + &docker("two\\n", "stdout")
        + &docker("left ", "stdout")
        + &docker("a: b\\n", "stderr")
        + &docker("Nov  3 08:15:02 mx1 a: no line end", "stdout")
        + &docker("Nov  3 08:15:03 mx1 a: nor here", "stdout");
    let expected = [
        "2024-11-03T08:15:02Z||postfix/smtp|2113|one two +1",
        "2024-11-03T08:15:02Z||||left ",
        "2024-11-03T08:15:02Z||a||b",
        "2024-11-03T08:15:02Z|mx1|a||no line end",
        "2024-11-03T08:15:03Z|mx1|a||nor here",
    ];
    assert_eq!(shown(log.as_bytes(), "UTC"), expected);
}

#[test]
fn exim_stamps_itself() {
    let message = "1t7WhK-0000000089R-0W7E Completed";
    check(&format!("2024-11-03 09:15:02 {message}"), &format!("2024-11-03T08:15:02Z||exim||{message}"));
    check(
        &format!("2024-11-03 09:15:02.123 -0500 [789] {message}"),
        &format!("2024-11-03T14:15:02.123Z||exim|789|{message}"),
    );
    check(&format!("Nov  3 09:15:03 mx1 exim[7]: {message}"), &format!("2024-11-03T08:15:03Z|mx1|exim|7|{message}"));
    check(
        &format!("Nov  3 09:15:03 mx1 exim[7]: 2024-11-03 09:15:02 {message}"),
        &format!("2024-11-03T08:15:02Z|mx1|exim|7|{message}"),
    );
    check(
        &format!("Nov  3 09:15:03 mx1 exim4: 2024-11-03 09:15:02 [789] {message}"),
        &format!("2024-11-03T08:15:02Z|mx1|exim4|789|{message}"),
    );
    check("Nov  3 09:15:03 mx1 exim[7]: [1/2] 2024-11-03 09:15:02 a", "2024-11-03T08:15:02Z|mx1|exim|7|[1/2] a");
    check("Nov  3 09:15:03 mx1 exim[7]: [2/2]  a", "2024-11-03T08:15:03Z|mx1|exim|7|[2/2]  a");
    check("2024-11-03T08:15:03Z mx1 exim[7]: 2024-11-03 08:15:02 a", "2024-11-03T08:15:02Z|mx1|exim|7|a");
}

#[test]
fn repetitions() {
    check("Nov  3 09:15:02 mx1 last message repeated 3 times", "repeat 3 2024-11-03T08:15:02Z|mx1");
    check("Nov  3 09:15:02 last message repeated 1 time", "repeat 1 2024-11-03T08:15:02Z|");
    check("Nov  3 09:15:02  dovecot: last message repeated 2 times", "repeat 2 2024-11-03T08:15:02Z|");
    check("Nov  3 09:15:02 --- last message repeated 1 time ---", "repeat 1 2024-11-03T08:15:02Z|");
    check(
        "Nov  3 09:15:02 mx1 Last message 'x' repeated 7 times' repeated 3 times, suppressed by syslog-ng on mx1",
        "repeat 3 2024-11-03T08:15:02Z|mx1",
    );
    check(
        "Nov  3 09:15:02 mx1 a: last message repeated 2 times too often",
        "2024-11-03T08:15:02Z|mx1|a||last message repeated 2 times too often",
    );
    check("Nov  3 09:15:02 mx1 a[1]: message repeated 3 times: [ b [c]]", "x3 2024-11-03T08:15:02Z|mx1|a|1|b [c]");
    check("Nov  3 09:15:02 mx1 a[1]: message repeated 3 times: [ b c", "x3 2024-11-03T08:15:02Z|mx1|a|1|b c");
    check(
        "Nov  3 09:15:02 mx1 a[1]: message repeated x times: [ b",
        "2024-11-03T08:15:02Z|mx1|a|1|message repeated x times: [ b",
    );
    check("Nov  3 09:15:02 mx1 -- MARK --", "blank");
    check("Nov  3 09:15:02 mx1 --MARK--", "blank");
}

#[test]
fn what_is_no_stamp() {
    for line in [
        "Nov  3 24:15:02 mx1 a: t",
        "Nov  3 09:60:02 mx1 a: t",
        "Nov 32 09:15:02 mx1 a: t",
        "Nov  3 09:15:02x mx1 a: t",
        "Nov  3 9:15:02 mx1 a: t",
        "Foo  3 09:15:02 mx1 a: t",
        "Nov  3 09:15",
        "2024-13-03T09:15:02Z mx1 a: t",
        "2024-11-03T09:15:02Zx mx1 a: t",
        "2024-11-03",
        "<22",
        "<22>",
        "<999999>Nov  3 09:15:02 mx1 a: t",
        "[pod/",
        "\u{1b}[",
    ] {
        let found = shown(line.as_bytes(), "UTC");
        assert!(found == ["foreign"] || found == ["blank"], "{line}: {found:?}");
    }
    assert_eq!(shown(b"Apr 31 00:00:00 mx1 a: t", "UTC"), ["2024-04-30T00:00:00Z|mx1|a||t"]);
    assert_eq!(shown(b"2023-02-29T00:00:00Z mx1 a: t", "UTC"), ["2023-02-28T00:00:00Z|mx1|a||t"]);
}

#[test]
fn the_first_stamp_orders_files() {
    let log = b"\n-- Boot 1 --\n  stray\nNov  3 09:15:02 mx1 a: t\nNov  4 09:15:02 mx1 a: t\n";
    let clock = Clock::begin(&rules("UTC"), log, &[], micros("2024-12-01T00:00:00Z"));
    assert_eq!(first_time(log, &clock), Some(micros("2024-11-03T09:15:02Z")));
    assert_eq!(first_time(b"nothing\n", &clock), None);
}

mod random {
    use super::*;
    use proptest::prelude::*;

    fn pieces() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            4 => prop::sample::select(vec![
                "Nov  3 09:15:02", "2024-11-03T09:15:02.1Z", "2024-11-03 09:15:02", " mx1 ", "postfix/smtp[1]: ",
                "exim[2]: ", "[1/2] ", "\n", "\n\n", "{\"log\":\"a", "\\n\",\"stream\":\"stdout\",", "\"time\":\"x\"}\n",
                "{\n", "\t\"MESSAGE\" : \"x\"\n", "}\n", "__CURSOR=1\n", "__REALTIME_TIMESTAMP=17\n", "MESSAGE\n",
                "\u{3}\0\0\0\0\0\0\0", "abc\n", " stdout P ", " stderr F ", "<22>1 ", "<22>", "mail-1 | ", "\u{1b}[1m",
                "\u{1e}", "data: {", "- - [a b=\"", "last message repeated 3 times", "message repeated 3 times: [ ",
                "Last message 'x' repeated 1 times, suppressed by syslog-ng on h", "\u{feff}", "\r\n",
            ]).prop_map(|text| text.as_bytes().to_vec()),
            1 => prop::collection::vec(any::<u8>(), 0..12),
            1 => prop::collection::vec(Just(0), 1..4),
        ];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    fn usual_lines() -> impl Strategy<Value = Vec<u8>> {
        let stamp = prop::sample::select(vec![
            "Nov  3 09:15:02 ",
            "Nov  3 09:15:59 ",
            "Nov  3 09:15:60 ",
            "Nov  3 09:15:0x ",
            "Nov  3 09:16:02\t",
            "Nov  3 09:15:02.5 ",
            "Nov 3 09:15:02 ",
            "Nov  3 2023 09:15:02 ",
            "Dec 31 23:59:59 ",
            "Jan  1 00:00:00 ",
            "Oct 27 02:30:00 ",
            "Oct 27 02:29:00 ",
            "Oct 27 02:01:00 ",
            "2024-11-03T09:15:02.123456+01:00 ",
            "2024-11-03T09:15:02+01:00 ",
            "2024-11-03T09:15:03.123456+02:00 ",
            "2024-11-03T09:15:03.12x456+02:00 ",
            "2024-11-03T09:15:03.123456Z ",
            "2024-11-03T09:15:03 ",
            "2024-11-03 09:15:02 ",
            "2024-11-03 09:15:03 ",
            "2024-10-27 02:30:00 ",
            "2024-10-27 02:05:00 ",
            "<22>Nov  3 09:15:02 ",
            "",
        ]);
        let host = prop::sample::select(vec!["mx1 ", "mx1 ", "mx10 ", "", "- ", "mx1  ", "stdout F ", "2001:db8::1 "]);
        let said = prop::sample::select(vec![
            "postfix/smtp[2113]: 7C1D2203F: text",
            "a: t",
            "a:t",
            "a[1]:t",
            "a[1] t",
            "a t is free",
            "a[12 t",
            "lmtpd[1]: t",
            "a[123456789]: t",
            "mail:info a[1]: t",
            "last message repeated 3 times",
            "a: last message repeated 3 times",
            "a[1]: message repeated 3 times: [ b]",
            "a[1]: [ID 1 mail.info] t",
            "exim[7]: 2024-11-03 09:15:02 t",
            "exim[7]: 1t7WhK-0000000089R-0W7E t",
            "exim[7]: [1/2] 2024-11-03 09:15:02 t",
            "exim[7]: t",
            "-- MARK --",
            "postfix@-.service[2]: t",
            "1t7WhK-0000000089R-0W7E t",
            "1t7WhK-000008-0W t",
            "mx1 a[1]: t",
            ": t",
            "app 12 - - t",
            "averyveryveryveryveryverylongprogramname[1]: t",
            "",
        ]);
        prop::collection::vec((stamp, host, said), 1..12)
            .prop_map(|lines| lines.iter().map(|(a, b, c)| format!("{a}{b}{c}\n")).collect::<String>().into_bytes())
    }

    /// Reads all; also checks that every byte and line belongs to one entry.
    fn read_all(log: &[u8], clock: &Clock) -> (Vec<String>, Clock) {
        let mut reader = Reader::new(clock.clone());
        let (mut rest, mut scratch) = (log, Vec::new());
        let (mut all, mut lines) = (Vec::new(), 0);
        while !rest.is_empty() {
            let before = rest.len();
            let entry = reader.next(&mut rest, &mut scratch).unwrap();
            assert!(rest.len() < before);
            lines += entry.lines as usize;
            all.push(format!("{:?}", entry));
        }
        let ends = log.iter().filter(|&&b| b == b'\n').count() + usize::from(log.last().is_some_and(|&b| b != b'\n'));
        assert_eq!(lines, ends);
        (all, reader.clock().clone())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn nothing_panics_and_no_line_is_lost(log in pieces()) {
            let clock = Clock::begin(&rules("Europe/Berlin"), &log, &[&log, b"Nov"], micros("2024-12-01T00:00:00Z"));
            read_all(&log, &clock);
            let _ = first_time(&log, &clock);
            let _ = clock.after(&log);
        }

        #[test]
        fn the_short_way_tells_what_the_general_one_does(log in usual_lines()) {
            let mut clock = Clock::begin(&rules("Europe/Berlin"), &log, &[], micros("2024-12-01T00:00:00Z"));
            let (remembering, end) = read_all(&log, &clock);
            let mut forgetful = Vec::new();
            for line in log.split_inclusive(|&b| b == b'\n') {
                let (entry, next) = read_all(line, &clock);
                forgetful.extend(entry);
                clock = next;
            }
            prop_assert_eq!(remembering, forgetful);
            prop_assert_eq!(end, clock);
        }

        #[test]
        fn cut_entries_read_as_whole_ones(log in pieces(), at in any::<prop::sample::Index>()) {
            // Whole lines up to any place, cut where `cut` says.
            let lines: Vec<usize> = memchr::memchr_iter(b'\n', &log).map(|lf| lf + 1).collect();
            if lines.is_empty() {
                return Ok(());
            }
            let end = lines[at.index(lines.len())];
            let at = cut(&log[..end]);
            prop_assert!(at <= end && (at == 0 || log[at - 1] == b'\n'));
            let clock = Clock::begin(&rules("UTC"), &log, &[], 0);
            let (whole, _) = read_all(&log, &clock);
            let (mut parts, between) = read_all(&log[..at], &clock);
            prop_assert_eq!(&clock.after(&log[..at]), &between);
            parts.extend(read_all(&log[at..], &between).0);
            prop_assert_eq!(whole, parts);
        }
    }
}
