//! Many patterns made ready to be read at once, as one automaton.
//!
//! Patterns are grouped in sets; a set matches what one of its patterns matches. How the automaton
//! is walked is in `explore`, which texts are looked at in `universe`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::{Pattern, Token};

/// A character, or a policy variable as one opaque symbol.
pub(crate) type Symbol = u32;

/// Symbols from here on are variables, in the order of their names.
pub(super) const FIRST_VARIABLE: Symbol = 0x11_0000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    Symbol(Symbol),
    /// This character or one that differs from it only by case; the character is in lower case.
    Folded(char),
    /// Any one character; a variable is not one character.
    One,
    Run,
    /// As `One` and `Run`, but for the colon: the parts of `ArnLike`.
    PartOne,
    PartRun,
    /// One of these characters, or any run of them.
    Letter(Letters),
    Letters(Letters),
    Accept,
}

/// A few characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Letters {
    /// White space, all of it.
    Space,
    Digit,
    Sign,
    /// What an exponent begins with.
    Exponent,
    /// All that a date can begin with.
    DateStart,
    /// All that can stand in an IPv6 address.
    Address,
}

impl Letters {
    pub(super) fn contains(self, symbol: Symbol) -> bool {
        let Some(c) = char::from_u32(symbol) else { return false };
        match self {
            Self::Space => c.is_whitespace(),
            Self::Digit => c.is_ascii_digit(),
            Self::Sign => "+-".contains(c),
            Self::Exponent => "eE".contains(c),
            Self::DateStart => c.is_ascii_digit() || "+-\u{2212}".contains(c),
            Self::Address => c.is_ascii_hexdigit() || ".:".contains(c),
        }
    }

    pub(super) fn all(self) -> &'static [Symbol] {
        static ALL: [OnceLock<Box<[Symbol]>>; 6] = [const { OnceLock::new() }; 6];
        // White space and the minus sign end before U+3001.
        ALL[self as usize]
            .get_or_init(|| (0..0x3001).filter(|symbol| self.contains(*symbol)).collect())
    }
}

/// A piece of a shape.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Piece<'p> {
    Text(&'p str),
    One(Letters),
    Run(Letters),
    Anything,
}

/// How a set takes policy variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Reading {
    /// A variable is an opaque symbol, equal to itself only. What matches so matches for every value
    /// of the variable.
    #[default]
    Opaque,
    /// A variable may spell anything. What does not match so matches for no value of the variable.
    Anything,
}

/// Sets of patterns, ready to be explored.
#[derive(Debug, Default)]
pub(crate) struct Automaton {
    pub(super) nodes: Vec<Node>,
    /// For each node the first node of its pattern and the number of its set.
    pub(super) pattern_of: Vec<u32>,
    pub(super) set_of: Vec<u32>,
    pub(super) starts: Vec<u32>,
    pub(super) readings: Vec<Reading>,
    variables: BTreeMap<String, Symbol>,
}

impl Automaton {
    /// Begins a set and gives its number.
    pub(crate) fn begin_set(&mut self) -> usize {
        self.begin_set_as(Reading::Opaque)
    }

    /// Begins a set that takes variables in this way and gives its number.
    pub(crate) fn begin_set_as(&mut self, reading: Reading) -> usize {
        self.readings.push(reading);
        self.readings.len() - 1
    }

    /// How many sets there are.
    pub(super) fn sets(&self) -> usize {
        self.readings.len()
    }

    /// Adds a pattern to the set begun last.
    pub(crate) fn add(&mut self, pattern: &Pattern) {
        let start = self.begin_pattern();
        let anything = self.readings.last() == Some(&Reading::Anything);
        for token in pattern.tokens() {
            match token {
                Token::Text(text) => {
                    for c in text.chars() {
                        self.push(start, Node::Symbol(c.into()));
                    }
                }
                Token::One => self.push(start, Node::One),
                Token::Run => self.push(start, Node::Run),
                Token::Variable(_) if anything => self.push(start, Node::Run),
                Token::Variable(name) => {
                    let symbol = self.variable(name);
                    self.push(start, Node::Symbol(symbol));
                }
            }
        }
        self.push(start, Node::Accept);
    }

    /// Adds a pattern without variables, matched without regard to case.
    pub(crate) fn add_folded(&mut self, pattern: &Pattern) {
        let start = self.begin_pattern();
        for glyph in glyphs(pattern) {
            self.push(
                start,
                match glyph {
                    Glyph::Char(c) => Node::Folded(super::fold(c)),
                    Glyph::One => Node::One,
                    Glyph::Run => Node::Run,
                },
            );
        }
        self.push(start, Node::Accept);
    }

    /// Adds a pattern without variables as the ARN operators read it: six parts, wildcards of the
    /// first five end at the colon. A pattern of other shape matches nothing.
    pub(crate) fn add_by_parts(&mut self, pattern: &Pattern) {
        let glyphs: Vec<Glyph> = glyphs(pattern).collect();
        let parts: Vec<&[Glyph]> = glyphs.splitn(6, |g| *g == Glyph::Char(':')).collect();
        let mut first = Pattern::default();
        parts[0].iter().for_each(|glyph| match glyph {
            Glyph::Char(c) => first.push_text(c.encode_utf8(&mut [0; 4])),
            Glyph::One => first.push(Token::One),
            Glyph::Run => first.push(Token::Run),
        });
        if parts.len() != 6 || !first.matches("arn") {
            return;
        }
        let start = self.begin_pattern();
        for c in "arn".chars() {
            self.push(start, Node::Symbol(c.into()));
        }
        for (index, part) in parts.iter().enumerate().skip(1) {
            self.push(start, Node::Symbol(':'.into()));
            for glyph in *part {
                self.push(
                    start,
                    match (glyph, index) {
                        (Glyph::Run, 5) => Node::Run,
                        (Glyph::One, 5) => Node::One,
                        (Glyph::Run, _) => Node::PartRun,
                        (Glyph::One, _) => Node::PartOne,
                        (Glyph::Char(c), _) => Node::Symbol((*c).into()),
                    },
                );
            }
        }
        self.push(start, Node::Accept);
    }

    /// Adds texts of a shape.
    pub(crate) fn add_shape(&mut self, shape: &[Piece<'_>]) {
        let start = self.begin_pattern();
        for piece in shape {
            match *piece {
                Piece::Text(text) => {
                    text.chars().for_each(|c| self.push(start, Node::Symbol(c.into())));
                }
                Piece::One(letters) => self.push(start, Node::Letter(letters)),
                Piece::Run(letters) => self.push(start, Node::Letters(letters)),
                Piece::Anything => self.push(start, Node::Run),
            }
        }
        self.push(start, Node::Accept);
    }

    fn begin_pattern(&mut self) -> u32 {
        let start = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.starts.push(start);
        start
    }

    fn push(&mut self, start: u32, node: Node) {
        self.nodes.push(node);
        self.pattern_of.push(start);
        self.set_of.push(u32::try_from(self.sets().saturating_sub(1)).unwrap_or(u32::MAX));
    }

    /// Names compare without case up to the default value.
    fn variable(&mut self, name: &str) -> Symbol {
        let (key, default) = name.split_at(name.find(',').unwrap_or(name.len()));
        let name = format!("{}{default}", key.trim().to_ascii_lowercase());
        let next = FIRST_VARIABLE + u32::try_from(self.variables.len()).unwrap_or(0);
        *self.variables.entry(name).or_insert(next)
    }

    /// A witness as a pattern of characters and variables; variables by their name as written
    /// between the braces, key in lower case.
    pub(crate) fn pattern(&self, witness: &[Symbol]) -> Pattern {
        let mut out = Pattern::default();
        let mut text = String::new();
        for symbol in witness {
            if let Some(c) = char::from_u32(*symbol) {
                text.push(c);
                continue;
            }
            out.push_text(&std::mem::take(&mut text));
            if let Some((name, _)) = self.variables.iter().find(|(_, s)| *s == symbol) {
                out.push(Token::Variable(name.as_str().into()));
            }
        }
        out.push_text(&text);
        out
    }

    /// A witness as text, variables written as `${name}`.
    pub(crate) fn text(&self, witness: &[Symbol]) -> String {
        let mut out = String::new();
        for token in self.pattern(witness).tokens() {
            match token {
                Token::Text(text) => out.push_str(text),
                Token::Variable(name) => {
                    out.push_str("${");
                    out.push_str(name);
                    out.push('}');
                }
                Token::One | Token::Run => {}
            }
        }
        out
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Glyph {
    Char(char),
    One,
    Run,
}

/// The pieces of a pattern one by one, a variable as any run.
fn glyphs(pattern: &Pattern) -> impl Iterator<Item = Glyph> {
    pattern.tokens().iter().flat_map(|token| {
        let (text, wild) = match token {
            Token::Text(text) => (&**text, None),
            Token::One => ("", Some(Glyph::One)),
            Token::Run | Token::Variable(_) => ("", Some(Glyph::Run)),
        };
        text.chars().map(Glyph::Char).chain(wild)
    })
}
