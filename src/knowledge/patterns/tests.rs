use super::*;
use proptest::prelude::*;

fn check(pattern: &str, strings: &[&str], plain: bool) {
    let found = needs::closer_look(pattern).map(|n| {
        let mut strings: Vec<_> = n.strings.iter().map(|s| String::from_utf8_lossy(s).into_owned()).collect();
        strings.sort();
        (strings, n.plain)
    });
    let mut strings: Vec<_> = strings.iter().map(|s| (*s).to_owned()).collect();
    strings.sort();
    assert_eq!(found, Some((strings, plain)), "{pattern}");
}

#[test]
fn needed_strings_are_read_off_a_pattern() {
    check("mailbox full", &["mailbox full"], true);
    check("mailbox (?:is )?full", &["mailbox full", "mailbox is full"], true);
    check(r"\bspf\b", &["spf"], false);
    let edges = |left, right| Edges { left, right };
    assert_eq!(edges_of(r"\bspf\b"), (edges(Edge::Word, Edge::Word), "spf"));
    assert_eq!(edges_of(r"^later$"), (edges(Edge::Text, Edge::Text), "later"));
    assert_eq!(edges_of(r"cost\$"), (edges(Edge::Any, Edge::Any), r"cost\$"));
    check(
        "gr[ae]y-? ?list",
        &["gray list", "gray- list", "gray-list", "graylist", "grey list", "grey- list", "grey-list", "greylist"],
        true,
    );
    check("too many [^.;]*connections", &["connections"], false);
    check(r"sender\w+ refused", &[" refused"], false);
    check(r"aup#|\[bl2\d\]", &["aup#", "[bl2"], false);
    check("(?:reject)+ed", &["reject"], false);
    assert!(needs(r"\S+ \d+").is_none_or(|n| n.strings == [b" "]));
    check(r"<[ih]>[\\])]? is", &[" is"], false);
    assert!(needs("(?i)a").is_none() && needs("(?P<x>abc)").is_none() && needs("a(b").is_none());
}

#[test]
fn a_long_run_of_plain_bytes_is_string_enough() {
    let needed = |pattern| needs(pattern).map(|n| (String::from_utf8(n.strings[0].clone()).unwrap(), n.plain));
    assert_eq!(needed("mailbox (?:is )?full"), Some(("mailbox ".into(), false)));
    assert_eq!(needed("too many hops"), Some(("too many hops".into(), true)));
    assert_eq!(needed("(?:(?:a|b) sender )?unknowns?"), Some(("unknown".into(), false)));
    assert_eq!(needed(r"[^.;]*certificate[ab]\.com"), Some(("certificate".into(), false)));
    assert_eq!(needed("заблокирова.?"), Some(("заблокирова".into(), false)));
}

#[test]
fn a_pattern_that_takes_too_long_by_hand_is_left_to_the_automaton() {
    let text = b"a".repeat(4000);
    for pattern in ["(?:a*a*)*b", "(?:a+)+b", "(?:a|aa)*c", "a*a*a*a*b"] {
        assert_ne!(Matcher::read(pattern).unwrap().is_match(&text), Some(true), "{pattern}");
        let mut collector = Collector::default();
        let group = collector.add(&[pattern.into()], false).unwrap();
        let patterns = collector.finish();
        assert!(!patterns.any(group, &patterns.scan(&text), &text), "{pattern}");
    }
    for unread in ["(?i)a", "(?P<x>abc)", "a(b", "[é]", r"\p{L}", "a{2", "*a", r"\z", "[[:alpha:]]"] {
        assert!(Matcher::read(unread).is_none(), "{unread}");
    }
    assert_eq!(Matcher::read("(?:a{2,3}){2}b").unwrap().is_match(b"aaaab"), Some(true));
    assert_eq!(Matcher::read("^a{2,3}b$").unwrap().is_match(b"aaaab"), Some(false));
}

#[test]
fn alternatives_are_split_at_the_top_only() {
    assert_eq!(alternatives(r"a|b(?:c|d)|[|]|\||e"), ["a", "b(?:c|d)", "[|]", r"\|", "e"]);
}

const SAMPLES: [&str; 18] = [
    "mailbox (?:is )?full",
    "gr[ae]y-? ?list",
    r"\bspf\b",
    "too many [^.;]*(?:connections|hops)",
    "(?:a|ab)(?:c|bcd)+e?",
    "x{2,3}yz",
    "[^a]bc",
    "abc.*def",
    "^abc|def$",
    "a(?:b|c)?d(?:e|f)*gh",
    "сп(?:ам|ил)",
    r"\(rp-00\d\)",
    r"\bmailbox",
    r"^abc$",
    r"hops\b",
    r"\b(?:abc|too many )\b",
    "(?:not )?(?:ab|cd) (?:ef|gh)",
    "ab?c?d?",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nothing_is_missed(words in prop::collection::vec(prop::sample::select(vec![
        "mailbox", " ", "full", "is ", "grey", "gray", "-", "list", "spf", "too many ", "connections", "hops", "a",
        "ab", "bcd", "c", "e", "xx", "yz", "bc", "abc", "def", "d", "gh", "спам", "(rp-001)", "not ", "cd", "ef", ".",
    ]), 0..12)) {
        let text = words.concat();
        for pattern in SAMPLES {
            let mut collector = Collector::default();
            let group = collector.add(&[pattern.to_owned().into()], true).unwrap();
            let patterns = collector.finish();
            let hits = patterns.scan(text.as_bytes());
            let expected = compile(pattern).unwrap().is_match(text.as_bytes());
            prop_assert_eq!(patterns.any(group, &hits, text.as_bytes()), expected, "{} in {:?}", pattern, text);
            prop_assert_eq!(patterns.find(group, &hits, text.as_bytes()).is_some(), expected);
        }
    }
}
