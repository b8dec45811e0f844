//! Method calls: of SDK clients and their builders, of the source, of layers such as `Option`.

use std::rc::Rc;

use syn::Expr;

use super::CallKind;
use super::body::Walk;
use super::facts::{Edge, What};
use super::local::called;
use super::program::TypeKind;
use super::sdk::{self, SENDING};
use super::types::{CallId, Eval, Sdk, Type, TypeId, Value};

/// Methods of layers whose closure gives what the method gives.
const MAPPING: &[&str] = &[
    "and_then",
    "buffer_unordered",
    "filter_map",
    "flat_map",
    "fold",
    "map",
    "map_ok",
    "map_or",
    "map_or_else",
    "map_while",
    "scan",
    "then",
    "try_fold",
];

/// Methods whose argument may stand for the value.
const ALTERNATIVE: &[&str] = &[
    "get_or_init",
    "get_or_insert_with",
    "get_or_try_init",
    "or",
    "or_else",
    "or_insert_with",
    "unwrap_or",
    "unwrap_or_else",
];

/// Methods that change nothing about a text.
const SAME_TEXT: &[&str] = &[
    "as_deref",
    "as_mut",
    "as_ref",
    "as_str",
    "borrow",
    "clone",
    "cloned",
    "context",
    "copied",
    "deref",
    "expect",
    "into",
    "into_boxed_str",
    "into_iter",
    "into_owned",
    "into_string",
    "iter",
    "map_err",
    "ok",
    "ok_or",
    "ok_or_else",
    "to_owned",
    "to_str",
    "to_string",
    "to_string_lossy",
    "trim",
    "try_into",
    "unwrap",
    "unwrap_or_default",
    "with_context",
];

/// Methods that change a text or a list where it stands.
const CHANGING: &[&str] = &[
    "append",
    "clear",
    "drain",
    "extend",
    "extend_from_slice",
    "insert",
    "insert_str",
    "make_ascii_lowercase",
    "make_ascii_uppercase",
    "pop",
    "push",
    "push_str",
    "remove",
    "replace_range",
    "retain",
    "split_off",
    "truncate",
    "write_fmt",
    "write_str",
];

/// Methods of layers, so that `Option<Store>::take` is not taken for a method of `Store`.
const OF_LAYERS: &[&str] = &[
    "as_deref",
    "as_mut",
    "as_ref",
    "borrow",
    "borrow_mut",
    "cloned",
    "contains_key",
    "copied",
    "entry",
    "expect",
    "first",
    "get",
    "get_mut",
    "get_or_init",
    "get_or_insert_with",
    "get_or_try_init",
    "insert",
    "into_inner",
    "into_iter",
    "is_empty",
    "is_none",
    "is_some",
    "iter",
    "iter_mut",
    "last",
    "len",
    "lock",
    "map",
    "next",
    "ok",
    "pop",
    "push",
    "read",
    "remove",
    "replace",
    "set",
    "take",
    "unwrap",
    "values",
    "write",
];

impl Walk<'_, '_> {
    /// A chain of methods, from its beginning on: builders have long ones.
    pub(super) fn method_call(&mut self, call: &syn::ExprMethodCall) -> Eval {
        // Each link, and whether `?` follows it.
        let mut chain = vec![(call, false)];
        let mut base = &*call.receiver;
        let mut is_tried = false;
        loop {
            base = match base {
                Expr::MethodCall(inner) => {
                    chain.push((inner, std::mem::take(&mut is_tried)));
                    &inner.receiver
                }
                Expr::Await(it) => &it.base,
                Expr::Try(it) => {
                    is_tried = true;
                    &it.expr
                }
                Expr::Paren(it) => &it.expr,
                _ => break,
            };
        }
        let mut receiver = self.eval(base, &Type::Unknown);
        if is_tried {
            receiver = receiver.taken_out();
        }
        if chain.iter().any(|(call, _)| CHANGING.iter().any(|it| call.method == it)) {
            self.changed(base);
        }
        while let Some((call, is_tried)) = chain.pop() {
            receiver = self.link(receiver, call);
            if is_tried || call.method == "unwrap" || call.method == "expect" {
                receiver = receiver.taken_out();
            }
        }
        receiver
    }

    /// One link of a chain.
    fn link(&mut self, receiver: Eval, call: &syn::ExprMethodCall) -> Eval {
        let method = super::items::plain(&call.method);
        let program = self.program;
        match receiver.ty.core() {
            Type::Sdk(Sdk::Client(client)) => {
                if call.args.is_empty()
                    && let Some(eval) = self.operation(&client.clone(), &method, call.method.span())
                {
                    return eval;
                }
            }
            Type::Sdk(Sdk::Handle(id)) => {
                if call.args.is_empty()
                    && let Some(eval) = self.of_handle(*id, &method, call.method.span())
                {
                    return eval;
                }
            }
            Type::Sdk(Sdk::Request(id)) => return self.request(*id, &receiver, &method, call),
            Type::Sdk(Sdk::Builder(client, operation)) => {
                let (client, operation) = (client.clone(), operation.clone());
                return self.builder(&receiver, &client, &operation, &method, call);
            }
            Type::Sdk(Sdk::Input(client, operation)) => {
                return self.input(&receiver, &client.clone(), &operation.clone(), &method, call);
            }
            _ => {}
        }
        let of_layer = receiver.ty.is_wrapped() && OF_LAYERS.contains(&method.as_str());
        if of_layer {
            // Or of what is inside: nobody counts the layers.
            for function in program.methods_of(&receiver.ty, &method) {
                self.edge(Edge::Function(function));
                self.facts.escaped.insert(function);
            }
        } else {
            let found = program.methods_of(&receiver.ty, &method);
            if let Some((first, others)) = found.split_first() {
                for other in others {
                    self.edge(Edge::Function(*other));
                }
                let written = call.turbofish.clone().map(syn::PathArguments::AngleBracketed);
                let receiver = Some(&receiver);
                return self.call_function(*first, None, receiver, &call.args, written.as_ref());
            }
            // Through `Deref` to a client.
            if let Some(client) = self.dereferenced(&receiver.ty)
                && call.args.is_empty()
                && let Some(eval) = self.operation(&client, &method, call.method.span())
            {
                return eval;
            }
            if let Type::Sdk(Sdk::Client(client)) = receiver.ty.core()
                && call.args.is_empty()
                && !receiver.ty.is_wrapped()
                && !sdk::is_of_client(&method)
                && !OF_LAYERS.contains(&method.as_str())
                && !SAME_TEXT.contains(&method.as_str())
            {
                let what = What::NoOperation(client.clone(), method);
                let call = self.call(call.method.span(), what, CallKind::Request);
                return Eval::of(Type::Sdk(Sdk::Request(Some(call))));
            }
        }
        if let (Type::Local(id, _), [argument]) =
            (receiver.ty.core().clone(), call.args.iter().collect::<Vec<_>>().as_slice())
            && !of_layer
            && let Some(written) = program.fields[id.0].get(&method)
        {
            // The setter of a builder that a derive makes.
            let value = self.eval(argument, written).value;
            self.flow_field(id, &method.into(), value);
            return receiver;
        }
        if receiver.ty.is_unknown() || matches!(receiver.ty, Type::External(_)) {
            if let Some(eval) = self.guessed(&method, call) {
                return eval;
            }
            if program.methods_by_name.contains_key(&method) {
                self.edge(Edge::Named(method.clone()));
            }
        }
        self.layer(receiver, &method, call)
    }

    /// A method of a handle: an operation, on what is declared, or the value of a variable.
    pub(super) fn of_handle(
        &mut self,
        id: TypeId,
        method: &str,
        span: proc_macro2::Span,
    ) -> Option<Eval> {
        let program = self.program;
        let TypeKind::Handle(handle) = &program.types[id.0].kind else { return None };
        if let Some(value) = handle.variables.get(method) {
            return Some(Eval { ty: Type::Unknown, value: value.clone() });
        }
        let eval = self.operation(&handle.client, method, span)?;
        if let Type::Sdk(Sdk::Request(Some(call))) = &eval.ty {
            self.facts.calls[call.0].declared = handle.methods.get(method).cloned();
        }
        Some(eval)
    }

    /// The client behind a type that dereferences to one.
    fn dereferenced(&self, ty: &Type) -> Option<Rc<str>> {
        let mut ty = ty.core();
        for _ in 0..8 {
            ty = self.program.targets.get(&super::signature::key_of(ty)?)?.core();
            if let Type::Sdk(Sdk::Client(client)) = ty {
                return Some(client.clone());
            }
        }
        None
    }

    /// A method of a builder: sends, presigns, or sets a member.
    fn request(
        &mut self,
        id: Option<CallId>,
        receiver: &Eval,
        method: &str,
        call: &syn::ExprMethodCall,
    ) -> Eval {
        let mut first = None;
        for argument in &call.args {
            let eval = self.eval(argument, &Type::Unknown);
            first.get_or_insert(eval.value);
        }
        if let Some(raw) = id.and_then(|id| self.facts.calls.get_mut(id.0)) {
            if SENDING.contains(&method) {
                raw.is_sent = true;
            }
            if method == "presigned" {
                raw.kind = CallKind::Presigned;
            }
            if let Some(value) = first {
                let member = match method.strip_prefix("set_").unwrap_or(method) {
                    // What another service calls the key of the object it is handed.
                    "name" if raw.kind == CallKind::HandedOver => "key".to_owned(),
                    member => member.to_owned(),
                };
                raw.members.entry(member).or_default().push(value);
            }
        }
        let is_over = matches!(method, "as_input" | "presigned" | "send" | "send_with" | "wait")
            || method.starts_with("get_");
        if is_over { Eval::UNKNOWN } else { Eval::of(receiver.ty.clone()) }
    }

    /// A method of a builder that came from elsewhere. Where it is sent counts only if nothing in sight makes such a request.
    fn builder(
        &mut self,
        receiver: &Eval,
        client: &Rc<str>,
        operation: &Rc<str>,
        method: &str,
        call: &syn::ExprMethodCall,
    ) -> Eval {
        for argument in &call.args {
            self.eval(argument, &Type::Unknown);
        }
        if !SENDING.contains(&method) {
            return Eval::of(receiver.ty.clone());
        }
        if let Some(eval) = self.operation(client, operation, call.method.span())
            && let Type::Sdk(Sdk::Request(Some(id))) = &eval.ty
        {
            let mut raw = self.facts.calls.split_off(id.0);
            if method == "presigned" {
                raw.iter_mut().for_each(|raw| raw.kind = CallKind::Presigned);
            }
            self.facts.passed_on.extend(raw);
        }
        Eval::of(Type::Sdk(Sdk::Request(None)))
    }

    /// A method of an operation's input: `.send_with(&client)` makes a call of it.
    fn input(
        &mut self,
        receiver: &Eval,
        client: &Rc<str>,
        operation: &Rc<str>,
        method: &str,
        call: &syn::ExprMethodCall,
    ) -> Eval {
        for argument in &call.args {
            self.eval(argument, &Type::Unknown);
        }
        if method == "send_with" {
            self.operation(client, operation, call.method.span());
            return Eval::UNKNOWN;
        }
        Eval::of(receiver.ty.clone())
    }

    /// A method of an unknown receiver that is named like an operation.
    fn guessed(&mut self, method: &str, call: &syn::ExprMethodCall) -> Option<Eval> {
        if let Some((client, action)) = sdk::token_method(method) {
            for argument in &call.args {
                self.eval(argument, &Type::Unknown);
            }
            self.call(call.method.span(), What::Action(client, action), CallKind::Signature);
            return Some(Eval::UNKNOWN);
        }
        if !call.args.is_empty() || !method.contains('_') && !is_distinct(method) {
            return None;
        }
        let crate_index = self.program.functions[self.function.0].crate_index;
        let clients = &self.program.sdk_clients[crate_index];
        let candidates: Vec<(Rc<str>, String)> = clients
            .iter()
            .filter_map(|client| {
                let operation = sdk::operation(self.program.catalog, client, method)?;
                Some((client.clone(), operation.name().to_owned()))
            })
            .collect();
        if candidates.is_empty() {
            return None;
        }
        let what = What::OneOf(candidates);
        let call = self.call(call.method.span(), what, CallKind::Request);
        Some(Eval::of(Type::Sdk(Sdk::Request(Some(call)))))
    }

    /// A method of `Option`, `Result`, collections, locks, iterators, or of a text.
    fn layer(&mut self, receiver: Eval, method: &str, call: &syn::ExprMethodCall) -> Eval {
        let inner = Eval { ty: receiver.ty.clone(), value: receiver.value.clone() };
        let mut results: Vec<Eval> = Vec::new();
        for argument in &call.args {
            let eval = match argument {
                Expr::Closure(closure) => {
                    // `fold` gives the element last, all others first.
                    let given = match closure.inputs.len() {
                        2 => vec![Eval::UNKNOWN, inner.clone()],
                        _ => vec![inner.clone()],
                    };
                    self.closure(closure, &Type::Unknown, &given)
                }
                other => self.eval(other, &Type::Unknown),
            };
            results.push(eval);
        }
        let given = results.iter().map(called_or_self).find(|it| it.ty.matters());
        if MAPPING.contains(&method) {
            let result = results.iter().next_back().map_or(Eval::UNKNOWN, called_or_self);
            let value = match (results.len(), method) {
                (1, "map" | "and_then" | "then") => result.value,
                _ => Value::Unknown,
            };
            return Eval { ty: result.ty.wrapped(), value };
        }
        let is_lost = !receiver.ty.is_wrapped()
            && matches!(receiver.ty.core(), Type::Local(..) | Type::Opaque(_))
            && !SAME_TEXT.contains(&method)
            && !OF_LAYERS.contains(&method);
        let asked = call.turbofish.as_ref().and_then(|it| self.only_type(it));
        if let Some(asked) = &asked {
            self.mention(asked);
        }
        if receiver.ty.is_unknown() && matches!(method, "name" | "service_name") {
            self.signed(results.first(), call.method.span());
        }
        let ty = if let Some(asked) = asked {
            // `context.data::<Client>()` gives what it is asked for.
            asked.wrapped()
        } else if is_lost {
            Type::Unknown
        } else if receiver.ty.matters() {
            // `get`, `next`, `lock` may leave a layer or not; it does not matter which.
            receiver.ty
        } else {
            given.map_or(Type::Unknown, |it| it.ty.wrapped())
        };
        let value = if ALTERNATIVE.contains(&method) {
            match results.into_iter().next() {
                Some(other) if receiver.value == Value::Unknown => other.value,
                Some(other) => receiver.value.or(other.value),
                None => Value::Unknown,
            }
        } else if SAME_TEXT.contains(&method) {
            receiver.value
        } else {
            Value::Unknown
        };
        Eval { ty, value }
    }
}

impl Walk<'_, '_> {
    /// Notes a request that the code signs itself for another service than those that make tokens.
    fn signed(&mut self, service: Option<&Eval>, span: proc_macro2::Span) {
        let Some(Value::Text(service)) = service.map(|it| &it.value) else { return };
        if **service != *"rds-db"
            && self.program.catalog.service(service).is_some()
            && self.has_extern("aws_sigv4")
        {
            let reason = format!(
                "a request to `{service}` is signed by hand, which does not tell its actions"
            );
            self.hidden(span, reason);
        }
    }
}

/// Operations of one word that hardly anything else is called.
fn is_distinct(method: &str) -> bool {
    matches!(method, "converse" | "decrypt" | "encrypt" | "invoke" | "publish" | "query" | "scan")
}

fn called_or_self(eval: &Eval) -> Eval {
    match eval.ty.core() {
        Type::Callable(_) => called(eval),
        _ => eval.clone(),
    }
}
