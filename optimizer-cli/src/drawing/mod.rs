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

/// Pixels between drawings on one sheet, with an arrow.
const GAP: i64 = 40;

const WRITES: &str = "writing to a string does not fail";

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

/// Drawings from left to right as one SVG that needs nothing else.
pub fn svg(pieces: &[(&Piece, Tone)]) -> String {
    let scenes: Vec<Scene> = pieces.iter().map(|(piece, _)| Scene::of(piece)).collect();
    let drawn = scenes.iter().zip(pieces);
    let pages: Vec<Page> =
        drawn.map(|(scene, &(_, tone))| Page::new(&scene.form, tone, Some(&scene.names))).collect();
    Sheet::of(&pages).render().expect(WRITES)
}

impl Gallery {
    /// Draws the piece unless one of its form was drawn before.
    pub fn show(&mut self, piece: &Piece, tone: Tone) -> Shown {
        let Scene { form, names, ops } = Scene::of(piece);
        let Gallery { places, drawings } = self;
        let draw = |(tone, form): &(Tone, Form)| {
            drawings.push(Page::new(form, *tone, None).render().expect(WRITES));
            drawings.len() - 1
        };
        let drawing = *places.entry((tone, form)).or_insert_with_key(draw);
        Shown { drawing, names, ops }
    }

    pub fn drawings(&self) -> &[String] {
        &self.drawings
    }
}

/// Drawings on one sheet.
#[derive(Template)]
#[template(path = "sheet.svg")]
struct Sheet<'a> {
    width: i64,
    height: i64,
    style: &'static str,
    places: Vec<Place<'a>>,
}

/// A drawing and its left upper corner on a sheet.
struct Place<'a> {
    left: i64,
    top: i64,
    page: &'a Page<'a>,
}

impl<'a> Sheet<'a> {
    /// The drawings in a row, their middles on one line.
    fn of(pages: &'a [Page<'a>]) -> Sheet<'a> {
        let height = pages.iter().map(|page| page.height).max().unwrap_or(0);
        let mut left = 0;
        let mut place = |page: &'a Page| {
            let place = Place { left, top: (height - page.height) / 2, page };
            left += page.width + GAP;
            place
        };
        let places = pages.iter().map(&mut place).collect();
        Sheet { width: left - GAP, height, style: STYLE, places }
    }
}

#[derive(Template)]
#[template(path = "drawing.svg")]
struct Page<'a> {
    width: i64,
    height: i64,
    tone: &'static str,
    /// Nothing for a drawing that leaves them out.
    names: Option<&'a [String]>,
    boxes: Vec<PlacedBox<'a>>,
    edges: Vec<PlacedEdge<'a>>,
}

impl<'a> Page<'a> {
    fn new(form: &'a Form, tone: Tone, names: Option<&'a [String]>) -> Page<'a> {
        let Layout { width, height, boxes, edges } = layout::place(form);
        let tone = match tone {
            Tone::Before => "before",
            Tone::After => "after",
            Tone::Plain => "plain",
        };
        Page { width, height, tone, names, boxes, edges }
    }

    /// What a box says of a name.
    fn short(&self, name: &usize) -> String {
        self.names.map_or(String::new(), |names| scene::short(&names[*name]))
    }
}

#[cfg(test)]
mod tests;
