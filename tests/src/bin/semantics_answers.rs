//! Answers questions about documents, one JSON line each, for the oracle of `cargo xtask oracle`.
//!
//! A line is `{"old": POLICIES, "new": POLICIES}` or `{"request": …, "policies": POLICIES}`; POLICIES
//! is an object from policy kind to documents, as in the cases of `simulate`. The answer is one line
//! too: what `compare`, `compare_effective` or `decide` says, or `{"error": …}` for what cannot be read. Nothing is
//! decided here.

use std::io::{self, BufRead, Write};

use policy_core::catalog::Catalog;
use policy_core::iam::ConditionKey;
use policy_core::policy::{self, PolicyDocument};
use policy_core::semantics::{
    Comparison, Context, Difference, Policies, Request, compare, compare_effective, decide,
};
use serde_json::{Map, Value, json};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let answer = answer(&line?).unwrap_or_else(|error| json!({ "error": error }));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(line: &str) -> Result<Value, String> {
    let asked: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if let Some(asked_request) = asked.get("request") {
        let decision = decide(&request(asked_request)?, &policies(&asked["policies"])?);
        return Ok(json!({ "effect": decision.effect.as_str() }));
    }
    let (old, new) = (policies(&asked["old"])?, policies(&asked["new"])?);
    let plain = Policies::identity(old.identity.clone()) == old
        && Policies::identity(new.identity.clone()) == new;
    let catalog = Catalog::embedded();
    // The policy of a resource and the trust policy of a role are compared by themselves.
    let guard = |of: &Policies| of.resource.clone().or_else(|| of.trust.clone());
    if let (Some(old), Some(new)) = (guard(&old), guard(&new)) {
        return Ok(comparison(&compare(&[old], &[new], catalog)));
    }
    Ok(comparison(&if plain {
        compare(&old.identity, &new.identity, catalog)
    } else {
        compare_effective(&old, &new, catalog)
    }))
}

fn policies(value: &Value) -> Result<Policies, String> {
    let mut out = Policies::default();
    for (kind, value) in value.as_object().ok_or("policies are an object")? {
        match kind.as_str() {
            "identity" => out.identity = documents(value)?,
            "boundary" => out.boundary = Some(documents(value)?),
            "session" => out.session = Some(documents(value)?),
            "scp" => out.scp = levels(value)?,
            "rcp" => out.rcp = levels(value)?,
            "resource" => out.resource = Some(document(value)?),
            "trust" => out.trust = Some(document(value)?),
            "endpoint" => out.endpoint = Some(documents(value)?),
            other => return Err(format!("unknown kind of policy `{other}`")),
        }
    }
    Ok(out)
}

fn list(value: &Value) -> Result<&[Value], String> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| format!("no list: {value}"))
}

fn levels(value: &Value) -> Result<Vec<Vec<PolicyDocument>>, String> {
    list(value)?.iter().map(documents).collect()
}

fn documents(value: &Value) -> Result<Vec<PolicyDocument>, String> {
    list(value)?.iter().map(document).collect()
}

fn document(value: &Value) -> Result<PolicyDocument, String> {
    match policy::parse(&value.to_string(), "document") {
        Ok(parsed) => Ok(parsed.document),
        Err(findings) => {
            let messages: Vec<&str> = findings.iter().map(|f| f.message.as_str()).collect();
            Err(messages.join("; "))
        }
    }
}

fn request(value: &Value) -> Result<Request, String> {
    let text = |value: &Value| {
        value.as_str().map(str::to_owned).ok_or_else(|| format!("no text: {value}"))
    };
    let context = value["context"].as_object().ok_or("no context")?;
    Ok(Request {
        principal: text(&value["principal"])?.parse().map_err(|e| format!("{e}"))?,
        action: text(&value["action"])?.parse().map_err(|e| format!("{e}"))?,
        resource: text(&value["resource"])?,
        context: context
            .iter()
            .map(|(key, values)| {
                let values = list(values)?.iter().map(text).collect::<Result<_, String>>()?;
                Ok((ConditionKey::new(key), values))
            })
            .collect::<Result<Context, String>>()?,
    })
}

fn comparison(of: &Comparison) -> Value {
    let all = |list: &[Difference]| list.iter().map(difference).collect::<Vec<_>>();
    json!({
        "relation": of.relation.as_str(),
        "added": all(&of.added),
        "removed": all(&of.removed),
        "unknown": of.unknown.iter().map(|unknown| unknown.reason.as_str()).collect::<Vec<_>>(),
    })
}

fn difference(of: &Difference) -> Value {
    let context: Map<String, Value> = of
        .context
        .iter()
        .map(|(key, values)| (key.as_str().to_ascii_lowercase(), json!(values)))
        .collect();
    let principal = of.principal.as_ref().map(ToString::to_string);
    json!({
        "principal": principal,
        "action": of.action.as_str(),
        "resource": of.resource,
        "context": context,
    })
}
