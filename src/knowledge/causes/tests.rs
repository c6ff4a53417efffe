use super::reading::MARKS;
use super::*;

/// `[5.1.10] text` is the MTA's own reason with the code it logged.
fn logged_code(example: &str) -> (Option<EnhancedCode>, &str) {
    match example.strip_prefix('[').and_then(|e| e.split_once("] ")) {
        Some((code, text)) if EnhancedCode::parse(code.as_bytes()).is_some() => {
            (EnhancedCode::parse(code.as_bytes()), text)
        }
        _ => (None, example),
    }
}

/// `550 5.1.1 text` is a reply, `[5.1.10] text` the MTA's own reason with its code, `text` a reason alone.
fn failure<'a>(rule: &Rule, example: &'a str) -> Failure<'a> {
    let (enhanced, text) = logged_code(example);
    let all = Failure::of_text(text);
    Failure {
        enhanced: all.enhanced.or(enhanced),
        inbound: rule.inbound.unwrap_or(false),
        stage: rule.stage.first().copied(),
        ..all
    }
}

#[test]
fn the_short_reader_reads_what_toml_reads() {
    let whole = toml::from_str::<File>(BUILT_IN_FILE).unwrap().rule;
    let mut whole: Vec<RawRule> = whole.into_iter().map(toml::Spanned::into_inner).collect();
    for rule in &mut whole {
        (rule.examples, rule.not) = (List::new(), List::new());
    }
    assert_eq!(embedded::read(BUILT_IN_FILE).unwrap(), whole);
    assert!(embedded::read("[[rule]]\nname = 7\n").is_none());
    assert!(embedded::read("[[rule]]\nwhat = \"x\"\n").is_none());
    assert!(embedded::read("name = \"x\"\n").is_none());
}

#[test]
fn every_rule_takes_its_examples_and_no_near_miss() {
    let rules = Compiled::read(None).unwrap();
    let tried_always = rules.patterns.check().unwrap();
    assert!(tried_always <= 6, "{:?}", rules.patterns.always().collect::<Vec<_>>());
    let mut wrong = Vec::new();
    for rule in &rules.rules {
        assert!(!rule.examples.is_empty(), "{} has no example", rule.name);
        for example in &rule.examples {
            let verdict = rules.judge(&failure(rule, example));
            if verdict.rule != rule.name {
                wrong.push(format!("{}: {example:?} goes to {}", rule.name, verdict.rule));
            }
        }
        for example in &rule.not {
            if rules.judge(&failure(rule, example)).rule == rule.name {
                wrong.push(format!("{}: takes {example:?}", rule.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Rows of cause and text; the text as in the examples of a rule.
fn table_holds(table: &str) {
    let wrong: Vec<String> = table
        .lines()
        .filter_map(|line| {
            let (cause, text) = line.split_once('\t').unwrap();
            assert!(Cause::parse(cause).is_some(), "{line}");
            let (enhanced, text) = logged_code(text);
            let all = Failure::of_text(text);
            let verdict = rules().judge(&Failure { enhanced: all.enhanced.or(enhanced), ..all });
            (verdict.cause.as_str() != cause)
                .then(|| format!("{text}: {} by {} instead of {cause}", verdict.cause, verdict.rule))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What servers of all sorts answer, in the usual words for each cause.
#[test]
fn usual_replies_get_their_cause() {
    table_holds(include_str!("replies.tsv"));
}

/// German, French, Spanish, Portuguese, Russian, Japanese and Chinese servers.
#[test]
fn replies_in_other_languages_get_their_cause() {
    table_holds(include_str!("languages.tsv"));
}

/// Every reason that Postfix, Exim and Sendmail give themselves, without any server's reply.
#[test]
fn every_reason_of_the_mail_servers_themselves_gets_its_cause() {
    table_holds(include_str!("local.tsv"));
}

#[test]
fn patterns_tried_by_hand_say_what_regular_expressions_say() {
    let rules = Compiled::read(None).unwrap();
    let examples = rules.rules.iter().flat_map(|r| r.examples.iter().chain(&r.not)).map(AsRef::as_ref);
    let tables = [include_str!("replies.tsv"), include_str!("languages.tsv"), include_str!("local.tsv")];
    for text in examples.chain(tables.iter().flat_map(|t| t.lines())) {
        let text = canonical(text);
        let wrong = rules.patterns.disagreements(strip_codes(&text));
        assert!(wrong.is_empty(), "{}: {wrong:?}", String::from_utf8_lossy(&text));
    }
}

#[test]
fn a_template_gets_the_verdict_of_its_text() {
    for rule in &rules().compiled().rules {
        for example in &rule.examples {
            let whole = failure(rule, example);
            let mut row = Vec::new();
            crate::smtp::template::template(whole.text.as_bytes(), &mut row);
            let row = String::from_utf8(row).unwrap();
            let (of_text, of_row) = (rules().judge(&whole), rules().judge(&Failure { text: &row, ..whole }));
            assert_eq!(
                (of_text.rule, of_text.contradiction),
                (of_row.rule, of_row.contradiction),
                "{example} as {row}"
            );
        }
    }
}

#[test]
fn names_that_strangers_choose_are_no_reasons() {
    let cause = |text| rules().judge(&Failure::of_text(text)).cause;
    assert_eq!(cause("550 5.1.1 <spam.virus.quota@greylist.example>: User unknown"), Cause::UserUnknown);
    assert_eq!(
        cause("connect to greylisted.spamfilter.example[192.0.2.1]:25: Connection refused"),
        Cause::ConnectRefused
    );
    assert_eq!(cause("554 5.7.1 <user.unknown@host.example>: Relay access denied"), Cause::RelayDenied);
}

/// The queue hears the gateway; the server behind it says why.
#[test]
fn the_innermost_reply_tells_the_cause_and_the_outermost_has_the_code() {
    let check = |outer: &str, inner: &str, cause: Cause, contradiction: Option<Contradiction>| {
        let nested = format!(
            "host gw.example[192.0.2.1] said: {outer} (ann@host.example): Recipient address rejected: undeliverable \
             address: host store.example[192.0.2.2] said: {inner} (in reply to RCPT TO command) (in reply to RCPT TO command)"
        );
        let failure = Failure::of_text(&nested);
        assert_eq!(failure.reply_code.map(|c| c.get().to_string()).as_deref(), Some(outer), "{nested}");
        let verdict = rules().judge(&failure);
        assert_eq!((verdict.cause, verdict.contradiction), (cause, contradiction), "{nested}");
    };
    check("550", "450 4.2.2 Mailbox full", Cause::MailboxFull, Some(Contradiction::NeverForLater));
    check("450", "452 4.2.2 Mailbox full", Cause::MailboxFull, None);
    check("450", "550 5.1.1 User unknown", Cause::UserUnknown, Some(Contradiction::LaterForNever));
    check("550", "550 5.1.1 User unknown", Cause::UserUnknown, None);
    check("550", "554 5.7.1 Client host blocked using zen.dnsbl.example", Cause::BlocklistedIp, None);
    // The inner words say nothing: the outer ones count.
    check("550", "550 No", Cause::UserUnknown, None);
    let quoted = Failure::of_text("552 Delivery to ann failed, remote said \"550 5.2.1 Mailbox disabled\" (#5.1.1)");
    assert_eq!(rules().judge(&quoted).cause, Cause::MailboxDisabled);
}

#[test]
fn later_is_heard_in_its_examples_and_in_no_near_miss() {
    let words = toml::from_str::<Later>(LATER_FILE).unwrap();
    let rules = Compiled::read(None).unwrap();
    let said = |text: &str| {
        let text = canonical(text);
        let text = strip_codes(&text);
        rules.patterns.any(rules.later, &rules.patterns.scan(text), text)
    };
    for example in &words.examples {
        assert!(said(example), "{example}");
        let mut template = Vec::new();
        crate::smtp::template::template(example.as_bytes(), &mut template);
        assert!(said(&String::from_utf8(template).unwrap()), "{example} as a template");
    }
    for example in &words.not {
        assert!(!said(example), "{example}");
    }
}

/// Patterns see the short marks only: one with a long mark never matches.
#[test]
fn no_pattern_has_a_long_mark() {
    let rules = toml::from_str::<File>(BUILT_IN_FILE).unwrap().rule;
    let of_rules = rules.iter().map(toml::Spanned::get_ref).flat_map(|rule| rule.text.iter().chain(&rule.unless));
    let later = toml::from_str::<Later>(LATER_FILE).unwrap().text;
    for pattern in of_rules.chain(&later) {
        let found = MARKS.iter().find(|(long, _)| pattern.contains(long));
        assert_eq!(found, None, "{pattern}");
    }
}

#[test]
fn contradictions_are_told() {
    let check = |text: &str, cause: Cause, contradiction: Option<Contradiction>| {
        let verdict = rules().judge(&Failure::of_text(text));
        assert_eq!((verdict.cause, verdict.contradiction), (cause, contradiction), "{text}");
    };
    check("450 4.1.1 <ann@host.example>: User unknown", Cause::UserUnknown, Some(Contradiction::LaterForNever));
    check("550 Greylisted", Cause::Greylisted, Some(Contradiction::NeverForLater));
    check("554 5.7.1 Access denied, try again later", Cause::Policy, Some(Contradiction::NeverForLater));
    check("550 4.7.1 Relay access denied", Cause::RelayDenied, Some(Contradiction::CodesDiffer));
    check("550 5.1.1 Mailbox full", Cause::MailboxFull, Some(Contradiction::EnhancedCodeSays(Cause::UserUnknown)));
    check("550 5.1.1 User unknown", Cause::UserUnknown, None);
    check("554 5.7.1 rejected, try again in 300 seconds", Cause::Policy, Some(Contradiction::NeverForLater));
    check("450 4.7.1 Greylisted, try again later", Cause::Greylisted, None);
    // Nobody replied: there is no digit to be wrong.
    check("User unknown", Cause::UserUnknown, None);
}

#[test]
fn own_rules_come_first_and_wrong_ones_are_named() {
    let own = "[[rule]]\nname = \"house\"\ncause = \"policy\"\ntext = ['house rule 7']\n";
    let rules = Rules::with_overlay(own).unwrap();
    let verdict = rules.judge(&Failure::of_text("550 5.1.1 User unknown by House Rule 7"));
    assert_eq!((verdict.rule, verdict.cause), ("house", Cause::Policy));
    assert_eq!(rules.judge(&Failure::of_text("550 5.1.1 User unknown")).rule, "unknown-user");
    let error = |toml: &str| Rules::with_overlay(toml).unwrap_err().to_string();
    let nonsense = error("# ours\n\n[[rule]]\nname = \"a\"\ncause = \"nonsense\"\ntext = ['x']\n");
    assert!(nonsense.contains("line 5: rule a: cause \"nonsense\""), "{nonsense}");
    let second = format!("{own}\n[[rule]]\nname = \"b\"\ncause = \"policy\"\ntext = ['(']\n");
    assert!(error(&second).contains("line 9: rule b"), "{}", error(&second));
    assert!(
        error("[[rule]]\nname = \"c\"\ncause = \"policy\"\nenhanced = ['5.1']\n").contains("line 4: rule c: enhanced")
    );
    assert!(error("[[rule]]\nname = \"d\"\ncause = \"policy\"\n").contains("line 1: rule d: asks for nothing"));
    assert!(error("[[rule]]\nname = \"e\"\ncause = \"policy\"\ntexts = ['x']\n").contains("line 4"));
    assert!(error("[[rule]]\nname = \"f\"\ncause = \n").contains("line 3"));
    // Of a list the line of the one that is wrong, whichever rule it is of.
    let list = "reply = [\n  '450',\n  '4x',\n]\ntext = [\n  'fine',\n  '(',\n]\n";
    let third = format!("{own}\n[[rule]]\nname = \"g\"\ncause = \"policy\"\n{list}");
    assert!(error(&third).contains("line 15: rule g: regex"), "{}", error(&third));
    assert!(error(&third.replace("'('", "'x'")).contains("line 11: rule g: reply \"4x\""));
}
