//! Lines and what they say.
