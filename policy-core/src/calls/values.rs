//! What values hold in the end, followed through locals, parameters, fields and functions.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use super::Variables;
use super::facts::Facts;
use super::items::plain;
use super::program::{OfTrait, Owner, Program, TypeKind};
use super::types::{FunctionId, TypeId, Value};

/// Deepest chain of calls, fields and parameters that a value is followed through.
const MAX_DEPTH: usize = 24;
/// Most steps that following one value may take.
const MAX_STEPS: usize = 4096;
/// Most values that one member may have.
pub(super) const MAX_VALUES: usize = 16;

/// A value that is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Plain {
    Text(String),
    Variable(String),
}

/// Why a value is not known, as a clause.
pub(super) type Why = String;

/// The arguments that a function is called with.
struct Frame<'f> {
    function: FunctionId,
    arguments: &'f [Value],
    outer: Option<&'f Frame<'f>>,
}

pub(super) struct Solver<'p, 'a> {
    pub(super) program: &'p Program<'a>,
    pub(super) facts: &'p Facts,
    /// Parameters and fields that are being followed: what leads back to itself adds nothing.
    open: RefCell<Vec<Value>>,
    /// Steps that the value of one member may still take.
    steps: Cell<usize>,
    /// Values of environment variables.
    variables: &'p Variables,
    /// The binaries that make the call which is looked at.
    binaries: RefCell<Vec<Box<str>>>,
}

impl<'p, 'a> Solver<'p, 'a> {
    pub(super) fn new(
        program: &'p Program<'a>,
        facts: &'p Facts,
        variables: &'p Variables,
    ) -> Self {
        Self {
            program,
            facts,
            open: RefCell::default(),
            steps: Cell::new(MAX_STEPS),
            variables,
            binaries: RefCell::default(),
        }
    }

    /// Looks at a call that these binaries make.
    pub(super) fn look(&self, binaries: &[Box<str>]) {
        *self.binaries.borrow_mut() = binaries.to_vec();
    }

    /// Everything that the value may be.
    pub(super) fn held(&self, value: &Value) -> Result<BTreeSet<Plain>, Why> {
        self.steps.set(MAX_STEPS);
        self.solve(value, None, 0)
    }
}

impl Solver<'_, '_> {
    fn solve(
        &self,
        value: &Value,
        frame: Option<&Frame<'_>>,
        depth: usize,
    ) -> Result<BTreeSet<Plain>, Why> {
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        if depth > MAX_DEPTH || left == 0 {
            return Err("its value goes through too many functions".into());
        }
        let depth = depth + 1;
        match value {
            Value::Unknown => Err("its value is made while the function runs".into()),
            Value::Untold(why) => Err(why.to_string()),
            Value::Never => Ok(BTreeSet::new()),
            Value::Text(text) => Ok([Plain::Text(text.to_string())].into()),
            Value::Variable(name) => {
                let mut all = BTreeSet::new();
                for plain in self.solve(name, frame, depth)? {
                    let Plain::Text(name) = plain else {
                        return Err("a variable names the variable".to_owned());
                    };
                    all.extend(self.of_variable(name));
                }
                Ok(all)
            }
            Value::OneOf(parts) => {
                let mut all = BTreeSet::new();
                for part in parts.iter() {
                    all.extend(self.solve(part, frame, depth)?);
                }
                Ok(all)
            }
            Value::Joined(parts) => self.joined(parts, frame, depth),
            Value::Param(function, at) => {
                let mut frame = frame;
                while let Some(inner) = frame {
                    if inner.function == *function {
                        return match inner.arguments.get(*at) {
                            Some(value) => self.solve(value, inner.outer, depth),
                            None => Err("its value is made while the function runs".into()),
                        };
                    }
                    frame = inner.outer;
                }
                self.once(value, || self.parameter(*function, *at, depth))
            }
            Value::Field(id, name) => self.once(value, || self.field(*id, name, depth)),
            Value::Given(function, arguments) => {
                let given = self.facts.returns.get(function);
                let Some(given) = given.filter(|given| !given.is_empty()) else {
                    let name = self.program.enclosing(*function);
                    return Err(format!("what `{name}` gives is not told by the source"));
                };
                let inner = Frame { function: *function, arguments, outer: frame };
                let mut all = BTreeSet::new();
                for value in given {
                    all.extend(self.solve(value, Some(&inner), depth)?);
                }
                Ok(all)
            }
        }
    }

    /// The values of an environment variable in all binaries that make the call, where they are told; else the variable.
    fn of_variable(&self, name: String) -> Vec<Plain> {
        let binaries = self.binaries.borrow();
        let told = binaries.iter().map(|binary| self.variables.get(binary)?.get(&*name));
        match told.collect::<Option<BTreeSet<_>>>() {
            Some(told) if !told.is_empty() => {
                told.into_iter().map(|value| Plain::Text(value.to_string())).collect()
            }
            _ => vec![Plain::Variable(name)],
        }
    }

    /// Follows a parameter or field unless that is what is being done.
    fn once(
        &self,
        value: &Value,
        follow: impl FnOnce() -> Result<BTreeSet<Plain>, Why>,
    ) -> Result<BTreeSet<Plain>, Why> {
        if self.open.borrow().contains(value) {
            return Ok(BTreeSet::new());
        }
        self.open.borrow_mut().push(value.clone());
        let found = follow();
        self.open.borrow_mut().pop();
        found
    }

    fn joined(
        &self,
        parts: &[Value],
        frame: Option<&Frame<'_>>,
        depth: usize,
    ) -> Result<BTreeSet<Plain>, Why> {
        if let [only] = parts {
            return self.solve(only, frame, depth);
        }
        let mut texts = vec![String::new()];
        for part in parts {
            let known = self.solve(part, frame, depth);
            let Some(known) = known.ok().and_then(texts_of) else {
                return Err(self.put_together(parts, frame, depth));
            };
            let longer: Vec<String> = known
                .iter()
                .flat_map(|text| texts.iter().map(move |before| format!("{before}{text}")))
                .collect();
            if longer.len() > MAX_VALUES {
                return Err(format!("it has more than {MAX_VALUES} values"));
            }
            texts = longer;
        }
        Ok(texts.into_iter().map(Plain::Text).collect())
    }

    /// That a text is put together, of what is known of its parts. What is known is not enough for a grant: a pattern in place of
    /// the rest would cover names that are none of the function's business.
    fn put_together(&self, parts: &[Value], frame: Option<&Frame<'_>>, depth: usize) -> Why {
        let mut shown: Vec<String> = Vec::new();
        for part in parts {
            let known = self.solve(part, frame, depth).unwrap_or_default();
            let known = if known.len() == 1 { known.into_iter().next() } else { None };
            shown.push(match known {
                Some(Plain::Text(text)) if text.is_empty() => continue,
                Some(Plain::Text(text)) => format!("`{text}`"),
                Some(Plain::Variable(name)) => format!("what `{name}` holds"),
                None => "a part that the source does not tell".to_owned(),
            });
        }
        match shown.split_last() {
            Some((last, before)) if !before.is_empty() => {
                format!("it is put together of {} and {last}", before.join(", "))
            }
            _ => "it is put together of parts that the source does not tell".to_owned(),
        }
    }

    /// What all callers in sight give for a parameter.
    fn parameter(
        &self,
        function: FunctionId,
        at: usize,
        depth: usize,
    ) -> Result<BTreeSet<Plain>, Why> {
        let name = self.program.enclosing(function);
        let outside = || format!("it is a parameter of `{name}` that comes from outside");
        if self.facts.escaped.contains(&function) || self.program.is_of_foreign_trait(function) {
            return Err(outside());
        }
        let mut flows: Vec<&Value> = Vec::new();
        flows.extend(self.facts.params.get(&(function, at)).into_iter().flatten());
        // Calls through the trait reach each of its implementations.
        if let Owner::Impl(id) = self.program.functions[function.0].owner
            && let OfTrait::Local(of_trait) = self.program.impl_types[id.0].1
        {
            let own = &self.program.functions[function.0].name;
            let declared = self.program.traits[of_trait.0].functions.get(own);
            let through = declared.and_then(|id| self.facts.params.get(&(*id, at)));
            flows.extend(through.into_iter().flatten());
        }
        if flows.is_empty() {
            return Err(outside());
        }
        let mut all = BTreeSet::new();
        for flow in flows {
            all.extend(self.solve(flow, None, depth)?);
        }
        Ok(all)
    }

    fn field(&self, id: TypeId, name: &str, depth: usize) -> Result<BTreeSet<Plain>, Why> {
        let owner = &self.program.type_names[id.0];
        let mut all = BTreeSet::new();
        if self.facts.from_environment.contains(&id) {
            all.extend(self.of_variable(name.to_ascii_uppercase()));
        } else if let Some(variable) = self.variable_of_field(id, name) {
            all.extend(self.of_variable(variable));
        }
        for (known, flows) in &self.facts.fields {
            if known.0 != id || &*known.1 != name {
                continue;
            }
            for flow in flows {
                all.extend(self.solve(flow, None, depth)?);
            }
        }
        if all.is_empty() {
            return Err(format!("the source does not show what fills `{name}` of `{owner}`"));
        }
        Ok(all)
    }

    /// The variable that fills a field by clap: `#[arg(env = "TABLE")]`.
    fn variable_of_field(&self, id: TypeId, name: &str) -> Option<String> {
        let TypeKind::Struct(fields) = &self.program.types[id.0].kind else { return None };
        let field = fields
            .iter()
            .find(|field| field.ident.as_ref().is_some_and(|own| plain(own) == name))?;
        let mut variable = None;
        for attribute in &field.attrs {
            if attribute.path().is_ident("arg") || attribute.path().is_ident("clap") {
                // What does not parse is clap's to report.
                let _ = attribute.parse_nested_meta(|meta| {
                    if meta.path.is_ident("env") {
                        variable = Some(match meta.value() {
                            Ok(value) => value.parse::<syn::LitStr>()?.value(),
                            Err(_) => name.to_ascii_uppercase(),
                        });
                    } else if let Ok(value) = meta.value() {
                        value.parse::<syn::Expr>()?;
                    }
                    Ok(())
                });
            }
        }
        variable
    }
}

/// The texts, unless one is a variable.
fn texts_of(known: BTreeSet<Plain>) -> Option<Vec<String>> {
    known
        .into_iter()
        .map(|plain| match plain {
            Plain::Text(text) => Some(text),
            Plain::Variable(_) => None,
        })
        .collect()
}
