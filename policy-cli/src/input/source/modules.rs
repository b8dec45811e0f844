//! The module tree of one crate: every item that a build with these features and this target has.
//!
//! Follows `mod`, `#[path]` and `include!` of literal paths, evaluates `cfg` and `cfg_attr`. What
//! cannot be evaluated is walked too, and what it holds is marked, so that only a doubt that touches
//! a declaration is reported. Names are not resolved; macros are not expanded.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, Meta};

use super::attributes::{is_common, resolve};
use super::cfg::Configuration;
use crate::failure::Failure;

/// Largest source file that is read.
///
/// Units: bytes.
const MAX_FILE_BYTES: u64 = 16 << 20;
/// Deepest nesting of modules; rustc's own recursion limit is the same.
const MAX_DEPTH: usize = 128;

/// Names that the macros may have in a crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacroNames {
    /// Names of the derive: `AwsAccess` and what `use … as` makes of it.
    pub derive: BTreeSet<String>,
    /// Names of the attribute.
    pub attribute: BTreeSet<String>,
}

impl MacroNames {
    /// Takes in the names that another crate exports.
    pub fn extend(&mut self, other: &Self) {
        self.derive.extend(other.derive.iter().cloned());
        self.attribute.extend(other.attribute.iter().cloned());
    }
}

impl Default for MacroNames {
    fn default() -> Self {
        Self {
            derive: BTreeSet::from(["AwsAccess".to_owned()]),
            attribute: BTreeSet::from(["aws_access".to_owned()]),
        }
    }
}

/// A thing that may hold a declaration.
pub struct Candidate {
    /// What it is.
    pub kind: CandidateKind,
    /// The file, as rustc joins it.
    pub file: PathBuf,
    /// The predicates that could not be evaluated, when it depends on some.
    pub unknown: Option<Unknown>,
}

/// A `cfg` that only a build can evaluate.
#[derive(Debug, Clone)]
pub struct Unknown {
    /// The predicates.
    pub predicates: String,
    /// The file of the attribute.
    pub file: PathBuf,
    /// The attribute.
    pub span: Span,
}

/// What a [`Candidate`] is.
pub enum CandidateKind {
    /// A struct, enum or union with a derive, its `cfg_attr`s resolved, its fields as written.
    Type(Box<syn::DeriveInput>),
    /// A function with attributes.
    Function(syn::Ident, Vec<Attribute>),
    /// A macro whose tokens name the derive or the attribute.
    Macro(Span),
    /// An `include!` of a file that only a build knows.
    Include(Span),
}

/// What the walk of one crate gathers.
pub struct Crate {
    /// Items that may declare.
    pub candidates: Vec<Candidate>,
    /// What the macros are called.
    pub names: MacroNames,
    /// Names that it gives to the macros for others to use, by `pub use … as`.
    pub exported: MacroNames,
    /// Number of files read.
    pub files: usize,
    /// Its files with the modules that they are.
    pub parsed: Vec<Parsed>,
}

/// A file of a crate.
pub struct Parsed {
    /// Names of the modules from the crate's root.
    pub path: Vec<Box<str>>,
    /// The file, as rustc joins it.
    pub file: PathBuf,
    /// What stands in it.
    pub items: Vec<Item>,
}

/// Reads the crate whose root file is `root`.
///
/// # Errors
/// [`Failure`] when a file is missing or does not parse.
pub fn walk(
    root: &Path,
    configuration: &Configuration,
    features: &BTreeSet<String>,
    shown: &dyn Fn(&Path) -> PathBuf,
) -> Result<Crate, Failure> {
    let mut walker = Walker {
        configuration,
        features,
        shown,
        found: Crate {
            candidates: Vec::new(),
            names: MacroNames::default(),
            exported: MacroNames::default(),
            files: 0,
            parsed: Vec::new(),
        },
        path: Vec::new(),
        file: root.to_path_buf(),
        children: root.parent().unwrap_or(Path::new("")).to_path_buf(),
        in_file: true,
        open: Vec::new(),
        unknown: None,
        failure: None,
    };
    walker.enter(root.to_path_buf(), Origin::Root, None);
    match walker.failure {
        Some(failure) => Err(failure),
        None => Ok(walker.found),
    }
}

/// How a file became part of the crate: decides where its `mod`s are looked for.
enum Origin {
    /// The root, `mod.rs`, `#[path]` or `include!`: beside it.
    Root,
    /// `name.rs`: in the folder `name`.
    Named,
}

struct Walker<'a> {
    configuration: &'a Configuration,
    features: &'a BTreeSet<String>,
    shown: &'a dyn Fn(&Path) -> PathBuf,
    found: Crate,
    /// The module that is being read.
    path: Vec<Box<str>>,
    /// The file that is being read.
    file: PathBuf,
    /// Where its `mod name;` are looked for.
    children: PathBuf,
    /// Whether the walk is outside every inline module of the file.
    in_file: bool,
    /// The files that are open, to stop circles.
    open: Vec<PathBuf>,
    unknown: Option<Unknown>,
    failure: Option<Failure>,
}

impl Walker<'_> {
    fn fail(&mut self, failure: Failure) {
        // What cannot be evaluated may as well not be part of the build.
        if self.failure.is_none() && self.unknown.is_none() {
            self.failure = Some(failure);
        }
    }

    fn place(&self, span: Span) -> policy_core::finding::Place {
        super::place(&(self.shown)(&self.file), span)
    }

    /// Reads a file and walks it in place of the item at `at`.
    fn enter(&mut self, path: PathBuf, origin: Origin, at: Option<Span>) {
        if self.open.contains(&path) || self.open.len() >= MAX_DEPTH {
            let place = at.map(|span| self.place(span));
            let failure = Failure::input("the module takes in itself");
            self.fail(match place {
                Some(place) => failure.at(place),
                None => failure,
            });
            return;
        }
        let shown = (self.shown)(&path);
        let text = match crate::input::text(&shown, "a Rust source file", MAX_FILE_BYTES) {
            Ok(text) => text,
            Err(failure) => return self.fail(failure),
        };
        let file = match syn::parse_file(&text) {
            Ok(file) => file,
            Err(error) => {
                let failure = Failure::input(format!("the source does not parse: {error}"))
                    .at(super::place(&shown, error.span()));
                return self.fail(failure);
            }
        };
        self.found.files += 1;
        let parent = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let children = match origin {
            Origin::Root => parent,
            Origin::Named => parent.join(path.file_stem().unwrap_or_default()),
        };
        let before = (
            std::mem::replace(&mut self.file, path.clone()),
            std::mem::replace(&mut self.children, children),
            std::mem::replace(&mut self.in_file, true),
            self.unknown.clone(),
        );
        self.open.push(path);
        if self.active(&file.attrs).is_some() {
            for item in &file.items {
                self.visit_item(item);
            }
            let (path, file_path) = (self.path.clone(), self.file.clone());
            self.found.parsed.push(Parsed { path, file: file_path, items: file.items });
        }
        self.open.pop();
        (self.file, self.children, self.in_file, self.unknown) = before;
    }

    /// The attributes with `cfg_attr` resolved; `None` when a `cfg` leaves the item out. A
    /// predicate that cannot be evaluated marks all that follows until the caller restores it.
    fn active(&mut self, attributes: &[Attribute]) -> Option<Vec<Attribute>> {
        let resolved = resolve(attributes, self.configuration, self.features);
        if let Some((predicates, span)) = resolved.unknown
            && self.unknown.is_none()
        {
            self.unknown = Some(Unknown { predicates, file: self.file.clone(), span });
        }
        resolved.attributes
    }

    fn candidate(&mut self, kind: CandidateKind) {
        let (file, unknown) = (self.file.clone(), self.unknown.clone());
        self.found.candidates.push(Candidate { kind, file, unknown });
    }

    fn module(&mut self, module: &syn::ItemMod, attributes: &[Attribute]) {
        let name = module.ident.to_string();
        let name = name.strip_prefix("r#").unwrap_or(&name);
        self.path.push(name.into());
        self.module_named(name, module, attributes);
        self.path.pop();
    }

    fn module_named(&mut self, name: &str, module: &syn::ItemMod, attributes: &[Attribute]) {
        let path = path_attribute(attributes);
        let beside = if self.in_file {
            self.file.parent().unwrap_or(Path::new("")).to_path_buf()
        } else {
            self.children.clone()
        };
        if let Some((_, items)) = &module.content {
            let children = match path {
                Some(path) => beside.join(path),
                None => self.children.join(name),
            };
            let children = std::mem::replace(&mut self.children, children);
            let in_file = std::mem::replace(&mut self.in_file, false);
            for item in items {
                self.visit_item(item);
            }
            self.children = children;
            self.in_file = in_file;
            return;
        }
        let at = module.ident.span();
        if let Some(path) = path {
            return self.enter(beside.join(path), Origin::Root, Some(at));
        }
        let file = self.children.join(format!("{name}.rs"));
        let folder = self.children.join(name).join("mod.rs");
        if file.is_file() {
            self.enter(file, Origin::Named, Some(at));
        } else if folder.is_file() {
            self.enter(folder, Origin::Root, Some(at));
        } else {
            let (file, folder) = ((self.shown)(&file), (self.shown)(&folder));
            let failure = Failure::input(format!("there is no file for module `{name}`"))
                .at(self.place(at))
                .help(format!(
                    "expected `{}` or `{}`",
                    crate::failure::shown(&file),
                    crate::failure::shown(&folder)
                ));
            self.fail(failure);
        }
    }

    fn item_macro(&mut self, item: &syn::Macro) {
        let span =
            item.path.segments.first().map_or_else(Span::call_site, |first| first.ident.span());
        if item.path.is_ident("include") {
            match syn::parse2::<syn::LitStr>(item.tokens.clone()) {
                Ok(path) => {
                    let beside = self.file.parent().unwrap_or(Path::new("")).to_path_buf();
                    self.enter(beside.join(path.value()), Origin::Root, Some(span));
                }
                Err(_) => self.candidate(CandidateKind::Include(span)),
            }
        } else if mentions(&item.tokens, &self.found.names) {
            self.candidate(CandidateKind::Macro(span));
        }
    }

    fn function(&mut self, name: &syn::Ident, attributes: Vec<Attribute>) {
        if attributes.iter().any(|attribute| !is_common(attribute)) {
            self.candidate(CandidateKind::Function(name.clone(), attributes));
        }
    }

    fn item_type(&mut self, mut input: syn::DeriveInput, attributes: Vec<Attribute>) {
        if attributes.iter().any(|attribute| attribute.path().is_ident("derive")) {
            input.attrs = attributes;
            self.candidate(CandidateKind::Type(Box::new(input)));
        }
    }

    fn uses(&mut self, tree: &syn::UseTree, is_public: bool) {
        match tree {
            syn::UseTree::Path(path) => self.uses(&path.tree, is_public),
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.uses(tree, is_public);
                }
            }
            syn::UseTree::Rename(rename) => {
                let to = rename.rename.to_string();
                let Crate { names, exported, .. } = &mut self.found;
                for names in [Some(names), is_public.then_some(exported)].into_iter().flatten() {
                    if rename.ident == "AwsAccess" {
                        names.derive.insert(to.clone());
                    } else if rename.ident == "aws_access" {
                        names.attribute.insert(to.clone());
                    }
                }
            }
            syn::UseTree::Name(_) | syn::UseTree::Glob(_) => {}
        }
    }
}

impl<'ast> Visit<'ast> for Walker<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let unknown = self.unknown.clone();
        if let Some(attributes) = self.active(attributes_of(item)) {
            match item {
                Item::Mod(module) => self.module(module, &attributes),
                Item::Use(item) => {
                    self.uses(&item.tree, matches!(item.vis, syn::Visibility::Public(_)));
                }
                Item::Macro(item) => self.item_macro(&item.mac),
                Item::Struct(item) if !item.attrs.is_empty() => {
                    self.item_type(item.clone().into(), attributes);
                }
                Item::Enum(item) if !item.attrs.is_empty() => {
                    self.item_type(item.clone().into(), attributes);
                }
                Item::Union(item) if !item.attrs.is_empty() => {
                    self.item_type(item.clone().into(), attributes);
                }
                Item::Fn(item) => {
                    self.function(&item.sig.ident, attributes);
                    visit::visit_block(self, &item.block);
                }
                other => visit::visit_item(self, other),
            }
        }
        self.unknown = unknown;
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let unknown = self.unknown.clone();
        if let Some(attributes) = self.active(&item.attrs) {
            self.function(&item.sig.ident, attributes);
            visit::visit_block(self, &item.block);
        }
        self.unknown = unknown;
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        let unknown = self.unknown.clone();
        // Without a body there is nothing that the macro could stand on.
        if let Some(body) = &item.default
            && let Some(attributes) = self.active(&item.attrs)
        {
            self.function(&item.sig.ident, attributes);
            visit::visit_block(self, body);
        }
        self.unknown = unknown;
    }

    fn visit_stmt_macro(&mut self, item: &'ast syn::StmtMacro) {
        if mentions(&item.mac.tokens, &self.found.names) {
            self.item_macro(&item.mac);
        }
    }
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

/// Whether tokens name one of the macros.
fn mentions(tokens: &TokenStream, names: &MacroNames) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions(&group.stream(), names),
        TokenTree::Ident(ident) => {
            let ident = ident.to_string();
            names.derive.contains(&ident) || names.attribute.contains(&ident)
        }
        _ => false,
    })
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
