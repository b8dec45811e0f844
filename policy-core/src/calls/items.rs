//! The items of all crates, gathered.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use syn::visit::{self, Visit};
use syn::{Attribute, Block, Expr, Generics, ImplItem, Item, Stmt, TraitItem, UseTree};

use super::handle;
use super::macros::Expanded;
use super::program::{
    Body, Function, ImplDef, Module, Name, Owner, Program, TraitDef, TypeDef, TypeKind,
};
use super::sdk::CRATE_PREFIX;
use super::types::{FunctionId, ImplId, ModuleId, TraitId, TypeId};
use super::{Extern, Presence, SourceCrate};
use crate::catalog::Catalog;

/// Where items are added.
#[derive(Clone, Copy)]
struct At<'a> {
    module: ModuleId,
    file: &'a str,
    is_sure: bool,
}

impl<'a> Program<'a> {
    pub(super) fn new(
        crates: &'a [SourceCrate<'a>],
        expanded: &'a Expanded,
        catalog: &'a Catalog,
    ) -> Self {
        let mut program = Self {
            crates,
            catalog,
            expanded,
            modules: Vec::new(),
            roots: Vec::new(),
            types: Vec::new(),
            type_names: Vec::new(),
            traits: Vec::new(),
            functions: Vec::new(),
            impls: Vec::new(),
            blocks: HashMap::new(),
            sdk_clients: Vec::new(),
            typed: Vec::new(),
            impl_types: Vec::new(),
            fields: Vec::new(),
            methods: HashMap::new(),
            methods_by_name: HashMap::new(),
            traits_of: HashMap::new(),
            blankets: Vec::new(),
            targets: HashMap::new(),
            resolving: RefCell::default(),
            resolved: RefCell::default(),
        };
        for (index, source) in crates.iter().enumerate() {
            let root = program.module(index, None, false);
            program.roots.push(root);
            for file in &source.files {
                let mut module = root;
                for name in &file.path {
                    module = program.child(module, name);
                }
                let at = At { module, file: &file.file, is_sure: true };
                program.items(at, &file.items);
            }
        }
        program.find_clients();
        program.connect();
        program
    }

    fn find_clients(&mut self) {
        let depended = |source: &SourceCrate<'_>| -> BTreeSet<Rc<str>> {
            let names = source.externs.values().filter_map(|it| match it {
                Extern::Registry(name) => name.strip_prefix(CRATE_PREFIX),
                Extern::Source(_) => None,
            });
            names.map(Into::into).collect()
        };
        self.sdk_clients = self.crates.iter().map(depended).collect();
        for module in &self.modules {
            let imported = module.names.values().flatten().filter_map(|name| match name {
                Name::Use(path, _) => Some(path),
                _ => None,
            });
            let segments = imported.chain(module.globs.iter().map(|(path, _)| path));
            let clients = segments.flat_map(|path| path.iter());
            let clients = clients.filter_map(|it| it.strip_prefix(CRATE_PREFIX)).map(Into::into);
            self.sdk_clients[module.crate_index].extend(clients);
        }
    }

    fn module(&mut self, crate_index: usize, parent: Option<ModuleId>, is_block: bool) -> ModuleId {
        self.modules.push(Module {
            crate_index,
            parent,
            is_block,
            names: HashMap::new(),
            globs: Vec::new(),
        });
        ModuleId(self.modules.len() - 1)
    }

    /// The module of that name inside another.
    fn child(&mut self, parent: ModuleId, name: &str) -> ModuleId {
        let known = self.modules[parent.0].names.get(name);
        let known = known.and_then(|names| {
            names.iter().find_map(|it| match it {
                Name::Module(id) => Some(*id),
                _ => None,
            })
        });
        if let Some(id) = known {
            return id;
        }
        let id = self.module(self.modules[parent.0].crate_index, Some(parent), false);
        self.name(parent, name.to_owned(), Name::Module(id));
        id
    }

    fn name(&mut self, module: ModuleId, name: String, what: Name) {
        self.modules[module.0].names.entry(name).or_default().push(what);
    }

    fn present(&self, at: At<'a>, attributes: &[Attribute]) -> Option<At<'a>> {
        if attributes.is_empty() {
            return Some(at);
        }
        let crate_index = self.modules[at.module.0].crate_index;
        match (self.crates[crate_index].presence)(attributes) {
            Presence::Present => Some(at),
            Presence::Absent => None,
            Presence::Unknown => Some(At { is_sure: false, ..at }),
        }
    }

    fn items(&mut self, at: At<'a>, items: &'a [Item]) {
        for item in items {
            self.item(at, item);
        }
    }

    fn item(&mut self, at: At<'a>, item: &'a Item) {
        match item {
            Item::Use(item) if self.present(at, &item.attrs).is_some() => {
                let mut prefix = Vec::new();
                self.uses(at.module, &item.tree, &mut prefix, item.leading_colon.is_some());
            }
            Item::ExternCrate(item) => {
                if self.present(at, &item.attrs).is_some()
                    && let Some((_, alias)) = &item.rename
                {
                    let path = [item.ident.to_string()].into();
                    self.name(at.module, alias.to_string(), Name::Use(path, true));
                }
            }
            Item::Struct(item) => {
                let Some(at) = self.present(at, &item.attrs) else { return };
                self.handles(at, item);
                let kind = TypeKind::Struct(&item.fields);
                self.add_type(at, &item.ident, Some(&item.generics), kind);
            }
            Item::Enum(it) => {
                let Some(at) = self.present(at, &it.attrs) else { return };
                self.add_type(at, &it.ident, Some(&it.generics), TypeKind::Enum(it));
            }
            Item::Union(it) => {
                let Some(at) = self.present(at, &it.attrs) else { return };
                self.add_type(at, &it.ident, Some(&it.generics), TypeKind::Union);
            }
            Item::Type(it) => {
                let Some(at) = self.present(at, &it.attrs) else { return };
                let kind = TypeKind::Alias(&it.ty);
                self.add_type(at, &it.ident, Some(&it.generics), kind);
            }
            Item::Fn(it) => {
                let Some(at) = self.present(at, &it.attrs) else { return };
                let id = self.function(at, Owner::Module, &it.sig, Body::Block(&it.block));
                self.name(at.module, it.sig.ident.to_string(), Name::Function(id));
            }
            Item::Const(it) => {
                let Some(at) = self.present(at, &it.attrs) else { return };
                self.constant(at, &it.ident, &it.ty, &it.expr);
            }
            Item::Static(it) => {
                let Some(at) = self.present(at, &it.attrs) else { return };
                self.constant(at, &it.ident, &it.ty, &it.expr);
            }
            Item::Mod(it) => {
                let Some(at) = self.present(at, &it.attrs) else { return };
                if let Some((_, items)) = &it.content {
                    let module = self.child(at.module, &plain(&it.ident));
                    self.items(At { module, ..at }, items);
                }
            }
            Item::Trait(it) => self.add_trait(at, it),
            Item::Impl(it) => self.add_impl(at, it),
            Item::Macro(it) => {
                let Some(at) = self.present(at, &it.attrs) else { return };
                let expanded: &'a Expanded = self.expanded;
                if let Some(items) = expanded.items(&it.mac) {
                    self.items(at, items);
                }
            }
            _ => {}
        }
    }

    fn uses(&mut self, module: ModuleId, tree: &UseTree, prefix: &mut Vec<String>, leading: bool) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(plain(&path.ident));
                self.uses(module, &path.tree, prefix, leading);
                prefix.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.uses(module, tree, prefix, leading);
                }
            }
            UseTree::Glob(_) => self.modules[module.0].globs.push((prefix[..].into(), leading)),
            UseTree::Name(name) => self.import(module, prefix, &name.ident, None, leading),
            UseTree::Rename(it) => {
                self.import(module, prefix, &it.ident, Some(&it.rename), leading);
            }
        }
    }

    fn import(
        &mut self,
        module: ModuleId,
        prefix: &[String],
        ident: &syn::Ident,
        alias: Option<&syn::Ident>,
        leading: bool,
    ) {
        let mut path = prefix.to_vec();
        if ident != "self" || path.is_empty() {
            path.push(plain(ident));
        }
        let name = alias.map(plain).or_else(|| path.last().cloned());
        if let Some(name) = name.filter(|name| name != "_") {
            self.name(module, name, Name::Use(path.into(), leading));
        }
    }

    fn add_type(
        &mut self,
        at: At<'a>,
        name: &syn::Ident,
        generics: Option<&'a Generics>,
        kind: TypeKind<'a>,
    ) {
        let id = TypeId(self.types.len());
        self.types.push(TypeDef { module: at.module, generics, kind });
        self.type_names.push(name.to_string());
        self.name(at.module, plain(name), Name::Type(id));
    }

    /// The handle types that `#[derive(AwsAccess)]` makes for the fields of a struct.
    fn handles(&mut self, at: At<'a>, item: &'a syn::ItemStruct) {
        if !handle::declares(item) {
            return;
        }
        let built = handle::built(item, |attributes| self.present(at, attributes).is_some());
        for (name, handle) in handle::handles(&built, self.catalog) {
            if !self.modules[at.module.0].names.contains_key(&name.to_string()) {
                self.add_type(at, &name, None, TypeKind::Handle(handle.into()));
            }
        }
    }

    fn function(
        &mut self,
        at: At<'a>,
        owner: Owner,
        signature: &'a syn::Signature,
        body: Body<'a>,
    ) -> FunctionId {
        if let Body::Block(block) = body {
            BlockItems { program: self, at }.visit_block(block);
        }
        self.functions.push(Function {
            name: signature.ident.to_string(),
            module: at.module,
            crate_index: self.modules[at.module.0].crate_index,
            file: at.file,
            owner,
            signature: Some(signature),
            annotation: None,
            body,
            is_sure: at.is_sure,
        });
        FunctionId(self.functions.len() - 1)
    }

    fn add_constant(
        &mut self,
        at: At<'a>,
        owner: Owner,
        name: &syn::Ident,
        ty: &'a syn::Type,
        body: Body<'a>,
    ) -> FunctionId {
        if let Body::Expr(expr) = body {
            BlockItems { program: self, at }.visit_expr(expr);
        }
        self.functions.push(Function {
            name: name.to_string(),
            module: at.module,
            crate_index: self.modules[at.module.0].crate_index,
            file: at.file,
            owner,
            signature: None,
            annotation: Some(ty),
            body,
            is_sure: at.is_sure,
        });
        FunctionId(self.functions.len() - 1)
    }

    fn constant(&mut self, at: At<'a>, name: &syn::Ident, ty: &'a syn::Type, expr: &'a Expr) {
        let id = self.add_constant(at, Owner::Module, name, ty, Body::Expr(expr));
        self.name(at.module, plain(name), Name::Function(id));
    }

    fn add_trait(&mut self, at: At<'a>, it: &'a syn::ItemTrait) {
        let Some(at) = self.present(at, &it.attrs) else { return };
        let id = TraitId(self.traits.len());
        self.traits.push(TraitDef {
            module: at.module,
            generics: &it.generics,
            name: it.ident.to_string(),
            supertraits: &it.supertraits,
            functions: BTreeMap::new(),
        });
        self.name(at.module, plain(&it.ident), Name::Trait(id));
        let owner = Owner::Trait(id);
        for item in &it.items {
            let added = match item {
                TraitItem::Fn(it) => self.present(at, &it.attrs).map(|at| {
                    let body = it.default.as_ref().map_or(Body::None, Body::Block);
                    (&it.sig.ident, self.function(at, owner, &it.sig, body))
                }),
                TraitItem::Const(it) => self.present(at, &it.attrs).map(|at| {
                    let body = it.default.as_ref().map_or(Body::None, |(_, expr)| Body::Expr(expr));
                    (&it.ident, self.add_constant(at, owner, &it.ident, &it.ty, body))
                }),
                _ => None,
            };
            if let Some((name, function)) = added {
                self.traits[id.0].functions.insert(plain(name), function);
            }
        }
    }

    fn add_impl(&mut self, at: At<'a>, it: &'a syn::ItemImpl) {
        let Some(at) = self.present(at, &it.attrs) else { return };
        let id = ImplId(self.impls.len());
        self.impls.push(ImplDef {
            module: at.module,
            generics: &it.generics,
            self_type: &it.self_ty,
            of_trait: it.trait_.as_ref().map(|(path, _)| path),
            associated: HashMap::new(),
            functions: Vec::new(),
        });
        let owner = Owner::Impl(id);
        for item in &it.items {
            let added = match item {
                ImplItem::Fn(it) => self
                    .present(at, &it.attrs)
                    .map(|at| self.function(at, owner, &it.sig, Body::Block(&it.block))),
                ImplItem::Const(it) => self.present(at, &it.attrs).map(|at| {
                    self.add_constant(at, owner, &it.ident, &it.ty, Body::Expr(&it.expr))
                }),
                ImplItem::Type(it) => {
                    self.impls[id.0].associated.insert(it.ident.to_string(), &it.ty);
                    None
                }
                _ => None,
            };
            self.impls[id.0].functions.extend(added);
        }
    }

    /// What a call is said to stand in: `Store::put`, `handler`.
    pub(super) fn enclosing(&self, id: FunctionId) -> String {
        let function = &self.functions[id.0];
        let owner = match function.owner {
            Owner::Module => None,
            Owner::Trait(id) => Some(self.traits[id.0].name.clone()),
            Owner::Impl(id) => written_name(self.impls[id.0].self_type),
        };
        match owner {
            Some(owner) => format!("{owner}::{}", function.name),
            None => function.name.clone(),
        }
    }
}

/// Finds blocks with items inside a body.
struct BlockItems<'p, 'a> {
    program: &'p mut Program<'a>,
    at: At<'a>,
}

impl<'a> Visit<'a> for BlockItems<'_, 'a> {
    fn visit_block(&mut self, block: &'a Block) {
        let before = self.at;
        if block.stmts.iter().any(|it| matches!(it, Stmt::Item(_))) {
            let crate_index = self.program.modules[self.at.module.0].crate_index;
            let module = self.program.module(crate_index, Some(self.at.module), true);
            self.program.blocks.insert(std::ptr::from_ref(block), module);
            self.at.module = module;
        }
        for statement in &block.stmts {
            match statement {
                Stmt::Item(item) => self.program.item(self.at, item),
                other => visit::visit_stmt(self, other),
            }
        }
        self.at = before;
    }

    // Neither types nor patterns hold blocks that matter.
    fn visit_type(&mut self, _: &'a syn::Type) {}
    fn visit_pat(&mut self, _: &'a syn::Pat) {}
    fn visit_attribute(&mut self, _: &'a Attribute) {}
}

/// An identifier without `r#`.
pub(super) fn plain(ident: &syn::Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map(str::to_owned).unwrap_or(text)
}

/// The last name of a written type.
fn written_name(ty: &syn::Type) -> Option<String> {
    match ty {
        syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        syn::Type::Reference(it) => written_name(&it.elem),
        syn::Type::Paren(it) => written_name(&it.elem),
        syn::Type::Group(it) => written_name(&it.elem),
        _ => None,
    }
}
