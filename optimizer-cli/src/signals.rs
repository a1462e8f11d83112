//! Signals that would end a run without a word.
//!
//! Invariant: nothing but the two calls of the system stands here, and a handler only writes words that were made before
//! and exits.

#[cfg(unix)]
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicPtr, Ordering},
};

/// What to say when an input file is cut off: made before it is mapped, and never freed.
#[cfg(unix)]
static WORDS: AtomicPtr<Vec<u8>> = AtomicPtr::new(std::ptr::null_mut());

/// The input files so far.
#[cfg(unix)]
static INPUTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Makes an error of what the system signals when an input file is cut off while it is mapped, or when OUT grows past
/// the limit of file sizes.
#[cfg(unix)]
#[allow(unsafe_code)]
pub(crate) fn settle() {
    let cut_off: extern "C" fn(libc::c_int) = cut_off;
    // SAFETY: the handler calls nothing but functions that are safe in handlers, and never returns; the default action
    // of the other signal is replaced by none.
    unsafe {
        libc::signal(libc::SIGBUS, cut_off as *const () as libc::sighandler_t);
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

#[cfg(not(unix))]
pub(crate) fn settle() {}

/// Names a file that is about to be mapped, for the words about one that is cut off.
#[cfg(unix)]
pub(crate) fn will_read(path: &std::path::Path) {
    let mut inputs = INPUTS.lock().unwrap_or_else(PoisonError::into_inner);
    inputs.push(path.display().to_string());
    let inputs = inputs.join(" or ");
    let words = format!(
        "circle-opt: {inputs}: the input file was cut off while it was read, so nothing was written; run again\n"
    );
    WORDS.store(Box::into_raw(Box::new(words.into_bytes())), Ordering::Release);
}

#[cfg(not(unix))]
pub(crate) fn will_read(_: &std::path::Path) {}

/// Reading a map past the end of its file raises SIGBUS.
#[cfg(unix)]
#[allow(unsafe_code)]
extern "C" fn cut_off(_: libc::c_int) {
    // SAFETY: what is called is safe in handlers, and words are never freed or changed once they are stored.
    unsafe {
        if let Some(words) = WORDS.load(Ordering::Acquire).as_ref() {
            libc::write(libc::STDERR_FILENO, words.as_ptr().cast(), words.len());
        }
        libc::_exit(1);
    }
}
