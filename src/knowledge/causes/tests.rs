use super::*;

/// `550 5.1.1 text` is a reply, `[5.1.10] text` the MTA's own reason with its code, `text` a reason alone.
fn failure<'a>(rule: &Rule, example: &'a str) -> Failure<'a> {
    let (enhanced, text) = match example.strip_prefix('[').and_then(|e| e.split_once("] ")) {
        Some((code, text)) if EnhancedCode::parse(code.as_bytes()).is_some() => {
            (EnhancedCode::parse(code.as_bytes()), text)
        }
        _ => (None, example),
    };
    let all = Failure::of_text(text);
    Failure {
        enhanced: all.enhanced.or(enhanced),
        inbound: rule.inbound.unwrap_or(false),
        stage: rule.stage.first().copied(),
        ..all
    }
}

#[test]
fn every_rule_takes_its_examples_and_no_near_miss() {
    let rules = Rules::compile(&[include_str!("../rules.toml")]).unwrap();
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
