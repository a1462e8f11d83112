//! The built `circle-opt`, run as a user runs it.
//!
//! Invariant: tests know the program by its arguments, streams, files and exit codes alone.

#[macro_use]
mod program;

mod chains;
mod errors;
mod explain;
#[cfg(target_os = "linux")]
mod faults;
mod front_ends;
mod inspect;
#[cfg(target_os = "linux")]
mod killed;
mod optimize;
mod report;
mod rules;
mod terminal;
mod verify;
