//! The handle types: a child module in which each field has a type that holds the SDK client in a private
//! field, with a method for every declared operation and none for any other.
//!
//! What makes the handles (`new`, the error about variables) is in `construct`.

use policy_core::declare::{DeclaredField, FieldClient, FieldMethod, FieldVariable, PresetValue};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Data, DeriveInput};

/// The handle types of one struct.
pub(crate) struct Handles<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) fields: &'a [DeclaredField],
}

impl Handles<'_> {
    pub(crate) fn module_name(&self) -> Ident {
        format_ident!("__aws_access_{}", unraw(&self.input.ident), span = Span::call_site())
    }

    /// The child module with the handles, which keeps their clients private, and their names here.
    pub(crate) fn module(&self) -> TokenStream {
        if self.fields.is_empty() {
            return TokenStream::new();
        }
        let (module, vis) = (self.module_name(), &self.input.vis);
        let handles = self.fields.iter().map(|field| self.handle(field));
        let names = self.fields.iter().map(|field| ours(&field.handle));
        let missing_type = self.missing_variables();
        let missing_name = self.has_variables().then(|| self.missing_name());
        quote! {
            #[allow(non_snake_case, dead_code, deprecated)]
            mod #module {
                #(#handles)*
                #missing_type
            }
            #[allow(unused_imports)]
            #vis use #module::{#(#names,)* #missing_name};
        }
    }

    pub(crate) fn has_variables(&self) -> bool {
        self.fields.iter().any(|field| !field.variables.is_empty())
    }

    fn handle(&self, field: &DeclaredField) -> TokenStream {
        let name = ours(&field.handle);
        let docs = self.docs(field);
        let client = field.client.as_ref().map(crate_path);
        let client_field = client.iter().map(|path| quote!(client: #path::Client));
        let fields: Vec<Ident> =
            field.variables.iter().map(|variable| variable_field(&variable.name)).collect();
        let parameters = fields
            .iter()
            .map(|name| quote!(#name: impl ::core::convert::Into<::std::string::String>));
        let parameters: Vec<TokenStream> = client_field.clone().chain(parameters).collect();
        let values = client.iter().map(|_| quote!(client));
        let values = values
            .chain(fields.iter().map(|name| quote!(#name: ::core::convert::Into::into(#name))));
        let constructor_name = match client {
            Some(_) => format_ident!("from_client"),
            None => format_ident!("from_variables"),
        };
        let has_state = !parameters.is_empty();
        let constructor = has_state.then(|| {
            quote! {
                /// The handle from its parts, as a test makes it.
                pub fn #constructor_name(#(#parameters),*) -> Self {
                    Self { #(#values),* }
                }
            }
        });
        let state = quote!(#(#client_field,)* #(#fields: ::std::string::String,)*);
        // The type lies where its declaration does: that is what the compiler shows with a method that is
        // not there.
        let at = Span::call_site().located_at(field.declared_at);
        let type_name = Ident::new(&name.to_string(), at);
        let type_item = if has_state {
            quote_spanned!(at=> pub struct #type_name { #state })
        } else {
            quote_spanned!(at=> pub struct #type_name;)
        };
        let methods = field.methods.iter().map(|method| match (&client, &field.client) {
            (Some(path), Some(client)) => self::method(path, client, method),
            _ => TokenStream::new(),
        });
        let is_free =
            |name: &str| constructor_name != name && field.methods.iter().all(|m| m.name != name);
        let variables =
            field.variables.iter().filter(|variable| is_free(&lower(&variable.name))).map(accessor);
        quote! {
            #(#docs)*
            #[derive(::core::clone::Clone, ::core::fmt::Debug)]
            #type_item

            #[automatically_derived]
            impl #name {
                #constructor
                #(#methods)*
                #(#variables)*
            }
        }
    }

    /// The documentation of the field, which is where a reader looks for what the handle is.
    fn docs(&self, field: &DeclaredField) -> Vec<TokenStream> {
        let written = match &self.input.data {
            Data::Struct(data) => {
                data.fields.iter().find(|other| other.ident.as_ref() == Some(&field.name))
            }
            _ => None,
        };
        let docs: Vec<TokenStream> = written
            .iter()
            .flat_map(|field| &field.attrs)
            .filter(|attribute| attribute.path().is_ident("doc"))
            .map(|attribute| quote!(#attribute))
            .collect();
        if !docs.is_empty() {
            return docs;
        }
        let text = format!("What `{}::{}` may do.", self.input.ident, field.name);
        vec![quote!(#[doc = #text])]
    }
}

/// The method of an operation, or of a waiter, with what the declaration fixes of the request.
fn method(path: &TokenStream, client: &FieldClient, method: &FieldMethod) -> TokenStream {
    let span = Span::call_site().located_at(method.span);
    let name = identifier(&method.name, span);
    let doc = documentation(client, method);
    let presets = method.presets();
    let presets = presets.iter().map(|preset| {
        let setter = identifier(&preset.setter, span);
        match &preset.value {
            PresetValue::Text(text) => quote!(.#setter(#text)),
            PresetValue::Variable(variable) => {
                let field = variable_field(variable);
                quote!(.#setter(::core::clone::Clone::clone(&self.#field)))
            }
        }
    });
    if method.waiter.is_some() {
        let module = method.name.trim_start_matches("wait_until_");
        let builder = format_ident!("{}FluentBuilder", pascal(module), span = span);
        let module = identifier(module, span);
        return quote! {
            #[doc = #doc]
            pub fn #name(&self) -> #path::waiters::#module::#builder {
                #path::client::Waiters::#name(&self.client)#(#presets)*
            }
        };
    }
    let builder = format_ident!("{}FluentBuilder", method.operation, span = span);
    quote! {
        #[doc = #doc]
        pub fn #name(&self) -> #path::operation::#name::builders::#builder {
            self.client.#name()#(#presets)*
        }
    }
}

/// Which action and resource the method uses, and what of the request is set.
fn documentation(client: &FieldClient, method: &FieldMethod) -> String {
    let ticked = |names: &[String]| {
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    let verb = if method.waiter.is_some() { "Waits by calling" } else { "Calls" };
    let actions = match method.actions.as_slice() {
        [] => "no action".to_owned(),
        actions => ticked(actions),
    };
    let mut doc = format!("{verb} `{}`, which needs {actions}", method.operation);
    if !method.resources.is_empty() {
        doc += &format!(" on {}", method.resources.join(", "));
    }
    if let Some(role) = &client.role {
        doc += &format!(", with the credentials of `{role}`");
    }
    doc.push('.');
    let (presets, open) = (method.presets(), method.open());
    let set: Vec<String> = presets
        .iter()
        .map(|preset| match &preset.value {
            PresetValue::Text(text) => format!("`{}` to `{text}`", preset.setter),
            PresetValue::Variable(variable) => {
                format!("`{}` to the value of `{variable}`", preset.setter)
            }
        })
        .collect();
    let rest = match (set.as_slice(), open.as_slice()) {
        ([], []) if method.resources.iter().all(|resource| resource == ANY) => return doc,
        ([], []) => {
            "Nothing is preset: no single member of the request names the resource.".to_owned()
        }
        ([], open) => {
            format!("Nothing is preset: the caller names the resource, by {}.", ticked(open))
        }
        (set, []) => format!("Sets {}.", set.join(" and ")),
        (set, open) => {
            format!("Sets {}; the caller sets {}.", set.join(" and "), ticked(open))
        }
    };
    doc + "\n\n" + &rest
}

/// How `policy_core` words a declaration of every resource.
const ANY: &str = "any resource";

fn accessor(variable: &FieldVariable) -> TokenStream {
    let field = variable_field(&variable.name);
    let name = identifier(&lower(&variable.name), Span::call_site());
    let doc = format!("The value that `{}` had when the handle was made.", variable.name);
    quote! {
        #[doc = #doc]
        pub fn #name(&self) -> &str {
            &self.#field
        }
    }
}

/// The SDK crate, from the root. A crate that is missing is reported under the client's name.
pub(crate) fn crate_path(client: &FieldClient) -> TokenStream {
    let span = Span::call_site().located_at(client.span);
    match &client.path {
        None => {
            let name = Ident::new(&client.crate_name, span);
            quote!(::#name)
        }
        Some(path) => {
            let is_local = path.segments.first().is_some_and(|first| first.ident == "crate");
            if is_local || path.leading_colon.is_some() { quote!(#path) } else { quote!(::#path) }
        }
    }
}

/// The identifier where it was written, but made by the macro: lints leave it alone.
pub(crate) fn ours(ident: &Ident) -> Ident {
    let mut ident = ident.clone();
    ident.set_span(Span::call_site().located_at(ident.span()));
    ident
}

fn identifier(name: &str, span: Span) -> Ident {
    match name {
        // Not even raw.
        "_" | "crate" | "self" | "super" => Ident::new(&format!("{name}_"), span),
        _ if syn::parse_str::<Ident>(name).is_ok() => Ident::new(name, span),
        _ => Ident::new_raw(name, span),
    }
}

/// `table_exists` → `TableExists`, as the SDK names the types of a waiter.
fn pascal(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut chars = word.chars();
        chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
    });
    words.collect::<Vec<String>>().concat()
}

fn variable_field(name: &str) -> Ident {
    format_ident!("variable_{}", lower(name), span = Span::call_site())
}

pub(crate) fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}

pub(crate) fn unraw(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map_or(name.clone(), str::to_owned)
}

#[cfg(test)]
mod tests;
