//! Permissions that are there without a form: those that SAM makes by itself, and those that its template has.
//!
//! One that stands in the template is meant to be replaced, so that the form gives it under its id. SAM makes an
//! `AWS::Lambda::Permission` for most events of a function, under ids that no template may use. Beside one that lets in
//! exactly what a statement does, another would say everything twice.

use policy_core::evidence::{InvokerKind, InvokerWay, Surroundings};
use policy_core::finding::{Code, Finding};
use policy_core::policy::Statement;

use super::permission::Permission;
use crate::command::generate::GeneratedFunction;
use crate::deployment::{Invoked, SamPermission};

/// The permission of SAM that lets in exactly what this one does: from the same source, to the same function, version or alias. The
/// account that stands in a source ARN is not asked for again by SAM's.
pub(super) fn made<'f>(
    function: &'f GeneratedFunction,
    permission: &Permission,
) -> Option<&'f SamPermission> {
    // Only where the account stands in the source is it told without being asked for.
    let names_account = |invoked: &Invoked| match InvokerKind::of(&invoked.kind).map(|it| it.way) {
        Some(InvokerWay::Source(form)) => form.names_account(),
        _ => true,
    };
    let mut all = function.by_sam.iter().filter(|it| names_account(&it.invoked));
    all.find(|it| says(function, &it.invoked, permission))
}

/// The id of the permission in the template that lets in the same source, or more of it: without its account.
pub(super) fn written<'f>(
    function: &'f GeneratedFunction,
    permission: &Permission,
) -> Option<&'f str> {
    let is_url = |invoked: &Invoked| &*invoked.kind == "url";
    let mut all = function.written.iter().filter(|it| !is_url(&it.invoked));
    all.find(|it| says(function, &it.invoked, permission)).map(|it| &*it.id)
}

fn says(function: &GeneratedFunction, invoked: &Invoked, permission: &Permission) -> bool {
    let Some(kind) = InvokerKind::of(&invoked.kind) else { return false };
    let Some(deployed) = &function.settings.deployed else { return false };
    if invoked.qualifier.as_deref() != permission.qualifier.as_deref() {
        return false;
    }
    let has = |name: &str, value: &str| {
        permission.conditions.iter().any(|(it, own)| it.name == name && own == value)
    };
    let at = Surroundings {
        partition: function.environment.partition.as_str(),
        region: deployed.region(),
        account: deployed.account(),
    };
    match kind.way {
        InvokerWay::Source(form) if !form.by_url => {
            let source = kind.source_arn(&form, &invoked.source, at);
            permission.principal == form.principal
                && source.is_ok_and(|source| has("SourceArn", &source))
        }
        InvokerWay::Token { principal } => {
            permission.principal == principal && has("EventSourceToken", &invoked.source)
        }
        InvokerWay::Url => {
            let by = [("FunctionUrlAuthType", "NONE"), ("InvokedViaFunctionUrl", "true")];
            permission.principal == *invoked.source
                && permission.conditions.len() == 1
                && by.iter().any(|(name, value)| has(name, value))
        }
        InvokerWay::Role => permission.principal == *invoked.source,
        InvokerWay::OtherAccount => {
            let root = format!("arn:{}:iam::{}:root", at.partition, invoked.source);
            permission.principal == root
        }
        InvokerWay::Organization => {
            permission.principal == "*" && has("PrincipalOrgID", &invoked.source)
        }
        _ => false,
    }
}

/// What the form of SAM leaves to the permissions that SAM makes.
#[must_use]
pub fn left_to_sam(function: &GeneratedFunction) -> Option<Finding> {
    let statements = function.policies.resource_policies.values().flat_map(|it| &it.statements);
    let event = |statement: &Statement| {
        let permission = Permission::of(statement).ok()?;
        made(function, &permission).map(|it| format!("`{}`", it.event))
    };
    let mut events: Vec<String> = statements.filter_map(event).collect();
    events.sort();
    events.dedup();
    let (what, them) = match events.len() {
        0 => return None,
        1 => ("permission", "it lets"),
        _ => ("permissions", "they let"),
    };
    let message = format!(
        "SAM makes the {what} for {} of `{}` by itself, and {them} in the same, so that the form has none",
        events.join(", "),
        function.settings.name
    );
    Some(Finding::new(Code::InvokerBySam, message))
}
