//! A file that is written beside its target and takes the target's name last.
//!
//! Invariant: whoever opens the target sees the old file or the whole new one. Where the system has files without a
//! name, what is not finished is gone with the process, however that ended; elsewhere a killed run leaves a file
//! `.circle-opt-*` in the folder of its target.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A file under construction.
pub(super) struct Staged {
    target: PathBuf,
    old: Option<Metadata>,
    place: Place,
}

/// Where the bytes go until they are complete.
enum Place {
    /// A file without a name, on the file system of the target.
    Unnamed(File),
    /// A file beside the target that is removed unless it is given the target's name.
    Beside(NamedTempFile),
    /// The target itself, which is a pipe or a device.
    Target(File),
}

impl Staged {
    /// A file that may become `path`, or what `path` links to.
    ///
    /// # Errors
    /// Whatever the system says of the folder, or of the target where that is no file.
    pub(super) fn new(path: &Path) -> io::Result<Staged> {
        let target = follow_links(path)?;
        let old = target.metadata().ok();
        let place = match old.as_ref().is_some_and(|old| !old.is_file()) {
            true => Place::Target(OpenOptions::new().write(true).open(&target)?),
            false => create(folder(&target))?,
        };
        Ok(Staged { target, old, place })
    }

    /// The file to write into.
    pub(super) fn file(&self) -> &File {
        match &self.place {
            Place::Unnamed(file) | Place::Target(file) => file,
            Place::Beside(file) => file.as_file(),
        }
    }

    /// Puts the file in the target's place, with the mode and, where that is allowed, the owner of what was there. With
    /// `fsync` its content is on the disk before, and its name is after.
    ///
    /// # Errors
    /// Whatever the system says; the target is then unchanged.
    pub(super) fn finish(self, fsync: bool) -> io::Result<()> {
        if matches!(self.place, Place::Target(_)) {
            return Ok(());
        }
        if let Some(old) = &self.old {
            keep_owner(self.file(), old);
            self.file().set_permissions(old.permissions())?;
        }
        if fsync {
            self.file().sync_all()?;
        }
        let Staged { target, place, .. } = self;
        match place {
            Place::Unnamed(file) => name(&file, folder(&target))?.persist(&target)?,
            Place::Beside(file) => drop(file.persist(&target)?),
            Place::Target(_) => {}
        }
        if fsync { File::open(folder(&target))?.sync_all() } else { Ok(()) }
    }
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

fn folder(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn create(folder: &Path) -> io::Result<Place> {
    if let Some(file) = unnamed(folder)? {
        return Ok(Place::Unnamed(file));
    }
    let mut builder = names();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // Its name means nothing to whoever reads the error.
    builder.tempfile_in(folder).map(Place::Beside).map_err(|error| error.kind().into())
}

/// The names that files beside a target have.
fn names() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".circle-opt-");
    builder
}

/// A file without a name; `None` where the system or the file system has none.
#[cfg(target_os = "linux")]
fn unnamed(folder: &Path) -> io::Result<Option<File>> {
    use rustix::fs::{Mode, OFlags, open};
    use rustix::io::Errno;
    // Names are given by way of this folder.
    if !Path::new("/proc/self/fd").exists() {
        return Ok(None);
    }
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    match open(folder, flags, Mode::from_raw_mode(0o666)) {
        Ok(file) => Ok(Some(file.into())),
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// Gives an unnamed file a name, under which it can replace another one.
#[cfg(target_os = "linux")]
fn name(file: &File, folder: &Path) -> io::Result<tempfile::TempPath> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use std::os::fd::AsRawFd;
    let source = format!("/proc/self/fd/{}", file.as_raw_fd());
    let link = |path: &Path| Ok(linkat(CWD, &source, CWD, path, AtFlags::SYMLINK_FOLLOW)?);
    Ok(names().make_in(folder, link)?.into_temp_path())
}

#[cfg(not(target_os = "linux"))]
fn name(_: &File, _: &Path) -> io::Result<tempfile::TempPath> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Not everybody may give files away; then the new file belongs to who wrote it.
#[cfg(unix)]
fn keep_owner(new: &File, old: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let same = new.metadata().is_ok_and(|new| (new.uid(), new.gid()) == (old.uid(), old.gid()));
    if !same && fchown(new, Some(old.uid()), Some(old.gid())).is_err() {
        let _ = fchown(new, None, Some(old.gid()));
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) {}
