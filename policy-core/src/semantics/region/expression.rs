//! Regions as expressions over unions of statements.

/// A union, intersection or complement of leaves. A leaf is a union of statements, by its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    /// No request (`false`) or every request.
    Constant(bool),
    Leaf(usize),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl Expression {
    /// Whether a request is in the region, by what is known of it and each leaf.
    pub(super) fn value(&self, leaf: &dyn Fn(usize) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Leaf(number) => leaf(*number),
            Self::Not(of) => of.value(leaf).map(|value| !value),
            Self::All(of) => fold(of, leaf, true),
            Self::Any(of) => fold(of, leaf, false),
        }
    }

    /// Each leaf with whether matching it adds to the region (`true`) or takes from it. A leaf
    /// number stands in one place of the expression only.
    pub(super) fn polarities(&self, adds: bool, out: &mut Vec<(usize, bool)>) {
        match self {
            Self::Constant(_) => {}
            Self::Leaf(number) => out.push((*number, adds)),
            Self::Not(of) => of.polarities(!adds, out),
            Self::All(of) | Self::Any(of) => of.iter().for_each(|of| of.polarities(adds, out)),
        }
    }

    /// Leaves that together contain the region; `None` when only everything is known to.
    pub(super) fn drivers(&self) -> Option<Vec<usize>> {
        match self {
            Self::Constant(false) => Some(Vec::new()),
            Self::Constant(true) => None,
            Self::Leaf(number) => Some(vec![*number]),
            Self::Not(of) => match &**of {
                Self::Constant(value) => Self::Constant(!value).drivers(),
                Self::Not(inner) => inner.drivers(),
                // De Morgan, so that a complement deep inside still finds its leaves.
                Self::Any(parts) => Self::All(negated(parts)).drivers(),
                Self::All(parts) => Self::Any(negated(parts)).drivers(),
                Self::Leaf(_) => None,
            },
            Self::All(of) => of.iter().filter_map(Self::drivers).min_by_key(Vec::len),
            Self::Any(of) => {
                let all: Option<Vec<Vec<usize>>> = of.iter().map(Self::drivers).collect();
                all.map(|all| all.into_iter().flatten().collect())
            }
        }
    }
}

fn negated(parts: &[Expression]) -> Vec<Expression> {
    parts.iter().map(|part| Expression::Not(Box::new(part.clone()))).collect()
}

/// `All` with `unit` true, `Any` with `unit` false.
fn fold(of: &[Expression], leaf: &dyn Fn(usize) -> Option<bool>, unit: bool) -> Option<bool> {
    let mut open = false;
    for part in of {
        match part.value(leaf) {
            Some(value) if value != unit => return Some(value),
            Some(_) => {}
            None => open = true,
        }
    }
    if open { None } else { Some(unit) }
}
