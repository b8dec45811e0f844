//! Macros: those that hold items, those whose arguments are expressions, and those that hide calls.
//!
//! Nothing is expanded.

use std::collections::HashMap;
use std::rc::Rc;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::{Block, Expr, Item, Macro};

use super::SourceCrate;
use super::body::{Walk, place};
use super::sdk;
use super::types::{Eval, Type, Value};

/// Deepest nesting of groups that is looked into.
const MAX_DEPTH: usize = 32;

/// The items inside macros such as `lazy_static!` and `thread_local!`, and the macros that hide calls.
pub(super) struct Expanded {
    items: HashMap<*const Macro, Vec<Item>>,
    hidden: Vec<(String, u32, String)>,
}

impl Expanded {
    pub(super) fn new(crates: &[SourceCrate<'_>]) -> Self {
        let mut expanded = Self { items: HashMap::new(), hidden: Vec::new() };
        for file in crates.iter().flat_map(|it| &it.files) {
            let mut macros = Macros { expanded: &mut expanded, file: &file.file };
            file.items.iter().for_each(|item| macros.visit_item(item));
        }
        expanded
    }

    fn add_macro(&mut self, item: &syn::ItemMacro, file: &str) {
        let name = item.mac.path.segments.last().map(|last| last.ident.to_string());
        let name = name.unwrap_or_default();
        if item.ident.is_none()
            && let Ok(parsed) = syn::parse2::<syn::File>(without_ref(item.mac.tokens.clone()))
        {
            self.items.insert(std::ptr::from_ref(&item.mac), parsed.items);
            return;
        }
        if hides(&item.mac.tokens) {
            let span = item.mac.path.segments.first().map(|first| first.ident.span());
            let (line, _) = span.map_or((1, 1), place);
            let reason = match &item.ident {
                Some(own) => format!("the macro `{own}!` may make calls of the SDK"),
                None => format!("`{name}!` holds code that may make calls of the SDK"),
            };
            self.hidden.push((file.to_owned(), line, reason));
        }
    }

    /// The items inside a macro.
    pub(super) fn items(&self, mac: &Macro) -> Option<&[Item]> {
        self.items.get(&std::ptr::from_ref(mac)).map(Vec::as_slice)
    }

    /// Macros that are items and hide calls: file, line and why.
    pub(super) fn hidden(&self) -> impl Iterator<Item = (String, u32, String)> {
        self.hidden.iter().cloned()
    }
}

/// Visits macros that are items, those inside of functions too.
struct Macros<'e> {
    expanded: &'e mut Expanded,
    file: &'e str,
}

impl<'a> Visit<'a> for Macros<'_> {
    fn visit_item_macro(&mut self, item: &'a syn::ItemMacro) {
        self.expanded.add_macro(item, self.file);
    }

    fn visit_type(&mut self, _: &'a syn::Type) {}
    fn visit_pat(&mut self, _: &'a syn::Pat) {}
    fn visit_attribute(&mut self, _: &'a syn::Attribute) {}
}

impl Walk<'_, '_> {
    /// Walks the arguments of a macro as far as they are expressions.
    pub(super) fn macro_call(&mut self, mac: &Macro) -> Eval {
        let name = mac.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        if let Some(value) = self.of_build(&name, mac) {
            return Eval { ty: Type::Unknown, value };
        }
        let parser = Punctuated::<Expr, syn::Token![,]>::parse_terminated;
        let Ok(arguments) = parser.parse2(mac.tokens.clone()) else {
            self.tokens(mac.tokens.clone(), &format!("`{name}!`"));
            return Eval::UNKNOWN;
        };
        match name.as_str() {
            "vec" => self.sequence(arguments.iter()),
            "format" | "formatcp" => self.format(&arguments),
            "concat" | "concatcp" => {
                let parts: Rc<[Value]> = arguments.iter().map(|it| self.piece_of(it)).collect();
                Eval { ty: Type::Unknown, value: Value::Joined(parts) }
            }
            "write" | "writeln" => {
                for argument in &arguments {
                    self.eval(argument, &Type::Unknown);
                }
                if let Some(target) = arguments.first() {
                    self.changed(target);
                }
                Eval::UNKNOWN
            }
            "join" | "try_join" => {
                let parts: Rc<[Type]> =
                    arguments.iter().map(|it| self.eval(it, &Type::Unknown).ty).collect();
                Eval::of(Type::Tuple(parts))
            }
            _ => {
                for argument in &arguments {
                    self.eval(argument, &Type::Unknown);
                }
                match name.as_str() {
                    "bail" | "panic" | "todo" | "unimplemented" | "unreachable" => Eval::NEVER,
                    _ => Eval::UNKNOWN,
                }
            }
        }
    }

    /// The value of a macro that the compiler fills in.
    fn of_build(&self, name: &str, mac: &Macro) -> Option<Value> {
        let reason = match name {
            "env" | "option_env" => {
                let first = mac.tokens.clone().into_iter().next();
                let variable = first.map(|it| it.to_string()).unwrap_or_default();
                if variable == "\"CARGO_PKG_NAME\"" {
                    let crate_index = self.program.functions[self.function.0].crate_index;
                    let package = &self.program.crates[crate_index].package;
                    return Some(Value::Text((&**package).into()));
                }
                format!("only the build tells it, by `{name}!({variable})`")
            }
            "include_str" | "include_bytes" => {
                format!("only the build tells it, by `{name}!`")
            }
            "stringify" => return Some(Value::Unknown),
            _ => return None,
        };
        Some(Value::Untold(reason.into()))
    }

    /// A part of `concat!`, which takes literals of every kind.
    fn piece_of(&mut self, argument: &Expr) -> Value {
        let Expr::Lit(literal) = argument else {
            return self.eval(argument, &Type::Unknown).value;
        };
        match &literal.lit {
            syn::Lit::Int(number) => Value::Text(number.base10_digits().into()),
            syn::Lit::Char(char) => Value::Text(char.value().to_string().into()),
            syn::Lit::Bool(bool) => Value::Text(bool.value.to_string().into()),
            _ => self.eval(argument, &Type::Unknown).value,
        }
    }

    /// `format!("…", …)`: the pieces one after the other.
    fn format(&mut self, arguments: &Punctuated<Expr, syn::Token![,]>) -> Eval {
        let mut named: Vec<(String, Value)> = Vec::new();
        let mut plain: Vec<Value> = Vec::new();
        let mut template = None;
        for (at, argument) in arguments.iter().enumerate() {
            if let (0, Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. })) = (at, argument) {
                self.text(&text.value(), text.span());
                template = Some(text.value());
            } else if let Expr::Assign(it) = argument
                && let Expr::Path(name) = &*it.left
                && let Some(name) = name.path.get_ident()
            {
                let value = self.eval(&it.right, &Type::Unknown).value;
                named.push((name.to_string(), value));
            } else {
                plain.push(self.eval(argument, &Type::Unknown).value);
            }
        }
        let Some(template) = template else { return Eval::UNKNOWN };
        let mut plain = plain.into_iter();
        let mut parts: Vec<Value> = Vec::new();
        for piece in pieces(&template) {
            parts.push(match piece {
                Piece::Text(text) => Value::Text(text.into()),
                Piece::Argument(name) if name.is_empty() => plain.next().unwrap_or(Value::Unknown),
                Piece::Argument(name) => match named.iter().find(|(known, _)| *known == name) {
                    Some((_, value)) => value.clone(),
                    None => self.in_sight(&name),
                },
            });
        }
        Eval { ty: Type::Unknown, value: Value::Joined(parts.into()) }
    }

    /// The value of a name in a format string.
    fn in_sight(&mut self, name: &str) -> Value {
        match syn::parse_str::<Expr>(name) {
            Ok(expr @ Expr::Path(_)) => self.eval(&expr, &Type::Unknown).value,
            _ => Value::Unknown,
        }
    }

    /// Walks what can be parsed of tokens; what cannot and names the SDK is reported.
    pub(super) fn tokens(&mut self, tokens: TokenStream, what: &str) {
        let depth = self.locals.len();
        self.tokens_to(tokens, what, 0);
        self.locals.truncate(depth);
    }

    fn tokens_to(&mut self, tokens: TokenStream, what: &str, depth: usize) {
        if depth > MAX_DEPTH || tokens.is_empty() {
            return;
        }
        if let Ok(statements) = Block::parse_within.parse2(tokens.clone()) {
            self.statements(&statements, &Type::Unknown);
            return;
        }
        for piece in split(tokens) {
            self.piece(piece, what, depth);
        }
    }

    /// One piece between commas, semicolons and arrows.
    fn piece(&mut self, piece: Vec<TokenTree>, what: &str, depth: usize) {
        let stream: TokenStream = piece.iter().cloned().collect();
        if let Ok(expr) = syn::parse2::<Expr>(stream.clone()) {
            self.eval(&expr, &Type::Unknown);
            return;
        }
        // `"key": value`, and `pattern = future` of `select!`.
        for mark in [':', '='] {
            if let Some(at) = lone(&piece, mark)
                && let Ok(expr) = syn::parse2::<Expr>(piece[at + 1..].iter().cloned().collect())
            {
                let left: TokenStream = piece[..at].iter().cloned().collect();
                let eval = self.eval(&expr, &Type::Unknown);
                if mark == '='
                    && let Ok(pat) = syn::Pat::parse_multi_with_leading_vert.parse2(left)
                {
                    self.bind(&pat, &eval);
                }
                return;
            }
        }
        let mut rest: Vec<TokenTree> = Vec::new();
        for token in piece {
            match token {
                TokenTree::Group(group) if !starts_call(&rest) => {
                    self.tokens_to(group.stream(), what, depth + 1);
                }
                other => rest.push(other),
            }
        }
        let stream: TokenStream = rest.iter().cloned().collect();
        if hides(&stream) {
            let span = rest.first().map_or_else(proc_macro2::Span::call_site, TokenTree::span);
            self.hidden(span, format!("{what} holds code that may make calls of the SDK"));
        }
    }
}

/// Whether the last tokens are a method's name, so that a group after them is its arguments.
fn starts_call(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [.., TokenTree::Punct(dot), TokenTree::Ident(_)] if dot.as_char() == '.')
}

/// Where a mark stands that is not part of a longer one.
fn lone(tokens: &[TokenTree], mark: char) -> Option<usize> {
    tokens.iter().enumerate().find_map(|(at, token)| match token {
        TokenTree::Punct(punct)
            if punct.as_char() == mark
                && punct.spacing() == proc_macro2::Spacing::Alone
                && !matches!(
                    at.checked_sub(1).and_then(|before| tokens.get(before)),
                    Some(TokenTree::Punct(before))
                        if before.spacing() == proc_macro2::Spacing::Joint
                ) =>
        {
            Some(at)
        }
        _ => None,
    })
}

/// Tokens between `,`, `;` and `=>`.
fn split(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut pieces = vec![Vec::new()];
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_arrow = |a: &TokenTree, b: Option<&TokenTree>| {
            matches!((a, b), (TokenTree::Punct(a), Some(TokenTree::Punct(b)))
                if a.as_char() == '=' && b.as_char() == '>')
        };
        let is_end = matches!(&token, TokenTree::Punct(it) if matches!(it.as_char(), ',' | ';'));
        if is_arrow(&token, tokens.peek()) {
            tokens.next();
            pieces.push(Vec::new());
        } else if is_end {
            pieces.push(Vec::new());
        } else if let Some(piece) = pieces.last_mut() {
            let ends = matches!(&token, TokenTree::Group(it) if it.delimiter() == Delimiter::Brace);
            piece.push(token);
            // A branch in braces needs no comma after it.
            if ends && piece.len() == 1 {
                pieces.push(Vec::new());
            }
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Whether tokens name an SDK crate or send a request.
pub(super) fn hides(tokens: &TokenStream) -> bool {
    let mut before: [Option<String>; 2] = [None, None];
    for token in tokens.clone() {
        let text = match &token {
            TokenTree::Group(group) => {
                let is_send = before[0].as_deref() == Some(".")
                    && before[1].as_deref().is_some_and(|it| sdk::SENDING.contains(&it))
                    && before[1].as_deref() != Some("wait")
                    && (group.stream().is_empty() || before[1].as_deref() != Some("send"));
                if is_send || hides(&group.stream()) {
                    return true;
                }
                None
            }
            TokenTree::Ident(ident) => {
                let text = ident.to_string();
                if text.starts_with(sdk::CRATE_PREFIX) {
                    return true;
                }
                Some(text)
            }
            TokenTree::Punct(punct) => Some(punct.as_char().to_string()),
            TokenTree::Literal(_) => None,
        };
        let [_, last] = before;
        before = [last, text];
    }
    false
}

/// The tokens with `static ref` as `static`, which `lazy_static!` writes.
fn without_ref(tokens: TokenStream) -> TokenStream {
    let mut after_static = false;
    tokens
        .into_iter()
        .filter(|token| {
            let is_ref = matches!(token, TokenTree::Ident(it) if it == "ref");
            let keep = !(after_static && is_ref);
            after_static = matches!(token, TokenTree::Ident(it) if it == "static");
            keep
        })
        .collect()
}

enum Piece {
    Text(String),
    /// The name between braces; empty for the next argument.
    Argument(String),
}

/// The pieces of a format string.
fn pieces(template: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' if chars.peek() == Some(&c) => {
                chars.next();
                text.push(c);
            }
            '{' => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                let inside: String = chars.by_ref().take_while(|&c| c != '}').collect();
                let name = inside.split(':').next().unwrap_or_default().trim().to_owned();
                pieces.push(Piece::Argument(name));
            }
            other => text.push(other),
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}
