-- Dead end: 503 again and again: the dialogue is broken (a proxy, the client), not the mailbox.
SELECT
    domain, min(relay_host) AS relay, count(*) AS count, count(*) AS attempts, count(*) - 1 AS attempts_wasted,
    count(DISTINCT host) AS hosts, min(time_us) AS first_us, max(time_us) AS last_us
FROM tries
WHERE outcome <> 'delivered' AND reply_code IS NOT NULL
    AND reply_code = 503
GROUP BY domain
HAVING count(*) >= 3
ORDER BY count DESC, domain;
