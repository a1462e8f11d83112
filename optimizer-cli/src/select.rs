//! Which rules and passes are in force: by level, name and group.
//!
//! Invariant: a name that no rule, pass or group has is an error that offers the nearest.

use optimizer_core::pass::{self, Pass};
use optimizer_core::rewrite::{Level, Rule};

/// The command line asks for something that is not there.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Rules and passes that run together.
pub(crate) struct Selection {
    pub(crate) rules: Vec<&'static Rule>,
    pub(crate) passes: Vec<&'static Pass>,
}

/// All rules, in the order of their files, and all passes.
pub(crate) fn all() -> Selection {
    Selection { rules: optimizer_patterns::rules().collect(), passes: pass::ALL.iter().collect() }
}

/// Those that `level` includes and those that `also` names, less those that `without` names.
///
/// # Errors
/// [`Usage`] on a name that no rule, pass or group has.
pub(crate) fn select(level: Option<u8>, also: &[String], without: &[String]) -> anyhow::Result<Selection> {
    let Selection { mut rules, mut passes } = all();
    let known = known();
    also.iter().chain(without).try_for_each(|name| check(&known, name))?;
    let chosen = |name: &str, groups: &[&str], from: Level| {
        let is_in = |names: &[String]| names.iter().any(|n| n == name || groups.contains(&n.as_str()));
        (level.is_some_and(|level| from.is_in(level)) || is_in(also)) && !is_in(without)
    };
    rules.retain(|rule| chosen(rule.name, rule.groups, rule.level()));
    passes.retain(|pass| chosen(pass.name, pass.groups, pass.level()));
    Ok(Selection { rules, passes })
}

/// The names of rules, passes and groups.
pub(crate) fn known() -> Vec<&'static str> {
    let Selection { rules, passes } = all();
    let rules = rules.into_iter().map(|rule| (rule.name, rule.groups));
    let all = rules.chain(passes.into_iter().map(|pass| (pass.name, pass.groups)));
    all.flat_map(|(name, groups)| groups.iter().copied().chain([name])).collect()
}

/// What the rules and passes of a group do.
pub(crate) fn meanings(group: &str) -> Vec<&'static str> {
    let Selection { rules, passes } = all();
    let rules = rules.into_iter().map(|rule| (rule.groups, rule.doc));
    let all = rules.chain(passes.into_iter().map(|pass| (pass.groups, pass.doc)));
    all.filter(|(groups, _)| groups.contains(&group)).map(|(_, doc)| doc).collect()
}

fn check(known: &[&str], name: &str) -> anyhow::Result<()> {
    if known.contains(&name) {
        return Ok(());
    }
    let nearest = nearest(known, name).unwrap_or("none");
    Err(Usage(format!(
        "no rule, pass or group is named `{name}`; did you mean `{nearest}`? see `circle-opt rules`"
    ))
    .into())
}

/// The word among `known` that takes the fewest letters to correct.
pub(crate) fn nearest<'a>(known: &[&'a str], word: &str) -> Option<&'a str> {
    known.iter().copied().min_by_key(|known| distance(known, word))
}

/// How many letters to insert, delete or change to get from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.chars().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.chars().count()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distance_counts_letters() {
        assert_eq!(distance("fold_scale", "fold_scale"), 0);
        assert_eq!(distance("fold_scale", "fold_scales"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
