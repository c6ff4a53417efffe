//! The tests of the Postfix grammar.
