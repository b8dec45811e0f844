//! The parts of a contribution as coarse as their kinds are.

use super::kinds::{Kind, Member};
use super::{Contributions, MANY};
use crate::evidence::trail::event::{
    CallPart, FoldedPart, FunctionPart, Part, ResourcePart, TextId,
};
use crate::evidence::trail::table::Table;
use crate::names::{container, fold};

/// Where the numbers of texts in a part come from.
pub(in crate::evidence::trail) enum Texts<'a> {
    /// The table itself.
    Own,
    /// Another table, with the numbers that its texts have here, as far as they are known.
    Other(&'a Table<str>, &'a mut [Option<TextId>]),
}

/// A contribution while it is entered.
#[derive(Default)]
pub(super) struct Entering {
    pub(super) members: Vec<(Kind, Member)>,
    /// Kinds that have to become at least so coarse.
    pub(super) pending: Vec<(Kind, u8)>,
}

impl Contributions {
    /// The parts as coarse as their kinds are, each once.
    pub(super) fn coarse(
        &mut self,
        parts: &[Part],
        texts: &mut Texts<'_>,
        entering: &mut Entering,
    ) -> Vec<Part> {
        let mut coarse = Vec::with_capacity(parts.len());
        for &part in parts {
            let part = match self.limits {
                Some(_) => self.coarse_part(part, texts, entering),
                None => part.renumbered(|id| self.number(id, texts)),
            };
            if !coarse.contains(&part) {
                coarse.push(part);
            }
        }
        coarse
    }

    fn coarse_part(&mut self, part: Part, texts: &mut Texts<'_>, entering: &mut Entering) -> Part {
        match part {
            Part::Call(call) => {
                let role = self.number(call.role, texts);
                let function = match call.function {
                    FunctionPart::Session(name) => {
                        let kind = Kind::Sessions { role };
                        FunctionPart::Session(self.text_of(kind, name, texts, entering))
                    }
                    FunctionPart::Issued(arn) => FunctionPart::Issued(self.number(arn, texts)),
                    FunctionPart::Unknown => FunctionPart::Unknown,
                };
                let bare = CallPart {
                    role,
                    function,
                    action: self.number(call.action, texts),
                    operation: self.number(call.operation, texts),
                    resource: ResourcePart::None,
                    resource_account: call.resource_account.map(|id| self.number(id, texts)),
                    region: self.number(call.region, texts),
                    via: call.via.map(|id| self.number(id, texts)),
                    outcome: call.outcome,
                    refusal: call.refusal.map(|id| self.number(id, texts)),
                };
                let resource = self.resource(bare, call.resource, texts, entering);
                Part::Call(CallPart { resource, ..bare })
            }
            Part::Unattributed { identity, reason } => {
                let reason = self.number(reason, texts);
                let kind = Kind::Identities { reason };
                Part::Unattributed {
                    identity: self.text_of(kind, identity, texts, entering),
                    reason,
                }
            }
            Part::Unusable { member, value: Some(value) } => {
                let member = self.number(member, texts);
                let kind = Kind::Values { member };
                let value = self.text_of(kind, value, texts, entering);
                Part::Unusable { member, value: Some(value) }
            }
            other => other.renumbered(|id| self.number(id, texts)),
        }
    }

    /// The number here of a text.
    fn number(&mut self, id: TextId, texts: &mut Texts<'_>) -> TextId {
        match texts {
            Texts::Own => id,
            Texts::Other(table, ids) => {
                let known = &mut ids[id as usize];
                *known.get_or_insert_with(|| self.texts.id(table.value(id)))
            }
        }
    }

    /// The text, or what stands for all of its kind.
    fn text_of(
        &mut self,
        kind: Kind,
        text: TextId,
        texts: &mut Texts<'_>,
        entering: &mut Entering,
    ) -> TextId {
        if self.step(&kind) > 0 {
            return self.texts.id(MANY);
        }
        let text = self.number(text, texts);
        if self.texts.value(text) == MANY {
            // There were more where it comes from.
            entering.pending.push((kind, 1));
        }
        entering.members.push((kind, Member::Text(text)));
        text
    }

    pub(super) fn step(&self, kind: &Kind) -> u8 {
        self.groups.get(kind).map_or(0, |group| group.step)
    }

    fn resource(
        &mut self,
        bare: CallPart,
        resource: ResourcePart,
        texts: &mut Texts<'_>,
        entering: &mut Entering,
    ) -> ResourcePart {
        let id = match resource {
            ResourcePart::None | ResourcePart::Unknown => return resource,
            ResourcePart::Many => {
                let kind = Kind::Resources { call: bare };
                if self.step(&kind) == 0 {
                    entering.pending.push((kind, 1));
                }
                entering.members.push((kind, Member::Resource(resource)));
                return resource;
            }
            ResourcePart::Folded(folded) => {
                let folded = FoldedPart {
                    container: self.number(folded.container, texts),
                    head: self.number(folded.head, texts),
                    tail: self.number(folded.tail, texts),
                    step: folded.step,
                };
                return self.folded(bare, folded, entering);
            }
            ResourcePart::Arn(id) | ResourcePart::SecretNamed(id) => id,
        };
        let own;
        let text = match texts {
            Texts::Own => {
                own = self.texts.value(id).to_owned();
                &*own
            }
            Texts::Other(table, _) => table.value(id),
        };
        let parts = container::split(text);
        let (kind, name) = match (resource, parts.inner) {
            (ResourcePart::Arn(_), Some(name)) => {
                let container = self.texts.id(parts.container);
                (Kind::Names { call: bare, container }, Some((container, name)))
            }
            _ => (Kind::Resources { call: bare }, None),
        };
        let step = self.step(&kind);
        let resource = match (step, name) {
            (0, _) => {
                let id = self.number(id, texts);
                match resource {
                    ResourcePart::SecretNamed(_) => ResourcePart::SecretNamed(id),
                    _ => ResourcePart::Arn(id),
                }
            }
            (_, Some((container, name))) => {
                let folded = fold::fold(name, "", true, step);
                self.folded_part(container, &folded, step)
            }
            // There is nothing coarser that is still one resource.
            (_, None) => ResourcePart::Many,
        };
        entering.members.push((kind, Member::Resource(resource)));
        resource
    }

    /// Names that are coarse already, here or where they come from.
    fn folded(
        &mut self,
        bare: CallPart,
        folded: FoldedPart,
        entering: &mut Entering,
    ) -> ResourcePart {
        let kind = Kind::Names { call: bare, container: folded.container };
        let step = self.step(&kind);
        if step < folded.step {
            // There were more names where it comes from.
            entering.pending.push((kind, folded.step));
        }
        let resource = if step <= folded.step {
            ResourcePart::Folded(folded)
        } else {
            let text = |id| self.texts.value(id).to_owned();
            let (head, tail) = (text(folded.head), text(folded.tail));
            self.folded_part(folded.container, &fold::fold(&head, &tail, false, step), step)
        };
        entering.members.push((kind, Member::Resource(resource)));
        resource
    }

    fn folded_part(
        &mut self,
        container: TextId,
        folded: &fold::Folded<'_>,
        step: u8,
    ) -> ResourcePart {
        let (head, tail) = (self.texts.id(folded.head), self.texts.id(&folded.tail));
        ResourcePart::Folded(FoldedPart { container, head, tail, step })
    }
}
