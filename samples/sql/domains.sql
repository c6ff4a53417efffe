-- Recipient domains: what was tried, what came of it, how long deliveries took (exact nearest-rank percentiles).
WITH counts AS (
    SELECT
        domain,
        sum(CASE WHEN outcome IN ('delivered', 'deferred', 'bounced') THEN 1 ELSE 0 END) AS attempts,
        sum(CASE WHEN outcome = 'delivered' THEN 1 ELSE 0 END) AS delivered,
        sum(CASE WHEN outcome = 'delivered' AND local THEN 1 ELSE 0 END) AS delivered_local,
        sum(CASE WHEN outcome = 'deferred' THEN 1 ELSE 0 END) AS deferred,
        sum(CASE WHEN outcome = 'bounced' THEN 1 ELSE 0 END) AS bounced,
        sum(CASE WHEN outcome = 'expired' THEN 1 ELSE 0 END) AS expired,
        max(CASE WHEN outcome = 'delivered' THEN delay_s END) AS delay_max
    FROM events
    WHERE direction = 'outbound' AND outcome IN ('delivered', 'deferred', 'bounced', 'expired')
    GROUP BY domain
),
recipients AS (
    SELECT
        domain,
        min(CASE WHEN outcome = 'deferred' THEN seq END) AS deferred_seq,
        max(CASE WHEN outcome = 'delivered' THEN seq END) AS delivered_seq
    FROM outbound
    GROUP BY recipient_key, domain
),
recovered AS (
    SELECT domain, sum(CASE WHEN delivered_seq > deferred_seq THEN 1 ELSE 0 END) AS recovered
    FROM recipients
    GROUP BY domain
),
delays AS (
    SELECT
        domain, delay_s,
        row_number() OVER (PARTITION BY domain ORDER BY delay_s) AS nth,
        count(*) OVER (PARTITION BY domain) AS deliveries
    FROM events
    WHERE direction = 'outbound' AND outcome = 'delivered' AND delay_s IS NOT NULL
),
percentiles AS (
    SELECT
        domain,
        max(CASE WHEN nth = CAST(ceil(deliveries * 50 / 100.0) AS BIGINT) THEN delay_s END) AS delay_p50,
        max(CASE WHEN nth = CAST(ceil(deliveries * 95 / 100.0) AS BIGINT) THEN delay_s END) AS delay_p95
    FROM delays
    GROUP BY domain
),
of_cause AS (
    SELECT domain, cause, count(*) AS failures
    FROM failures
    WHERE outcome IN ('deferred', 'bounced')
    GROUP BY domain, cause
),
top_causes AS (
    SELECT domain, cause, row_number() OVER (PARTITION BY domain ORDER BY failures DESC, cause) AS nth FROM of_cause
)
SELECT
    c.domain, c.attempts, c.delivered, c.delivered_local, c.deferred, c.bounced, c.expired,
    coalesce(r.recovered, 0) AS recovered, p.delay_p50, p.delay_p95, c.delay_max, t.cause AS top_cause
FROM counts c
LEFT JOIN recovered r ON coalesce(r.domain, '') = coalesce(c.domain, '')
LEFT JOIN percentiles p ON coalesce(p.domain, '') = coalesce(c.domain, '')
LEFT JOIN top_causes t ON coalesce(t.domain, '') = coalesce(c.domain, '') AND t.nth = 1
ORDER BY c.attempts DESC, c.domain;
