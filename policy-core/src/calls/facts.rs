//! What walking all bodies gathers: calls, flows of values, edges of the call graph, what hides calls.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::CallKind;
use super::handle::Declared;
use super::sdk::Extension;
use super::types::{FunctionId, TypeId, Value};

/// What a call may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// An operation of a client.
    Operation(Rc<str>, String),
    /// The receiver is not known; these clients of the crate have such an operation.
    OneOf(Vec<(Rc<str>, String)>),
    /// An action that is no operation, with the client's name.
    Action(&'static str, &'static str),
    /// A method of a client that the catalog has no operation for.
    NoOperation(Rc<str>, String),
}

/// A call as it stands in the source.
#[derive(Debug, Clone)]
pub(super) struct RawCall {
    pub(super) function: FunctionId,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) what: What,
    pub(super) kind: CallKind,
    /// What is declared of it, where it is made through a handle.
    pub(super) declared: Option<Rc<Declared>>,
    /// What is set on its builder, by the setter.
    pub(super) members: BTreeMap<String, Vec<Value>>,
    /// Whether the chain ends in sending, so that a call is meant.
    pub(super) is_sent: bool,
    /// Whether all that it stands on was read and not concluded.
    pub(super) is_sure: bool,
}

/// A step of the call graph.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edge {
    /// Calls it, or hands it on as a value.
    Function(FunctionId),
    /// Calls a method of that name on a receiver of unknown type.
    Named(String),
    /// Makes or names a value of the type.
    Type(TypeId),
}

/// A place where calls may hide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hidden {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) reason: String,
    /// The client whose calls they are.
    pub(super) client: Option<Rc<str>>,
}

/// What walking all bodies gathers.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) calls: Vec<RawCall>,
    /// Where builders are sent that came from elsewhere.
    pub(super) passed_on: Vec<RawCall>,
    pub(super) edges: BTreeSet<(FunctionId, Edge)>,
    pub(super) params: BTreeMap<(FunctionId, usize), Vec<Value>>,
    pub(super) fields: BTreeMap<(TypeId, Rc<str>), Vec<Value>>,
    pub(super) returns: BTreeMap<FunctionId, Vec<Value>>,
    /// Functions that are handed on as values: others call them with what they like.
    pub(super) escaped: BTreeSet<FunctionId>,
    pub(super) hidden: BTreeSet<Hidden>,
    /// Structs whose fields are environment variables.
    pub(super) from_environment: BTreeSet<TypeId>,
    /// Where clients are made.
    pub(super) clients: BTreeSet<(FunctionId, (u32, u32), Rc<str>)>,
    /// Texts that name an extension on localhost.
    pub(super) extensions: Vec<(FunctionId, (u32, u32), Extension, String)>,
}
