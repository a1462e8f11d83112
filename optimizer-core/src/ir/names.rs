//! Unique names for new values.
//!
//! Invariant: a name handed out is the name of no value of the graph, and the first such of its row.

use foldhash::{HashMap, HashSet};

/// The names in use, gathered when the first new name is asked for.
#[derive(Clone, Debug, Default)]
pub struct Names {
    used: Option<HashSet<String>>,
    /// For some bases a number below which every name `base_number` is in use.
    taken: HashMap<String, u32>,
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
        if let Some((base, number)) = name.rsplit_once('_')
            && let (Some(taken), Ok(number)) = (self.taken.get_mut(base), number.parse::<u32>())
        {
            *taken = number.min(*taken);
        }
    }

    pub(super) fn unique<'a>(&mut self, base: &str, existing: impl Iterator<Item = &'a str>) -> String {
        let used = self.used.get_or_insert_with(|| existing.map(str::to_owned).collect());
        if !used.contains(base) {
            return base.to_owned();
        }
        let first = self.taken.get(base).copied().unwrap_or(1);
        let mut numbered = (first..).map(|n| (n, format!("{base}_{n}")));
        let (number, name) =
            numbered.find(|(_, name)| !used.contains(name)).expect("there are more numbers than values");
        self.taken.insert(base.to_owned(), number);
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_free_name_is_given() {
        let mut names = Names::default();
        let mut next = || {
            let name = names.unique("x", ["x", "x_2"].into_iter());
            names.add(&name);
            name
        };
        assert_eq!([next(), next(), next()], ["x_1", "x_3", "x_4"]);
        names.remove("x_1");
        names.remove("x_3");
        assert_eq!(names.unique("x", std::iter::empty()), "x_1");
    }
}
