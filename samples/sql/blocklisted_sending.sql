-- Dead end: further tries to a domain's hosts that meet the same answer after it said that our address is
-- blocklisted: only delisting helps.
WITH answers AS (
    SELECT *, time_us - time_us % 1000000 AS moment
    FROM tries
    WHERE outcome <> 'delivered' AND reply_code IS NOT NULL
        AND cause = 'blocklisted-ip'
),
-- The first answer told.
firsts AS (SELECT domain, min(moment) AS moment FROM answers GROUP BY domain)
SELECT
    a.domain, min(a.relay_host) AS relay, count(*) AS count, count(*) AS attempts,
    sum(CASE WHEN a.moment > f.moment THEN 1 ELSE 0 END) AS attempts_wasted,
    count(DISTINCT a.host) AS hosts, min(a.time_us) AS first_us, max(a.time_us) AS last_us
FROM answers a
JOIN firsts f ON f.domain = a.domain OR f.domain IS NULL AND a.domain IS NULL
GROUP BY a.domain
HAVING count(DISTINCT a.moment) >= 3
ORDER BY count DESC, a.domain;
