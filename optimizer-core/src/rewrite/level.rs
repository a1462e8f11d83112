//! From which `-O` level on a rule or a pass is in force.
//!
//! Invariant: the level follows from the groups alone, so that it is stated once.

use std::fmt;

/// When a rule or pass runs without being named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// In every run that changes anything.
    Always,
    /// From this level on.
    From(u8),
    /// Never: it changes results by design, or makes the model larger or slower.
    OptIn,
}

impl Level {
    /// The level that the groups `always`, `opt_in`, `O2` or `O3` give; 1 without any of them.
    pub fn of(groups: &[&str]) -> Level {
        let level = |group: &&str| match *group {
            "always" => Some(Level::Always),
            "opt_in" => Some(Level::OptIn),
            _ => group.strip_prefix('O').and_then(|n| n.parse().ok()).map(Level::From),
        };
        groups.iter().find_map(level).unwrap_or(Level::From(1))
    }

    /// Whether `-O<level>` includes it.
    pub fn is_in(self, level: u8) -> bool {
        match self {
            Level::Always => true,
            Level::From(first) => first <= level,
            Level::OptIn => false,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Level::Always => f.pad("always"),
            Level::From(level) => f.pad(&format!("-O{level}")),
            Level::OptIn => f.pad("opt-in"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn groups_give_the_level() {
        assert_eq!(Level::of(&["layout"]), Level::From(1));
        assert_eq!(Level::of(&["fold_cast", "O3"]), Level::From(3));
        assert_eq!(Level::of(&["remove_fakequant", "opt_in"]), Level::OptIn);
        assert!((0..=3).all(|level| !Level::OptIn.is_in(level) && Level::Always.is_in(level)));
        assert!(Level::From(2).is_in(3) && !Level::From(2).is_in(1));
    }
}
