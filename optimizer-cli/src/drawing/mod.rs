//! A piece of a graph as an SVG: operators as boxes, values as edges, top to bottom in layers.
//!
//! Invariant: whatever a model's names hold, a drawing is well-formed; without a model's names it is the same for all
//! pieces of one form.

mod layout;
mod scene;

use askama::Template;
use layout::{Layout, PlacedBox, PlacedEdge};
use optimizer_core::ir::Piece;
use scene::{Form, Scene, Text};
use serde::Serialize;
use std::collections::HashMap;

/// What drawings look like, for the page that holds them; a drawing of [`svg`] brings it along.
pub const STYLE: &str = include_str!("../../templates/drawing.css");

/// How the operators of a piece are painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// They go.
    Before,
    /// They are new.
    After,
    Plain,
}

/// Drawings that leave names out, one for all pieces of one form.
#[derive(Debug, Default)]
pub struct Gallery {
    places: HashMap<(Tone, Form), usize>,
    drawings: Vec<String>,
}

/// A piece in a gallery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The place of its drawing.
    pub drawing: usize,
    /// What empty `text` and `title` elements are filled with, by their `data-name`.
    pub names: Vec<String>,
    /// The numbers of the operators that boxes stand for, by their `data-op`.
    pub ops: Vec<u32>,
}

/// The whole drawing as one SVG that needs nothing else.
pub fn svg(piece: &Piece, tone: Tone) -> String {
    let Scene { form, names, .. } = Scene::of(piece);
    render(&form, tone, Some(&names))
}

impl Gallery {
    /// Draws the piece unless one of its form was drawn before.
    pub fn show(&mut self, piece: &Piece, tone: Tone) -> Shown {
        let Scene { form, names, ops } = Scene::of(piece);
        let Gallery { places, drawings } = self;
        let draw = |(tone, form): &(Tone, Form)| {
            drawings.push(render(form, *tone, None));
            drawings.len() - 1
        };
        let drawing = *places.entry((tone, form)).or_insert_with_key(draw);
        Shown { drawing, names, ops }
    }

    pub fn drawings(&self) -> &[String] {
        &self.drawings
    }
}

#[derive(Template)]
#[template(path = "drawing.svg")]
struct Page<'a> {
    width: i64,
    height: i64,
    tone: &'static str,
    style: &'static str,
    /// Nothing for a drawing that leaves them out.
    names: Option<&'a [String]>,
    boxes: Vec<PlacedBox<'a>>,
    edges: Vec<PlacedEdge<'a>>,
}

impl Page<'_> {
    /// What a box says of a name.
    fn short(&self, name: &usize) -> String {
        self.names.map_or(String::new(), |names| scene::short(&names[*name]))
    }
}

fn render(form: &Form, tone: Tone, names: Option<&[String]>) -> String {
    let Layout { width, height, boxes, edges } = layout::place(form);
    let tone = match tone {
        Tone::Before => "before",
        Tone::After => "after",
        Tone::Plain => "plain",
    };
    let page = Page { width, height, tone, style: STYLE, names, boxes, edges };
    page.render().expect("writing to a string does not fail")
}

#[cfg(test)]
mod tests;
