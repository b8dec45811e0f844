//! CloudTrail event → operation or action.
//!
//! CloudTrail names a host and an event; neither is always what IAM or the SDK calls it. The
//! order below is fixed, and what no step knows is [`EventMapping::Unmapped`], with what can be said of it ([`NoAction`]): reported,
//! never guessed, and never mistaken for a call that needs no permission.
//!
//! 1. Events that no permission allows (sign-in, console pages).
//! 2. The alias table (`PutBucketPublicAccessBlock` is `PutPublicAccessBlock`).
//! 3. The name less its API date (`CreateFunction20150331`), in the clients whose host it is, then in
//!    those that may log there (`bedrock-runtime` under `bedrock`).
//! 4. The name as an action of the host's services.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use super::layout::{FALLBACK, Section};
use super::load::{compare_folded, search};
use super::{Catalog, Client, Operation, Service};
use crate::iam::ActionName;

/// What a CloudTrail event stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventMapping<'c> {
    /// A call of one of these operations; never empty. Several when clients share host and name, or
    /// when CloudTrail writes one name for two operations (`ListObjects`).
    Operations(Vec<Operation<'c>>),
    /// No SDK operation, but an action of that name.
    Action(ActionName),
    /// A call that IAM does not check, with the reason as a sentence without full stop.
    NoPermission(&'c str),
    /// No action is known, for this reason. It may well have needed one.
    Unmapped(NoAction<'c>),
}

/// Why no action is known for an event; reads as a sentence without full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAction<'c> {
    /// The table of such events says why.
    Listed(&'c str),
    /// The event source is no host name of AWS, as placeholders in examples are none.
    NoHost(Box<str>),
    /// No service that logs under the source has the name, as far as is known, and just one other has:
    /// as a rule the record was made by hand.
    OfAnother {
        /// The event source.
        source: Box<str>,
        /// The service that has an operation or an event of that name.
        service: Service<'c>,
    },
    /// No service is known to log under the source.
    UnknownSource(Box<str>),
    /// The services that log under the source are known, the name is not.
    UnknownName,
}

impl fmt::Display for NoAction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listed(reason) => f.write_str(reason),
            Self::NoHost(source) => write!(f, "`{source}` is no host name of AWS"),
            Self::OfAnother { source, service } => write!(
                f,
                "no service that logs under `{source}` has that name, `{}` has",
                service.prefix()
            ),
            Self::UnknownSource(source) => {
                write!(f, "the catalog knows no service that logs under `{source}`")
            }
            Self::UnknownName => {
                f.write_str("the catalog knows no operation or action of that name")
            }
        }
    }
}

impl EventMapping<'_> {
    /// Whether one such event needs only some of [`EventMapping::actions`], so that the request must be
    /// looked at: an operation says so, or clients that share host and name need different actions.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        let Self::Operations(operations) = self else { return false };
        let actions = |operation: &Operation<'_>| -> BTreeSet<ActionName> {
            operation.primary_actions().collect()
        };
        let first = operations.first().map(actions).unwrap_or_default();
        operations.iter().any(|operation| operation.is_ambiguous() || actions(operation) != first)
    }

    /// The actions that the event shows, without repetition; empty when it shows none.
    ///
    /// When [`EventMapping::is_ambiguous`] holds, the request tells which of them were needed.
    #[must_use]
    pub fn actions(&self) -> Vec<ActionName> {
        let actions: BTreeSet<ActionName> = match self {
            Self::Operations(operations) => {
                operations.iter().flat_map(Operation::primary_actions).collect()
            }
            Self::Action(action) => [action.clone()].into(),
            Self::NoPermission(_) | Self::Unmapped(_) => BTreeSet::new(),
        };
        actions.into_iter().collect()
    }
}

impl Catalog {
    /// What the event `name` of `source` (`lambda.amazonaws.com`) stands for.
    ///
    /// # Source
    /// AWS CloudTrail User Guide, "CloudTrail record contents"; AWS Lambda Developer Guide, "Logging AWS
    /// Lambda API calls"; Amazon S3 User Guide, "CloudTrail events".
    #[must_use]
    pub fn event(&self, source: &str, name: &str) -> EventMapping<'_> {
        let label = event_source_label(source);
        if let Some(reason) = self.free_event(label, name) {
            return EventMapping::NoPermission(reason);
        }
        let base = without_api_date(name);
        let operations = self.aliased(label, name).or_else(|| self.aliased(label, base));
        let operations = operations.unwrap_or_else(|| {
            // The name as written first: no operation ends in an API date today, but one may.
            let written = self.named(label, name);
            if written.is_empty() && base != name { self.named(label, base) } else { written }
        });
        if let Some(first) = operations.first() {
            if operations.iter().all(Operation::needs_no_permission) {
                let reason = first.no_permission_reason().unwrap_or_default();
                return EventMapping::NoPermission(reason);
            }
            if !operations.iter().all(Operation::is_unresolved) {
                return EventMapping::Operations(operations);
            }
        }
        let action = self
            .event_services(label)
            .find_map(|service| service.action(name).or_else(|| service.action(base)));
        match action {
            Some(action) => EventMapping::Action(action.name()),
            None if operations.is_empty() => {
                EventMapping::Unmapped(self.no_action(source, label, name, base))
            }
            // Known, though not which action it needs: the caller can name it.
            None => EventMapping::Operations(operations),
        }
    }

    /// The services that the events of `source` belong to, nearest first.
    #[must_use]
    pub fn services_of_event_source(&self, source: &str) -> Vec<Service<'_>> {
        self.event_services(event_source_label(source)).collect()
    }

    /// Every operation that [`Catalog::event`] may give, with the part of the event source before the domain, in
    /// lower case; a pair may come more than once.
    pub fn event_operations(&self) -> impl Iterator<Item = (String, Operation<'_>)> {
        let (sources, aliases) = (Section::EventSources, Section::EventAliases);
        let named = (0..self.count(sources)).flat_map(move |record| {
            let label = self.string(self.u16(sources, record, 0)).to_ascii_lowercase();
            let clients = self
                .list(self.u16(sources, record, 4))
                .map(move |index| Client { catalog: self, index: (index & !FALLBACK).into() });
            clients.flat_map(|client| client.operations()).map(move |it| (label.clone(), it))
        });
        let aliased = (0..self.count(aliases)).flat_map(move |record| {
            let label = self.string(self.u16(aliases, record, 0)).to_ascii_lowercase();
            let operations = self.list(self.u16(aliases, record, 4));
            operations
                .map(move |index| (label.clone(), Operation { catalog: self, index: index.into() }))
        });
        named.chain(aliased)
    }

    fn event_source(&self, label: &str) -> Option<usize> {
        self.find(Section::EventSources, 0..self.count(Section::EventSources), label)
    }

    fn event_services(&self, label: &str) -> impl Iterator<Item = Service<'_>> {
        let list = self.event_source(label).map_or(0, |r| self.u16(Section::EventSources, r, 2));
        self.list(list).map(move |index| Service { catalog: self, index: index.into() })
    }

    /// The operations called `name` of the clients whose host it is; when none has it, of those that
    /// may log there.
    fn named(&self, label: &str, name: &str) -> Vec<Operation<'_>> {
        let list = self.event_source(label).map_or(0, |r| self.u16(Section::EventSources, r, 4));
        let of = |fallback: bool| -> Vec<Operation<'_>> {
            self.list(list)
                .filter(|index| (index & FALLBACK != 0) == fallback)
                .map(|index| Client { catalog: self, index: (index & !FALLBACK).into() })
                .filter_map(|client| client.operation(name))
                .collect()
        };
        let own = of(false);
        if own.is_empty() { of(true) } else { own }
    }

    fn aliased(&self, label: &str, name: &str) -> Option<Vec<Operation<'_>>> {
        let record = self.pair(Section::EventAliases, label, name)?;
        let list = self.list(self.u16(Section::EventAliases, record, 4));
        Some(list.map(|index| Operation { catalog: self, index: index.into() }).collect())
    }

    fn free_event(&self, label: &str, name: &str) -> Option<&str> {
        let section = Section::FreeEvents;
        let record = self.pair(section, label, name).or_else(|| self.pair(section, label, "*"))?;
        Some(self.string(self.u16(section, record, 4)))
    }

    /// What can be said of an event that no step maps.
    fn no_action(&self, source: &str, label: &str, name: &str, base: &str) -> NoAction<'_> {
        let section = Section::UnmappedEvents;
        if let Some(record) = self.pair(section, label, name) {
            return NoAction::Listed(self.string(self.u16(section, record, 4)));
        }
        if !is_host(source) {
            return NoAction::NoHost(source.into());
        }
        if self.event_source(label).is_none() {
            return NoAction::UnknownSource(source.into());
        }
        let named: BTreeSet<&str> = self
            .clients()
            .filter(|client| client.operation(base).is_some())
            .filter_map(|client| client.iam_prefix())
            .chain(self.aliased_services(name))
            .collect();
        let only = named.first().filter(|_| named.len() == 1).and_then(|only| self.service(only));
        match only {
            Some(service) => NoAction::OfAnother { source: source.into(), service },
            None => NoAction::UnknownName,
        }
    }

    /// The services under whose hosts the alias table has `name`.
    fn aliased_services(&self, name: &str) -> impl Iterator<Item = &str> {
        let section = Section::EventAliases;
        (0..self.count(section))
            .filter(move |&record| {
                self.string(self.u16(section, record, 2)).eq_ignore_ascii_case(name)
            })
            .flat_map(move |record| self.list(self.u16(section, record, 4)))
            .filter_map(|index| {
                Operation { catalog: self, index: index.into() }.client().iam_prefix()
            })
    }

    /// The record of a section sorted by (label, event), both without case.
    fn pair(&self, section: Section, label: &str, event: &str) -> Option<usize> {
        let compare = |record, offset, text: &str| -> Ordering {
            compare_folded(self.string_bytes(self.u16(section, record, offset)), text.as_bytes())
        };
        search(0..self.count(section), |record| {
            compare(record, 0, label).then_with(|| compare(record, 2, event))
        })
    }
}

/// The domains of event sources.
const DOMAINS: [&str; 4] = [".amazonaws.com", ".amazonaws.com.cn", ".amazon.com", ".aws.internal"];

/// The part of an event source before `.amazonaws.com` (or another partition's domain).
#[must_use]
pub fn event_source_label(source: &str) -> &str {
    DOMAINS.iter().find_map(|domain| source.strip_suffix(domain)).unwrap_or(source)
}

/// Whether an event source is what CloudTrail writes: a short name and a domain of AWS.
///
/// # Source
/// AWS CloudTrail User Guide, "CloudTrail record contents", `eventSource`.
fn is_host(source: &str) -> bool {
    DOMAINS.iter().any(|domain| source.strip_suffix(domain).is_some_and(|label| !label.is_empty()))
}

/// An event name less the API date that Lambda and CloudFront append: `20150331`, `20150331v2`, `2020_05_31`.
///
/// Operations that end in a number (`ListObjectsV2`) keep it.
#[must_use]
pub fn without_api_date(name: &str) -> &str {
    let dated = match name.rsplit_once('v') {
        Some((head, version))
            if !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit()) =>
        {
            head
        }
        _ => name,
    };
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let tail = |len: usize| dated.len().checked_sub(len).and_then(|at| dated.split_at_checked(at));
    let base = match (tail(8), tail(10)) {
        (Some((base, date)), _) if is_digits(date) => base,
        (_, Some((base, date))) => {
            let mut parts = date.split('_');
            let lengths = [4, 2, 2];
            let fits = lengths
                .iter()
                .all(|&len| parts.next().is_some_and(|part| part.len() == len && is_digits(part)));
            if fits && parts.next().is_none() { base } else { name }
        }
        _ => name,
    };
    if base.is_empty() { name } else { base }
}

#[cfg(test)]
mod tests {
    use super::without_api_date;

    #[test]
    fn api_dates_are_taken_off_and_version_numbers_stay() {
        let table = [
            ("CreateFunction20150331", "CreateFunction"),
            ("UpdateFunctionCode20150331v2", "UpdateFunctionCode"),
            ("CreateDistribution2020_05_31", "CreateDistribution"),
            ("ListObjectsV2", "ListObjectsV2"),
            ("GetFindingV2", "GetFindingV2"),
            ("CreateLocationS3", "CreateLocationS3"),
            ("Invoke", "Invoke"),
            ("20150331", "20150331"),
            ("v2", "v2"),
            ("", ""),
            ("é20150331v2", "é"),
            ("a2020_0531", "a2020_0531"),
        ];
        for (name, base) in table {
            assert_eq!(without_api_date(name), base, "{name}");
        }
    }
}
