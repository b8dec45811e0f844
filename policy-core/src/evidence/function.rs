//! All that is known about one function: what the graph is built from.

use super::{Declaration, Environment, FunctionSettings, ObservedCall, Reachable};

/// The evidence of one function, each fact with where it entered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FunctionEvidence {
    /// What configuration says of the deployed function.
    pub settings: FunctionSettings,
    /// Account, Region and partition that complete its ARNs.
    pub environment: Environment,
    /// What its code declares, libraries that it claims included; sorted.
    pub declarations: Vec<Declaration>,
    /// What its code can call; `None` when neither its binary nor its source was looked at for calls.
    pub reachable: Option<Reachable>,
    /// What CloudTrail saw it do; sorted, keys unique.
    pub observed: Vec<ObservedCall>,
}
