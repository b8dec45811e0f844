//! `[quotas]`: how many managed policies a role of the account may carry, and how many it does.

use policy_core::policy::quota::{MANAGED_PER_ROLE, MANAGED_PER_ROLE_STATED};

use super::keys;
use super::toml::{Document, Node};

/// What is said of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Managed policies that a role may carry.
    pub managed_per_role: usize,
    /// Managed policies that every role carries beside the generated ones.
    pub attached: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { managed_per_role: MANAGED_PER_ROLE, attached: 0 }
    }
}

pub(super) fn table(document: &mut Document<'_>, node: &Node<'_>) -> Quotas {
    let mut quotas = Quotas::default();
    for (name, node) in document.fields(node, keys::QUOTAS) {
        match &*name {
            "attached-policies" => {
                quotas.attached = attached(document, &node).unwrap_or(quotas.attached);
            }
            _ => {
                let stated = number(document, &node, 1);
                quotas.managed_per_role = stated.unwrap_or(quotas.managed_per_role);
            }
        }
    }
    quotas
}

/// How many managed policies a role carries beside the generated ones.
pub(super) fn attached(document: &mut Document<'_>, node: &Node<'_>) -> Option<usize> {
    number(document, node, 0)
}

/// A number of policies, as large as AWS lets one be.
fn number(document: &mut Document<'_>, node: &Node<'_>, least: usize) -> Option<usize> {
    let number = node.as_integer().and_then(|text| text.parse().ok());
    let number = number.filter(|number| (least..=MANAGED_PER_ROLE_STATED).contains(number));
    if number.is_none() {
        let message = format!("expected a whole number from {least} to {MANAGED_PER_ROLE_STATED}");
        let help = "`aws iam get-account-summary` tells the quota as `AttachedPoliciesPerRoleQuota`, `aws iam list-attached-role-policies` what a role carries";
        document.refuse(node, message, Some(help.into()));
    }
    number
}
