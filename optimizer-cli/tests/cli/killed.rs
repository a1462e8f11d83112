//! Runs that are ended from outside, at any instant.

use crate::program::{Folder, bytes, program};
use optimizer_core::circle;
use optimizer_core::ir::{DType, Data, Graph, Model, OpCode, Operator, Type, Value};
use optimizer_core::op::Options;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Kills in one test; `CIRCLE_OPT_KILLS` asks for more.
const KILLS: u32 = 20;
/// Elements of the constant: so many that writing takes most of the time.
const ELEMENTS: usize = 1 << 22;

/// `y = max(x, c)`.
fn save_model(path: &Path) {
    let mut graph = Graph::default();
    let ty = Type::fixed(DType::F32, &[ELEMENTS]);
    let x = graph.add_input(Value::new("x", ty.clone()));
    let c = (0..ELEMENTS).map(|i| i as f32).collect();
    let c = graph.add_value(Value::constant("c", ty.clone(), Data::of(c)));
    let y = graph.add_value(Value::new("y", ty));
    graph.add_op(Operator::new(OpCode::MAXIMUM, Options::default(), vec![Some(x), Some(c)], vec![y]));
    graph.add_output(y);
    let model = Model { graphs: vec![graph], ..Model::default() };
    circle::save(&model, path, false).expect("there is room");
}

fn optimize(model: &Path, out: &Path) -> Command {
    // Whoever runs the tests may ignore signals, and programs inherit that.
    let mut command = Command::new("env");
    command
        .arg("--default-signal")
        .arg(program())
        .args(["optimize", "-q", "--fsync"])
        .arg(model)
        .arg("-o")
        .arg(out);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Ends runs after every share of the time that a whole run takes. OUT must be old or new, with nothing beside it.
fn end_runs(signal: &str) {
    let folder = Folder::new();
    let (model, out) = (folder.path("in.circle"), folder.path("out.circle"));
    save_model(&model);
    let start = Instant::now();
    assert!(optimize(&model, &out).status().expect("the program starts").success());
    let (whole, new) = (start.elapsed(), bytes(&out));
    let kills = std::env::var("CIRCLE_OPT_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS);
    let mut whole_runs = 0;
    for turn in 0..kills {
        folder.file("out.circle", b"as it was");
        let mut child = optimize(&model, &out).spawn().expect("the program starts");
        std::thread::sleep(instant(turn, whole));
        // It may have ended by itself, and not be there to get a signal.
        let _ =
            Command::new("kill").args(["-s", signal, &child.id().to_string()]).stderr(Stdio::null()).status();
        whole_runs += u32::from(child.wait().expect("it ends").success());
        let left = bytes(&out);
        assert!(left == b"as it was" || left == new, "turn {turn}: {} bytes are left", left.len());
        let beside: Vec<String> =
            folder.names().into_iter().filter(|name| name != "in.circle" && name != "out.circle").collect();
        assert!(beside.is_empty(), "turn {turn}: {beside:?}");
    }
    assert!(whole_runs < kills, "no run was ended");
}

/// A share of `whole`, and a little more, no two turns alike.
fn instant(turn: u32, whole: Duration) -> Duration {
    let share = turn.wrapping_mul(0x9e37_79b9) as f64 / f64::from(u32::MAX);
    whole.mul_f64(share * 1.1)
}

#[test]
fn killed_runs_leave_the_old_file_or_the_new_one() {
    end_runs("KILL");
}

#[test]
fn interrupted_runs_leave_the_old_file_or_the_new_one() {
    end_runs("INT");
    end_runs("TERM");
}
