//! The command lines of circle2circle and one-optimize.

use crate::program::{Folder, Run, bytes, constant_bytes, fixture, inspected, kinds, run_as};
use std::ffi::OsStr;
use std::path::Path;

/// The options of the table in the docs.
fn options() -> Vec<String> {
    let table = include_str!("../../../docs/options.md");
    let names = table.lines().filter_map(|line| line.strip_prefix("| `--")?.split('`').next());
    names.map(str::to_owned).collect()
}

#[track_caller]
fn converted(model: &Path, flags: &[&str]) -> Vec<u8> {
    let folder = Folder::new();
    let out = folder.path("out.circle");
    let mut args: Vec<&OsStr> = vec!["circle2circle".as_ref()];
    args.extend(flags.iter().map(OsStr::new));
    args.extend([model.as_os_str(), out.as_os_str()]);
    assert_eq!(crate::program::run(&args, b"").good(), "");
    bytes(&out)
}

/// Runs one-optimize on a configuration file with this content after the paths, and these flags.
fn configured(folder: &Folder, section: &str, flags: &[&str]) -> Run {
    let (input, out) = (fixture("attention_head"), folder.path("out.circle"));
    let paths = format!("input_path={}\noutput_path={}\n", input.display(), out.display());
    let cfg = folder.file("one.cfg", format!("[one-optimize]\n{paths}{section}").as_bytes());
    let mut args: Vec<&OsStr> = ["one-optimize", "-C"].iter().map(OsStr::new).collect();
    args.push(cfg.as_os_str());
    args.extend(flags.iter().map(OsStr::new));
    crate::program::run(&args, b"")
}

#[test]
fn no_option_rewrites_nothing() {
    let model = fixture("attention_head");
    let out = converted(&model, &[]);
    assert_eq!(kinds(&out), kinds(&bytes(&model)));
    assert_eq!(constant_bytes(&out), constant_bytes(&bytes(&model)));
}

#[test]
fn an_option_runs_the_rules_of_its_name() {
    let model = fixture("attention_head");
    let out = converted(&model, &["--remove_duplicate_const"]);
    assert_eq!(kinds(&out), kinds(&bytes(&model)));
    assert!(constant_bytes(&out) < constant_bytes(&bytes(&model)));
}

#[test]
fn folding_keeps_to_its_limit() {
    let model = fixture("format/four_bits");
    let folds = |flags: &[&str]| !kinds(&converted(&model, flags)).contains(&"DEQUANTIZE".to_owned());
    assert!(folds(&["--fold_dequantize"]));
    assert!(!folds(&["--fold_dequantize", "--fold-limit", "0"]));
    let folder = Folder::new();
    let flags = ["--fold_dequantize", "--fold-limit", "0", "-i"].map(OsStr::new);
    let out = folder.path("out.circle");
    let args = [&["one-optimize".as_ref()][..], &flags, &[model.as_os_str(), "-o".as_ref(), out.as_os_str()]];
    assert_eq!(crate::program::run(&args.concat(), b"").good(), "");
    assert!(kinds(&bytes(&out)).contains(&"DEQUANTIZE".to_owned()));
}

#[test]
fn every_option_of_the_table_is_taken() {
    let (options, flags) =
        (options(), ["--mute_warnings", "--disable_validation", "--generate_profile_data"]);
    assert!(options.len() >= 90, "{options:?}");
    let switches =
        options.iter().filter(|name| !["change_outputs", "sparsify_tensor"].contains(&name.as_str()));
    let switches: Vec<String> = switches.map(|name| format!("--{name}")).collect();
    let all: Vec<&str> = switches.iter().map(String::as_str).chain(flags).collect();
    assert!(!converted(&fixture("rotary_bias"), &all).is_empty());
    let help = circle_opt!("circle2circle", "-h").good();
    options.iter().for_each(|name| assert!(help.contains(&format!("--{name}")), "{name}"));
}

#[test]
fn an_unknown_option_is_usage_and_the_nearest_is_offered() {
    for command in ["circle2circle", "one-optimize"] {
        let run = circle_opt!(command, "--fuse_batchnorm_with_convs", "in.circle", "out.circle");
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains("'--fuse_batchnorm_with_conv'"), "{}", run.stderr);
    }
}

#[test]
fn switches_without_effect_say_so_unless_muted() {
    let (folder, model) = (Folder::new(), fixture("rotary_bias"));
    let out = folder.path("out.circle");
    let run = circle_opt!("circle2circle", "--generate_profile_data", &model, &out);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (0, "circle-opt: --generate_profile_data has no effect here\n")
    );
    circle_opt!("circle2circle", "--generate_profile_data", "--mute_warnings", &model, &out).good();
}

#[test]
fn verbose_prints_every_rewrite() {
    let folder = Folder::new();
    let (model, out) = (fixture("attention_head"), folder.path("out.circle"));
    let run = circle_opt!("circle2circle", "-V", "--remove_duplicate_const", &model, &out);
    assert!(run.code == 0 && run.stderr.contains("merge_equal_constants"), "{}", run.stderr);
}

#[test]
fn linked_under_an_old_name_the_program_is_that() {
    let folder = Folder::new();
    let out = folder.path("out.circle");
    let links = ["circle2circle", "one-optimize"].map(|name| {
        let link = folder.path(name);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_circle-opt"), &link).expect("a link");
        link
    });
    let model = fixture("rotary_bias");
    run_as(&links[0], &[model.as_os_str(), out.as_os_str()], b"").good();
    assert_eq!(kinds(&bytes(&out)), kinds(&bytes(&model)));
    let flags = ["-i".as_ref(), model.as_os_str(), "-o".as_ref(), out.as_os_str(), "-O1".as_ref()];
    run_as(&links[1], &flags, b"").good();
    assert!(run_as(&links[0], &["--version".as_ref()], b"").good().contains("circle2circle"));
}

#[test]
fn other_values_become_the_outputs() {
    let model = fixture("rotary_bias");
    let before = inspected(&bytes(&model));
    let first = &before["graphs"][0]["operators"][0]["results"][0]["name"];
    let name = first.as_str().expect("a name");
    let out = inspected(&converted(&model, &["--change_outputs", name]));
    assert_eq!(out["graphs"][0]["outputs"][0]["name"], *first);
    assert_eq!(out["graphs"][0]["operators"].as_array().expect("a list").len(), 1);
    let (folder, path) = (Folder::new(), model.as_os_str());
    let out = folder.path("out.circle");
    let fault = circle_opt!("circle2circle", "--change_outputs", "nobody", path, &out).fault(1);
    assert!(fault.contains("`nobody`"), "{fault}");
    let fault = circle_opt!("circle2circle", "--change_outputs", "a,b", path, &out).fault(1);
    assert!(fault.contains("has 1 outputs, not 2"), "{fault}");
    assert!(folder.names().is_empty());
}

#[test]
fn sparse_constants_need_blocks_that_fit() {
    let (folder, model) = (Folder::new(), fixture("rotary_bias"));
    let out = folder.path("out.circle");
    let run = circle_opt!("circle2circle", "--sparsify_tensor", "w", &model, &out);
    assert!(run.code == 2 && run.stderr.contains("--sparsify_block_size"), "{}", run.stderr);
    let with = |size: &str| {
        circle_opt!(
            "circle2circle",
            "--sparsify_tensor",
            "nobody",
            "--sparsify_block_size",
            size,
            &model,
            &out
        )
    };
    assert_eq!(with("1,1").fault(1), "no constant is named `nobody`");
    assert_eq!(with("1,x").fault(2), "--sparsify_block_size takes numbers apart by commas, not `1,x`");
}

#[test]
fn a_section_is_read() {
    let folder = Folder::new();
    configured(&folder, "remove_duplicate_const=True\n", &[]).good();
    let shared = constant_bytes(&bytes(&folder.path("out.circle")));
    configured(&folder, "remove_duplicate_const=False\n", &[]).good();
    assert!(shared < constant_bytes(&bytes(&folder.path("out.circle"))));
}

/// The command line outweighs the file.
#[test]
fn the_nearer_word_counts() {
    let folder = Folder::new();
    let size = |section: &str, flags: &[&str]| {
        configured(&folder, section, flags).good();
        constant_bytes(&bytes(&folder.path("out.circle")))
    };
    let (off, on) = (size("", &[]), size("", &["--remove_duplicate_const"]));
    assert!(on < off);
    assert_eq!(size("remove_duplicate_const=False\n", &["--remove_duplicate_const"]), on);
    assert_eq!(size("remove_duplicate_const=y\n", &["-O1"]), size("", &["-O1", "--remove_duplicate_const"]));
}

#[test]
fn a_bad_configuration_is_refused() {
    let folder = Folder::new();
    let fault = configured(&folder, "fold_cats=True\n", &[]).fault(1);
    assert!(
        fault.ends_with("[one-optimize] has no option `fold_cats`; did you mean `fold_cast`?"),
        "{fault}"
    );
    let fault = configured(&folder, "", &["-S", "one-quantize"]).fault(1);
    assert!(fault.ends_with("there is no section [one-quantize]; -S names another"), "{fault}");
    assert_eq!(configured(&folder, "", &["-O9"]).fault(2), "there is no group -O9; there is -O1");
    assert_eq!(
        circle_opt!("one-optimize", "-O1").fault(2),
        "--input_path is required, here or in the file of -C"
    );
    assert_eq!(folder.names(), ["one.cfg"]);
}
