//! Walks bodies: expressions in, calls, flows of values and edges of the call graph out.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Attribute, Block, Expr, FnArg, Lit, Stmt};

use super::items::{Body, Program, plain};
use super::sdk::{self, Extension};
use super::signature::Context;
use super::types::{CallId, Eval, FunctionId, Type, TypeId, Value};
use super::{CallKind, Presence};

/// Deepest nesting of expressions that is read: what stays on the stack for each is some kilobytes.
const MAX_DEPTH: usize = 200;

/// What a call may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// An operation of a client.
    Operation(Rc<str>, String),
    /// The receiver is not known; these clients of the crate have such an operation.
    OneOf(Vec<(Rc<str>, String)>),
    /// An action that is no operation, with the client's name.
    Action(&'static str, &'static str),
    /// A method of a client that the catalog has no operation for.
    NoOperation(Rc<str>, String),
}

/// A call as it stands in the source.
#[derive(Debug, Clone)]
pub(super) struct RawCall {
    pub(super) function: FunctionId,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) what: What,
    pub(super) kind: CallKind,
    /// What is set on its builder, by the setter.
    pub(super) members: BTreeMap<String, Vec<Value>>,
    /// Whether the chain ends in sending, so that a call is meant.
    pub(super) is_sent: bool,
    /// Whether all that it stands on was read and not concluded.
    pub(super) is_sure: bool,
}

/// A step of the call graph.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edge {
    /// Calls it, or hands it on as a value.
    Function(FunctionId),
    /// Calls a method of that name on a receiver of unknown type.
    Named(String),
    /// Makes or names a value of the type.
    Type(TypeId),
}

/// A place where calls may hide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hidden {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) reason: String,
    /// The client whose calls they are.
    pub(super) client: Option<Rc<str>>,
}

/// What walking all bodies gathers.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) calls: Vec<RawCall>,
    /// Where builders are sent that came from elsewhere.
    pub(super) passed_on: Vec<RawCall>,
    pub(super) edges: BTreeSet<(FunctionId, Edge)>,
    pub(super) params: BTreeMap<(FunctionId, usize), Vec<Value>>,
    pub(super) fields: BTreeMap<(TypeId, Rc<str>), Vec<Value>>,
    pub(super) returns: BTreeMap<FunctionId, Vec<Value>>,
    /// Functions that are handed on as values: others call them with what they like.
    pub(super) escaped: BTreeSet<FunctionId>,
    pub(super) hidden: BTreeSet<Hidden>,
    /// Structs whose fields are environment variables.
    pub(super) from_environment: BTreeSet<TypeId>,
    /// Where clients are made.
    pub(super) clients: BTreeSet<(FunctionId, (u32, u32), Rc<str>)>,
    /// Texts that name an extension on localhost.
    pub(super) extensions: Vec<(FunctionId, (u32, u32), Extension, String)>,
}

/// Walks every body.
pub(super) fn walk(program: &Program<'_>) -> Facts {
    let mut facts = Facts::default();
    for index in 0..program.functions.len() {
        let id = FunctionId(index);
        let mut walk = Walk {
            program,
            facts: &mut facts,
            function: id,
            context: program.context_of(id),
            locals: Vec::new(),
            is_sure: program.functions[index].is_sure,
            depth: 0,
        };
        walk.function();
    }
    for (file, line, reason) in program.expanded.hidden() {
        facts.hidden.insert(Hidden { file, line, reason, client: None });
    }
    facts
}

pub(super) struct Walk<'p, 'a> {
    pub(super) program: &'p Program<'a>,
    pub(super) facts: &'p mut Facts,
    pub(super) function: FunctionId,
    pub(super) context: Context,
    pub(super) locals: Vec<(String, Eval)>,
    pub(super) is_sure: bool,
    /// Expressions around the one that is read.
    depth: usize,
}

impl Walk<'_, '_> {
    fn function(&mut self) {
        let function = &self.program.functions[self.function.0];
        let typed = &self.program.typed[self.function.0];
        if let Some(ty) = &typed.self_type {
            self.locals.push(("self".into(), Eval::of(ty.clone())));
        }
        if let Some(signature) = function.signature {
            let mut at = 0;
            for input in &signature.inputs {
                if let FnArg::Typed(input) = input {
                    let ty = typed.params.get(at).cloned().unwrap_or(Type::Unknown);
                    // Whoever calls it has such a value, also one that the runtime reads from an event.
                    self.mention(&ty);
                    let value = Value::Param(self.function, at);
                    self.bind(&input.pat, &Eval { ty, value });
                    at += 1;
                }
            }
        }
        let value = match function.body {
            Body::None => return,
            Body::Block(block) => self.block(block, &typed.output).value,
            Body::Expr(expr) => self.eval(expr, &typed.output).value,
        };
        self.returned(value);
    }

    pub(super) fn returned(&mut self, value: Value) {
        if value == Value::Never {
            return;
        }
        let known = self.facts.returns.entry(self.function).or_default();
        if !known.contains(&value) {
            known.push(value);
        }
    }

    pub(super) fn edge(&mut self, edge: Edge) {
        self.facts.edges.insert((self.function, edge));
    }

    /// Notes that a value of the type may exist.
    pub(super) fn mention(&mut self, ty: &Type) {
        match ty {
            Type::Local(id, arguments) => {
                self.edge(Edge::Type(*id));
                for argument in arguments.iter() {
                    self.mention(argument);
                }
            }
            Type::Wrap(inner) => self.mention(inner),
            Type::Tuple(parts) => parts.iter().for_each(|part| self.mention(part)),
            _ => {}
        }
    }

    pub(super) fn hidden(&mut self, span: Span, reason: String) {
        self.hidden_of(span, reason, None);
    }

    pub(super) fn hidden_of(&mut self, span: Span, reason: String, client: Option<Rc<str>>) {
        let file = self.program.functions[self.function.0].file.to_owned();
        let (line, _) = place(span);
        self.facts.hidden.insert(Hidden { file, line, reason, client });
    }

    /// Notes a call.
    pub(super) fn call(&mut self, span: Span, what: What, kind: CallKind) -> CallId {
        let (line, column) = place(span);
        self.facts.calls.push(RawCall {
            function: self.function,
            line,
            column,
            what,
            kind,
            members: BTreeMap::new(),
            is_sent: false,
            is_sure: self.is_sure,
        });
        CallId(self.facts.calls.len() - 1)
    }

    /// Whether a statement, arm or field is part of the build.
    pub(super) fn present(&mut self, attributes: &[Attribute]) -> bool {
        if attributes.is_empty() {
            return true;
        }
        let crate_index = self.program.functions[self.function.0].crate_index;
        match (self.program.crates[crate_index].presence)(attributes) {
            Presence::Present => true,
            Presence::Absent => false,
            Presence::Unknown => {
                self.is_sure = false;
                true
            }
        }
    }

    pub(super) fn block(&mut self, block: &Block, expected: &Type) -> Eval {
        let before = self.context.module;
        if let Some(module) = self.program.blocks.get(&std::ptr::from_ref(block)) {
            self.context.module = *module;
        }
        let depth = self.locals.len();
        let last = self.statements(&block.stmts, expected);
        self.locals.truncate(depth);
        self.context.module = before;
        last
    }

    pub(super) fn statements(&mut self, statements: &[Stmt], expected: &Type) -> Eval {
        let mut last = Eval::UNKNOWN;
        for (index, statement) in statements.iter().enumerate() {
            let sure = self.is_sure;
            last = Eval::UNKNOWN;
            match statement {
                Stmt::Local(local) => {
                    if self.present(&local.attrs) {
                        self.local(local);
                    }
                }
                Stmt::Item(_) => {}
                Stmt::Expr(expr, semicolon) => {
                    if self.present(attributes_of(expr)) {
                        let is_last = index + 1 == statements.len() && semicolon.is_none();
                        let expected = if is_last { expected } else { &Type::Unknown };
                        let eval = self.eval(expr, expected);
                        if is_last || eval.value == Value::Never {
                            last = eval;
                        }
                    }
                }
                Stmt::Macro(it) => {
                    if self.present(&it.attrs) {
                        last = self.macro_call(&it.mac);
                    }
                }
            }
            self.is_sure = sure;
        }
        last
    }

    fn local(&mut self, local: &syn::Local) {
        let annotation = match &local.pat {
            syn::Pat::Type(it) => self.program.convert(&self.context, &it.ty),
            _ => Type::Unknown,
        };
        let mut eval = match &local.init {
            Some(init) => {
                let eval = self.eval(&init.expr, &annotation);
                if let Some((_, diverge)) = &init.diverge {
                    self.eval(diverge, &Type::Unknown);
                }
                eval
            }
            None => Eval::UNKNOWN,
        };
        if !annotation.is_unknown() {
            self.mention(&annotation);
            eval.ty = annotation;
        }
        self.bind(&local.pat, &eval);
    }

    /// The type and value of an expression; notes what it does.
    pub(super) fn eval(&mut self, expr: &Expr, expected: &Type) -> Eval {
        if self.depth >= MAX_DEPTH {
            self.hidden(expr.span(), "the code is nested too deeply to be read".to_owned());
            return Eval::UNKNOWN;
        }
        self.depth += 1;
        let eval = self.eval_inside(expr, expected);
        self.depth -= 1;
        eval
    }

    fn eval_inside(&mut self, expr: &Expr, expected: &Type) -> Eval {
        match expr {
            Expr::Lit(it) => self.literal(&it.lit),
            Expr::Path(it) => self.path(it),
            Expr::MethodCall(it) => self.method_call(it),
            Expr::Call(it) => self.path_call(it, expected),
            Expr::Field(it) => self.field(it),
            Expr::Reference(it) => self.eval(&it.expr, expected),
            Expr::Paren(it) => self.eval(&it.expr, expected),
            Expr::Group(it) => self.eval(&it.expr, expected),
            Expr::Await(it) => self.eval(&it.base, expected),
            Expr::Try(it) => self.eval(&it.expr, expected),
            Expr::Unary(it) => {
                let eval = self.eval(&it.expr, expected);
                if matches!(it.op, syn::UnOp::Deref(_)) { eval } else { Eval::UNKNOWN }
            }
            Expr::Cast(it) => self.eval(&it.expr, &Type::Unknown),
            Expr::Block(it) => self.block(&it.block, expected),
            Expr::Async(it) => self.block(&it.block, expected),
            Expr::Unsafe(it) => self.block(&it.block, expected),
            Expr::Const(it) => self.block(&it.block, expected),
            Expr::TryBlock(it) => self.block(&it.block, expected),
            Expr::Closure(it) => self.closure(it, expected, &[]),
            Expr::Struct(it) => self.structure(it),
            Expr::Macro(it) => self.macro_call(&it.mac),
            Expr::If(it) => {
                let depth = self.locals.len();
                self.eval(&it.cond, &Type::Unknown);
                let then = self.block(&it.then_branch, expected);
                self.locals.truncate(depth);
                match &it.else_branch {
                    Some((_, other)) => {
                        let other = self.eval(other, expected);
                        join(then, other)
                    }
                    None => then,
                }
            }
            Expr::Let(it) => {
                let eval = self.eval(&it.expr, &Type::Unknown);
                self.bind(&it.pat, &eval);
                Eval::UNKNOWN
            }
            Expr::Match(it) => self.matching(it, expected),
            Expr::ForLoop(it) => {
                let eval = self.eval(&it.expr, &Type::Unknown);
                let depth = self.locals.len();
                self.bind(&it.pat, &eval);
                self.block(&it.body, &Type::Unknown);
                self.locals.truncate(depth);
                Eval::UNKNOWN
            }
            Expr::While(it) => {
                let depth = self.locals.len();
                self.eval(&it.cond, &Type::Unknown);
                self.block(&it.body, &Type::Unknown);
                self.locals.truncate(depth);
                Eval::UNKNOWN
            }
            Expr::Loop(it) => {
                self.block(&it.body, &Type::Unknown);
                Eval::of(expected.clone())
            }
            Expr::Assign(it) => self.assign(it),
            Expr::Return(it) => {
                if let Some(expr) = &it.expr {
                    let expected = self.program.typed[self.function.0].output.clone();
                    let value = self.eval(expr, &expected).value;
                    self.returned(value);
                }
                Eval { ty: expected.clone(), value: Value::Never }
            }
            Expr::Break(it) => {
                self.eval_option(it.expr.as_deref());
                Eval::NEVER
            }
            Expr::Continue(_) => Eval::NEVER,
            Expr::Yield(it) => self.eval_option(it.expr.as_deref()),
            Expr::Binary(it) => self.binary(it),
            Expr::Range(it) => {
                self.eval_option(it.start.as_deref());
                self.eval_option(it.end.as_deref());
                Eval::UNKNOWN
            }
            Expr::Index(it) => {
                self.eval(&it.index, &Type::Unknown);
                let mut eval = self.eval(&it.expr, &Type::Unknown);
                eval.value = Value::Unknown;
                eval
            }
            Expr::Array(it) => self.sequence(it.elems.iter()),
            Expr::Repeat(it) => {
                let eval = self.eval(&it.expr, &Type::Unknown);
                Eval { ty: eval.ty.wrapped(), value: eval.value }
            }
            Expr::Tuple(it) => {
                let expected = match expected.core() {
                    Type::Tuple(parts) => parts.clone(),
                    _ => [].into(),
                };
                let parts = it.elems.iter().enumerate();
                let parts: Rc<[Type]> = parts
                    .map(|(at, it)| self.eval(it, expected.get(at).unwrap_or(&Type::Unknown)).ty)
                    .collect();
                Eval::of(Type::Tuple(parts))
            }
            Expr::RawAddr(it) => self.eval(&it.expr, expected),
            Expr::Verbatim(tokens) => {
                self.tokens(tokens.clone(), "an expression that cannot be parsed");
                Eval::UNKNOWN
            }
            _ => Eval::UNKNOWN,
        }
    }

    /// Operands from left to right; sums of texts may be long.
    fn binary(&mut self, expr: &syn::ExprBinary) -> Eval {
        let mut right = vec![&*expr.right];
        let mut left = &*expr.left;
        let mut is_sum = matches!(expr.op, syn::BinOp::Add(_));
        while let Expr::Binary(inner) = left {
            is_sum &= matches!(inner.op, syn::BinOp::Add(_));
            right.push(&inner.right);
            left = &inner.left;
        }
        let mut values = vec![self.eval(left, &Type::Unknown).value];
        while let Some(operand) = right.pop() {
            values.push(self.eval(operand, &Type::Unknown).value);
        }
        let value = if is_sum { Value::Joined(values.into()) } else { Value::Unknown };
        Eval { ty: Type::Unknown, value }
    }

    fn eval_option(&mut self, expr: Option<&Expr>) -> Eval {
        expr.map_or(Eval::UNKNOWN, |expr| self.eval(expr, &Type::Unknown))
    }

    /// The elements of an array: their type in a layer, and any of their values.
    pub(super) fn sequence<'e>(&mut self, elements: impl Iterator<Item = &'e Expr>) -> Eval {
        let mut all: Option<Eval> = None;
        for element in elements {
            let eval = self.eval(element, &Type::Unknown);
            all = Some(match all {
                Some(before) => join(before, eval),
                None => eval,
            });
        }
        let all = all.unwrap_or(Eval::UNKNOWN);
        Eval { ty: all.ty.wrapped(), value: all.value }
    }

    fn literal(&mut self, literal: &Lit) -> Eval {
        let Lit::Str(text) = literal else { return Eval::UNKNOWN };
        let value = text.value();
        self.text(&value, text.span());
        Eval::text(&value)
    }

    /// Notes what a text tells by itself.
    pub(super) fn text(&mut self, text: &str, span: Span) {
        if let Some(extension) = sdk::extension(text) {
            let place = place(span);
            let found = (self.function, place, extension, text.to_owned());
            self.facts.extensions.push(found);
        }
        if text == "rds-db" && self.has_extern("aws_sigv4") {
            let what = What::Action("rds_db", "rds-db:connect");
            self.call(span, what, CallKind::Signature);
        }
    }

    /// Whether the crate depends on another, by that one's own name.
    pub(super) fn has_extern(&self, name: &str) -> bool {
        let crate_index = self.program.functions[self.function.0].crate_index;
        self.program.crates[crate_index].externs.values().any(|it| match it {
            super::Extern::Registry(own) => **own == *name,
            super::Extern::Source(_) => false,
        })
    }

    fn field(&mut self, expr: &syn::ExprField) -> Eval {
        let base = self.eval(&expr.base, &Type::Unknown);
        let name = match &expr.member {
            syn::Member::Named(name) => plain(name),
            syn::Member::Unnamed(index) => index.index.to_string(),
        };
        let mut ty = base.ty.core().clone();
        for _ in 0..8 {
            match &ty {
                Type::Local(id, arguments) => {
                    if let Some(field) = self.program.field(*id, arguments, &name) {
                        return Eval { ty: field, value: Value::Field(*id, name.into()) };
                    }
                    match super::signature::key_of(&ty).and_then(|it| self.program.targets.get(&it))
                    {
                        Some(target) => ty = target.core().clone(),
                        None => break,
                    }
                }
                Type::Tuple(parts) => {
                    let part = name.parse::<usize>().ok().and_then(|at| parts.get(at));
                    return Eval::of(part.cloned().unwrap_or(Type::Unknown));
                }
                _ => break,
            }
        }
        // A field of a type of another crate around something of ours: `event.payload`.
        if base.ty.is_wrapped() { Eval::of(base.ty) } else { Eval::UNKNOWN }
    }

    fn assign(&mut self, expr: &syn::ExprAssign) -> Eval {
        let left = self.eval(&expr.left, &Type::Unknown);
        let right = self.eval(&expr.right, &left.ty);
        match &*expr.left {
            Expr::Field(_) => {
                if let Value::Field(id, name) = left.value {
                    self.flow_field(id, &name, right.value);
                }
            }
            Expr::Path(path) => {
                if let Some(name) = path.path.get_ident()
                    && let Some((_, local)) =
                        self.locals.iter_mut().rev().find(|(known, _)| name == known)
                {
                    if local.ty.is_unknown() {
                        local.ty = right.ty;
                        if local.value == Value::Unknown {
                            local.value = right.value;
                            return Eval::UNKNOWN;
                        }
                    }
                    local.value = local.value.clone().or(right.value);
                }
            }
            _ => {}
        }
        Eval::UNKNOWN
    }

    pub(super) fn flow_field(&mut self, id: TypeId, name: &Rc<str>, value: Value) {
        let known = self.facts.fields.entry((id, name.clone())).or_default();
        if !known.contains(&value) {
            known.push(value);
        }
    }

    fn matching(&mut self, expr: &syn::ExprMatch, expected: &Type) -> Eval {
        let scrutinee = self.eval(&expr.expr, &Type::Unknown);
        let mut all: Option<Eval> = None;
        for arm in &expr.arms {
            let sure = self.is_sure;
            if self.present(&arm.attrs) {
                let depth = self.locals.len();
                self.bind(&arm.pat, &scrutinee);
                let eval = self.eval(&arm.body, expected);
                self.locals.truncate(depth);
                all = Some(match all {
                    Some(before) => join(before, eval),
                    None => eval,
                });
            }
            self.is_sure = sure;
        }
        all.unwrap_or(Eval::UNKNOWN)
    }

    /// A closure; `given` are the values it is called with where that is known.
    pub(super) fn closure(
        &mut self,
        expr: &syn::ExprClosure,
        expected: &Type,
        given: &[Eval],
    ) -> Eval {
        let known = match expected.core() {
            Type::Callable(callable) => callable.params.clone(),
            _ => Vec::new(),
        };
        let depth = self.locals.len();
        let mut params = Vec::new();
        for (at, input) in expr.inputs.iter().enumerate() {
            let eval = match (given.get(at), known.get(at)) {
                (Some(eval), _) => eval.clone(),
                (None, Some(ty)) => Eval::of(ty.clone()),
                (None, None) => Eval::UNKNOWN,
            };
            params.push(eval.ty.clone());
            self.bind(input, &eval);
        }
        let output = match &expr.output {
            syn::ReturnType::Type(_, ty) => self.program.convert(&self.context, ty),
            syn::ReturnType::Default => Type::Unknown,
        };
        let body = self.eval(&expr.body, &output);
        self.locals.truncate(depth);
        let output = if output.is_unknown() { body.ty } else { output };
        Eval { ty: Type::callable(params, output), value: body.value }
    }
}

/// Either of two branches.
pub(super) fn join(first: Eval, second: Eval) -> Eval {
    let ty = if first.ty.is_unknown() { second.ty } else { first.ty };
    Eval { ty, value: first.value.or(second.value) }
}

/// Line and column from 1.
pub(super) fn place(span: Span) -> (u32, u32) {
    let start = span.start();
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    (number(start.line), number(start.column + 1))
}

/// The attributes of a statement that is an expression.
fn attributes_of(expr: &Expr) -> &[Attribute] {
    match expr {
        Expr::Assign(it) => &it.attrs,
        Expr::Async(it) => &it.attrs,
        Expr::Await(it) => &it.attrs,
        Expr::Block(it) => &it.attrs,
        Expr::Call(it) => &it.attrs,
        Expr::Field(it) => &it.attrs,
        Expr::ForLoop(it) => &it.attrs,
        Expr::If(it) => &it.attrs,
        Expr::Loop(it) => &it.attrs,
        Expr::Macro(it) => &it.attrs,
        Expr::Match(it) => &it.attrs,
        Expr::MethodCall(it) => &it.attrs,
        Expr::Path(it) => &it.attrs,
        Expr::Return(it) => &it.attrs,
        Expr::Struct(it) => &it.attrs,
        Expr::Try(it) => &it.attrs,
        Expr::Tuple(it) => &it.attrs,
        Expr::Unsafe(it) => &it.attrs,
        Expr::While(it) => &it.attrs,
        _ => &[],
    }
}
