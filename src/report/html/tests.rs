use super::super::fixture;
use super::*;
