-- Next hops by who runs them.
WITH of_cause AS (
    SELECT provider, cause, count(*) AS failures
    FROM events
    WHERE provider IS NOT NULL AND outcome IN ('deferred', 'bounced')
    GROUP BY provider, cause
),
top_causes AS (
    SELECT provider, cause, row_number() OVER (PARTITION BY provider ORDER BY failures DESC, cause) AS nth FROM of_cause
),
counts AS (
    SELECT
        provider, count(DISTINCT domain) AS domains, count(*) AS attempts,
        sum(CASE WHEN outcome = 'delivered' THEN 1 ELSE 0 END) AS delivered,
        sum(CASE WHEN outcome = 'deferred' THEN 1 ELSE 0 END) AS deferred,
        sum(CASE WHEN outcome = 'bounced' THEN 1 ELSE 0 END) AS bounced
    FROM events
    WHERE provider IS NOT NULL AND outcome IN ('delivered', 'deferred', 'bounced')
    GROUP BY provider
)
SELECT c.*, t.cause AS top_cause
FROM counts c
LEFT JOIN top_causes t ON t.provider = c.provider AND t.nth = 1
ORDER BY c.attempts DESC, c.provider;
