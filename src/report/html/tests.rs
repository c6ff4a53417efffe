use base64::Engine;
use sha2::{Digest, Sha256};

use super::super::fixture;
use super::*;
use crate::report::escape::is_dangerous;

fn render(analysis: &Analysis, top: usize) -> String {
    let mut out = Vec::new();
    write(analysis, TextStyle { top, ..TextStyle::default() }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Every page and mail of the fixtures.
fn pages() -> Vec<String> {
    [fixture::empty(), fixture::clean(), fixture::busy(), fixture::hostile()]
        .iter()
        .flat_map(|a| [render(a, 20), render(a, 0), String::from_utf8(mail(a, TextStyle::default())).unwrap()])
        .collect()
}

/// The tags of a page, without what stands between them.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|t| t.split_once('>').expect("a tag is not closed").0).collect()
}

#[test]
fn the_policy_allows_the_one_style_and_the_one_script() {
    for (text, hash) in [(STYLE, STYLE_HASH), (SCRIPT, SCRIPT_HASH)] {
        let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
        assert_eq!(hash, format!("sha256-{digest}"));
    }
    let page = render(&fixture::busy(), 20);
    for mark in [STYLE, SCRIPT, "default-src 'none'", STYLE_HASH, SCRIPT_HASH] {
        assert_eq!(page.matches(mark).count(), 1, "{mark}");
    }
}

#[test]
fn nothing_is_loaded_and_nothing_has_a_style_of_its_own() {
    for page in pages() {
        for tag in tags(page.split("</style>").nth(1).unwrap().split("<script>").next().unwrap()) {
            for attribute in [" src=", " srcset=", " style=", " on", "url(", "xlink:", " action="] {
                assert!(!tag.contains(attribute), "<{tag}>");
            }
            assert!(!tag.contains(" href=") || tag.contains(" href=\"#"), "<{tag}>");
        }
    }
}

#[test]
fn tags_are_closed_in_their_order() {
    const EMPTY: [&str; 4] = ["!doctype", "meta", "rect", "line"];
    for page in pages() {
        // Style and script have no tags, but signs that look like them.
        let page = page.replace(STYLE, "").replace(SCRIPT, "").replace(MAIL_STYLE, "");
        let mut open: Vec<&str> = Vec::new();
        for tag in tags(&page) {
            let name = tag.split([' ', '\n']).next().unwrap();
            if let Some(name) = name.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name));
            } else if !(tag.ends_with('/') || EMPTY[..2].contains(&name)) {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

#[test]
fn strangers_write_text_and_nothing_else() {
    let mut a = fixture::hostile();
    let evil = "</title></style></script><script>alert(1)</script><img src=x onerror='alert(1)'>\"'&amp;\u{202e}";
    a.input.hosts = vec![evil.to_owned()];
    a.input.files[0].error = Some(evil.to_owned());
    for end in &mut a.dead_ends {
        end.advice = evil.to_owned();
        for item in &mut end.items {
            item.domain = Some(evil.to_owned());
            item.evidence.iter_mut().for_each(|e| (e.reply, e.text) = (evil.to_owned(), evil.to_owned().into()));
        }
    }
    a.domains.iter_mut().for_each(|d| (d.domain, d.top_cause) = (Some(evil.to_owned()), Some(evil.to_owned())));
    a.retries.greylisting.iter_mut().for_each(|g| g.domain = evil.to_owned());
    a.causes.iter_mut().for_each(|c| c.cause = evil.to_owned());
    for page in [render(&a, 20), String::from_utf8(mail(&a, TextStyle::default())).unwrap()] {
        assert!(!page.contains("<img") && !page.contains("<script>alert") && !page.contains("</title></style>"));
        assert!(page.contains("&lt;img src=x onerror=&#x27;alert(1)&#x27;&gt;"));
        assert_eq!(page.chars().find(|c| *c != '\n' && is_dangerous(*c)), None);
    }
}

#[test]
fn the_page_says_what_the_text_says() {
    let page = render(&fixture::busy(), 20).replace('\u{a0}', " ");
    for words in [
        "<title>ACT: mx1, 2025-03-04, mailrake report</title>",
        "<b>Act:</b> 3 critical, 7 warnings, 1 notice. 302 of 586 recipients reached (51.5\u{a0}%).",
        "<dt>Recipients reached</dt><dd>51.5\u{a0}% <span>302 of 586</span></dd>",
        "74 recipients (2 addresses) got the same answer again and again; 254 tries were in vain.",
        "<code>no_backoff</code>",
        "Also <code>immediate_retry</code>",
        "<th scope=\"row\"><code>connect-refused</code></th>",
        "<th scope=\"col\" class=\"n hide\">delivered</th>",
        "quietmail.example: refused until 9:44, let in from 15:00 to 16:00",
        "20.6\u{a0}% <tspan class=\"m\">46 of 223</tspan>",
        "over 4 h: no tries",
        "<b>450</b> is not a full mailbox here",
    ] {
        assert!(page.contains(&words.replace('\u{a0}', " ")), "{words}");
    }
    // Each drawing has a name and a description, each table a caption.
    let drawings = page.matches("role=\"img\"").count();
    assert_eq!(drawings, 5);
    assert_eq!(page.matches("<desc id=").count(), drawings);
    assert_eq!(page.matches("<table").count(), page.matches("<caption>").count());
    assert!(!page.contains("<th>") && !page.contains("<th class"));
}

#[test]
fn a_mail_has_no_drawing_and_nothing_folded() {
    let page = String::from_utf8(mail(&fixture::busy(), TextStyle::default())).unwrap();
    for tag in ["<svg", "<details", "<script", "Content-Security-Policy"] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert!(page.contains("5 to 10 min") && page.contains("554 5.7.1 Service unavailable"));
}

#[test]
fn a_page_of_a_large_log_stays_small() {
    let mut a = fixture::hostile();
    let domain = a.domains[0].clone();
    a.domains.extend(std::iter::repeat_n(domain, 20_000));
    let reason = a.inbound.by_reason[0].clone();
    a.inbound.by_reason.extend((0..20_000).map(|i| {
        let template = format!("{i} {}", "y".repeat(300));
        crate::analyze::analysis::InboundReason { template, ..reason.clone() }
    }));
    let row = a.code_domains[0].clone();
    a.code_domains.extend((0..20_000).map(|i| {
        let (enhanced, domain) = (format!("4.7.{i}"), format!("{i}.{}.example", "z".repeat(200)));
        crate::analyze::analysis::CodeDomain { enhanced_code: Some(enhanced), domain: Some(domain), ..row.clone() }
    }));
    let grey = a.retries.greylisting[0].clone();
    a.retries.greylisting.extend(std::iter::repeat_n(grey, 20_000));
    for end in &mut a.dead_ends {
        let item = end.items[0].clone();
        end.items.extend(std::iter::repeat_n(item, 1000));
    }
    assert!(render(&a, 0).len() < 1_000_000, "{}", render(&a, 0).len());
    assert!(render(&a, 20).len() < 200_000);
}
