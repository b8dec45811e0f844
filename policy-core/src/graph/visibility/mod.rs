//! Could this trail have shown it? For one declared action on one resource: yes, and since when, or no, and why.
//!
//! A trail holds what its event selectors ask for, and does not say what that is. Two things tell: what it does
//! hold ([`Recording`]), and what the user says ([`Selectors`]). Whatever neither tells is not visible: an access that cannot be
//! seen is never taken for one that is not used.
//!
//! - Data events: visible where the container's own data events of that kind are there, going the same way (reading or
//!   writing); or where a stated selector takes them.
//! - Management events: visible in a Region of which the trail holds management events that go the same way; those of KMS
//!   and of the RDS Data API only where some of that service are there, since a trail may leave them out.
//! - What the pages of AWS do not say, and what is never recorded, is never visible.
//!
//! The room decides nothing about grants.

mod direction;
mod recording;
mod selectors;
#[cfg(test)]
mod tests;

use std::fmt;

pub use direction::Direction;
pub use recording::Recording;
pub use selectors::{SelectorError, Selectors};

use crate::catalog::{Catalog, Visibility};
use crate::iam::{AccountId, ActionName, ArnPattern};

use crate::names::container;
use recording::{AccountSeen, Time, excludable, is_global};

/// Why a trail cannot show a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hidden {
    /// CloudTrail records no such calls.
    Never,
    /// Whether and how CloudTrail records such calls was not read in AWS's documentation.
    Undocumented,
    /// No data events of this kind, going this way, of the container.
    NoDataEvents {
        /// `resources.type` of the selector.
        kind: Box<str>,
        /// Which way.
        direction: Direction,
        /// The container.
        container: Box<str>,
    },
    /// The resource is a pattern over containers, of which only those can be known that are in the trail.
    ManyContainers {
        /// `resources.type` of the selector.
        kind: Box<str>,
        /// Which way.
        direction: Direction,
    },
    /// No management events, going this way, of the Region.
    NoManagementEvents {
        /// Which way.
        direction: Direction,
        /// The Region; `None` for global services.
        region: Option<Box<str>>,
    },
    /// The ARN names no Region, and the trail holds management events of fewer than two.
    RegionOpen,
    /// No management events of a service that a trail may leave out.
    Excludable {
        /// The event source.
        source: &'static str,
        /// The Region.
        region: Box<str>,
    },
}

/// What is asked about calls that a trail does not show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) recording: &'a Recording,
    pub(super) selectors: &'a Selectors,
    /// The function's account: what the roles of others show says nothing about its trail.
    pub(super) account: Option<&'a AccountId>,
}

impl<'a> Sight<'a> {
    /// Since when the trail would have shown a call of `action` on `resource`.
    ///
    /// # Errors
    /// Why it would not.
    pub(super) fn of(&self, action: &ActionName, resource: &ArnPattern) -> Result<Time, Hidden> {
        let Some(known) = self.catalog.action(action) else { return Err(Hidden::Undocumented) };
        let direction = direction::of_action(&known);
        let text = resource.to_string();
        match known.visibility() {
            Visibility::Never => Err(Hidden::Never),
            Visibility::Unlisted => Err(Hidden::Undocumented),
            Visibility::Data { resource_type } => {
                self.data(action, &text, resource_type, direction, known.visibility_is_documented())
            }
            Visibility::Management if !known.visibility_is_documented() => {
                Err(Hidden::Undocumented)
            }
            Visibility::Management => self.management(action, &text, direction),
        }
    }

    fn seen(&self) -> Option<&'a AccountSeen> {
        self.recording.accounts.get(self.account?)
    }

    /// Stated selectors hold for as long as there are events.
    fn stated_since(&self) -> Option<Time> {
        self.recording.span.as_ref().map(|(first, _)| first.clone())
    }

    fn data(
        &self,
        action: &ActionName,
        text: &str,
        kind: &str,
        direction: Direction,
        documented: bool,
    ) -> Result<Time, Hidden> {
        let container = container::name(text);
        let is_one = !container.contains(['*', '?', '$']);
        if is_one && let Some(seen) = self.seen() {
            let since = seen.containers.get(&(kind.into(), container.into()));
            // The very call is there, or calls of which AWS says that they are of one kind with it.
            let since = since.and_then(|since| match documented {
                true => since.of(action, direction),
                false => since.actions.get(action),
            });
            if let Some(since) = since {
                return Ok(since.clone());
            }
        }
        if !documented {
            return Err(Hidden::Undocumented);
        }
        let operations = self.catalog.action(action).map(|it| it.operations().collect::<Vec<_>>());
        let names: Vec<&str> = operations.iter().flatten().map(|it| it.name()).collect();
        if self.selectors.show_data(kind, text, &names, direction)
            && (self.selectors.are_of_every_region() || self.is_in_region(text))
            && let Some(since) = self.stated_since()
        {
            return Ok(since);
        }
        if is_one {
            Err(Hidden::NoDataEvents {
                kind: kind.into(),
                direction,
                container: data_events_of(container).into(),
            })
        } else {
            Err(Hidden::ManyContainers { kind: kind.into(), direction })
        }
    }

    /// Whether the trail holds anything of the Region that an ARN names, or of several where it names none.
    fn is_in_region(&self, text: &str) -> bool {
        let regions = self.seen().map(|seen| &seen.regions);
        match region_of(text) {
            Some(region) => {
                self.selectors.region() == Some(region)
                    || regions.is_some_and(|regions| regions.contains_key(region))
                    || self.seen().is_some_and(|seen| {
                        seen.containers.keys().any(|(_, arn)| region_of(arn) == Some(region))
                    })
            }
            None => regions.is_some_and(|regions| regions.len() > 1),
        }
    }

    fn management(
        &self,
        action: &ActionName,
        text: &str,
        direction: Direction,
    ) -> Result<Time, Hidden> {
        let none = AccountSeen::default();
        let seen = self.seen().unwrap_or(&none);
        if is_global(action) {
            let since = seen.global.of(action, direction).cloned();
            return since.ok_or(Hidden::NoManagementEvents { direction, region: None });
        }
        let excludable = excludable(action);
        let in_region = |region: &str| -> Result<Time, Hidden> {
            let found = seen.regions.get(region);
            let stated = self.selectors.show_management(action.service(), direction)
                && (found.is_some() || self.selectors.region() == Some(region));
            let shown = match excludable {
                // Calls of one such service are left out or recorded together.
                Some(service) => {
                    found.and_then(|it| it.excludable.get(service)?.actions.values().min().cloned())
                }
                None => found.and_then(|it| it.management.of(action, direction).cloned()),
            };
            match (shown, stated.then(|| self.stated_since()).flatten()) {
                (Some(shown), _) => Ok(shown),
                (None, Some(stated)) => Ok(stated),
                (None, None) => Err(match excludable {
                    Some("kms") => {
                        Hidden::Excludable { source: "kms.amazonaws.com", region: region.into() }
                    }
                    Some(_) => Hidden::Excludable {
                        source: "rdsdata.amazonaws.com",
                        region: region.into(),
                    },
                    None => Hidden::NoManagementEvents { direction, region: Some(region.into()) },
                }),
            }
        };
        if let Some(region) = region_of(text) {
            return in_region(region);
        }
        // Where the call goes is not known: a trail of several Regions is taken to be of all.
        let mut shown: Vec<Time> =
            seen.regions.keys().filter_map(|region| in_region(region).ok()).collect();
        shown.sort();
        shown.into_iter().nth(1).ok_or(Hidden::RegionOpen)
    }
}

/// The Region that an ARN names in full.
fn region_of(arn: &str) -> Option<&str> {
    let region = arn.split(':').nth(3)?;
    (!region.is_empty() && !region.contains(['*', '?', '$'])).then_some(region)
}

/// What a selector names to take the data events of a container.
fn data_events_of(container: &str) -> String {
    let is_bucket = container.split(':').nth(2) == Some("s3") && !container.contains('/');
    if is_bucket { format!("{container}/") } else { container.to_owned() }
}

impl Direction {
    /// In brackets after `events`.
    fn clause(self) -> &'static str {
        match self {
            Self::Read => "reading",
            Self::Write => "writing",
            Self::Either => "reading and writing",
        }
    }

    /// The words of `--data-events`.
    fn words(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Either => "read,write",
        }
    }
}

impl fmt::Display for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("CloudTrail records no such calls"),
            Self::Undocumented => {
                f.write_str("whether CloudTrail records such calls, and as which events, is not known here")
            }
            Self::NoDataEvents { kind, direction, container } => write!(
                f,
                "the trail does not show data events of `{kind}` on `{container}` ({})",
                direction.clause()
            ),
            Self::ManyContainers { kind, .. } => write!(
                f,
                "the resource stands for several, and for which of them the trail has data events of `{kind}` is not known"
            ),
            Self::NoManagementEvents { direction, region } => {
                let of = region.as_deref().unwrap_or("global services");
                let word = if region.is_some() { "in" } else { "of" };
                write!(
                    f,
                    "the trail does not show management events {word} {of} ({})",
                    direction.clause()
                )
            }
            Self::RegionOpen => f.write_str(
                "the resource names no Region, and the trail has management events of fewer than two",
            ),
            Self::Excludable { source, region } => {
                write!(f, "the trail has no events of `{source}` in {region}, which a trail may leave out")
            }
        }
    }
}

impl Hidden {
    /// Which selector would show it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Never | Self::Undocumented => None,
            Self::NoDataEvents { kind, direction, container } => Some(format!(
                "let the trail record data events of `{kind}` on `{container}` ({}); if it does, say so with `--data-events {kind}:{}:{container}`",
                direction.clause(),
                direction.words()
            )),
            Self::ManyContainers { kind, direction } => Some(format!(
                "let the trail record data events of `{kind}` ({}); if it does so for all of them, say so with `--data-events {kind}:{}`",
                direction.clause(),
                direction.words()
            )),
            Self::NoManagementEvents { .. } | Self::RegionOpen => Some(
                "use a trail of all Regions that records management events, reading and writing"
                    .to_owned(),
            ),
            Self::Excludable { source, .. } => {
                Some(format!("let the trail take management events of `{source}`"))
            }
        }
    }
}
