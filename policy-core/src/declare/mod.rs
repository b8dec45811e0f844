//! Declarations as they are written: `#[derive(AwsAccess)]` with `#[aws(…)]`, and `#[aws_access(…)]`.
//!
//! The one grammar of the attributes. The macros read them here while a crate is compiled, the
//! command line reads them here from source; both get the same [`Declaration`]s and the same mistakes.
//! The room reads tokens and asks the catalog. It writes no code (`policy-macros` does) and does not
//! look for files, modules or `cfg`s (the source reader does).
//!
//! ```text
//! tokens ─ attr → nodes ─ ast → client, names, options ─ valid + catalog → Declaration
//! ```
//!
//! `body` holds the calls of a function against what it declares; `around` finds what goes around the handles.

mod around;
mod ast;
mod attr;
mod body;
mod mistakes;
#[cfg(test)]
mod tests;
mod valid;

use proc_macro2::{Span, TokenStream};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Ident, Type};

use crate::catalog::Catalog;
use crate::evidence::{Declaration, SourceOrigin};

pub use around::{ReadFile, WayAround, ways_around};
use ast::WrittenWhole;
pub use mistakes::Mistakes;
pub use valid::POLLS;

/// The helper attribute of the derive: `#[aws(…)]`.
pub const HELPER: &str = "aws";

/// Which file of which target is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The cargo package.
    pub package: Box<str>,
    /// The crate as Rust names it: `order_api`.
    pub crate_name: Box<str>,
    /// The binary target that is compiled; `None` in a library.
    pub target: Option<Box<str>>,
    /// The file relative to the workspace, with `/`.
    pub file: Box<str>,
}

/// A struct with its declaration and what its expansion needs.
#[derive(Debug, Clone)]
pub struct DeclaredStruct {
    /// What it declares.
    pub declaration: Declaration,
    /// One per field, in source order.
    pub fields: Vec<DeclaredField>,
}

/// A field and the handle that the derive makes for it.
#[derive(Debug, Clone)]
pub struct DeclaredField {
    /// The field.
    pub name: Ident,
    /// The name of the handle type: the field's type.
    pub handle: Ident,
    /// The brackets of its first attribute, or the field's name: where a reader finds what it may do.
    pub declared_at: Span,
    /// The client behind it; `None` when no SDK operation is declared.
    pub client: Option<FieldClient>,
    /// Its operations, in source order, each once.
    pub methods: Vec<FieldMethod>,
    /// The environment variables in its resources, in source order, each once.
    pub variables: Vec<FieldVariable>,
}

/// The SDK client of a field.
#[derive(Debug, Clone)]
pub struct FieldClient {
    /// The crate as the SDK names it: `aws_sdk_dynamodb`.
    pub crate_name: String,
    /// `crate = "path"`: where that crate is found instead.
    pub path: Option<syn::Path>,
    /// `via_role = "ARN"`: the role whose credentials the client uses.
    pub role: Option<String>,
    /// The token that names the client.
    pub span: Span,
}

/// One operation of a handle, or one waiter.
#[derive(Debug, Clone)]
pub struct FieldMethod {
    /// As the API names it: `GetItem`.
    pub operation: String,
    /// As the Rust SDK names it: `get_item`, `wait_until_table_exists`.
    pub name: String,
    /// The waiter that polls the operation, `TableExists`.
    pub waiter: Option<String>,
    /// The token that names it.
    pub span: Span,
    /// The actions it needs.
    pub actions: Vec<String>,
    /// The resources as written, in words.
    pub resources: Vec<String>,
    naming: valid::Naming,
}

impl FieldMethod {
    /// What the declaration fixes of the request, by member.
    #[must_use]
    pub fn presets(&self) -> Vec<Preset> {
        valid::presets(&self.naming).0
    }

    /// The methods of the SDK's builder for members that name the resource and that the declaration leaves
    /// open.
    #[must_use]
    pub fn open(&self) -> Vec<String> {
        valid::presets(&self.naming).1
    }
}

/// A member of a request that the declaration fixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// The method of the SDK's builder that sets it: `table_name`.
    pub setter: String,
    /// What it is set to.
    pub value: PresetValue,
}

/// The value of a [`Preset`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PresetValue {
    /// This text.
    Text(String),
    /// What the environment variable held when the handle was made.
    Variable(String),
}

/// An environment variable that names a resource.
#[derive(Debug, Clone)]
pub struct FieldVariable {
    /// The variable: `QUEUE_URL`.
    pub name: String,
    /// The token that names it.
    pub span: Span,
}

/// A struct that could not be read, as far as it could.
#[derive(Debug, Clone)]
pub struct BrokenStruct {
    /// What is wrong; not empty.
    pub mistakes: Mistakes,
    /// What was understood all the same, so that the rest of the crate still finds its types.
    pub fields: Vec<DeclaredField>,
}

/// Reads a struct under `#[derive(AwsAccess)]`.
///
/// # Errors
/// Every mistake at once, each with the span of the token that is wrong.
pub fn parse_derive(
    input: &DeriveInput,
    file: &SourceFile,
    catalog: &Catalog,
) -> Result<DeclaredStruct, Box<BrokenStruct>> {
    let mut mistakes = Mistakes::default();
    let mut whole = WrittenWhole::default();
    for attribute in attributes(&input.attrs) {
        if let Some(nodes) = attr::attribute(attribute, &mut mistakes) {
            ast::whole(nodes, &mut whole, &mut mistakes);
        }
    }
    if let Some(parameter) = input.generics.params.first() {
        mistakes.at(
            parameter.span(),
            format!("`{}` cannot be generic: a declaration is one fixed record", input.ident),
        );
    }
    let mut declaration = empty(file, &input.ident);
    valid::whole(whole, &mut declaration, file, &mut mistakes);
    let mut fields: Vec<DeclaredField> = Vec::new();
    for field in named_fields(input, &mut mistakes) {
        let Some(name) = &field.ident else { continue };
        let Some(handle) = handle(&field.ty, name, input, &fields, &mut mistakes) else { continue };
        let mut written = attributes(&field.attrs).peekable();
        let first = written.peek().map(|attribute| attribute.bracket_token.span.join());
        let mut declared = DeclaredField {
            name: name.clone(),
            handle,
            declared_at: first.unwrap_or_else(|| name.span()),
            client: None,
            methods: Vec::new(),
            variables: Vec::new(),
        };
        if first.is_none() {
            mistakes.at(
                name.span(),
                format!(
                    "`{name}` declares nothing: write `#[aws(client(Operation, …), on = \"…\")]`, or keep it in a struct of its own"
                ),
            );
        }
        for attribute in written {
            let mut own = Mistakes::default();
            let nodes = attr::attribute(attribute, &mut own);
            let access =
                nodes.and_then(|nodes| ast::access(nodes, attribute.path().span(), None, &mut own));
            let complete = own.is_empty();
            mistakes.append(own);
            let Some(access) = access else { continue };
            let origin =
                origin(file, attribute.pound_token.span(), &format!("{}::{name}", input.ident));
            let check = valid::Check { catalog, origin, complete };
            let access = check.access(access, &mut declared, &mut mistakes);
            declaration.accesses.extend(access);
        }
        fields.push(declared);
    }
    variables(&fields, &mut mistakes);
    if mistakes.is_empty() {
        Ok(DeclaredStruct { declaration, fields })
    } else {
        Err(Box::new(BrokenStruct { mistakes, fields }))
    }
}

/// Reads `#[aws_access(…)]` on the function `name`. `tokens` is what stands in its parentheses,
/// `at` the attribute itself.
///
/// # Errors
/// Every mistake at once, each with the span of the token that is wrong.
pub fn parse_function(
    tokens: TokenStream,
    at: Span,
    name: &Ident,
    file: &SourceFile,
    catalog: &Catalog,
) -> Result<Declaration, Mistakes> {
    read_function(tokens, at, name, file, catalog).map(|declared| declared.declaration)
}

/// Calls in the function `item`, on parameters whose type is written as that of an SDK client, of operations that
/// `tokens`, what stands in the parentheses of its `#[aws_access(…)]`, and its other such attributes do not declare.
///
/// Of other receivers nothing is said. Empty when `tokens` could not be read.
#[must_use]
pub fn undeclared_calls(
    tokens: TokenStream,
    item: TokenStream,
    name: &Ident,
    file: &SourceFile,
    catalog: &Catalog,
) -> Mistakes {
    let read = |tokens| read_function(tokens, Span::call_site(), name, file, catalog).ok();
    match read(tokens) {
        Some(declared) => body::undeclared(item, declared, catalog, read),
        None => Mistakes::default(),
    }
}

fn read_function(
    tokens: TokenStream,
    at: Span,
    name: &Ident,
    file: &SourceFile,
    catalog: &Catalog,
) -> Result<body::Declared, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut whole = WrittenWhole::default();
    let nodes = attr::nodes(tokens, &mut mistakes);
    if nodes.is_empty() && mistakes.is_empty() {
        mistakes
            .at(at, "nothing is declared: write `#[aws_access(client(Operation, …), on = \"…\")]`");
    }
    let access = ast::access(nodes, at, Some(&mut whole), &mut mistakes);
    let mut declaration = empty(file, name);
    valid::whole(whole, &mut declaration, file, &mut mistakes);
    let mut field = DeclaredField {
        name: name.clone(),
        handle: name.clone(),
        declared_at: at,
        client: None,
        methods: Vec::new(),
        variables: Vec::new(),
    };
    if let Some(access) = access {
        let origin = origin(file, at, &name.to_string());
        let check = valid::Check { catalog, origin, complete: mistakes.is_empty() };
        declaration.accesses.extend(check.access(access, &mut field, &mut mistakes));
    }
    if mistakes.is_empty() { Ok(body::Declared { declaration, field }) } else { Err(mistakes) }
}

/// Variables whose methods would have one name.
fn variables(fields: &[DeclaredField], mistakes: &mut Mistakes) {
    let mut seen: Vec<&FieldVariable> = Vec::new();
    for variable in fields.iter().flat_map(|field| &field.variables) {
        let same = |other: &&&FieldVariable| other.name.eq_ignore_ascii_case(&variable.name);
        match seen.iter().find(same) {
            Some(other) if other.name != variable.name => mistakes.at(
                variable.span,
                format!(
                    "`{}` and `{}` differ only in case, so their methods would have one name",
                    variable.name, other.name
                ),
            ),
            Some(_) => {}
            None => seen.push(variable),
        }
    }
}

fn attributes(attributes: &[syn::Attribute]) -> impl Iterator<Item = &syn::Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident(HELPER))
}

fn empty(file: &SourceFile, item: &Ident) -> Declaration {
    Declaration {
        package: file.package.clone(),
        crate_name: file.crate_name.clone(),
        target: file.target.clone(),
        function: None,
        origin: origin(file, item.span(), &item.to_string()),
        accesses: Vec::new(),
        invokers: Vec::new(),
        polls: Vec::new(),
    }
}

fn origin(file: &SourceFile, span: Span, item: &str) -> SourceOrigin {
    let start = span.start();
    SourceOrigin {
        package: file.package.clone(),
        file: file.file.clone(),
        line: u32::try_from(start.line).unwrap_or(u32::MAX),
        column: u32::try_from(start.column).unwrap_or(u32::MAX).saturating_add(1),
        item: item.into(),
    }
}

fn named_fields<'a>(
    input: &'a DeriveInput,
    mistakes: &mut Mistakes,
) -> impl Iterator<Item = &'a syn::Field> + use<'a> {
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(&fields.named),
            Fields::Unit => None,
            Fields::Unnamed(fields) => {
                mistakes.at(
                    fields.span(),
                    "the fields need names: write `struct Access { orders: Orders }`",
                );
                None
            }
        },
        Data::Enum(data) => {
            mistakes
                .at(data.enum_token.span, "accesses are declared on a struct with named fields");
            None
        }
        Data::Union(data) => {
            mistakes
                .at(data.union_token.span, "accesses are declared on a struct with named fields");
            None
        }
    };
    fields.into_iter().flatten()
}

/// The name of the type that the derive makes for a field.
fn handle(
    ty: &Type,
    name: &Ident,
    input: &DeriveInput,
    before: &[DeclaredField],
    mistakes: &mut Mistakes,
) -> Option<Ident> {
    let mut ty = ty;
    // What `macro_rules!` puts around a `$ty:ty`.
    while let Type::Group(group) = ty {
        ty = &group.elem;
    }
    let ident = match ty {
        Type::Path(path) if path.qself.is_none() => path.path.get_ident(),
        _ => None,
    };
    let Some(ident) = ident else {
        let write = format!("the derive makes the type of `{name}`: write a new name such as");
        let message = if is_client(ty) {
            let own = pascal(name);
            let own = if own == "Client" { "Orders" } else { &own };
            format!("a client can call what nobody declared, so {write} `{own}`")
        } else {
            format!("{write} `{}`", pascal(name))
        };
        mistakes.at(ty.span(), message);
        return None;
    };
    if *ident == input.ident {
        mistakes.at(ident.span(), format!("`{ident}` is the struct itself: write a new name"));
        return None;
    }
    if let Some(other) = before.iter().find(|field| field.handle == *ident) {
        mistakes.at(
            ident.span(),
            format!(
                "`{ident}` is the handle of `{}` already: a handle can do what its field declares, so write a new name",
                other.name
            ),
        );
        return None;
    }
    Some(ident.clone())
}

/// Whether the type is written as that of an SDK client, `aws_sdk_dynamodb::Client`.
fn is_client(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let segments = &path.path.segments;
    segments.last().is_some_and(|last| last.ident == "Client")
        && segments.iter().any(|segment| segment.ident.to_string().starts_with("aws_sdk_"))
}

fn pascal(name: &Ident) -> String {
    let name = name.to_string();
    let words = name.trim_start_matches("r#").split('_').filter(|word| !word.is_empty());
    words
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
        })
        .collect::<Vec<String>>()
        .concat()
}
