//! What events contribute, each distinct contribution once, known by a number.
//!
//! However many names a log has, few are kept: when a container (a bucket, a log group) has more names in one kind of call
//! than [`NameLimits`] allows, they are made coarser by the first step of `names::fold` that leaves few enough. The step
//! depends on the set of names alone, so neither the order of events nor their division into files matters. What
//! cannot be made coarser without crossing from one resource or tenant to another becomes unknown: it grants nothing and
//! is reported.
//!
//! Numbers stay valid when names are made coarser; [`Contributions::resolved`] tells which contribution stands for one.

use std::num::NonZeroUsize;

use hashbrown::{HashMap, HashSet};

use crate::names::{container, fold};

use super::event::{CallPart, FoldedPart, FunctionPart, Part, ResourcePart, TextId};
use super::observations::Observations;
use super::table::Table;

/// How many different names of one kind are kept as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameLimits {
    /// Names in one container, in one kind of call: an action with its outcome, by one function of one role.
    pub in_container: usize,
    /// Resources that are no names in a container, in one kind of call; identities and values in one kind of trouble.
    pub others: usize,
    /// Sessions of one role that are told apart.
    pub sessions: usize,
    /// Names in all kinds of call and containers together, sessions not told apart: where there are more, fewer are
    /// kept of each.
    pub in_all: usize,
}

impl NameLimits {
    /// How few may be kept of each kind.
    fn fewest(self) -> usize {
        (self.in_container / 64).max(1)
    }
}

impl Default for NameLimits {
    fn default() -> Self {
        Self { in_container: 256, others: 4096, sessions: 64, in_all: 1 << 14 }
    }
}

const MANY: &str = Observations::MANY;

/// What is counted together to see whether there is too much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    /// Names of one kind of call in one container.
    Names {
        call: CallPart,
        container: TextId,
    },
    /// Resources of one kind of call.
    Resources {
        call: CallPart,
    },
    Sessions {
        role: TextId,
    },
    Identities {
        reason: TextId,
    },
    Values {
        member: TextId,
    },
}

impl Kind {
    fn is_names(&self) -> bool {
        matches!(self, Self::Names { .. })
    }

    /// The same for all sessions.
    fn of_any_session(mut self) -> Self {
        if let Self::Names { call, .. } = &mut self
            && matches!(call.function, FunctionPart::Session(_))
        {
            call.function = FunctionPart::Unknown;
        }
        self
    }
}

/// One thing of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Member {
    Resource(ResourcePart),
    Text(TextId),
}

/// Names of one kind, until they are too many.
#[derive(Debug, Default)]
struct Spread {
    names: HashSet<TextId>,
    is_over: bool,
}

#[derive(Debug, Default)]
struct Group {
    /// How coarse its members are; 0 is as they were.
    step: u8,
    members: HashSet<Member>,
    /// Contributions with a member.
    meanings: Vec<u32>,
}

/// Contributions and their texts.
#[derive(Debug)]
pub(super) struct Contributions {
    texts: Table<str>,
    meanings: Table<[Part]>,
    /// `None`: everything is kept as it is.
    limits: Option<NameLimits>,
    /// Names of one kind that are kept as they are: [`NameLimits::in_container`], or half of it, a quarter … as far as
    /// [`NameLimits::in_all`] asks for.
    kept: NonZeroUsize,
    /// Names of each kind, whatever the session, as they were.
    spread: HashMap<Kind, Spread>,
    /// Names of all kinds, where of each no more than one above `kept` is counted. That makes it a function of
    /// the set of names, which only grows: making names coarser and sessions one does not change it.
    names: usize,
    groups: HashMap<Kind, Group>,
    /// Which contribution stands for one that was made coarser.
    stands_for: HashMap<u32, u32>,
}

/// Where the numbers of texts in a part come from.
enum Texts<'a> {
    /// The table itself.
    Own,
    /// Another table, with the numbers that its texts have here, as far as they are known.
    Other(&'a Table<str>, &'a mut [Option<TextId>]),
}

/// A contribution while it is entered.
#[derive(Default)]
struct Entering {
    members: Vec<(Kind, Member)>,
    /// Kinds that have to become at least so coarse.
    pending: Vec<(Kind, u8)>,
}

impl Contributions {
    /// Keeps to `limits`.
    pub(super) fn limited(limits: NameLimits) -> Self {
        let kept = NonZeroUsize::new(limits.in_container).unwrap_or(NonZeroUsize::MIN);
        Self { limits: Some(limits), ..Self::raw(kept) }
    }

    /// Keeps everything as it is; it may come from where no more than `kept` names of one kind were.
    pub(super) fn raw(kept: NonZeroUsize) -> Self {
        Self {
            texts: Table::default(),
            meanings: Table::default(),
            limits: None,
            kept,
            spread: HashMap::new(),
            names: 0,
            groups: HashMap::new(),
            stands_for: HashMap::new(),
        }
    }

    /// How many names of one kind are kept as they are.
    pub(super) fn kept(&self) -> NonZeroUsize {
        self.kept
    }

    pub(super) fn limits(&self) -> Option<NameLimits> {
        self.limits
    }

    pub(super) fn text_id(&mut self, text: &str) -> TextId {
        self.texts.id(text)
    }

    pub(super) fn text(&self, id: TextId) -> &str {
        self.texts.value(id)
    }

    pub(super) fn texts(&self) -> &Table<str> {
        &self.texts
    }

    /// The texts alone.
    pub(super) fn into_texts(self) -> Table<str> {
        self.texts
    }

    /// The parts of a contribution that [stands](Self::resolved).
    pub(super) fn parts(&self, meaning: u32) -> &[Part] {
        self.meanings.value(meaning)
    }

    /// How many numbers were given.
    pub(super) fn len(&self) -> usize {
        self.meanings.len()
    }

    /// The contribution that stands for one.
    pub(super) fn resolved(&self, mut meaning: u32) -> u32 {
        while let Some(&other) = self.stands_for.get(&meaning) {
            meaning = other;
        }
        meaning
    }

    /// The number of what is contributed, whose texts are this table's. Nothing is made coarser.
    pub(super) fn id(&mut self, parts: &[Part]) -> u32 {
        self.meanings.id(parts)
    }

    /// The numbers here of all that `other` holds, by the numbers there.
    pub(super) fn merge(&mut self, other: &Self) -> Vec<u32> {
        if self.limits.is_none()
            && let Some(limits) = other.limits
        {
            self.limit(limits);
        }
        if other.kept < self.kept {
            self.keep(other.kept);
        }
        let mut ids = vec![None; other.texts.len()];
        let mut numbers = Vec::with_capacity(other.meanings.len());
        for meaning in (0..).take(other.meanings.len()) {
            if other.stands_for.contains_key(&meaning) {
                numbers.push(u32::MAX);
                continue;
            }
            let parts = other.meanings.value(meaning);
            numbers.push(self.enter(parts, &mut Texts::Other(&other.texts, &mut ids)));
        }
        for meaning in (0..).zip(0..numbers.len()) {
            numbers[meaning.1] = numbers[other.resolved(meaning.0) as usize];
        }
        numbers
    }

    /// Keeps no more than `kept` names of one kind from now on.
    fn keep(&mut self, kept: NonZeroUsize) {
        self.kept = kept;
        if self.limits.is_some() {
            let pending = self.recount();
            self.settle(pending);
        }
    }

    /// Counts names anew; gives the kinds that have too many.
    fn recount(&mut self) -> Vec<(Kind, u8)> {
        let kept = self.kept.get();
        let mut pending = Vec::new();
        self.names = 0;
        for spread in self.spread.values_mut() {
            spread.is_over |= spread.names.len() > kept;
            self.names += if spread.is_over { kept + 1 } else { spread.names.len() };
        }
        for (kind, group) in self.groups.iter().filter(|(kind, _)| kind.is_names()) {
            if group.members.len() > kept {
                pending.push((*kind, group.step + 1));
            }
        }
        pending
    }

    /// Keeps to `limits` from now on.
    fn limit(&mut self, limits: NameLimits) {
        self.limits = Some(limits);
        let mut pending = Vec::new();
        for meaning in (0..).take(self.meanings.len()) {
            self.again(meaning, &mut pending);
        }
        self.settle(pending);
    }

    /// Enters a contribution; what it has too much of is made coarser at once.
    fn enter(&mut self, parts: &[Part], texts: &mut Texts<'_>) -> u32 {
        let mut entering = Entering::default();
        let coarse = self.coarse(parts, texts, &mut entering);
        if let Some(known) = self.meanings.find(&coarse) {
            // Its members are known too.
            if !entering.pending.is_empty() {
                self.settle(entering.pending);
            }
            return self.resolved(known);
        }
        let id = self.meanings.id(&coarse);
        if self.limits.is_some() {
            self.note(id, &mut entering);
            self.settle(entering.pending);
        }
        self.resolved(id)
    }

    /// Enters a contribution once more, after a kind of it has become coarser.
    fn again(&mut self, meaning: u32, pending: &mut Vec<(Kind, u8)>) {
        let parts = self.meanings.shared(meaning);
        let mut entering = Entering::default();
        let coarse = self.coarse(&parts, &mut Texts::Own, &mut entering);
        let id = self.meanings.id(&coarse);
        if id != meaning {
            self.stands_for.insert(meaning, id);
        }
        self.note(id, &mut entering);
        pending.append(&mut entering.pending);
    }

    /// Counts the members of a contribution.
    fn note(&mut self, id: u32, entering: &mut Entering) {
        let Some(limits) = self.limits else { return };
        for (kind, member) in entering.members.drain(..) {
            let group = self.groups.entry(kind).or_default();
            group.meanings.push(id);
            group.members.insert(member);
            let limit = match kind {
                Kind::Names { .. } => self.kept.get(),
                Kind::Sessions { .. } => limits.sessions,
                _ => limits.others,
            };
            if group.members.len() > limit {
                entering.pending.push((kind, group.step + 1));
            }
            if kind.is_names() {
                self.note_name(kind.of_any_session(), member);
            }
        }
    }

    /// Counts a name among those of its kind.
    fn note_name(&mut self, kind: Kind, member: Member) {
        let most = self.kept.get() + 1;
        let spread = self.spread.entry(kind).or_default();
        if spread.is_over {
            return;
        }
        let before = spread.names.len();
        match member {
            Member::Resource(ResourcePart::Arn(name)) => _ = spread.names.insert(name),
            // It comes from where there were too many.
            _ => spread.is_over = true,
        }
        spread.is_over |= spread.names.len() >= most;
        let after = if spread.is_over { most } else { spread.names.len() };
        if spread.is_over {
            spread.names = HashSet::new();
        }
        self.names += after - before;
    }

    /// Makes kinds coarser until none has too many members.
    fn settle(&mut self, mut pending: Vec<(Kind, u8)>) {
        loop {
            let Some((kind, step)) = pending.pop() else {
                let Some(limits) = self.limits else { return };
                if self.names <= limits.in_all || self.kept.get() <= limits.fewest() {
                    return;
                }
                self.kept = NonZeroUsize::new(self.kept.get() / 2).unwrap_or(NonZeroUsize::MIN);
                pending = self.recount();
                continue;
            };
            if self.step(&kind) >= step {
                continue;
            }
            let step = self.first_step(&kind, step);
            let group = self.groups.entry(kind).or_default();
            group.step = step;
            group.members.clear();
            let mut meanings = std::mem::take(&mut group.meanings);
            meanings.iter_mut().for_each(|meaning| *meaning = self.resolved(*meaning));
            meanings.sort_unstable();
            meanings.dedup();
            for meaning in meanings {
                self.again(meaning, &mut pending);
            }
            if let Kind::Sessions { role } = kind {
                self.forget_sessions(role);
            }
        }
    }

    /// The first step from `step` on that leaves no more names than are kept. Finding it without entering what the steps
    /// between leave keeps that out of the tables.
    fn first_step(&self, kind: &Kind, step: u8) -> u8 {
        let Some(group) = self.groups.get(kind).filter(|_| kind.is_names()) else { return step };
        let texts: Vec<(&str, &str, bool)> = group
            .members
            .iter()
            .filter_map(|member| match member {
                Member::Resource(ResourcePart::Arn(arn)) => {
                    Some((container::split(self.texts.value(*arn)).inner?, "", true))
                }
                Member::Resource(ResourcePart::Folded(FoldedPart { head, tail, .. })) => {
                    Some((self.texts.value(*head), self.texts.value(*tail), false))
                }
                _ => None,
            })
            .collect();
        let is_few = |step: &u8| {
            let mut left = HashSet::new();
            texts.iter().all(|&(head, tail, is_name)| {
                let folded = fold::fold(head, tail, is_name, *step);
                left.insert((folded.head.into_owned(), folded.tail.into_owned()));
                left.len() <= self.kept.get()
            })
        };
        (step..=fold::LAST).find(is_few).unwrap_or(step.max(fold::LAST + 1))
    }

    /// Takes out the kinds of single sessions, whose calls are now those of the one that stands for all.
    fn forget_sessions(&mut self, role: TextId) {
        let many = self.texts.id(MANY);
        self.groups.retain(|kind, _| match kind {
            Kind::Names { call, .. } | Kind::Resources { call } if call.role == role => {
                !matches!(call.function, FunctionPart::Session(name) if name != many)
            }
            _ => true,
        });
    }

    /// The parts as coarse as their kinds are, each once.
    fn coarse(
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
                *known.get_or_insert_with(|| self.texts.shared_id(&table.shared(id)))
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

    fn step(&self, kind: &Kind) -> u8 {
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
        let text = match texts {
            Texts::Own => self.texts.shared(id),
            Texts::Other(table, _) => table.shared(id),
        };
        let parts = container::split(&text);
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
            let (head, tail) = (self.texts.shared(folded.head), self.texts.shared(folded.tail));
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
        let (head, tail) = (self.texts.id(&folded.head), self.texts.id(&folded.tail));
        ResourcePart::Folded(FoldedPart { container, head, tail, step })
    }
}
