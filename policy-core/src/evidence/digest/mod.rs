//! CloudTrail digest files: which log files they list with which hash, and whether the digests hold together.
//!
//! [`is_digest`] tells a digest from a log by its content, [`Digest::parse`] reads one, and [`audit`] says of each log
//! file what its content must hash to, with a finding for everything that does not fit.
//!
//! The room opens no files, hashes nothing and knows no signature algorithm: hashes come in as values, and a
//! [`Verifier`] answers for signatures. Where AWS's pages leave a detail open, the reading is in `choice.rs`.
//!
//! # Source
//! AWS CloudTrail User Guide, "CloudTrail digest file structure" and "Custom implementations of CloudTrail log file
//! integrity validation".

mod audit;
mod chain;
mod choice;
mod content;
#[cfg(test)]
mod tests;

pub use audit::{Audit, Check, audit};
pub use chain::{GivenDigest, SIGNATURE_ENDING, Verifier};
pub use content::{Digest, DigestError, ListedFile, PreviousDigest, Sha256, is_digest};
