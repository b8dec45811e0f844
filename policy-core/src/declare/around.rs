//! Code that goes around the handles: a preset that is set anew, credentials taken out of a configuration.
//!
//! The type system refuses calls that a handle does not have. It cannot refuse a builder's method; so that is looked
//! for in the source. Handles are known by the field or the parameter that holds them; what is written in another way is
//! not seen. Clients that are made beside the handles (`client-beside-handle`) are found by `calls`, which follows types.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};
use syn::{Attribute, DeriveInput, Expr, ExprMethodCall, Item, Pat, Type};

use super::{DeclaredField, FieldMethod, Preset, PresetValue, SourceFile};
use crate::catalog::Catalog;

/// A file of a crate.
pub struct ReadFile<'a> {
    /// Its name, for the place of what is found.
    pub file: &'a str,
    /// What stands in it.
    pub items: &'a [Item],
    /// Whether a thing with these attributes is part of the build.
    pub is_built: &'a dyn Fn(&[Attribute]) -> bool,
}

/// A place where code goes around the handles.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WayAround {
    /// The file.
    pub file: Box<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// What it does, as a sentence without full stop.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// The places in `files` that go around the handles which `files` declare; sorted.
///
/// Empty where nothing is declared.
#[must_use]
pub fn ways_around(files: &[ReadFile<'_>], catalog: &Catalog) -> Vec<WayAround> {
    let handles = Handles::of(files, catalog);
    if handles.fields.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for file in files {
        let mut search = Search {
            file,
            handles: &handles,
            receivers: BTreeMap::new(),
            builders: BTreeMap::new(),
            found: &mut found,
        };
        file.items.iter().for_each(|item| search.visit_item(item));
    }
    found.sort();
    found.dedup();
    found
}

/// The handles of a build.
struct Handles {
    fields: Vec<DeclaredField>,
}

impl Handles {
    fn of(files: &[ReadFile<'_>], catalog: &Catalog) -> Self {
        let mut structs = Structs { fields: Vec::new(), catalog };
        for item in files.iter().flat_map(|file| file.items) {
            structs.visit_item(item);
        }
        Self { fields: structs.fields }
    }
}

/// Finds the structs that declare.
struct Structs<'c> {
    fields: Vec<DeclaredField>,
    catalog: &'c Catalog,
}

impl Visit<'_> for Structs<'_> {
    fn visit_item_struct(&mut self, item: &syn::ItemStruct) {
        let is_field = |field: &syn::Field| super::attributes(&field.attrs).next().is_some();
        if !item.fields.iter().any(is_field) {
            return;
        }
        let file =
            SourceFile { package: "".into(), crate_name: "".into(), target: None, file: "".into() };
        let input = DeriveInput::from(item.clone());
        if let Ok(declared) = super::parse_derive(&input, &file, self.catalog) {
            self.fields.extend(declared.fields);
        }
    }
}

/// Walks through a file.
struct Search<'a> {
    file: &'a ReadFile<'a>,
    handles: &'a Handles,
    /// Parameters that are handles, by their handle type.
    receivers: BTreeMap<String, String>,
    /// Variables that hold a request of a handle.
    builders: BTreeMap<String, FieldMethod>,
    found: &'a mut Vec<WayAround>,
}

impl Search<'_> {
    fn report(&mut self, span: proc_macro2::Span, message: String, help: String) {
        let start = span.start();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.found.push(WayAround {
            file: self.file.file.into(),
            line: number(start.line),
            column: number(start.column).saturating_add(1),
            message,
            help,
        });
    }

    /// A function by itself: its parameters, and what its variables become.
    fn function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        self.builders.clear();
        self.receivers.clear();
        for input in &signature.inputs {
            if let syn::FnArg::Typed(typed) = input
                && let Pat::Ident(name) = &*typed.pat
                && let Some(handle) = last_of_type(&typed.ty)
            {
                self.receivers.insert(name.ident.to_string(), handle);
            }
        }
        self.visit_block(body);
        self.builders.clear();
        self.receivers.clear();
    }

    /// The fields whose handle the expression may be.
    fn is_handle(&self, expression: &Expr, field: &DeclaredField) -> bool {
        match expression {
            Expr::Field(access) => {
                matches!(&access.member, syn::Member::Named(name) if *name == field.name)
            }
            Expr::Path(path) => {
                let name = path.path.get_ident().map(ToString::to_string).unwrap_or_default();
                self.receivers.get(&name).is_some_and(|handle| field.handle == handle)
            }
            Expr::Paren(paren) => self.is_handle(&paren.expr, field),
            Expr::Reference(reference) => self.is_handle(&reference.expr, field),
            _ => false,
        }
    }

    /// The method of a handle that began the request which the expression builds.
    fn builder_of(&self, expression: &Expr) -> Option<FieldMethod> {
        match expression {
            Expr::MethodCall(call) => {
                let own = self.handles.fields.iter().find_map(|field| {
                    let method = field.methods.iter().find(|method| call.method == method.name)?;
                    (call.args.is_empty() && self.is_handle(&call.receiver, field))
                        .then_some(method)
                });
                own.cloned().or_else(|| self.builder_of(&call.receiver))
            }
            Expr::Path(path) => self.builders.get(&path.path.get_ident()?.to_string()).cloned(),
            _ => None,
        }
    }

    fn set_anew(&mut self, call: &ExprMethodCall) {
        let [value] = call.args.iter().collect::<Vec<_>>()[..] else { return };
        let Some(method) = self.builder_of(&call.receiver) else { return };
        let name = call.method.to_string();
        let setter = name.strip_prefix("set_").unwrap_or(&name);
        let Some(preset) = method.presets().into_iter().find(|preset| preset.setter == setter)
        else {
            return;
        };
        if is_the_same(value, &preset) {
            return;
        }
        let fixed = match &preset.value {
            PresetValue::Text(text) => format!("`{text}`"),
            PresetValue::Variable(variable) => format!("what `{variable}` holds"),
        };
        self.report(
            call.method.span(),
            format!(
                "`{}` of a declared `{}` is set anew; the declaration fixes it to {fixed}",
                preset.setter, method.operation
            ),
            "leave it out, or declare the other resource on a field of its own".to_owned(),
        );
    }
}

/// Whether the value is what the preset is: the same text, or the handle's own accessor of the variable.
fn is_the_same(value: &Expr, preset: &Preset) -> bool {
    match (value, &preset.value) {
        (Expr::Lit(literal), PresetValue::Text(text)) => {
            matches!(&literal.lit, syn::Lit::Str(written) if written.value() == *text)
        }
        (Expr::MethodCall(call), PresetValue::Variable(variable)) => {
            call.args.is_empty() && call.method == variable.to_ascii_lowercase()
        }
        _ => false,
    }
}

/// The last name of a type, behind references.
fn last_of_type(ty: &Type) -> Option<String> {
    match ty {
        Type::Reference(reference) => last_of_type(&reference.elem),
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    }
}

impl<'ast> Visit<'ast> for Search<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if is_built(self.file, attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if is_built(self.file, &item.attrs) {
            self.function(&item.sig, &item.block);
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        let Pat::Ident(name) = &local.pat else { return visit::visit_local(self, local) };
        let name = name.ident.to_string();
        if let Some(init) = &local.init {
            self.visit_expr(&init.expr);
            match self.builder_of(&init.expr) {
                Some(method) => self.builders.insert(name, method),
                None => self.builders.remove(&name),
            };
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        visit::visit_expr_method_call(self, call);
        self.set_anew(call);
        if call.method == "credentials_provider" && call.args.is_empty() {
            self.report(
                call.method.span(),
                "credentials are taken out of a configuration; what is signed with them no declaration knows".to_owned(),
                "declare what is called with them: `#[aws_access(client(action(\"…\")), on = \"…\")]`".to_owned(),
            );
        }
    }
}

/// Tests are not what the function does.
fn is_built(file: &ReadFile<'_>, attributes: &[Attribute]) -> bool {
    let is_test = |attribute: &Attribute| {
        attribute.path().segments.last().is_some_and(|last| last.ident == "test")
    };
    !attributes.iter().any(is_test) && (file.is_built)(attributes)
}

#[cfg(test)]
mod tests;
