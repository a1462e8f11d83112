//! Colours for people.
//!
//! Invariant: everything goes through streams that drop the colours unless they end at a terminal, and always under
//! `NO_COLOR`.

use anstyle::{AnsiColor, Style};
use std::fmt::Display;

const HEADING: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const PLACE: Style = AnsiColor::Cyan.on_default();

/// Standard output, for text with colours.
pub(crate) fn out() -> anstream::AutoStream<std::io::StdoutLock<'static>> {
    anstream::stdout().lock()
}

pub(crate) fn heading(text: impl Display) -> String {
    painted(HEADING, text)
}

pub(crate) fn good(text: impl Display) -> String {
    painted(GOOD, text)
}

pub(crate) fn bad(text: impl Display) -> String {
    painted(BAD, text)
}

/// A place in a pattern file.
pub(crate) fn place(text: impl Display) -> String {
    painted(PLACE, text)
}

/// The first line of a table is its heading.
pub(crate) fn table(text: &str) -> String {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    format!("{}\n{rest}", heading(first))
}

fn painted(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}
