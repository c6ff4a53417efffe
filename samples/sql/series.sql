-- What happened in each hour (UTC) in which something did.
SELECT
    time_us - time_us % 3600000000 AS start_us,
    sum(CASE WHEN outcome = 'delivered' THEN 1 ELSE 0 END) AS delivered,
    sum(CASE WHEN outcome = 'delivered' AND local THEN 1 ELSE 0 END) AS delivered_local,
    sum(CASE WHEN outcome = 'deferred' THEN 1 ELSE 0 END) AS deferred,
    sum(CASE WHEN outcome = 'bounced' THEN 1 ELSE 0 END) AS bounced,
    sum(CASE WHEN outcome = 'expired' THEN 1 ELSE 0 END) AS expired,
    sum(CASE WHEN outcome = 'rejected' THEN 1 ELSE 0 END) AS rejected
FROM events
WHERE outcome IN ('delivered', 'deferred', 'bounced', 'expired', 'rejected')
GROUP BY time_us - time_us % 3600000000
ORDER BY start_us;
