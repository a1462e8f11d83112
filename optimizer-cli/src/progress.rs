//! A sign of life on a terminal for what takes long, and the trace of a run as it happens.
//!
//! Invariant: no progress is shown in the first two seconds, where standard error is no terminal, or beside a trace.

use indicatif::{ProgressBar, ProgressDrawTarget};
use optimizer_core::rewrite::{Event, Watch};
use std::collections::HashSet;
use std::io::Write;
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

/// A run of the engine that is looked at.
#[derive(Default)]
pub(crate) struct Watched {
    progress: Option<Progress>,
    rewrites: usize,
    trace: Option<Box<dyn Write>>,
    misses: bool,
    /// The misses that were told; the engine looks at an operator more than once.
    told: HashSet<String>,
}

impl Watched {
    /// With progress alone.
    pub(crate) fn progress() -> Watched {
        Watched { progress: Some(Progress::start("optimizing")), ..Watched::default() }
    }

    /// Every rewrite as a line; with `misses` also why rules do not fire whose operators are all there.
    pub(crate) fn trace(out: impl Write + 'static, misses: bool) -> Watched {
        Watched { trace: Some(Box::new(out)), misses, ..Watched::default() }
    }

    fn say(&mut self, line: &str) {
        if let Some(out) = &mut self.trace
            && writeln!(out, "{line}").is_err()
        {
            self.trace = None;
        }
    }
}

impl Watch for Watched {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Rewritten(e) => {
                self.rewrites += 1;
                if let Some(progress) = &self.progress {
                    progress.0.set_message(format!("optimizing, {} rewrites", self.rewrites));
                }
                self.say(&format!("{} {} at {}: {}", e.place, e.rule, e.root, e.delta));
            }
            Event::RolledBack { entries, why } => {
                let [first, after @ ..] = entries else { return };
                let with =
                    if after.is_empty() { String::new() } else { format!(" (and {} after it)", after.len()) };
                self.say(&format!(
                    "{} {} at {}: {}{with}",
                    first.place,
                    first.rule,
                    first.root,
                    why.reason()
                ));
            }
            Event::Refused { rule, graph, root, why } => {
                let (place, root) = (rule.place_of(why.at), graph.root_name(root));
                let line = format!("{place} {} does not fire at {root}: {}", rule.name, why.reason());
                if self.told.insert(line.clone()) {
                    self.say(&line);
                }
            }
            Event::Passed(pass) => self.say(&format!("pass {}: {} changes", pass.pass, pass.changes)),
        }
    }

    fn wants_misses(&self) -> bool {
        self.misses
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
