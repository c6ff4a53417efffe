use super::*;
use crate::report::fixture;

fn redactor() -> Redactor {
    Redactor::new(b"a key of the tests, and no secret").unwrap()
}

/// Every local part replaced by a mark that says which it was.
fn shown(text: &str, locals: &[&str]) -> String {
    let redactor = redactor();
    locals.iter().fold(redactor.text(text).into_owned(), |out, local| {
        out.replace(&redactor.hash(local), &format!("[{}]", local.to_uppercase()))
    })
}

#[test]
fn the_hash_is_what_openssl_says() {
    // printf %s anna | openssl dgst -sha256 -mac HMAC -macopt "key:a key of the tests, and no secret"
    assert_eq!(redactor().address("anna@lumenshop.example"), "a1e040024eb2@lumenshop.example");
    assert_eq!(redactor().hash("anna").len(), DIGITS);
    assert_eq!(redactor().hash("Anna"), redactor().hash("anna"));
    assert_eq!(redactor().hash("\"john \\\"d\\\" doe\""), redactor().hash("john \"d\" doe"));
    assert_ne!(redactor().hash("anna"), Redactor::new(b"another key").unwrap().hash("anna"));
    for same in ["", "<>", "@route.example"] {
        assert_eq!(redactor().address(same), same);
    }
}

#[test]
fn local_parts_go_in_every_form_they_are_logged_in() {
    for (text, locals, says) in [
        ("to=<ann@host.example>, relay=mx", &["ann"][..], "to=<[ANN]@host.example>, relay=mx"),
        ("from=ann@host.example, size=9", &["ann"], "from=[ANN]@host.example, size=9"),
        ("to=ann, delay=0", &["ann"], "to=[ANN], delay=0"),
        ("from=<ann> uid=0", &["ann"], "from=<[ANN]> uid=0"),
        ("sasl_method=PLAIN, sasl_username=ann", &["ann"], "sasl_method=PLAIN, sasl_username=[ANN]"),
        ("A=plain:ann S=12", &["ann"], "A=plain:[ANN] S=12"),
        ("A=login:ann@host.example S=12", &["ann"], "A=login:[ANN]@host.example S=12"),
        ("1tSd-0 => ann <Ann@host.example> R=l", &["ann"], "1tSd-0 => [ANN] <[ANN]@host.example> R=l"),
        ("1tSd-0 ** ann <ann@host.example>: retry", &["ann"], "1tSd-0 ** [ANN] <[ANN]@host.example>: retry"),
        ("said: 550 <ann>: unknown", &["ann"], "said: 550 <[ANN]>: unknown"),
        ("to=<ann@h.example> 550 ann: no such user", &["ann"], "to=<[ANN]@h.example> 550 [ANN]: no such user"),
        (
            "to=<ann@h.example> (delivered to /var/mail/ann)",
            &["ann"],
            "to=<[ANN]@h.example> (delivered to /var/mail/[ANN])",
        ),
        ("to=<\"john doe\"@h.example>", &["john doe"], "to=<[JOHN DOE]@h.example>"),
        ("to=<b+ann=host.example@list.example>", &["b+ann=host.example"], "to=<[B+ANN=HOST.EXAMPLE]@list.example>"),
        (
            "from=<SRS0=x7=TT=host.example=ann@fwd.example>",
            &["SRS0=x7=TT=host.example=ann"],
            "from=<[SRS0=X7=TT=HOST.EXAMPLE=ANN]@fwd.example>",
        ),
        (
            "see https://h.example/?u=ann%40host.example",
            &["//h.example/?u=ann"],
            "see https:[//H.EXAMPLE/?U=ANN]%40host.example",
        ),
        ("mailto:ann@h.example", &["ann"], "mailto:[ANN]@h.example"),
        ("ctladdr=ann (1000/1000)", &["ann"], "ctladdr=[ANN] (1000/1000)"),
        ("550 a\\nann@h.example b", &["ann"], "550 a\\n[ANN]@h.example b"),
        ("550 a#012ann@h.example b", &["ann"], "550 a#012[ANN]@h.example b"),
        ("message-id=<20250304.1@mx1.example>", &["20250304.1"], "message-id=<[20250304.1]@mx1.example>"),
        (
            "{\"MESSAGE\":\"to=<ann@h.example>\",\"user\\u0040x\"}",
            &["ann", "user"],
            "{\"MESSAGE\":\"to=<[ANN]@h.example>\",\"[USER]\\u0040x\"}",
        ),
        ("für bücher@h.example", &["bücher"], "für [BÜCHER]@h.example"),
        ("to='ann@h.example'", &["ann"], "to='[ANN]@h.example'"),
    ] {
        assert_eq!(shown(text, locals), says);
    }
}

#[test]
fn what_is_nobodys_name_stays() {
    for text in [
        "450 4.2.0 <address>: Greylisted, see <url> for <number> s",
        "proto=ESMTP helo=<mail.partner.invalid>",
        "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
        "from=<>, size=12, nrcpt=1 (queue active)",
        "connect to mx.host.example[192.0.2.3]:25: Connection refused",
        "1tSd-0 => :blackhole: R=x",
        "@",
        "",
    ] {
        assert_eq!(redactor().text(text), text);
    }
    // Words of every reply are no names, even where somebody has one for an address.
    assert_eq!(
        shown("to=<mail@h.example> mail for mx.mail.example", &["mail"]),
        "to=<[MAIL]@h.example> mail for mx.mail.example"
    );
}

#[test]
fn equal_addresses_are_equal_in_figures_and_lines() {
    let mut a = fixture::busy();
    let item = a.dead_ends[0].items[0].clone();
    redactor().analysis(&mut a);
    let after = &a.dead_ends[0].items[0];
    let recipient = after.recipient.clone().unwrap();
    assert_ne!(after.recipient, item.recipient);
    assert_eq!(recipient.rsplit_once('@').unwrap().1, item.recipient.clone().unwrap().rsplit_once('@').unwrap().1);
    let lines: Vec<_> = after.evidence.iter().map(|e| e.text.text()).collect();
    let local = item.recipient.unwrap().split('@').next().unwrap().to_owned();
    assert!(lines.iter().all(|l| !l.contains(&local)), "{lines:?}");
}

#[test]
fn no_text_of_any_kind_breaks_it() {
    let redactor = redactor();
    for text in
        ["\"@", "\"\"@x", "<@>", "<<<>>>@@", "é@é", "A=:", "A=", "=@", "user=", " => ", "\\\"@x", "%40%40@", "<é>"]
    {
        _ = redactor.text(text);
        _ = redactor.address(text);
        _ = redactor.line(text.as_bytes());
    }
    _ = redactor.line(b"\xff\xfe ann@\xff");
}

proptest::proptest! {
    #[test]
    fn a_local_part_before_an_at_sign_never_comes_through(local in "[a-z0-9._+=-]{6,20}", before in "[ -~]{0,20}", after in "[ -~]{0,20}") {
        let text = format!("{before} <{local}@h.example> {after}");
        let out = redactor().text(&text).into_owned();
        proptest::prop_assert!(!out.contains(&format!("{local}@")), "{out}");
    }
}
