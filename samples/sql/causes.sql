-- Failures by cause.
SELECT
    cause, direction, class, count(*) AS attempts, count(DISTINCT recipient_key) AS recipients,
    count(DISTINCT domain) AS domains
FROM failures
WHERE outcome <> 'expired'
GROUP BY cause, direction, class
ORDER BY attempts DESC, cause, direction, class;
