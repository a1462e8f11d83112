//! Damaged copies of every fixture.

use crate::bounds::{Bench, COMMANDS};
use crate::mutate::mutated;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Files per fixture; `CIRCLE_OPT_HOSTILE` asks for so many minutes instead.
const FILES: u64 = 6;

/// The models of `tests/models` and its folder of formats.
fn fixtures() -> Vec<PathBuf> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/models");
    let folders = [models.clone(), models.join("format")];
    let files = folders.iter().flat_map(|folder| folder.read_dir().expect("the fixtures are there"));
    let paths = files.map(|file| file.expect("an entry").path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|kind| kind == "circle" || kind == "tflite"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn damaged_fixtures_stay_within_bounds() {
    let minutes = std::env::var("CIRCLE_OPT_HOSTILE").ok().and_then(|minutes| minutes.parse().ok());
    let end = minutes.map(|minutes: u64| Instant::now() + Duration::from_secs(60 * minutes));
    let (mut broken, mut codes) = (Vec::new(), [0u64; 2]);
    let fixtures: Vec<_> =
        fixtures().into_iter().map(|path| (std::fs::read(&path).expect("it can be read"), path)).collect();
    let seeds = (0..).take_while(|&seed| end.map_or(seed < FILES, |end| Instant::now() < end));
    for seed in seeds {
        for (bytes, path) in &fixtures {
            let bench = Bench::new();
            let file = bench.path("in.circle");
            std::fs::write(&file, mutated(bytes, seed)).expect("there is room");
            let command = COMMANDS[(seed as usize + bytes.len()) % COMMANDS.len()];
            match bench.run(command, &file) {
                Ok(code) => codes[code as usize] += 1,
                Err(what) => broken.push(format!("{} seed {seed} {command:?}: {what}", path.display())),
            }
        }
    }
    eprintln!("{} good and {} refused", codes[0], codes[1]);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(codes[0] > 0 && codes[1] > 0, "files of one kind only prove nothing: {codes:?}");
}
