-- Dead end: a new message to a recipient after the far side answered that sender-recipient pair with a 5xx, or the MTA
-- bounced it, when nothing was delivered between.
WITH words AS (
    SELECT
        p.passage, p.sender, p.recipient, p.domain, p.handed_in_us, p.tries, p.tries - p.delivered AS wasted,
        w.outcome, w.time_us, CASE WHEN w.host <> p.host THEN 1 ELSE 0 END AS across_hosts,
        row_number() OVER (PARTITION BY p.passage ORDER BY w.nth DESC) AS last
    FROM passages p
    JOIN chains w ON w.sender = p.sender AND w.recipient = p.recipient AND w.passage <> p.passage
    WHERE p.is_new = 1 AND p.sender <> ''
        AND (w.outcome IN ('delivered', 'bounced') OR w.reply_code >= 500)
        AND w.time_us - w.time_us % 1000000 < p.handed_in_us - p.handed_in_us % 1000000
)
SELECT
    sender, recipient, min(domain) AS domain, count(*) AS count, sum(tries) AS attempts, sum(wasted) AS attempts_wasted,
    sum(across_hosts) AS across_hosts, min(time_us) AS first_us, max(handed_in_us) AS last_us
FROM words
WHERE last = 1 AND outcome <> 'delivered'
GROUP BY sender, recipient
ORDER BY attempts_wasted DESC, count DESC, recipient, sender;
