use super::*;
use optimizer_core::ir::{DType, Graph, OpCode, Operator, Type, Value};
use optimizer_core::op::Options;

fn piece(name: &str) -> Piece {
    let ty = Type::fixed(DType::F32, &[2, 3]);
    let mut graph = Graph::default();
    let x = graph.add_input(Value::new(name, ty.clone()));
    let y = graph.add_value(Value::new("y", ty.clone()));
    let z = graph.add_value(Value::new("z", ty));
    graph.add_op(Operator::new(OpCode::NEG, Options::default(), vec![Some(x)], vec![y]));
    graph.add_op(Operator::new(OpCode::ADD, Options::default(), vec![Some(x), Some(y)], vec![z]));
    graph.add_output(z);
    Piece::whole(&graph)
}

#[test]
fn operators_are_boxes_and_values_are_edges_with_shapes() {
    let svg = svg(&[(&piece("x"), Tone::Plain)]);
    for part in [">NEG<", ">ADD<", ">f32[2,3]<", ">output<", ">x<", "<style>"] {
        assert!(svg.contains(part), "{part}: {svg}");
    }
    assert_eq!(svg.matches("url(#tip)").count(), 4, "{svg}");
}

/// Of three readers of the input only the chosen one is drawn; the reader of its result is.
#[test]
fn readers_of_results_are_drawn_and_not_those_of_operands() {
    let ty = Type::fixed(DType::F32, &[2]);
    let mut graph = Graph::default();
    let x = graph.add_input(Value::new("x", ty.clone()));
    let read = |graph: &mut Graph, code: OpCode, from| {
        let y = graph.add_value(Value::new(format!("y{}", graph.value_count()), ty.clone()));
        (graph.add_op(Operator::new(code, Options::default(), vec![Some(from)], vec![y])), y)
    };
    let (chosen, y) = read(&mut graph, OpCode::NEG, x);
    read(&mut graph, OpCode::EXP, x);
    read(&mut graph, OpCode::SIN, x);
    read(&mut graph, OpCode::COS, y);
    let svg = svg(&[(&Piece::of(&graph, [chosen], &[]), Tone::Plain)]);
    assert!(svg.contains(">NEG<") && svg.contains(">COS<"), "{svg}");
    assert!(!svg.contains(">EXP<") && !svg.contains(">SIN<"), "{svg}");
}

#[test]
fn hostile_names_stay_text() {
    let svg = svg(&[(&piece("<script>\"'&</svg>"), Tone::Plain)]);
    assert!(!svg.contains("<script"), "{svg}");
    assert_eq!(svg.matches("</svg>").count(), 2, "{svg}");
}

#[test]
fn pieces_of_one_form_share_a_drawing() {
    let mut gallery = Gallery::default();
    let a = gallery.show(&piece("x"), Tone::Before);
    let b = gallery.show(&piece("a/very/long/name/of/an/exporter"), Tone::Before);
    let c = gallery.show(&piece("x"), Tone::After);
    assert_eq!((a.drawing, b.drawing, c.drawing), (0, 0, 1));
    assert_eq!(b.names[0], "a/very/long/name/of/an/exporter");
    assert_eq!(a.ops, [0, 1]);
    assert!(!gallery.drawings()[0].contains(">x<"), "{}", gallery.drawings()[0]);
}

#[test]
fn a_large_piece_tells_what_it_leaves_out() {
    let ty = Type::fixed(DType::F32, &[2]);
    let mut graph = Graph::default();
    let mut last = graph.add_input(Value::new("x", ty.clone()));
    for i in 0..200 {
        let next = graph.add_value(Value::new(format!("v{i}"), ty.clone()));
        graph.add_op(Operator::new(OpCode::NEG, Options::default(), vec![Some(last)], vec![next]));
        last = next;
    }
    graph.add_output(last);
    assert!(svg(&[(&Piece::whole(&graph), Tone::Plain)]).contains("and 120 more operators"));
}
