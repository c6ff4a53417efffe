-- Failures by code and domain.
WITH counted AS (
    SELECT *, count(*) OVER (PARTITION BY direction, reply_code, enhanced_code, domain, outcome, cause) AS of_cause
    FROM failures
    WHERE true
),
ranked AS (
    SELECT *, first_value(cause) OVER (PARTITION BY direction, reply_code, enhanced_code, domain, outcome ORDER BY of_cause DESC, cause) AS top_cause
    FROM counted
)
SELECT
    direction, reply_code, enhanced_code, domain, outcome,
    count(*) AS attempts, count(DISTINCT message_key) AS messages, count(DISTINCT recipient_key) AS recipients,
    min(top_cause) AS cause, min(time_us) AS first_us, max(time_us) AS last_us
FROM ranked
GROUP BY direction, reply_code, enhanced_code, domain, outcome
ORDER BY attempts DESC, direction, reply_code, enhanced_code, domain, outcome;
