//! Patterns: which names they bind, and to what.

use std::rc::Rc;

use syn::Pat;

use super::body::Walk;
use super::items::plain;
use super::names::{Def, Space};
use super::program::TypeKind;
use super::types::{Eval, Type, TypeId, Value};

impl Walk<'_, '_> {
    /// Binds the names of a pattern to the parts of a value.
    pub(super) fn bind(&mut self, pat: &Pat, eval: &Eval) {
        match pat {
            Pat::Ident(it) => {
                let name = plain(&it.ident);
                // `None` and constants are no bindings.
                if it.subpat.is_some() || !name.starts_with(|c: char| c.is_ascii_uppercase()) {
                    self.locals.push((name, eval.clone()));
                }
                if let Some((_, inner)) = &it.subpat {
                    self.bind(inner, eval);
                }
            }
            Pat::Type(it) => {
                let written = self.program.convert(&self.context, &it.ty);
                let ty = if written.is_unknown() { eval.ty.clone() } else { written };
                self.bind(&it.pat, &Eval { ty, value: eval.value.clone() });
            }
            Pat::Reference(it) => self.bind(&it.pat, eval),
            Pat::Paren(it) => self.bind(&it.pat, eval),
            Pat::Guard(it) => {
                self.bind(&it.pat, eval);
                self.eval(&it.guard, &Type::Unknown);
            }
            Pat::Tuple(it) => self.bind_tuple(it.elems.iter(), eval),
            Pat::TupleStruct(it) => self.bind_tuple_struct(it, eval),
            Pat::Struct(it) => self.bind_struct(it, eval),
            Pat::Slice(it) => it.elems.iter().for_each(|it| self.bind(it, eval)),
            // Every case binds the same names.
            Pat::Or(it) => it.cases.iter().for_each(|it| self.bind(it, eval)),
            _ => {}
        }
    }

    fn bind_tuple<'e>(&mut self, elements: impl ExactSizeIterator<Item = &'e Pat>, eval: &Eval) {
        let count = elements.len();
        match eval.ty.core() {
            Type::Tuple(parts) => {
                let parts: Rc<[Type]> = parts.clone();
                let mut at = 0;
                for element in elements {
                    if matches!(element, Pat::Rest(_)) {
                        at = (parts.len() + at + 1).saturating_sub(count);
                        continue;
                    }
                    let ty = parts.get(at).cloned().unwrap_or(Type::Unknown);
                    self.bind(element, &Eval::of(ty));
                    at += 1;
                }
            }
            // `(key, value)` and `(index, element)`: what is inside stands last.
            _ => {
                for (at, element) in elements.enumerate() {
                    let is_last = at + 1 == count && eval.ty.is_wrapped();
                    let part = if is_last { Eval::of(eval.ty.clone()) } else { Eval::UNKNOWN };
                    self.bind(element, &part);
                }
            }
        }
    }

    fn bind_tuple_struct(&mut self, pat: &syn::PatTupleStruct, eval: &Eval) {
        let names: Vec<String> = pat.path.segments.iter().map(|it| plain(&it.ident)).collect();
        let Some((prefix, id, arguments)) =
            self.named(&names, pat.path.leading_colon.is_some(), eval)
        else {
            // `Err(error)` leads nowhere; `Some(x)`, `Ok(x)`, `State(x)` are layers.
            let is_error = names.last().is_some_and(|name| name == "Err");
            for element in &pat.elems {
                let is_pair = matches!(element, Pat::Tuple(_));
                let part = match (is_error, is_pair) {
                    (true, _) => Eval::UNKNOWN,
                    (_, true) => eval.clone(),
                    _ => eval.clone().taken_out(),
                };
                self.bind(element, &part);
            }
            return;
        };
        for (at, element) in pat.elems.iter().enumerate() {
            let name: Rc<str> = format!("{prefix}{at}").into();
            let ty = self.program.field(id, &arguments, &name).unwrap_or(Type::Unknown);
            self.bind(element, &Eval { ty, value: Value::Field(id, name) });
        }
    }

    fn bind_struct(&mut self, pat: &syn::PatStruct, eval: &Eval) {
        let names: Vec<String> = pat.path.segments.iter().map(|it| plain(&it.ident)).collect();
        let found = self.named(&names, pat.path.leading_colon.is_some(), eval);
        for field in &pat.fields {
            let member = match &field.member {
                syn::Member::Named(name) => plain(name),
                syn::Member::Unnamed(index) => index.index.to_string(),
            };
            let part = match &found {
                Some((prefix, id, arguments)) => {
                    let name: Rc<str> = format!("{prefix}{member}").into();
                    let ty = self.program.field(*id, arguments, &name).unwrap_or(Type::Unknown);
                    Eval { ty, value: Value::Field(*id, name) }
                }
                // A struct of another crate around something of ours.
                None if eval.ty.is_wrapped() => Eval::of(eval.ty.clone()),
                None => Eval::UNKNOWN,
            };
            self.bind(&field.pat, &part);
        }
    }

    /// The type of the source that a path of a pattern or constructor names, how its fields are found, and its
    /// arguments as far as `eval` is of that type.
    pub(super) fn named(
        &self,
        names: &[String],
        leading: bool,
        eval: &Eval,
    ) -> Option<(String, TypeId, Rc<[Type]>)> {
        let (id, rest) = match names {
            [first, rest @ ..] if first == "Self" => {
                match self.context.self_type.as_ref()?.core() {
                    Type::Local(id, _) => (*id, rest),
                    _ => return None,
                }
            }
            _ => {
                let space = if names.len() == 1 { Space::Types } else { Space::Values };
                match self.program.resolve(self.context.module, names, leading, space)? {
                    (Def::Type(id), taken) => (id, &names[taken..]),
                    _ => return None,
                }
            }
        };
        let id = self.unaliased(id)?;
        let arguments = match eval.ty.core() {
            Type::Local(own, arguments) if *own == id => arguments.clone(),
            _ => [].into(),
        };
        let prefix = match (&self.program.types[id.0].kind, rest.first()) {
            (TypeKind::Enum(_), Some(variant)) => format!("{variant}."),
            // An imported variant: `use Backend::Table`.
            (TypeKind::Enum(_), None) => format!("{}.", names.last()?),
            _ => String::new(),
        };
        Some((prefix, id, arguments))
    }

    /// The type behind aliases.
    fn unaliased(&self, id: TypeId) -> Option<TypeId> {
        let def = &self.program.types[id.0];
        match &def.kind {
            TypeKind::Alias(ty) => {
                let context = super::signature::Context::of(def.module);
                match self.program.convert(&context, ty) {
                    Type::Local(id, _) => Some(id),
                    _ => None,
                }
            }
            TypeKind::Handle(_) => None,
            _ => Some(id),
        }
    }
}
