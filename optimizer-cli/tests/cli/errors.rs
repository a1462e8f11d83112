//! Bad input and bad usage: one line that says what and where, the right exit code, and OUT as it was.

use crate::program::{Folder, bytes, fixture, run};
use std::ffi::OsStr;

#[test]
fn bad_files_are_refused_in_one_line() {
    let good = bytes(&fixture("rotary_bias"));
    let mut renamed = good.clone();
    renamed[4..8].copy_from_slice(b"ELF!");
    refused("empty", b"");
    refused("random", &noise(4096));
    refused("renamed", &renamed);
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    let good = bytes(&fixture("rotary_bias"));
    for length in (0..good.len()).step_by(61) {
        refused("cut", &good[..length]);
    }
}

/// A flipped bit may go unnoticed, but must not bring the program down.
#[test]
fn a_flipped_bit_is_no_panic() {
    let good = bytes(&fixture("rotary_split"));
    for position in (0..good.len()).step_by(37) {
        let mut bad = good.clone();
        bad[position] ^= 1 << (position % 8);
        let run = run(&["optimize", "-", "-o", "-"].map(OsStr::new), &bad);
        assert!([0, 1].contains(&run.code), "byte {position}: exit {}: {}", run.code, run.stderr);
        assert!(!run.stderr.contains("panicked"), "byte {position}: {}", run.stderr);
    }
}

#[test]
fn every_command_refuses_a_bad_file() {
    let folder = Folder::new();
    let bad = folder.file("bad.circle", &noise(64));
    for run in [
        circle_opt!("optimize", &bad),
        circle_opt!("inspect", &bad),
        circle_opt!("verify", &bad, &fixture("rotary_bias")),
        circle_opt!("verify", &fixture("rotary_bias"), &bad),
    ] {
        assert!(run.fault(1).contains("bad.circle"));
    }
}

#[test]
fn a_missing_file_is_named() {
    let fault = circle_opt!("optimize", "no/such.circle").fault(1);
    assert!(fault.starts_with("cannot read no/such.circle: "), "{fault}");
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let fault = circle_opt!("optimize", &fixture("rotary_bias"), "-o", "no/such/folder/out.circle").fault(1);
    assert!(fault.starts_with("cannot write no/such/folder/out.circle: "), "{fault}");
}

#[test]
fn a_report_that_cannot_be_written_leaves_the_output() {
    let folder = Folder::new();
    let out = folder.file("out.circle", b"as it was");
    let report = folder.path("no/report.json");
    let run = circle_opt!("optimize", &fixture("rotary_bias"), "-o", &out, "--report", &report);
    assert!(run.fault(1).starts_with("cannot write "));
    assert_eq!(bytes(&out), b"as it was");
}

#[test]
fn bad_usage_is_told_from_bad_input() {
    for args in [
        &["optimize"][..],
        &["optimise", "a"],
        &["optimize", "a", "--no-such-flag"],
        &["optimize", "a", "-O9"],
        &["optimize", "a", "--max-growth", "-1"],
        &["optimize", "a", "--max-growth", "much"],
        &["optimize", "a", "--target", "toaster"],
        &["optimize", "a", "--report", "report.txt"],
    ] {
        let args: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
        let run = run(&args, b"");
        assert_eq!(run.code, 2, "{args:?}: {}", run.stderr);
        assert!(run.stdout.is_empty() && !run.stderr.is_empty());
    }
}

#[test]
fn help_and_version_are_data() {
    assert!(circle_opt!("--help").good().contains("Usage: circle-opt"));
    assert!(circle_opt!("--version").good().starts_with("circle-opt "));
}

#[track_caller]
fn refused(name: &str, content: &[u8]) {
    let folder = Folder::new();
    let bad = folder.file("bad.circle", content);
    let out = folder.file("out.circle", b"as it was");
    let fault = circle_opt!("optimize", &bad, "-o", &out).fault(1);
    assert!(fault.contains("bad.circle: "), "{name}: {fault}");
    assert_eq!(bytes(&out), b"as it was", "{name}");
    assert_eq!(folder.names(), ["bad.circle", "out.circle"], "{name}");
}

/// Bytes without meaning, the same on every run.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(|_| next()).collect()
}
