//! What one event contributes, in numbers: small enough to keep one entry per event.

use crate::evidence::Outcome;
use crate::names::fold;

/// Number of a text in the aggregate's table.
pub(super) type TextId = u32;

/// What identifies an event: the 128 bits of its UUID, or of a hash of an id of another form.
///
/// Two UUIDs never collide. For ids of another form the odds that any two of n collide are about
/// n² / 2¹²⁹: for a million ids less than 10⁻²⁶.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct EventKey([u64; 2]);

impl EventKey {
    /// The key of an event id, and whether the id can be read back from it.
    pub(super) fn of(id: &str) -> (Self, bool) {
        match uuid_bits(id) {
            Some(bits) => (Self::from_bits(bits), true),
            None => (Self::from_bits(fnv_1a(id.as_bytes())), false),
        }
    }

    /// The key that [`EventKey::uuid`] wrote.
    pub(super) fn written(text: &str) -> Option<Self> {
        uuid_bits(text).map(Self::from_bits)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the bits")]
    fn from_bits(bits: u128) -> Self {
        Self([(bits >> 64) as u64, bits as u64])
    }

    pub(super) fn bytes(self) -> [u8; 16] {
        (u128::from(self.0[0]) << 64 | u128::from(self.0[1])).to_be_bytes()
    }

    pub(super) fn of_bytes(bytes: [u8; 16]) -> Self {
        Self::from_bits(u128::from_be_bytes(bytes))
    }

    /// The id as a UUID.
    pub(super) fn uuid(self) -> String {
        let [high, low] = self.0;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }
}

/// The bits of a UUID in its canonical form, lower case.
fn uuid_bits(id: &str) -> Option<u128> {
    let bytes: &[u8; 36] = id.as_bytes().try_into().ok()?;
    if [8, 13, 18, 23].iter().any(|&at| bytes[at] != b'-') {
        return None;
    }
    let mut is_odd = 0;
    let mut bits = |digits: &[u8]| {
        digits.iter().fold(0_u64, |bits, &byte| {
            let digit = HEX[usize::from(byte)];
            is_odd |= digit;
            bits << 4 | u64::from(digit & 0xf)
        })
    };
    let high = bits(&bytes[..8]) << 32 | bits(&bytes[9..13]) << 16 | bits(&bytes[14..18]);
    let low = bits(&bytes[19..23]) << 48 | bits(&bytes[24..]);
    (is_odd <= 0xf).then_some(u128::from(high) << 64 | u128::from(low))
}

/// What a byte is as a digit; above 15 when it is none.
const HEX: [u8; 256] = {
    let mut digits = [0x80; 256];
    let mut at = 0;
    while at < 16 {
        digits[b"0123456789abcdef"[at] as usize] = at as u8;
        at += 1;
    }
    digits
};

/// FNV-1a over 128 bits.
fn fnv_1a(bytes: &[u8]) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(BASIS, |hash, &byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

/// Which function, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum FunctionPart {
    Issued(TextId),
    Session(TextId),
    Unknown,
}

/// Which resource, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ResourcePart {
    Arn(TextId),
    /// The text before the open part; six `?` follow.
    SecretNamed(TextId),
    /// Names of which there were more than are kept.
    Folded(FoldedPart),
    /// Resources that are no names in a container, of which there were more than are kept.
    Many,
    None,
    Unknown,
}

impl ResourcePart {
    /// What of the resource can be told: one of which nothing is left is not known.
    pub(super) fn told(self) -> Self {
        match self {
            Self::Many => Self::Unknown,
            Self::Folded(folded) if folded.step > fold::LAST => Self::Unknown,
            other => other,
        }
    }
}

/// Names made coarser by a step of `names::fold`, in numbers; after the last step nothing is left but the container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct FoldedPart {
    pub(super) container: TextId,
    pub(super) head: TextId,
    pub(super) tail: TextId,
    pub(super) step: u8,
}

/// One call of an event, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct CallPart {
    pub(super) role: TextId,
    pub(super) function: FunctionPart,
    pub(super) action: TextId,
    pub(super) operation: TextId,
    pub(super) resource: ResourcePart,
    pub(super) resource_account: Option<TextId>,
    pub(super) region: TextId,
    pub(super) via: Option<TextId>,
    pub(super) outcome: Outcome,
    /// Why it was refused, in a sentence.
    pub(super) refusal: Option<TextId>,
}

/// One thing that an event contributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// A call of a role.
    Call(CallPart),
    /// A call of a role without a known action.
    Unmapped { role: TextId, source: TextId, name: TextId, reason: TextId },
    /// A call of a role that needs no permission.
    NoPermission { role: TextId, source: TextId, name: TextId },
    /// Not an API call: its event type or category.
    NotACall { kind: TextId },
    /// A call of somebody who is no role: the identity type.
    OtherIdentity { kind: TextId },
    /// A call that an AWS service made for itself.
    Service { service: TextId, source: TextId, name: TextId },
    /// A call of a session whose role cannot be told.
    Unattributed { identity: TextId, reason: TextId },
    /// A call of a role whose record lacks something, or holds something that cannot be used.
    Unusable { member: TextId, value: Option<TextId> },
}

impl Part {
    /// The same part with every number passed through `map`.
    pub(super) fn renumbered(self, mut map: impl FnMut(TextId) -> TextId) -> Self {
        match self {
            Self::Call(call) => Self::Call(CallPart {
                role: map(call.role),
                function: match call.function {
                    FunctionPart::Issued(id) => FunctionPart::Issued(map(id)),
                    FunctionPart::Session(id) => FunctionPart::Session(map(id)),
                    FunctionPart::Unknown => FunctionPart::Unknown,
                },
                action: map(call.action),
                operation: map(call.operation),
                resource: match call.resource {
                    ResourcePart::Arn(id) => ResourcePart::Arn(map(id)),
                    ResourcePart::SecretNamed(id) => ResourcePart::SecretNamed(map(id)),
                    ResourcePart::Folded(folded) => ResourcePart::Folded(FoldedPart {
                        container: map(folded.container),
                        head: map(folded.head),
                        tail: map(folded.tail),
                        step: folded.step,
                    }),
                    other => other,
                },
                resource_account: call.resource_account.map(&mut map),
                region: map(call.region),
                via: call.via.map(&mut map),
                outcome: call.outcome,
                refusal: call.refusal.map(&mut map),
            }),
            Self::Unmapped { role, source, name, reason } => Self::Unmapped {
                role: map(role),
                source: map(source),
                name: map(name),
                reason: map(reason),
            },
            Self::NoPermission { role, source, name } => {
                Self::NoPermission { role: map(role), source: map(source), name: map(name) }
            }
            Self::NotACall { kind } => Self::NotACall { kind: map(kind) },
            Self::OtherIdentity { kind } => Self::OtherIdentity { kind: map(kind) },
            Self::Service { service, source, name } => {
                Self::Service { service: map(service), source: map(source), name: map(name) }
            }
            Self::Unattributed { identity, reason } => {
                Self::Unattributed { identity: map(identity), reason: map(reason) }
            }
            Self::Unusable { member, value } => {
                Self::Unusable { member: map(member), value: value.map(&mut map) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_reads_back_from_its_key() {
        let id = "3f0c1d5e-0a1b-4c2d-8e3f-00000000a001";
        let (key, is_uuid) = EventKey::of(id);
        assert!(is_uuid);
        assert_eq!(key.uuid(), id);
    }

    #[test]
    fn other_ids_are_hashed() {
        for id in ["", "EXAMPLE", "3F0C1D5E-0A1B-4C2D-8E3F-00000000A001", "ü".repeat(18).as_str()]
        {
            assert!(!EventKey::of(id).1, "{id}");
        }
        for at in 0..36 {
            for other in ["g", "A", "/", "`", "-", "0"] {
                let mut id = "3f0c1d5e-0a1b-4c2d-8e3f-90000000a001".to_owned();
                id.replace_range(at..=at, other);
                let is_dash = [8, 13, 18, 23].contains(&at);
                let is_uuid = if is_dash { other == "-" } else { other == "0" };
                assert_eq!(EventKey::of(&id).1, is_uuid, "{id}");
            }
        }
        assert_ne!(EventKey::of("a"), EventKey::of("b"));
    }
}
