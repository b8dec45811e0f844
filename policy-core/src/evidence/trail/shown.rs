//! What a record shows: from its members to parts of a contribution.

use crate::evidence::Outcome;
use crate::iam::{Arn, Region};

use super::caller::{Caller, Function, RoleSession, caller};
use super::container::Stop;
use super::document::Document;
use super::event::{CallPart, FunctionPart, Part, ResourcePart};
use super::headers;
use super::inspect::{Need, inspect};
use super::outcome::outcome;
use super::passed::{PASS_ROLE, passed};
use super::plan::Meaning;
use super::record::{Record, TextMember};
use super::refusal::Refusal;
use super::resource::{Owned, Place, Target, targets};

impl Document<'_, '_> {
    /// Puts into `parts` what a record shows. That depends on all its members but those that tell which event it is and
    /// when it was (`eventID`, `sharedEventID`, `addendum`, `eventTime`): of these it may only matter whether there is a
    /// time. Records with the same other members are taken to show the same ([`Remembered`]).
    pub(super) fn shows(&mut self, record: &Record<'_>, has_time: bool) -> Result<(), Stop> {
        use TextMember as M;
        self.parts.clear();
        if let Some(kind) = not_a_call(record) {
            let kind = self.scratch.text_id(kind);
            self.parts.push(Part::NotACall { kind });
            return Ok(());
        }
        let Some(source) = record.text(M::EventSource) else {
            return Err(self.malformed(M::EventSource, "missing".into()));
        };
        let Some(name) = record.text(M::EventName) else {
            return Err(self.malformed(M::EventName, "missing".into()));
        };
        self.call(record, source, name, has_time);
        Ok(())
    }

    /// What an API call contributes.
    fn call(&mut self, record: &Record<'_>, source: &str, name: &str, has_time: bool) {
        let session = match caller(record) {
            Caller::Role(session) => session,
            Caller::Service(service) => {
                let service = self.scratch.text_id(service);
                let (source, name) = (self.scratch.text_id(source), self.scratch.text_id(name));
                return self.parts.push(Part::Service { service, source, name });
            }
            Caller::Other(kind) => {
                let kind = self.scratch.text_id(kind);
                return self.parts.push(Part::OtherIdentity { kind });
            }
            Caller::Unattributed { identity, reason } => {
                let identity = self.scratch.text_id(identity);
                let reason = self.scratch.text_id(reason);
                return self.parts.push(Part::Unattributed { identity, reason });
            }
        };
        if let Some(function) = session.unusable_function {
            self.unusable("userIdentity.inScopeOf.credentialsIssuedTo", Some(function));
        }
        if !has_time {
            return self.unusable(TextMember::EventTime.key(), None);
        }
        let region = record.text(TextMember::AwsRegion);
        let Some(region) = region.filter(|code| Region::fits(code)) else {
            return self.unusable(TextMember::AwsRegion.key(), region);
        };
        for entry in &record.resources {
            if let Some(arn) = entry.arn.as_deref()
                && !Arn::fits(arn)
            {
                self.unusable("resources[].ARN", Some(arn));
            }
        }
        self.role_call(record, &session, region, source, name);
    }

    fn unusable(&mut self, member: &str, value: Option<&str>) {
        let member = self.scratch.text_id(member);
        let value = value.map(|value| self.scratch.text_id(value));
        self.parts.push(Part::Unusable { member, value });
    }

    fn role_call(
        &mut self,
        record: &Record<'_>,
        session: &RoleSession<'_>,
        region: &str,
        source: &str,
        name: &str,
    ) {
        let role = self.scratch.text_id(session.role);
        let plan = self.plans.plan(source, name);
        let place =
            Place { partition: session.arn.partition, region, account: session.arn.account };
        let reason = match plan.meaning.with(&record.parameters) {
            Meaning::NoPermission => {
                let (source, name) = (self.scratch.text_id(source), self.scratch.text_id(name));
                return self.parts.push(Part::NoPermission { role, source, name });
            }
            Meaning::Shared { reason, .. } | Meaning::Unmapped(reason) => reason.clone(),
            Meaning::Actions { needed, versioned, inspection } => {
                let has_version =
                    record.parameters.text("versionId").is_some_and(|version| !version.is_empty());
                let actions = if has_version && !versioned.is_empty() { versioned } else { needed };
                let needs = match inspection {
                    Some(inspection) => inspect(*inspection, actions, record, place),
                    None => Ok(actions
                        .iter()
                        .flat_map(|action| {
                            let targets = targets(action, record, place);
                            targets.into_iter().map(|on| Need { action: &action.name, on })
                        })
                        .collect()),
                };
                match needs {
                    Ok(mut needs) => {
                        headers::add(&plan.operation, &record.parameters, &mut needs);
                        let operation = self.scratch.text_id(&plan.operation);
                        let call = self.call_part(record, session, role, region, source, operation);
                        let refusal = match call.outcome {
                            Outcome::Denied => refusal(record),
                            _ => None,
                        };
                        for need in &needs {
                            let refusal = refusal.as_ref().map(|it| it.sentence(need.action));
                            let refusal = refusal.map(|text| self.scratch.text_id(&text));
                            self.push_need(CallPart { refusal, ..call }, need);
                        }
                        let action = needs.first().map_or("", |need| need.action);
                        self.push_passed(call, action, record, place);
                        return;
                    }
                    Err(reason) => reason,
                }
            }
        };
        let (source, name) = (self.scratch.text_id(source), self.scratch.text_id(name));
        let reason = self.scratch.text_id(&reason);
        self.parts.push(Part::Unmapped { role, source, name, reason });
    }

    /// The parts of a call that all its actions share.
    fn call_part(
        &mut self,
        record: &Record<'_>,
        session: &RoleSession<'_>,
        role: u32,
        region: &str,
        source: &str,
        operation: u32,
    ) -> CallPart {
        let (code, message) =
            (record.text(TextMember::ErrorCode), record.text(TextMember::ErrorMessage));
        let mut ended = outcome(source, code, message);
        let answer = &record.response;
        if ended == Outcome::Succeeded {
            // An answer may describe an error of something else: it is the call's own with code and
            // message, or when it refuses.
            let own = outcome(source, answer.code.as_deref(), answer.message.as_deref());
            let is_whole = answer.code.is_some() && answer.message.is_some();
            if is_whole || own == Outcome::Denied {
                ended = own;
            }
        }
        CallPart {
            role,
            function: match &session.function {
                Function::Issued(arn) => FunctionPart::Issued(self.scratch.text_id(arn)),
                Function::Session(name) => FunctionPart::Session(self.scratch.text_id(name)),
                Function::Unknown => FunctionPart::Unknown,
            },
            action: operation,
            operation,
            resource: ResourcePart::Unknown,
            resource_account: None,
            region: self.scratch.text_id(region),
            via: session.via.map(|service| self.scratch.text_id(service)),
            outcome: ended,
            refusal: None,
        }
    }

    /// What a call that went through tells of `iam:PassRole`: the service that got the role stands where else the one
    /// stands that called for it.
    fn push_passed(&mut self, call: CallPart, action: &str, record: &Record<'_>, place: Place<'_>) {
        if !call.outcome.is_use() || call.via.is_some() {
            return;
        }
        for (role, service) in passed(action, &record.parameters, place) {
            let part = CallPart {
                action: self.scratch.text_id(PASS_ROLE),
                resource: ResourcePart::Arn(self.scratch.text_id(role)),
                resource_account: None,
                via: Some(self.scratch.text_id(service)),
                ..call
            };
            self.parts.push(Part::Call(part));
        }
    }

    fn push_need(&mut self, call: CallPart, need: &Need<'_>) {
        let Owned { target, account } = &need.on;
        let part = CallPart {
            action: self.scratch.text_id(need.action),
            resource: match target {
                Target::Arn(arn) => ResourcePart::Arn(self.scratch.text_id(arn)),
                Target::SecretNamed(arn) => ResourcePart::SecretNamed(self.scratch.text_id(arn)),
                Target::None => ResourcePart::None,
                Target::Unknown => ResourcePart::Unknown,
            },
            resource_account: account.as_deref().map(|account| self.scratch.text_id(account)),
            ..call
        };
        self.parts.push(Part::Call(part));
    }
}

/// Why a call was refused, where its error says so in a known form.
fn refusal<'r>(record: &'r Record<'_>) -> Option<Refusal<'r>> {
    let own = record.text(TextMember::ErrorMessage);
    let answered = record.response.message.as_deref();
    own.into_iter().chain(answered).find_map(Refusal::told)
}

/// What the record is, if it is no API call of a trail.
fn not_a_call<'r>(record: &'r Record<'_>) -> Option<&'r str> {
    match record.text(TextMember::EventCategory) {
        None | Some("Management" | "Data") => {}
        Some(other) => return Some(other),
    }
    match record.text(TextMember::EventType) {
        // Records before version 1.02 have no type.
        None | Some("AwsApiCall") => None,
        Some(other) => Some(other),
    }
}
