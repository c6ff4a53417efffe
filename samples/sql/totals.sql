-- The sums of everything.
WITH recipients AS (
    SELECT
        recipient_key, min(fate) AS fate, max(CASE WHEN outcome = 'deferred' THEN 1 ELSE 0 END) AS was_deferred
    FROM outbound
    WHERE recipient_no IS NOT NULL
    GROUP BY recipient_key
),
messages AS (
    SELECT message_key, max(CASE WHEN held THEN 1 ELSE 0 END) AS held
    FROM outbound
    GROUP BY message_key
),
of_events AS (
    SELECT
        sum(CASE WHEN outcome IN ('delivered', 'deferred', 'bounced') THEN 1 ELSE 0 END) AS attempts,
        sum(CASE WHEN outcome = 'delivered' THEN 1 ELSE 0 END) AS delivered,
        sum(CASE WHEN outcome = 'delivered' AND local THEN 1 ELSE 0 END) AS delivered_local,
        sum(CASE WHEN outcome = 'delivered' AND NOT local AND attempt = 1 THEN 1 ELSE 0 END) AS delivered_first_try,
        sum(CASE WHEN outcome = 'deferred' THEN 1 ELSE 0 END) AS deferred,
        sum(CASE WHEN outcome = 'bounced' THEN 1 ELSE 0 END) AS bounced,
        sum(CASE WHEN outcome = 'expired' THEN 1 ELSE 0 END) AS expired,
        sum(CASE WHEN outcome = 'rejected' THEN 1 ELSE 0 END) AS rejected,
        sum(CASE WHEN outcome = 'rejected' AND class = 'transient' THEN 1 ELSE 0 END) AS rejected_transient,
        sum(CASE WHEN outcome = 'internal_hop' THEN 1 ELSE 0 END) AS internal_hops,
        sum(CASE WHEN outcome = 'skipped' THEN 1 ELSE 0 END) AS skipped,
        sum(CASE WHEN outcome = 'discarded' THEN 1 ELSE 0 END) AS discarded
    FROM events
),
of_recipients AS (
    SELECT
        count(*) AS recipients,
        sum(was_deferred) AS recipients_deferred,
        sum(CASE WHEN was_deferred = 1 AND fate IN ('delivered', 'handed_on') THEN 1 ELSE 0 END) AS recovered,
        sum(CASE WHEN was_deferred = 1 AND fate = 'bounced' THEN 1 ELSE 0 END) AS failed,
        sum(CASE WHEN was_deferred = 1 AND fate = 'expired' THEN 1 ELSE 0 END) AS expired_recipients,
        sum(CASE WHEN was_deferred = 1 AND fate = 'queued' THEN 1 ELSE 0 END) AS still_queued,
        sum(CASE WHEN was_deferred = 1 AND fate IN ('removed', 'discarded') THEN 1 ELSE 0 END) AS dropped
    FROM recipients
),
of_messages AS (SELECT count(*) AS messages, sum(held) AS held FROM messages)
SELECT * FROM of_messages CROSS JOIN of_recipients CROSS JOIN of_events;
