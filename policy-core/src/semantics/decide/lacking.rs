//! What an implicitly denied request lacks: the other half of the answer.

use super::account::assumes_role;
use super::order::Caller;
use super::{DecisionEffect, Found, Matches, Policies, PolicyKind, Shape, combine};
use crate::semantics::principal::Named;
use crate::semantics::request::Request;

/// The kinds of documents, with the level of SCPs, in which an `Allow` would have to be and none
/// is; every one of them must gain one before the request is allowed.
///
/// Shape: in the order of [`PolicyKind::ALL`]; empty exactly when the request is not implicitly denied.
/// Where the policy of a resource could stand in for an identity policy of the same account, the
/// identity policy is named alone.
#[must_use]
pub fn lacking(request: &Request, policies: &Policies) -> Vec<(PolicyKind, usize)> {
    let found = Found::of(request, policies, |_| true);
    of_matches(&found.matches, Shape::of(policies), request)
}

/// The same, from what matches.
pub(crate) fn of_matches(
    found: &Matches,
    shape: Shape,
    request: &Request,
) -> Vec<(PolicyKind, usize)> {
    if combine(found) != DecisionEffect::ImplicitlyDenied {
        return Vec::new();
    }
    let by_resource = found.trust.unwrap_or(found.resource);
    let outside = found.caller == Caller::Outside;
    let own = !outside && (found.other_account || by_resource <= Named::ByAccount);
    let limits = own || !outside && by_resource == Named::ByRole;
    let resource = match outside {
        true => by_resource != Named::Itself,
        false => (found.other_account || found.must_allow) && by_resource == Named::No,
    };
    let trust = shape.trust || !shape.resource && assumes_role(request);
    let owner = if trust { PolicyKind::Trust } else { PolicyKind::Resource };
    let scp = found.scp.iter().enumerate().filter(|(_, allows)| !outside && !**allows);
    [
        (own && !found.identity).then_some((PolicyKind::Identity, 0)),
        (limits && !found.boundary).then_some((PolicyKind::Boundary, 0)),
        (limits && !found.session).then_some((PolicyKind::Session, 0)),
    ]
    .into_iter()
    .flatten()
    .chain(scp.map(|(level, _)| (PolicyKind::Scp, level)))
    .chain(resource.then_some((owner, 0)))
    .chain((!found.endpoint).then_some((PolicyKind::Endpoint, 0)))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{PolicyDocument, parse};
    use crate::semantics::{CompiledPolicies, Context, decide};

    fn document(statement: &str) -> PolicyDocument {
        parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#), "p")
            .unwrap()
            .document
    }

    fn nothing() -> PolicyDocument {
        document(r#"{"Effect":"Allow","Principal":"*","Action":"none:None","Resource":"*"}"#)
    }

    fn all(principal: &str) -> PolicyDocument {
        document(&format!(r#"{{"Effect":"Allow",{principal}"Action":"*","Resource":"*"}}"#))
    }

    const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:jobs";
    const ROLE: &str = "arn:aws:iam::111122223333:role/orders";
    const OTHER: &str = "arn:aws:iam::444455556666:role/orders";

    fn request(principal: &str, action: &str, resource: &str) -> Request {
        Request {
            principal: principal.parse().unwrap(),
            action: action.parse().unwrap(),
            resource: resource.to_owned(),
            context: Context::default(),
        }
    }

    fn shown(request: &Request, policies: &Policies) -> String {
        let lacking = lacking(request, policies);
        assert_eq!(lacking, CompiledPolicies::new(policies).lacking(request));
        assert_eq!(lacking.is_empty(), decide(request, policies).is_allowed());
        lacking
            .iter()
            .map(|(kind, level)| format!("{}{level}", kind.as_str()))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn every_layer_without_an_allow_is_named() {
        let none = all("");
        let none = PolicyDocument { statements: Vec::new(), ..none };
        let everything = || Policies {
            identity: vec![none.clone()],
            boundary: Some(vec![]),
            session: Some(vec![none.clone()]),
            scp: vec![vec![all("")], vec![], vec![none.clone()]],
            endpoint: Some(vec![nothing()]),
            ..Policies::default()
        };
        let own = request(ROLE, "sqs:SendMessage", QUEUE);
        let own_lacks = "identity0 boundary0 session0 scp1 scp2 endpoint0";
        assert_eq!(shown(&own, &everything()), own_lacks);
        let foreign = request(OTHER, "sqs:SendMessage", QUEUE);
        let lacks = "identity0 boundary0 session0 scp1 scp2 resource0 endpoint0";
        assert_eq!(shown(&foreign, &everything()), lacks);
        let by_service = request("sns.amazonaws.com", "sqs:SendMessage", QUEUE);
        assert_eq!(shown(&by_service, &everything()), "resource0 endpoint0");
        let mut by_role = everything();
        by_role.resource = Some(all(&format!(r#""Principal":{{"AWS":"{ROLE}"}},"#)));
        assert_eq!(shown(&own, &by_role), "boundary0 session0 scp1 scp2 endpoint0");
        by_role.resource = Some(all(r#""Principal":"*","#));
        assert_eq!(shown(&own, &by_role), "scp1 scp2 endpoint0");
        assert_eq!(shown(&own, &Policies::identity(vec![all("")])), "");
    }

    #[test]
    fn a_role_and_a_key_lack_their_own_policy() {
        let identity = Policies::identity(vec![all("")]);
        let role = request(ROLE, "sts:AssumeRole", "arn:aws:iam::111122223333:role/bills");
        assert_eq!(shown(&role, &identity), "trust0");
        let key = request(ROLE, "kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/k");
        assert_eq!(shown(&key, &identity), "resource0");
        let as_resource = Policies { resource: Some(nothing()), ..identity.clone() };
        assert_eq!(shown(&role, &as_resource), "resource0");
        let as_trust = Policies { trust: Some(nothing()), ..identity };
        assert_eq!(shown(&role, &as_trust), "trust0");
    }

    #[test]
    fn an_explicit_deny_lacks_nothing() {
        let deny = document(r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#);
        let request = request(ROLE, "sqs:SendMessage", QUEUE);
        assert_eq!(lacking(&request, &Policies::identity(vec![deny])), []);
    }
}
