//! Whether a condition block holds for a context, by the tables of the operator pages.

use super::choice;
use super::glob::{self, Glyph};
use super::request::Context;
use super::value::{self, Decimal};
use crate::iam::{BaseOperator, ConditionBlock, ConditionKey, Operator, SetQuantifier};
use crate::policy::Effect;

/// Whether every entry holds. `variables` is whether the document has policy variables.
pub(super) fn holds(
    block: &ConditionBlock,
    context: &Context,
    variables: bool,
    effect: Effect,
) -> bool {
    block
        .iter()
        .all(|(operator, key, values)| entry(operator, key, values, context, variables, effect))
}

/// Whether one operator on one key holds.
///
/// # Source
/// IAM User Guide, "Condition operators", "Conditions with multiple context keys or values",
/// "Set operators for multivalued context keys".
pub(super) fn entry(
    operator: Operator,
    key: &ConditionKey,
    values: &[String],
    context: &Context,
    variables: bool,
    effect: Effect,
) -> bool {
    let given = context.values(key);
    if operator.base == BaseOperator::Null {
        let missing = given.is_empty();
        return values.iter().any(|v| value::boolean(v) == Some(missing));
    }
    let negated = operator.base.is_negated();
    let null_set = !choice::EMPTY_TEXT_IS_A_VALUE
        && operator.quantifier.is_some()
        && given.iter().all(String::is_empty);
    if given.is_empty() || null_set {
        return match operator.quantifier {
            _ if operator.if_exists => true,
            Some(SetQuantifier::ForAllValues) if negated => {
                choice::for_all_values_negated_on_missing_key(effect)
            }
            Some(SetQuantifier::ForAllValues) => true,
            Some(SetQuantifier::ForAnyValue) => false,
            None => negated,
        };
    }
    let matches_one = |given: &String| {
        values.iter().any(|wanted| one(operator.base, wanted, given, context, variables, effect))
    };
    match (operator.quantifier, negated) {
        (None | Some(SetQuantifier::ForAnyValue), false) => given.iter().any(matches_one),
        (None | Some(SetQuantifier::ForAllValues), true) => !given.iter().any(matches_one),
        (Some(SetQuantifier::ForAllValues), false) => given.iter().all(matches_one),
        (Some(SetQuantifier::ForAnyValue), true) => !given.iter().all(matches_one),
    }
}

/// Whether one policy value matches one request value under the positive form of the operator.
fn one(
    base: BaseOperator,
    wanted: &str,
    given: &str,
    context: &Context,
    variables: bool,
    effect: Effect,
) -> bool {
    use BaseOperator as Op;
    let pieces = |wild: bool| -> Option<Vec<Glyph>> {
        match (variables, wild) {
            (true, wild) => glob::fill_in(wanted, wild, context),
            (false, true) => Some(glob::wildcards(wanted).collect()),
            (false, false) => Some(glob::literally(wanted)),
        }
    };
    match base {
        Op::StringEquals | Op::StringNotEquals => {
            pieces(false).is_some_and(|p| glob::matches(p, given))
        }
        Op::StringEqualsIgnoreCase | Op::StringNotEqualsIgnoreCase => {
            pieces(false).is_some_and(|p| glob::matches(folded(&p), &fold(given)))
        }
        Op::StringLike | Op::StringNotLike => pieces(true).is_some_and(|p| glob::matches(p, given)),
        Op::ArnEquals | Op::ArnLike | Op::ArnNotEquals | Op::ArnNotLike => {
            let any = choice::arn_like_bare_star_matches_any_arn(effect, base.is_negated());
            pieces(true).is_some_and(|p| arn(&p, given, any))
        }
        Op::Bool => {
            let filled = variables && choice::variable_under_bool_is_filled_in(effect);
            let wanted = if filled { filled_text(wanted, context) } else { Some(wanted.into()) };
            wanted.is_some_and(|w| {
                value::boolean(&w).is_some() && value::boolean(&w) == value::boolean(given)
            })
        }
        Op::BinaryEquals => {
            value::bytes(wanted).is_some_and(|w| value::bytes(given).as_ref() == Some(&w))
        }
        Op::IpAddress | Op::NotIpAddress => match (value::network(wanted), value::address(given)) {
            (Some(network), Some(address)) => network.contains(&address),
            _ => false,
        },
        Op::NumericEquals
        | Op::NumericNotEquals
        | Op::NumericLessThan
        | Op::NumericLessThanEquals
        | Op::NumericGreaterThan
        | Op::NumericGreaterThanEquals => {
            ordered(base, Decimal::parse(given).zip(Decimal::parse(wanted)))
        }
        Op::DateEquals
        | Op::DateNotEquals
        | Op::DateLessThan
        | Op::DateLessThanEquals
        | Op::DateGreaterThan
        | Op::DateGreaterThanEquals => ordered(base, value::date(given).zip(value::date(wanted))),
        // Answered before any value is looked at.
        Op::Null => false,
    }
}

/// `(given, wanted)` under an order; a value that is no number or date matches nothing.
fn ordered<T: Ord>(base: BaseOperator, pair: Option<(T, T)>) -> bool {
    use BaseOperator as Op;
    pair.is_some_and(|(given, wanted)| match base {
        Op::NumericLessThan | Op::DateLessThan => given < wanted,
        Op::NumericLessThanEquals | Op::DateLessThanEquals => given <= wanted,
        Op::NumericGreaterThan | Op::DateGreaterThan => given > wanted,
        Op::NumericGreaterThanEquals | Op::DateGreaterThanEquals => given >= wanted,
        _ => given == wanted,
    })
}

/// Six parts compared one by one; the sixth holds the rest, colons included. `any` is whether a bare
/// `*` matches any ARN.
///
/// # Source
/// IAM User Guide, "Amazon Resource Name (ARN) condition operators".
fn arn(pattern: &[Glyph], given: &str, any: bool) -> bool {
    let given: Vec<&str> = given.splitn(6, ':').collect();
    if given.len() != 6 || given[0] != "arn" {
        return false;
    }
    if pattern == [Glyph::Run] {
        return any;
    }
    let wanted = glob::split_at_colons(pattern, 6);
    wanted.len() == 6
        && wanted.iter().zip(&given).all(|(part, text)| glob::matches(part.iter().copied(), text))
}

fn fold(text: &str) -> String {
    text.chars().map(choice::fold).collect()
}

fn folded(pattern: &[Glyph]) -> Vec<Glyph> {
    pattern
        .iter()
        .map(|glyph| match glyph {
            Glyph::Char(c) => Glyph::Char(choice::fold(*c)),
            other => *other,
        })
        .collect()
}

fn filled_text(text: &str, context: &Context) -> Option<String> {
    let pieces = glob::fill_in(text, false, context)?;
    Some(
        pieces
            .iter()
            .filter_map(|glyph| match glyph {
                Glyph::Char(c) => Some(*c),
                _ => None,
            })
            .collect(),
    )
}
