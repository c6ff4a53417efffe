//! When the hosts themselves try again, beside the advice: first after five minutes or more, then at growing gaps, for
//! four to five days.
//!
//! `mx1 (Postfix) tries again after 8 min, at gaps 1.3 times as long each, up to 70 min apart, and gives up after
//! 5 d 01 h: as advised.`

use crate::analyze::Analysis;
use crate::analyze::analysis::Schedule;
use crate::report::words;

/// A sentence for each host; what is seen of fewer recipients is no schedule.
pub(super) fn sentences(analysis: &Analysis) -> Vec<String> {
    const FEW: u64 = 5;
    const HOSTS: usize = 5;
    let mut seen: Vec<&Schedule> = analysis.retries.schedules.iter().filter(|s| s.chains >= FEW).collect();
    // Those that need something done first.
    seen.sort_by_key(|s| s.as_advised);
    let more = seen.len().saturating_sub(HOSTS);
    let mut sentences: Vec<String> = seen.into_iter().take(HOSTS).map(sentence).collect();
    if more > 0 {
        sentences.push(format!("{} more: --format\u{a0}json.", words::counted(more as u64, "schedule")));
    }
    sentences
}

fn sentence(schedule: &Schedule) -> String {
    let mta = schedule.mta.habits().title;
    let host = match &schedule.host {
        Some(host) => format!("{} ({mta})", words::name(host)),
        None => mta.to_owned(),
    };
    let mut text = format!("{host} tries again after {}", words::duration(schedule.first_retry_s));
    match schedule.growth {
        None => {}
        Some(growth) if growth < 1.05 => text += ", at even gaps",
        Some(growth) => text += &format!(", at gaps {growth:.1} times as long each"),
    }
    if let Some(gap) = schedule.longest_gap_s {
        text += &format!(", up to {} apart", words::duration(gap));
    }
    if let Some(lifetime) = schedule.lifetime_s {
        text += &format!(", and gives up after {}", words::duration(lifetime));
    }
    match (schedule.as_advised, schedule.hasty) {
        (true, _) => text + ": as advised.",
        (false, true) => format!(
            "{text}. Advised: first after 5\u{a0}min or more, then at growing gaps. Do: {}.",
            schedule.mta.habits().schedule_remedy
        ),
        (false, false) => {
            format!("{text}. Advised: after 4 to 5\u{a0}days. Do: {}.", schedule.mta.habits().lifetime_remedy)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Mta;

    #[test]
    fn a_schedule_is_set_beside_the_advice() {
        let schedule = |mta, first_retry_s, growth, hasty| Schedule {
            host: Some("mx1".to_owned()),
            mta,
            chains: 9,
            first_retry_s,
            growth,
            longest_gap_s: Some(4215),
            lifetime_s: Some(434_160),
            hasty,
            as_advised: !hasty,
        };
        let says = |s| sentence(&s).replace('\u{a0}', " ");
        assert_eq!(
            says(schedule(Mta::Postfix, 488, Some(1.26), false)),
            "mx1 (Postfix) tries again after 8 min, at gaps 1.3 times as long each, up to 70 min apart, and gives up after \
             5 d 01 h: as advised."
        );
        let early = Schedule { lifetime_s: Some(25_580), as_advised: false, ..schedule(Mta::Exim, 900, None, false) };
        assert_eq!(
            says(early),
            "mx1 (Exim) tries again after 15 min, up to 70 min apart, and gives up after 7 h 06 min. Advised: after 4 to 5 \
             days. Do: end the retry rule with F,4d,6h."
        );
        let even = Schedule {
            host: None,
            longest_gap_s: None,
            lifetime_s: None,
            ..schedule(Mta::Sendmail, 60, Some(1.0), true)
        };
        assert_eq!(
            says(even),
            "Sendmail tries again after 60 s, at even gaps. Advised: first after 5 min or more, then at growing gaps. Do: \
             run the queue with -q15m, and set MinQueueAge to 5m."
        );
    }
}
