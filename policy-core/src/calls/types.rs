//! What the analysis knows of a value: its type as far as the text says it, and what it holds.

use std::rc::Rc;

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(super) struct $name(pub(super) usize);
    )*};
}

index! {
    /// A module, or a block with items of its own.
    ModuleId
    /// A struct, enum, union or alias.
    TypeId
    /// A trait.
    TraitId
    /// A function, method, constant or static.
    FunctionId
    /// An `impl`.
    ImplId
    /// A call that was found.
    CallId
}

/// A type. References and smart pointers are looked through.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    /// Not known, or of no interest.
    Unknown,
    /// A type of the source, with its arguments.
    Local(TypeId, Rc<[Type]>),
    /// A generic parameter, with what its bounds say.
    Param(Rc<str>, Rc<Type>),
    /// Something that implements these traits of the source.
    Opaque(Rc<[TraitId]>),
    /// A type of an SDK crate.
    Sdk(Sdk),
    /// A type of another crate, by its path.
    External(Rc<str>),
    /// Some number of layers around the type: `Option`, `Result`, `Vec`, `Mutex`, futures.
    Wrap(Rc<Type>),
    /// A tuple.
    Tuple(Rc<[Type]>),
    /// A function or closure.
    Callable(Rc<Callable>),
}

/// What a [`Type::Callable`] takes and gives.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Callable {
    pub(super) params: Vec<Type>,
    pub(super) output: Type,
}

/// A type of an SDK crate. Clients are named without `aws_sdk_`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sdk {
    /// `Client`.
    Client(Rc<str>),
    /// What `#[derive(AwsAccess)]` makes for a field: some methods of a client.
    Handle(TypeId),
    /// A fluent builder, paginator or waiter; the call that made it where that is known.
    Request(Option<CallId>),
    /// A fluent builder that came from elsewhere, by its type: the client and the module of the operation.
    Builder(Rc<str>, Rc<str>),
    /// The input of an operation, or its builder.
    Input(Rc<str>, Rc<str>),
}

impl Type {
    pub(super) fn wrapped(self) -> Self {
        match self {
            Self::Unknown | Self::Wrap(_) => self,
            other => Self::Wrap(Rc::new(other)),
        }
    }

    pub(super) fn callable(params: Vec<Self>, output: Self) -> Self {
        Self::Callable(Rc::new(Callable { params, output }))
    }

    /// The type without its layers, as `?` or a loop takes it out of them.
    pub(super) fn taken_out(&self) -> Self {
        match self {
            Self::Wrap(inner) => inner.taken_out(),
            other => other.clone(),
        }
    }

    /// The type below layers and the bounds of parameters.
    pub(super) fn core(&self) -> &Self {
        match self {
            Self::Wrap(inner) => inner.core(),
            Self::Param(_, inner) if **inner != Self::Unknown => inner.core(),
            other => other,
        }
    }

    /// Whether there are layers around it.
    pub(super) fn is_wrapped(&self) -> bool {
        match self {
            Self::Wrap(_) => true,
            Self::Param(_, inner) => inner.is_wrapped(),
            _ => false,
        }
    }

    /// Whether following it can lead to a call.
    pub(super) fn matters(&self) -> bool {
        match self {
            Self::Unknown | Self::External(_) => false,
            Self::Tuple(parts) => parts.iter().any(Self::matters),
            Self::Wrap(inner) => inner.matters(),
            _ => true,
        }
    }

    /// Whether nothing is known of it.
    pub(super) fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Param(_, inner) | Self::Wrap(inner) => inner.is_unknown(),
            _ => false,
        }
    }

    /// The type with parameters replaced.
    pub(super) fn with(&self, known: &Known) -> Self {
        if known.0.is_empty() {
            return self.clone();
        }
        match self {
            Self::Param(name, inner) => match known.get(name) {
                Some(actual) => actual.clone(),
                None => Self::Param(name.clone(), Rc::new(inner.with(known))),
            },
            Self::Local(id, arguments) if !arguments.is_empty() => {
                Self::Local(*id, arguments.iter().map(|it| it.with(known)).collect())
            }
            Self::Wrap(inner) => inner.with(known).wrapped(),
            Self::Tuple(parts) => Self::Tuple(parts.iter().map(|it| it.with(known)).collect()),
            Self::Callable(callable) => Self::callable(
                callable.params.iter().map(|it| it.with(known)).collect(),
                callable.output.with(known),
            ),
            other => other.clone(),
        }
    }
}

/// What generic parameters stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(pub(super) Vec<(Rc<str>, Type)>);

impl Known {
    fn get(&self, name: &str) -> Option<&Type> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, actual)| actual)
    }

    /// Takes a parameter for `actual` unless it is known already.
    pub(super) fn set(&mut self, name: &Rc<str>, actual: &Type) {
        if *actual != Type::Unknown && self.get(name).is_none() {
            self.0.push((name.clone(), actual.clone()));
        }
    }

    /// Learns what parameters of `written` stand for where `actual` is in its place.
    pub(super) fn learn(&mut self, written: &Type, actual: &Type) {
        match (written, actual) {
            (Type::Param(name, bounds), actual) => {
                self.learn(bounds, actual);
                self.set(name, actual);
            }
            (Type::Wrap(written), actual) => {
                let actual = match actual {
                    Type::Wrap(inner) => inner,
                    other => other,
                };
                self.learn(written, actual);
            }
            (written, Type::Wrap(actual)) => self.learn(written, actual),
            (Type::Local(a, written), Type::Local(b, actual)) if a == b => {
                for (written, actual) in written.iter().zip(actual.iter()) {
                    self.learn(written, actual);
                }
            }
            (Type::Tuple(written), Type::Tuple(actual)) => {
                for (written, actual) in written.iter().zip(actual.iter()) {
                    self.learn(written, actual);
                }
            }
            (Type::Callable(written), Type::Callable(actual)) => {
                self.learn(&written.output, &actual.output);
            }
            _ => {}
        }
    }
}

/// What a value holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Not told by the text.
    Unknown,
    /// Not told, for this reason.
    Untold(Rc<str>),
    /// No value of this place: it returns, fails or panics.
    Never,
    /// This text.
    Text(Rc<str>),
    /// The value of an environment variable, whose name is that value.
    Variable(Rc<Value>),
    /// A parameter of a function, by its place without `self`.
    Param(FunctionId, usize),
    /// A field of a type.
    Field(TypeId, Rc<str>),
    /// What a function gives for these arguments; a constant's value.
    Given(FunctionId, Rc<[Value]>),
    /// One of these.
    OneOf(Rc<[Value]>),
    /// These one after the other.
    Joined(Rc<[Value]>),
}

impl Value {
    /// Either of two.
    pub(super) fn or(self, other: Self) -> Self {
        if self == other || other == Self::Never {
            return self;
        }
        match self {
            Self::Never => other,
            Self::OneOf(parts) => Self::OneOf(parts.iter().cloned().chain([other]).collect()),
            first => Self::OneOf([first, other].into()),
        }
    }
}

/// An expression's type and value.
#[derive(Debug, Clone)]
pub(super) struct Eval {
    pub(super) ty: Type,
    pub(super) value: Value,
}

impl Eval {
    pub(super) const UNKNOWN: Self = Self { ty: Type::Unknown, value: Value::Unknown };

    pub(super) fn of(ty: Type) -> Self {
        Self { ty, value: Value::Unknown }
    }

    /// What is inside of layers.
    pub(super) fn taken_out(self) -> Self {
        Self { ty: self.ty.taken_out(), value: self.value }
    }

    pub(super) const NEVER: Self = Self { ty: Type::Unknown, value: Value::Never };

    pub(super) fn text(text: &str) -> Self {
        Self { ty: Type::Unknown, value: Value::Text(text.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Type {
        Type::Sdk(Sdk::Client("s3".into()))
    }

    #[test]
    fn layers_do_not_pile_up_and_nothing_has_none() {
        let wrapped = client().wrapped();
        assert_eq!(wrapped.clone().wrapped(), wrapped);
        assert_eq!(*wrapped.core(), client());
        assert_eq!(Type::Unknown.wrapped(), Type::Unknown);
    }

    #[test]
    fn a_parameter_is_learnt_from_what_stands_in_its_place() {
        let param = Type::Param("T".into(), Rc::new(Type::Unknown));
        let written = Type::callable(vec![], param.clone().wrapped());
        let mut known = Known::default();
        known.learn(&written, &Type::callable(vec![], client()));
        assert_eq!(param.with(&known), client());
        // What is known first stays.
        known.learn(&param, &Type::Tuple([].into()));
        assert_eq!(param.with(&known), client());
    }

    #[test]
    fn the_same_value_twice_is_one_value() {
        let text = Value::Text("orders".into());
        assert_eq!(text.clone().or(text.clone()), text);
        let other = Value::Text("other".into());
        assert_eq!(text.clone().or(other.clone()), Value::OneOf([text, other].into()));
    }
}
