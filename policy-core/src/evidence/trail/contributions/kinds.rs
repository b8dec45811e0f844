//! How many names there are of each kind, and how coarse they have to be for that.

use std::num::NonZeroUsize;

use hashbrown::HashSet;

use super::coarse::Entering;
use super::{Contributions, MANY};
use crate::evidence::trail::event::{CallPart, FoldedPart, FunctionPart, ResourcePart, TextId};
use crate::names::{container, fold};

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

/// What is counted together to see whether there is too much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
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
pub(super) enum Member {
    Resource(ResourcePart),
    Text(TextId),
}

/// Names of one kind, until they are too many.
#[derive(Debug, Default)]
pub(super) struct Spread {
    pub(super) names: HashSet<TextId>,
    pub(super) is_over: bool,
}

/// The members of a kind, each once: mostly one, and there are very many kinds.
#[derive(Debug)]
pub(super) enum Members {
    Few(Vec<Member>),
    Many(HashSet<Member>),
}

/// As many are looked through one by one.
const FEW: usize = 8;

impl Default for Members {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Members {
    fn insert(&mut self, member: Member) {
        match self {
            Self::Few(few) if few.contains(&member) => {}
            Self::Few(few) if few.len() < FEW => {
                few.reserve_exact(if few.is_empty() { 1 } else { few.len() });
                few.push(member);
            }
            Self::Few(few) => {
                *self = Self::Many(few.iter().copied().chain([member]).collect());
            }
            Self::Many(many) => _ = many.insert(member),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Few(few) => few.len(),
            Self::Many(many) => many.len(),
        }
    }

    fn iter(&self) -> impl Iterator<Item = &Member> {
        let (few, many) = match self {
            Self::Few(few) => (Some(few), None),
            Self::Many(many) => (None, Some(many)),
        };
        few.into_iter().flatten().chain(many.into_iter().flatten())
    }
}

#[derive(Debug, Default)]
pub(super) struct Group {
    /// How coarse its members are; 0 is as they were.
    pub(super) step: u8,
    pub(super) members: Members,
    /// Contributions with a member.
    pub(super) meanings: Vec<u32>,
}

impl Contributions {
    /// Keeps no more than `kept` names of one kind from now on.
    pub(super) fn keep(&mut self, kept: NonZeroUsize) {
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

    /// Counts the members of a contribution.
    pub(super) fn note(&mut self, id: u32, entering: &mut Entering) {
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
    pub(super) fn settle(&mut self, mut pending: Vec<(Kind, u8)>) {
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
            group.members = Members::default();
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
        let is_few = |step: u8| {
            let mut left = HashSet::new();
            texts.iter().all(|&(head, tail, is_name)| {
                let folded = fold::fold(head, tail, is_name, step);
                left.insert((folded.head, folded.tail));
                left.len() <= self.kept.get()
            })
        };
        if is_few(step) {
            return step;
        }
        // Names that a step leaves equal are equal ever after, so the steps that leave few come after those that do not.
        let (mut many, mut few) = (step, step.max(fold::LAST + 1));
        while few - many > 1 {
            let middle = many + (few - many) / 2;
            if is_few(middle) {
                few = middle;
            } else {
                many = middle;
            }
        }
        few
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
}
