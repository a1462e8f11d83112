//! The book and the other pages of the repository: every link leads somewhere, and every page is in the book.
//!
//! Invariant: links to files and headings are checked; those to the web are not.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All pages, of the repository and of the book.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = [repository().to_owned(), repository().join("docs")]
        .iter()
        .flat_map(|folder| folder.read_dir().expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.sort();
    pages
}

/// What a page links to, and the anchors of its headings.
fn links_and_anchors(page: &Path) -> (Vec<String>, Vec<String>) {
    let text = std::fs::read_to_string(page).unwrap_or_default();
    let (mut links, mut anchors, mut heading) = (Vec::new(), Vec::new(), None::<String>);
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                links.push(dest_url.to_string())
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => {
                heading.iter_mut().for_each(|heading| heading.push_str(&text))
            }
            Event::End(TagEnd::Heading(HeadingLevel::H1 | HeadingLevel::H2 | HeadingLevel::H3)) => {
                anchors.extend(heading.take().map(|heading| anchor(&heading)));
            }
            _ => {}
        }
    }
    (links, anchors)
}

/// The anchor that mdBook and GitHub give a heading.
fn anchor(heading: &str) -> String {
    let kept = heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || "-_ ".contains(*c))
        .collect::<String>();
    kept.replace(' ', "-")
}

#[test]
fn every_link_leads_somewhere() {
    let known: HashMap<PathBuf, (Vec<String>, Vec<String>)> =
        pages().into_iter().map(|page| (page.clone(), links_and_anchors(&page))).collect();
    let mut broken = Vec::new();
    for page in pages() {
        for link in known[&page].0.iter().filter(|link| !link.contains("://")) {
            let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { page.clone() } else { page.with_file_name("").join(file) };
            let target = target.canonicalize().unwrap_or(target);
            let has_anchor =
                || known.get(&target).is_some_and(|(_, anchors)| anchors.iter().any(|a| a == fragment));
            if !target.exists() || (!fragment.is_empty() && !has_anchor()) {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// A page of the book that links out of it leads nowhere in a browser.
#[test]
fn no_page_of_the_book_links_out_of_it() {
    let docs = repository().join("docs");
    for page in pages().iter().filter(|page| page.starts_with(&docs)) {
        let (links, _) = links_and_anchors(page);
        let out: Vec<&String> = links.iter().filter(|link| link.starts_with("..")).collect();
        assert!(out.is_empty(), "{}: {out:?}", page.display());
    }
}

#[test]
fn every_page_is_in_the_summary() {
    let docs = repository().join("docs");
    let (listed, _) = links_and_anchors(&docs.join("SUMMARY.md"));
    let missing: Vec<PathBuf> = pages()
        .into_iter()
        .filter(|page| page.starts_with(&docs) && !page.ends_with("SUMMARY.md"))
        .filter(|page| !listed.iter().any(|link| docs.join(link) == *page))
        .collect();
    assert!(missing.is_empty(), "docs/SUMMARY.md does not list {missing:?}");
}
