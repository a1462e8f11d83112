//! What more rules cost: `many_rules MODEL` tries 100 made-up rules at every operator, then 1,000, and prints the ratio.
//!
//! The rules differ in the operators of their left sides, as real ones do, and none fires. Exit 1 past a ratio of 2.

use optimizer_core::circle;
use optimizer_core::ir::Model;
use optimizer_core::op::{self, Description};
use optimizer_core::rewrite::{
    At, Exactness, Match, Options, Outline, Patch, RUNTIMES, Rule, Target, Why, optimize,
};
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

const RUNS: usize = 5;
const MOST: f64 = 2.0;

fn main() -> ExitCode {
    match measure() {
        Ok(ratio) if ratio <= MOST => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<f64, Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: many_rules MODEL")?;
    let model = circle::load(path.as_ref())?;
    let rules: Vec<&'static Rule> = (0..1000).map(rule).collect();
    let ratios =
        (0..RUNS).map(|_| time(&model, &rules).as_secs_f64() / time(&model, &rules[..100]).as_secs_f64());
    let mut ratios: Vec<f64> = ratios.collect();
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios[RUNS / 2];
    writeln!(
        io::stdout(),
        "1,000 rules take {ratio:.2} times as long as 100 (at most {MOST}); {RUNS} runs of each in turn"
    )?;
    Ok(ratio)
}

fn time(model: &Model, rules: &[&Rule]) -> Duration {
    let mut model = model.clone();
    let options = Options { passes: Vec::new(), ..Options::new(Target::of(RUNTIMES[0], &model)) };
    let start = Instant::now();
    optimize(&mut model, rules, &options);
    start.elapsed()
}

/// A rule over three operators; the number decides which.
fn rule(number: usize) -> &'static Rule {
    let all = op::all();
    let kind = |step: usize| all[(number * 7 + step * 31 + number / 13 * step) % all.len()];
    let operator =
        |op: &'static Description, operands: &'static [Outline]| Outline::Op { op, operands, plain: false };
    let inner: &'static [Outline] = Box::leak(Box::new([operator(kind(2), &[])]));
    let middle: &'static [Outline] = Box::leak(Box::new([operator(kind(1), inner)]));
    let outlines: &'static [Outline] = Box::leak(Box::new([operator(kind(0), middle)]));
    Box::leak(Box::new(Rule {
        name: Box::leak(format!("rule{number}").into_boxed_str()),
        doc: "",
        groups: &[],
        file: "",
        line: 0,
        source: "",
        roots: Box::leak(Box::new([kind(0)])),
        emits: &[],
        size: 3,
        exactness: Exactness::Exact,
        drops_nan: false,
        finite: false,
        priority: 0,
        provisional: false,
        once: false,
        quantized: false,
        cost: |_| false,
        outlines,
        guarded: true,
        apply: refuse,
        examples: &[],
    }))
}

fn refuse<'g>(m: &mut Match<'g>) -> Option<Patch<'g>> {
    m.fail(At::default(), Why::Absent)
}
