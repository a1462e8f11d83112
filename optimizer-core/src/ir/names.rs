//! Unique names for new values.
//!
//! Invariant: a name handed out is the name of no value of the graph.

use std::collections::HashSet;

/// The names in use, gathered when the first new name is asked for.
#[derive(Clone, Debug, Default)]
pub struct Names {
    used: Option<HashSet<String>>,
}

impl Names {
    pub(super) fn add(&mut self, name: &str) {
        if let Some(used) = &mut self.used {
            used.insert(name.to_owned());
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        if let Some(used) = &mut self.used {
            used.remove(name);
        }
    }

    pub(super) fn unique<'a>(&mut self, base: &str, existing: impl Iterator<Item = &'a str>) -> String {
        let used = self.used.get_or_insert_with(|| existing.map(str::to_owned).collect());
        let numbered = (1u32..).map(|n| format!("{base}_{n}"));
        std::iter::once(base.to_owned())
            .chain(numbered)
            .find(|name| !used.contains(name))
            .expect("there are more numbers than values")
    }
}
