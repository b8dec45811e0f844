//! The layout of `catalog.bin`: one flat little-endian file, read in place.
//!
//! The file is a header, then sections of records of one width each. The encoder (`cargo xtask
//! catalog build`) and the reader share these numbers and nothing else.
//!
//! Header: [`MAGIC`], format number (`u16`), number of sections (`u16`), date of the action facts
//! (10 ASCII bytes), SHA-256 of everything after the header (32 bytes), then for each section its
//! offset in the file and its number of records (`u32` each).
//!
//! Text is a `u16` number into the string table; a list is a `u16` number into the list table, whose
//! items are `u16`. Number 0 is the empty string and the empty list. Tables that are cut into
//! runs by their owner (`first …`) end with one more record, which closes the last run.

/// First bytes of the file.
pub const MAGIC: [u8; 8] = *b"AWSIAM\r\n";
/// The format this code reads and writes.
pub const FORMAT: u16 = 3;
/// Where the date starts in the header.
pub const DATE_AT: usize = 12;
/// Length of the date, `2026-10-27`.
pub const DATE_LEN: usize = 10;
/// Where the digest starts in the header.
pub const DIGEST_AT: usize = DATE_AT + DATE_LEN;
/// Length of the digest.
pub const DIGEST_LEN: usize = 32;
/// Where the section directory starts.
pub const DIRECTORY_AT: usize = DIGEST_AT + DIGEST_LEN;
/// Bytes of the whole header.
pub const HEADER_LEN: usize = DIRECTORY_AT + Section::ALL.len() * 8;

/// No service, no client: a client whose IAM prefix is unknown.
pub const NONE: u16 = u16::MAX;
/// In an action's list of resource types: the type is required. The rest of the number is the type.
pub const REQUIRED: u16 = 0x8000;
/// In an event source's list of clients: asked only when no client before it has the operation.
pub const FALLBACK: u16 = 0x8000;
/// In an operation's source byte: `primary` is a list of actions, not one action.
pub const PRIMARY_IS_LIST: u8 = 0x80;
/// In an action's level byte: the action is no API operation.
pub const PERMISSION_ONLY: u8 = 0x20;
/// In a condition key's type byte: the key has a variable part (`aws:ResourceTag/${TagKey}`).
pub const KEY_IS_TEMPLATE: u8 = 0x80;
/// With an ARN format: its last placeholder may hold `/`.
pub const TAIL_MAY_HOLD_SLASH: u16 = 1;
/// With an ARN format: its last placeholder may hold `:`.
pub const TAIL_MAY_HOLD_COLON: u16 = 2;
/// With an ARN format: its `*` is the character, not any run.
pub const STAR_IS_LITERAL: u16 = 4;
/// In an operation's list of members, with the rule: the member is no plain text.
pub const MEMBER_IS_NO_TEXT: u16 = 8;
/// The placeholder of a member that may hold a whole ARN or a bare name.
pub const WHOLE_ARN: &str = "*arn*";

/// A section of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub enum Section {
    /// `u32`: where each string ends; string *n* starts where *n − 1* ends. Sorted by bytes.
    StringEnds,
    /// The bytes of all strings, UTF-8.
    StringBytes,
    /// `u32`: where each list ends, in items.
    ListEnds,
    /// `u16`: the items of all lists.
    ListItems,
    /// Service, sorted: prefix, first action, first resource type, first condition key, list of clients. Closed.
    Services,
    /// Action, sorted without case inside its service: name, level bits `u8`, list of (resource type
    /// with [`REQUIRED`], list of condition keys), list of condition keys, list of dependent
    /// actions, first of its operations. Closed.
    Actions,
    /// `u16`: the operations that an action is primary of.
    ActionOperations,
    /// Resource type, sorted without case inside its service: name, list of (ARN format, tail
    /// flags), list of condition keys, service.
    ResourceTypes,
    /// Condition key, sorted without case inside its service: key, type `u8`.
    ConditionKeys,
    /// Global condition key, sorted without case: key, type `u8`.
    GlobalKeys,
    /// Client, sorted by crate: crate, SDK model name, SDK id, service or [`NONE`], endpoint prefix,
    /// first operation. Closed.
    Clients,
    /// Other name of a client, sorted: name, client. Only names that belong to one client.
    ClientNames,
    /// Operation, sorted without case inside its client: name, source `u8`, primary action or list,
    /// list of conditional actions, list of (resource type, placeholder, member, rule).
    Operations,
    /// Operation, sorted: operation, class `u8`, verified `u8`, `resources.type`.
    OperationVisibility,
    /// Action, sorted: action, class `u8`, verified `u8`, `resources.type`.
    ActionVisibility,
    /// Indirect action, sorted by operation: operation, action, service in `kms:ViaService`, verified `u8`.
    Indirect,
    /// Event source, sorted: label before `.amazonaws.com`, list of services, list of
    /// clients (with [`FALLBACK`]).
    EventSources,
    /// Event whose name is not an operation, sorted by (label, event): label, event, list of operations.
    EventAliases,
    /// Event that no permission allows, sorted by (label, event): label, event or `*`, reason.
    FreeEvents,
    /// Event that is known, its action is not, sorted by (label, event): label, event, reason.
    UnmappedEvents,
    /// Operation that needs no IAM permission, sorted: operation, reason.
    FreeOperations,
    /// Waiter of the SDK, sorted by operation and name: the operation that it polls, its name.
    Waiters,
    /// `u16`: the data sets the facts come from.
    Sources,
}

impl Section {
    /// Every section, in file order.
    pub const ALL: [Self; 23] = [
        Self::StringEnds,
        Self::StringBytes,
        Self::ListEnds,
        Self::ListItems,
        Self::Services,
        Self::Actions,
        Self::ActionOperations,
        Self::ResourceTypes,
        Self::ConditionKeys,
        Self::GlobalKeys,
        Self::Clients,
        Self::ClientNames,
        Self::Operations,
        Self::OperationVisibility,
        Self::ActionVisibility,
        Self::Indirect,
        Self::EventSources,
        Self::EventAliases,
        Self::FreeEvents,
        Self::UnmappedEvents,
        Self::FreeOperations,
        Self::Waiters,
        Self::Sources,
    ];

    /// Bytes of one record.
    #[must_use]
    pub const fn width(self) -> usize {
        match self {
            Self::StringBytes => 1,
            Self::ListItems | Self::ActionOperations | Self::Sources => 2,
            Self::ConditionKeys | Self::GlobalKeys => 3,
            Self::StringEnds
            | Self::ListEnds
            | Self::ClientNames
            | Self::FreeOperations
            | Self::Waiters => 4,
            Self::OperationVisibility
            | Self::ActionVisibility
            | Self::EventSources
            | Self::EventAliases
            | Self::FreeEvents
            | Self::UnmappedEvents => 6,
            Self::Indirect => 7,
            Self::ResourceTypes => 8,
            Self::Operations => 9,
            Self::Services => 10,
            Self::Actions => 11,
            Self::Clients => 12,
        }
    }

    /// Whether the section ends with a record that only closes the last run.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Services | Self::Actions | Self::Clients)
    }
}
