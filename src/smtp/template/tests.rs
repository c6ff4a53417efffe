use super::*;
use proptest::prelude::*;

fn row(reply: impl AsRef<[u8]>) -> String {
    let mut out = Vec::new();
    template(reply.as_ref(), &mut out);
    String::from_utf8(out).unwrap()
}

fn check(reply: &str, expected: &str) {
    assert_eq!(row(reply), expected, "{reply}");
    assert_eq!(row(expected), expected, "its own template: {reply}");
}

#[test]
fn names_and_numbers_become_marks() {
    check("550 5.1.1 <ann@host.example>: User unknown", "550 5.1.1 <address>: User unknown");
    check("550 ann@host.example... No such user", "550 <address>... No such user");
    check("unknown user: \"ann.b\"", "unknown user: \"<user>\"");
    check(
        "connect to mx.host.example[203.0.113.78]:25: Connection refused",
        "connect to <host>[<ip>]:25: Connection refused",
    );
    check(
        "connect to mx.host.example[2001:db8:93::25]:25: No route to host",
        "connect to <host>[<ip>]:25: No route to host",
    );
    check("<mx.host.example[192.0.2.3]>: Client host rejected", "<host>[<ip>]: Client host rejected");
    check("see https://host.example/a?b=1, please.", "see <url>, please.");
    check("id=7f3a-22 (score 14.2/8.0)", "id=<id> (score <number>/<number>)");
    check("Greylisted for 287 seconds, 15min", "Greylisted for <number> seconds, <time>");
    check("[VI1EUR04FT016.eop.example 2025-03-04T09:11:02.114Z 08DD5A9E0C1F2B3A]", "[<host> <time> <id>]");
    check("552 5.3.4 size 10485760 exceeds RFC 5321", "552 5.3.4 size <number> exceeds RFC 5321");
    check("to=ann@host.example bounce-7=ann=b.example@c.example", "to=<address> <address>");
    check("[2001:db8::1      12] Our system", "[<ip> 12] Our system".replace("12", "<number>").as_str());
}

#[test]
fn reasons_are_kept() {
    check("421 4.7.0 [TSS04] Messages from 192.0.2.10 deferred", "421 4.7.0 [TSS04] Messages from <ip> deferred");
    check("part of their network is on our block list (S3140).", "part of their network is on our block list (S3140).");
    check("451 4.7.500 Server busy. (AS761)", "451 4.7.500 Server busy. (AS761)");
    check("553 5.7.1 [BL21] [CS01] RL000001 AUP#CDRBL OFR_506", "553 5.7.1 [BL21] [CS01] RL000001 AUP#CDRBL OFR_506");
    check(
        "554 5.7.1 Client host [192.0.2.10] blocked using zen.dnsbl.example; https://check.dnsbl.example/query/ip/192.0.2.10",
        "554 5.7.1 Client host [<ip>] blocked using zen.dnsbl.example; <url check.dnsbl.example>",
    );
    check(
        "blocked using mail.host.example, listed at lists.example",
        "blocked using mail.host.example, listed at lists.example",
    );
    check("RESOLVER.ADR.RecipNotFound; not found here.Please", "RESOLVER.ADR.RecipNotFound; not found here.Please");
    check("550 5.1.1 <>: we don't", "550 5.1.1 <>: we don't");
}

#[test]
fn lines_of_a_reply_are_joined() {
    let joined = "550 5.1.1 The account does not exist. Please try again later";
    check("550-5.1.1 The account does not exist. Please 550-5.1.1 try again 550 5.1.1 later", joined);
    check("550-5.1.1 The account does not exist. Please\\n550-5.1.1 try again\\n550 5.1.1 later", joined);
    check("554-one 554 two", "554 one two");
    check("554 one 554 two", "554 one 554 two");
}

#[test]
fn bytes_are_made_safe() {
    check("bo\\303\\256te a\tb\u{202e}c", "boîte a b?c");
    assert_eq!(row(b"vor\xfcbergehend"), "vor?bergehend");
    assert_eq!(row("vor\\374bergehend"), "vor?bergehend");
    assert_eq!(row(b"\xe3\x83"), "??");
    assert_eq!(row("ユーザーann@host.exampleは存在しません"), "ユーザー<address>は存在しません");
}

#[test]
fn rows_are_short_and_tokens_whole() {
    let long = format!("550 5.7.1 {}", "see section 12; mx.host.example ".repeat(40));
    let row = row(long);
    assert!((250..=LONGEST).contains(&row.len()));
    assert!(
        row.ends_with("<host>")
            || row.ends_with(';')
            || row.ends_with("12")
            || row.ends_with("see")
            || row.ends_with("section"),
        "{row}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_template_is_its_own_template(words in prop::collection::vec(piece(), 0..40)) {
        let text: Vec<u8> = words.concat();
        let once = row(&text);
        prop_assert!(once.len() <= LONGEST && !once.chars().any(char::is_control));
        prop_assert_eq!(row(&once), once, "{:?}", String::from_utf8_lossy(&text));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_short_cut_changes_nothing(words in prop::collection::vec(piece(), 0..40)) {
        let text: Vec<u8> = words.concat();
        let mut slow = Vec::new();
        let mut writer = Writer { limit: LONGEST, start: 0, out: &mut slow, full: false, gap: false };
        let mut scan = Scan { text: &text, at: 0, code: None, enhanced: None, several: false };
        scan.leading_codes(&mut writer);
        while scan.at < text.len() && !writer.full {
            scan.step(&mut writer);
        }
        prop_assert_eq!(row(&text), String::from_utf8(slow).unwrap(), "{:?}", String::from_utf8_lossy(&text));
    }
}

/// Pieces of replies, and rubbish.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "550",
        "-",
        " ",
        "5.1.1",
        "4.7.28",
        "<",
        ">",
        "@",
        "ann",
        "mx.host.example",
        "192.0.2.1",
        "::1",
        "2001:db8::5",
        ":",
        "https://",
        "zen.dnsbl.example",
        "/",
        "=",
        "id",
        "RFC",
        "1234",
        "12",
        "seconds",
        "using ",
        "\\n",
        "\\303",
        "\\251",
        "#012",
        "\"",
        "user ",
        "a1b2c3d4",
        "09:11:02",
        "2025-03-04",
        "T",
        "\u{202e}",
        "é",
        "日本",
        "...",
        "-----",
        "<url ",
        "<ip>",
        "(",
        ")",
        "'",
        "x",
        "e",
        "S3140",
        "AS7",
        "listed",
        " at ",
        "%",
        "?",
        "\\",
        ".",
        "ipv6:",
        "1",
        "Z",
        "+",
    ]);
    prop_oneof![
        8 => known.prop_map(|s| s.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ]
}
