-- What the other files read.  Needs a table or view `events`: the rows of `mailrake events --all`, of one host or of
-- many.  Times are microseconds since 1970 UTC.  Runs unchanged on DuckDB and Spark SQL.

-- Outbound rows by message and recipient.
CREATE OR REPLACE TEMPORARY VIEW outbound AS
SELECT
    *,
    concat(
        coalesce(host, ''), ' ', coalesce(queue_id, ''), ' ', CAST(first_us AS STRING), ' ',
        CAST(first_line AS STRING)) AS message_key,
    concat(
        coalesce(host, ''), ' ', coalesce(queue_id, ''), ' ', CAST(first_us AS STRING), ' ',
        CAST(first_line AS STRING), ' ', CAST(recipient_no AS STRING)) AS recipient_key
FROM events
WHERE direction = 'outbound';

-- Failures with keys to count distinct messages and recipients by.  A refusal stands for itself.
CREATE OR REPLACE TEMPORARY VIEW failures AS
SELECT
    direction, reply_code, enhanced_code, class, outcome, domain, cause, template, time_us, text, provider, message_key,
    recipient_key
FROM outbound
WHERE outcome IN ('deferred', 'bounced', 'expired')
UNION ALL
SELECT
    direction, reply_code, enhanced_code, class, outcome, domain, cause, template, time_us, text, provider,
    CASE WHEN queue_id IS NOT NULL THEN concat(coalesce(host, ''), ' ', CAST(seq AS STRING)) END AS message_key,
    CASE WHEN recipient IS NOT NULL THEN concat(coalesce(host, ''), ' ', CAST(seq AS STRING)) END AS recipient_key
FROM events
WHERE outcome = 'rejected';

-- Tries: what was answered to a recipient.  Sendmail writes a line for each host of one try; the last one counts.
CREATE OR REPLACE TEMPORARY VIEW tries AS
SELECT
    passage, host, queue_id, sender, recipient, domain, sender_domain, login, client_ip, message_id, onward_id,
    relay_host, reply_code, enhanced_code, outcome, cause, template, time_us, seq, place, handed_in_us, ended_us, fate
FROM (
    SELECT
        *,
        lead(time_us) OVER (PARTITION BY passage ORDER BY time_us, seq) AS next_us,
        lead(relay_host) OVER (PARTITION BY passage ORDER BY time_us, seq) AS next_relay
    FROM (
        SELECT
            recipient_key AS passage, coalesce(host, '') AS host, coalesce(queue_id, '') AS queue_id, mta, sender, recipient, domain,
            sender_domain, login, client_ip, message_id, onward_id, coalesce(relay_host, '') AS relay_host, reply_code,
            enhanced_code, outcome, cause, template, time_us, seq,
            CASE WHEN begun THEN first_line ELSE line END AS place, handed_in_us, ended_us, fate
        FROM outbound
        WHERE outcome IN ('delivered', 'deferred', 'bounced') AND nth_time = 1
    ) AS of_message
) AS with_next
WHERE NOT (
    mta = 'sendmail' AND outcome = 'deferred' AND next_us IS NOT NULL AND next_us - time_us <= 2000000
    AND next_relay <> relay_host);

-- Recipients that failed at least once, and since when.
CREATE OR REPLACE TEMPORARY VIEW troubled AS
SELECT recipient, min(time_us) AS since_us
FROM events
WHERE direction = 'outbound' AND outcome IN ('deferred', 'bounced')
GROUP BY recipient;

-- Passages: one recipient of one message, with its tries; only of recipients in trouble, from their first failure on.
CREATE OR REPLACE TEMPORARY VIEW passages AS
SELECT p.*, CASE WHEN c.onward_id IS NULL THEN 1 ELSE 0 END AS is_new
FROM (
    SELECT
        t.passage, min(t.host) AS host, min(t.queue_id) AS queue_id, min(t.sender) AS sender,
        min(t.recipient) AS recipient, min(t.domain) AS domain, min(t.sender_domain) AS sender_domain,
        min(t.login) AS login, min(t.client_ip) AS client_ip, min(t.message_id) AS message_id,
        min(t.handed_in_us) AS handed_in_us, min(t.ended_us) AS ended_us, min(t.fate) AS fate,
        min(t.place) AS place, min(t.time_us) AS first_try_us, max(t.time_us) AS last_try_us,
        count(*) AS tries, sum(CASE WHEN t.outcome = 'delivered' THEN 1 ELSE 0 END) AS delivered
    FROM tries t
    JOIN troubled r ON r.recipient = t.recipient
    GROUP BY t.passage
    HAVING max(t.time_us) >= min(r.since_us)
) AS p
LEFT JOIN (
    -- Messages that go on in their host's queue under a new id are not new.
    SELECT DISTINCT t.host, t.onward_id
    FROM tries t
    JOIN troubled r ON r.recipient = t.recipient
    WHERE t.onward_id IS NOT NULL
) AS c ON c.host = p.host AND c.onward_id = p.queue_id;

-- Chains: all tries from one sender to one recipient, over all messages and all hosts, numbered in their order.
CREATE OR REPLACE TEMPORARY VIEW chains AS
SELECT
    t.*,
    row_number() OVER (PARTITION BY t.sender, t.recipient ORDER BY t.time_us, t.host, t.seq) AS nth
FROM tries t
JOIN passages p ON p.passage = t.passage
WHERE t.sender IS NOT NULL;
