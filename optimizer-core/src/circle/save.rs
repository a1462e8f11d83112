//! Files by name: loading by memory map, saving by rename.
//!
//! Invariant: a file that could not be saved whole is as it was before.

use crate::circle::error::{Error, WriteError};
use crate::circle::staged::Staged;
use crate::circle::{read, write};
use crate::ir::{Data, Input, Model};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Loads a model; `-` is standard input.
///
/// # Errors
/// [`Error`] with the path, if the file cannot be opened or is no good model.
pub fn load(path: &Path) -> Result<Model, Error> {
    let input = open(path).map_err(|error| Error::Open { path: path.into(), error })?;
    read(Arc::new(input)).map_err(|error| Error::Read { path: path.into(), error })
}

/// Saves a model so that readers of `path` see the old file or the new one; `-` is standard output.
///
/// A link is followed, the mode and owner of a file that is replaced are kept, and a pipe or device is written into.
/// With `fsync` the new file is on the disk before it takes its name. Nothing is replaced if a file that constants come
/// from has changed in length or time since it was opened.
///
/// # Errors
/// [`Error`] with the path; then a file that was there is unchanged.
pub fn save(model: &Model, path: &Path, fsync: bool) -> Result<(), Error> {
    let saved = match path == Path::new("-") {
        true => write(model, &mut io::stdout().lock()),
        false => save_file(model, path, fsync),
    };
    saved.map_err(|error| Error::Write { path: path.into(), error })
}

fn open(path: &Path) -> io::Result<Input> {
    if path == Path::new("-") {
        return read_all(io::stdin().lock());
    }
    let file = File::open(path)?;
    match file.metadata()?.is_file() {
        true => Input::map(file),
        false => read_all(file),
    }
}

fn read_all(mut from: impl Read) -> io::Result<Input> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes)?;
    Ok(Input::owned(bytes))
}

fn save_file(model: &Model, path: &Path, fsync: bool) -> Result<(), WriteError> {
    let staged = Staged::new(path)?;
    write::write_file(model, staged.file())?;
    check_sources(model)?;
    Ok(staged.finish(fsync)?)
}

/// Refuses a model whose constants lie in files that are no longer what was read.
fn check_sources(model: &Model) -> Result<(), WriteError> {
    let values = model.graphs.iter().flat_map(|graph| graph.values());
    let inputs = values.filter_map(|(_, value)| match &value.data {
        Some(Data::Mapped { input, .. }) => Some(input),
        _ => None,
    });
    let mut checked: Vec<&Arc<Input>> = Vec::new();
    for input in inputs {
        if checked.iter().any(|other| Arc::ptr_eq(other, input)) {
            continue;
        }
        if input.has_changed() {
            return Err(WriteError::InputChanged);
        }
        checked.push(input);
    }
    Ok(())
}

/// A text that is complete and has not yet taken its place.
pub struct Pending {
    staged: Staged,
    path: PathBuf,
}

/// Writes all of `text` beside `path`, so that little can fail once it is to take that place; the rest is as in [`save`].
///
/// # Errors
/// [`Error`] with the path; then a file that was there is unchanged.
pub fn stage(text: &str, path: &Path) -> Result<Pending, Error> {
    let staged = Staged::new(path).and_then(|staged| {
        staged.file().write_all(text.as_bytes())?;
        Ok(staged)
    });
    let staged = staged.map_err(|error| Error::Write { path: path.into(), error: error.into() })?;
    Ok(Pending { staged, path: path.into() })
}

impl Pending {
    /// Puts the text in its place.
    ///
    /// # Errors
    /// [`Error`] with the path; then a file that was there is unchanged.
    pub fn put(self) -> Result<(), Error> {
        let Pending { staged, path } = self;
        staged.finish(false).map_err(|error| Error::Write { path, error: error.into() })
    }
}
