//! The one place for questions that AWS's documents leave open or answer twice.
//!
//! The stance is the same everywhere: in an `Allow` the reading that grants more, in a `Deny` the
//! reading that refuses less. So a doubt shows up as access that is reported, never as access
//! that is hidden.

use super::principal::Named;
use crate::policy::Effect;

/// The answer where the documents contradict each other: whether the condition holds.
pub(super) fn doubtful(effect: Effect) -> bool {
    effect == Effect::Allow
}

/// `ForAllValues:` with a negated operator on a missing key. One table of the operator page says
/// that it does not match, the text of the multivalued page says that it does.
///
/// # Source
/// IAM User Guide, "Condition operators" and "Set operators for multivalued context keys".
pub(super) fn for_all_values_negated_on_missing_key(effect: Effect) -> bool {
    doubtful(effect)
}

/// `ArnLike` with the bare value `*`, which is no ARN of six parts: it is read as any ARN.
pub(super) fn arn_like_bare_star_matches_any_arn(effect: Effect) -> bool {
    doubtful(effect)
}

/// Whether a `Resource` entry with fewer than six parts is, besides being completed with `*`, also
/// one wildcard pattern as it stands: `arn:aws:sqs:*:q` on `arn:aws:sqs:eu-west-1:111122223333:q`.
/// The Resource page says both without saying which comes first.
///
/// # Source
/// IAM User Guide, "IAM JSON policy elements: Resource".
pub(super) fn short_arn_is_a_plain_pattern_too(effect: Effect, negated: bool) -> bool {
    doubtful(effect) != negated
}

/// Whether a `Resource` entry of an SCP with fewer than six parts is completed with `*`. The Resource
/// page says it of identity policies; the pages on SCPs say nothing.
///
/// # Source
/// IAM User Guide, "IAM JSON policy elements: Resource"; AWS Organizations User Guide, "SCP syntax".
pub(super) fn short_arn_of_an_scp_is_completed(effect: Effect, negated: bool) -> bool {
    doubtful(effect) != negated
}

/// Whether `NotPrincipal` leaves out a caller that its list names in this way. The page asks that
/// account, role and session be listed together, or the whole account might be denied; here any one
/// of them suffices.
///
/// # Source
/// IAM User Guide, "AWS JSON policy elements: NotPrincipal".
pub(super) fn not_principal_exempts(named: Named) -> bool {
    named != Named::No
}
