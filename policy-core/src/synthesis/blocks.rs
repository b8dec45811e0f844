//! How condition blocks relate: does one ask for more than another, can two be written as one.
//!
//! Exact for positive operators whatever the number of their values; where it does not know, the
//! answer is "no", which costs characters and never access.

use crate::iam::{BaseOperator, ConditionBlock, Operator, Pattern, SetQuantifier};

/// Blocks of one value each that one block may become. More are left whole.
const MAX_SINGLES: usize = 64;

/// Whether every request that satisfies `strict` satisfies `loose`.
pub(super) fn implies(strict: &ConditionBlock, loose: &ConditionBlock) -> bool {
    loose.iter().all(|(operator, key, values)| {
        strict.iter().any(|(o, k, v)| k == key && entry_implies((o, v), (operator, values)))
    })
}

fn entry_implies(
    (strict, asked): (Operator, &[String]),
    (loose, values): (Operator, &[String]),
) -> bool {
    // What must hold when the key is there also holds when it must be there.
    if strict.quantifier != loose.quantifier || strict.if_exists && !loose.if_exists {
        return false;
    }
    if strict.base.is_negated() {
        return strict.base == loose.base && values.iter().all(|value| asked.contains(value));
    }
    let covered = |value: &String| values.iter().any(|by| covers(loose, by, strict, value));
    asked.iter().all(covered)
}

/// Whether a value of a key that `narrow` lets through with `value` is let through by `wide` with `by`.
fn covers(wide: Operator, by: &str, narrow: Operator, value: &str) -> bool {
    if wide.base == narrow.base && by == value {
        return true;
    }
    let text = |operator: Operator, value: &str| match operator.base {
        // A variable in it is the same text in both; a wildcard is a character.
        BaseOperator::StringEquals if value.contains("${") => None,
        BaseOperator::StringEquals => Some(Pattern::literal(value)),
        BaseOperator::StringLike => Some(Pattern::parse(value, true)),
        _ => None,
    };
    match (text(wide, by), text(narrow, value)) {
        (Some(by), Some(value)) => by.contains(&value),
        _ => false,
    }
}

/// The same block without values that another value of their key covers.
pub(super) fn tidy(block: &ConditionBlock) -> ConditionBlock {
    let mut tidied = ConditionBlock::default();
    for (operator, key, values) in block.iter() {
        let is_covered = |(i, value): (usize, &String)| {
            // Of two that cover each other the first stays.
            values.iter().enumerate().any(|(j, by)| {
                j != i
                    && covers(operator, by, operator, value)
                    && (j < i || !covers(operator, value, operator, by))
            })
        };
        let kept = values.iter().enumerate().filter(|it| !is_covered(*it));
        tidied.insert(operator, key.clone(), kept.map(|(_, value)| value.clone()));
    }
    tidied
}

/// Whether a request satisfies the entry exactly when it satisfies it with one of the values alone.
fn is_either(operator: Operator) -> bool {
    !operator.base.is_negated() && operator.quantifier != Some(SetQuantifier::ForAllValues)
}

/// One block for two that differ in the values of one key only: exactly what either allows.
pub(super) fn joined(a: &ConditionBlock, b: &ConditionBlock) -> Option<ConditionBlock> {
    if a.iter().count() != b.iter().count() {
        return None;
    }
    let mut differing = 0;
    let mut block = ConditionBlock::default();
    for ((operator, key, values), (o, k, v)) in a.iter().zip(b.iter()) {
        if operator != o || key != k {
            return None;
        }
        if values != v {
            differing += 1;
            if !is_either(operator) {
                return None;
            }
        }
        block.insert(operator, key.clone(), values.iter().chain(v).cloned());
    }
    (differing == 1).then(|| tidy(&block))
}

/// The block as blocks of one value each, one of which must hold; itself where its operators compare
/// with all values together, or where there would be too many.
pub(super) fn singles(block: &ConditionBlock) -> Vec<ConditionBlock> {
    let mut blocks = vec![ConditionBlock::default()];
    for (operator, key, values) in block.iter() {
        let choices: Vec<&[String]> = match is_either(operator) && values.len() > 1 {
            true => values.chunks(1).collect(),
            false => vec![values],
        };
        if blocks.len() * choices.len() > MAX_SINGLES {
            return vec![block.clone()];
        }
        let with = |before: &ConditionBlock, choice: &[String]| {
            let mut block = before.clone();
            block.insert(operator, key.clone(), choice.iter().cloned());
            block
        };
        blocks = blocks
            .iter()
            .flat_map(|before| choices.iter().map(|choice| with(before, choice)))
            .collect();
    }
    blocks
}

/// Whether some of what `asked` allows is allowed by `written`.
pub(super) fn is_behind(asked: &ConditionBlock, written: &ConditionBlock) -> bool {
    implies(asked, written) || singles(asked).iter().any(|single| implies(single, written))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::ConditionKey;

    fn block(entries: &[(&str, &str, &[&str])]) -> ConditionBlock {
        let mut block = ConditionBlock::default();
        for (operator, key, values) in entries {
            let values = values.iter().map(|&value| value.to_owned());
            block.insert(operator.parse().unwrap(), ConditionKey::new(key), values);
        }
        block
    }

    #[test]
    fn fewer_values_ask_for_more() {
        let one = block(&[("StringEquals", "k", &["a"])]);
        let two = block(&[("StringEquals", "k", &["a", "b"])]);
        assert!(implies(&one, &two) && !implies(&two, &one));
        assert!(implies(&one, &ConditionBlock::default()));
        assert!(!implies(&ConditionBlock::default(), &one));
    }

    #[test]
    fn fewer_values_of_a_negated_operator_ask_for_less() {
        let one = block(&[("StringNotEquals", "k", &["a"])]);
        let two = block(&[("StringNotEquals", "k", &["a", "b"])]);
        assert!(implies(&two, &one) && !implies(&one, &two));
        assert_eq!(joined(&one, &two), None);
        assert_eq!(singles(&two), [two]);
    }

    #[test]
    fn a_pattern_of_values_is_implied_by_what_it_covers() {
        let text = block(&[("StringEquals", "s3:prefix", &["in/a"])]);
        let narrow = block(&[("StringLike", "s3:prefix", &["in/2026/*", "in/b"])]);
        let wide = block(&[("StringLike", "s3:prefix", &["in/*"])]);
        assert!(implies(&text, &wide) && implies(&narrow, &wide));
        assert!(!implies(&wide, &narrow) && !implies(&wide, &text));
        let optional = block(&[("StringLikeIfExists", "s3:prefix", &["in/*"])]);
        assert!(implies(&wide, &optional) && !implies(&optional, &wide));
    }

    /// `ForAllValues` with two values allows a request that has both, which neither value allows.
    #[test]
    fn sets_of_values_are_not_taken_apart() {
        let one = block(&[("ForAllValues:StringEquals", "dynamodb:LeadingKeys", &["a"])]);
        let other = block(&[("ForAllValues:StringEquals", "dynamodb:LeadingKeys", &["b"])]);
        let both = block(&[("ForAllValues:StringEquals", "dynamodb:LeadingKeys", &["a", "b"])]);
        assert_eq!(joined(&one, &other), None);
        assert_eq!(singles(&both), std::slice::from_ref(&both));
        assert!(implies(&one, &both) && !implies(&both, &one));
    }

    #[test]
    fn a_block_is_the_sum_of_its_singles() {
        let block = block(&[("StringEquals", "k", &["a", "b"]), ("StringLike", "l", &["x", "y"])]);
        let singles = singles(&block);
        assert_eq!(singles.len(), 4);
        assert!(singles.iter().all(|single| implies(single, &block)));
        assert!(is_behind(&block, &singles[2]) && !implies(&block, &singles[2]));
    }
}
