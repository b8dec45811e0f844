//! CloudTrail documents → observed calls.
//!
//! A [`Reader`] takes the bytes of one document, finds the records in whatever container they come,
//! and adds what each shows to an [`Aggregate`]: who called, which action IAM checked, on what, and how it
//! ended. Aggregates of several threads or files are merged; [`Aggregate::finish`] counts.
//!
//! An aggregate can also be written to a small file and read again ([`Aggregate::to_file`]); files are joined as
//! aggregates are.
//!
//! - One record is in memory at a time. The aggregate keeps 40 bytes an event, to count copies once, and few of very many
//!   names; what does not fit in memory leaves for an [`Overflow`].
//! - All or nothing: a record with a wrong type in a member that matters refuses its whole document.
//! - Nothing is guessed. A role without its ARN, a name that the catalog does not know, a resource that
//!   the event does not tell are reported as such.
//!
//! The room opens no files and unpacks no gzip: that is the rim's part. It does not decide what to grant,
//! nor which declaration a call belongs to.
//!
//! # Source
//! AWS CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element".

mod aggregate;
mod any;
mod caller;
mod container;
mod contributions;
mod copied;
mod counted;
mod directory;
mod document;
mod error;
mod event;
mod express;
mod given;
mod headers;
mod inspect;
mod known;
mod lists;
mod log;
mod member;
mod model;
mod naming;
mod observation_file;
mod observations;
mod outcome;
mod parameters;
mod partiql;
mod passed;
mod paths;
mod pending;
mod plan;
mod query;
mod reader;
mod record;
mod reduced;
mod refusal;
mod remembered;
mod report;
mod resource;
mod response;
mod shown;
mod standing;
mod table;
mod tally;
mod text;
mod time;
mod words;

pub use aggregate::Aggregate;
pub use contributions::NameLimits;
pub use counted::{JoinError, KEPT_EVENTS, UncertainCorrection};
pub use error::TrailError;
pub use log::{Overflow, OverflowError, Room};
pub use observation_file::{FORMAT, ObservationFileError, VERSION};
pub use observations::{Observations, ServiceCall, UnmappedEvent};
pub use query::{Day, DayError, Dialect, Layout, Place, PlaceError, Query};
pub use reader::{RECORD_LIMIT_BYTES, Reader, read_document};
pub use reduced::{Mistake, ReducedTrailError};
