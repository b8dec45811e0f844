//! What is known of all crates: modules with their names, types, traits, functions, impls.
//!
//! `items` fills it, `signature` adds what follows from names. A block with items of its own is a module inside the module around it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use syn::punctuated::Punctuated;
use syn::{Block, Expr, Fields, Generics};

use super::SourceCrate;
use super::handle::Handle;
use super::macros::Expanded;
use super::names::{Resolved, Space};
use super::types::{FunctionId, ImplId, ModuleId, TraitId, Type, TypeId};
use crate::catalog::Catalog;

/// What a name in a module stands for.
#[derive(Debug, Clone)]
pub(super) enum Name {
    Module(ModuleId),
    Type(TypeId),
    Trait(TraitId),
    Function(FunctionId),
    /// Imported: the path, and whether it begins with `::`.
    Use(Rc<[String]>, bool),
}

#[derive(Debug)]
pub(super) struct Module {
    pub(super) crate_index: usize,
    pub(super) parent: Option<ModuleId>,
    /// A block sees the names of the module around it.
    pub(super) is_block: bool,
    pub(super) names: HashMap<String, Vec<Name>>,
    pub(super) globs: Vec<(Rc<[String]>, bool)>,
}

pub(super) enum TypeKind<'a> {
    Struct(&'a Fields),
    Enum(&'a syn::ItemEnum),
    Union,
    Alias(&'a syn::Type),
    /// Made by the derive for a field.
    Handle(Rc<Handle>),
}

pub(super) struct TypeDef<'a> {
    pub(super) module: ModuleId,
    pub(super) generics: Option<&'a Generics>,
    pub(super) kind: TypeKind<'a>,
}

pub(super) struct TraitDef<'a> {
    pub(super) module: ModuleId,
    pub(super) generics: &'a Generics,
    pub(super) name: String,
    pub(super) supertraits: &'a Punctuated<syn::TypeParamBound, syn::Token![+]>,
    pub(super) functions: BTreeMap<String, FunctionId>,
}

pub(super) struct ImplDef<'a> {
    pub(super) module: ModuleId,
    pub(super) generics: &'a Generics,
    pub(super) self_type: &'a syn::Type,
    pub(super) of_trait: Option<&'a syn::Path>,
    pub(super) associated: HashMap<String, &'a syn::Type>,
    pub(super) functions: Vec<FunctionId>,
}

#[derive(Clone, Copy)]
pub(super) enum Owner {
    Module,
    Impl(ImplId),
    Trait(TraitId),
}

#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    None,
    Block(&'a Block),
    /// Of a constant or static.
    Expr(&'a Expr),
}

pub(super) struct Function<'a> {
    pub(super) name: String,
    pub(super) module: ModuleId,
    pub(super) crate_index: usize,
    pub(super) file: &'a str,
    pub(super) owner: Owner,
    /// `None` for constants and statics.
    pub(super) signature: Option<&'a syn::Signature>,
    /// The type of a constant or static.
    pub(super) annotation: Option<&'a syn::Type>,
    pub(super) body: Body<'a>,
    /// Whether it is surely part of the build.
    pub(super) is_sure: bool,
}

/// What stands between methods and the type they belong to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Local(TypeId),
    Client(Rc<str>),
    External(Rc<str>),
}

/// The types of a function.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub(super) self_type: Option<Type>,
    pub(super) takes_self: bool,
    pub(super) params: Vec<Type>,
    pub(super) output: Type,
    /// Its own parameters in order, for `f::<T>()`.
    pub(super) generics: Vec<Rc<str>>,
}

/// The trait of an `impl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OfTrait {
    /// Inherent.
    None,
    Local(TraitId),
    /// Of another crate, which may call its methods.
    External,
}

pub(super) struct Program<'a> {
    pub(super) crates: &'a [SourceCrate<'a>],
    pub(super) catalog: &'a Catalog,
    pub(super) expanded: &'a Expanded,
    pub(super) modules: Vec<Module>,
    pub(super) roots: Vec<ModuleId>,
    pub(super) types: Vec<TypeDef<'a>>,
    pub(super) type_names: Vec<String>,
    pub(super) traits: Vec<TraitDef<'a>>,
    pub(super) functions: Vec<Function<'a>>,
    pub(super) impls: Vec<ImplDef<'a>>,
    pub(super) blocks: HashMap<*const Block, ModuleId>,
    /// The SDK clients that each crate depends on or imports, without `aws_sdk_`.
    pub(super) sdk_clients: Vec<BTreeSet<Rc<str>>>,
    // What is known once all names are: see `signature`.
    pub(super) typed: Vec<Typed>,
    pub(super) impl_types: Vec<(Type, OfTrait)>,
    pub(super) fields: Vec<BTreeMap<String, Type>>,
    pub(super) methods: HashMap<(Key, String), Vec<FunctionId>>,
    pub(super) methods_by_name: HashMap<String, Vec<FunctionId>>,
    pub(super) traits_of: HashMap<Key, Vec<TraitId>>,
    /// Traits that a parameter implements: `impl<T> Store for T`.
    pub(super) blankets: Vec<(TraitId, ImplId)>,
    pub(super) targets: HashMap<Key, Type>,
    /// Names that are being looked up, to stop circles; and those that were.
    pub(super) resolving: RefCell<Vec<(ModuleId, Space, String)>>,
    pub(super) resolved: RefCell<Resolved>,
}
