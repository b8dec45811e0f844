//! What documents mean: decisions about one request, comparison of all requests.
//!
//! `decide` is slow and obvious and has a matcher of its own; everything clever is checked against
//! it. It knows every kind of policy: identity, boundary, session, SCPs and RCPs by level, resource,
//! trust and endpoint policies, in one account or two. Deliberately outside are grants of KMS, ACLs,
//! organization membership and whatever a service checks for itself.

mod choice;
mod compare;
mod compiled;
mod condition;
mod decide;
mod fit;
mod glob;
mod implied;
mod principal;
mod region;
mod request;
mod value;

pub(crate) use choice::SOURCE_ARN_OF_ADD_PERMISSION;
pub use compare::{
    Blocked, Blocker, Comparison, Difference, Doubt, Granted, Ineffective, Relation, Unknown,
    compare, compare_effective, grants_any, ineffective,
};
pub use compiled::CompiledPolicies;
pub(crate) use decide::principal_side_by;
pub use decide::{
    Decision, DecisionEffect, Policies, PolicyKind, StatementRef, assumes_role, decide, lacking,
    principal_side,
};
pub use fit::misfits;
pub use implied::implied;
pub use region::{Member, Region};
pub use request::{Context, Principal, Request};
