//! Why no policies come out.

use crate::policy::quota::{INLINE_ROLE_CHARS, MANAGED_CHARS, MANAGED_PER_ROLE_MAX, Quota};

use super::proof::ProofError;
use super::room::{AttachQuota, DocumentSize};

/// Why no policies come out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SynthesisError {
    /// A document cannot be made small enough (`policy-over-quota`).
    #[error(transparent)]
    OverQuota(#[from] OverQuota),
    /// The documents do not do what the evidence asks for: a fault of this tool.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// Something has no word in IAM's vocabulary; a fault of this tool.
    #[error(transparent)]
    Word(#[from] crate::iam::WordError),
}

impl SynthesisError {
    /// Whether the fault is the tool's, not the input's.
    #[must_use]
    pub fn is_our_fault(&self) -> bool {
        !matches!(self, Self::OverQuota(_))
    }
}

/// A document that cannot be made small enough: what does not fit, by how much, and what to do.
///
/// Units: characters without white space, as IAM counts them; bytes for a Lambda resource policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct OverQuota {
    document: Box<str>,
    message: Box<str>,
    help: Box<str>,
}

/// The unit of IAM's quotas.
const CHARACTERS: &str = "characters without white space";

fn policies(count: usize) -> String {
    let plural = if count == 1 { "policy" } else { "policies" };
    format!("{count} managed {plural}")
}

impl OverQuota {
    /// One document that is larger than its quota.
    pub(super) fn of_document(name: &str, size: &DocumentSize, quota: Quota) -> Self {
        let unit = if quota == Quota::LambdaResource { "bytes" } else { CHARACTERS };
        let (needed, limit) = (size.size, size.quota);
        let over = needed.saturating_sub(limit);
        let help = match quota {
            Quota::Trust => "give functions roles of their own, or leave out `--trust-source-arn`",
            Quota::LambdaResource => "name one source for many, such as `API/STAGE/*/*`",
            _ => "make policies for fewer functions at a time",
        };
        Self {
            document: format!("`{name}`").into(),
            message: format!("`{name}` needs {needed} {unit}; the quota is {limit}, {over} fewer")
                .into(),
            help: help.into(),
        }
    }

    /// A statement of one action on one resource that is larger than any policy.
    pub(super) fn of_statement(sid: &str, size: usize) -> Self {
        let over = size.saturating_sub(INLINE_ROLE_CHARS);
        Self {
            document: "the execution role".into(),
            message: format!(
                "the statement `{sid}` cannot be made smaller and needs {size} {CHARACTERS}; the largest policy of a role, an inline one, has {INLINE_ROLE_CHARS}, {over} fewer"
            )
            .into(),
            help: "name fewer values in what it asks for, or divide the function".into(),
        }
    }

    /// The policies of a role, which together are larger than what the role has room for, or do not go into it.
    ///
    /// The size is that of the statements, and of their parts, which repeat actions and conditions; `largest` are statements, each with
    /// its size; `widest` the one with the most resources, and how many; `needed` how many
    /// managed policies would do, where AWS lets a role have as many.
    pub(super) fn of_role(
        (size, divided): (usize, usize),
        room: AttachQuota,
        largest: &[String],
        widest: Option<(String, usize)>,
        needed: Option<usize>,
    ) -> Self {
        let has = room.room_chars();
        let AttachQuota { quota, others } = room;
        let managed = match room.free() {
            0 => format!(
                "no managed policies, since {others} of the {quota} that may be attached are attached already"
            ),
            free if others == 0 => format!("{} of {MANAGED_CHARS} each", policies(free)),
            free => format!(
                "{} of {MANAGED_CHARS} each, since {others} of the {quota} that may be attached are attached already",
                policies(free)
            ),
        };
        let parts = match divided > size {
            true => format!(", and {divided} in parts that such policies can hold"),
            false => String::new(),
        };
        let over = match divided.saturating_sub(has) {
            0 => {
                "no division of its statements fills these so far that all find a place".to_owned()
            }
            over => format!("{over} too many"),
        };
        let message = format!(
            "the execution role needs {size} {CHARACTERS}{parts}; it has room for {has}, which are {INLINE_ROLE_CHARS} inline and {managed}: {over}; the largest statements are {}",
            largest.join(", ")
        );
        let mut help = Vec::new();
        if let Some(needed) = needed {
            let quota_needed = others + needed;
            if quota_needed <= MANAGED_PER_ROLE_MAX {
                help.push(format!(
                    "have the account's quota of managed policies per role raised to {quota_needed} and write `managed-policies-per-role = {quota_needed}` under `[quotas]` in policy.toml"
                ));
            }
            let detached = needed.saturating_sub(room.free());
            if detached <= others {
                help.push(format!(
                    "detach {detached} of the {others} policies that are attached already"
                ));
            }
        }
        if let Some((sid, count)) = widest.filter(|(_, count)| *count > 1) {
            help.push(format!("declare one pattern for the {count} resources of `{sid}`"));
        }
        help.push("divide the function".to_owned());
        Self {
            document: "the execution role".into(),
            message: message.into(),
            help: help.join(", or ").into(),
        }
    }

    /// What is too large.
    #[must_use]
    pub fn document(&self) -> &str {
        &self.document
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }
}
