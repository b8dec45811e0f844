//! A `Principal` element made ready: account ids found, kinds sorted out.

use std::fmt::{self, Write as _};

use crate::iam::{AccountId, Arn, RoleArn};
use crate::policy::{Effect, PrincipalElement, PrincipalKind, Principals};
use crate::semantics::choice;
use crate::semantics::principal::{Named, is_with_its_path};
use crate::semantics::request::Principal;

/// Whom a statement is about.
#[derive(Debug, Clone)]
pub(super) struct Callers {
    names: Vec<Name>,
    negated: bool,
    /// `NotPrincipal` of a `Deny`: about every caller with a boundary.
    all_bounded: bool,
}

/// One entry.
#[derive(Debug, Clone)]
enum Name {
    Everyone,
    /// An entry of `AWS`: the text, and the account or role that it stands for.
    Aws {
        text: Box<str>,
        account: Option<AccountId>,
        role: Option<RoleArn>,
    },
    Service(Box<str>),
    Provider(Box<str>),
    Canonical(Box<str>),
}

impl Callers {
    pub(super) fn new(element: &PrincipalElement, effect: Effect) -> Self {
        let names = match element.principals() {
            Principals::Any => vec![Name::Everyone],
            Principals::Map(map) => map
                .iter()
                .flat_map(|(kind, values)| values.iter().map(|value| Name::new(*kind, value)))
                .collect(),
        };
        let negated = element.is_negated();
        Self { names, negated, all_bounded: negated && effect == Effect::Deny }
    }

    /// How the element names a caller. `bounded` is whether it has a permissions boundary.
    pub(super) fn named(&self, principal: &Principal, bounded: bool) -> Named {
        if bounded && self.all_bounded {
            return Named::Itself;
        }
        let account = principal.account_digits();
        let listed =
            self.names.iter().map(|name| name.named(principal, account)).max().unwrap_or(Named::No);
        match (self.negated, choice::not_principal_exempts(listed)) {
            (false, _) => listed,
            (true, true) => Named::No,
            (true, false) => Named::Itself,
        }
    }
}

impl Name {
    fn new(kind: PrincipalKind, value: &str) -> Self {
        match kind {
            PrincipalKind::Aws if value == "*" => Self::Everyone,
            PrincipalKind::Aws => {
                let (account, role) = (account_of_entry(value), value.parse().ok());
                Self::Aws { text: value.into(), account, role }
            }

            PrincipalKind::Service => Self::Service(value.into()),
            PrincipalKind::Federated => Self::Provider(value.into()),
            PrincipalKind::CanonicalUser => Self::Canonical(value.into()),
        }
    }

    fn named(&self, principal: &Principal, caller_account: Option<&str>) -> Named {
        let itself = |yes: bool| if yes { Named::Itself } else { Named::No };
        match (self, principal) {
            (Self::Everyone, _) => Named::Itself,
            (
                Self::Aws { text: wanted, .. }
                | Self::Service(wanted)
                | Self::Provider(wanted)
                | Self::Canonical(wanted),
                Principal::Opaque(text),
            ) => itself(**wanted == **text),
            (Self::Aws { text, account, role }, Principal::Role { .. } | Principal::Iam(_)) => {
                match aws(text, role.as_ref(), principal) {
                    Named::No if account.is_some() => {
                        let same = account.as_ref().map(AccountId::as_str) == caller_account;
                        if same { Named::ByAccount } else { Named::No }
                    }
                    named => named,
                }
            }
            (Self::Service(wanted), Principal::Service(service)) => {
                itself(&**wanted == "*" || wanted.eq_ignore_ascii_case(service.as_str()))
            }
            (Self::Provider(wanted), Principal::Federated(provider)) => {
                itself(&**wanted == "*" || **wanted == **provider)
            }
            (Self::Canonical(wanted), Principal::CanonicalUser(id)) => itself(**wanted == **id),
            _ => Named::No,
        }
    }
}

/// How an entry that is the ARN of the caller names it.
fn aws(wanted: &str, role: Option<&RoleArn>, principal: &Principal) -> Named {
    match principal {
        Principal::Role { session: Some(session), .. }
            if wanted.ends_with(session.as_str()) && is_written(wanted, principal) =>
        {
            Named::Itself
        }
        Principal::Role { arn, .. } if wanted == arn.as_str() => Named::ByRole,
        Principal::Role { arn, session: Some(_) }
            if role.is_some_and(|named| is_with_its_path(named, arn)) =>
        {
            Named::ByRole
        }
        Principal::Iam(arn) if wanted == arn.as_str() && arn.resource() != "root" => Named::Itself,
        _ => Named::No,
    }
}

/// `111122223333` or `arn:aws:iam::111122223333:root`.
fn account_of_entry(value: &str) -> Option<AccountId> {
    if let Ok(account) = value.parse() {
        return Some(account);
    }
    let arn: Arn = value.parse().ok()?;
    let root = arn.service() == "iam" && arn.resource() == "root";
    root.then(|| arn.account().parse().ok()).flatten()
}

/// Whether `text` is what `value` is written as, without writing it.
fn is_written(text: &str, value: &impl fmt::Display) -> bool {
    /// What is left to be written.
    struct Rest<'t>(&'t str);

    impl fmt::Write for Rest<'_> {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            self.0 = self.0.strip_prefix(part).ok_or(fmt::Error)?;
            Ok(())
        }
    }

    let mut rest = Rest(text);
    write!(rest, "{value}").is_ok() && rest.0.is_empty()
}
