//! The `Condition` element: operators, their keys, the keys' values.

use std::collections::BTreeMap;

use jsonc_parser::ast::{Object, Value};

use super::Reader;
use super::report::{nearest, short};
use crate::finding::Code;
use crate::iam::{BaseOperator, ConditionBlock, ConditionKey, Operator, SetQuantifier};

impl<'t> Reader<'t> {
    /// The value of `Condition`: operators, keys, values.
    pub(super) fn condition(&mut self, value: &Value<'t>) -> ConditionBlock {
        let mut block = ConditionBlock::default();
        let Value::Object(operators) = value else {
            self.wrong_kind(value, "`Condition`", "an object of operators");
            return block;
        };
        let mut seen: BTreeMap<Operator, u32> = BTreeMap::new();
        for property in &operators.properties {
            let written = property.name.as_str();
            let operator = match written.parse::<Operator>() {
                Ok(operator) => operator,
                Err(_) => {
                    let spot = self.spot(&property.name);
                    self.report.add(Code::ConditionOperatorUnknown, spot, || {
                        let help = match nearest_operator(written) {
                            Some(near) => format!("did you mean `{near}`?"),
                            None => "operators are `StringEquals`, `ArnLike`, `Bool`, … with an \
                                 optional `IfExists` at the end"
                                .into(),
                        };
                        (format!("unknown condition operator `{}`", short(written)), help)
                    });
                    continue;
                }
            };
            let line = self.spot(&property.name).line;
            if let Some(first) = seen.insert(operator, line) {
                self.report(
                    Code::PolicyKeyDuplicate,
                    &property.name,
                    format!("the operator `{written}` stands twice, first in line {first}"),
                    format!("put all its keys under one `{operator}`"),
                );
                continue;
            }
            let Value::Object(keys) = &property.value else {
                self.wrong_kind(&property.value, &format!("`{operator}`"), "an object of keys");
                continue;
            };
            self.condition_keys(operator, keys, &mut block);
        }
        block
    }

    fn condition_keys(
        &mut self,
        operator: Operator,
        keys: &Object<'t>,
        block: &mut ConditionBlock,
    ) {
        let mut seen: BTreeMap<ConditionKey, u32> = BTreeMap::new();
        for property in &keys.properties {
            let written = property.name.as_str();
            let key = ConditionKey::new(written);
            let line = self.spot(&property.name).line;
            if let Some(first) = seen.insert(key.clone(), line) {
                self.report(
                    Code::PolicyKeyDuplicate,
                    &property.name,
                    format!(
                        "the key `{}` stands twice under `{operator}`, first in line {first}",
                        short(written)
                    ),
                    "write the key once with all its values",
                );
                continue;
            }
            if written.trim().is_empty() {
                self.report(
                    Code::PolicyMalformed,
                    &property.name,
                    format!("an empty condition key under `{operator}`"),
                    "write a key such as `aws:SourceArn`",
                );
                continue;
            }
            let (values, _) = self.texts(property, &short(written), true);
            if operator.base == BaseOperator::Null
                && let Some(bad) = values
                    .iter()
                    .find(|v| !["true", "false"].iter().any(|word| v.eq_ignore_ascii_case(word)))
            {
                self.report(
                    Code::ConditionValueInvalid,
                    &property.value,
                    format!("`Null` compares with `{}`", short(bad)),
                    "write `true` (the key is missing) or `false` (the key is there)",
                );
            }
            block.insert(operator, key, values);
        }
    }
}

fn nearest_operator(text: &str) -> Option<Operator> {
    let (quantifier, rest) = match text.split_once(':') {
        Some((prefix, rest)) => {
            let prefix = nearest(prefix, &["ForAllValues", "ForAnyValue"])?;
            let quantifier = match prefix {
                "ForAllValues" => SetQuantifier::ForAllValues,
                _ => SetQuantifier::ForAnyValue,
            };
            (Some(quantifier), rest)
        }
        None => (None, text),
    };
    let spellings: Vec<(String, BaseOperator, bool)> = BaseOperator::ALL
        .into_iter()
        .flat_map(|base| {
            [
                (base.as_str().to_owned(), base, false),
                (format!("{base}IfExists", base = base.as_str()), base, true),
            ]
        })
        .filter(|(_, base, if_exists)| !(*if_exists && *base == BaseOperator::Null))
        .collect();
    let names: Vec<&str> = spellings.iter().map(|(name, ..)| name.as_str()).collect();
    if rest.eq_ignore_ascii_case("NullIfExists") {
        // `Null` is about existence itself and takes no suffix.
        return Some(BaseOperator::Null.into());
    }
    let near = nearest(rest, &names)?;
    spellings.iter().find(|(name, ..)| name == near).map(|(_, base, if_exists)| Operator {
        quantifier,
        base: *base,
        if_exists: *if_exists,
    })
}
