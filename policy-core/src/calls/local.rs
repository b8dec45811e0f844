//! Paths as values, calls by path, constructors.

use std::rc::Rc;

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, GenericArgument, PathArguments};

use super::CallKind;
use super::body::{Walk, place};
use super::facts::{Edge, What};
use super::items::plain;
use super::names::{Def, Space};
use super::program::{OfTrait, Owner, Program, TypeKind};
use super::sdk;
use super::signature::key_of;
use super::types::{Eval, FunctionId, Known, Sdk, Type, TypeId, Value};

type Arguments = Punctuated<Expr, syn::Token![,]>;

/// Functions of other crates that give back what they are given, perhaps in a layer.
const PASSING: &[&str] = &[
    "Ok",
    "Some",
    "block_on",
    "clone",
    "from",
    "from_str",
    "from_value",
    "join_all",
    "new",
    "new_cyclic",
    "new_with",
    "once",
    "pin",
    "ready",
    "select_ok",
    "spawn",
    "spawn_blocking",
    "spawn_local",
    "timeout",
    "to_owned",
    "to_string",
    "try_from",
    "try_join_all",
];

/// Beginnings of the names of crates that hold values and call nothing on them.
const HOLDING: &[&str] = &[
    "actix_web",
    "anyhow",
    "arc_swap",
    "async_once_cell",
    "aws_config",
    "aws_credential",
    "aws_lambda_events",
    "aws_sdk_",
    "aws_smithy",
    "aws_types",
    "axum",
    "dashmap",
    "eyre",
    "futures",
    "lambda_",
    "once_cell",
    "parking_lot",
    "std",
    "tokio",
    "tower",
];

/// What a path in an expression names.
enum Named {
    Local(Eval),
    /// A function, with the type whose it is.
    Function(FunctionId, Option<Type>),
    /// A tuple struct, a variant or a unit struct; how its fields are called.
    Constructor(TypeId, String),
    /// Something of a type that is not written out: made by a derive, or of an SDK client.
    OfType(Type, String),
    External(Rc<str>),
    None,
}

impl Walk<'_, '_> {
    fn named_value(&mut self, path: &syn::ExprPath) -> Named {
        let names: Vec<String> = path.path.segments.iter().map(|it| plain(&it.ident)).collect();
        if let Some(qself) = &path.qself {
            let ty = self.program.convert(&self.context, &qself.ty);
            let last = names.last().cloned().unwrap_or_default();
            return self.of_type(ty, last);
        }
        let leading = path.path.leading_colon.is_some();
        if let [name] = &names[..]
            && !leading
            && let Some((_, eval)) = self.locals.iter().rev().find(|(known, _)| known == name)
        {
            return Named::Local(eval.clone());
        }
        let first = names.first().map(String::as_str).unwrap_or_default();
        let generic = self.context.generics.iter().rev().find(|(name, _)| **name == *first);
        let own = match generic {
            Some((_, ty)) => Some(ty.clone()),
            None if first == "Self" => self.context.self_type.clone(),
            None => None,
        };
        if let Some(ty) = own.filter(|_| !leading) {
            return match names.get(1) {
                Some(name) => self.of_type(ty, name.clone()),
                None => match ty {
                    Type::Local(id, _) => Named::Constructor(id, String::new()),
                    _ => Named::None,
                },
            };
        }
        match self.program.resolve(self.context.module, &names, leading, Space::Values) {
            Some((Def::Function(id), taken)) if taken == names.len() => Named::Function(id, None),
            Some((Def::External(path), _)) => Named::External(path),
            Some((Def::Trait(id), taken)) => {
                let name = names.get(taken).cloned().unwrap_or_default();
                self.of_type(Type::Opaque([id].into()), name)
            }
            Some((Def::Type(id), taken)) => match names.get(taken) {
                Some(name) if !self.program.variant(id, name) => {
                    let ty = self.written_type(id, path, taken);
                    self.of_type(ty, name.clone())
                }
                Some(name) => Named::Constructor(id, format!("{name}.")),
                None => match &self.program.types[id.0].kind {
                    TypeKind::Enum(_) => {
                        let name = names.last().map(String::as_str).unwrap_or_default();
                        Named::Constructor(id, format!("{name}."))
                    }
                    _ => Named::Constructor(id, String::new()),
                },
            },
            Some(_) => Named::None,
            None => Named::External(names.join("::").into()),
        }
    }

    /// The type that the first `taken` segments of a path name, with the arguments written there.
    fn written_type(&self, id: TypeId, path: &syn::ExprPath, taken: usize) -> Type {
        let mut written = path.path.clone();
        written.segments = written.segments.into_iter().take(taken).collect();
        let ty = syn::Type::Path(syn::TypePath { attrs: Vec::new(), qself: None, path: written });
        match self.program.convert(&self.context, &ty) {
            Type::Unknown => Type::Local(id, [].into()),
            ty => ty,
        }
    }

    fn of_type(&self, ty: Type, name: String) -> Named {
        match self.program.methods_of(&ty, &name).first() {
            Some(id) => Named::Function(*id, Some(ty)),
            None => Named::OfType(ty, name),
        }
    }

    /// A path that is not called.
    pub(super) fn path(&mut self, path: &syn::ExprPath) -> Eval {
        match self.named_value(path) {
            Named::Local(eval) => eval,
            Named::Function(id, _) => {
                self.edge(Edge::Function(id));
                let typed = &self.program.typed[id.0];
                let value = Value::Given(id, [].into());
                if self.program.functions[id.0].signature.is_none() {
                    return Eval { ty: typed.output.clone(), value };
                }
                self.facts.escaped.insert(id);
                Eval { ty: Type::callable(typed.params.clone(), typed.output.clone()), value }
            }
            Named::Constructor(id, _) => {
                self.edge(Edge::Type(id));
                Eval::of(Type::Local(id, [].into()))
            }
            Named::OfType(ty, name) => {
                self.mention(&ty);
                self.associated_value(ty, &name)
            }
            Named::External(name) if last(&name) == "None" => Eval::NEVER,
            Named::External(name) => {
                match sdk::type_of(name.rsplit_once("::").map_or("", |(owner, _)| owner)) {
                    Some(Type::Sdk(Sdk::Client(client))) => {
                        let span = path.path.segments.last().map(|it| it.span());
                        self.made(&client, last(&name), span.unwrap_or_else(Span::call_site));
                        self.associated_value(Type::Sdk(Sdk::Client(client)), last(&name))
                    }
                    _ => Eval::UNKNOWN,
                }
            }
            Named::None => Eval::UNKNOWN,
        }
    }

    /// `Client::new` handed on as a function.
    fn associated_value(&self, ty: Type, name: &str) -> Eval {
        match name {
            "new" | "from_conf" | "from_client" | "clone" | "default" => {
                Eval::of(Type::callable(Vec::new(), ty))
            }
            _ => Eval::UNKNOWN,
        }
    }

    pub(super) fn path_call(&mut self, call: &syn::ExprCall, expected: &Type) -> Eval {
        let Expr::Path(path) = unparenthesised(&call.func) else {
            let callee = self.eval(&call.func, &Type::Unknown);
            self.arguments(&call.args, &callee);
            return called(&callee);
        };
        match self.named_value(path) {
            Named::Local(callee) => {
                self.arguments(&call.args, &callee);
                called(&callee)
            }
            Named::Function(id, of) => {
                let written = path.path.segments.last().map(|last| &last.arguments);
                if let Some(of) = &of {
                    self.mention(of);
                }
                self.call_function(id, of, None, &call.args, written)
            }
            Named::Constructor(id, prefix) => self.construct(id, &prefix, &call.args),
            Named::OfType(ty, name) => {
                self.mention(&ty);
                let span = path.path.segments.last().map_or_else(Span::call_site, |it| it.span());
                self.of_type_call(ty, &name, &call.args, span)
            }
            Named::External(path_text) => {
                let span = path.path.segments.last().map_or_else(Span::call_site, |it| it.span());
                let eval = self.external_call(&path_text, &call.args, span);
                let written = path.path.segments.last().and_then(|it| match &it.arguments {
                    PathArguments::AngleBracketed(arguments) => self.only_type(arguments),
                    _ => None,
                });
                self.made_from_environment(&path_text, written.as_ref().unwrap_or(expected));
                match written {
                    // `serde_json::from_str::<Config>(…)` gives what it is asked for.
                    Some(ty) if eval.ty.is_unknown() => {
                        self.mention(&ty);
                        Eval { ty: ty.wrapped(), value: eval.value }
                    }
                    _ => eval,
                }
            }
            Named::None => {
                self.arguments(&call.args, &Eval::UNKNOWN);
                Eval::UNKNOWN
            }
        }
    }

    /// The type between `<` and `>` when it is the only one.
    pub(super) fn only_type(
        &self,
        arguments: &syn::AngleBracketedGenericArguments,
    ) -> Option<Type> {
        let mut types = arguments.args.iter().filter_map(|it| match it {
            GenericArgument::Type(ty) => Some(self.program.convert(&self.context, ty)),
            _ => None,
        });
        types.next().filter(|ty| ty.matters() && types.next().is_none())
    }

    /// Notes a struct whose fields `envy` fills from the variables of their names.
    fn made_from_environment(&mut self, path: &str, made: &Type) {
        if let ("envy::from_env", Type::Local(id, _)) = (path, made.core()) {
            self.facts.from_environment.insert(*id);
        }
    }

    /// Evaluates arguments; closures are given what `callee` takes.
    fn arguments(&mut self, arguments: &Arguments, callee: &Eval) -> Vec<Eval> {
        let params = match callee.ty.core() {
            Type::Callable(callable) => callable.params.clone(),
            _ => Vec::new(),
        };
        let each = arguments.iter().enumerate();
        each.map(|(at, it)| self.eval(it, params.get(at).unwrap_or(&Type::Unknown))).collect()
    }

    /// Calls a function of the source.
    pub(super) fn call_function(
        &mut self,
        id: FunctionId,
        of: Option<Type>,
        receiver: Option<&Eval>,
        arguments: &Arguments,
        written: Option<&PathArguments>,
    ) -> Eval {
        self.edge(Edge::Function(id));
        let program = self.program;
        let typed = &program.typed[id.0];
        let mut known = Known::default();
        if let Some(PathArguments::AngleBracketed(written)) = written {
            let types = written.args.iter().filter_map(|it| match it {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            });
            for (name, ty) in typed.generics.iter().zip(types) {
                let ty = program.convert(&self.context, ty);
                self.mention(&ty);
                known.set(name, &ty);
            }
        }
        let mut arguments = arguments.iter();
        let mut own = receiver.map(|it| it.ty.clone()).or(of);
        if typed.takes_self && receiver.is_none() {
            // `Store::get(&store, …)`
            let first = arguments.next().map(|it| self.eval(it, &Type::Unknown).ty);
            own = first.filter(|it| !it.is_unknown()).or(own);
        }
        if let (Some(written), Some(own)) = (&typed.self_type, &own) {
            known.learn(written, own);
            known.set(&"Self".into(), own.core());
        }
        let mut values = Vec::new();
        for (at, argument) in arguments.enumerate() {
            let param = typed.params.get(at).unwrap_or(&Type::Unknown);
            let eval = self.eval(argument, &param.with(&known));
            known.learn(param, &eval.ty);
            let flow = self.facts.params.entry((id, at)).or_default();
            if !flow.contains(&eval.value) {
                flow.push(eval.value.clone());
            }
            values.push(eval.value);
        }
        Eval { ty: typed.output.with(&known), value: Value::Given(id, values.into()) }
    }

    /// A function of a type that the source does not write out.
    fn of_type_call(&mut self, ty: Type, name: &str, arguments: &Arguments, span: Span) -> Eval {
        if let Type::Sdk(Sdk::Client(client)) = &ty
            && let Some(eval) = self.client_function(client, name, arguments, span)
        {
            return eval;
        }
        if let Type::Sdk(Sdk::Handle(id)) = &ty
            && let Some(eval) = self.of_handle(*id, name, span)
        {
            self.arguments(arguments, &Eval::UNKNOWN);
            return eval;
        }
        self.arguments(arguments, &Eval::UNKNOWN);
        match ty {
            // `Config::parse()`, `Access::new(&config)`: made by a derive, and gives the type.
            Type::Local(..) => Eval::of(ty.wrapped()),
            Type::Sdk(_) => Eval::of(ty),
            _ => Eval::UNKNOWN,
        }
    }

    /// `Client::new(…)`, `Client::get_item(&client)`.
    fn client_function(
        &mut self,
        client: &Rc<str>,
        name: &str,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Eval> {
        if let Some(eval) = self.operation(client, name, span) {
            self.arguments(arguments, &Eval::UNKNOWN);
            return Some(eval);
        }
        self.made(client, name, span);
        None
    }

    /// Notes that a client is made.
    fn made(&mut self, client: &Rc<str>, name: &str, span: Span) {
        if matches!(name, "new" | "from_conf") {
            self.facts.clients.insert((self.function, place(span), client.clone()));
        }
    }

    fn external_call(&mut self, path: &str, arguments: &Arguments, span: Span) -> Eval {
        let name = last(path);
        let owner = path.rsplit_once("::").map_or("", |(owner, _)| owner);
        if let Some(Type::Sdk(sdk)) = sdk::type_of(owner) {
            if let Sdk::Client(client) = &sdk
                && let Some(eval) = self.client_function(client, name, arguments, span)
            {
                return eval;
            }
            self.arguments(arguments, &Eval::UNKNOWN);
            return Eval::of(Type::Sdk(sdk));
        }
        let evals = self.arguments(arguments, &Eval::UNKNOWN);
        if sdk::hands_object(path) {
            let what = What::Operation("s3".into(), "GetObject".into());
            let call = self.call(span, what, CallKind::HandedOver);
            self.facts.calls[call.0].is_sent = true;
            return Eval::of(Type::Sdk(Sdk::Request(Some(call))));
        }
        if let Some((client, action)) = sdk::token(path) {
            self.call(span, What::Action(client, action), CallKind::Signature);
            return Eval::UNKNOWN;
        }
        if path == "aws_config::sts::AssumeRoleProvider::builder" {
            let what = What::Operation("sts".into(), "AssumeRole".into());
            let call = self.call(span, what, CallKind::Request);
            let role = evals.first().map_or(Value::Unknown, |it| it.value.clone());
            self.facts.calls[call.0].members.insert("role_arn".into(), vec![role]);
            return Eval::UNKNOWN;
        }
        if matches!(name, "var" | "var_os") && matches!(last(owner), "env" | "dotenv" | "dotenvy") {
            let name = evals.into_iter().next().map_or(Value::Unknown, |it| it.value);
            return Eval { ty: Type::Unknown, value: Value::Variable(Rc::new(name)) };
        }
        self.handed_out(path, &evals, span);
        match name {
            "Err" => Eval::NEVER,
            name if PASSING.contains(&name) => passed(&evals),
            _ => Eval::UNKNOWN,
        }
    }

    /// Notes a client that is given to a crate whose source is not at hand: it may make calls with it.
    fn handed_out(&mut self, path: &str, evals: &[Eval], span: Span) {
        let Some((of_crate, _)) = path.split_once("::") else { return };
        if !self.has_extern(of_crate) || HOLDING.iter().any(|it| of_crate.starts_with(it)) {
            return;
        }
        for eval in evals {
            if let Type::Sdk(Sdk::Client(client)) = eval.ty.core() {
                let client = client.clone();
                let reason = format!(
                    "a client of `{client}` is given to `{path}`, whose source is not read"
                );
                self.hidden_of(span, reason, Some(client));
            }
        }
    }

    /// A request of an operation, if the client has one of that name.
    pub(super) fn operation(&mut self, client: &Rc<str>, name: &str, span: Span) -> Option<Eval> {
        let (what, kind) = match sdk::operation(self.program.catalog, client, name) {
            Some(operation) => {
                let what = What::Operation(client.clone(), operation.name().to_owned());
                (what, CallKind::Request)
            }
            None => {
                let polled = sdk::waiter(self.program.catalog, client, name)?;
                (What::Operation(client.clone(), polled.to_owned()), CallKind::Waiter)
            }
        };
        let call = self.call(span, what, kind);
        Some(Eval::of(Type::Sdk(Sdk::Request(Some(call)))))
    }
}

impl Program<'_> {
    /// The functions of that name that a value of the type has, the one that is called first.
    pub(super) fn methods_of(&self, ty: &Type, name: &str) -> Vec<FunctionId> {
        self.methods_to(ty, name, 0)
    }

    fn methods_to(&self, ty: &Type, name: &str, depth: usize) -> Vec<FunctionId> {
        let of_traits = |traits: &[super::types::TraitId]| -> Vec<FunctionId> {
            let all = self.with_supertraits(traits);
            let found = all.iter().filter_map(|it| self.traits[it.0].functions.get(name));
            found.copied().collect()
        };
        if let Type::Opaque(traits) = ty.core() {
            return of_traits(traits);
        }
        let Some(key) = key_of(ty.core()) else { return Vec::new() };
        if let Some(found) = self.methods.get(&(key.clone(), name.to_owned())) {
            return found.clone();
        }
        if let Some(traits) = self.traits_of.get(&key) {
            let found = of_traits(traits);
            if !found.is_empty() {
                return found;
            }
        }
        if matches!(ty.core(), Type::Local(..) | Type::Sdk(_)) {
            for (of_trait, id) in &self.blankets {
                let own = self.impls[id.0].functions.iter().copied();
                let mut own = own.filter(|it| self.functions[it.0].name == name);
                if let Some(found) = own.next() {
                    return vec![found];
                }
                let found = of_traits(&[*of_trait]);
                if !found.is_empty() {
                    return found;
                }
            }
        }
        match self.targets.get(&key) {
            Some(target) if depth < 8 => self.methods_to(target, name, depth + 1),
            _ => Vec::new(),
        }
    }

    /// The trait of a function that stands in an `impl` of another crate's trait.
    pub(super) fn is_of_foreign_trait(&self, id: FunctionId) -> bool {
        match self.functions[id.0].owner {
            Owner::Impl(id) => self.impl_types[id.0].1 == OfTrait::External,
            _ => false,
        }
    }
}

/// What calling a value gives.
pub(super) fn called(callee: &Eval) -> Eval {
    match callee.ty.core() {
        Type::Callable(callable) => {
            Eval { ty: callable.output.clone(), value: callee.value.clone() }
        }
        _ => Eval::UNKNOWN,
    }
}

/// What a function gives that hands on its arguments: the first that leads anywhere.
pub(super) fn passed(evals: &[Eval]) -> Eval {
    let value = evals.first().map_or(Value::Unknown, |it| it.value.clone());
    let ty = evals.iter().map(|it| match it.ty.core() {
        Type::Callable(callable) if callable.output.matters() => &callable.output,
        _ => &it.ty,
    });
    let ty = ty.into_iter().find(|ty| ty.matters() && !matches!(ty, Type::Callable(_)));
    Eval { ty: ty.map_or(Type::Unknown, |ty| ty.clone().wrapped()), value }
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

fn unparenthesised(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(it) => unparenthesised(&it.expr),
        Expr::Group(it) => unparenthesised(&it.expr),
        other => other,
    }
}
