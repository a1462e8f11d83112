//! A sign of life on a terminal, for what takes long.
//!
//! Invariant: nothing is shown in the first two seconds, or where standard error is no terminal.

use indicatif::{ProgressBar, ProgressDrawTarget};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(2);

/// Shown until it is dropped.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn start(what: &'static str) -> Progress {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_message(what);
        let later = bar.clone();
        std::thread::spawn(move || {
            std::thread::sleep(PATIENCE);
            if !later.is_finished() {
                later.set_draw_target(ProgressDrawTarget::stderr());
                later.enable_steady_tick(PATIENCE / 20);
            }
        });
        Progress(bar)
    }

    pub(crate) fn stop(self) {}
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
