//! What the program is to a terminal, a shell and a build: colours, completions, the manual, dependency files.

use crate::program::{Folder, bytes, fixture};
use std::process::Command;

/// Standard output of `explain` with these variables set.
fn explained(variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_circle-opt"));
    command.arg("explain").arg(fixture("rotary_bias")).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    let output = command.envs(variables.iter().copied()).output().expect("the program runs");
    String::from_utf8(output.stdout).expect("text is UTF-8")
}

#[test]
fn colours_are_for_terminals_alone() {
    let escapes = |variables: &[(&str, &str)]| explained(variables).contains('\u{1b}');
    assert!(!escapes(&[]), "a pipe is no terminal");
    assert!(escapes(&[("CLICOLOR_FORCE", "1")]));
    assert!(!escapes(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn every_shell_completes_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let text = circle_opt!("completions", shell).good();
        for command in ["optimize", "explain", "circle2circle", "depfile"] {
            assert!(text.contains(command), "{shell}: {command}");
        }
    }
    assert_eq!(circle_opt!("completions", "csh").code, 2);
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    assert!(circle_opt!("man").good().contains(".TH circle-opt"));
    let folder = Folder::new();
    assert_eq!(circle_opt!("man", &folder.path("")).good(), "");
    let names = folder.names();
    assert!(names.contains(&"circle-opt-optimize.1".to_owned()), "{names:?}");
}

#[test]
fn the_version_says_which_formats() {
    let text = circle_opt!("--version").good();
    assert!(text.ends_with(" (circle 0.10, tflite 3)\n"), "{text}");
}

#[test]
fn a_dependency_file_has_one_rule() {
    let folder = Folder::new();
    let model = folder.file("a model.circle", &bytes(&fixture("rotary_bias")));
    let (out, dep) = (folder.path("out.circle"), folder.path("out.d"));
    circle_opt!("optimize", "-q", &model, "-o", &out, "--depfile", &dep).good();
    let text = String::from_utf8(bytes(&dep)).expect("text");
    let escaped = model.display().to_string().replace(' ', "\\ ");
    assert_eq!(text, format!("{}: {escaped}\n", out.display()));
}

#[test]
fn a_dependency_file_needs_names() {
    circle_opt!("optimize", "-", "-o", "x.circle", "--depfile", "x.d").fault(2);
    circle_opt!("optimize", &fixture("rotary_bias"), "-o", "-", "--depfile", "x.d").fault(2);
    assert_eq!(circle_opt!("optimize", &fixture("rotary_bias"), "--depfile", "x.d").code, 2);
}

#[test]
fn a_quiet_comparison_tells_by_its_exit_code() {
    let model = fixture("rotary_bias");
    assert_eq!(circle_opt!("verify", "-q", &model, &model).good(), "");
}
