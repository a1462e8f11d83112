//! A piece of a graph as an SVG: operators as boxes, values as edges, top to bottom in layers.
//!
//! Invariant: whatever a model's names hold, a drawing is well-formed; without a model's names it is the same for all
//! pieces of one form.

mod layout;
mod scene;

use askama::Template;
use layout::{Layout, PlacedBox, PlacedEdge};
use optimizer_core::ir::Piece;
use scene::{Scene, Text};

/// What drawings look like, for the page that holds them; a drawing of [`svg`] brings it along.
pub const STYLE: &str = include_str!("../../templates/drawing.css");

/// How the operators of a piece are painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// They go.
    Before,
    /// They are new.
    After,
    Plain,
}

/// A drawing that leaves names out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// Where a name goes, an empty `text` or `title` has its number in `names` as `data-name`.
    pub svg: String,
    pub names: Vec<String>,
    /// The operators that boxes with a `data-op` stand for, by number.
    pub ops: Vec<u32>,
}

/// The whole drawing as one SVG that needs nothing else.
pub fn svg(piece: &Piece, tone: Tone) -> String {
    let scene = Scene::of(piece);
    render(&scene, tone, Some(STYLE))
}

/// The drawing apart from its names, so that pieces of one form share it.
pub fn shared(piece: &Piece, tone: Tone) -> Drawing {
    let scene = Scene::of(piece);
    Drawing { svg: render(&scene, tone, None), names: scene.names, ops: scene.ops }
}

#[derive(Template)]
#[template(path = "drawing.svg")]
struct Page<'a> {
    width: i64,
    height: i64,
    tone: &'static str,
    style: Option<&'a str>,
    names: &'a [String],
    boxes: Vec<PlacedBox<'a>>,
    edges: Vec<PlacedEdge<'a>>,
}

impl Page<'_> {
    fn short(&self, name: &usize) -> String {
        scene::short(&self.names[*name])
    }
}

fn render(scene: &Scene, tone: Tone, style: Option<&str>) -> String {
    let Layout { width, height, boxes, edges } = layout::place(scene);
    let tone = match tone {
        Tone::Before => "before",
        Tone::After => "after",
        Tone::Plain => "plain",
    };
    let page = Page { width, height, tone, style, names: &scene.names, boxes, edges };
    page.render().expect("writing to a string does not fail")
}

#[cfg(test)]
mod tests;
