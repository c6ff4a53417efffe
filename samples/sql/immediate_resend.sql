-- Dead end: a new message from the same sender to the same recipient, handed in later than, and within 300 s of, a
-- deferral, while the first was still queued; through whatever host.
WITH resends AS (
    SELECT
        p.passage, p.sender, p.recipient, p.domain, p.handed_in_us, p.tries, p.tries - p.delivered AS wasted,
        max(f.time_us) AS failed_us, max(CASE WHEN f.host <> p.host THEN 1 ELSE 0 END) AS across_hosts
    FROM passages p
    JOIN tries f ON f.sender = p.sender AND f.recipient = p.recipient AND f.passage <> p.passage
    WHERE p.is_new = 1 AND p.sender <> '' AND f.outcome = 'deferred'
        AND f.time_us >= p.handed_in_us - 300000000
        AND f.time_us - f.time_us % 1000000 < p.handed_in_us - p.handed_in_us % 1000000
        AND f.handed_in_us <= p.handed_in_us AND (f.ended_us IS NULL OR f.ended_us > p.handed_in_us)
    GROUP BY p.passage, p.sender, p.recipient, p.domain, p.handed_in_us, p.tries, p.delivered
)
SELECT
    sender, recipient, min(domain) AS domain, count(*) AS count, sum(tries) AS attempts, sum(wasted) AS attempts_wasted,
    sum(across_hosts) AS across_hosts, min(failed_us) AS first_us, max(handed_in_us) AS last_us
FROM resends
GROUP BY sender, recipient
ORDER BY attempts_wasted DESC, count DESC, recipient, sender;
