//! Where values go: fields, assignments, branches, closures.

use std::rc::Rc;

use syn::Expr;

use super::body::Walk;
use super::items::plain;
use super::signature::key_of;
use super::types::{Eval, Type, TypeId, Value};

impl Walk<'_, '_> {
    pub(super) fn field(&mut self, expr: &syn::ExprField) -> Eval {
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
                    match key_of(&ty).and_then(|it| self.program.targets.get(&it)) {
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

    pub(super) fn assign(&mut self, expr: &syn::ExprAssign) -> Eval {
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

    /// Notes that a text or list is changed where it stands: what it was made with is not what it holds.
    pub(super) fn changed(&mut self, place: &Expr) {
        let untold = || Value::Untold("it is changed after it is made".into());
        match place {
            Expr::Path(path) => {
                if let Some(name) = path.path.get_ident()
                    && let Some((_, local)) =
                        self.locals.iter_mut().rev().find(|(known, _)| name == known)
                {
                    local.value = untold();
                }
            }
            Expr::Field(field) if matches!(&*field.base, Expr::Path(_)) => {
                if let Value::Field(id, name) = self.field(field).value {
                    self.flow_field(id, &name, untold());
                }
            }
            Expr::Paren(it) => self.changed(&it.expr),
            Expr::Unary(it) => self.changed(&it.expr),
            _ => {}
        }
    }

    pub(super) fn flow_field(&mut self, id: TypeId, name: &Rc<str>, value: Value) {
        let known = self.facts.fields.entry((id, name.clone())).or_default();
        if !known.contains(&value) {
            known.push(value);
        }
    }

    pub(super) fn matching(&mut self, expr: &syn::ExprMatch, expected: &Type) -> Eval {
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
