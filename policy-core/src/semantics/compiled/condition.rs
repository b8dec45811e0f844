//! Condition entries made ready: values parsed, the answer for a missing key known.

use std::cmp::Ordering;

use ipnet::IpNet;

use super::arn::{self, ArnPattern};
use super::text::{self, Caseless, Glob, Piece, Syntax};
use crate::iam::{BaseOperator, ConditionBlock, ConditionKey, Operator, SetQuantifier};
use crate::policy::Effect;
use crate::semantics::request::Context;
use crate::semantics::value::{self, Decimal};
use crate::semantics::{choice, condition};

/// One operator on one key.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    key: ConditionKey,
    quantifier: Option<SetQuantifier>,
    negated: bool,
    /// Whether it holds when the key is missing.
    when_missing: bool,
    test: Test,
}

/// Whether one value of a request is one of those wanted.
#[derive(Debug, Clone)]
enum Test {
    /// `Null`: whether it holds when the key is there.
    Present(bool),
    Text(Vec<Glob>),
    Caseless(Vec<Caseless>),
    /// With whether a bare `*` matches any ARN.
    Arn(bool, Vec<ArnPattern>),
    /// Known values, and texts with variables.
    Bool(Vec<bool>, Vec<Vec<Piece>>),
    Bytes(Vec<Vec<u8>>),
    Network(Vec<IpNet>),
    Number(Order, Vec<Decimal>),
    Date(Order, Vec<i128>),
}

/// How a value of a request must stand to a wanted one.
#[derive(Debug, Clone, Copy)]
struct Order {
    less: bool,
    equal: bool,
    greater: bool,
}

impl Order {
    fn of(base: BaseOperator) -> Self {
        use BaseOperator as Op;
        let (less, equal, greater) = match base {
            Op::NumericLessThan | Op::DateLessThan => (true, false, false),
            Op::NumericLessThanEquals | Op::DateLessThanEquals => (true, true, false),
            Op::NumericGreaterThan | Op::DateGreaterThan => (false, false, true),
            Op::NumericGreaterThanEquals | Op::DateGreaterThanEquals => (false, true, true),
            _ => (false, true, false),
        };
        Self { less, equal, greater }
    }

    fn holds(self, ordering: Ordering) -> bool {
        match ordering {
            Ordering::Less => self.less,
            Ordering::Equal => self.equal,
            Ordering::Greater => self.greater,
        }
    }
}

/// Every entry of a block.
pub(super) fn compile(block: &ConditionBlock, variables: bool, effect: Effect) -> Vec<Condition> {
    block
        .iter()
        .map(|(operator, key, values)| Condition::new(operator, key, values, variables, effect))
        .collect()
}

impl Condition {
    fn new(
        operator: Operator,
        key: &ConditionKey,
        values: &[String],
        variables: bool,
        effect: Effect,
    ) -> Self {
        // Nothing has to be known but that the key is missing: the slow evaluator can say it now.
        let when_missing =
            condition::entry(operator, key, values, &Context::default(), variables, effect);
        Self {
            key: key.clone(),
            quantifier: operator.quantifier,
            negated: operator.base.is_negated(),
            when_missing,
            test: Test::new(operator.base, values, variables, effect),
        }
    }

    /// Whether it holds in a context.
    pub(super) fn holds(&self, context: &Context) -> bool {
        let given = context.values(&self.key);
        if given.is_empty() {
            return self.when_missing;
        }
        if let Test::Present(holds) = self.test {
            return holds;
        }
        let mut tried = given.iter().map(|value| self.test.matches(value, context));
        match (self.quantifier, self.negated) {
            (None | Some(SetQuantifier::ForAnyValue), false) => tried.any(|matches| matches),
            (None | Some(SetQuantifier::ForAllValues), true) => !tried.any(|matches| matches),
            (Some(SetQuantifier::ForAllValues), false) => tried.all(|matches| matches),
            (Some(SetQuantifier::ForAnyValue), true) => !tried.all(|matches| matches),
        }
    }
}

impl Test {
    fn new(base: BaseOperator, values: &[String], variables: bool, effect: Effect) -> Self {
        use BaseOperator as Op;
        let texts = |wild| values.iter().map(move |v| text::read(v, Syntax { wild, variables }));
        match base {
            Op::Null => Self::Present(values.iter().any(|v| value::boolean(v) == Some(false))),
            Op::StringEquals | Op::StringNotEquals => {
                Self::Text(texts(false).map(Glob::new).collect())
            }
            Op::StringLike | Op::StringNotLike => Self::Text(texts(true).map(Glob::new).collect()),
            Op::StringEqualsIgnoreCase | Op::StringNotEqualsIgnoreCase => {
                Self::Caseless(texts(false).map(Caseless::new).collect())
            }
            Op::ArnEquals | Op::ArnLike | Op::ArnNotEquals | Op::ArnNotLike => Self::Arn(
                choice::arn_like_bare_star_matches_any_arn(effect, base.is_negated()),
                values.iter().map(|v| ArnPattern::new(v, variables)).collect(),
            ),
            Op::Bool => {
                let syntax = Syntax {
                    wild: false,
                    variables: variables && choice::variable_under_bool_is_filled_in(effect),
                };
                let read = values.iter().map(|value| text::read(value, syntax));
                let (late, known): (Vec<_>, Vec<_>) = read.partition(|pieces| {
                    pieces.iter().any(|piece| matches!(piece, Piece::Variable(_)))
                });
                Self::Bool(known.iter().filter_map(|pieces| boolean(pieces)).collect(), late)
            }
            Op::BinaryEquals => {
                Self::Bytes(values.iter().filter_map(|v| value::bytes(v)).collect())
            }
            Op::IpAddress | Op::NotIpAddress => {
                Self::Network(values.iter().filter_map(|v| value::network(v)).collect())
            }
            Op::NumericEquals
            | Op::NumericNotEquals
            | Op::NumericLessThan
            | Op::NumericLessThanEquals
            | Op::NumericGreaterThan
            | Op::NumericGreaterThanEquals => Self::Number(
                Order::of(base),
                values.iter().filter_map(|v| Decimal::parse(v)).collect(),
            ),
            Op::DateEquals
            | Op::DateNotEquals
            | Op::DateLessThan
            | Op::DateLessThanEquals
            | Op::DateGreaterThan
            | Op::DateGreaterThanEquals => {
                Self::Date(Order::of(base), values.iter().filter_map(|v| value::date(v)).collect())
            }
        }
    }

    /// Whether a value of the request matches one of those wanted, under the positive form of the
    /// operator.
    fn matches(&self, given: &str, context: &Context) -> bool {
        match self {
            Self::Present(holds) => *holds,
            Self::Text(wanted) => wanted.iter().any(|w| w.matches(given, context)),
            Self::Caseless(wanted) => wanted.iter().any(|w| w.matches(given, context)),
            Self::Arn(any, wanted) => arn::divided(given)
                .is_some_and(|parts| wanted.iter().any(|w| w.matches(&parts, context, *any))),
            Self::Bool(known, late) => value::boolean(given).is_some_and(|given| {
                let filled = |pieces: &Vec<Piece>| {
                    text::fill_in(pieces, context).and_then(|pieces| boolean(&pieces))
                };
                known.contains(&given) || late.iter().any(|pieces| filled(pieces) == Some(given))
            }),
            Self::Bytes(wanted) => value::bytes(given).is_some_and(|given| wanted.contains(&given)),
            Self::Network(wanted) => value::address(given)
                .is_some_and(|address| wanted.iter().any(|network| network.contains(&address))),
            Self::Number(order, wanted) => Decimal::parse(given)
                .is_some_and(|given| wanted.iter().any(|w| order.holds(given.cmp(w)))),
            Self::Date(order, wanted) => value::date(given)
                .is_some_and(|given| wanted.iter().any(|w| order.holds(given.cmp(w)))),
        }
    }
}

/// `true` or `false` written in pieces.
fn boolean(pieces: &[Piece]) -> Option<bool> {
    let text: String = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Text(text) => Some(&**text),
            _ => None,
        })
        .collect();
    value::boolean(&text)
}
