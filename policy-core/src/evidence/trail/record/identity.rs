//! The members of `userIdentity` that are read.

use serde::de::{IgnoredAny, MapAccess};

use super::super::any::Any;
use super::super::member::{Faults, KeySeed, ObjectOf, ReadMembers, TextOf, read_text};
use super::Identity;

const TEXT: &str = "text";

pub(super) struct IdentityMembers<'r, 'a>(pub(super) &'r mut Identity<'a>);

impl<'de> ReadMembers<'de> for IdentityMembers<'_, 'de> {
    fn read_members<A: MapAccess<'de>>(
        self,
        map: &mut A,
        faults: &mut Faults,
    ) -> Result<(), A::Error> {
        let identity = self.0;
        #[derive(Clone, Copy)]
        enum Key {
            Kind,
            Arn,
            PrincipalId,
            AccountId,
            InvokedBy,
            Context,
            Scope,
            Other,
        }
        let choose = |key: &str| match key {
            "type" => Key::Kind,
            "arn" => Key::Arn,
            "principalId" => Key::PrincipalId,
            "accountId" => Key::AccountId,
            "invokedBy" => Key::InvokedBy,
            "sessionContext" => Key::Context,
            "inScopeOf" => Key::Scope,
            _ => Key::Other,
        };
        while let Some(key) = map.next_key_seed(KeySeed(choose))? {
            match key {
                Key::Kind => read_text(map, "userIdentity.type", TEXT, &mut identity.kind, faults)?,
                Key::Arn => read_text(map, "userIdentity.arn", TEXT, &mut identity.arn, faults)?,
                Key::PrincipalId => read_text(
                    map,
                    "userIdentity.principalId",
                    TEXT,
                    &mut identity.principal_id,
                    faults,
                )?,
                Key::AccountId => read_text(
                    map,
                    "userIdentity.accountId",
                    "an account id as text",
                    &mut identity.account_id,
                    faults,
                )?,
                Key::InvokedBy => read_text(
                    map,
                    "userIdentity.invokedBy",
                    "a service principal such as `s3.amazonaws.com`",
                    &mut identity.invoked_by,
                    faults,
                )?,
                Key::Context => map.next_value_seed(Any(ObjectOf {
                    member: "userIdentity.sessionContext",
                    faults: &mut *faults,
                    read: ContextMembers(&mut *identity),
                }))?,
                Key::Scope => map.next_value_seed(Any(ObjectOf {
                    member: "userIdentity.inScopeOf",
                    faults: &mut *faults,
                    read: scope_members(identity),
                }))?,
                Key::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct ContextMembers<'r, 'a>(&'r mut Identity<'a>);

impl<'de> ReadMembers<'de> for ContextMembers<'_, 'de> {
    fn read_members<A: MapAccess<'de>>(
        self,
        map: &mut A,
        faults: &mut Faults,
    ) -> Result<(), A::Error> {
        let Identity { issuer_kind, issuer_arn, .. } = self.0;
        while let Some(is_issuer) =
            map.next_key_seed(KeySeed(|key: &str| key == "sessionIssuer"))?
        {
            if is_issuer {
                map.next_value_seed(Any(ObjectOf {
                    member: "userIdentity.sessionContext.sessionIssuer",
                    faults: &mut *faults,
                    read: [
                        TextOf {
                            keys: ["type"; 2],
                            member: "userIdentity.sessionContext.sessionIssuer.type",
                            expected: TEXT,
                            slot: &mut *issuer_kind,
                        },
                        TextOf {
                            keys: ["arn"; 2],
                            member: "userIdentity.sessionContext.sessionIssuer.arn",
                            expected: "a role ARN such as `arn:aws:iam::111122223333:role/orders`",
                            slot: &mut *issuer_arn,
                        },
                    ],
                }))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// The members of `userIdentity.inScopeOf` that are read.
fn scope_members<'r, 'a>(identity: &'r mut Identity<'a>) -> [TextOf<'r, 'a>; 2] {
    [
        TextOf {
            keys: ["issuerType"; 2],
            member: "userIdentity.inScopeOf.issuerType",
            expected: TEXT,
            slot: &mut identity.scope_kind,
        },
        TextOf {
            keys: ["credentialsIssuedTo"; 2],
            member: "userIdentity.inScopeOf.credentialsIssuedTo",
            expected: "a function ARN",
            slot: &mut identity.scope_issued_to,
        },
    ]
}
