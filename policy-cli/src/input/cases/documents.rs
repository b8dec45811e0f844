//! The member `policies` of a case: JSON → [`Policies`], read once however often it repeats.
//!
//! Case files repeat their documents from line to line. What was read without a mistake is kept by its
//! text, up to a limit, so that most lines cost no parsing.

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use policy_core::finding::Finding;
use policy_core::policy::{self, PolicyDocument};
use policy_core::semantics::{CompiledPolicies, Policies, PolicyKind, misfits};
use serde_json::value::RawValue;

use super::line::{Kind, Line, Member};
use crate::failure::Failure;

/// Bytes of text that are kept as keys; then everything is forgotten and kept anew.
const KEPT_BYTES: usize = 16 << 20;

const KNOWN: &[&str] =
    &["identity", "resource", "trust", "boundary", "scp", "rcp", "session", "endpoint"];

/// The documents that a request is held against.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// The documents, the case's own and those of flags.
    pub policies: Policies,
    /// The kinds of which the case itself gives the documents.
    pub own: Vec<PolicyKind>,
    asked: Cell<bool>,
    compiled: OnceCell<CompiledPolicies>,
}

impl Held {
    /// The documents made ready for many requests, once more than one has asked for them.
    #[must_use]
    pub fn compiled(&self) -> Option<&CompiledPolicies> {
        self.asked
            .replace(true)
            .then(|| self.compiled.get_or_init(|| CompiledPolicies::new(&self.policies)))
    }
}

/// Reads the documents of cases.
pub(super) struct Documents<'g> {
    /// What the flags give for kinds of which a case gives none.
    given: &'g Policies,
    /// What is odd about documents without being wrong; each text once.
    pub(super) findings: Vec<Finding>,
    /// By the text of `policies`, and whether a role is assumed.
    all: BTreeMap<bool, HashMap<Box<str>, Rc<Held>>>,
    /// By the text of a document, and the kind that it fits.
    each: BTreeMap<PolicyKind, HashMap<Box<str>, PolicyDocument>>,
    kept_bytes: usize,
}

impl<'g> Documents<'g> {
    pub(super) fn new(given: &'g Policies) -> Self {
        Self {
            given,
            findings: Vec::new(),
            all: BTreeMap::new(),
            each: BTreeMap::new(),
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
        let Some(assumes) = assumes else {
            // The line is refused already; this is for what else is wrong with it.
            self.policies(line, value?, None);
            return None;
        };
        // A case without `policies` has the same as one in which nothing stands.
        let text = value.map_or("", RawValue::get);
        if let Some(held) = self.all.entry(assumes).or_default().get(text) {
            return Some(Rc::clone(held));
        }
        let before = line.mistakes.len();
        let held = match value {
            Some(value) => self.policies(line, value, Some(assumes))?,
            None => Held::default(),
        };
        if line.mistakes.len() > before {
            return None;
        }
        let held = Rc::new(with_given(held, self.given, assumes));
        self.make_room(text.len());
        self.all.entry(assumes).or_default().insert(text.into(), Rc::clone(&held));
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
            own.extend(PolicyKind::ALL.into_iter().find(|kind| kind.as_str() == name));
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
        if own.contains(&PolicyKind::Resource) && own.contains(&PolicyKind::Trust) {
            line.mistake(
                value.get(),
                "`resource` and `trust` are both the policy of the role",
                "keep one of them",
            );
        }
        Some(Held { policies, own, ..Held::default() })
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
        if let Some(document) = self.each.entry(kind).or_default().get(value.get()) {
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
        let each = self.each.entry(kind).or_default();
        each.insert(value.get().into(), parsed.document.clone());
        Some(parsed.document)
    }
}

/// The documents of a case, completed by the flags' for kinds that it does not name itself.
fn with_given(mut held: Held, given: &Policies, assumes: bool) -> Held {
    let Held { policies, own, .. } = &mut held;
    let lacks = |kind: PolicyKind| !own.contains(&kind);
    if lacks(PolicyKind::Identity) {
        policies.identity.clone_from(&given.identity);
    }
    if lacks(PolicyKind::Boundary) {
        policies.boundary.clone_from(&given.boundary);
    }
    if lacks(PolicyKind::Session) {
        policies.session.clone_from(&given.session);
    }
    if lacks(PolicyKind::Endpoint) {
        policies.endpoint.clone_from(&given.endpoint);
    }
    if lacks(PolicyKind::Scp) {
        policies.scp.clone_from(&given.scp);
    }
    if lacks(PolicyKind::Rcp) {
        policies.rcp.clone_from(&given.rcp);
    }
    if lacks(PolicyKind::Resource) && lacks(PolicyKind::Trust) {
        if assumes {
            policies.trust.clone_from(&given.trust);
        } else {
            policies.resource.clone_from(&given.resource);
        }
    }
    held
}
