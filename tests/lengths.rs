//! Rules stay short: how many lines they have, and the functions that only rules call.
//!
//! Invariant: counted in the files themselves, so that a new rule or function is counted from its first line.

use std::path::{Path, PathBuf};

/// The most lines of the median rule, attributes and examples included.
const MEDIAN_RULE: usize = 16;
/// The most lines of a function that rules call.
const LONGEST_FUNCTION: usize = 30;

/// A rule or a function, and from which to which line it stands.
struct Item {
    name: String,
    lines: usize,
}

#[test]
fn the_median_rule_is_short() {
    let mut lengths: Vec<usize> = pattern_files().iter().flat_map(|path| rules(&read(path))).collect();
    assert_eq!(lengths.len(), optimizer_patterns::rules().count(), "every rule is counted");
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= MEDIAN_RULE, "the median rule has {median} lines");
}

#[test]
fn no_rule_needs_a_long_function() {
    let files: Vec<PathBuf> = called_modules().into_iter().chain(pattern_files()).collect();
    assert!(files.len() > 20, "the modules that rules call are found: {files:?}");
    let functions = files.iter().flat_map(|path| items(&read(path), is_function));
    let long: Vec<String> = functions
        .filter(|function| function.lines > LONGEST_FUNCTION)
        .map(|function| format!("{} has {} lines", function.name, function.lines))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn items_are_counted_to_their_end() {
    let text = "    /// What.\n    #[exact]\n    rule a {\n        match x\n    }\n\n    rule b {\n    }\n";
    assert_eq!(rules(text), [4, 2]);
    let functions = items("fn f() {\n    1\n}\npub(crate) fn g<T>() {\n}\nlet fn_ = 1;\n", is_function);
    let counted: Vec<_> = functions.iter().map(|f| (f.name.as_str(), f.lines)).collect();
    assert_eq!(counted, [("f", 3), ("g", 2)]);
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a source can be read")
}

fn under(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder of sources can be listed");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
    paths.sort();
    paths
}

fn pattern_files() -> Vec<PathBuf> {
    let mut paths = under(&Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns"));
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "pat"));
    paths
}

/// The files of the core's modules that pattern files name; those that patterns use for what they are, not for rules,
/// lie elsewhere.
fn called_modules() -> Vec<PathBuf> {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("optimizer-core/src/rewrite");
    let text: String = pattern_files().iter().map(|path| read(path)).collect();
    let named = |module: &str| text.contains(&format!("::{module}::"));
    let of_module = |path: PathBuf| match path.is_dir() {
        true => under(&path),
        false => vec![path],
    };
    let modules = under(&core).into_iter();
    let modules = modules.filter(|path| path.file_stem().is_some_and(|name| named(&name.to_string_lossy())));
    modules.flat_map(of_module).collect()
}

/// The lengths of all rules of a pattern file, with their attributes and without their doc comments.
fn rules(text: &str) -> Vec<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let attributes = |start: usize| {
        let before = lines[..start].iter().rev().map(|line| line.trim_start());
        before.take_while(|line| line.starts_with("#[")).count()
    };
    let starts = (0..lines.len()).filter(|&i| lines[i].starts_with("    rule "));
    starts.map(|start| attributes(start) + length(&lines[start..])).collect()
}

fn items(text: &str, is_item: fn(&str) -> Option<&str>) -> Vec<Item> {
    let lines: Vec<&str> = text.lines().collect();
    let item = |i: usize| {
        let name = is_item(lines[i].trim_start())?.to_owned();
        Some(Item { name, lines: length(&lines[i..]) })
    };
    (0..lines.len()).filter_map(item).collect()
}

/// The name of the function that a line begins; a declaration without a body is none.
fn is_function(line: &str) -> Option<&str> {
    let words = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) ")).unwrap_or(line);
    let words = words.strip_prefix("pub(super) ").unwrap_or(words);
    let name = words.strip_prefix("fn ")?;
    name.split(['(', '<']).next().filter(|_| !line.ends_with(';'))
}

/// How many lines there are up to the bracket that closes what the first line opens.
fn length(lines: &[&str]) -> usize {
    let indent = lines[0].len() - lines[0].trim_start().len();
    let end = lines.iter().position(|line| line.trim_end() == format!("{:indent$}}}", ""));
    end.map_or(1, |end| end + 1)
}
