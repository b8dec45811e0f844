//! The members of `userIdentity` that are read.

use serde::de::{IgnoredAny, MapAccess};

use super::super::member::{Faults, KeySeed, ObjectSeed, ReadMembers, read_text};
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
                Key::Context => map.next_value_seed(ObjectSeed {
                    member: "userIdentity.sessionContext",
                    faults: &mut *faults,
                    read: ContextMembers(&mut *identity),
                })?,
                Key::Scope => map.next_value_seed(ObjectSeed {
                    member: "userIdentity.inScopeOf",
                    faults: &mut *faults,
                    read: ScopeMembers(&mut *identity),
                })?,
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
        while let Some(is_issuer) =
            map.next_key_seed(KeySeed(|key: &str| key == "sessionIssuer"))?
        {
            if is_issuer {
                map.next_value_seed(ObjectSeed {
                    member: "userIdentity.sessionContext.sessionIssuer",
                    faults: &mut *faults,
                    read: IssuerMembers(&mut *self.0),
                })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct IssuerMembers<'r, 'a>(&'r mut Identity<'a>);

impl<'de> ReadMembers<'de> for IssuerMembers<'_, 'de> {
    fn read_members<A: MapAccess<'de>>(
        self,
        map: &mut A,
        faults: &mut Faults,
    ) -> Result<(), A::Error> {
        let choose = |key: &str| match key {
            "type" => 0,
            "arn" => 1,
            _ => 2,
        };
        while let Some(key) = map.next_key_seed(KeySeed(choose))? {
            match key {
                0 => read_text(
                    map,
                    "userIdentity.sessionContext.sessionIssuer.type",
                    TEXT,
                    &mut self.0.issuer_kind,
                    faults,
                )?,
                1 => read_text(
                    map,
                    "userIdentity.sessionContext.sessionIssuer.arn",
                    "a role ARN such as `arn:aws:iam::111122223333:role/orders`",
                    &mut self.0.issuer_arn,
                    faults,
                )?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct ScopeMembers<'r, 'a>(&'r mut Identity<'a>);

impl<'de> ReadMembers<'de> for ScopeMembers<'_, 'de> {
    fn read_members<A: MapAccess<'de>>(
        self,
        map: &mut A,
        faults: &mut Faults,
    ) -> Result<(), A::Error> {
        let choose = |key: &str| match key {
            "issuerType" => 0,
            "credentialsIssuedTo" => 1,
            _ => 2,
        };
        while let Some(key) = map.next_key_seed(KeySeed(choose))? {
            match key {
                0 => read_text(
                    map,
                    "userIdentity.inScopeOf.issuerType",
                    TEXT,
                    &mut self.0.scope_kind,
                    faults,
                )?,
                1 => read_text(
                    map,
                    "userIdentity.inScopeOf.credentialsIssuedTo",
                    "a function ARN",
                    &mut self.0.scope_issued_to,
                    faults,
                )?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}
