//! The one place for questions that AWS's documents leave open or answer twice.
//!
//! A function takes a stance that is the same everywhere: in an `Allow` the reading that grants more, in
//! a `Deny` the reading that refuses less. So a doubt shows up as access that is reported, never as
//! access that is hidden. A constant is a reading that is the same in both.

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

/// Whether an empty text is a value like any other under `ForAllValues` and `ForAnyValue`. The page calls
/// an empty string a null data set, as if the key were missing, while it says of no other operator that
/// an empty value is none. Comparing texts as they are keeps one meaning for a key in all operators.
///
/// # Source
/// IAM User Guide, "Set operators for multivalued context keys".
pub(super) const EMPTY_TEXT_IS_A_VALUE: bool = true;

/// Whether the bare value `*`, which is no ARN of six parts, matches any ARN under `ArnLike`;
/// `negated` is whether it stands under `ArnNotLike`. The page says that the parts are compared one by
/// one, which `*` has not.
///
/// # Source
/// IAM User Guide, "Amazon Resource Name (ARN) condition operators".
pub(super) fn arn_like_bare_star_matches_any_arn(effect: Effect, negated: bool) -> bool {
    doubtful(effect) != negated
}

/// Whether a policy variable is filled in under `Bool`. The page on operators says so; the page on
/// variables does not list `Bool` where variables can stand. Unfilled it is no boolean and matches
/// nothing.
///
/// # Source
/// IAM User Guide, "Boolean condition operators" against "IAM policy elements: Variables and tags".
pub(super) fn variable_under_bool_is_filled_in(effect: Effect) -> bool {
    doubtful(effect)
}

/// Whether a policy variable of a `Resource` entry is filled in before the fifth colon, where the
/// page says that none can stand. If not, it is text, which no ARN holds.
///
/// # Source
/// IAM User Guide, "IAM policy elements: Variables and tags", "Where you can use policy variables".
pub(super) fn variable_before_the_fifth_colon_is_filled_in(effect: Effect, negated: bool) -> bool {
    doubtful(effect) != negated
}

/// Whether an endpoint policy that names an account means everyone in it. For gateway endpoints the
/// page says that it means the root user only, and that `Principal` must be `"*"` there; interface
/// endpoints read it as resource policies do. Which of the two an endpoint is, nobody tells.
///
/// # Source
/// AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies".
pub(super) const ENDPOINT_ACCOUNT_IS_EVERYONE_IN_IT: bool = true;

/// An `Allow` of an SCP has the full policy language: conditions, `NotAction`, single resources. An
/// older sentence on the same site limits it to `Resource: "*"`; such a statement would then be
/// refused when it is saved, so one that is there is read as it stands.
///
/// # Source
/// AWS Organizations User Guide, "SCP syntax".
pub(super) const SCP_ALLOW_HAS_THE_FULL_LANGUAGE: bool = true;

/// The operator under which `AddPermission` puts its `SourceArn`. Its text says `StringLike`, the
/// statements that `GetPolicy` returns say `ArnLike`, and what is returned is what is evaluated.
///
/// # Source
/// Lambda API Reference, "AddPermission"; Lambda Developer Guide, "Resource-based policies".
pub(crate) const SOURCE_ARN_OF_ADD_PERMISSION: crate::iam::BaseOperator =
    crate::iam::BaseOperator::ArnLike;

/// Whether a caller known by its session, whose ARN leaves out the path of the role, is a session of a
/// role that a document names with its path. Names of roles are unique in an account whatever their
/// paths, and AWS saves no `Principal` that does not exist.
///
/// # Source
/// IAM User Guide, "IAM identifiers" on friendly names and paths, "AWS JSON policy elements:
/// Principal" on role sessions.
pub(super) const SESSION_IS_OF_THE_ROLE_WITH_A_PATH: bool = true;

/// Lower case for comparison without case. The pages do not say how far it goes; it is taken one
/// character to one, over all letters that a document can hold (up to U+00FF).
///
/// # Source
/// IAM User Guide, "String condition operators", "Grammar of the IAM JSON policy language".
pub(super) fn fold(c: char) -> char {
    crate::iam::pattern::fold(c)
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
