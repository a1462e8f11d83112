//! Where boxes and edges go: the layered layout of dagre.
//!
//! Invariant: all numbers are whole pixels, so that a drawing is the same everywhere.

use super::scene::{Block, Edge, Form, Line, NAME, Text};
use dagre::graph::{Graph, GraphOptions};
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, Point};

/// A form with places, in pixels.
pub(super) struct Layout<'s> {
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) boxes: Vec<PlacedBox<'s>>,
    pub(super) edges: Vec<PlacedEdge<'s>>,
}

pub(super) struct PlacedBox<'s> {
    pub(super) block: &'s Block,
    pub(super) left: i64,
    pub(super) top: i64,
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) lines: Vec<PlacedLine<'s>>,
}

pub(super) struct PlacedLine<'s> {
    pub(super) class: &'static str,
    pub(super) text: &'s Text,
    pub(super) y: i64,
}

pub(super) struct PlacedEdge<'s> {
    /// The `d` of an SVG path.
    pub(super) path: String,
    pub(super) label: &'s str,
    pub(super) name: usize,
    pub(super) x: i64,
    pub(super) y: i64,
}

const MARGIN: f64 = 8.0;
const LINE: f64 = 15.0;
const PADDING: f64 = 10.0;
/// About the width of a letter.
const LETTER: f64 = 6.3;
const KIND_LETTER: f64 = 7.8;

pub(super) fn place(form: &Form) -> Layout<'_> {
    let mut graph: Graph<NodeLabel, EdgeLabel> =
        Graph::with_options(GraphOptions { directed: true, multigraph: true, compound: false });
    for (i, block) in form.boxes.iter().enumerate() {
        let (width, height) = size(block);
        graph.set_node(i.to_string(), Some(NodeLabel { width, height, ..NodeLabel::default() }));
    }
    for (i, edge) in form.edges.iter().enumerate() {
        let width = edge.label.chars().count() as f64 * LETTER;
        let label = EdgeLabel { width, height: LINE, labelpos: Default::default(), ..EdgeLabel::default() };
        graph.set_edge(edge.from.to_string(), edge.to.to_string(), Some(label), Some(&i.to_string()));
    }
    let options = LayoutOptions { nodesep: 24.0, edgesep: 12.0, ranksep: 28.0, ..LayoutOptions::default() };
    dagre::layout(&mut graph, Some(LayoutOptions { marginx: MARGIN, marginy: MARGIN, ..options }));
    let boxes: Vec<PlacedBox> =
        form.boxes.iter().enumerate().filter_map(|(i, block)| placed_box(&graph, i, block)).collect();
    let edges: Vec<PlacedEdge> =
        form.edges.iter().enumerate().filter_map(|(i, edge)| placed_edge(&graph, i, edge)).collect();
    let right = |edge: &PlacedEdge| edge.x + (edge.label.len() as f64 * LETTER / 2.0) as i64;
    let width = boxes.iter().map(|b| b.left + b.width).chain(edges.iter().map(right)).max().unwrap_or(0);
    let height = boxes.iter().map(|b| b.top + b.height).max().unwrap_or(0);
    Layout { width: width + MARGIN as i64, height: height + MARGIN as i64, boxes, edges }
}

fn size(block: &Block) -> (f64, f64) {
    let letters = |line: &Line| match (&line.text, line.class) {
        (Text::Name(_), _) => NAME as f64 * LETTER,
        (Text::Words(text), "kind") => text.chars().count() as f64 * KIND_LETTER,
        (Text::Words(text), _) => text.chars().count() as f64 * LETTER,
    };
    let width = block.lines.iter().map(letters).fold(0.0, f64::max);
    (width + 2.0 * PADDING, block.lines.len() as f64 * LINE + PADDING)
}

fn placed_box<'s>(graph: &Graph<NodeLabel, EdgeLabel>, i: usize, block: &'s Block) -> Option<PlacedBox<'s>> {
    let node = graph.node(&i.to_string())?;
    let (left, top) = (node.x? - node.width / 2.0, node.y? - node.height / 2.0);
    let line = |(i, line): (usize, &'s Line)| {
        let y = top + PADDING / 2.0 + LINE * (i as f64 + 0.75);
        PlacedLine { class: line.class, text: &line.text, y: y.round() as i64 }
    };
    Some(PlacedBox {
        block,
        left: left.round() as i64,
        top: top.round() as i64,
        width: node.width.round() as i64,
        height: node.height.round() as i64,
        lines: block.lines.iter().enumerate().map(line).collect(),
    })
}

fn placed_edge<'s>(graph: &Graph<NodeLabel, EdgeLabel>, i: usize, edge: &'s Edge) -> Option<PlacedEdge<'s>> {
    let (from, to) = (edge.from.to_string(), edge.to.to_string());
    let placed = graph.edge(&from, &to, Some(&i.to_string()))?;
    Some(PlacedEdge {
        path: path(&placed.points),
        label: &edge.label,
        name: edge.name,
        x: placed.x?.round() as i64,
        y: (placed.y? + LINE / 4.0).round() as i64,
    })
}

/// A curve through the middles between the points, as straight as the points allow.
fn path(points: &[Point]) -> String {
    let at = |p: &Point| format!("{:.0} {:.0}", p.x, p.y);
    let middle = |a: &Point, b: &Point| Point::new((a.x + b.x) / 2.0, (a.y + b.y) / 2.0);
    let ([first, .., last], true) = (points, points.len() > 2) else {
        return points.iter().map(at).collect::<Vec<_>>().join("L").replacen("", "M", 1);
    };
    let bends = points[1..].windows(2).map(|p| format!("Q{} {}", at(&p[0]), at(&middle(&p[0], &p[1]))));
    format!("M{}L{}{}L{}", at(first), at(&middle(first, &points[1])), bends.collect::<String>(), at(last))
}
