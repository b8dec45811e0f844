//! Written types → [`Type`], and what follows from them: signatures, fields, methods of types.

use std::collections::BTreeMap;
use std::rc::Rc;

use syn::punctuated::Punctuated;
use syn::{Fields, FnArg, GenericArgument, GenericParam, Generics, PathArguments, ReturnType};

use super::items::plain;
use super::names::{Def, Space};
use super::program::{Key, OfTrait, Owner, Program, TypeKind, Typed};
use super::sdk;
use super::types::{FunctionId, ImplId, Known, ModuleId, TraitId, Type, TypeId};

/// Deepest nesting of aliases and arguments that is followed.
const MAX_DEPTH: usize = 24;

/// Where a type is written.
#[derive(Debug, Clone)]
pub(super) struct Context {
    pub(super) module: ModuleId,
    /// Generic parameters in sight, the innermost last.
    pub(super) generics: Vec<(Rc<str>, Type)>,
    pub(super) self_type: Option<Type>,
    /// The `impl` whose associated types `Self::…` names.
    pub(super) inside: Option<ImplId>,
}

impl Context {
    pub(super) fn of(module: ModuleId) -> Self {
        Self { module, generics: Vec::new(), self_type: None, inside: None }
    }
}

/// Pointers and guards that are looked through.
const TRANSPARENT: &[&str] = &[
    "Arc",
    "Box",
    "Cow",
    "MutexGuard",
    "OwnedMutexGuard",
    "OwnedRwLockReadGuard",
    "Pin",
    "Rc",
    "Ref",
    "RefMut",
    "RwLockReadGuard",
    "RwLockWriteGuard",
];

impl Program<'_> {
    /// The type as far as its text says it.
    pub(super) fn convert(&self, context: &Context, ty: &syn::Type) -> Type {
        self.convert_to(context, ty, 0)
    }

    fn convert_to(&self, context: &Context, ty: &syn::Type, depth: usize) -> Type {
        if depth > MAX_DEPTH {
            return Type::Unknown;
        }
        let depth = depth + 1;
        match ty {
            syn::Type::Reference(it) => self.convert_to(context, &it.elem, depth),
            syn::Type::Paren(it) => self.convert_to(context, &it.elem, depth),
            syn::Type::Group(it) => self.convert_to(context, &it.elem, depth),
            syn::Type::Ptr(it) => self.convert_to(context, &it.elem, depth),
            syn::Type::Slice(it) => self.convert_to(context, &it.elem, depth).wrapped(),
            syn::Type::Array(it) => self.convert_to(context, &it.elem, depth).wrapped(),
            syn::Type::Tuple(it) => {
                let parts: Rc<[Type]> =
                    it.elems.iter().map(|it| self.convert_to(context, it, depth)).collect();
                if parts.iter().any(Type::matters) { Type::Tuple(parts) } else { Type::Unknown }
            }
            syn::Type::ImplTrait(it) => self.bounds(context, &it.bounds, depth),
            syn::Type::TraitObject(it) => self.bounds(context, &it.bounds, depth),
            syn::Type::FnPtr(it) => {
                let params = it.inputs.iter();
                let params = params.map(|it| self.convert_to(context, &it.ty, depth)).collect();
                Type::callable(params, self.output(context, &it.output, depth))
            }
            syn::Type::Path(it) if it.qself.is_some() => {
                let last = it.path.segments.last();
                last.map_or(Type::Unknown, |last| self.associated(context, &last.ident, depth))
            }
            syn::Type::Path(it) => self.convert_path(context, &it.path, depth),
            _ => Type::Unknown,
        }
    }

    fn output(&self, context: &Context, output: &ReturnType, depth: usize) -> Type {
        match output {
            ReturnType::Default => Type::Unknown,
            ReturnType::Type(_, ty) => self.convert_to(context, ty, depth),
        }
    }

    /// `Self::Name` inside an `impl`.
    fn associated(&self, context: &Context, name: &syn::Ident, depth: usize) -> Type {
        let written =
            context.inside.and_then(|id| self.impls[id.0].associated.get(&name.to_string()));
        written.map_or(Type::Unknown, |ty| self.convert_to(context, ty, depth))
    }

    fn convert_path(&self, context: &Context, path: &syn::Path, depth: usize) -> Type {
        let Some(last) = path.segments.last() else { return Type::Unknown };
        let first = path.segments.first().map(|first| plain(&first.ident)).unwrap_or_default();
        let generic = context.generics.iter().rev().find(|(name, _)| **name == *first);
        if path.leading_colon.is_none() && (first == "Self" || generic.is_some()) {
            return match (path.segments.len(), generic) {
                (1, Some((_, ty))) => ty.clone(),
                (1, None) => context.self_type.clone().unwrap_or(Type::Unknown),
                (_, None) => self.associated(context, &last.ident, depth),
                _ => Type::Unknown,
            };
        }
        let arguments: Vec<&syn::Type> = match &last.arguments {
            PathArguments::AngleBracketed(it) => it
                .args
                .iter()
                .filter_map(|it| match it {
                    GenericArgument::Type(ty) => Some(ty),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        let names: Vec<String> = path.segments.iter().map(|it| plain(&it.ident)).collect();
        let leading = path.leading_colon.is_some();
        let convert = |ty: &&syn::Type| self.convert_to(context, ty, depth);
        match self.resolve(context.module, &names, leading, Space::Types) {
            Some((Def::Type(id), taken)) if taken == names.len() => {
                self.applied(id, arguments.iter().map(convert).collect(), depth)
            }
            Some((Def::External(path), _)) => self.foreign_type(&path, &arguments, &convert),
            Some((Def::Trait(id), _)) => Type::Opaque([id].into()),
            Some(_) => Type::Unknown,
            None => self.foreign_type(&names.join("::"), &arguments, &convert),
        }
    }

    /// A type of the source with its arguments.
    fn applied(&self, id: TypeId, arguments: Vec<Type>, depth: usize) -> Type {
        let def = &self.types[id.0];
        match &def.kind {
            TypeKind::Handle(_) => Type::Sdk(super::types::Sdk::Handle(id)),
            TypeKind::Alias(ty) => {
                let mut context = Context::of(def.module);
                let mut known = Known::default();
                if let Some(generics) = def.generics {
                    self.add_generics(&mut context, generics, depth);
                    for ((name, _), actual) in context.generics.iter().zip(&arguments) {
                        known.set(name, actual);
                    }
                }
                self.convert_to(&context, ty, depth).with(&known)
            }
            _ => Type::Local(id, arguments.into()),
        }
    }

    fn foreign_type(
        &self,
        path: &str,
        arguments: &[&syn::Type],
        convert: &dyn Fn(&&syn::Type) -> Type,
    ) -> Type {
        if let Some(sdk) = sdk::type_of(path) {
            return sdk;
        }
        let name = path.rsplit("::").next().unwrap_or(path);
        if TRANSPARENT.contains(&name) {
            return arguments.last().map_or(Type::Unknown, convert);
        }
        let inner = match name {
            // The error of a result and the key of a map lead nowhere.
            "Result" => arguments.first().map(convert),
            "HashMap" | "BTreeMap" | "IndexMap" | "DashMap" => arguments.last().map(convert),
            _ => arguments.iter().map(convert).find(Type::matters),
        };
        match inner {
            Some(inner) if inner.matters() => inner.wrapped(),
            _ => Type::External(path.into()),
        }
    }

    /// What the bounds of a parameter or an opaque type say.
    fn bounds(
        &self,
        context: &Context,
        bounds: &Punctuated<syn::TypeParamBound, syn::Token![+]>,
        depth: usize,
    ) -> Type {
        let mut traits: Vec<TraitId> = Vec::new();
        for bound in bounds {
            let syn::TypeParamBound::Trait(bound) = bound else { continue };
            let Some(last) = bound.path.segments.last() else { continue };
            let names: Vec<String> =
                bound.path.segments.iter().map(|it| plain(&it.ident)).collect();
            let leading = bound.path.leading_colon.is_some();
            if let Some((Def::Trait(id), _)) =
                self.resolve(context.module, &names, leading, Space::Types)
            {
                // What its parameters stand for says nothing of the value: `dyn Bus<Event = Order>` is a bus.
                traits.push(id);
                continue;
            }
            match &last.arguments {
                PathArguments::Parenthesized(it) => {
                    let params = it.inputs.iter();
                    let params =
                        params.map(|it| self.convert_to(context, &it.ty, depth + 1)).collect();
                    return Type::callable(params, self.output(context, &it.output, depth + 1));
                }
                PathArguments::AngleBracketed(it) => {
                    let is_conversion = matches!(
                        last.ident.to_string().as_str(),
                        "AsRef" | "Borrow" | "Into" | "TryInto"
                    );
                    for argument in &it.args {
                        let ty = match argument {
                            GenericArgument::AssocType(it) => {
                                self.convert_to(context, &it.ty, depth + 1)
                            }
                            GenericArgument::Type(ty) if is_conversion => {
                                self.convert_to(context, ty, depth + 1)
                            }
                            _ => continue,
                        };
                        if ty.matters() {
                            return ty.wrapped();
                        }
                    }
                }
                PathArguments::None => {}
            }
        }
        if traits.is_empty() { Type::Unknown } else { Type::Opaque(traits.into()) }
    }

    /// Brings generic parameters into sight.
    pub(super) fn add_generics(&self, context: &mut Context, generics: &Generics, depth: usize) {
        let start = context.generics.len();
        for param in &generics.params {
            if let GenericParam::Type(param) = param {
                let name: Rc<str> = param.ident.to_string().into();
                let ty = Type::Param(name.clone(), Rc::new(Type::Unknown));
                context.generics.push((name, ty));
            }
        }
        // Twice: the bounds of one parameter may name another that stands after it.
        for _ in 0..2 {
            for param in &generics.params {
                if let GenericParam::Type(param) = param {
                    let bounds = self.bounds(context, &param.bounds, depth);
                    bound(context, start, &param.ident.to_string(), bounds);
                }
            }
            for predicate in generics.where_clause.iter().flat_map(|it| &it.predicates) {
                if let syn::WherePredicate::Type(predicate) = predicate
                    && let syn::Type::Path(path) = &predicate.bounded_ty
                    && let Some(name) = path.path.get_ident()
                {
                    let bounds = self.bounds(context, &predicate.bounds, depth);
                    bound(context, 0, &name.to_string(), bounds);
                }
            }
        }
    }

    /// What a function sees.
    pub(super) fn context_of(&self, id: FunctionId) -> Context {
        let function = &self.functions[id.0];
        let mut context = Context::of(function.module);
        match function.owner {
            Owner::Module => {}
            Owner::Impl(id) => {
                self.add_generics(&mut context, self.impls[id.0].generics, 0);
                context.self_type = self.impl_types.get(id.0).map(|(ty, _)| ty.clone());
                context.inside = Some(id);
            }
            Owner::Trait(id) => {
                self.add_generics(&mut context, self.traits[id.0].generics, 0);
                let own = Rc::new(Type::Opaque([id].into()));
                context.self_type = Some(Type::Param("Self".into(), own));
            }
        }
        if let Some(signature) = function.signature {
            self.add_generics(&mut context, &signature.generics, 0);
        }
        context
    }

    fn typed(&self, id: FunctionId) -> Typed {
        let function = &self.functions[id.0];
        let context = self.context_of(id);
        let Some(signature) = function.signature else {
            let output = function.annotation.map(|ty| self.convert(&context, ty));
            return Typed {
                self_type: None,
                takes_self: false,
                params: Vec::new(),
                output: output.unwrap_or(Type::Unknown),
                generics: Vec::new(),
            };
        };
        let mut params = Vec::new();
        let mut takes_self = false;
        for input in &signature.inputs {
            match input {
                FnArg::Receiver(_) => takes_self = true,
                FnArg::Typed(it) => params.push(self.convert(&context, &it.ty)),
            }
        }
        let own = signature.generics.type_params().map(|it| it.ident.to_string().into());
        Typed {
            takes_self,
            params,
            output: self.output(&context, &signature.output, 0),
            generics: own.collect(),
            self_type: context.self_type,
        }
    }

    /// Fills what follows from names, once all are known.
    pub(super) fn connect(&mut self) {
        let mut impl_types = Vec::with_capacity(self.impls.len());
        for index in 0..self.impls.len() {
            impl_types.push(self.impl_type(ImplId(index)));
        }
        self.impl_types = impl_types;
        self.typed = (0..self.functions.len()).map(|index| self.typed(FunctionId(index))).collect();
        self.fields = (0..self.types.len()).map(|index| self.fields_of(TypeId(index))).collect();
        for index in 0..self.impls.len() {
            self.add_methods(ImplId(index));
        }
        for (index, function) in self.functions.iter().enumerate() {
            if !matches!(function.owner, Owner::Module) && function.signature.is_some() {
                let named = self.methods_by_name.entry(function.name.clone()).or_default();
                named.push(FunctionId(index));
            }
        }
    }

    fn impl_type(&self, id: ImplId) -> (Type, OfTrait) {
        let def = &self.impls[id.0];
        let mut context = Context::of(def.module);
        self.add_generics(&mut context, def.generics, 0);
        let ty = self.convert(&context, def.self_type);
        let of_trait = match def.of_trait {
            None => OfTrait::None,
            Some(path) => {
                let names: Vec<String> = path.segments.iter().map(|it| plain(&it.ident)).collect();
                let leading = path.leading_colon.is_some();
                match self.resolve(def.module, &names, leading, Space::Types) {
                    Some((Def::Trait(id), _)) => OfTrait::Local(id),
                    _ => OfTrait::External,
                }
            }
        };
        (ty, of_trait)
    }

    fn add_methods(&mut self, id: ImplId) {
        let (ty, of_trait) = self.impl_types[id.0].clone();
        let functions = self.impls[id.0].functions.clone();
        let Some(key) = key_of(&ty) else {
            if let OfTrait::Local(of_trait) = of_trait {
                self.blankets.push((of_trait, id));
            }
            return;
        };
        for function in functions {
            let name = self.functions[function.0].name.clone();
            let known = self.methods.entry((key.clone(), name)).or_default();
            // Inherent methods come before those of traits.
            let at = if of_trait == OfTrait::None { 0 } else { known.len() };
            known.insert(at, function);
        }
        if let OfTrait::Local(of_trait) = of_trait {
            self.traits_of.entry(key.clone()).or_default().push(of_trait);
        }
        let is_deref = self.impls[id.0]
            .of_trait
            .is_some_and(|path| path.segments.last().is_some_and(|last| last.ident == "Deref"));
        if is_deref && let Some(target) = self.impls[id.0].associated.get("Target") {
            let mut context = Context::of(self.impls[id.0].module);
            self.add_generics(&mut context, self.impls[id.0].generics, 0);
            context.self_type = Some(ty);
            let target = self.convert(&context, target);
            self.targets.insert(key, target);
        }
    }

    /// Fields by name; of a variant by `Variant.name`.
    fn fields_of(&self, id: TypeId) -> BTreeMap<String, Type> {
        let def = &self.types[id.0];
        let mut context = Context::of(def.module);
        if let Some(generics) = def.generics {
            self.add_generics(&mut context, generics, 0);
            let own = context.generics.iter().map(|(_, ty)| ty.clone()).collect();
            context.self_type = Some(Type::Local(id, own));
        }
        let mut out = BTreeMap::new();
        let mut add = |prefix: &str, fields: &Fields| {
            for (index, field) in fields.iter().enumerate() {
                let name = field.ident.as_ref().map_or_else(|| index.to_string(), plain);
                let ty = self.convert(&context, &field.ty);
                out.insert(format!("{prefix}{name}"), ty);
            }
        };
        match &def.kind {
            TypeKind::Struct(fields) => add("", fields),
            TypeKind::Enum(item) => {
                for variant in &item.variants {
                    add(&format!("{}.", plain(&variant.ident)), &variant.fields);
                }
            }
            _ => {}
        }
        out
    }

    /// The type of a field of a value of this type.
    pub(super) fn field(&self, id: TypeId, arguments: &[Type], name: &str) -> Option<Type> {
        let ty = self.fields[id.0].get(name)?;
        let mut known = Known::default();
        if let Some(generics) = self.types[id.0].generics {
            for (param, actual) in generics.type_params().zip(arguments) {
                known.set(&param.ident.to_string().into(), actual);
            }
        }
        Some(ty.with(&known))
    }

    /// A trait and those it is built on.
    pub(super) fn with_supertraits(&self, traits: &[TraitId]) -> Vec<TraitId> {
        let mut all = traits.to_vec();
        let mut at = 0;
        while let Some(id) = all.get(at).copied() {
            let def = &self.traits[id.0];
            let context = Context::of(def.module);
            if let Type::Opaque(more) = self.bounds(&context, def.supertraits, 0) {
                for id in more.iter() {
                    if !all.contains(id) {
                        all.push(*id);
                    }
                }
            }
            at += 1;
        }
        all
    }
}

fn bound(context: &mut Context, start: usize, name: &str, bounds: Type) {
    if bounds == Type::Unknown {
        return;
    }
    for (known, ty) in &mut context.generics[start..] {
        if **known == *name {
            *ty = Type::Param(known.clone(), Rc::new(bounds.clone()));
        }
    }
}

/// By what the methods of a type are found.
pub(super) fn key_of(ty: &Type) -> Option<Key> {
    match ty {
        Type::Local(id, _) => Some(Key::Local(*id)),
        Type::Sdk(super::types::Sdk::Client(client)) => Some(Key::Client(client.clone())),
        Type::Sdk(super::types::Sdk::Handle(id)) => Some(Key::Local(*id)),
        Type::External(path) => Some(Key::External(path.clone())),
        Type::Wrap(inner) => key_of(inner),
        _ => None,
    }
}
