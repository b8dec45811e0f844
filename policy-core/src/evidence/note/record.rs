//! The descriptor of a note: one declaration as JSON.
//!
//! Reading is strict: a field that the format does not have is refused, since leaving out what
//! a newer writer meant to narrow would widen a grant.

use serde_json::{Map, Value};

use crate::evidence::{
    Declaration, DeclaredAccess, DeclaredInvoker, DeclaredLimit, DeclaredName, DeclaredOwner,
    DeclaredPoll, DeclaredResource, EnvironmentForm, InvokerOptions, SourceOrigin, UrlAuth,
};
use crate::iam::AccessLevel;

/// One line of JSON, fields in alphabetical order.
pub(super) fn write(declaration: &Declaration) -> String {
    let Declaration { package, crate_name, target, function, origin, accesses, invokers, polls } =
        declaration;
    let mut record = Map::new();
    put(&mut record, "package", package);
    put(&mut record, "crate", crate_name);
    put_some(&mut record, "target", target.as_deref());
    put_some(&mut record, "function", function.as_deref());
    put(&mut record, "file", &origin.file);
    if origin.package != *package {
        put(&mut record, "originPackage", &origin.package);
    }
    put_place(&mut record, origin);
    let outer = origin;
    let list = |key: &str, values: Vec<Value>, record: &mut Map<String, Value>| {
        if !values.is_empty() {
            record.insert(key.to_owned(), Value::Array(values));
        }
    };
    list("accesses", accesses.iter().map(|a| access(a, outer)).collect(), &mut record);
    list("invokers", invokers.iter().map(|i| invoker(i, outer)).collect(), &mut record);
    list("polls", polls.iter().map(|p| poll(p, outer)).collect(), &mut record);
    Value::Object(record).to_string()
}

fn access(access: &DeclaredAccess, outer: &SourceOrigin) -> Value {
    let DeclaredAccess {
        client,
        names,
        levels,
        resources,
        kms_key,
        owner,
        limits,
        keep,
        via_role,
        origin,
    } = access;
    let mut record = Map::new();
    put(&mut record, "client", client);
    let names = names.iter().map(|name| match name {
        DeclaredName::Operation(name) => pair("operation", name),
        DeclaredName::Action(action) => pair("action", action.as_str()),
    });
    record.insert("names".to_owned(), names.collect());
    if !levels.is_empty() {
        record.insert("levels".to_owned(), levels.iter().map(|level| level.as_str()).collect());
    }
    if !resources.is_empty() {
        record.insert("on".to_owned(), resources.iter().map(resource).collect());
    }
    if let Some(key) = kms_key {
        record.insert("kmsKey".to_owned(), resource(key));
    }
    match owner {
        None => {}
        Some(DeclaredOwner::Account(account)) => {
            record.insert("owner".to_owned(), pair("account", account.as_str()));
        }
        Some(DeclaredOwner::Any { reason }) => {
            record.insert("owner".to_owned(), pair("any", reason));
        }
    }
    if !limits.is_empty() {
        let limits = limits.iter().map(|(limit, values)| {
            let mut record = Map::new();
            put(&mut record, "limit", limit.as_str());
            record.insert("values".to_owned(), values.iter().map(|value| &**value).collect());
            Value::Object(record)
        });
        record.insert("limits".to_owned(), limits.collect());
    }
    put_some(&mut record, "keep", keep.as_deref());
    put_some(&mut record, "viaRole", via_role.as_deref());
    put_inner(&mut record, origin, outer);
    Value::Object(record)
}

fn resource(resource: &DeclaredResource) -> Value {
    match resource {
        DeclaredResource::Arn(arn) => pair("arn", arn),
        DeclaredResource::Tail(tail) => pair("tail", tail),
        DeclaredResource::Any { reason } => pair("any", reason),
        DeclaredResource::Environment { name, form } => {
            let mut record = Map::new();
            put(&mut record, "env", name);
            put(&mut record, "as", form.as_str());
            Value::Object(record)
        }
    }
}

fn invoker(invoker: &DeclaredInvoker, outer: &SourceOrigin) -> Value {
    let DeclaredInvoker { kind, source, qualifier, options, origin } = invoker;
    let InvokerOptions { organization, account, auth } = options;
    let mut record = Map::new();
    put(&mut record, "kind", kind);
    put(&mut record, "source", source);
    put_some(&mut record, "qualifier", qualifier.as_deref());
    put_some(&mut record, "organization", organization.as_deref());
    put_some(&mut record, "account", account.as_deref());
    put_some(&mut record, "auth", auth.map(UrlAuth::as_str));
    put_inner(&mut record, origin, outer);
    Value::Object(record)
}

fn poll(poll: &DeclaredPoll, outer: &SourceOrigin) -> Value {
    let DeclaredPoll { kind, source, origin } = poll;
    let mut record = Map::new();
    put(&mut record, "kind", kind);
    put(&mut record, "source", source);
    put_inner(&mut record, origin, outer);
    Value::Object(record)
}

fn put(record: &mut Map<String, Value>, key: &str, text: &str) {
    record.insert(key.to_owned(), Value::from(text));
}

fn put_some(record: &mut Map<String, Value>, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        put(record, key, text);
    }
}

fn put_place(record: &mut Map<String, Value>, origin: &SourceOrigin) {
    record.insert("line".to_owned(), origin.line.into());
    record.insert("column".to_owned(), origin.column.into());
    put(record, "item", &origin.item);
}

/// Package and file only where they are not those of the declaration.
fn put_inner(record: &mut Map<String, Value>, origin: &SourceOrigin, outer: &SourceOrigin) {
    if origin.package != outer.package {
        put(record, "originPackage", &origin.package);
    }
    if origin.file != outer.file {
        put(record, "file", &origin.file);
    }
    put_place(record, origin);
}

fn pair(key: &str, text: &str) -> Value {
    let mut record = Map::new();
    put(&mut record, key, text);
    Value::Object(record)
}

/// The declaration in a descriptor, or what is wrong with it.
pub(super) fn read(bytes: &[u8]) -> Result<Declaration, String> {
    let value: Value =
        serde_json::from_slice(bytes).map_err(|error| format!("not JSON: {error}"))?;
    let mut record = Fields::of(value, "")?;
    let package = record.text("package")?;
    let crate_name = record.text("crate")?;
    let (target, function) = (record.optional("target")?, record.optional("function")?);
    let origin = SourceOrigin {
        package: record.optional("originPackage")?.unwrap_or_else(|| package.clone()),
        file: record.text("file")?,
        line: record.number("line")?,
        column: record.number("column")?,
        item: record.text("item")?,
    };
    let accesses = record.list("accesses", |fields| read_access(fields, &origin))?;
    let invokers = record.list("invokers", |mut fields| {
        Ok(DeclaredInvoker {
            kind: fields.text("kind")?,
            source: fields.text("source")?,
            qualifier: fields.optional("qualifier")?,
            options: InvokerOptions {
                organization: fields.optional("organization")?,
                account: fields.optional("account")?,
                auth: match fields.optional("auth")? {
                    None => None,
                    Some(word) => Some(UrlAuth::of(&word).ok_or_else(|| {
                        fields.wrong("auth", format!("`{word}` is no auth type of a URL"))
                    })?),
                },
            },
            origin: fields.inner(&origin)?,
        })
    })?;
    let polls = record.list("polls", |mut fields| {
        Ok(DeclaredPoll {
            kind: fields.text("kind")?,
            source: fields.text("source")?,
            origin: fields.inner(&origin)?,
        })
    })?;
    record.end()?;
    Ok(Declaration { package, crate_name, target, function, origin, accesses, invokers, polls })
}

fn read_access(mut fields: Fields, outer: &SourceOrigin) -> Result<DeclaredAccess, String> {
    let client = fields.text("client")?;
    let names = fields.list("names", |mut name| {
        let read = if let Some(operation) = name.optional("operation")? {
            DeclaredName::Operation(operation)
        } else {
            let text = name.text("action")?;
            let action = text.parse().map_err(|error| name.wrong("action", error))?;
            DeclaredName::Action(action)
        };
        name.end().map(|()| read)
    })?;
    let levels = fields
        .texts("levels")?
        .iter()
        .map(|text| {
            AccessLevel::ALL
                .into_iter()
                .find(|level| level.as_str() == &**text)
                .ok_or_else(|| fields.wrong("levels", format!("`{text}` is not an access level")))
        })
        .collect::<Result<_, _>>()?;
    let resources = fields.list("on", read_resource)?;
    let kms_key = fields.object("kmsKey")?.map(read_resource).transpose()?;
    let owner = fields.object("owner")?.map(read_owner).transpose()?;
    let limits = fields.list("limits", read_limit)?;
    let access = DeclaredAccess {
        client,
        names,
        levels,
        resources,
        kms_key,
        owner,
        limits: limits.into_iter().collect(),
        keep: fields.optional("keep")?,
        via_role: fields.optional("viaRole")?,
        origin: fields.inner(outer)?,
    };
    Ok(access)
}

fn read_limit(mut fields: Fields) -> Result<(DeclaredLimit, Vec<Box<str>>), String> {
    let word = fields.text("limit")?;
    let known = DeclaredLimit::ALL.into_iter().find(|limit| limit.as_str() == &*word);
    let limit = known.ok_or_else(|| fields.wrong("limit", format!("`{word}` is no limit")))?;
    let mut values = fields.texts("values")?;
    values.sort();
    values.dedup();
    fields.end().map(|()| (limit, values))
}

fn read_resource(mut fields: Fields) -> Result<DeclaredResource, String> {
    let resource = if let Some(arn) = fields.optional("arn")? {
        DeclaredResource::Arn(arn)
    } else if let Some(tail) = fields.optional("tail")? {
        DeclaredResource::Tail(tail)
    } else if let Some(reason) = fields.optional("any")? {
        DeclaredResource::Any { reason }
    } else {
        let name = fields.text("env")?;
        let form = fields.text("as")?;
        let form = EnvironmentForm::ALL
            .into_iter()
            .find(|known| known.as_str() == &*form)
            .ok_or_else(|| fields.wrong("as", format!("`{form}` is not a form of a value")))?;
        DeclaredResource::Environment { name, form }
    };
    fields.end().map(|()| resource)
}

fn read_owner(mut fields: Fields) -> Result<DeclaredOwner, String> {
    let owner = if let Some(reason) = fields.optional("any")? {
        DeclaredOwner::Any { reason }
    } else {
        let account = fields.text("account")?;
        DeclaredOwner::Account(account.parse().map_err(|error| fields.wrong("account", error))?)
    };
    fields.end().map(|()| owner)
}

/// An object being read: fields are taken out, what is left at the end is unknown.
struct Fields {
    fields: Map<String, Value>,
    path: String,
}

impl Fields {
    fn of(value: Value, path: &str) -> Result<Self, String> {
        match value {
            Value::Object(fields) => Ok(Self { fields, path: path.to_owned() }),
            _ if path.is_empty() => Err("not a JSON object".to_owned()),
            _ => Err(format!("`{path}` is not an object")),
        }
    }

    fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn wrong(&self, key: &str, reason: impl std::fmt::Display) -> String {
        format!("`{}`: {reason}", self.name(key))
    }

    fn optional(&mut self, key: &str) -> Result<Option<Box<str>>, String> {
        match self.fields.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.into())),
            Some(_) => Err(format!("`{}` is not a string", self.name(key))),
        }
    }

    fn text(&mut self, key: &str) -> Result<Box<str>, String> {
        self.optional(key)?.ok_or_else(|| format!("`{}` is missing", self.name(key)))
    }

    fn number(&mut self, key: &str) -> Result<u32, String> {
        let value = self.fields.remove(key);
        let number = value.as_ref().and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        number.ok_or_else(|| format!("`{}` is not a number of 32 bits", self.name(key)))
    }

    fn object(&mut self, key: &str) -> Result<Option<Self>, String> {
        let path = self.name(key);
        self.fields.remove(key).map(|value| Self::of(value, &path)).transpose()
    }

    fn values(&mut self, key: &str) -> Result<Vec<Value>, String> {
        match self.fields.remove(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => Ok(values),
            Some(_) => Err(format!("`{}` is not an array", self.name(key))),
        }
    }

    fn texts(&mut self, key: &str) -> Result<Vec<Box<str>>, String> {
        let name = self.name(key);
        let text = |value| match value {
            Value::String(text) => Ok(text.into()),
            _ => Err(format!("`{name}` holds something that is not a string")),
        };
        self.values(key)?.into_iter().map(text).collect()
    }

    fn list<T>(
        &mut self,
        key: &str,
        mut read: impl FnMut(Self) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let path = self.name(key);
        let values = self.values(key)?.into_iter().enumerate();
        values.map(|(i, value)| read(Self::of(value, &format!("{path}[{i}]"))?)).collect()
    }

    /// The origin of a part, and the end of its fields.
    fn inner(mut self, outer: &SourceOrigin) -> Result<SourceOrigin, String> {
        let origin = SourceOrigin {
            package: self.optional("originPackage")?.unwrap_or_else(|| outer.package.clone()),
            file: self.optional("file")?.unwrap_or_else(|| outer.file.clone()),
            line: self.number("line")?,
            column: self.number("column")?,
            item: self.text("item")?,
        };
        self.end().map(|()| origin)
    }

    fn end(self) -> Result<(), String> {
        match self.fields.keys().next() {
            None => Ok(()),
            Some(key) => Err(format!("`{}` is not a field of this format", self.name(key))),
        }
    }
}
