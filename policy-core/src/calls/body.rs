//! Walks bodies: expressions in, calls, flows of values and edges of the call graph out.

use std::collections::BTreeMap;
use std::rc::Rc;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Attribute, Block, Expr, FnArg, Lit, Stmt};

use super::facts::{Edge, Facts, Hidden, RawCall, What};
use super::flow::join;
use super::program::{Body, Program};
use super::sdk;
use super::signature::Context;
use super::types::{CallId, Eval, FunctionId, Type, Value};
use super::{CallKind, Presence};

/// Deepest nesting of expressions that is read: what stays on the stack for each is some kilobytes.
const MAX_DEPTH: usize = 200;

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
            declared: None,
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
            Expr::Reference(it) => {
                let eval = self.eval(&it.expr, expected);
                if it.mutability.is_some() {
                    self.changed(&it.expr);
                }
                eval
            }
            Expr::Paren(it) => self.eval(&it.expr, expected),
            Expr::Group(it) => self.eval(&it.expr, expected),
            Expr::Await(it) => self.eval(&it.base, expected),
            Expr::Try(it) => self.eval(&it.expr, expected).taken_out(),
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
                // An element of it; of pairs the last part keeps the layer by which it is found.
                let is_pair = matches!(&*it.pat, syn::Pat::Tuple(_));
                self.bind(&it.pat, &if is_pair { eval } else { eval.taken_out() });
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
        if matches!(expr.op, syn::BinOp::AddAssign(_)) {
            self.changed(&expr.left);
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
