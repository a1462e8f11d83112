//! The built `circle-opt`, run as a user runs it.
//!
//! Invariant: tests know the program by its arguments, streams, files and exit codes alone.

#[macro_use]
mod program;

mod chains;
mod errors;
mod explain;
mod front_ends;
mod inspect;
mod optimize;
mod report;
mod rules;
mod terminal;
mod verify;
