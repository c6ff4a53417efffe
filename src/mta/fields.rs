//! Combinators that several grammars share: `key=value`, `<address>`, `host[ip]:port`, durations.
