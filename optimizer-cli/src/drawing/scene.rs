//! What a drawing shows: boxes with lines of text, and edges between them.
//!
//! Invariant: names stand apart from everything else, so that their lengths do not move a box.

use optimizer_core::ir::piece::{Neighbour, Origin, PieceOp, PieceValue};
use optimizer_core::ir::{OpId, Piece};
use std::collections::HashMap;

pub(super) struct Scene {
    pub(super) form: Form,
    /// What lines and edges are called by number.
    pub(super) names: Vec<String>,
    /// The operators that blocks stand for.
    pub(super) ops: Vec<u32>,
}

/// What is the same in all pieces of one form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Form {
    pub(super) boxes: Vec<Block>,
    pub(super) edges: Vec<Edge>,
}

/// One box.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Block {
    pub(super) class: &'static str,
    pub(super) lines: Vec<Line>,
    /// The place of its operator in [`Scene::ops`].
    pub(super) op: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Line {
    pub(super) class: &'static str,
    pub(super) text: Text,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Text {
    Words(String),
    /// The place in [`Scene::names`].
    Name(usize),
}

/// From the box that computes a value to one that reads it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: String,
    /// The place of the value's name in [`Scene::names`].
    pub(super) name: usize,
}

/// The letters of a name that a box has room for.
pub(super) const NAME: usize = 24;
/// Operators beyond these are told of and not drawn.
const MOST_OPS: usize = 80;
/// Boxes around the operators beyond these are one box.
const MOST_AROUND: usize = 24;

/// The end of a name, which says more than its beginning.
pub(super) fn short(name: &str) -> String {
    let letters = name.chars().count();
    match letters > NAME {
        true => "…".to_owned() + &name.chars().skip(letters + 1 - NAME).collect::<String>(),
        false => name.to_owned(),
    }
}

impl Scene {
    pub(super) fn of(piece: &Piece) -> Scene {
        let names = piece.values.iter().map(|value| value.name.clone()).collect();
        let mut scene = Scene { form: Form::default(), names, ops: Vec::new() };
        let drawn = &piece.ops[..piece.ops.len().min(MOST_OPS)];
        drawn.iter().for_each(|op| scene.operator(op, piece));
        let mut around = Around { piece, drawn, outside: HashMap::new(), rest: None };
        (0..piece.values.len()).for_each(|value| around.connect(&mut scene, value));
        if drawn.len() < piece.ops.len() {
            let more = format!("and {} more operators", piece.ops.len() - drawn.len());
            scene.add("note", vec![Line::words("attribute", more)], None);
        }
        scene
    }

    fn operator(&mut self, op: &PieceOp, piece: &Piece) {
        let mut lines = vec![Line::words("kind", clipped(&op.kind))];
        lines.extend(op.results.first().map(|&value| Line { class: "name", text: Text::Name(value) }));
        lines.extend(op.attributes.iter().map(|text| Line::words("attribute", clipped(text))));
        for (operand, value) in &op.operands {
            let constant = value.and_then(|value| constant(&piece.values[value]));
            lines.extend(constant.map(|text| Line::words("constant", clipped(&format!("{operand} {text}")))));
        }
        self.add("op", lines, Some(op.id));
    }

    fn add(&mut self, class: &'static str, lines: Vec<Line>, op: Option<OpId>) -> usize {
        let op = op.map(|op| {
            self.ops.push(op.number());
            self.ops.len() - 1
        });
        self.form.boxes.push(Block { class, lines, op });
        self.form.boxes.len() - 1
    }

    fn join(&mut self, from: usize, to: usize, value: usize, piece: &Piece) {
        let label = piece.values[value].ty.to_string();
        self.form.edges.push(Edge { from, to, label, name: value });
    }
}

impl Line {
    fn words(class: &'static str, text: String) -> Line {
        Line { class, text: Text::Words(text) }
    }
}

/// The boxes that stand around the operators of a piece.
struct Around<'p> {
    piece: &'p Piece,
    drawn: &'p [PieceOp],
    outside: HashMap<(u32, bool), usize>,
    rest: Option<usize>,
}

impl Around<'_> {
    /// Draws the edges of one value; who else reads what the operators read says nothing about them.
    fn connect(&mut self, scene: &mut Scene, value: usize) {
        let found = &self.piece.values[value];
        let readers = self.inside_readers(value);
        let is_constant = matches!(found.origin, Origin::Constant { .. });
        if is_constant && !(readers.is_empty() && self.piece.ops.is_empty()) {
            return;
        }
        let from = self.source(scene, value);
        readers.iter().for_each(|&to| scene.join(from, to, value, self.piece));
        if found.origin != Origin::Inside && !self.piece.ops.is_empty() {
            return;
        }
        for reader in &found.readers {
            let to = self.neighbour(scene, reader, false);
            scene.join(from, to, value, self.piece);
        }
        let more = found.reader_count.saturating_sub(readers.len() + found.readers.len());
        if more > 0 && !found.readers.is_empty() {
            let to = scene.add("note", vec![Line::words("attribute", format!("{more} more readers"))], None);
            scene.join(from, to, value, self.piece);
        }
        if found.is_output {
            let to = scene.add("value", vec![Line::words("attribute", "output".into())], None);
            scene.join(from, to, value, self.piece);
        }
    }

    fn inside_readers(&self, value: usize) -> Vec<usize> {
        let reads = |op: &PieceOp| op.operands.iter().filter(|(_, v)| *v == Some(value)).count();
        self.drawn.iter().enumerate().flat_map(|(i, op)| std::iter::repeat_n(i, reads(op))).collect()
    }

    /// The box that a value comes from.
    fn source(&mut self, scene: &mut Scene, value: usize) -> usize {
        let inside = self.drawn.iter().position(|op| op.results.contains(&value));
        let found = &self.piece.values[value];
        match (inside, &found.origin) {
            (Some(op), _) => op,
            (None, Origin::Outside(neighbour)) => self.neighbour(scene, neighbour, true),
            (None, Origin::Inside) => self.rest(scene),
            (None, Origin::Input) => self.named(scene, value, "input"),
            (None, Origin::Constant { .. }) => self.named(scene, value, &constant(found).unwrap_or_default()),
            (None, Origin::Nothing) => self.named(scene, value, "variable"),
        }
    }

    fn named(&mut self, scene: &mut Scene, value: usize, what: &str) -> usize {
        let name = Line { class: "name", text: Text::Name(value) };
        self.limited(scene, |scene| {
            scene.add("value", vec![Line::words("attribute", what.to_owned()), name], None)
        })
    }

    fn neighbour(&mut self, scene: &mut Scene, op: &Neighbour, above: bool) -> usize {
        let key = (op.id.number(), above);
        if let Some(&known) = self.outside.get(&key) {
            return known;
        }
        let line = Line::words("kind", clipped(&op.kind));
        let added = self.limited(scene, |scene| scene.add("around", vec![line], Some(op.id)));
        self.outside.insert(key, added);
        added
    }

    /// Another box, unless there are too many; then the one that stands for all further ones.
    fn limited(&mut self, scene: &mut Scene, add: impl FnOnce(&mut Scene) -> usize) -> usize {
        match scene.form.boxes.len() < self.drawn.len() + MOST_AROUND {
            true => add(scene),
            false => self.rest(scene),
        }
    }

    fn rest(&mut self, scene: &mut Scene) -> usize {
        let rest =
            |scene: &mut Scene| scene.add("note", vec![Line::words("attribute", "others".into())], None);
        *self.rest.get_or_insert_with(|| rest(scene))
    }
}

/// `f32[24,72]`, or with its content `i32[3] = 0,2,1`, of a constant.
fn constant(value: &PieceValue) -> Option<String> {
    match &value.origin {
        Origin::Constant { content: Some(content), .. } => Some(format!("{} = {content}", value.ty)),
        Origin::Constant { .. } => Some(value.ty.to_string()),
        _ => None,
    }
}

/// No line is longer than this; custom operators may be called anything.
fn clipped(text: &str) -> String {
    const MOST: usize = 44;
    let end = text.char_indices().nth(MOST).map(|(at, _)| at);
    end.map_or_else(|| text.to_owned(), |end| text[..end].to_owned() + "…")
}
