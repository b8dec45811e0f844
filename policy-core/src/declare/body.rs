//! Calls in the body of a function with `#[aws_access]`: those on an SDK client that nobody declared there.
//!
//! Only what is written is believed: a parameter whose type is written as that of an SDK client
//! (`&aws_sdk_s3::Client`, also in an `Arc`, `Rc` or `Box`), its clones and references under another name, and
//! the client's methods by their path. Of any other receiver nothing is said: that would be a guess. A name that
//! something else in the body takes over is no client any more.
//!
//! What macros hide is read where their arguments are expressions or statements, as in `join!` and `vec!`.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, FnArg, GenericArgument, ImplItemFn, Pat, Path, PathArguments, Token, Type,
};

use super::valid::{self, WAIT_UNTIL};
use super::{DeclaredField, Mistakes};
use crate::catalog::{Catalog, Client, Operation, rust_name};
use crate::evidence::{Declaration, DeclaredName};

/// What one attribute on a function declares, as far as calls go.
pub(super) struct Declared {
    pub(super) declaration: Declaration,
    /// The client, with the path of `crate = "…"`.
    pub(super) field: DeclaredField,
}

/// The calls in `item`, a function, that `declared` and its other attributes do not cover. `read` reads the
/// parentheses of another attribute as those of `#[aws_access]`.
///
/// Nothing where the item cannot be read, or where what is declared is known only later (`cfg_attr`).
pub(super) fn undeclared(
    item: TokenStream,
    declared: Declared,
    catalog: &Catalog,
    read: impl Fn(TokenStream) -> Option<Declared>,
) -> Mistakes {
    let mut mistakes = Mistakes::default();
    let Ok(function) = syn::parse2::<ImplItemFn>(item) else { return mistakes };
    let mut all = vec![declared];
    for attribute in &function.attrs {
        if attribute.path().is_ident("cfg_attr") && names_aws_access(attribute) {
            return mistakes;
        }
        // Whatever name the attribute was imported under.
        if let syn::Meta::List(list) = &attribute.meta {
            all.extend(read(list.tokens.clone()));
        }
    }
    let clients = Clients { catalog, declared: &all };
    let mut scope = BTreeMap::new();
    for input in &function.sig.inputs {
        if let FnArg::Typed(typed) = input {
            bind(&typed.pat, clients.of_type(&typed.ty), &mut scope);
        }
    }
    let mut calls = Calls { clients, scopes: vec![scope], mistakes: &mut mistakes };
    calls.visit_block(&function.block);
    mistakes
}

fn names_aws_access(attribute: &Attribute) -> bool {
    fn within(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|tree| match tree {
            TokenTree::Ident(ident) => ident == "aws_access",
            TokenTree::Group(group) => within(group.stream()),
            _ => false,
        })
    }
    matches!(&attribute.meta, syn::Meta::List(list) if within(list.tokens.clone()))
}

/// Which types are clients, and what is declared of them.
#[derive(Clone, Copy)]
struct Clients<'a> {
    catalog: &'a Catalog,
    declared: &'a [Declared],
}

impl<'a> Clients<'a> {
    /// The client whose type is written.
    fn of_type(&self, ty: &Type) -> Option<Client<'a>> {
        match ty {
            Type::Reference(reference) => self.of_type(&reference.elem),
            Type::Paren(paren) => self.of_type(&paren.elem),
            Type::Group(group) => self.of_type(&group.elem),
            Type::Path(path) if path.qself.is_none() => {
                let last = path.path.segments.last()?;
                match &last.arguments {
                    PathArguments::None => self.of_path(&path.path),
                    PathArguments::AngleBracketed(arguments)
                        if ["Arc", "Box", "Rc"].iter().any(|name| last.ident == name) =>
                    {
                        match arguments.args.first()? {
                            GenericArgument::Type(inner) => self.of_type(inner),
                            _ => None,
                        }
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// `aws_sdk_s3::Client`, or `Client` below the path that a declaration gives.
    fn of_path(&self, path: &Path) -> Option<Client<'a>> {
        let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        let (last, mut module) = names.split_last()?;
        if last != "Client" {
            return None;
        }
        if let Some((client, rest)) = module.split_last()
            && client == "client"
        {
            module = rest;
        }
        let renamed = self.declared.iter().filter_map(|declared| declared.field.client.as_ref());
        for client in renamed {
            let Some(path) = &client.path else { continue };
            if path.segments.iter().map(|s| s.ident.to_string()).eq(module.iter().cloned()) {
                return self.catalog.client(&client.crate_name);
            }
        }
        match module {
            [name] if name.starts_with("aws_sdk_") => self.catalog.client(name),
            _ => None,
        }
    }

    /// The operation that a method of the client calls.
    fn operation(&self, client: Client<'a>, method: &str) -> Option<Operation<'a>> {
        if let Some(waiter) = method.strip_prefix(WAIT_UNTIL) {
            return client
                .operations()
                .find(|operation| operation.waiters().any(|name| rust_name(name) == waiter));
        }
        client.operation_of_method(method).filter(|operation| rust_name(operation.name()) == method)
    }

    fn covers(&self, operation: Operation<'_>) -> bool {
        if operation.needs_no_permission() {
            return true;
        }
        let accesses = || self.declared.iter().flat_map(|declared| &declared.declaration.accesses);
        let is_named = accesses().any(|access| {
            let client = self.catalog.client(&access.client);
            client.is_some_and(|client| client.crate_name() == operation.client().crate_name())
                && access.names.iter().any(|name| {
                    matches!(name, DeclaredName::Operation(name) if **name == *operation.name())
                })
        });
        let has_action = |action: &crate::iam::ActionName| {
            accesses()
                .flat_map(|access| &access.names)
                .any(|name| matches!(name, DeclaredName::Action(declared) if declared == action))
        };
        let mut actions = operation.primary_actions().peekable();
        is_named || (actions.peek().is_some() && actions.all(|action| has_action(&action)))
    }
}

/// Names of variables → the client that they are, if one.
type Scope<'a> = BTreeMap<String, Option<Client<'a>>>;

/// Walks through a body.
struct Calls<'a, 'm> {
    clients: Clients<'a>,
    scopes: Vec<Scope<'a>>,
    mistakes: &'m mut Mistakes,
}

/// Binds every name in `pattern`; the client is that of a pattern that is one name.
fn bind<'a>(pattern: &Pat, client: Option<Client<'a>>, scope: &mut Scope<'a>) {
    struct Names(Vec<String>);
    impl Visit<'_> for Names {
        fn visit_pat_ident(&mut self, pattern: &syn::PatIdent) {
            self.0.push(pattern.ident.to_string());
            visit::visit_pat_ident(self, pattern);
        }
    }
    let mut names = Names(Vec::new());
    names.visit_pat(pattern);
    let is_one = matches!(pattern, Pat::Ident(pattern) if pattern.subpat.is_none());
    scope.extend(names.0.into_iter().map(|name| (name, client.filter(|_| is_one))));
}

impl<'a> Calls<'a, '_> {
    fn scoped(&mut self, inside: impl FnOnce(&mut Self)) {
        self.scopes.push(Scope::new());
        inside(self);
        self.scopes.pop();
    }

    fn bind(&mut self, pattern: &Pat, client: Option<Client<'a>>) {
        // A name with its type written: `client: &aws_sdk_s3::Client`.
        let (pattern, client) = match pattern {
            Pat::Type(typed) => (&*typed.pat, self.clients.of_type(&typed.ty)),
            pattern => (pattern, client),
        };
        if let Some(scope) = self.scopes.last_mut() {
            bind(pattern, client, scope);
        }
    }

    /// The client that an expression certainly is.
    fn client_of(&self, expression: &Expr) -> Option<Client<'a>> {
        match expression {
            Expr::Path(path) if path.qself.is_none() => {
                let name = path.path.get_ident()?.to_string();
                *self.scopes.iter().rev().find_map(|scope| scope.get(&name))?
            }
            Expr::Paren(paren) => self.client_of(&paren.expr),
            Expr::Group(group) => self.client_of(&group.expr),
            Expr::Reference(reference) => self.client_of(&reference.expr),
            Expr::Unary(syn::ExprUnary { op: syn::UnOp::Deref(_), expr, .. }) => {
                self.client_of(expr)
            }
            Expr::MethodCall(call) if call.method == "clone" && call.args.is_empty() => {
                self.client_of(&call.receiver)
            }
            // `Arc::clone(&client)`
            Expr::Call(call) if call.args.len() == 1 => match &*call.func {
                Expr::Path(path)
                    if path.path.segments.last().is_some_and(|last| last.ident == "clone") =>
                {
                    self.client_of(call.args.first()?)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn call(&mut self, client: Client<'a>, method: &Ident) {
        let Some(operation) = self.clients.operation(client, &method.to_string()) else { return };
        if self.clients.covers(operation) {
            return;
        }
        let action = operation.primary().next();
        let needs = match &action {
            Some(action) => format!("needs `{}`", action.name()),
            None => format!("calls `{}`", operation.name()),
        };
        let on = match action.as_ref().and_then(valid::shape) {
            Some(shape) => format!("on = \"{shape}\""),
            None => "any_resource = \"…\"".to_owned(),
        };
        self.mistakes.at(
            method.span(),
            format!(
                "`{method}` {needs}, which this function does not declare: add `#[aws_access({}({}), {on})]`",
                client.name(),
                operation.name(),
            ),
        );
    }

    fn inside_macro(&mut self, tokens: &TokenStream) {
        let list = Punctuated::<Expr, Token![,]>::parse_terminated;
        if let Ok(expressions) = list.parse2(tokens.clone()) {
            expressions.iter().for_each(|expression| self.visit_expr(expression));
        } else if let Ok(statements) = syn::Block::parse_within.parse2(tokens.clone()) {
            self.scoped(|calls| statements.iter().for_each(|s| calls.visit_stmt(s)));
        }
    }
}

impl<'ast> Visit<'ast> for Calls<'_, '_> {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        visit::visit_expr_method_call(self, call);
        if let Some(client) = self.client_of(&call.receiver) {
            self.call(client, &call.method);
        }
    }

    /// `aws_sdk_s3::Client::get_object`, called or given away.
    fn visit_expr_path(&mut self, expression: &'ast syn::ExprPath) {
        let mut path = expression.path.clone();
        let Some(method) = path.segments.pop().map(|last| last.ident) else { return };
        path.segments.pop_punct();
        if expression.qself.is_none()
            && let Some(client) = self.clients.of_path(&path)
        {
            self.call(client, &method);
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        self.scoped(|calls| visit::visit_block(calls, block));
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        let mut client = None;
        if let Some(init) = &local.init {
            client = self.client_of(&init.expr);
            self.visit_expr(&init.expr);
            if let Some((_, diverge)) = &init.diverge {
                self.visit_expr(diverge);
            }
        }
        self.bind(&local.pat, client);
    }

    fn visit_expr_let(&mut self, condition: &'ast syn::ExprLet) {
        self.visit_expr(&condition.expr);
        let client = self.client_of(&condition.expr);
        self.bind(&condition.pat, client);
    }

    fn visit_expr_if(&mut self, branch: &'ast syn::ExprIf) {
        self.scoped(|calls| {
            calls.visit_expr(&branch.cond);
            calls.visit_block(&branch.then_branch);
        });
        if let Some((_, otherwise)) = &branch.else_branch {
            self.visit_expr(otherwise);
        }
    }

    fn visit_expr_while(&mut self, round: &'ast syn::ExprWhile) {
        self.scoped(|calls| {
            calls.visit_expr(&round.cond);
            calls.visit_block(&round.body);
        });
    }

    fn visit_expr_for_loop(&mut self, round: &'ast syn::ExprForLoop) {
        self.visit_expr(&round.expr);
        self.scoped(|calls| {
            calls.bind(&round.pat, None);
            calls.visit_block(&round.body);
        });
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.scoped(|calls| {
            calls.bind(&arm.pat, None);
            visit::visit_arm(calls, arm);
        });
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        self.scoped(|calls| {
            closure.inputs.iter().for_each(|input| calls.bind(input, None));
            calls.visit_expr(&closure.body);
        });
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.inside_macro(&call.tokens);
    }

    /// An item in the body sees none of its variables.
    fn visit_item(&mut self, _: &'ast syn::Item) {}
}

#[cfg(test)]
mod tests;
