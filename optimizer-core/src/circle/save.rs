//! Files by name: loading by memory map, saving by rename.
//!
//! Invariant: a file that could not be saved whole is as it was before.

use crate::circle::error::{Error, WriteError};
use crate::circle::{read, write};
use crate::ir::{Input, Model};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::NamedTempFile;

/// Loads a model; `-` is standard input.
///
/// # Errors
/// [`Error`] with the path, if the file cannot be opened or is no good model.
pub fn load(path: &Path) -> Result<Model, Error> {
    let input = open(path).map_err(|source| Error::Open { path: path.into(), source })?;
    read(Arc::new(input)).map_err(|source| Error::Read { path: path.into(), source })
}

/// Saves a model so that readers of `path` see the old file or the new one; `-` is standard output.
///
/// A link is followed, the mode of a file that is replaced is kept, and what is no file is written into. With `fsync`
/// the new file is on the disk before it takes its name.
///
/// # Errors
/// [`Error`] with the path; then a file that was there is unchanged.
pub fn save(model: &Model, path: &Path, fsync: bool) -> Result<(), Error> {
    let saved = match path == Path::new("-") {
        true => write(model, &mut io::stdout().lock()),
        false => save_file(model, path, fsync),
    };
    saved.map_err(|source| Error::Write { path: path.into(), source })
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
    let target = follow_links(path)?;
    let old = target.metadata().ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        return write::write_file(model, &OpenOptions::new().write(true).open(&target)?);
    }
    let new = create_beside(&target)?;
    write::write_file(model, new.as_file())?;
    finish(new, &target, old, fsync)
}

/// The file that `path` finally names, whether it exists or not.
fn follow_links(path: &Path) -> io::Result<PathBuf> {
    const MOST_LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match path.read_link() {
            Ok(next) => path = path.parent().unwrap_or(Path::new("")).join(next),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// A file in the folder of `target` that is removed unless it is given a name.
fn create_beside(target: &Path) -> io::Result<NamedTempFile> {
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".circle-opt-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

fn finish(new: NamedTempFile, target: &Path, old: Option<Metadata>, fsync: bool) -> Result<(), WriteError> {
    if let Some(old) = old {
        new.as_file().set_permissions(old.permissions())?;
    }
    if fsync {
        new.as_file().sync_all()?;
    }
    new.persist(target).map_err(|error| error.error)?;
    Ok(())
}
