//! The member `policies` of a case: JSON → [`Policies`], read once however often it repeats.
//!
//! Case files repeat their documents from line to line. What was read without a mistake is kept by its
//! text, up to a limit, so that most lines cost no parsing.

use std::collections::HashMap;
use std::rc::Rc;

use policy_core::finding::Finding;
use policy_core::policy::{self, PolicyDocument};
use policy_core::semantics::{Policies, PolicyKind, misfits};
use serde_json::value::RawValue;

use super::line::{Kind, Line, Member};
use crate::failure::Failure;

/// Bytes of text that are kept as keys; then everything is forgotten and kept anew.
const KEPT_BYTES: usize = 64 << 20;

const KNOWN: &[&str] =
    &["identity", "resource", "trust", "boundary", "scp", "rcp", "session", "endpoint"];

/// The documents that a request is held against.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// The documents, the case's own and those of flags.
    pub policies: Policies,
    own: Vec<String>,
}

impl Held {
    /// Whether the case itself gives the documents of a kind.
    #[must_use]
    pub fn is_own(&self, kind: PolicyKind) -> bool {
        self.own.iter().any(|own| own == kind.as_str())
    }
}

/// Reads the documents of cases.
pub(super) struct Documents<'g> {
    /// What the flags give for kinds of which a case gives none.
    given: &'g Policies,
    /// What is odd about documents without being wrong; each text once.
    pub(super) findings: Vec<Finding>,
    all: HashMap<(Box<str>, bool), Rc<Held>>,
    each: HashMap<(Box<str>, PolicyKind), PolicyDocument>,
    /// Of a case without `policies`.
    without: HashMap<bool, Rc<Held>>,
    kept_bytes: usize,
}

impl<'g> Documents<'g> {
    pub(super) fn new(given: &'g Policies) -> Self {
        Self {
            given,
            findings: Vec::new(),
            all: HashMap::new(),
            each: HashMap::new(),
            without: HashMap::new(),
            kept_bytes: 0,
        }
    }

    /// The documents of a case whose `policies` is `value`. Where the request `assumes` a role, the
    /// policy of its resource is a trust policy; without a request that is not known.
    pub(super) fn of<'a>(
        &mut self,
        line: &mut Line<'a>,
        value: Option<&'a RawValue>,
        assumes: Option<bool>,
    ) -> Option<Rc<Held>> {
        let Some(value) = value else {
            let assumes = assumes?;
            let given = self.given;
            let held = || Rc::new(with_given(Held::default(), given, assumes));
            return Some(Rc::clone(self.without.entry(assumes).or_insert_with(held)));
        };
        let Some(assumes) = assumes else {
            // The line is refused already; this is for what else is wrong with it.
            self.policies(line, value, None);
            return None;
        };
        let key = (value.get().into(), assumes);
        if let Some(held) = self.all.get(&key) {
            return Some(Rc::clone(held));
        }
        let before = line.mistakes.len();
        let held = self.policies(line, value, Some(assumes))?;
        if line.mistakes.len() > before {
            return None;
        }
        let held = Rc::new(with_given(held, self.given, assumes));
        self.make_room(value.get().len());
        self.all.insert(key, Rc::clone(&held));
        Some(held)
    }

    fn make_room(&mut self, bytes: usize) {
        if self.kept_bytes + bytes > KEPT_BYTES {
            self.all.clear();
            self.each.clear();
            self.kept_bytes = 0;
        }
        self.kept_bytes += bytes;
    }

    fn policies<'a>(
        &mut self,
        line: &mut Line<'a>,
        value: &'a RawValue,
        assumes: Option<bool>,
    ) -> Option<Held> {
        let members = line.members(value, "`policies`", KNOWN)?.members;
        let assumes = assumes.unwrap_or_else(|| members.iter().any(|it| it.name == "trust"));
        let mut policies = Policies::default();
        let mut own = Vec::new();
        for Member { name, value } in members {
            if Kind::of(value) == Kind::Null {
                continue;
            }
            own.push(name.clone().into_owned());
            match &*name {
                "identity" => {
                    policies.identity = self.list(line, value, PolicyKind::Identity);
                }
                "boundary" => {
                    policies.boundary = Some(self.list(line, value, PolicyKind::Boundary));
                }
                "session" => policies.session = Some(self.list(line, value, PolicyKind::Session)),
                "endpoint" => {
                    policies.endpoint = Some(self.list(line, value, PolicyKind::Endpoint));
                }
                "scp" => policies.scp = self.levels(line, value, PolicyKind::Scp),
                "rcp" => policies.rcp = self.levels(line, value, PolicyKind::Rcp),
                "resource" => {
                    let kind = if assumes { PolicyKind::Trust } else { PolicyKind::Resource };
                    policies.resource = self.one(line, value, &name, kind);
                }
                _ if !assumes => line.mistake(
                    value.get(),
                    "a trust policy is for requests that assume a role",
                    "give the policy of the resource as `resource`, or ask for `sts:AssumeRole` on \
                     the ARN of a role",
                ),
                _ => policies.trust = self.one(line, value, &name, PolicyKind::Trust),
            }
        }
        if own.iter().filter(|name| ["resource", "trust"].contains(&&***name)).count() > 1 {
            line.mistake(
                value.get(),
                "`resource` and `trust` are both the policy of the role",
                "keep one of them",
            );
        }
        Some(Held { policies, own })
    }

    /// One document, or a list of one.
    fn one<'a>(
        &mut self,
        line: &mut Line<'a>,
        value: &'a RawValue,
        name: &str,
        kind: PolicyKind,
    ) -> Option<PolicyDocument> {
        if Kind::of(value) != Kind::Array {
            return self.document(line, value, kind);
        }
        match line.items(value, name)?.as_slice() {
            [one] => self.document(line, one, kind),
            items => {
                let message =
                    format!("`{name}` is a list of {} documents, expected one", items.len());
                line.mistake(value.get(), message, "write the document; without one, leave it out");
                None
            }
        }
    }

    /// Several documents, or one.
    fn list<'a>(
        &mut self,
        line: &mut Line<'a>,
        value: &'a RawValue,
        kind: PolicyKind,
    ) -> Vec<PolicyDocument> {
        if Kind::of(value) != Kind::Array {
            return self.document(line, value, kind).into_iter().collect();
        }
        let what = format!("`{}`", kind.as_str());
        let items = line.items(value, &what).unwrap_or_default();
        items.into_iter().filter_map(|item| self.document(line, item, kind)).collect()
    }

    /// Levels of several documents; one document alone is one level.
    fn levels<'a>(
        &mut self,
        line: &mut Line<'a>,
        value: &'a RawValue,
        kind: PolicyKind,
    ) -> Vec<Vec<PolicyDocument>> {
        if Kind::of(value) != Kind::Array {
            return vec![self.list(line, value, kind)];
        }
        let what = format!("`{}`", kind.as_str());
        let items = line.items(value, &what).unwrap_or_default();
        items.into_iter().map(|item| self.list(line, item, kind)).collect()
    }

    fn document<'a>(
        &mut self,
        line: &mut Line<'a>,
        value: &'a RawValue,
        kind: PolicyKind,
    ) -> Option<PolicyDocument> {
        let key = (value.get().into(), kind);
        if let Some(document) = self.each.get(&key) {
            return Some(document.clone());
        }
        let parsed = match policy::parse_at(value.get(), line.file, line.spot(value.get())) {
            Ok(parsed) => parsed,
            Err(findings) => {
                line.mistakes.push(Failure::findings(findings));
                return None;
            }
        };
        let misfits = misfits(kind, &parsed.document, &parsed.spots, line.file);
        if !misfits.is_empty() {
            line.mistakes.push(Failure::findings(misfits));
            return None;
        }
        self.findings.extend(parsed.findings);
        self.make_room(value.get().len());
        self.each.insert(key, parsed.document.clone());
        Some(parsed.document)
    }
}

/// The documents of a case, completed by the flags' for kinds that it does not name itself.
fn with_given(mut held: Held, given: &Policies, assumes: bool) -> Held {
    let Held { policies, own } = &mut held;
    let lacks = |name: &str| !own.iter().any(|own| own == name);
    if lacks("identity") {
        policies.identity.clone_from(&given.identity);
    }
    if lacks("boundary") {
        policies.boundary.clone_from(&given.boundary);
    }
    if lacks("session") {
        policies.session.clone_from(&given.session);
    }
    if lacks("endpoint") {
        policies.endpoint.clone_from(&given.endpoint);
    }
    if lacks("scp") {
        policies.scp.clone_from(&given.scp);
    }
    if lacks("rcp") {
        policies.rcp.clone_from(&given.rcp);
    }
    if lacks("resource") && lacks("trust") {
        if assumes {
            policies.trust.clone_from(&given.trust);
        } else {
            policies.resource.clone_from(&given.resource);
        }
    }
    held
}
