//! Tables for people.
//!
//! Invariant: plain text of aligned columns, the same on every terminal and in every pipe.

use comfy_table::{CellAlignment, Table, presets};
use optimizer_core::rewrite::Cost;

/// A table without lines, its first columns left and its last `numbers` columns right aligned.
pub(crate) fn plain(header: &[&str], numbers: usize, rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(header.to_vec()).add_rows(rows);
    let first = header.len() - numbers;
    table.column_iter_mut().enumerate().for_each(|(i, column)| {
        column.set_padding((0, 2));
        column.set_cell_alignment(if i >= first { CellAlignment::Right } else { CellAlignment::Left });
    });
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// Costs before and after, and the change in percent.
pub(crate) fn costs(before: &Cost, after: &Cost) -> String {
    let row = |name: &str, before: i64, after: i64| {
        let change = match before {
            0 => String::new(),
            _ => format!("{:+.1}%", 100.0 * (after - before) as f64 / before as f64),
        };
        vec![name.to_owned(), grouped(before), grouped(after), change]
    };
    let rows = [
        row("operators", before.ops, after.ops),
        row("constant bytes", before.bytes, after.bytes),
        row("memory traffic (bytes a run)", before.traffic, after.traffic),
        row("MACs", before.macs, after.macs),
        row("peak activation bytes", before.peak, after.peak),
    ];
    plain(&["", "before", "after", "change"], 3, rows)
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    let sign = if n < 0 { "-" } else { "" };
    format!("{sign}{}", groups.join(","))
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_are_grouped() {
        assert_eq!(super::grouped(1_234_567), "1,234,567");
        assert_eq!(super::grouped(-1_000), "-1,000");
        assert_eq!(super::grouped(12), "12");
    }
}
