-- Dead end: six or more tries of one message and recipient that get the same answer, or its expiry after them.  Tries of
-- one second are one moment: in it nobody does anything again.
WITH ordered AS (
    SELECT
        passage, time_us, seq, outcome, reply_code, enhanced_code, template,
        lag(outcome) OVER w AS last_outcome, lag(reply_code) OVER w AS last_reply,
        lag(enhanced_code) OVER w AS last_enhanced, lag(template) OVER w AS last_template
    FROM tries
    WINDOW w AS (PARTITION BY passage ORDER BY time_us, seq)
),
numbered AS (
    SELECT
        *,
        sum(CASE
            WHEN outcome = 'deferred' AND last_outcome = 'deferred'
                AND coalesce(reply_code, 0) = coalesce(last_reply, 0)
                AND coalesce(enhanced_code, '') = coalesce(last_enhanced, '')
                AND coalesce(template, '') = coalesce(last_template, '') THEN 0
            ELSE 1
        END) OVER (PARTITION BY passage ORDER BY time_us, seq ROWS UNBOUNDED PRECEDING) AS answer
    FROM ordered
),
answers AS (
    SELECT
        passage, answer, sum(CASE WHEN outcome = 'deferred' THEN 1 ELSE 0 END) AS same,
        count(DISTINCT CASE WHEN outcome = 'deferred' THEN time_us - time_us % 1000000 END) AS moments
    FROM numbered
    GROUP BY passage, answer
),
longest AS (
    SELECT *, row_number() OVER (PARTITION BY passage ORDER BY same DESC, answer DESC) AS nth FROM answers
)
SELECT
    p.sender, p.recipient, p.domain, p.host, p.queue_id, 1 AS count, p.tries AS attempts,
    CASE WHEN l.same > 6 THEN l.same - 6 ELSE 0 END AS attempts_wasted, p.first_try_us AS first_us,
    p.last_try_us AS last_us
FROM passages p
JOIN longest l ON l.passage = p.passage AND l.nth = 1
WHERE p.delivered = 0 AND (l.moments >= 6 OR p.fate = 'expired' AND l.moments >= 2)
    AND (p.sender IS NULL OR p.sender <> '')
ORDER BY attempts_wasted DESC, attempts DESC, p.recipient, p.sender, first_us;
