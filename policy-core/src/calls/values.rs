//! What values hold in the end, and what that says about the resource of a call.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Operation, ResourceMember};
use crate::evidence::{
    CallPlace, Confidence, DeclaredName, DeclaredResource, EnvironmentForm, ReachableCall,
    ReachableResource, SourceOrigin, UnknownCalls,
};

use super::body::{Facts, RawCall, What};
use super::items::{Owner, Program, TypeKind};
use super::reach::Reached;
use super::sdk::{self, Extension};
use super::types::{FunctionId, TypeId, Value};
use super::{CallKind, Found, FoundCall, MadeClient};

/// Deepest chain of calls, fields and parameters that a value is followed through.
const MAX_DEPTH: usize = 24;
/// Most steps that following one value may take.
const MAX_STEPS: usize = 4096;
/// Most values that one member may have.
const MAX_VALUES: usize = 16;

/// A value that is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Plain {
    Text(String),
    Variable(String),
}

/// Why a value is not known, as a clause.
type Why = String;

/// The arguments that a function is called with.
struct Frame<'f> {
    function: FunctionId,
    arguments: &'f [Value],
    outer: Option<&'f Frame<'f>>,
}

struct Solver<'p, 'a> {
    program: &'p Program<'a>,
    facts: &'p Facts,
    /// Parameters and fields that are being followed: what leads back to itself adds nothing.
    open: RefCell<Vec<Value>>,
    /// Steps that the value of one member may still take.
    steps: Cell<usize>,
}

/// Everything that was found, in order.
pub(super) fn finish(program: &Program<'_>, facts: Facts, reached: &Reached) -> Found {
    let solver =
        Solver { program, facts: &facts, open: RefCell::default(), steps: Cell::new(MAX_STEPS) };
    let mut found = Found::default();
    for call in &facts.calls {
        solver.add(call, reached, &mut found);
    }
    for call in &facts.passed_on {
        if !facts.calls.iter().any(|made| made.what == call.what) {
            solver.add(call, reached, &mut found);
        }
    }
    solver.extensions(reached, &mut found);
    for hidden in &facts.hidden {
        found.unknown.push(UnknownCalls {
            place: format!("{}:{}", hidden.file, hidden.line).into(),
            client: hidden.client.as_deref().map(Into::into),
            reason: hidden.reason.as_str().into(),
        });
    }
    for (function, at, client) in &facts.clients {
        if let CallPlace::Source { origin, binaries } = solver.place(*function, *at, reached) {
            let client = (&**client).into();
            found.clients.push(MadeClient { client, origin, binaries });
        }
    }
    found.clients.sort();
    found.calls.sort_by(|a, b| order(a).cmp(&order(b)));
    found.calls.dedup();
    found.unknown.sort();
    found.unknown.dedup();
    found
}

/// By place first, as a reader goes through the files.
fn order(found: &FoundCall) -> impl Ord + '_ {
    let place = match &found.call.place {
        CallPlace::Source { origin, .. } => Some((&origin.file, origin.line, origin.column)),
        CallPlace::Binary { .. } => None,
    };
    (place, found)
}

impl Solver<'_, '_> {
    fn place(&self, function: FunctionId, at: (u32, u32), reached: &Reached) -> CallPlace {
        let owner = &self.program.functions[function.0];
        CallPlace::Source {
            origin: SourceOrigin {
                package: self.program.crates[owner.crate_index].package.clone(),
                file: owner.file.into(),
                line: at.0,
                column: at.1,
                item: self.program.enclosing(function).into(),
            },
            binaries: reached.binaries(function),
        }
    }

    fn add(&self, raw: &RawCall, reached: &Reached, found: &mut Found) {
        let place = self.place(raw.function, (raw.line, raw.column), reached);
        let sure = if raw.is_sure { Confidence::Certain } else { Confidence::Likely };
        let mut add = |client: &str, name: DeclaredName, confidence, resource| {
            let call = ReachableCall {
                client: client.into(),
                name,
                place: place.clone(),
                confidence,
                resource,
            };
            found.calls.push(FoundCall { call, kind: raw.kind });
        };
        match &raw.what {
            What::Operation(client, name) => {
                let confidence = match raw.kind {
                    CallKind::HandedOver => Confidence::Likely,
                    _ => sure,
                };
                let resource = self.resource_of(client, name, raw);
                add(client, DeclaredName::Operation(name.as_str().into()), confidence, resource);
            }
            What::OneOf(candidates) if raw.is_sent => {
                let confidence = match candidates.len() {
                    1 => Confidence::Likely,
                    _ => Confidence::Ambiguous,
                };
                for (client, name) in candidates {
                    let resource = self.resource_of(client, name, raw);
                    let name = DeclaredName::Operation(name.as_str().into());
                    add(client, name, confidence, resource);
                }
            }
            What::OneOf(_) => {}
            What::Action(client, action) => {
                let Ok(action) = action.parse() else { return };
                let reason = "the token that is made does not name the resource".into();
                add(
                    client,
                    DeclaredName::Action(action),
                    sure,
                    ReachableResource::Unknown { reason },
                );
            }
            What::NoOperation(client, method) if raw.is_sent => {
                let file = self.program.functions[raw.function.0].file;
                found.unknown.push(UnknownCalls {
                    place: format!("{file}:{}", raw.line).into(),
                    client: Some((&**client).into()),
                    reason: format!(
                        "the catalog knows no operation of `{}{client}` for the method `{method}`",
                        sdk::CRATE_PREFIX
                    )
                    .into(),
                });
            }
            What::NoOperation(..) => {}
        }
    }

    /// Calls behind HTTP to an extension.
    fn extensions(&self, reached: &Reached, found: &mut Found) {
        let has = |wanted: &[Extension]| {
            self.facts.extensions.iter().any(|(_, _, extension, _)| wanted.contains(extension))
        };
        let configuration: &[_] = &[
            ("appconfigdata", "GetLatestConfiguration"),
            ("appconfigdata", "StartConfigurationSession"),
        ];
        for (function, at, extension, text) in &self.facts.extensions {
            let (calls, confidence): (&[_], _) = match extension {
                Extension::Secret => (&[("secretsmanager", "GetSecretValue")], Confidence::Certain),
                Extension::Parameter => (&[("ssm", "GetParameter")], Confidence::Certain),
                Extension::Configuration => (configuration, Confidence::Certain),
                Extension::ConfigurationHost if has(&[Extension::Configuration]) => continue,
                Extension::ConfigurationHost => (configuration, Confidence::Likely),
                Extension::SecretHost if has(&[Extension::Secret, Extension::Parameter]) => {
                    continue;
                }
                Extension::SecretHost => (
                    &[("secretsmanager", "GetSecretValue"), ("ssm", "GetParameter")],
                    Confidence::Ambiguous,
                ),
            };
            for (client, name) in calls {
                let call = ReachableCall {
                    client: (*client).into(),
                    name: DeclaredName::Operation((*name).into()),
                    place: self.place(*function, *at, reached),
                    confidence,
                    resource: in_url(text, *extension),
                };
                found.calls.push(FoundCall { call, kind: CallKind::Extension });
            }
        }
    }

    fn resource_of(&self, client: &str, name: &str, raw: &RawCall) -> ReachableResource {
        let operation = self
            .program
            .catalog
            .client(&format!("{}{client}", sdk::CRATE_PREFIX))
            .and_then(|client| client.operation(name));
        let Some(operation) = operation else {
            return unknown("the catalog does not know the operation".into());
        };
        let mut types = operation.primary().flat_map(|action| action.resource_types());
        if types.next().is_none() && operation.primary_actions().next().is_some() {
            return unknown(format!("`{name}` is not made on a resource"));
        }
        if raw.kind == CallKind::Waiter && raw.members.is_empty() {
            return unknown("the waiter names no resource".into());
        }
        if operation.primary_actions().nth(1).is_some() {
            return unknown(format!(
                "`{name}` needs several actions, and not each of them on the same resource"
            ));
        }
        match self.resource(operation, raw) {
            Ok(resources) => ReachableResource::Known(resources),
            Err(why) => unknown(why),
        }
    }

    fn resource(
        &self,
        operation: Operation<'_>,
        raw: &RawCall,
    ) -> Result<Vec<DeclaredResource>, Why> {
        let members: Vec<ResourceMember<'_>> =
            operation.resource_members().filter(|member| member.rule < 4).collect();
        let mut types: Vec<&str> = Vec::new();
        for member in &members {
            if !types.contains(&member.resource_type) {
                types.push(member.resource_type);
            }
        }
        // The type of which most parts are told: an index before its table.
        types.sort_by_key(|kind| {
            let own = members.iter().filter(|it| it.resource_type == *kind);
            std::cmp::Reverse(own.map(|it| it.placeholder).collect::<BTreeSet<_>>().len())
        });
        let mut why = format!("no member of a `{}` request names one resource", operation.name());
        for kind in types {
            match chosen(&members, kind, &raw.members) {
                Ok(own) => return self.of_type(operation, kind, &own, raw),
                Err(missing) => {
                    why = format!("`{}` is not set where the request is made", snake(missing));
                }
            }
        }
        Err(why)
    }

    /// The resources of a type whose members are set.
    fn of_type(
        &self,
        operation: Operation<'_>,
        kind: &str,
        members: &[&ResourceMember<'_>],
        raw: &RawCall,
    ) -> Result<Vec<DeclaredResource>, Why> {
        let service = operation.client().service();
        let kind = service.and_then(|service| service.resource_type(kind));
        let format = kind.and_then(|kind| kind.arn_formats().next());
        let format = format.ok_or("the catalog does not know the resource type")?;
        let tail = format.splitn(6, ':').nth(5).unwrap_or_default();
        let mut written: Vec<(String, &ResourceMember<'_>)> = Vec::new();
        let mut first: Option<(&ResourceMember<'_>, BTreeSet<Plain>)> = None;
        for member in members {
            let values = raw.members.get(&snake(member.member)).map(Vec::as_slice);
            if is_object_key(member) {
                let key = self.key(values.unwrap_or_default());
                written.push((key, member));
                continue;
            }
            let mut known = BTreeSet::new();
            for value in values.unwrap_or_default() {
                known.extend(
                    self.solve(value, None, 0)
                        .map_err(|why| format!("`{}`: {why}", snake(member.member)))?,
                );
            }
            if known.len() > MAX_VALUES {
                return Err(format!(
                    "`{}` has more than {MAX_VALUES} values",
                    snake(member.member)
                ));
            }
            match &first {
                None => first = Some((member, known)),
                Some(_) => match known.into_iter().next() {
                    Some(Plain::Text(text)) => written.push((text, member)),
                    _ => written.push(("*".into(), member)),
                },
            }
        }
        let Some((member, values)) = first else {
            return Err(format!(
                "no member of a `{}` request names one resource",
                operation.name()
            ));
        };
        if values.is_empty() {
            return Err(format!("`{}` has no value in sight", snake(member.member)));
        }
        values.into_iter().map(|value| declared(&value, member, &written, tail, format)).collect()
    }

    /// The key of an object as a pattern: what is known of its beginning.
    fn key(&self, values: &[Value]) -> String {
        let [value] = values else { return "*".into() };
        let (value, is_joined) = match value {
            Value::Joined(parts) => (parts.first().unwrap_or(value), true),
            other => (other, false),
        };
        match self.solve(value, None, 0).ok().and_then(|known| known.into_iter().next()) {
            Some(Plain::Text(text)) if is_plain(&text) => {
                if is_joined {
                    format!("{text}*")
                } else {
                    text
                }
            }
            _ => "*".into(),
        }
    }

    fn solve(
        &self,
        value: &Value,
        frame: Option<&Frame<'_>>,
        depth: usize,
    ) -> Result<BTreeSet<Plain>, Why> {
        if depth == 0 {
            self.steps.set(MAX_STEPS);
        }
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        if depth > MAX_DEPTH || left == 0 {
            return Err("its value goes through too many functions".into());
        }
        let depth = depth + 1;
        match value {
            Value::Unknown => Err("its value is made while the function runs".into()),
            Value::Never => Ok(BTreeSet::new()),
            Value::Text(text) => Ok([Plain::Text(text.to_string())].into()),
            Value::Variable(name) => {
                let names = self.solve(name, frame, depth)?;
                let variable = |plain| match plain {
                    Plain::Text(name) => Ok(Plain::Variable(name)),
                    Plain::Variable(_) => Err("a variable names the variable".to_owned()),
                };
                names.into_iter().map(variable).collect()
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
        let mut texts = vec![String::new()];
        for part in parts {
            let known = self.solve(part, frame, depth)?;
            if let ([Plain::Variable(_)], [_]) =
                (&known.iter().cloned().collect::<Vec<_>>()[..], parts)
            {
                return Ok(known);
            }
            let mut longer = Vec::new();
            for plain in known {
                let Plain::Text(text) = plain else {
                    return Err("it is put together from an environment variable and text".into());
                };
                longer.extend(texts.iter().map(|before| format!("{before}{text}")));
            }
            if longer.len() > MAX_VALUES {
                return Err(format!("it has more than {MAX_VALUES} values"));
            }
            texts = longer;
        }
        Ok(texts.into_iter().map(Plain::Text).collect())
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
            && let super::items::OfTrait::Local(of_trait) = self.program.impl_types[id.0].1
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
            all.insert(Plain::Variable(name.to_ascii_uppercase()));
        } else if let Some(variable) = self.variable_of_field(id, name) {
            all.insert(Plain::Variable(variable));
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
        let field = fields.iter().find(|field| {
            field.ident.as_ref().is_some_and(|own| super::items::plain(own) == name)
        })?;
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

/// The members that name a resource of a type in this request: one with the whole ARN, or one for each part. Several
/// for the same part are alternatives.
fn chosen<'m, 'c>(
    members: &'m [ResourceMember<'c>],
    kind: &str,
    set: &BTreeMap<String, Vec<Value>>,
) -> Result<Vec<&'m ResourceMember<'c>>, &'c str> {
    let own = || members.iter().filter(|member| member.resource_type == kind);
    let is_set = |member: &&ResourceMember<'_>| set.contains_key(&snake(member.member));
    if let Some(whole) = own().filter(|member| member.is_whole_arn()).find(is_set) {
        return Ok(vec![whole]);
    }
    let mut chosen: Vec<&ResourceMember<'_>> = Vec::new();
    for member in own() {
        if chosen.iter().any(|it| it.placeholder == member.placeholder) {
            continue;
        }
        let same = || own().filter(|it| it.placeholder == member.placeholder);
        match same().find(is_set) {
            Some(told) => chosen.push(told),
            None if is_object_key(member) => chosen.push(member),
            // A whole ARN is an alternative to its parts.
            None if member.is_whole_arn() && own().any(|it| !it.is_whole_arn()) => {}
            None => return Err(member.member),
        }
    }
    Ok(chosen)
}

fn unknown(reason: Why) -> ReachableResource {
    ReachableResource::Unknown { reason: reason.into() }
}

/// The key of an S3 object, which is different in every request.
fn is_object_key(member: &ResourceMember<'_>) -> bool {
    member.placeholder == "ObjectName"
}

/// Whether a text is a name without anything that a policy would read as more.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(['*', '?', '$', '{', '}'])
}

/// A value as a declaration would write it.
fn declared(
    value: &Plain,
    member: &ResourceMember<'_>,
    others: &[(String, &ResourceMember<'_>)],
    tail: &str,
    format: &str,
) -> Result<DeclaredResource, Why> {
    let setter = snake(member.member);
    let text = match value {
        Plain::Variable(name) => {
            let is_named = |end: &str| name.to_ascii_uppercase().ends_with(end);
            let form = if member.member.ends_with("Url") {
                EnvironmentForm::Url
            } else if is_named("ARN") || member.member.ends_with("Arn") {
                EnvironmentForm::Arn
            } else {
                EnvironmentForm::Name
            };
            return Ok(DeclaredResource::Environment { name: name.as_str().into(), form });
        }
        Plain::Text(text) => text,
    };
    if !is_plain(text) {
        return Err(format!("`{setter}`: `{text}` is no plain name"));
    }
    if text.starts_with("arn:") {
        if others.is_empty() {
            return Ok(DeclaredResource::Arn(text.as_str().into()));
        }
        return Err(format!("`{setter}`: `{text}` is an ARN where a name is expected"));
    }
    if text.contains("://") {
        return Err(format!("`{setter}`: the URL `{text}` names no resource by itself"));
    }
    let service = format.split(':').nth(2).unwrap_or_default();
    if service == "kms" && text.starts_with("alias/") {
        return Err(format!(
            "`{setter}`: `{text}` is an alias, and policies name keys by their id"
        ));
    }
    let name = match service {
        "ssm" => text.strip_prefix('/').unwrap_or(text).to_owned(),
        // The ARN of a secret ends in six characters that its name does not tell.
        "secretsmanager" => format!("{text}-??????"),
        _ => text.clone(),
    };
    let mut written = String::new();
    let mut rest = tail;
    let mut is_first = true;
    while let Some(at) = rest.find("${") {
        let end = rest[at..].find('}').map_or(rest.len(), |end| at + end);
        let placeholder = rest.get(at + 2..end).unwrap_or_default();
        written.push_str(&rest[..at]);
        let other = others.iter().find(|(_, it)| it.placeholder == placeholder);
        if placeholder == member.placeholder || (member.is_whole_arn() && is_first) {
            written.push_str(&name);
        } else {
            written.push_str(other.map_or("*", |(text, _)| text));
        }
        is_first = false;
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    written.push_str(rest);
    Ok(DeclaredResource::Tail(written.into()))
}

/// The secret or parameter in the URL of an extension.
fn in_url(text: &str, extension: Extension) -> ReachableResource {
    let (mark, head, end) = match extension {
        Extension::Secret => ("secretId=", "secret:", "-??????"),
        Extension::Parameter => ("name=", "parameter/", ""),
        _ => return unknown("the extension is asked for it by its address".into()),
    };
    let name = text.split_once(mark).map(|(_, rest)| rest.split('&').next().unwrap_or(rest));
    let decoded = name.map(|name| percent_encoding::percent_decode_str(name).decode_utf8_lossy());
    match decoded {
        Some(name) if is_plain(&name) && name.starts_with("arn:") => {
            ReachableResource::Known(vec![DeclaredResource::Arn((&*name).into())])
        }
        Some(name) if is_plain(&name) => {
            let name = name.strip_prefix('/').unwrap_or(&name);
            let tail = format!("{head}{name}{end}");
            ReachableResource::Known(vec![DeclaredResource::Tail(tail.into())])
        }
        _ => unknown("the address that the extension is asked for is put together".into()),
    }
}

/// A member as the setter of the Rust builder is called: `table_name`, `stream_arn`.
fn snake(member: &str) -> String {
    let chars: Vec<char> = member.chars().collect();
    let mut out = String::new();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        let starts = c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                !before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase)
            });
        if starts && !out.ends_with('_') {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::snake;

    #[test]
    fn members_become_setters_as_the_sdk_writes_them() {
        for (member, setter) in [
            ("TableName", "table_name"),
            ("StreamARN", "stream_arn"),
            ("QueueUrl", "queue_url"),
            ("DBInstanceIdentifier", "db_instance_identifier"),
            ("analyzerArn", "analyzer_arn"),
            ("Bucket", "bucket"),
            ("KeyId", "key_id"),
        ] {
            assert_eq!(snake(member), setter);
        }
    }
}
