-- Dead end: four or more tries in a row, of one message (what = message) or of one sender and recipient (what = pair: the
-- first try of each new message), with gaps that do not grow and stay under 600 s.  A try may be in a row of both.
WITH first_tries AS (
    SELECT *, row_number() OVER (PARTITION BY passage ORDER BY time_us, seq) AS of_passage FROM tries
),
steps AS (
    SELECT
        'message' AS what, f.passage AS series, f.sender, f.recipient, f.domain, f.host, f.outcome, f.time_us,
        f.of_passage AS nth
    FROM first_tries f
    JOIN passages p ON p.passage = f.passage
    WHERE f.sender IS NULL OR f.sender <> ''
    UNION ALL
    SELECT
        'pair' AS what, concat(f.sender, ' ', f.recipient) AS series, f.sender, f.recipient, f.domain, f.host,
        f.outcome, f.time_us,
        row_number() OVER (
            PARTITION BY f.sender, f.recipient ORDER BY p.handed_in_us, p.host, p.place, f.seq) AS nth
    FROM first_tries f
    JOIN passages p ON p.passage = f.passage
    WHERE p.is_new = 1 AND f.of_passage = 1 AND f.sender <> ''
),
gaps AS (
    SELECT
        *,
        time_us - time_us % 1000000
            - lag(time_us - time_us % 1000000) OVER (PARTITION BY what, series ORDER BY nth) AS seconds_later,
        time_us - lag(time_us) OVER (PARTITION BY what, series ORDER BY nth) AS gap,
        lag(outcome) OVER (PARTITION BY what, series ORDER BY nth) AS before
    FROM steps
),
near AS (
    SELECT *, CASE WHEN before = 'deferred' AND gap < 600000000 THEN 1 ELSE 0 END AS is_near FROM gaps
),
with_last AS (
    SELECT
        *,
        lag(CASE WHEN is_near = 1 AND seconds_later > 0 THEN gap END) OVER (PARTITION BY what, series ORDER BY nth) AS last_gap
    FROM near
),
runs AS (
    -- A quarter more, and ten seconds, is jitter; a schedule that grows grows faster.  The gap that grew begins a run.
    SELECT
        *,
        sum(CASE
            WHEN is_near = 0 THEN 1
            WHEN last_gap IS NOT NULL AND 4 * gap > 4 * last_gap + (last_gap - last_gap % 4) + 40000000 THEN 1
            ELSE 0
        END) OVER (PARTITION BY what, series ORDER BY nth ROWS UNBOUNDED PRECEDING) AS run
    FROM with_last
)
SELECT
    what, sender, recipient, min(domain) AS domain, sum(is_near) + 1 AS count,
    sum(CASE WHEN is_near = 1 AND outcome <> 'delivered' THEN 1 ELSE 0 END) AS attempts_wasted,
    count(DISTINCT host) AS hosts, min(time_us) AS first_us, max(time_us) AS last_us
FROM runs
GROUP BY what, series, sender, recipient, run
HAVING sum(CASE WHEN is_near = 1 AND seconds_later > 0 THEN 1 ELSE 0 END) >= 3
ORDER BY attempts_wasted DESC, count DESC, recipient, sender, first_us;
