//! A document with its texts as expressions.
//!
//! Documents of roles: a role is made before its functions, so that their texts refer to functions, and to what is made after them,
//! only where nothing else gives a name. A statement with such a text must stand outside of the role ([`is_late`]).

use policy_core::iam::ConditionBlock;
use policy_core::policy::{
    ActionElement, PolicyDocument, PrincipalElement, Principals, ResourceElement, Statement,
};

use super::{Json, Names, members};
use crate::failure::Failure;

/// The document as a template has it: members in the order of documents, one value as itself, several as a list.
pub(super) fn document(document: &PolicyDocument, names: &Names) -> Result<Json, Failure> {
    let mut out = Vec::new();
    if let Some(version) = document.version {
        out.push(("Version".to_owned(), version.as_str().into()));
    }
    if let Some(id) = &document.id {
        out.push(("Id".to_owned(), id.as_str().into()));
    }
    let statements: Result<Vec<Json>, Failure> =
        document.statements.iter().map(|it| statement(it, names)).collect();
    out.push(("Statement".to_owned(), Json::Array(statements?)));
    Ok(Json::Object(out))
}

/// Whether the statement can only be written with a reference to a function, or to what is made after one.
pub(super) fn is_late(statement: &Statement, names: &Names) -> bool {
    let resources = match &statement.resource {
        Some(ResourceElement::Resource(values) | ResourceElement::NotResource(values)) => values,
        None => &Vec::new(),
    };
    let principals = match &statement.principal {
        Some(
            PrincipalElement::Principal(Principals::Map(map))
            | PrincipalElement::NotPrincipal(Principals::Map(map)),
        ) => map.values().flatten().collect(),
        _ => Vec::new(),
    };
    let conditions = statement.condition.iter().flat_map(|(_, _, values)| values);
    resources.iter().chain(conditions).chain(principals).any(|text| names.is_late(text))
}

fn statement(statement: &Statement, names: &Names) -> Result<Json, Failure> {
    let mut out = Vec::new();
    let mut add = |name: &str, value: Json| out.push((name.to_owned(), value));
    if let Some(sid) = &statement.sid {
        add("Sid", sid.as_str().into());
    }
    add("Effect", statement.effect.as_str().into());
    match &statement.principal {
        Some(PrincipalElement::Principal(of)) => add("Principal", principals(of, names)?),
        Some(PrincipalElement::NotPrincipal(of)) => add("NotPrincipal", principals(of, names)?),
        None => {}
    }
    let plain = |values: &[String]| list(values, &|text| Ok(text.into()));
    match &statement.action {
        ActionElement::Action(values) => add("Action", plain(values)?),
        ActionElement::NotAction(values) => add("NotAction", plain(values)?),
    }
    let named = |values: &[String]| list(values, &|text| names.early_value(text));
    match &statement.resource {
        Some(ResourceElement::Resource(values)) => add("Resource", named(values)?),
        Some(ResourceElement::NotResource(values)) => add("NotResource", named(values)?),
        None => {}
    }
    if !statement.condition.is_empty() {
        add("Condition", condition(&statement.condition, names)?);
    }
    Ok(Json::Object(out))
}

fn list(values: &[String], value: &dyn Fn(&str) -> Result<Json, Failure>) -> Result<Json, Failure> {
    match values {
        [one] => value(one),
        many => Ok(Json::Array(many.iter().map(|it| value(it)).collect::<Result<_, _>>()?)),
    }
}

fn principals(principals: &Principals, names: &Names) -> Result<Json, Failure> {
    let Principals::Map(map) = principals else { return Ok("*".into()) };
    let kinds = map.iter().map(|(kind, values)| {
        Ok((kind.as_str().to_owned(), list(values, &|text| names.early_value(text))?))
    });
    Ok(members(kinds.collect::<Result<Vec<_>, Failure>>()?))
}

fn condition(block: &ConditionBlock, names: &Names) -> Result<Json, Failure> {
    let mut operators: Vec<(String, Json)> = Vec::new();
    for (operator, key, values) in block.iter() {
        let operator = operator.to_string();
        let entry = (key.as_str().to_owned(), list(values, &|text| names.early_value(text))?);
        match operators.last_mut() {
            Some((last, Json::Object(keys))) if *last == operator => keys.push(entry),
            _ => operators.push((operator, Json::Object(vec![entry]))),
        }
    }
    operators.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Json::Object(operators))
}
