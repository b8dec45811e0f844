//! Policies as files: documents, folders written by `generate`, and what the `aws` command prints.
//!
//! Understood are `iam get-role-policy`, `get-policy-version`, `get-role`,
//! `get-account-authorization-details`, `organizations describe-policy` and `lambda get-policy`,
//! whose documents may be objects or text, URL-encoded or not. What a document means is not decided
//! here.

mod members;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use policy_core::evidence::assign::RoleSelector;
use policy_core::finding::Finding;
use policy_core::policy::{self, PolicyDocument, Spot, StatementSpots};
use serde_json::Value;
use serde_json::value::RawValue;

use self::members::{Items, Members};
use crate::failure::{Failure, in_file, shown};
use crate::output::folder::{EVIDENCE, EXECUTION_ROLE, TRUST_POLICY, file_name};

/// Largest file that is read.
///
/// Units: bytes. The authorization details of a large account have tens of megabytes.
const MAX_BYTES: u64 = 512 << 20;

/// The most policies of one role that are read. AWS attaches 20 at most; inline ones have 10,240 characters together.
const MAX_POLICIES: usize = 200;

/// Where a text begins that is a whole file.
const START: Spot = Spot { line: 1, column: 1 };

/// A document with the name by which messages call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedDocument {
    /// The file, and what in it when it holds several.
    pub name: String,
    /// The file.
    pub file: String,
    /// The document.
    pub document: PolicyDocument,
    /// Where its statements stand in the file, in the same order.
    pub spots: Vec<StatementSpots>,
}

/// What a path holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicySource {
    /// Documents of one kind.
    Documents(Vec<NamedDocument>),
    /// The trust policy of a role.
    Trust(NamedDocument),
    /// A folder written by `generate`.
    Generated(PathBuf),
}

/// What was read, with what is odd about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadPolicies {
    /// What it is.
    pub source: PolicySource,
    /// What is odd about it without being wrong.
    pub findings: Vec<Finding>,
}

/// Which documents of a function's folder are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FolderPart {
    /// The execution role's identity policies.
    ExecutionRole,
    /// The trust policy.
    Trust,
    /// The function's resource policy.
    ResourcePolicy,
}

/// Reads a path of the command line, where `-` is stdin; `role` chooses in the authorization details of an account.
///
/// # Errors
/// [`Failure`] that names the place and what is expected.
pub fn read_named(path: &Path, role: Option<&RoleSelector>) -> Result<ReadPolicies, Failure> {
    if !super::is_stdin(path) {
        return read(path, role);
    }
    let text = super::stdin("a policy document", MAX_BYTES)?;
    of_text(Path::new(super::STDIN), &text, role)
}

/// Reads `path`; `role` chooses in the authorization details of an account.
///
/// # Errors
/// [`Failure`] that names the place and what is expected.
pub fn read(path: &Path, role: Option<&RoleSelector>) -> Result<ReadPolicies, Failure> {
    if path.is_dir() {
        return folder(path);
    }
    let what = match path.try_exists() {
        Ok(true) => "a policy document",
        _ => "a policy document or a folder written by `generate`",
    };
    let text = super::text(path, what, MAX_BYTES)?;
    of_text(path, &text, role)
}

fn of_text(path: &Path, text: &str, role: Option<&RoleSelector>) -> Result<ReadPolicies, Failure> {
    let mut reader = Reader { path, text, findings: Vec::new() };
    let source = reader.source(role)?;
    Ok(ReadPolicies { source, findings: reader.findings })
}

/// Checks that a folder is one of a function.
fn folder(path: &Path) -> Result<ReadPolicies, Failure> {
    if !path.join(EXECUTION_ROLE).is_file() {
        let mut inside: Vec<String> = std::fs::read_dir(path)
            .map_err(|error| super::unreadable(path, "a folder", &error))?
            .flatten()
            .filter(|entry| entry.path().join(EXECUTION_ROLE).is_file())
            .map(|entry| format!("`{}`", shown(&entry.path())))
            .collect();
        inside.sort();
        let failure = Failure::input(format!("`{}` has no `{EXECUTION_ROLE}`", shown(path)));
        return Err(if inside.is_empty() {
            failure.help(
                "name the folder of a function that `generate --out` wrote, or a policy document",
            )
        } else {
            failure.help(format!("name the folder of one function: {}", inside.join(", ")))
        });
    }
    Ok(ReadPolicies { source: PolicySource::Generated(path.into()), findings: Vec::new() })
}

/// The documents of a function's folder.
///
/// # Errors
/// [`Failure`] when a file cannot be read or is not a policy.
pub fn of_folder(dir: &Path, part: FolderPart) -> Result<Vec<NamedDocument>, Failure> {
    let names: Vec<String> = match part {
        FolderPart::ExecutionRole => std::iter::once(EXECUTION_ROLE.to_owned())
            .chain((2..).map(|number| format!("execution-role-{number}.json")))
            .take_while(|name| dir.join(name).is_file())
            .collect(),
        FolderPart::Trust => vec![TRUST_POLICY.to_owned()],
        FolderPart::ResourcePolicy => vec!["resource-policy.json".to_owned()],
    };
    let mut documents = Vec::new();
    for name in names {
        let path = dir.join(name);
        match read(&path, None)?.source {
            PolicySource::Documents(found) => documents.extend(found),
            PolicySource::Trust(found) => documents.push(found),
            PolicySource::Generated(_) => {}
        }
    }
    Ok(documents)
}

/// All resource policies in a function's folder: of the function, its versions and its aliases.
///
/// # Errors
/// [`Failure`] when a file cannot be read or is not a policy.
pub fn resource_policies(dir: &Path) -> Result<Vec<NamedDocument>, Failure> {
    let entries =
        std::fs::read_dir(dir).map_err(|error| super::unreadable(dir, "a folder", &error))?;
    let mut qualifiers: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let stem = name.strip_prefix("resource-policy")?.strip_suffix(".json")?;
            match stem {
                "" => Some(String::new()),
                stem => Some(stem.strip_prefix('.')?.to_owned()),
            }
        })
        .collect();
    qualifiers.sort();
    let mut documents = Vec::new();
    for qualifier in qualifiers {
        documents.extend(resource_policy(dir, &qualifier)?);
    }
    Ok(documents)
}

/// The policy of the function, or of its version or alias `qualifier`, in its folder; none when nothing
/// invokes it that way, for then `generate` writes no file.
///
/// # Errors
/// [`Failure`] when a file cannot be read or is not a policy.
pub fn resource_policy(dir: &Path, qualifier: &str) -> Result<Vec<NamedDocument>, Failure> {
    let name = match qualifier {
        "" => "resource-policy.json".to_owned(),
        qualifier => format!("resource-policy.{}.json", file_name(qualifier)),
    };
    let path = dir.join(name);
    if !path.is_file() {
        return Ok(Vec::new());
    }
    Ok(match read(&path, None)?.source {
        PolicySource::Documents(found) => found,
        PolicySource::Trust(found) => vec![found],
        PolicySource::Generated(_) => Vec::new(),
    })
}

/// The evidence in a function's folder, by Sid; empty when there is none.
///
/// # Errors
/// [`Failure`] when the file is there but is not what `generate` writes.
pub fn evidence(dir: &Path) -> Result<BTreeMap<String, Vec<Value>>, Failure> {
    let path = dir.join(EVIDENCE);
    if !path.is_file() {
        return Ok(BTreeMap::new());
    }
    let text = super::text(&path, "the evidence that `generate` wrote", MAX_BYTES)?;
    let refused = |message: String| {
        Failure::input(message).at(in_file(&path)).help("run `generate --out` again")
    };
    let entries: Vec<Value> = serde_json::from_str(&text)
        .map_err(|error| refused(format!("the evidence is not usable: {error}")))?;
    let mut by_sid: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for entry in entries {
        let sid = entry.get("sid").and_then(Value::as_str);
        let sid = sid.ok_or_else(|| refused("an entry of the evidence has no `sid`".into()))?;
        by_sid.entry(sid.to_owned()).or_default().push(entry);
    }
    Ok(by_sid)
}

/// What the outputs of `aws` are known by.
const ENVELOPES: [&str; 5] =
    ["Policy", "PolicyDocument", "PolicyVersion", "Role", "RoleDetailList"];

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    findings: Vec<Finding>,
}

impl<'a> Reader<'a> {
    fn source(&mut self, role: Option<&RoleSelector>) -> Result<PolicySource, Failure> {
        let name = shown(self.path);
        let trimmed = self.text.trim_start_matches('\u{feff}').trim_start();
        if !trimmed.starts_with('{') {
            return Ok(PolicySource::Documents(vec![self.encoded(self.text, &name)?]));
        }
        let Ok(members) = serde_json::from_str::<Members<'a>>(trimmed) else {
            // Not JSON, or not of this shape: the policy parser says where.
            return Ok(PolicySource::Documents(vec![self.whole(&name)?]));
        };
        if members.names().any(|name| name.eq_ignore_ascii_case("Statement")) {
            return Ok(PolicySource::Documents(vec![self.whole(&name)?]));
        }
        self.check_once(&members)?;
        let mut envelopes = ENVELOPES.iter().filter(|name| members.get(name).is_some());
        if let (Some(first), Some(second)) = (envelopes.next(), envelopes.next()) {
            return Err(Failure::input(format!("both `{first}` and `{second}` are in one object"))
                .at(in_file(self.path))
                .help("give the output of one `aws` command, or the policy document alone"));
        }
        if let Some(document) = members.get("PolicyDocument") {
            let of = members.get("PolicyName").map(string).unwrap_or_default();
            let document = self.member(document, &named(&name, &of))?;
            return Ok(PolicySource::Documents(vec![document]));
        }
        if let Some(version) = members.get("PolicyVersion") {
            let inner = self.object(version)?;
            let document = self.required(&inner, "PolicyVersion", "Document")?;
            return Ok(PolicySource::Documents(vec![self.member(document, &name)?]));
        }
        if let Some(role) = members.get("Role") {
            let inner = self.object(role)?;
            let document = self.required(&inner, "Role", "AssumeRolePolicyDocument")?;
            let document = self.member(document, &named(&name, "AssumeRolePolicyDocument"))?;
            return Ok(PolicySource::Trust(document));
        }
        if members.get("RoleDetailList").is_some() {
            return self.account(&members, role).map(PolicySource::Documents);
        }
        if let Some(policy) = members.get("Policy")
            && policy.get().starts_with('{')
        {
            // `aws organizations describe-policy`: an SCP or RCP.
            let inner = self.object(policy)?;
            let document = self.required(&inner, "Policy", "Content")?;
            return Ok(PolicySource::Documents(vec![self.member(document, &name)?]));
        }
        if let Some(policy) = members.get("Policy")
            && policy.get().starts_with('"')
        {
            return Ok(PolicySource::Documents(vec![self.member(policy, &name)?]));
        }
        Ok(PolicySource::Documents(vec![self.whole(&name)?]))
    }

    /// The policies of one role in the authorization details of an account.
    fn account(
        &mut self,
        members: &Members<'a>,
        selector: Option<&RoleSelector>,
    ) -> Result<Vec<NamedDocument>, Failure> {
        let roles = self.items(members.get("RoleDetailList"))?;
        let mut chosen: Vec<(String, Members<'a>)> = Vec::new();
        let mut known = Vec::new();
        for raw in roles {
            let role = self.object(raw)?;
            let arn = role.get("Arn").map(string).unwrap_or_default();
            let fits = match (selector, arn.parse()) {
                (Some(selector), Ok(arn)) => selector.selects(&arn),
                (Some(_), Err(_)) => false,
                (None, _) => true,
            };
            known.push(format!("`{arn}`"));
            if fits {
                chosen.push((arn, role));
            }
        }
        known.sort();
        let more = known.len().saturating_sub(20);
        known.truncate(20);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let roles = format!("the roles there are {}{more}", known.join(", "));
        let (arn, role) = match (chosen.pop(), chosen.is_empty(), selector) {
            (Some(role), true, _) => role,
            (Some(_), false, _) => {
                return Err(Failure::input("several roles fit; which one is meant?")
                    .at(in_file(self.path))
                    .help(format!("name one with `--role`; {roles}")));
            }
            (None, _, Some(selector)) => {
                return Err(Failure::input(format!("there is no role `{selector}`"))
                    .at(in_file(self.path))
                    .help(roles));
            }
            (None, _, None) => {
                return Err(Failure::input("the account has no role").at(in_file(self.path)));
            }
        };
        let file = shown(self.path);
        let mut documents = Vec::new();
        let inline = self.items(role.get("RolePolicyList"))?;
        let attached = self.items(role.get("AttachedManagedPolicies"))?;
        if inline.len() + attached.len() > MAX_POLICIES {
            let message = format!(
                "role `{arn}` has {} policies; at most {MAX_POLICIES} are read",
                inline.len() + attached.len()
            );
            return Err(Failure::input(message).at(in_file(self.path)));
        }
        for raw in inline {
            let policy = self.object(raw)?;
            let of = policy.get("PolicyName").map(string).unwrap_or_default();
            let document = self.required(&policy, "RolePolicyList", "PolicyDocument")?;
            documents.push(self.member(document, &named(&file, &of))?);
        }
        let policies =
            if attached.is_empty() { BTreeMap::new() } else { self.managed_policies(members)? };
        for raw in attached {
            let attached = self.object(raw)?;
            let of = attached.get("PolicyArn").map(string).unwrap_or_default();
            documents.push(self.managed(&policies, &of, &arn)?);
        }
        Ok(documents)
    }

    /// The managed policies of the file by their ARNs.
    fn managed_policies(
        &self,
        members: &Members<'a>,
    ) -> Result<BTreeMap<String, Members<'a>>, Failure> {
        let mut policies = BTreeMap::new();
        for raw in self.items(members.get("Policies"))? {
            let policy = self.object(raw)?;
            let arn = policy.get("Arn").map(string).unwrap_or_default();
            if policies.insert(arn.clone(), policy).is_some() {
                return Err(self.wrong(raw, format!("policy `{arn}` is in the file twice")));
            }
        }
        Ok(policies)
    }

    /// The default version of a managed policy.
    fn managed(
        &mut self,
        policies: &BTreeMap<String, Members<'a>>,
        policy_arn: &str,
        role: &str,
    ) -> Result<NamedDocument, Failure> {
        let mut document = None;
        let versions = policies.get(policy_arn).and_then(|policy| policy.get("PolicyVersionList"));
        for raw in self.items(versions)? {
            let version = self.object(raw)?;
            if version.get("IsDefaultVersion").is_some_and(|raw| raw.get() == "true") {
                let found = self.required(&version, "PolicyVersionList", "Document")?;
                if document.replace(found).is_some() {
                    let message = format!("policy `{policy_arn}` has two default versions");
                    return Err(self.wrong(raw, message));
                }
            }
        }
        if let Some(document) = document {
            return self.member(document, &named(&shown(self.path), policy_arn));
        }
        Err(Failure::input(format!(
            "role `{role}` has policy `{policy_arn}`, whose document is not in the file"
        ))
        .at(in_file(self.path))
        .help("print the details without `--filter`, so that managed policies are in them"))
    }

    /// A document that is an object, or text that may be URL-encoded.
    fn member(&mut self, raw: &'a RawValue, name: &str) -> Result<NamedDocument, Failure> {
        if raw.get().starts_with('"') {
            return self.encoded(&string(raw), name);
        }
        let start = raw.get().as_ptr() as usize - self.text.as_ptr() as usize;
        let (line, column) = super::line_column(self.text, start);
        let file = shown(self.path);
        self.parsed(raw.get(), name, &file, Spot { line, column })
    }

    fn encoded(&mut self, text: &str, name: &str) -> Result<NamedDocument, Failure> {
        let text = policy::decode(text)
            .map_err(|error| Failure::input(error.to_string()).at(in_file(self.path)))?;
        self.parsed(&text, name, name, START)
    }

    fn whole(&mut self, name: &str) -> Result<NamedDocument, Failure> {
        self.parsed(self.text, name, name, START)
    }

    fn parsed(
        &mut self,
        text: &str,
        name: &str,
        file: &str,
        origin: Spot,
    ) -> Result<NamedDocument, Failure> {
        let parsed = policy::parse_at(text, file, origin).map_err(Failure::findings)?;
        self.findings.extend(parsed.findings);
        let (document, spots) = (parsed.document, parsed.spots);
        Ok(NamedDocument { name: name.to_owned(), file: file.to_owned(), document, spots })
    }

    fn object(&self, raw: &'a RawValue) -> Result<Members<'a>, Failure> {
        let members = serde_json::from_str(raw.get())
            .map_err(|_| self.wrong(raw, "expected an object here".into()))?;
        self.check_once(&members)?;
        Ok(members)
    }

    /// Refuses an object in which one of two members would be left out.
    fn check_once(&self, members: &Members<'a>) -> Result<(), Failure> {
        match members.twice() {
            Some((name, raw)) => {
                Err(self.wrong(raw, format!("`{name}` stands twice in an object")))
            }
            None => Ok(()),
        }
    }

    fn items(&self, raw: Option<&'a RawValue>) -> Result<Vec<&'a RawValue>, Failure> {
        let Some(raw) = raw else { return Ok(Vec::new()) };
        let items: Items<'a> = serde_json::from_str(raw.get())
            .map_err(|_| self.wrong(raw, "expected an array here".into()))?;
        items.all().ok_or_else(|| {
            self.wrong(raw, format!("an array of more than {} is not read", members::MAX_ITEMS))
        })
    }

    fn required(
        &self,
        members: &Members<'a>,
        of: &str,
        name: &str,
    ) -> Result<&'a RawValue, Failure> {
        members.get(name).ok_or_else(|| {
            Failure::input(format!("`{of}` has no `{name}`"))
                .at(in_file(self.path))
                .help("give the whole output of the `aws` command, or the policy document alone")
        })
    }

    fn wrong(&self, raw: &RawValue, message: String) -> Failure {
        let start = raw.get().as_ptr() as usize - self.text.as_ptr() as usize;
        let (line, column) = super::line_column(self.text, start);
        let mut place = in_file(self.path);
        (place.line, place.column) = (Some(line), Some(column));
        Failure::input(message).at(place)
    }
}

/// The text of a JSON string; of anything else its JSON.
fn string(raw: &RawValue) -> String {
    serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned())
}

fn named(file: &str, of: &str) -> String {
    if of.is_empty() { file.to_owned() } else { format!("{file} ({of})") }
}
