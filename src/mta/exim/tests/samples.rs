//! Lines, and what [`super::told`] makes of them.

pub(super) const DELIVERIES: &[(&str, &str)] = &[
    (
        r#"=> jan.berg@softbounce.example R=dnslookup T=remote_smtp H=mx.softbounce.example [203.0.113.33] C="250 2.0.0 Ok: queued as 206C""#,
        "Delivered jan.berg@softbounce.example via mx.softbounce.example[203.0.113.33] 250 2.0.0: 250 2.0.0 Ok: queued as 206C",
    ),
    (
        r#"-> noah@secure.example R=dnslookup T=remote_smtp H=mx.secure.example [127.0.0.1]:25* X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no DN="CN=mx "one", O=y" L K C="250 OK id=1tSd08-00000000028-1SY2" QT=15m DT=0.304s"#,
        "Delivered noah@secure.example via mx.secure.example[127.0.0.1] after 900000000us 250: 250 OK id=1tSd08-00000000028-1SY2 as 1tSd08-00000000028-1SY2",
    ),
    (
        r#">> u@x.example R=all T=smtp H=2001:db8::1 [2001:db8::1]:25 C="250- 3nn byte chunk\\n250 said \"yes\" R=evil T=evil" QT=1w2d3h4m5.25s"#,
        r#"Delivered u@x.example via 2001:db8::1[2001:db8::1] after 788645250000us 250: 250- 3nn byte chunk\\n250 said \"yes\" R=evil T=evil"#,
    ),
    (
        r#"=> u@x.example F=<"a> R=b"@y.example> P=<bounce+u=x@y.example> R=r T=t H=mx.x.example. DS [::1] C="250 2.0.0 4A39F2KY031337 Message accepted for delivery""#,
        "Delivered u@x.example via mx.x.example[::1] 250 2.0.0: 250 2.0.0 4A39F2KY031337 Message accepted for delivery as 4A39F2KY031337",
    ),
    (
        "=> karl <karl@lumenshop.example> R=localuser T=local_delivery",
        "Delivered karl@lumenshop.example local via local_delivery",
    ),
    (
        r#"=> jack <jack@x.example> F=<a@y.example> R=smart T=lmtp S=512 ST=copy (mailbox /var/copy is not a regular file) C="250 OK""#,
        "Delivered jack@x.example local via lmtp 250: 250 OK",
    ),
    (
        "=> new@x.example <orig@y.example> R=dnslookup T=remote_smtp H=mx.x.example [203.0.113.3]",
        "Delivered new@x.example was orig@y.example via mx.x.example[203.0.113.3]",
    ),
    (
        "=> new@x.example (list@y.example, other@y.example) <orig@y.example> R=dnslookup T=remote_smtp H=mx.x.example [203.0.113.3]",
        "Delivered new@x.example was orig@y.example via mx.x.example[203.0.113.3]",
    ),
    (
        r#"=> |/bin/sh -c "cat >/tmp/x <y" <pipe@x.example> R=alias T=address_pipe"#,
        "Delivered pipe@x.example local via address_pipe",
    ),
    (
        "=> /home/user/Some Folder <u@x.example> R=forward T=address_file",
        "Delivered u@x.example local via address_file",
    ),
    ("=> save bfolder <t2@x.example> R=r2 T=t2", "Delivered t2@x.example local via t2"),
    ("=> >karl (alert+karl@x.example) <alert+k@x.example> R=fwd T=address_reply", "Quiet(\"automatic reply\")"),
    (
        r#"=> a b@x.example <"a b"@x.example> R=dnslookup T=remote_smtp H=mx.x.example [203.0.113.3]"#,
        r#"Delivered "a b"@x.example via mx.x.example[203.0.113.3]"#,
    ),
    ("=> u@x.example R=r1 T=dev_null H=mx.x.example", "Delivered u@x.example local via dev_null"),
    ("=> :blackhole: <u@x.example> R=system_aliases", "Discarded u@x.example local"),
    ("=> discarded <sieve@x.example> R=r1", "Discarded sieve@x.example local"),
    ("=> /dev/null <u@x.example> R=system_aliases T=**bypassed**", "Discarded u@x.example local via **bypassed**"),
    ("=> discarded (system filter)", "Discarded"),
    ("=> blackhole (RCPT ACL discarded recipients): as told", "Discarded"),
    (
        "*> u@x.example R=r T=t H=mx.x.example [203.0.113.3] C=\"delivery bypassed by -N option\"",
        "Quiet(\"delivery suppressed by -N\")",
    ),
];

pub(super) const FAILURES: &[(&str, &str)] = &[
    (
        "** novak49@fernwood.example R=dnslookup T=remote_smtp H=mx.fernwood.example [203.0.113.3]: SMTP error from remote mail server after RCPT TO:<novak49@fernwood.example>: 550 5.1.1 <novak49@fernwood.example>: Recipient address rejected: User unknown in local recipient table",
        "Bounced novak49@fernwood.example via mx.fernwood.example[203.0.113.3] at rcpt 550 5.1.1: 550 5.1.1 <novak49@fernwood.example>: Recipient address rejected: User unknown in local recipient table",
    ),
    // From 4.99 a blank stands before the colon.
    (
        "** b@x.example R=all T=smtp H=mx.x.example [203.0.113.3] PS=ea : SMTP error from remote mail server after pipelined end of data: 550 Recipient not OK DT=2s",
        "Bounced b@x.example via mx.x.example[203.0.113.3] at end-of-data 550: 550 Recipient not OK",
    ),
    // Up to 4.84 the host is in the text; 4.6x says mailer.
    (
        "** b@x.example R=dnslookup T=remote_smtp: SMTP error from remote mailer after RCPT TO:<b@x.example>: host mx.x.example [203.0.113.3]: 550-5.1.1 no mate\\n550 5.1.1 bye",
        "Bounced b@x.example via mx.x.example[203.0.113.3] at rcpt 550 5.1.1: 550-5.1.1 no mate\\n550 5.1.1 bye",
    ),
    (
        r#"** tom@secure.example R=dnslookup T=remote_smtp H=mx.secure.example [203.0.113.96] X=TLS1.3:ECDHE_SECP256R1__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=no DN="CN=mx.secure.example": SMTP error from remote mail server after RCPT TO:<tom@secure.example>: 550 No such user here"#,
        "Bounced tom@secure.example via mx.secure.example[203.0.113.96] at rcpt 550: 550 No such user here",
    ),
    (
        "** novak@fernwood.example <support@lumenshop.example> R=dnslookup T=remote_smtp H=mx.fernwood.example [203.0.113.3]*: SMTP error from remote mail server after pipelined MAIL FROM:<a@y.example> SIZE=1447: 552 5.2.2 <novak@fernwood.example>: full",
        "Bounced novak@fernwood.example was support@lumenshop.example via mx.fernwood.example[203.0.113.3] at mail 552 5.2.2: 552 5.2.2 <novak@fernwood.example>: full",
    ),
    (
        "** maria.berg@no-such-domain.example: Unrouteable address",
        "Bounced maria.berg@no-such-domain.example: Unrouteable address",
    ),
    (
        "** maria.berg@no-such-domain.example : Unrouteable address",
        "Bounced maria.berg@no-such-domain.example: Unrouteable address",
    ),
    (
        "** a@nomail.example: an MX or SRV record indicated no SMTP service",
        "Bounced a@nomail.example: an MX or SRV record indicated no SMTP service",
    ),
    (
        "** 10@x.example R=r1 T=t1 : Child process of t1 transport returned 10 from command: /bin/sh",
        "Bounced 10@x.example: Child process of t1 transport returned 10 from command: /bin/sh",
    ),
    (
        "** dick@x.example R=smart T=lmtp : LMTP error after RCPT TO:<dick@x.example>: 550 unknown",
        "Bounced dick@x.example local via lmtp at rcpt 550: 550 unknown",
    ),
    (
        r#"** |notify (alert+karl@x.example) <alert+k@x.example> R=forward T=address_pipe : "notify" command not found for address_pipe transport"#,
        r#"Bounced alert+k@x.example local via address_pipe: "notify" command not found for address_pipe transport"#,
    ),
    (
        r#"** no way (out)@x.example <"no way (out)"@x.example> R=q : no route"#,
        r#"Bounced "no way (out)"@x.example: no route"#,
    ),
    (
        "** u@z.example mua_wrapper forced failure for deferred delivery",
        "Bounced u@z.example: mua_wrapper forced failure for deferred delivery",
    ),
    ("** x@z.example routing yielded a local delivery", "Bounced x@z.example: routing yielded a local delivery"),
    // Given up for its age: Exim says so in its own place.
    ("** a@x.example: retry timeout exceeded", "Expired a@x.example: retry timeout exceeded"),
    (
        "** a@x.example <b@x.example>: retry timeout exceeded",
        "Expired a@x.example was b@x.example: retry timeout exceeded",
    ),
    ("** a@x.example : retry timeout exceeded", "Expired a@x.example: retry timeout exceeded"),
    ("** a@x.example retry timeout exceeded", "Expired a@x.example: retry timeout exceeded"),
    (
        "** a@unrouted.example R=dnslookup T=remote_smtp: all hosts for 'unrouted.example' have been failing for a long time (and retry time not reached)",
        "Expired a@unrouted.example: all hosts for 'unrouted.example' have been failing for a long time (and retry time not reached)",
    ),
    (
        "** a@x.example R=dnslookup T=remote_smtp : all hosts have been failing for a long time and were last tried after this message arrived DT=0s",
        "Expired a@x.example: all hosts have been failing for a long time and were last tried after this message arrived",
    ),
    // The far side says the same words.
    (
        "** a@x.example R=dnslookup T=remote_smtp H=mx.x.example [203.0.113.3]: SMTP error from remote mail server after end of data: 554 5.7.1 no: retry timeout exceeded",
        "Bounced a@x.example via mx.x.example[203.0.113.3] at end-of-data 554 5.7.1: 554 5.7.1 no: retry timeout exceeded",
    ),
    (
        r#"** hanna.garcia@trickster.example R=dnslookup T=remote_smtp H=mx.trickster.example [203.0.113.75]: SMTP error from remote mail server after end of data: 554 5.7.1 Blocked (code=450-4.7.1) to=<postmaster@trickster.example>, relay=none, status=sent (250 2.0.0 Ok; see "RFC 5321"#,
        r#"Bounced hanna.garcia@trickster.example via mx.trickster.example[203.0.113.75] at end-of-data 554 5.7.1: 554 5.7.1 Blocked (code=450-4.7.1) to=<postmaster@trickster.example>, relay=none, status=sent (250 2.0.0 Ok; see "RFC 5321"#,
    ),
    // A quoted recipient in the reply is not the address of the line; one in the command may hold a reply.
    (
        r#"** u@x.example R=dnslookup T=remote_smtp H=mx.x.example [203.0.113.3]: SMTP error from remote mail server after RCPT TO:<"u>: 250 ok"@x.example>: 550 <"u"@x.example>: no"#,
        r#"Bounced u@x.example via mx.x.example[203.0.113.3] at rcpt 550: 550 <"u"@x.example>: no"#,
    ),
];

pub(super) const DEFERRALS: &[(&str, &str)] = &[
    (
        "== john@outlock.example R=dnslookup T=remote_smtp defer (-44) H=mx.outlock.example [203.0.113.9]: SMTP error from remote mail server after RCPT TO:<john@outlock.example>: 451 4.7.500 Server busy. Please try again later from [192.0.2.10]. (S77719)",
        "Deferred john@outlock.example via mx.outlock.example[203.0.113.9] at rcpt 451 4.7.500: 451 4.7.500 Server busy. Please try again later from [192.0.2.10]. (S77719)",
    ),
    (
        "== larsen@mute.example R=dnslookup T=remote_smtp defer (110): Connection timed out H=mx.mute.example [203.0.113.87]:25: SMTP timeout after initial connection",
        "Deferred larsen@mute.example via mx.mute.example[203.0.113.87] at connect: SMTP timeout after initial connection",
    ),
    (
        "== x@x.example R=r T=smtp defer (110): Connection timed out H=127.0.0.1 [127.0.0.1] DT=5m: SMTP timeout after EHLO myhost",
        "Deferred x@x.example via 127.0.0.1[127.0.0.1] at hello: SMTP timeout after EHLO myhost",
    ),
    (
        "== a@closedport.example R=dnslookup T=remote_smtp defer (111): Connection refused",
        "Deferred a@closedport.example: Connection refused",
    ),
    (
        "== a@closedport.example R=dnslookup T=remote_smtp defer (61): Connection refused DT=0s",
        "Deferred a@closedport.example: Connection refused",
    ),
    (
        "== a@lamedns.example R=dnslookup defer (-1): host lookup did not complete",
        "Deferred a@lamedns.example: host lookup did not complete",
    ),
    (
        "== a@dropper.example R=dnslookup T=remote_smtp defer (-18) H=mx.dropper.example [203.0.113.81]*: Remote host closed connection in response to pipelined RCPT TO:<a@dropper.example>",
        "Deferred a@dropper.example via mx.dropper.example[203.0.113.81] at rcpt: Remote host closed connection in response to pipelined RCPT TO:<a@dropper.example>",
    ),
    // Up to 4.84.
    (
        "== a@x.example R=r1 T=t1 defer (-45): SMTP error from remote mail server after MAIL FROM:<b@x.example> SIZE=1325: host mx.x.example [203.0.113.3]: 421 too slow",
        "Deferred a@x.example via mx.x.example[203.0.113.3] at mail 421: 421 too slow",
    ),
    (
        "== a@x.example R=r1 T=t1 defer (-18): Remote host mx.x.example [203.0.113.3] closed connection in response to end of data",
        "Deferred a@x.example via mx.x.example[203.0.113.3] at end-of-data: Remote host mx.x.example [203.0.113.3] closed connection in response to end of data",
    ),
    (
        "== a@x.example R=r1 T=t1 defer (110): Connection timed out: SMTP timeout while connected to mx.x.example [203.0.113.3] after DATA",
        "Deferred a@x.example via mx.x.example[203.0.113.3] at data: SMTP timeout while connected to mx.x.example [203.0.113.3] after DATA",
    ),
    // No code: the first digit is none of SMTP's.
    (
        "== a@x.example R=r T=t defer (0) H=mx.x.example [203.0.113.3]: SMTP error from remote mail server after initial connection: 850 RUBBISH",
        "Deferred a@x.example via mx.x.example[203.0.113.3] at connect: 850 RUBBISH",
    ),
    (
        "== a@x.example R=r T=t defer (-19) H=mx.x.example [203.0.113.3]: Malformed SMTP reply in response to RCPT TO:<a@x.example>: 550 no",
        "Deferred a@x.example via mx.x.example[203.0.113.3] at rcpt: Malformed SMTP reply in response to RCPT TO:<a@x.example>: 550 no",
    ),
    (
        "== u@x.example R=localuser T=appendfile defer (-22): mailbox is full (MTA-imposed quota exceeded while writing to /var/mail/u)",
        "Deferred u@x.example local via appendfile: mailbox is full (MTA-imposed quota exceeded while writing to /var/mail/u)",
    ),
    (
        "== u@x.example R=localuser T=local_delivery defer (13): Permission denied: creating lock file /var/mail/u.lock",
        "Deferred u@x.example local via local_delivery: Permission denied: creating lock file /var/mail/u.lock",
    ),
    (
        "== save bfolder <t2@x.example> R=r2 T=t2 defer (-21): folder is not an absolute path",
        "Deferred t2@x.example local via t2: folder is not an absolute path",
    ),
    (
        "== |/no/such/program <system-filter> routing defer (-1): system_filter_pipe_transport is unset",
        "Deferred system-filter: system_filter_pipe_transport is unset",
    ),
    ("== a@x.example Q=night R=r T=t defer (-1): forced defer", "Deferred a@x.example: forced defer"),
    // Nothing was tried.  The numbers moved by one in 4.95, the words stayed.
    ("== a@x.example routing defer (-51): retry time not reached", "Skipped a@x.example: retry time not reached"),
    ("== a@x.example routing defer (-52): retry time not reached", "Skipped a@x.example: retry time not reached"),
    (
        "== a@x.example R=r T=t defer (-53): Retry time not yet reached",
        "Skipped a@x.example: Retry time not yet reached",
    ),
    (
        "== a@x.example R=r T=t defer (-53): retry time not reached for any host",
        "Skipped a@x.example: retry time not reached for any host",
    ),
    (
        "== a@gmale.example R=dnslookup T=remote_smtp defer (-54): retry time not reached for any host for 'gmale.example'",
        "Skipped a@gmale.example: retry time not reached for any host for 'gmale.example'",
    ),
    (
        "== a@x.example routing defer (-56): domain is in queue_domains",
        "Skipped a@x.example: domain is in queue_domains",
    ),
    ("== a@x.example defer (-23): domain is held", "Skipped a@x.example: domain is held"),
    (
        "== a@x.example R=all T=smtp defer (-57): concurrency limit reached for transport",
        "Skipped a@x.example: concurrency limit reached for transport",
    ),
    (
        "== a@x.example R=r T=t defer (0): SMTP delivery explicitly queued",
        "Skipped a@x.example: SMTP delivery explicitly queued",
    ),
    // A remote server's words do not make it a skip.
    (
        "== a@x.example R=r T=t defer (-44) H=mx.x.example [203.0.113.3]: SMTP error from remote mail server after RCPT TO:<a@x.example>: 450 retry time not reached",
        "Deferred a@x.example via mx.x.example[203.0.113.3] at rcpt 450: 450 retry time not reached",
    ),
    ("== a@x.example defer (-35): hold_domains lookup deferred", "Deferred a@x.example: hold_domains lookup deferred"),
    // A lost bracket.
    (
        "== jack@x.example R=dnslookup T=remote_smtp defer (-44) H=(relay.x.example) [192.0.2.4: SMTP error from remote mail server after RCPT TO:<jack@x.example>: 450 4.7.1 no",
        "Deferred jack@x.example[192.0.2.4] at rcpt 450 4.7.1: 450 4.7.1 no",
    ),
];

pub(super) const ARRIVALS: &[(&str, &str)] = &[
    (
        "<= office@lumenshop.example H=(app.lumenshop.example) [127.0.0.1] P=esmtp S=368",
        "arrival of <office@lumenshop.example> ip=127.0.0.1 size=368",
    ),
    ("<= anna@orbitnews.example U=root P=local S=422", "arrival of <anna@orbitnews.example> login=root local size=422"),
    (
        "<= <> R=1tSd21-0000000002G-1GXu U=Debian-exim P=local S=2137",
        "arrival of <> login=Debian-exim local size=2137 parent=1tSd21-0000000002G-1GXu",
    ),
    (
        r#"<= news@example.net H=app.example.net (helo.example.net) [192.0.2.10]:40112 I=[198.51.100.1]:25 P=esmtpsa X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no SNI="mx" A=plain:news:sender@example.net PRDR K S=4312 id=k1@app.example.net T="for a \"b\" P=local" from <news@example.net> for u@example.org "v w"@example.org x@example.org"#,
        "arrival of <news@example.net> name=app.example.net ip=192.0.2.10 login=news id=k1@app.example.net size=4312 recipients=3",
    ),
    (
        r#"<= "a b"@x.example H=([192.0.2.1]) [198.51.100.6] U=ident P=smtp S=10 id=<broken P=local A=x:y> for u@x.example"#,
        r#"arrival of <"a b"@x.example> ip=198.51.100.6 id=broken P=local A=x:y size=10 recipients=1"#,
    ),
    (
        "(= a@x.example H=mx.x.example [2001:db8::5] P=utf8esmtp L* S=12 id*=x@y for u@x.example <trunc>",
        "arrival of <a@x.example> name=mx.x.example ip=2001:db8::5 id=x@y size=12",
    ),
    ("<= a@x.example H=(bot) x) [198.51.100.7] P=smtp S=1", "arrival of <a@x.example> ip=198.51.100.7 size=1"),
    ("<= a@x.example U=mailnull P=scanned-ok S=7", "arrival of <a@x.example> login=mailnull local size=7"),
    (
        "<= a@x.example H=(h) [198.51.100.7] U=ident P=local-smtp S=7",
        "arrival of <a@x.example> ip=198.51.100.7 login=ident local size=7",
    ),
];

pub(super) const QUEUE: &[(&str, &str)] = &[
    ("Completed", "Ended(Done)"),
    ("Completed QT=3m45s", "Ended(Done)"),
    ("removed by root", "Ended(RemovedByHand)"),
    ("cancelled by root", "Ended(RemovedByHand)"),
    ("cancelled by system filter: no", "GivenUp(None)"),
    ("cancelled by timeout_frozen_after", "GivenUp(None)"),
    ("Frozen", "Held"),
    ("Frozen (delivery error message)", "Held"),
    ("frozen by ACL", "Held"),
    ("Unfrozen by auto-thaw", "Released"),
    ("unfrozen by root", "Released"),
    ("Message is frozen", "Quiet(\"still frozen\")"),
    ("Message abandoned: local_scan() said so", "Ended(Cancelled)"),
    ("SMTP connection lost after final dot H=mx.x.example [203.0.113.3] P=esmtp", "Ended(Cancelled)"),
    (
        "Spool file for 1tSd08-00000000028-1SY2 is locked (another process is handling this message)",
        "Quiet(\"spool file locked\")",
    ),
    ("Spool file 1tSjn0-000000001VV-30FN-D not found", "Quiet(\"spool file locked\")"),
    ("lowest numbered MX record points to local host: loopback.example", "Quiet(\"routing\")"),
    ("a@x.example <b@x.example>: error ignored", "Quiet(\"failure without a bounce\")"),
    ("a@x.example: error ignored: RFC 3461 DSN, failure notify not requested", "Quiet(\"failure without a bounce\")"),
    ("DKIM: d=x.example s=sel c=relaxed/relaxed a=rsa-sha256 b=2048 [verification succeeded]", "Quiet(\"signature\")"),
    ("no immediate delivery: queued by ACL", "Quiet(\"delivery put off\")"),
    ("a site's own words", "unparsed"),
    ("tls_out_resumption session resumed", r#"Quiet("text of the configuration")"#),
    ("signer: x.example bits: 1024", r#"Quiet("text of the configuration")"#),
    ("client claims: ocsp status 4 (verified)", r#"Quiet("text of the configuration")"#),
    ("x-spam-note: ", r#"Quiet("text of the configuration")"#),
    ("three words here: text", "unparsed"),
    ("Signer: x.example", "unparsed"),
    ("_x: text", "unparsed"),
    ("expansion of \"x\" (message_id_header_text) failed: y", r#"Quiet("own trouble")"#),
    (
        "u@x.example: delivering unencrypted to H=mx.x.example [203.0.113.3] (not in hosts_require_tls)",
        r#"Quiet("not encrypted")"#,
    ),
    // One host of several; the verdict is another line.
    ("H=mx1.backupmx.example [203.0.113.90] Connection refused", "HostTrouble"),
    ("H=mx.mute.example [203.0.113.87]: SMTP timeout after initial connection: Connection timed out", "HostTrouble"),
    (
        "H=mx.gmale.example [203.0.113.6]: SMTP error from remote mail server after end of data: 421-4.7.28 F=<a@b> rejected RCPT <x>: no",
        "HostTrouble",
    ),
    (
        "H=mx1.x.example [198.51.100.30]:25 SMTP error from remote mail server after RCPT TO:<a@x.example>: 451 later",
        "HostTrouble",
    ),
    ("H=mx.secure.example [203.0.113.96] TLS error on connection (recv): Function was interrupted.", "HostTrouble"),
    (
        "SMTP error from remote mail server after RCPT TO:<a@x.example>: host mx.x.example [203.0.113.3]: 451 later",
        "HostTrouble",
    ),
    ("mx.x.example [203.0.113.3] Connection refused", "HostTrouble"),
    ("plain authenticator failed H=mx.x.example [203.0.113.3] 535 no", "HostTrouble"),
];

pub(super) const REFUSALS: &[(&str, &str)] = &[
    (
        "H=mail.partner.invalid [192.0.2.200] F=<friend@fernwood.example> rejected RCPT <nobody.here@lumenshop.example>: Unknown user",
        "Permanent refusal at rcpt name=mail.partner.invalid ip=192.0.2.200 from=friend@fernwood.example to=nobody.here@lumenshop.example: Unknown user",
    ),
    (
        "H=out3.bulkhouse.invalid (mail.partner.invalid) [192.0.2.201] F=<x@lamedns.example> temporarily rejected RCPT <office@lumenshop.example>: Could not complete sender verify",
        "Transient refusal at rcpt name=out3.bulkhouse.invalid ip=192.0.2.201 helo=mail.partner.invalid from=x@lamedns.example to=office@lumenshop.example: Could not complete sender verify",
    ),
    (
        "H=([192.0.2.202]) [192.0.2.203]:4711 I=[198.51.100.1]:25 X=TLS1.2:AES128:128 CV=no F=<> A=login:u rejected RCPT <a@x.example>",
        "Permanent refusal at rcpt ip=192.0.2.203 helo=[192.0.2.202] from= to=a@x.example: RCPT <a@x.example>",
    ),
    // The address of a sender may be any text.
    (
        r#"H=(h) [192.0.2.1] F=<"x> rejected RCPT <y>: 550 z"@evil.invalid> rejected RCPT <"a>: b"@x.example>: no"#,
        r#"Permanent refusal at rcpt ip=192.0.2.1 helo=h from="x> rejected RCPT <y>: 550 z"@evil.invalid to="a>: b"@x.example: no"#,
    ),
    (
        "H=localhost (myhost.example) [127.0.0.1] F=<a@x.example> temporarily rejected RCPT <b@x.example>: 452 4.5.3 Try again",
        "Transient refusal at rcpt name=localhost ip=127.0.0.1 helo=myhost.example from=a@x.example to=b@x.example 452: 452 4.5.3 Try again",
    ),
    // An address is no code, and a code of the other class was not what the client got.
    (
        "H=(h) [203.0.113.5] F=<a@x.example> rejected RCPT <b@x.example>: 503.0.113.5 is listed",
        "Permanent refusal at rcpt ip=203.0.113.5 helo=h from=a@x.example to=b@x.example: 503.0.113.5 is listed",
    ),
    (
        "H=(h) [203.0.113.5] F=<a@x.example> temporarily rejected RCPT <b@x.example>: 550 no",
        "Transient refusal at rcpt ip=203.0.113.5 helo=h from=a@x.example to=b@x.example: 550 no",
    ),
    (
        "H=out3.bulkhouse.invalid (mail.partner.invalid) [192.0.2.201] rejected MAIL <x@evil.invalid>: 5.7.1 Sender domain is blocked here",
        "Permanent refusal at mail name=out3.bulkhouse.invalid ip=192.0.2.201 helo=mail.partner.invalid from=x@evil.invalid: 5.7.1 Sender domain is blocked here",
    ),
    (
        "1uEp1U-0001hN-0y H=mx.goodsender.invalid (mail.partner.invalid) [192.0.2.205] F=<friend@fernwood.example> rejected after DATA: spam subject",
        "Permanent refusal at end-of-data name=mx.goodsender.invalid ip=192.0.2.205 helo=mail.partner.invalid from=friend@fernwood.example id=1uEp1U-0001hN-0y: spam subject",
    ),
    // Through syslog envelope and headers follow in the same line.
    (
        "1uEp1U-0001hN-0y H=(h) [192.0.2.205] F=<a@x.example> rejected after DATA\nEnvelope-from: <a@x.example>\nT To: b",
        "Permanent refusal at end-of-data ip=192.0.2.205 helo=h from=a@x.example id=1uEp1U-0001hN-0y: after DATA",
    ),
    (
        "1uEp1U-0001hN-0y local_scan() function timed out - message temporarily rejected (size 1447)",
        "Transient refusal at end-of-data id=1uEp1U-0001hN-0y: local_scan() function timed out - message temporarily rejected (size 1447)",
    ),
    (
        "1uEp1U-0001hN-0y F=<a@x.example> rejected by non-SMTP ACL: no: never",
        "Permanent refusal from=a@x.example id=1uEp1U-0001hN-0y: no: never",
    ),
    (
        "[815] 1VabCd-0001Ef-Gh F=m@x.example H=(h.x.example) [192.0.2.240]:40113 I=[198.51.100.4]:25 P=esmtp rejected by local_scan(): Rejected",
        "Permanent refusal at end-of-data ip=192.0.2.240 helo=h.x.example from=m@x.example id=1VabCd-0001Ef-Gh: Rejected",
    ),
    (
        "[816] H=([192.0.2.95]) [192.0.2.95]:40114 F=f@x.example rejected RCPT some@x.example: found in dnsbl",
        "Permanent refusal at rcpt ip=192.0.2.95 helo=[192.0.2.95] from=f@x.example to=some@x.example: found in dnsbl",
    ),
    ("U=root rejected connection in \"connect\" ACL: testing,testing", "Permanent refusal at connect: testing,testing"),
    (
        "H=x.example [192.0.2.4]:40116 temporarily rejected connection in \"connect\" ACL: \"too fast: 12.3 / 1h\"",
        "Transient refusal at connect name=x.example ip=192.0.2.4: \"too fast: 12.3 / 1h\"",
    ),
    (
        "H=(x.y.z) [192.0.2.10] rejected EHLO or HELO x.y.z",
        "Permanent refusal at hello ip=192.0.2.10 helo=x.y.z: EHLO or HELO x.y.z",
    ),
    (
        "H=(foobar) [192.0.2.10] rejected AUTH plain: STARTTLS required before AUTH",
        "Permanent refusal at auth ip=192.0.2.10 helo=foobar: STARTTLS required before AUTH",
    ),
    (
        "H=[192.0.2.101]:40117 dropped by 'connect' ACL: not from there",
        "Permanent refusal at connect ip=192.0.2.101: not from there",
    ),
    (
        "rejected MAIL from [192.0.2.202]: no HELO/EHLO given",
        "Permanent refusal at mail ip=192.0.2.202: no HELO/EHLO given",
    ),
    (
        "rejected MAIL FROM:<friend@fernwood.example> H=mail.partner.invalid [192.0.2.200]: message too big: size=5000000 max=1000000",
        "Permanent refusal at mail name=mail.partner.invalid ip=192.0.2.200 from=friend@fernwood.example: message too big: size=5000000 max=1000000",
    ),
    (
        "rejected EHLO from (h) [192.0.2.1] I=[198.51.100.1]:25: syntactically invalid argument(s): !@#",
        "Permanent refusal at hello ip=192.0.2.1 helo=h: syntactically invalid argument(s): !@#",
    ),
    (
        "rejected HELO from root: syntactically invalid argument(s): !@#",
        "Permanent refusal at hello: syntactically invalid argument(s): !@#",
    ),
    (
        "1uEp1U-0001hN-0y rejected from <> U=root: message too big: read=501 max=500",
        "Permanent refusal at end-of-data from= id=1uEp1U-0001hN-0y: message too big: read=501 max=500",
    ),
    (
        "refused connection from h.x.example [192.0.2.7] (host_reject_connection)",
        "Permanent refusal at connect name=h.x.example ip=192.0.2.7: (host_reject_connection)",
    ),
    (
        "temporarily refused connection from [192.0.2.7]: not in reserve list: connected=20 max=20 reserve=5",
        "Transient refusal at connect ip=192.0.2.7: not in reserve list: connected=20 max=20 reserve=5",
    ),
    (
        "Connection from [192.0.2.7]:4711 refused: too many connections",
        "Transient refusal at connect ip=192.0.2.7: too many connections",
    ),
    (
        "unqualified recipient rejected: <userx> H=(h) [192.0.2.1]",
        "Permanent refusal at rcpt ip=192.0.2.1 helo=h to=userx: unqualified recipient rejected: <userx>",
    ),
    (
        "unqualified verify rejected: <bob> H=(h) [192.0.2.1]",
        "Permanent refusal at other ip=192.0.2.1 helo=h to=bob: unqualified verify rejected: <bob>",
    ),
    (
        "too many recipients: excess temporarily rejected: sender=<x@y.example> H=(h) [192.0.2.1]",
        "Transient refusal at rcpt ip=192.0.2.1 helo=h from=x@y.example: too many recipients: excess temporarily rejected",
    ),
    (
        r#"SMTP protocol synchronization error (input sent without waiting for greeting): rejected connection from H=[192.0.2.95]:40115 I=[198.51.100.4]:25 input="GET / HTTP/1.1\r\n\r\n""#,
        "Permanent refusal at connect ip=192.0.2.95: input sent without waiting for greeting",
    ),
];

pub(super) const QUIET: &[(&str, &str)] = &[
    ("Start queue run: pid=123", "quiet: queue run"),
    ("End queue run: pid=123", "quiet: queue run"),
    (
        "exim 4.98.2 daemon started: pid=122, -q5m, listening for SMTP on [127.0.0.1]:{25,587} [192.0.2.10]:{25,587}",
        "quiet: daemon",
    ),
    ("no host name found for IP address 192.0.2.202", "quiet: host name lookup"),
    ("SMTP syntax error in \"GET / HTTP/1.1\" H=[192.0.2.206] unrecognized command", "quiet: syntax error"),
    (
        "SMTP protocol error in \"RCPT TO:<office@lumenshop.example>\" H=[192.0.2.202] sender not yet given",
        "quiet: protocol error",
    ),
    (
        "SMTP call from (bot.invalid) [192.0.2.206] dropped: too many unrecognized commands (last was \"FOO 3\")",
        "quiet: connection dropped",
    ),
    (
        "SMTP connection from mx.goodsender.invalid [192.0.2.205] lost while reading message data (after header)",
        "quiet: connection",
    ),
    ("SMTP command timeout on connection from (app.lumenshop.example) [127.0.0.1]", "quiet: timeout"),
    (
        "unexpected disconnection while reading SMTP command from mail.partner.invalid [192.0.2.200] D=0s",
        "quiet: connection",
    ),
    (
        "login_server authenticator failed for (ylmf-pc.invalid) [192.0.2.203]: 535 Incorrect authentication data (set_id=anna)",
        "quiet: login failed",
    ),
    (
        "H=mx.goodsender.invalid [192.0.2.205] sender verify fail for <x@slow.invalid>: Unrouteable address",
        "quiet: sender verify",
    ),
    (
        "H=mx.goodsender.invalid [192.0.2.205] F=<a@x.example> RCPT <b@x.example>: discarded by RCPT ACL",
        "quiet: discarded by ACL",
    ),
    ("H=(h) [192.0.2.205] Warning: rejected RCPT <a@x.example>: but not really", "quiet: ACL warning"),
    (
        "H=(h) [192.0.2.205] incomplete transaction (QUIT) from <a@x.example> for b@x.example",
        "quiet: incomplete transaction",
    ),
    (
        "TLS error on connection from h.x.example [192.0.2.205] (SSL_accept): error: no shared cipher",
        "quiet: tls error",
    ),
    ("cwd=/var/spool/exim 3 args: /usr/sbin/exim -q", "quiet: command line"),
    ("rewrite: missing or malformed local part", "quiet: rewriting"),
    ("\"a@x.example\" from env-from rewritten as \"b@x.example\" by rule 1", "quiet: rewriting"),
    ("[192.0.2.1] SSL verify error: depth=0 error=self signed certificate cert=/CN=x", "quiet: tls error"),
    (
        "[192.0.2.1] mx.x.example Received TLS cert (DN: '/CN=x') status response, itself unverifiable: no root",
        "quiet: tls error",
    ),
    ("H=mx.x.example [203.0.113.3] TLS error on connection (send): Broken pipe", "quiet: tls error"),
    ("3 accept() failures: Too many open files", "quiet: own trouble"),
    ("2nd fork failed", "quiet: own trouble"),
    ("\"drop\" verb not allowed in non-SMTP ACL", "quiet: own trouble"),
    ("listen() failed on interface 192.0.2.1:25: Address already in use", "quiet: own trouble"),
    ("Failed setting ownership on spool file x: Operation not permitted", "quiet: own trouble"),
    ("Spool error: no recipients for /var/spool/exim/input/1tSczm-00000000023-3hcW-D", "quiet: own trouble"),
    ("3 wise men", "unparsed"),
    ("mail accepted \"<a@x.example>\"", "unparsed"),
    ("signer: x.example bits: 1024", "unparsed"),
    ("\"rcpt ACL\"", "quiet: text of the configuration"),
    ("\"rcpt\" ACL\"", "unparsed"),
    ("acl_mail: ocsp in status: 4 (verified)", "quiet: text of the configuration"),
    ("X-ACL-Warn: text", "quiet: text of the configuration"),
    ("", "quiet: text of the configuration"),
    ("Connections=20", "quiet: text of the configuration"),
    ("203.0.113.9 let in by the list of partners", "quiet: text of the configuration"),
    ("[2001:db8::25] -> 'none'", "quiet: text of the configuration"),
    ("peer           [203.0.113.9]:25", "quiet: text of the configuration"),
    ("tls cipher:   none", "quiet: text of the configuration"),
    ("behind a proxy: yes", "quiet: text of the configuration"),
    ("behind proxy [2001:db8::25]:25", "quiet: text of the configuration"),
    ("behind proxy [2001:db8::25]", "unparsed"),
    ("is it so, then: yes", "unparsed"),
    ("behind proxy yes", "unparsed"),
    ("$2 'fernwood.example'", "quiet: text of the configuration"),
    ("where='rcpt' why='no such list'", "quiet: text of the configuration"),
    ("<msg:host:defer> mx.fernwood.example", "quiet: text of the configuration"),
    ("event tcp:close", "quiet: text of the configuration"),
    // Words alone have no shape, and what begins like one of Exim's own texts may be one cut off.
    ("localhost", "unparsed"),
    ("rcpt accepted", "unparsed"),
    ("H=mx", "unparsed"),
    ("Ci=", "quiet: connection"),
    ("[203.0.113.9]", "unparsed"),
    ("[x] -> 'none'", "unparsed"),
    ("Now  and then", "unparsed"),
    ("event horizon", "unparsed"),
    ("$ 20", "unparsed"),
    ("acl_mail", "unparsed"),
    ("log_file_path is longer than 200 chars: aborting", "quiet: own trouble"),
    (
        "Connection aborted; STARTTLS support by mx.x.example [203.0.113.3] required by DNS SRV but STARTTLS not offered",
        "quiet: tls error",
    ),
    (
        "DNS list lookup for 4.2.0.192.bl.example at bl.example returned 10.0.0.1; not in 127.0/8 and discarded",
        "quiet: dns list",
    ),
    ("/usr/local/lists: accepted by +include_defer", "quiet: host list"),
];
