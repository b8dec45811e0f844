//! The catalog: which actions exist, on what, under which keys, and which calls need them.
//!
//! Facts only, embedded in the program and read in place: services, actions with access levels,
//! resource types with ARN formats, condition keys with types, SDK clients and operations with the
//! actions they need, CloudTrail's names for them, and what CloudTrail can show.
//!
//! The room answers questions about names. It does not know what a document means (`semantics`) nor
//! which resources exist. It is one day's knowledge ([`Catalog::date`]): what it does not know may
//! exist all the same. It is refreshed by `cargo xtask catalog`, never during a build; where each
//! fact comes from is told in `data/SOURCE.md`.

mod error;
mod event;
pub mod layout;
mod load;
mod lookup;
mod operation;
mod resource;
mod rust_name;
mod suggest;
mod verify;

pub use error::CatalogError;
pub use event::{EventMapping, NoAction, event_source_label, without_api_date};
pub use load::Catalog;
pub use lookup::{Action, ActionResource, ConditionKeyType, ResourceType, Service, template_head};
pub use operation::{Client, IndirectAction, MappingSource, Operation, ResourceMember, Visibility};
pub use rust_name::rust_name;
pub use suggest::nearest;

#[cfg(test)]
mod tests;
