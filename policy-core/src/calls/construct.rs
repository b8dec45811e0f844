//! Values of types of the source: `Store(client)`, `Store { client, table }`.

use std::rc::Rc;

use syn::Expr;
use syn::punctuated::Punctuated;

use super::body::Walk;
use super::facts::Edge;
use super::items::plain;
use super::types::{Eval, Known, Type, TypeId};

impl Walk<'_, '_> {
    pub(super) fn construct(
        &mut self,
        id: TypeId,
        prefix: &str,
        arguments: &Punctuated<Expr, syn::Token![,]>,
    ) -> Eval {
        self.edge(Edge::Type(id));
        let mut known = Known::default();
        for (at, argument) in arguments.iter().enumerate() {
            let name: Rc<str> = format!("{prefix}{at}").into();
            self.construct_field(id, &name, argument, &mut known);
        }
        Eval::of(self.constructed(id, &known))
    }

    fn construct_field(&mut self, id: TypeId, name: &Rc<str>, value: &Expr, known: &mut Known) {
        let program = self.program;
        let unknown = Type::Unknown;
        let written = program.fields[id.0].get(&**name).unwrap_or(&unknown);
        let eval = self.eval(value, written);
        known.learn(written, &eval.ty);
        self.flow_field(id, name, eval.value);
    }

    /// The type with the arguments that its fields tell.
    fn constructed(&self, id: TypeId, known: &Known) -> Type {
        let params = self.program.types[id.0].generics.into_iter().flat_map(|it| it.type_params());
        let arguments = params.map(|param| {
            let param = Type::Param(param.ident.to_string().into(), Rc::new(Type::Unknown));
            param.with(known)
        });
        Type::Local(id, arguments.collect())
    }

    /// `Store { client, table }`
    pub(super) fn structure(&mut self, expr: &syn::ExprStruct) -> Eval {
        let names: Vec<String> = expr.path.segments.iter().map(|it| plain(&it.ident)).collect();
        let leading = expr.path.leading_colon.is_some();
        let found = self.named(&names, leading, &Eval::UNKNOWN);
        let rest = expr.rest.as_ref().map(|rest| self.eval(rest, &Type::Unknown));
        let Some((prefix, id, _)) = found else {
            for field in &expr.fields {
                if self.present(&field.attrs) {
                    self.eval(&field.expr, &Type::Unknown);
                }
            }
            return Eval::UNKNOWN;
        };
        self.edge(Edge::Type(id));
        let mut known = Known::default();
        if let Some(Type::Local(own, arguments)) = rest.as_ref().map(|rest| rest.ty.core())
            && *own == id
        {
            let params =
                self.program.types[id.0].generics.into_iter().flat_map(|it| it.type_params());
            for (param, actual) in params.zip(arguments.iter()) {
                known.set(&param.ident.to_string().into(), actual);
            }
        }
        for field in &expr.fields {
            let sure = self.is_sure;
            if self.present(&field.attrs) {
                let member = match &field.member {
                    syn::Member::Named(name) => plain(name),
                    syn::Member::Unnamed(index) => index.index.to_string(),
                };
                let name: Rc<str> = format!("{prefix}{member}").into();
                self.construct_field(id, &name, &field.expr, &mut known);
            }
            self.is_sure = sure;
        }
        Eval::of(self.constructed(id, &known))
    }
}
