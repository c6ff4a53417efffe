-- Greylisting by recipient domain: how long it refuses, from when it lets in.
WITH marked AS (
    SELECT
        *,
        CASE WHEN cause = 'greylisted' AND outcome <> 'delivered' THEN 1 ELSE 0 END AS greylisted,
        lag(time_us) OVER (PARTITION BY sender, recipient ORDER BY nth) AS before_us
    FROM chains
),
begins AS (
    SELECT sender, recipient, min(nth) AS nth
    FROM marked
    WHERE greylisted = 1 AND outcome = 'deferred'
    GROUP BY sender, recipient
),
firsts AS (
    SELECT
        m.sender, m.recipient, m.domain, m.nth, m.time_us,
        CASE WHEN m.template LIKE '%restart%' THEN 1 ELSE 0 END AS says_restart
    FROM marked m
    JOIN begins b ON b.sender = m.sender AND b.recipient = m.recipient AND b.nth = m.nth
),
passes AS (
    SELECT m.sender, m.recipient, min(m.nth) AS nth
    FROM marked m
    JOIN firsts f ON f.sender = m.sender AND f.recipient = m.recipient AND m.nth > f.nth
    WHERE m.outcome = 'delivered'
    GROUP BY m.sender, m.recipient
),
waits AS (
    SELECT
        f.sender, f.recipient, m.outcome, m.greylisted,
        CAST((m.time_us - f.time_us - (m.time_us - f.time_us) % 1000000) / 1000000 AS BIGINT) AS waited_s,
        CAST((m.time_us - m.before_us - (m.time_us - m.before_us) % 1000000) / 1000000 AS BIGINT) AS gap_s
    FROM firsts f
    JOIN marked m ON m.sender = f.sender AND m.recipient = f.recipient AND m.nth > f.nth
    LEFT JOIN passes p ON p.sender = f.sender AND p.recipient = f.recipient
    WHERE p.nth IS NULL OR m.nth <= p.nth
),
of_chain AS (
    SELECT
        sender, recipient, sum(greylisted) AS early,
        max(CASE WHEN greylisted = 1 THEN waited_s END) AS refused_s,
        max(CASE WHEN outcome = 'delivered' THEN waited_s END) AS passed_s,
        max(CASE WHEN greylisted = 1 THEN gap_s END) AS gap_refused_s,
        max(CASE WHEN outcome = 'delivered' THEN gap_s END) AS gap_passed_s
    FROM waits
    GROUP BY sender, recipient
),
windows AS (
    SELECT
        f.domain, count(*) AS chains, count(c.passed_s) AS passed, max(c.refused_s) AS wait_low_s,
        min(c.passed_s) AS wait_high_s, max(c.passed_s) AS passed_max_s, coalesce(sum(c.early), 0) AS early_retries,
        max(c.gap_refused_s) AS gap_low_s, min(c.gap_passed_s) AS gap_high_s, max(f.says_restart) AS says_restart
    FROM firsts f
    LEFT JOIN of_chain c ON c.sender = f.sender AND c.recipient = f.recipient
    GROUP BY f.domain
)
SELECT
    domain, chains, passed, wait_low_s, wait_high_s, passed_max_s, early_retries,
    -- An early retry starts the wait again: where it is said, or where only the last gap tells refused from passed.
    CASE
        WHEN says_restart = 1 THEN true
        WHEN wait_low_s >= wait_high_s AND gap_low_s < gap_high_s THEN true
        ELSE false
    END AS restarts
FROM windows
ORDER BY chains DESC, domain;
