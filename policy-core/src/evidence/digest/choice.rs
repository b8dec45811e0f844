//! Readings of what AWS's pages leave open about digests, in one place.

use crate::finding::Severity;

/// How much it matters that a digest begins a new chain although earlier ones of its kind exist.
///
/// A digest without a predecessor is what CloudTrail writes after logging or validation was off. Nothing vouches for
/// that time, so it is an error. Backfill digests form a chain of their own, which the pages do not call gapless.
pub(super) fn new_beginning(is_backfill: bool) -> Severity {
    if is_backfill { Severity::Warning } else { Severity::Error }
}

/// Whether files in this folder need no digest when none lists them.
///
/// The pages do not say that digests list Insights, network activity and aggregated files. None of their records is
/// ever evidence, so an unlisted one is left out unread: one that was added shows nothing, and a log that was moved
/// there is missing where it belongs.
pub(super) fn holds_no_calls(folder: &str) -> bool {
    matches!(folder, "CloudTrail-Insight" | "CloudTrail-NetworkActivity" | "CloudTrail-Aggregated")
}

/// What the signature is made over when there is no signature before it.
///
/// The pages show no first digest; the validator of the AWS CLI writes this word.
pub(super) const NO_PREVIOUS_SIGNATURE: &str = "null";

/// The end of a digest's name that makes it a backfill: it lists files that came too late for their own hour.
pub(super) const BACKFILL: &str = "_backfill";
