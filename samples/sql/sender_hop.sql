-- Dead end: after a transient reply that may be about the sender, a new message to the same recipient within 600 s from
-- another sender domain, of the same origin; through whatever host.
WITH relays AS (
    -- A client that hands in mail of more than three sender domains is a relay: who uses it says nothing.
    SELECT client_ip
    FROM passages
    WHERE sender_domain IS NOT NULL AND client_ip IS NOT NULL
    GROUP BY client_ip
    HAVING count(DISTINCT sender_domain) > 3
),
failed AS (
    SELECT f.*, p.login AS of_login
    FROM tries f
    JOIN passages p ON p.passage = f.passage
    WHERE f.outcome = 'deferred' AND f.reply_code IS NOT NULL AND f.sender_domain IS NOT NULL
        AND f.cause NOT IN (
            'mailbox-full', 'mailbox-busy', 'mailbox-disabled', 'user-unknown', 'dns-failure', 'connect-refused',
            'connect-timeout', 'connection-lost', 'tls-failure', 'too-large', 'loop', 'remote-error')
),
hops AS (
    SELECT
        p.passage, p.sender, p.recipient, p.domain, p.handed_in_us, p.tries, p.tries - p.delivered AS wasted,
        max(f.time_us) AS failed_us, max(CASE WHEN f.host <> p.host THEN 1 ELSE 0 END) AS across_hosts
    FROM passages p
    JOIN failed f ON f.recipient = p.recipient AND f.sender_domain <> p.sender_domain
    LEFT JOIN relays r ON r.client_ip = p.client_ip
    WHERE p.is_new = 1
        AND f.time_us >= p.handed_in_us - 600000000
        AND f.time_us - f.time_us % 1000000 < p.handed_in_us - p.handed_in_us % 1000000
        AND (
            f.login = p.login AND p.login NOT IN ('0', 'root', 'daemon', 'www-data', 'apache', 'nobody')
            OR f.client_ip = p.client_ip AND r.client_ip IS NULL AND p.client_ip NOT LIKE '127.%'
                AND lower(p.client_ip) NOT IN ('::1', 'ipv6:::1') AND p.client_ip NOT LIKE '::ffff:127.%'
            OR f.message_id = p.message_id AND p.message_id <> ''
            -- The local part: what stands before the last @.
            OR regexp_replace(f.sender, '@[^@]*$', '') = regexp_replace(p.sender, '@[^@]*$', '')
                AND f.sender NOT LIKE '@%')
    GROUP BY p.passage, p.sender, p.recipient, p.domain, p.handed_in_us, p.tries, p.delivered
)
SELECT
    sender, recipient, domain, 1 AS count, tries AS attempts, wasted AS attempts_wasted, across_hosts,
    failed_us AS first_us, handed_in_us AS last_us
FROM hops
ORDER BY attempts_wasted DESC, recipient, sender, last_us;
