//! The text of a template → values with their places. YAML with the short forms of intrinsic functions, and JSON, which is YAML.
//!
//! `!Ref X` becomes what `{"Ref": "X"}` is, `!GetAtt A.B` what `{"Fn::GetAtt": ["A", "B"]}` is. The room knows no templates.

use std::collections::BTreeMap;
use std::path::Path;

use libyaml_safer::{EventData, Mark, Parser};
use policy_core::finding::Place;

use crate::failure::{Failure, in_file};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;

/// A value and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// From 1.
    pub(super) line: u32,
    /// From 1.
    pub(super) column: u32,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A scalar as it is written: numbers and booleans are text to CloudFormation too.
    Text(String),
    List(Vec<Node>),
    /// In the order of the file; no key twice.
    Map(Entries),
    /// Its key is written twice: nobody knows which of the values counts.
    Twice,
}

/// The entries of a map. Where there are many they are found by their keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Entries {
    all: Vec<(String, Node)>,
    /// Places by key, of a map with more than [`FEW`] entries.
    places: BTreeMap<String, usize>,
}

/// So many entries are looked through.
const FEW: usize = 16;

impl Entries {
    pub(super) fn as_slice(&self) -> &[(String, Node)] {
        &self.all
    }

    fn place(&self, key: &str) -> Option<usize> {
        if self.all.len() <= FEW {
            return self.all.iter().position(|(own, _)| own == key);
        }
        self.places.get(key).copied()
    }

    /// Adds an entry whose key is not there.
    fn push(&mut self, key: String, value: Node) {
        self.all.push((key, value));
        match self.all.len() - 1 {
            at if at < FEW => {}
            FEW => {
                let all = self.all.iter().enumerate();
                self.places = all.map(|(at, (key, _))| (key.clone(), at)).collect();
            }
            at => {
                self.places.insert(self.all[at].0.clone(), at);
            }
        }
    }
}

impl Node {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn map(&self) -> &[(String, Self)] {
        match &self.kind {
            Kind::Map(entries) => entries.as_slice(),
            _ => &[],
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.map().get(self.place_of(key)?).map(|(_, value)| value)
    }

    /// Where `key` is among the entries of a map.
    pub(super) fn place_of(&self, key: &str) -> Option<usize> {
        match &self.kind {
            Kind::Map(entries) => entries.place(key),
            _ => None,
        }
    }

    /// What is under `keys`, one after the other.
    pub(super) fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    pub(super) fn place(&self, file: &Path) -> Place {
        Place { line: Some(self.line), column: Some(self.column), ..in_file(file) }
    }
}

/// A list or map that is not complete.
struct Open {
    node: Node,
    tag: Option<String>,
    /// The key whose value comes next, in a map.
    key: Option<String>,
}

/// Reads the one document of `text`.
///
/// # Errors
/// What is wrong, with its place.
pub(super) fn parse(file: &Path, text: &str) -> Result<Node, Failure> {
    let refused = |mark: Mark, message: String| {
        let (line, column) = place(mark);
        Failure::input(message).at(Place {
            line: Some(line),
            column: Some(column),
            ..in_file(file)
        })
    };
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    let mut input = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut input);
    for event in parser {
        let event = event.map_err(|error| {
            let mark = error.problem_mark().unwrap_or_default();
            refused(mark, format!("the template is not YAML: {}", error.problem()))
        })?;
        let start = event.start_mark;
        let (line, column) = place(start);
        let node = |kind| Node { line, column, kind };
        let done = match event.data {
            EventData::Scalar { value, tag, .. } => {
                Some(tagged(name_of(tag.as_deref()), node(Kind::Text(value))))
            }
            EventData::SequenceStart { tag, .. } => {
                let node = node(Kind::List(Vec::new()));
                open.push(Open { node, tag: name_of(tag.as_deref()), key: None });
                None
            }
            EventData::MappingStart { tag, .. } => {
                let node = node(Kind::Map(Entries::default()));
                open.push(Open { node, tag: name_of(tag.as_deref()), key: None });
                None
            }
            EventData::SequenceEnd | EventData::MappingEnd => {
                open.pop().map(|Open { node, tag, .. }| tagged(tag, node))
            }
            EventData::Alias { .. } => {
                let message = "CloudFormation knows no YAML aliases";
                return Err(refused(start, message.into())
                    .help("write the value out, or give the packaged template"));
            }
            EventData::DocumentStart { .. } if root.is_some() => {
                return Err(refused(start, "a template is one document".into()));
            }
            _ => None,
        };
        if open.len() > MAX_DEPTH {
            return Err(refused(start, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let Some(done) = done else { continue };
        match open.last_mut() {
            None => root = Some(done),
            Some(parent) => {
                if let Err(message) = parent.add(done) {
                    return Err(refused(start, message));
                }
            }
        }
    }
    root.ok_or_else(|| Failure::input("the template is empty").at(in_file(file)))
}

impl Open {
    fn add(&mut self, done: Node) -> Result<(), String> {
        match (&mut self.node.kind, self.key.take()) {
            (Kind::List(entries), _) => entries.push(done),
            (Kind::Map(entries), Some(key)) => match entries.place(&key) {
                Some(at) => entries.all[at].1.kind = Kind::Twice,
                None => entries.push(key, done),
            },
            (Kind::Map(_), None) => {
                let Kind::Text(key) = done.kind else { return Err("a key must be text".into()) };
                self.key = Some(key);
            }
            // INVARIANT: only lists and maps are opened.
            (Kind::Text(_) | Kind::Twice, _) => {}
        }
        Ok(())
    }
}

fn place(mark: Mark) -> (u32, u32) {
    let number = |count: u64| u32::try_from(count + 1).unwrap_or(u32::MAX);
    (number(mark.line), number(mark.column))
}

/// The function that a tag stands for.
fn name_of(tag: Option<&str>) -> Option<String> {
    let name = tag?.strip_prefix('!').filter(|name| !name.is_empty())?;
    Some(match name {
        name @ ("Ref" | "Condition") => name.to_owned(),
        name => format!("Fn::{name}"),
    })
}

fn tagged(tag: Option<String>, node: Node) -> Node {
    let Some(name) = tag else { return node };
    let (line, column) = (node.line, node.column);
    let divided = match (&*name, &node.kind) {
        ("Fn::GetAtt", Kind::Text(text)) => text.split_once('.').map(|(of, attribute)| {
            let text = |text: &str| Node { line, column, kind: Kind::Text(text.to_owned()) };
            Kind::List(vec![text(of), text(attribute)])
        }),
        _ => None,
    };
    let argument = divided.map_or(node, |kind| Node { line, column, kind });
    Node {
        line,
        column,
        kind: Kind::Map(Entries { all: vec![(name, argument)], ..Entries::default() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_a_small_or_a_large_map_is_found_by_its_key() {
        for count in [1, FEW - 1, FEW, FEW + 1, FEW + 2, 100] {
            let text: String = (0..count).map(|at| format!("k{at}: v{at}\n")).collect();
            let map = parse(Path::new("t.yaml"), &text).unwrap();
            for at in 0..count {
                let found = map.get(&format!("k{at}")).and_then(Node::text);
                assert_eq!(found, Some(format!("v{at}").as_str()), "of {count}");
                assert_eq!(map.place_of(&format!("k{at}")), Some(at), "of {count}");
            }
            assert_eq!(map.get(&format!("k{count}")), None, "of {count}");
            let twice = parse(Path::new("t.yaml"), &format!("{text}k0: again\n")).unwrap();
            assert_eq!(twice.get("k0").map(|node| &node.kind), Some(&Kind::Twice), "of {count}");
            assert_eq!(twice.map().len(), count);
        }
    }
}
