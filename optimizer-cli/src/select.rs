//! Which rules are in force: by level, name and group.
//!
//! Invariant: a name that no rule or group has is an error that offers the nearest.

use optimizer_core::rewrite::Rule;

/// The command line asks for something that is not there.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// All rules, in the order of their files.
pub(crate) fn all() -> Vec<&'static Rule> {
    optimizer_patterns::RULES.iter().flat_map(|file| file.iter()).collect()
}

/// The rules up to `level`, or just those that `only` names, less those that `without` names.
///
/// # Errors
/// [`Usage`] on a name that neither a rule nor a group has.
pub(crate) fn select(level: u8, only: &[String], without: &[String]) -> anyhow::Result<Vec<&'static Rule>> {
    let all = all();
    only.iter().chain(without).try_for_each(|name| check(&all, name))?;
    let named = |rule: &Rule, names: &[String]| {
        names.iter().any(|name| name == rule.name || rule.groups.contains(&name.as_str()))
    };
    let chosen = |rule: &Rule| match only.is_empty() {
        true => rule.level() <= level,
        false => named(rule, only),
    };
    Ok(all.into_iter().filter(|rule| chosen(rule) && !named(rule, without)).collect())
}

fn check(all: &[&'static Rule], name: &str) -> anyhow::Result<()> {
    let names = || all.iter().flat_map(|rule| rule.groups.iter().copied().chain([rule.name]));
    if names().any(|known| known == name) {
        return Ok(());
    }
    let nearest = names().min_by_key(|known| distance(known, name)).unwrap_or("none");
    Err(Usage(format!(
        "no rule or group is named `{name}`; did you mean `{nearest}`? see `circle-opt rules`"
    ))
    .into())
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
