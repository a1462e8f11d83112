//! The file formats from outside: what is read is written again, and no bytes do harm.

#[macro_use]
mod pack;
mod bad_input;
mod custom;
mod files;
mod meaning;
mod named;
mod round_trip;
