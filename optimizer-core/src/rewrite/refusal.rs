//! How a match refuses: every failed step leaves its reason, and on request what was compared.
//!
//! Invariant: nothing is allocated unless the match was made to explain.

use crate::circle::schema::Activation;
use crate::ir::{Dim, Graph, OpId};
use crate::op::OptionsTable;
use crate::rewrite::evidence::{Evidence, Shown, differing_fields};
use crate::rewrite::matching::Seen;
use crate::rewrite::{At, Match, Reject, Val, Why};

impl<'g> Match<'g> {
    /// Records that `v` is not computed by what the pattern wants.
    pub fn not_produced<T>(&mut self, v: Val<'g>, wanted: &'static str, at: At) -> Option<T> {
        let found = v.producer().map(|(id, _)| self.graph.op(id).code);
        self.fail_with(at, Why::Operator { wanted, found }, |graph| match v.producer() {
            Some((id, _)) => format!("{} computes `{v:?}`, wanted {wanted}", graph.op(id).name()),
            None => format!("{} `{v:?}` is not computed, wanted {wanted}", kind_of(v)),
        })
    }

    /// Records that something is not what the pattern says.
    pub fn differs(&mut self, what: &'static str, at: At) {
        self.fail::<()>(at, Why::Differs(what));
    }

    /// Records that `found` is not what is `wanted`.
    #[cold]
    pub fn compared(&mut self, what: &'static str, at: At, found: Shown<'_>, wanted: Shown<'_>) {
        self.fail_with::<()>(at, Why::Differs(what), |_| format!("{what} is {found}, wanted {wanted}"));
    }

    /// Records that a dim is not the one that is wanted; `None` is any known one.
    #[cold]
    pub fn dim_differs(&mut self, what: &'static str, at: At, found: Dim, wanted: Option<usize>) {
        self.fail_with::<()>(at, Why::Differs(what), |_| match wanted {
            Some(wanted) => format!("{what} is {found}, wanted {wanted}"),
            None => format!("{what} is not known"),
        });
    }

    /// Whether two option tables are the same.
    pub fn same_options<T: OptionsTable>(&mut self, found: &T, wanted: &T, at: At) -> Option<()> {
        match found == wanted {
            true => Some(()),
            false => self.fail_with(at, Why::Differs("an attribute"), |_| differing_fields(found, wanted)),
        }
    }

    /// Whether an operator has no fused activation.
    pub fn inactive<T: OptionsTable>(&mut self, options: &T, at: At) -> Option<()> {
        match options.activation() {
            Activation::None => Some(()),
            act => {
                self.compared("attribute `act`", at, Shown::Value(&act), Shown::Value(&Activation::None));
                None
            }
        }
    }

    /// Keeps the names of the next guard for its reject, if anybody asked.
    #[inline]
    pub fn names(&mut self, names: &[(&'static str, Shown<'_>)]) {
        if self.explaining {
            self.keep_names(names);
        }
    }

    #[cold]
    fn keep_names(&mut self, names: &[(&'static str, Shown<'_>)]) {
        let shown = names.iter().filter(|(_, shown)| !matches!(shown, Shown::Opaque));
        self.names = shown.map(|(name, shown)| format!("{name} = {shown}")).collect();
    }

    /// Records a guard that does not hold.
    #[cold]
    pub fn refuse(&mut self, guard: &'static str, at: At) {
        let why = Why::Guard(guard);
        let names = std::mem::take(&mut self.names);
        let text = if names.is_empty() { String::new() } else { format!("{why}: {}", names.join(", ")) };
        self.fail_with::<()>(at, why, |_| text);
    }

    /// Records a reject and fails.
    pub fn fail<T>(&mut self, at: At, why: Why) -> Option<T> {
        self.fail_with(at, why, |_| String::new())
    }

    /// Records a reject and fails; `text` is the reason with the values in it, made only if anybody asked.
    pub fn fail_with<T>(&mut self, at: At, why: Why, text: impl FnOnce(&Graph) -> String) -> Option<T> {
        let mut reject = Reject { depth: self.seen.len() as u32, ..Reject::new(at, why) };
        if self.best.as_ref().is_none_or(|best| reject.nearness() >= best.nearness()) {
            reject.evidence = self.explaining.then(|| {
                let matched = self.seen.iter().map(|seen| seen.op).collect();
                Box::new(Evidence { matched, text: text(self.graph) })
            });
            self.best = Some(reject);
        }
        None
    }

    /// Records what keeps a matched operator from being replaced.
    pub(super) fn refuse_to_close(&mut self, seen: Seen, why: Why) -> bool {
        let text = if self.explaining { self.unclosed(seen.op, &why) } else { String::new() };
        self.fail_with::<()>(seen.at, why, |_| text).is_some()
    }

    fn unclosed(&self, id: OpId, why: &Why) -> String {
        let op = self.graph.op(id);
        let names: Vec<&str> = op.results().iter().map(|&v| self.graph.value(v).name.as_str()).collect();
        let reader = (*why == Why::UsedOutside).then(|| self.outside_reader(id)).flatten();
        let reader = reader.map_or(String::new(), |reader| format!(", {reader}"));
        format!("{why}: {} of `{}`{reader}", op.name(), names.join("`, `"))
    }

    /// Who reads a result beside the match, in words.
    fn outside_reader(&self, id: OpId) -> Option<String> {
        let mut results = self.graph.op(id).results().iter().map(|&v| self.graph.value(v));
        results.find_map(|v| {
            let mut readers = v.uses().iter().map(|at| at.op);
            let outside = readers.find(|&op| self.seen.iter().all(|seen| seen.op != op));
            let reader = outside.map(|op| self.graph.op(op));
            let named = reader.and_then(|op| Some((op, op.results().first()?)));
            match named {
                Some((op, &v)) => Some(format!("read by {} of `{}`", op.name(), self.graph.value(v).name)),
                None => v.is_output().then(|| "an output of the graph".to_owned()),
            }
        })
    }
}

/// What a value is that no operator computes.
pub(super) fn kind_of(v: Val<'_>) -> &'static str {
    match v.value() {
        value if value.is_input() => "the input",
        value if value.variable => "the variable",
        _ => "the constant",
    }
}
