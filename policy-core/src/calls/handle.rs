//! Handles that `#[derive(AwsAccess)]` makes: which operations they have, and on what those are declared.

use std::collections::BTreeMap;
use std::rc::Rc;

use syn::{Attribute, DeriveInput, Fields, ItemStruct};

use super::types::Value;
use crate::catalog::Catalog;
use crate::declare::{self, DeclaredField, PresetValue, SourceFile};
use crate::evidence::{Declaration, DeclaredName, DeclaredResource};

/// A handle type.
#[derive(Debug, Default)]
pub(super) struct Handle {
    /// The client behind it, as the declaration names it.
    pub(super) client: Rc<str>,
    /// Its operations, by method.
    pub(super) methods: BTreeMap<String, Rc<Declared>>,
    /// Environment variables in its resources, by the method that gives their value.
    pub(super) variables: BTreeMap<String, Value>,
}

/// What is declared of an operation.
#[derive(Debug, Default)]
pub(super) struct Declared {
    /// On what it is declared.
    pub(super) resources: Vec<DeclaredResource>,
    /// What the handle sets on the request, by setter.
    pub(super) presets: BTreeMap<String, Value>,
}

/// The handles of a struct's fields by the names of their types. `item` has only the fields that are part of the build.
///
/// Of a declaration with a mistake, which does not compile, only the clients are known.
pub(super) fn handles(item: &ItemStruct, catalog: &Catalog) -> Vec<(syn::Ident, Handle)> {
    let named = item.fields.iter().filter_map(|field| {
        let client = field.attrs.iter().find_map(client_of)?;
        let syn::Type::Path(path) = &field.ty else { return None };
        Some((path.path.get_ident()?.clone(), client))
    });
    let mut handles: Vec<(syn::Ident, Handle)> = named
        .map(|(name, client)| (name, Handle { client: client.into(), ..Handle::default() }))
        .collect();
    if handles.is_empty() {
        return handles;
    }
    let file =
        SourceFile { package: "".into(), crate_name: "".into(), target: None, file: "".into() };
    let Ok(read) = declare::parse_derive(&DeriveInput::from(item.clone()), &file, catalog) else {
        return handles;
    };
    for field in &read.fields {
        if let Some((_, handle)) = handles.iter_mut().find(|(name, _)| *name == field.handle) {
            fill(handle, field, &item.ident, &read.declaration, catalog);
        }
    }
    handles
}

fn fill(
    handle: &mut Handle,
    field: &DeclaredField,
    owner: &syn::Ident,
    declaration: &Declaration,
    catalog: &Catalog,
) {
    let item = format!("{owner}::{}", field.name);
    let own = || declaration.accesses.iter().filter(|access| *access.origin.item == *item);
    for method in &field.methods {
        let operation =
            catalog.client(&handle.client).and_then(|client| client.operation(&method.operation));
        let is_named = |name: &DeclaredName| match name {
            DeclaredName::Operation(name) => {
                operation.is_some_and(|operation| operation.name() == &**name)
            }
            DeclaredName::Action(action) => {
                operation.is_some_and(|it| it.primary_actions().any(|needed| needed == *action))
            }
        };
        let mut resources: Vec<DeclaredResource> = Vec::new();
        for access in own().filter(|access| access.names.iter().any(is_named)) {
            for resource in &access.resources {
                if !resources.contains(resource) {
                    resources.push(resource.clone());
                }
            }
        }
        let presets = method.presets().into_iter().map(|preset| {
            let value = match preset.value {
                PresetValue::Text(text) => Value::Text(text.into()),
                PresetValue::Variable(name) => variable(&name),
            };
            (preset.setter, value)
        });
        let declared = Declared { resources, presets: presets.collect() };
        handle.methods.insert(method.name.clone(), Rc::new(declared));
    }
    for known in &field.variables {
        handle.variables.insert(known.name.to_ascii_lowercase(), variable(&known.name));
    }
}

fn variable(name: &str) -> Value {
    Value::Variable(Rc::new(Value::Text(name.into())))
}

/// The struct with the fields that are part of the build.
pub(super) fn built(item: &ItemStruct, is_built: impl Fn(&[Attribute]) -> bool) -> ItemStruct {
    let mut item = item.clone();
    if let Fields::Named(fields) = &mut item.fields {
        let all = std::mem::take(&mut fields.named);
        fields.named = all.into_iter().filter(|field| is_built(&field.attrs)).collect();
    }
    item
}

/// Whether a field of the struct declares anything.
pub(super) fn declares(item: &ItemStruct) -> bool {
    item.fields.iter().any(|field| field.attrs.iter().any(|it| client_of(it).is_some()))
}

/// The client that `#[aws(client(…), …)]` names.
fn client_of(attribute: &Attribute) -> Option<String> {
    if !attribute.path().is_ident(declare::HELPER) {
        return None;
    }
    let syn::Meta::List(list) = &attribute.meta else { return None };
    match list.tokens.clone().into_iter().next()? {
        proc_macro2::TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    }
}
