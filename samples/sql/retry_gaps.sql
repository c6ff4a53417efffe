-- Tries after a deferral of the same sender and recipient, by the seconds since: does waiting help?
WITH before AS (
    SELECT
        *,
        max(CASE WHEN outcome = 'deferred' THEN nth END) OVER w AS deferred_nth,
        max(CASE WHEN outcome = 'delivered' THEN nth END) OVER w AS delivered_nth
    FROM chains
    WINDOW w AS (PARTITION BY sender, recipient ORDER BY nth ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
waited AS (
    SELECT b.outcome, CASE WHEN b.time_us > f.time_us THEN b.time_us - f.time_us ELSE 0 END AS us
    FROM before b
    JOIN chains f ON f.sender = b.sender AND f.recipient = b.recipient AND f.nth = b.deferred_nth
    -- A failure is remembered for 35 days.
    WHERE b.deferred_nth > coalesce(b.delivered_nth, 0) AND b.time_us - f.time_us <= 3024000000000
),
buckets AS (
    SELECT
        outcome,
        CASE
            WHEN us < 60000000 THEN 0 WHEN us < 300000000 THEN 60 WHEN us < 600000000 THEN 300
            WHEN us < 1800000000 THEN 600 WHEN us < 3600000000 THEN 1800 WHEN us < 14400000000 THEN 3600
            ELSE 14400
        END AS from_s
    FROM waited
)
SELECT
    from_s, count(*) AS attempts,
    sum(CASE WHEN outcome = 'delivered' THEN 1 ELSE 0 END) AS delivered,
    sum(CASE WHEN outcome = 'deferred' THEN 1 ELSE 0 END) AS deferred,
    sum(CASE WHEN outcome = 'bounced' THEN 1 ELSE 0 END) AS bounced
FROM buckets
GROUP BY from_s
ORDER BY from_s;
