//! Policy documents as JSON: one order of elements, one layout, the same bytes each time.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::json::is_allowed;
use super::{
    ActionElement, PolicyDocument, PrincipalElement, Principals, ResourceElement, Statement,
};
use crate::iam::ConditionBlock;

/// The document over several lines: two spaces a level, a newline at the end.
///
/// Shape: `Version`, `Id`, `Statement` (always an array); in a statement `Sid`, `Effect`,
/// `Principal`, `Action`, `Resource`, `Condition`. One value is a string, several are an array, in
/// the document's order; conditions are sorted by operator, key and value.
#[must_use]
pub fn document(document: &PolicyDocument) -> String {
    let mut out = String::new();
    write_indented(&members(document), 0, &mut out);
    out.push('\n');
    out
}

/// The document without white space between tokens: the form whose size AWS counts.
#[must_use]
pub fn minified(document: &PolicyDocument) -> String {
    let mut out = String::new();
    write_minified(&members(document), &mut out);
    out
}

/// A JSON value whose object members keep their order whatever features `serde_json` was built with.
enum Json {
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

fn members(document: &PolicyDocument) -> Json {
    let mut out = Vec::new();
    if let Some(version) = document.version {
        out.push(("Version".to_owned(), Json::Text(version.as_str().to_owned())));
    }
    if let Some(id) = &document.id {
        out.push(("Id".to_owned(), Json::Text(id.clone())));
    }
    let statements = document.statements.iter().map(statement).collect();
    out.push(("Statement".to_owned(), Json::List(statements)));
    Json::Object(out)
}

fn statement(statement: &Statement) -> Json {
    let mut out = Vec::new();
    let mut add = |name: &str, value: Json| out.push((name.to_owned(), value));
    if let Some(sid) = &statement.sid {
        add("Sid", Json::Text(sid.clone()));
    }
    add("Effect", Json::Text(statement.effect.as_str().to_owned()));
    match &statement.principal {
        Some(PrincipalElement::Principal(of)) => add("Principal", principals(of)),
        Some(PrincipalElement::NotPrincipal(of)) => add("NotPrincipal", principals(of)),
        None => {}
    }
    match &statement.action {
        ActionElement::Action(values) => add("Action", one_or_many(values)),
        ActionElement::NotAction(values) => add("NotAction", one_or_many(values)),
    }
    match &statement.resource {
        Some(ResourceElement::Resource(values)) => add("Resource", one_or_many(values)),
        Some(ResourceElement::NotResource(values)) => add("NotResource", one_or_many(values)),
        None => {}
    }
    if !statement.condition.is_empty() {
        add("Condition", condition(&statement.condition));
    }
    Json::Object(out)
}

fn one_or_many(values: &[String]) -> Json {
    match values {
        [one] => Json::Text(one.clone()),
        many => Json::List(many.iter().cloned().map(Json::Text).collect()),
    }
}

fn principals(principals: &Principals) -> Json {
    match principals {
        Principals::Any => Json::Text("*".to_owned()),
        Principals::Map(map) => Json::Object(
            map.iter()
                .map(|(kind, values)| (kind.as_str().to_owned(), one_or_many(values)))
                .collect(),
        ),
    }
}

fn condition(block: &ConditionBlock) -> Json {
    let mut operators: Vec<(String, Json)> = Vec::new();
    for (operator, key, values) in block.iter() {
        let name = operator.to_string();
        let entry = (key.as_str().to_owned(), one_or_many(values));
        match operators.last_mut() {
            Some((last, Json::Object(keys))) if *last == name => keys.push(entry),
            _ => operators.push((name, Json::Object(vec![entry]))),
        }
    }
    operators.sort_by(|a, b| a.0.cmp(&b.0));
    Json::Object(operators)
}

/// A condition block as a `serde_json` value, for reports that carry more than documents.
#[must_use]
pub fn condition_value(block: &ConditionBlock) -> Value {
    fn value(json: Json) -> Value {
        match json {
            Json::Text(text) => Value::String(text),
            Json::List(items) => Value::Array(items.into_iter().map(value).collect()),
            Json::Object(members) => Value::Object(
                members.into_iter().map(|(name, of)| (name, value(of))).collect::<Map<_, _>>(),
            ),
        }
    }
    value(condition(block))
}

/// A string; characters that a document cannot have are written as escapes.
fn write_text(text: &str, out: &mut String) {
    let written = Value::String(text.to_owned()).to_string();
    for character in written.chars() {
        if is_allowed(character) {
            out.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
}

fn write_indented(json: &Json, level: usize, out: &mut String) {
    let indent = |out: &mut String, level: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", level));
    };
    match json {
        Json::Text(text) => write_text(text, out),
        Json::List(items) if items.is_empty() => out.push_str("[]"),
        Json::Object(members) if members.is_empty() => out.push_str("{}"),
        Json::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                indent(out, level + 1);
                write_indented(item, level + 1, out);
            }
            indent(out, level);
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (i, (name, value)) in members.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                indent(out, level + 1);
                write_text(name, out);
                out.push_str(": ");
                write_indented(value, level + 1, out);
            }
            indent(out, level);
            out.push('}');
        }
    }
}

fn write_minified(json: &Json, out: &mut String) {
    match json {
        Json::Text(text) => write_text(text, out),
        Json::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                write_minified(item, out);
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (i, (name, value)) in members.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                write_text(name, out);
                out.push(':');
                write_minified(value, out);
            }
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::BaseOperator;

    #[test]
    fn elements_come_in_one_order_and_one_value_is_a_string() {
        let mut statement =
            Statement::allow(["s3:GetObject"], ["arn:aws:s3:::b/*", "arn:aws:s3:::c/*"]);
        statement.sid = Some("Reads".into());
        statement.condition = ConditionBlock::default()
            .with(BaseOperator::StringEquals, "aws:ResourceAccount", "111122223333")
            .with(BaseOperator::Bool, "aws:SecureTransport", "true");
        let text = document(&PolicyDocument::new(vec![statement]));
        insta::assert_snapshot!(text, @r#"
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "Reads",
              "Effect": "Allow",
              "Action": "s3:GetObject",
              "Resource": [
                "arn:aws:s3:::b/*",
                "arn:aws:s3:::c/*"
              ],
              "Condition": {
                "Bool": {
                  "aws:SecureTransport": "true"
                },
                "StringEquals": {
                  "aws:ResourceAccount": "111122223333"
                }
              }
            }
          ]
        }
        "#);
    }
}
