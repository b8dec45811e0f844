//! What makes the handles: `new`, with one client for each SDK crate and role, and the error that names the
//! variables which are missing.
//!
//! A client that a declaration gives a role cannot be made from the function's own configuration: its calls
//! would go out with the wrong credentials. So `new` takes a configuration more for each role.

use policy_core::declare::FieldVariable;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Data, DeriveInput};

use crate::handles::{Handles, crate_path, lower, ours, unraw};

/// A configuration that `new` takes.
pub(crate) struct Configuration {
    /// The role whose credentials it has; `None` for those of the function.
    role: Option<String>,
    pub(crate) parameter: Ident,
}

/// A client that `new` makes.
struct MadeClient {
    path: TokenStream,
    role: Option<String>,
    local: Ident,
}

impl Handles<'_> {
    /// The configurations that `new` takes: the function's own first, then one for each role.
    pub(crate) fn configurations(&self) -> Vec<Configuration> {
        let mut configurations: Vec<Configuration> = Vec::new();
        let clients = || self.fields.iter().filter_map(|field| field.client.as_ref());
        if clients().any(|client| client.role.is_none()) {
            configurations.push(Configuration { role: None, parameter: format_ident!("config") });
        }
        for role in clients().filter_map(|client| client.role.as_ref()) {
            if configurations.iter().any(|other| other.role.as_ref() == Some(role)) {
                continue;
            }
            let own = parameter_name(role);
            let taken = |name: &str| configurations.iter().any(|other| other.parameter == name);
            let mut name = own.clone();
            let mut number = 2;
            while taken(&name) {
                name = format!("{own}_{number}");
                number += 1;
            }
            let parameter = format_ident!("{name}");
            configurations.push(Configuration { role: Some(role.clone()), parameter });
        }
        configurations
    }

    fn clients(&self) -> Vec<MadeClient> {
        let mut clients: Vec<MadeClient> = Vec::new();
        for client in self.fields.iter().filter_map(|field| field.client.as_ref()) {
            let path = crate_path(client);
            let same = |other: &MadeClient| {
                other.path.to_string() == path.to_string() && other.role == client.role
            };
            if !clients.iter().any(same) {
                let local = format_ident!("client_{}", clients.len(), span = Span::mixed_site());
                clients.push(MadeClient { path, role: client.role.clone(), local });
            }
        }
        clients
    }

    /// `new`, which makes one client of each crate and role.
    pub(crate) fn constructor(&self) -> TokenStream {
        if !has_new(self, self.input) {
            return TokenStream::new();
        }
        let (name, module) = (&self.input.ident, self.module_name());
        let (clients, configurations) = (self.clients(), self.configurations());
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
            let client = field.client.as_ref().and_then(|client| {
                let path = crate_path(client).to_string();
                let is =
                    |made: &&MadeClient| made.path.to_string() == path && made.role == client.role;
                clients.iter().find(is)
            });
            match client {
                Some(MadeClient { local, .. }) => {
                    let client = quote!(::core::clone::Clone::clone(&#local));
                    quote!(#field_name: #module::#handle::from_client(#client, #(#arguments),*))
                }
                None if field.variables.is_empty() => quote!(#field_name: #module::#handle),
                None => quote!(#field_name: #module::#handle::from_variables(#(#arguments),*)),
            }
        });
        let value = quote!(Self { #(#values),* });
        let parameters = configurations.iter().map(|configuration| {
            let parameter = &configuration.parameter;
            quote!(#parameter: &::aws_config::SdkConfig)
        });
        let make = clients.iter().map(|MadeClient { path, role, local }| {
            let configuration = configurations.iter().find(|other| other.role == *role);
            let parameter = configuration.map(|configuration| &configuration.parameter);
            quote!(let #local = #path::Client::new(#parameter);)
        });
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
        let doc = documentation(&configurations, !variables.is_empty());
        quote! {
            #[automatically_derived]
            impl #name {
                #[doc = #doc]
                #[allow(dead_code)]
                pub fn new(#(#parameters),*) -> #result {
                    #read
                    #(#make)*
                    #value
                }
            }
        }
    }

    pub(crate) fn missing_name(&self) -> Ident {
        format_ident!("{}MissingVariables", unraw(&self.input.ident), span = Span::call_site())
    }

    /// The error of `new`, a type of this crate since nothing is added to its dependencies.
    pub(crate) fn missing_variables(&self) -> Option<TokenStream> {
        if !self.has_variables() {
            return None;
        }
        let name = self.missing_name();
        Some(quote! {
            /// Environment variables that the declared accesses need and that are not set.
            #[derive(
                ::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq, ::core::cmp::Eq
            )]
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
        })
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

fn documentation(configurations: &[Configuration], reads: bool) -> String {
    let mut doc = "Every handle".to_owned();
    if configurations.iter().any(|configuration| configuration.role.is_none()) {
        doc += ", with clients made from `config`";
    }
    for configuration in configurations {
        if let Some(role) = &configuration.role {
            doc += &format!(
                ", those that use `{role}` from `{}`, whose credentials must be that role's",
                configuration.parameter
            );
        }
    }
    if reads {
        doc += ", and the variables read; missing variables are an error that names all of them";
    }
    doc + "."
}

/// `arn:aws:iam::111122223333:role/Order-Sender` → `as_order_sender`.
fn parameter_name(role: &str) -> String {
    let name = role.rsplit(['/', ':']).next().unwrap_or_default().to_ascii_lowercase();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.fold("as".to_owned(), |text, word| text + "_" + word)
}

fn local(variable: &FieldVariable) -> Ident {
    format_ident!("variable_{}", lower(&variable.name), span = Span::mixed_site())
}
