//! Signals that would end a run without a word.
//!
//! Invariant: nothing but the two calls of the system stands here, and a handler only writes a constant and exits.

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

/// Reading a map past the end of its file raises SIGBUS.
#[cfg(unix)]
#[allow(unsafe_code)]
extern "C" fn cut_off(_: libc::c_int) {
    const WORDS: &[u8] =
        b"circle-opt: the input file was cut off while it was read, so nothing was written; run again\n";
    // SAFETY: both are safe in handlers, and the bytes are constant.
    unsafe {
        libc::write(libc::STDERR_FILENO, WORDS.as_ptr().cast(), WORDS.len());
        libc::_exit(1);
    }
}
