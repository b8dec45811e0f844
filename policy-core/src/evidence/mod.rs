//! Facts about functions, each with where it entered.
//!
//! Declared accesses come from the code, reachable calls from its source or its linked binary, observed
//! calls from CloudTrail, settings from configuration. The room holds what was written or seen; it does not decide what to grant.

pub mod assign;
pub mod covered;
mod declared;
#[cfg(feature = "engine")]
pub mod digest;
mod function;
mod invoker;
#[cfg(feature = "engine")]
pub mod linked;
pub mod note;
mod observed;
mod origin;
pub mod passing;
mod reachable;
mod settings;
#[cfg(feature = "engine")]
pub mod trail;

pub use declared::{
    Declaration, DeclaredAccess, DeclaredInvoker, DeclaredLimit, DeclaredName, DeclaredOwner,
    DeclaredPoll, DeclaredResource, EnvironmentForm,
};
pub use function::FunctionEvidence;
#[cfg(feature = "engine")]
pub(crate) use invoker::account_of;
pub use invoker::{
    InvokerKind, InvokerOptions, InvokerWay, SourceForm, Surroundings, UrlAuth, Wrong, WrongPart,
};
pub use observed::{
    Attribution, CallCount, CallKey, ObservedCall, ObservedFunction, ObservedResource, Outcome,
};
pub use origin::{SettingOrigin, SourceOrigin};
pub use reachable::{
    CallPlace, Confidence, LinkedSource, Reachable, ReachableCall, ReachableResource, UnknownCalls,
};
pub use settings::{
    AcceptedGrant, EncryptionTable, Environment, FunctionConfiguration, FunctionSettings, NeedKind,
    SettingEncryption, SettingInvoker, SettingName, SettingNeed, SettingPoll,
};
