-- Dead end: 530, 535 and the like again and again from one domain: no retry can succeed before AUTH or
-- STARTTLS is set up.
SELECT
    domain, min(relay_host) AS relay, count(*) AS count, count(*) AS attempts, count(*) - 1 AS attempts_wasted,
    count(DISTINCT host) AS hosts, min(time_us) AS first_us, max(time_us) AS last_us
FROM tries
WHERE outcome <> 'delivered' AND reply_code IS NOT NULL
    AND (reply_code IN (530, 534, 535, 538) OR cause = 'auth-required'
        OR enhanced_code LIKE '_.7.8' OR enhanced_code LIKE '_.7.9' OR enhanced_code LIKE '_.7.11')
GROUP BY domain
HAVING count(*) >= 2
ORDER BY count DESC, domain;
