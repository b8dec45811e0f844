//! Paths to items, as the compiler resolves them: imports, globs, re-exports, names of other crates.

use std::collections::HashMap;
use std::rc::Rc;

use super::Extern;
use super::program::{Name, Program};
use super::types::{FunctionId, ModuleId, TraitId, TypeId};

/// Deepest chain of imports that is followed.
const MAX_DEPTH: usize = 24;

/// Names that were looked up, by module.
pub(super) type Resolved = HashMap<(ModuleId, Space), HashMap<String, Option<Def>>>;

/// What a path names.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Def {
    Module(ModuleId),
    Type(TypeId),
    Trait(TraitId),
    Function(FunctionId),
    /// A path into a crate that is not given as source, the crate by its own name.
    External(Rc<str>),
}

/// Types and values have names of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Space {
    Types,
    Values,
}

impl Program<'_> {
    /// What the path names, and how many of its segments that takes: what follows a type is a
    /// variant or an associated item.
    pub(super) fn resolve(
        &self,
        module: ModuleId,
        path: &[String],
        leading: bool,
        space: Space,
    ) -> Option<(Def, usize)> {
        self.resolve_to(module, path, leading, space, 0)
    }

    fn resolve_to(
        &self,
        module: ModuleId,
        path: &[String],
        leading: bool,
        space: Space,
        depth: usize,
    ) -> Option<(Def, usize)> {
        if depth > MAX_DEPTH {
            return None;
        }
        let first = path.first()?;
        let space_of = |index: usize| if index + 1 == path.len() { space } else { Space::Types };
        let crate_index = self.modules[module.0].crate_index;
        let mut at = 1;
        let mut current = if leading {
            self.foreign(crate_index, first)?
        } else {
            match first.as_str() {
                "crate" => Def::Module(self.roots[crate_index]),
                "self" => Def::Module(self.real(module)),
                "super" => Def::Module(self.parent(module)?),
                name => self
                    .lexical(module, name, space_of(0), depth)
                    .or_else(|| self.foreign(crate_index, name))
                    // Of a path that goes on, the first name may also be that of a type.
                    .or_else(|| self.lexical(module, name, Space::Types, depth))?,
            }
        };
        while let Some(name) = path.get(at) {
            current = match current {
                Def::Module(inside) if name == "super" => Def::Module(self.parent(inside)?),
                Def::Module(inside) => self
                    .member(inside, name, space_of(at), depth)
                    .or_else(|| self.member(inside, name, Space::Types, depth))?,
                Def::External(path) => Def::External(format!("{path}::{name}").into()),
                found => return Some((found, at)),
            };
            at += 1;
        }
        Some((current, at))
    }

    /// The module itself, not a block in it.
    fn real(&self, mut module: ModuleId) -> ModuleId {
        while self.modules[module.0].is_block {
            match self.modules[module.0].parent {
                Some(parent) => module = parent,
                None => break,
            }
        }
        module
    }

    fn parent(&self, module: ModuleId) -> Option<ModuleId> {
        self.modules[self.real(module).0].parent.map(|parent| self.real(parent))
    }

    /// A name as code in the module sees it.
    fn lexical(&self, module: ModuleId, name: &str, space: Space, depth: usize) -> Option<Def> {
        let mut module = module;
        loop {
            if let Some(found) = self.member(module, name, space, depth) {
                return Some(found);
            }
            if !self.modules[module.0].is_block {
                return None;
            }
            module = self.modules[module.0].parent?;
        }
    }

    /// A name inside a module. What is being looked up is not found in itself, so that circles of imports end.
    fn member(&self, module: ModuleId, name: &str, space: Space, depth: usize) -> Option<Def> {
        let is_first = self.resolving.borrow().is_empty();
        if is_first
            && let Some(known) = self.resolved.borrow().get(&(module, space))
            && let Some(known) = known.get(name)
        {
            return known.clone();
        }
        let asked = (module, space, name.to_owned());
        if self.resolving.borrow().contains(&asked) {
            return None;
        }
        self.resolving.borrow_mut().push(asked);
        let found = self.find_member(module, name, space, depth);
        self.resolving.borrow_mut().pop();
        // An answer inside a circle may lack what the circle leads to.
        if is_first {
            let mut resolved = self.resolved.borrow_mut();
            resolved.entry((module, space)).or_default().insert(name.to_owned(), found.clone());
        }
        found
    }

    fn find_member(&self, module: ModuleId, name: &str, space: Space, depth: usize) -> Option<Def> {
        let names = self.modules[module.0].names.get(name);
        for found in names.into_iter().flatten() {
            let def = match found {
                Name::Module(id) if space == Space::Types => Def::Module(*id),
                Name::Type(id) => Def::Type(*id),
                Name::Trait(id) if space == Space::Types => Def::Trait(*id),
                Name::Function(id) if space == Space::Values => Def::Function(*id),
                Name::Use(path, leading) => {
                    match self.imported(module, path, *leading, space, depth + 1) {
                        Some(def) => def,
                        None => continue,
                    }
                }
                _ => continue,
            };
            // A struct is a value too, but a function of that name is more of one.
            let is_better = |other: &Name| matches!(other, Name::Function(_));
            if space == Space::Values
                && matches!(def, Def::Type(_))
                && names.into_iter().flatten().any(is_better)
            {
                continue;
            }
            return Some(def);
        }
        if depth > MAX_DEPTH {
            return None;
        }
        let mut foreign = None;
        for (path, leading) in &self.modules[module.0].globs {
            let found = self.imported(module, path, *leading, Space::Types, depth + 1);
            match found {
                Some(Def::Module(inside)) if inside != module => {
                    if let Some(found) = self.member(inside, name, space, depth + 1) {
                        return Some(found);
                    }
                }
                Some(Def::Type(id)) if self.variant(id, name) => return Some(Def::Type(id)),
                Some(Def::External(path)) if foreign.is_none() && is_of_glob(&path, name) => {
                    foreign = Some(Def::External(format!("{path}::{name}").into()));
                }
                _ => {}
            }
        }
        foreign
    }

    fn imported(
        &self,
        module: ModuleId,
        path: &[String],
        leading: bool,
        space: Space,
        depth: usize,
    ) -> Option<Def> {
        // `use dynamodb;` of an extern crate must not find itself.
        if let [only] = path
            && !leading
            && let Some(def) = self.foreign(self.modules[module.0].crate_index, only)
        {
            return Some(def);
        }
        let (def, taken) = self.resolve_to(module, path, leading, space, depth)?;
        (taken == path.len() || matches!(def, Def::Type(_))).then_some(def)
    }

    fn foreign(&self, crate_index: usize, name: &str) -> Option<Def> {
        match self.crates[crate_index].externs.get(name) {
            Some(Extern::Source(index)) => Some(Def::Module(*self.roots.get(*index)?)),
            Some(Extern::Registry(own)) => Some(Def::External((&**own).into())),
            None if matches!(name, "std" | "core" | "alloc") => Some(Def::External("std".into())),
            None => name.starts_with(super::sdk::CRATE_PREFIX).then(|| Def::External(name.into())),
        }
    }

    /// Whether an enum has a variant of that name.
    pub(super) fn variant(&self, id: TypeId, name: &str) -> bool {
        match &self.types[id.0].kind {
            super::program::TypeKind::Enum(item) => {
                item.variants.iter().any(|variant| variant.ident == name)
            }
            _ => false,
        }
    }
}

/// Whether a glob of another crate may bring a name: of SDK crates only those that lead to clients.
fn is_of_glob(path: &str, name: &str) -> bool {
    match super::sdk::client_of(path) {
        Some((_, "")) => {
            matches!(name, "Client" | "Config" | "client" | "config" | "operation" | "types")
        }
        Some(_) => name.starts_with(|c: char| c.is_ascii_uppercase()),
        None => name.starts_with(super::sdk::CRATE_PREFIX),
    }
}
