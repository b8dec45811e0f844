//! Calls that the code can make, as its source or its linked binary shows them.
//!
//! The room holds what was seen and how surely; it does not look for calls, nor decide what to grant. A reachable call is an
//! upper bound of what runs. That none was found proves nothing unless [`Reachable::is_complete`] holds.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Operation};
use crate::iam::ActionName;

use super::{DeclaredName, DeclaredResource, SourceOrigin};

/// One call that the code can make.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReachableCall {
    /// As in a declaration: the SDK crate without `aws_sdk_` (`dynamodb`, `secretsmanager`), or a service
    /// prefix with `_` for `-` (`rds_db`) where no SDK client makes the call.
    pub client: Box<str>,
    /// The operation by its API name (`GetItem`); an action where what is checked is no operation (`rds-db:connect`).
    pub name: DeclaredName,
    /// Where it was seen.
    pub place: CallPlace,
    /// How surely it is this call.
    pub confidence: Confidence,
    /// What it is done to.
    pub resource: ReachableResource,
}

impl ReachableCall {
    /// Its operation in the catalog; `None` for an action, and where the catalog does not know it.
    #[must_use]
    pub fn operation<'c>(&self, catalog: &'c Catalog) -> Option<Operation<'c>> {
        match &self.name {
            DeclaredName::Operation(name) => catalog.client(&self.client)?.operation(name),
            DeclaredName::Action(_) => None,
        }
    }

    /// The IAM prefix; the client's name where the catalog knows no prefix.
    #[must_use]
    pub fn service<'a>(&'a self, catalog: &'a Catalog) -> &'a str {
        match &self.name {
            DeclaredName::Action(action) => action.service(),
            DeclaredName::Operation(_) => catalog
                .client(&self.client)
                .and_then(|client| client.iam_prefix())
                .unwrap_or(&self.client),
        }
    }

    /// The name of the operation, or of the action after its colon.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.name {
            DeclaredName::Operation(name) => name,
            DeclaredName::Action(action) => action.name(),
        }
    }

    /// The actions that a call needs, sorted. Empty when it needs none or none is known: ask the operation.
    #[must_use]
    pub fn actions(&self, catalog: &Catalog) -> Vec<ActionName> {
        let mut actions: Vec<ActionName> = match &self.name {
            DeclaredName::Action(action) => vec![action.clone()],
            DeclaredName::Operation(_) => self
                .operation(catalog)
                .into_iter()
                .flat_map(|operation| operation.primary_actions())
                .collect(),
        };
        actions.sort();
        actions.dedup();
        actions
    }
}

/// Where a reachable call was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallPlace {
    /// In a built binary: its code is linked.
    Binary {
        /// The file as the user named it.
        file: Box<str>,
        /// What in it names the operation.
        source: LinkedSource,
    },
    /// In Rust source.
    Source {
        /// The place of the call; its item is the function around it.
        origin: SourceOrigin,
        /// The binary targets whose `main` reaches it, sorted; none when no call leads there.
        binaries: Vec<Box<str>>,
    },
}

/// What in a binary names an operation, surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkedSource {
    /// The symbol table: code of the operation.
    Symbols,
    /// Text in read-only data, which `strip` leaves.
    Strings,
}

impl LinkedSource {
    /// Every source, surest first.
    pub const ALL: [Self; 2] = [Self::Symbols, Self::Strings];

    /// The word in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Symbols => "symbols",
            Self::Strings => "strings",
        }
    }
}

/// How surely a call is what it is taken for, surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Nothing else has that name or type.
    Certain,
    /// All that is known speaks for it, but not all is known.
    Likely,
    /// One of several that it may be.
    Ambiguous,
}

impl Confidence {
    /// Every level, surest first.
    pub const ALL: [Self; 3] = [Self::Certain, Self::Likely, Self::Ambiguous];

    /// The word in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Ambiguous => "ambiguous",
        }
    }
}

/// What a reachable call is done to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReachableResource {
    /// What the code says, as a declaration would write it; several are alternatives. Not empty.
    Known(Vec<DeclaredResource>),
    /// A call that needs each action on a resource of its own, as a copy reads one object and writes another. None of
    /// them is told apart again.
    ByAction(BTreeMap<ActionName, ReachableResource>),
    /// Not told, with the reason as a clause without full stop. Never stands for `*`.
    Unknown {
        /// Why not.
        reason: Box<str>,
    },
}

impl ReachableResource {
    /// The environment variables whose values name it.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let sides: Vec<&Self> = match self {
            Self::ByAction(sides) => sides.values().collect(),
            other => vec![other],
        };
        let known = sides.into_iter().filter_map(|side| match side {
            Self::Known(resources) => Some(resources),
            _ => None,
        });
        known.flatten().filter_map(|resource| match resource {
            DeclaredResource::Environment { name, .. } => Some(&**name),
            _ => None,
        })
    }
}

/// The calls of one function, as far as they can be found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reachable {
    /// What the code can call; sorted.
    pub calls: Vec<ReachableCall>,
    /// Operations that an SDK client or the credential chain links for its own use; sorted. Granted only when
    /// declared or observed.
    pub own: Vec<ReachableCall>,
    /// Why there may be more; sorted.
    pub unknown: Vec<UnknownCalls>,
    /// Whether dependencies were not read: then there may be more without a sign of it, and what is not here proves nothing.
    pub is_open: bool,
}

impl Reachable {
    /// Whether a call that is not here cannot be made.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unknown.is_empty() && !self.is_open
    }

    /// Adds what is known from elsewhere: another binary of the function, or its source. What one of them tells of
    /// dependencies is told.
    pub fn join(&mut self, other: Self) {
        self.is_open &= other.is_open;
        self.calls.extend(other.calls);
        self.own.extend(other.own);
        self.unknown.extend(other.unknown);
        self.sort();
    }

    /// Brings everything into order, each once.
    pub fn sort(&mut self) {
        self.calls.sort();
        self.calls.dedup();
        self.own.sort();
        self.own.dedup();
        self.unknown.sort();
        self.unknown.dedup();
    }
}

/// Calls that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnknownCalls {
    /// The binary, or the source file with its line.
    pub place: Box<str>,
    /// The SDK client whose calls they are, as in a declaration; `None` when not even that is known.
    pub client: Option<Box<str>>,
    /// Why, as a clause without full stop.
    pub reason: Box<str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(client: &str, name: DeclaredName) -> ReachableCall {
        ReachableCall {
            client: client.into(),
            name,
            place: CallPlace::Binary { file: "bootstrap".into(), source: LinkedSource::Symbols },
            confidence: Confidence::Certain,
            resource: ReachableResource::Unknown { reason: "a binary does not tell".into() },
        }
    }

    #[test]
    fn a_call_tells_its_service_and_actions_by_the_catalog() {
        let catalog = Catalog::embedded();
        for (client, operation, service, actions) in [
            ("dynamodb", "GetItem", "dynamodb", "dynamodb:GetItem"),
            ("s3", "ListObjectsV2", "s3", "s3:ListBucket"),
            ("sfn", "StartExecution", "states", "states:StartExecution"),
            ("dynamodb", "NoSuchThing", "dynamodb", ""),
            ("no_such_client", "GetItem", "no_such_client", ""),
        ] {
            let call = call(client, DeclaredName::Operation(operation.into()));
            assert_eq!((call.service(catalog), call.name()), (service, operation));
            let found: Vec<String> =
                call.actions(catalog).iter().map(ToString::to_string).collect();
            assert_eq!(found.join(","), actions, "{client}.{operation}");
        }
        let connect = call("rds_db", DeclaredName::Action("rds-db:connect".parse().unwrap()));
        assert_eq!((connect.service(catalog), connect.name()), ("rds-db", "connect"));
        assert_eq!(connect.actions(catalog)[0].to_string(), "rds-db:connect");
        assert!(connect.operation(catalog).is_none());
    }

    #[test]
    fn the_surest_comes_first() {
        assert!(Confidence::ALL.is_sorted() && LinkedSource::ALL.is_sorted());
        let words: Vec<_> = Confidence::ALL.map(Confidence::as_str).into();
        assert_eq!(words, ["certain", "likely", "ambiguous"]);
        assert_eq!(LinkedSource::ALL.map(LinkedSource::as_str), ["symbols", "strings"]);
    }
}
