-- Dead end: further tries to a domain's hosts that meet the same answer after it said that our address is
-- blocklisted: only delisting helps.
SELECT
    domain, min(relay_host) AS relay, count(*) AS count, count(*) AS attempts, count(*) - 1 AS attempts_wasted,
    count(DISTINCT host) AS hosts, min(time_us) AS first_us, max(time_us) AS last_us
FROM tries
WHERE outcome <> 'delivered' AND reply_code IS NOT NULL
    AND cause = 'blocklisted-ip'
GROUP BY domain
HAVING count(*) >= 3
ORDER BY count DESC, domain;
