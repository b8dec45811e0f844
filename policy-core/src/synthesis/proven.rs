//! What the proof of a function's documents did: a table for people who want to see it.
//!
//! The proof itself is `proof`; a row is only written for what held.

use std::collections::BTreeMap;

use crate::policy::PolicyDocument;
use crate::semantics::Request;

/// What was proved of the documents of one function.
///
/// Shape: rows in the order of the proof: evidence, refusals, parts of the execution role, trust, invokers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proof {
    /// What was held to be true, and was.
    pub rows: Vec<Proved>,
    /// The requests that the evidence stands for, all of which are allowed; only when the proof is asked for.
    pub requests: Vec<Request>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proved {
    /// What kind of claim.
    pub claim: Claim,
    /// About what, as a noun phrase.
    pub subject: String,
    /// How many requests were decided for it.
    pub requests: usize,
}

/// What a row says of its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claim {
    /// Each request that a piece of evidence stands for is allowed.
    Allowed,
    /// Names that were only ever refused stay refused.
    Refused,
    /// Without this part a request of the evidence is no longer allowed.
    Needed,
    /// Without this condition a request that is not of the evidence gets in.
    KeepsOut,
    /// A statement refuses to the code what Lambda needs.
    RefusedToCode,
    /// Lambda may assume the role for us, and no longer with a key missing or foreign.
    Trusted,
    /// An invoker may invoke, and no longer with a key missing or foreign.
    Invokes,
}

impl Claim {
    /// Every claim, in the order of the table.
    pub const ALL: [Self; 7] = [
        Self::Allowed,
        Self::Refused,
        Self::Needed,
        Self::KeepsOut,
        Self::RefusedToCode,
        Self::Trusted,
        Self::Invokes,
    ];

    /// The word in the table and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Needed => "needed",
            Self::KeepsOut => "keeps-out",
            Self::RefusedToCode => "refused-to-code",
            Self::Trusted => "trusted",
            Self::Invokes => "invokes",
        }
    }
}

impl Proof {
    /// Adds a row, where rows are asked for.
    pub(super) fn row(&mut self, is_asked: bool, claim: Claim, subject: String, requests: usize) {
        if is_asked {
            self.rows.push(Proved { claim, subject, requests });
        }
    }
}

/// The rows of the documents in which somebody is named, once they are proved: a request for each key and one with it.
pub(super) fn documents(
    proof: &mut Proof,
    is_asked: bool,
    trust: &PolicyDocument,
    resources: &BTreeMap<String, PolicyDocument>,
) {
    let trust = std::iter::once((Claim::Trusted, trust));
    let resources = resources.values().map(|document| (Claim::Invokes, document));
    for (claim, document) in trust.chain(resources) {
        for statement in &document.statements {
            let requests = 1 + 2 * statement.condition.iter().count();
            let sid = statement.sid.as_deref().unwrap_or("a statement");
            proof.row(is_asked, claim, format!("`{sid}`"), requests);
        }
    }
}
