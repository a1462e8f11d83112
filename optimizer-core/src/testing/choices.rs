//! All combinations of choices that building an example asks for.
//!
//! Invariant: every combination comes once; the order depends on nothing but the questions.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The answers for one run of the builder.
#[derive(Debug, Default)]
pub struct Choices {
    taken: Vec<(usize, usize)>,
    next: usize,
    random: Option<StdRng>,
}

/// Past this many combinations the rest is left out; patterns with that many are products of independent ones.
const LIMIT: usize = 512;

impl Choices {
    /// Runs `build` once for every combination of answers.
    pub fn all(mut build: impl FnMut(&mut Choices)) {
        let mut choices = Choices::default();
        for _ in 0..LIMIT {
            choices.next = 0;
            build(&mut choices);
            if !choices.advance() {
                return;
            }
        }
    }

    /// One combination out of all.
    pub fn seeded(seed: u64) -> Choices {
        Choices { random: Some(StdRng::seed_from_u64(seed)), ..Choices::default() }
    }

    /// A number below `n`.
    pub fn choose(&mut self, n: usize) -> usize {
        if self.next == self.taken.len() {
            let answer = self.random.as_mut().map_or(0, |random| random.random_range(0..n.max(1)));
            self.taken.push((answer, n));
        }
        self.next += 1;
        self.taken[self.next - 1].0
    }

    fn advance(&mut self) -> bool {
        self.taken.truncate(self.next);
        while let Some((answer, of)) = self.taken.pop() {
            if answer + 1 < of {
                self.taken.push((answer + 1, of));
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::Choices;

    #[test]
    fn every_combination_comes_once() {
        let mut seen = Vec::new();
        Choices::all(|c| {
            let first = c.choose(2);
            let second = if first == 1 { c.choose(3) } else { 0 };
            seen.push((first, second));
        });
        assert_eq!(seen, [(0, 0), (1, 0), (1, 1), (1, 2)]);
    }
}
