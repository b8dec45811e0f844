//! A declaration → code. Cannot fail: every mistake was found before.

use policy_core::catalog::Catalog;
use policy_core::declare::{
    self, DeclaredField, DeclaredStruct, FieldClient, FieldMethod, FieldVariable,
};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::{Data, DeriveInput};

use crate::{fallback, note};

/// `#[derive(AwsAccess)]`.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let file = note::source_file(input.ident.span());
    match declare::parse_derive(input, &file, Catalog::embedded()) {
        Err(broken) => fallback::derive(input, *broken),
        Ok(DeclaredStruct { declaration, fields }) => {
            let note = note::statics(&declaration);
            let handles = Handles { input, fields: &fields };
            let module = handles.module();
            let new = handles.constructor();
            quote!(#note #module #new)
        }
    }
}

/// `#[aws_access(…)]`: the note goes into the body, so that methods can carry it too.
pub(crate) fn function(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut trees: Vec<TokenTree> = item.clone().into_iter().collect();
    let name = trees.windows(2).find_map(|pair| match pair {
        [TokenTree::Ident(word), TokenTree::Ident(name)] if word == "fn" => Some(name.clone()),
        _ => None,
    });
    let (Some(name), Some(TokenTree::Group(body))) = (name, trees.last()) else {
        return fallback::not_a_function(item);
    };
    if body.delimiter() != Delimiter::Brace {
        return fallback::not_a_function(item);
    }
    let at = Span::call_site();
    let file = note::source_file(at);
    match declare::parse_function(attribute, at, &name, &file, Catalog::embedded()) {
        Err(mistakes) => fallback::function(mistakes, item),
        Ok(declaration) => {
            let note = note::statics(&declaration);
            let (inner, statements) = inner_attributes(body.stream());
            let mut with_note = Group::new(Delimiter::Brace, quote!(#inner #note #statements));
            with_note.set_span(body.span());
            trees.pop();
            trees.push(TokenTree::Group(with_note));
            trees.into_iter().collect()
        }
    }
}

/// The inner attributes at the start of a body, inner documentation among them, and the rest.
fn inner_attributes(body: TokenStream) -> (TokenStream, TokenStream) {
    let trees: Vec<TokenTree> = body.into_iter().collect();
    let is = |tree: &TokenTree, c| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == c);
    let mut end = 0;
    while let Some([hash, bang, TokenTree::Group(group)]) = trees.get(end..end + 3)
        && is(hash, '#')
        && is(bang, '!')
        && group.delimiter() == Delimiter::Bracket
    {
        end += 3;
    }
    let rest = trees[end..].iter().cloned().collect();
    (trees[..end].iter().cloned().collect(), rest)
}

/// The handle types of one struct.
pub(crate) struct Handles<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) fields: &'a [DeclaredField],
}

impl Handles<'_> {
    fn module_name(&self) -> Ident {
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
        let missing = self.missing_name();
        let missing_type = self.has_variables().then(|| missing_variables(&missing));
        let missing_name = self.has_variables().then_some(&missing);
        quote! {
            #[allow(non_snake_case, dead_code)]
            mod #module {
                #(#handles)*
                #missing_type
            }
            #[allow(unused_imports)]
            #vis use #module::{#(#names,)* #missing_name};
        }
    }

    fn has_variables(&self) -> bool {
        self.fields.iter().any(|field| !field.variables.is_empty())
    }

    fn missing_name(&self) -> Ident {
        format_ident!("{}MissingVariables", unraw(&self.input.ident), span = Span::call_site())
    }

    fn handle(&self, field: &DeclaredField) -> TokenStream {
        let name = ours(&field.handle);
        let docs = self.docs(field);
        let client = field.client.as_ref().map(crate_path);
        let client_field = client.iter().map(|path| quote!(client: #path::Client));
        let fields: Vec<Ident> = field.variables.iter().map(variable_field).collect();
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
        let methods = field.methods.iter().map(|method| match &client {
            Some(client) => self::method(client, method),
            None => TokenStream::new(),
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

    /// `new`, which makes one client of each crate.
    fn constructor(&self) -> TokenStream {
        if !has_new(self, self.input) {
            return TokenStream::new();
        }
        let (name, module) = (&self.input.ident, self.module_name());
        let mut clients: Vec<(String, TokenStream, Ident)> = Vec::new();
        for client in self.fields.iter().filter_map(|field| field.client.as_ref()) {
            let path = crate_path(client);
            let key = path.to_string();
            if clients.iter().all(|(other, ..)| *other != key) {
                let local = format_ident!("client_{}", clients.len(), span = Span::mixed_site());
                clients.push((key, path, local));
            }
        }
        let mut variables: Vec<&FieldVariable> = Vec::new();
        for variable in self.fields.iter().flat_map(|field| &field.variables) {
            if variables.iter().all(|other| other.name != variable.name) {
                variables.push(variable);
            }
        }
        let values = self.fields.iter().map(|field| {
            let (field_name, handle) = (&field.name, ours(&field.handle));
            let arguments = field.variables.iter().map(|variable| {
                let local = local(variable);
                quote!(::core::clone::Clone::clone(&#local))
            });
            let client = field.client.as_ref().map(|client| crate_path(client).to_string());
            let client = clients.iter().find(|(key, ..)| Some(key) == client.as_ref());
            match client {
                Some((_, _, local)) => {
                    let client = quote!(::core::clone::Clone::clone(&#local));
                    quote!(#field_name: #module::#handle::from_client(#client, #(#arguments),*))
                }
                None if field.variables.is_empty() => quote!(#field_name: #module::#handle),
                None => quote!(#field_name: #module::#handle::from_variables(#(#arguments),*)),
            }
        });
        let value = quote!(Self { #(#values),* });
        let parameter = (!clients.is_empty()).then(|| quote!(config: &::aws_config::SdkConfig));
        let make =
            clients.iter().map(|(_, path, local)| quote!(let #local = #path::Client::new(config);));
        let locals: Vec<Ident> = variables.iter().map(|variable| local(variable)).collect();
        let names = variables.iter().map(|variable| &variable.name);
        let missing = self.missing_name();
        let (read, value) = if variables.is_empty() {
            (TokenStream::new(), value)
        } else {
            let read = quote! {
                let mut missing = ::std::vec::Vec::new();
                #(let #locals = #module::#missing::read(#names, &mut missing);)*
                if !missing.is_empty() {
                    return ::core::result::Result::Err(#module::#missing::new(missing));
                }
            };
            (read, quote!(::core::result::Result::Ok(#value)))
        };
        let result = new_result(self);
        let doc = if variables.is_empty() {
            "Every handle, with clients made from `config`."
        } else {
            "Every handle, with clients made from `config` and the variables read; missing variables \
             are an error that names all of them."
        };
        quote! {
            #[automatically_derived]
            impl #name {
                #[doc = #doc]
                #[allow(dead_code)]
                pub fn new(#parameter) -> #result {
                    #read
                    #(#make)*
                    #value
                }
            }
        }
    }
}

/// Whether there is anything that `new` would make.
pub(crate) fn has_new(handles: &Handles<'_>, input: &DeriveInput) -> bool {
    !handles.fields.is_empty() && matches!(input.data, Data::Struct(_))
}

/// What `new` gives.
pub(crate) fn new_result(handles: &Handles<'_>) -> TokenStream {
    if !handles.has_variables() {
        return quote!(Self);
    }
    let (module, missing) = (handles.module_name(), handles.missing_name());
    quote!(::core::result::Result<Self, #module::#missing>)
}

fn method(client: &TokenStream, method: &FieldMethod) -> TokenStream {
    let span = Span::call_site().located_at(method.span);
    let name = identifier(&method.name, span);
    let builder = format_ident!("{}FluentBuilder", method.operation, span = span);
    let actions = if method.actions.is_empty() {
        "no action".to_owned()
    } else {
        method.actions.iter().map(|action| format!("`{action}`")).collect::<Vec<_>>().join(", ")
    };
    let mut doc = format!("Calls `{}`, which needs {actions}", method.operation);
    if !method.resources.is_empty() {
        doc += &format!(" on {}", method.resources.join(", "));
    }
    doc.push('.');
    quote! {
        #[doc = #doc]
        pub fn #name(&self) -> #client::operation::#name::builders::#builder {
            self.client.#name()
        }
    }
}

fn accessor(variable: &FieldVariable) -> TokenStream {
    let field = variable_field(variable);
    let name = identifier(&lower(&variable.name), Span::call_site());
    let doc = format!("The value that `{}` had when the handle was made.", variable.name);
    quote! {
        #[doc = #doc]
        pub fn #name(&self) -> &str {
            &self.#field
        }
    }
}

/// The error of `new`, a type of this crate since nothing is added to its dependencies.
fn missing_variables(name: &Ident) -> TokenStream {
    quote! {
        /// Environment variables that the declared accesses need and that are not set.
        #[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq, ::core::cmp::Eq)]
        pub struct #name {
            missing: ::std::vec::Vec<&'static str>,
        }

        #[automatically_derived]
        impl #name {
            pub(super) fn new(missing: ::std::vec::Vec<&'static str>) -> Self {
                Self { missing }
            }

            pub(super) fn read(
                name: &'static str,
                missing: &mut ::std::vec::Vec<&'static str>,
            ) -> ::std::string::String {
                match ::std::env::var(name) {
                    ::core::result::Result::Ok(value) if !value.is_empty() => value,
                    _ => {
                        missing.push(name);
                        ::std::string::String::new()
                    }
                }
            }

            /// Their names, in the order of the declarations.
            pub fn missing(&self) -> &[&'static str] {
                &self.missing
            }
        }

        #[automatically_derived]
        impl ::core::fmt::Display for #name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str("environment variables are not set: ")?;
                f.write_str(&self.missing.join(", "))
            }
        }

        #[automatically_derived]
        impl ::std::error::Error for #name {}
    }
}

/// The SDK crate, from the root. A crate that is missing is reported under the client's name.
fn crate_path(client: &FieldClient) -> TokenStream {
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
fn ours(ident: &Ident) -> Ident {
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

fn variable_field(variable: &FieldVariable) -> Ident {
    format_ident!("variable_{}", lower(&variable.name), span = Span::call_site())
}

fn local(variable: &FieldVariable) -> Ident {
    format_ident!("variable_{}", lower(&variable.name), span = Span::mixed_site())
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn unraw(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map_or(name.clone(), str::to_owned)
}
