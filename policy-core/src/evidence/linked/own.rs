//! Operations that the SDK links for itself.
//!
//! They are in nearly every binary, whatever its code calls, and most functions never make these calls: Lambda gives
//! credentials in variables. So they are told apart, and count only where something else asks for them.

/// Operations by client and API name, with whose they are.
///
/// # Source
/// The sources of `aws-sdk-s3` 1.157 (`s3_express`: sessions for directory buckets) and of `aws-config` 1.13 (profiles and
/// web identity: STS; feature `sso`: SSO and SSO OIDC; feature `credentials-login`: sign-in). Binaries of both, built with and
/// without these features, hold no other.
const OWN: [(&str, &str, Owner); 6] = [
    ("s3", "CreateSession", Owner::Client),
    ("signin", "CreateOAuth2Token", Owner::Configuration),
    ("sso", "GetRoleCredentials", Owner::Configuration),
    ("ssooidc", "CreateToken", Owner::Configuration),
    ("sts", "AssumeRole", Owner::Configuration),
    ("sts", "AssumeRoleWithWebIdentity", Owner::Configuration),
];

/// Who makes the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// The client itself.
    Client,
    /// The credential chain of `aws-config`.
    Configuration,
}

/// Whether the SDK links the operation for itself; `is_configured` says whether `aws-config` is linked.
pub(super) fn is_own(client: &str, operation: &str, is_configured: bool) -> bool {
    OWN.iter().any(|&(of, name, owner)| {
        (of, name) == (client, operation) && (owner == Owner::Client || is_configured)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn every_operation_of_the_sdk_itself_is_in_the_catalog() {
        for (client, operation, _) in OWN {
            let known = Catalog::embedded().client(client).and_then(|it| it.operation(operation));
            let known = known.map(|it| (it.client().name(), it.name()));
            assert_eq!(known, Some((client, operation)));
        }
    }

    #[test]
    fn without_the_credential_chain_its_operations_are_calls_of_the_code() {
        assert!(is_own("sts", "AssumeRole", true) && !is_own("sts", "AssumeRole", false));
        assert!(is_own("s3", "CreateSession", false));
        assert!(!is_own("s3", "GetObject", true) && !is_own("sts", "GetCallerIdentity", true));
    }
}
