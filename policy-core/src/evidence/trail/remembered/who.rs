//! What a record shows, apart from who called.
//!
//! What the caller is follows from `userIdentity` alone, and what a session of a role did from all other values with the
//! partition and account of the role, and from whether a service called for it. So what one role's record shows, another role
//! of the same account would show with its own name in it. Calls of anyone else are remembered for that identity alone.

use super::super::aggregate::Aggregate;
use super::super::caller::{Caller, Function};
use super::super::event::{CallPart, FunctionPart, Part, TextId};
use super::Renumber;

/// The caller that an identity stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Not worked out yet.
    New,
    Session(Session),
    /// No session of a role, or one of which not all can be used.
    Other,
}

/// A session of a role, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Session {
    role: TextId,
    function: FunctionPart,
    via: Option<TextId>,
    /// The number of what its calls depend on; see [`Scopes`].
    scope: u32,
}

/// Partitions and accounts of roles, and whether a service called for them, by number.
#[derive(Debug, Default)]
pub(super) struct Scopes(Vec<(Box<str>, Box<str>, bool)>);

/// The scope of an identity by itself has this bit.
const ALONE: u32 = 1 << 31;

impl Scopes {
    fn number(&mut self, partition: &str, account: &str, is_via: bool) -> u32 {
        let is_same = |(a, b, c): &(Box<str>, Box<str>, bool)| {
            (&**a, &**b, *c) == (partition, account, is_via)
        };
        let at = self.0.iter().position(is_same).unwrap_or_else(|| {
            self.0.push((partition.into(), account.into(), is_via));
            self.0.len() - 1
        });
        u32::try_from(at).unwrap_or(ALONE - 1)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Who {
    pub(super) fn new(caller: &Caller<'_>, scopes: &mut Scopes, aggregate: &mut Aggregate) -> Self {
        let Caller::Role(session) = caller else { return Self::Other };
        if session.unusable_function.is_some() {
            return Self::Other;
        }
        let function = match &session.function {
            Function::Issued(arn) => FunctionPart::Issued(aggregate.text_id(arn)),
            Function::Session(name) => FunctionPart::Session(aggregate.text_id(name)),
            Function::Unknown => FunctionPart::Unknown,
        };
        let (partition, account) = (session.arn.partition, session.arn.account);
        Self::Session(Session {
            role: aggregate.text_id(session.role),
            function,
            via: session.via.map(|service| aggregate.text_id(service)),
            scope: scopes.number(partition, account, session.via.is_some()),
        })
    }

    /// The number of what the calls of identity `number` depend on.
    pub(super) fn scope(self, number: u32) -> u32 {
        match self {
            Self::Session(session) => session.scope,
            Self::New | Self::Other => number | ALONE,
        }
    }

    /// Takes other numbers.
    pub(super) fn renumber(&mut self, numbers: &mut impl Renumber) {
        let Self::Session(Session { role, function, via, .. }) = self else { return };
        *role = numbers.text(*role);
        *via = via.map(|via| numbers.text(via));
        match function {
            FunctionPart::Issued(id) | FunctionPart::Session(id) => *id = numbers.text(*id),
            FunctionPart::Unknown => {}
        }
    }

    /// `part`, which this caller's record showed, without the caller; `None` where that is not to be told.
    pub(super) fn taken_out(self, part: Part) -> Option<Part> {
        let Self::Session(session) = self else { return Some(part) };
        let is_ours = |role: TextId| role == session.role;
        Some(match part {
            Part::Call(call) => {
                let is_via = session.via.is_none() || call.via == session.via;
                if !is_ours(call.role) || call.function != session.function || !is_via {
                    return None;
                }
                // A service that got a role stays: there is one only where none called for the caller.
                let via = if session.via.is_some() { None } else { call.via };
                Part::Call(CallPart { role: NOBODY, function: FunctionPart::Unknown, via, ..call })
            }
            Part::Unmapped { role, source, name, reason } if is_ours(role) => {
                Part::Unmapped { role: NOBODY, source, name, reason }
            }
            Part::NoPermission { role, source, name } if is_ours(role) => {
                Part::NoPermission { role: NOBODY, source, name }
            }
            Part::NotACall { .. } | Part::Unusable { .. } => part,
            _ => return None,
        })
    }

    /// `part` with this caller in it.
    pub(super) fn put_in(self, part: Part) -> Part {
        let Self::Session(session) = self else { return part };
        match part {
            Part::Call(call) => Part::Call(CallPart {
                role: session.role,
                function: session.function,
                via: session.via.or(call.via),
                ..call
            }),
            Part::Unmapped { source, name, reason, .. } => {
                Part::Unmapped { role: session.role, source, name, reason }
            }
            Part::NoPermission { source, name, .. } => {
                Part::NoPermission { role: session.role, source, name }
            }
            other => other,
        }
    }
}

/// Stands where the role was; any number that is one.
const NOBODY: TextId = 0;
