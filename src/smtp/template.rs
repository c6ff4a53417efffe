//! Reply templates: a reply text with addresses, hosts, ids, times and numbers replaced, so that equal
//! reasons are one row.
