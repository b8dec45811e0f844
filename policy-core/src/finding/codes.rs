//! The closed list of codes. A code is final: it may retire, never change its meaning.

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Should be looked at.
    Warning,
    /// The answer is "no": exit code 1.
    Error,
}

impl Severity {
    /// The word printed before the code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $severity:ident;)*) => {
        /// What a finding is about. One heading each in `docs/findings.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, in alphabetical order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as printed: kebab-case.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// How much it matters unless the place says otherwise.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    /// A note section holds records of a newer format.
    AccessFormatUnknown = "access-format-unknown", Error;
    /// Code goes around the handles: a preset set anew, credentials taken out of a configuration.
    AccessGoesAround = "access-goes-around", Warning;
    /// A note section is cut off, oversized or not what it says.
    AccessSectionMalformed = "access-section-malformed", Error;
    /// A binary holds no declared accesses.
    AccessSectionMissing = "access-section-missing", Error;
    /// An `Action` entry without a service.
    ActionMalformed = "action-malformed", Error;
    /// Actions on resources of a type that they are not done on.
    ActionResourceMismatch = "action-resource-mismatch", Warning;
    /// An action that the catalog does not know.
    ActionUnknown = "action-unknown", Error;
    /// An action wildcard that was asked for, and what it stands for.
    ActionWildcard = "action-wildcard", Note;
    /// A permissions boundary that names more than containers.
    BoundaryWidened = "boundary-widened", Warning;
    /// Calls that code may make and that cannot be read.
    CallsUnknown = "calls-unknown", Warning;
    /// A `cfg` predicate or attribute that cannot be evaluated without building.
    CfgUnknown = "cfg-unknown", Warning;
    /// A rule that was not asked of every statement.
    CheckIncomplete = "check-incomplete", Warning;
    /// A client that is made by hand, beside the handles of a declaration.
    ClientBesideHandle = "client-beside-handle", Warning;
    /// A setting of `policy.toml` that applies to nothing.
    ConfigUnused = "config-unused", Warning;
    /// A condition on a key that the requests in question never carry.
    ConditionKeyAbsent = "condition-key-absent", Error;
    /// A condition operator that IAM does not have.
    ConditionOperatorUnknown = "condition-operator-unknown", Error;
    /// A condition value that its operator cannot compare with.
    ConditionValueInvalid = "condition-value-invalid", Error;
    /// A condition that restricts nothing, because other statements allow the same without it.
    ConditionWithoutEffect = "condition-without-effect", Error;
    /// A declared access that no event of the trail shows.
    DeclaredNotObserved = "declared-not-observed", Note;
    /// A declared access that no event of this trail can show.
    DeclaredNotObservable = "declared-not-observable", Note;
    /// A declared access that no code can make.
    DeclaredNotReachable = "declared-not-reachable", Warning;
    /// A declared access that is proved unused, and so not granted.
    DeclaredUnused = "declared-unused", Warning;
    /// A declaration made by a package outside the workspace: not granted.
    DeclaredByDependency = "declared-by-dependency", Warning;
    /// A declaration of a library that names no function.
    DeclarationUnclaimed = "declaration-unclaimed", Warning;
    /// A denied call of something declared.
    DeniedDeclared = "denied-declared", Warning;
    /// Digest files that do not follow each other without a break.
    DigestChainBroken = "digest-chain-broken", Error;
    /// A log file with another content than a digest file says.
    DigestMismatch = "digest-mismatch", Error;
    /// A log file that a digest file lists and that was not given.
    DigestMissingFile = "digest-missing-file", Error;
    /// A digest file whose signature is wrong or missing.
    DigestSignatureInvalid = "digest-signature-invalid", Error;
    /// Digest files whose signatures were not looked at.
    DigestUnsigned = "digest-unsigned", Warning;
    /// An `Effect` that is neither `Allow` nor `Deny`.
    EffectInvalid = "effect-invalid", Error;
    /// Resources that a customer key may encrypt.
    EncryptionUnknown = "encryption-unknown", Note;
    /// A policy for others that cannot be written.
    FragmentIncomplete = "fragment-incomplete", Warning;
    /// An event that no IAM action is known for.
    EventUnmapped = "event-unmapped", Warning;
    /// Calls that only the name of their session gives to a function.
    FunctionBySession = "function-by-session", Warning;
    /// A function of which the trail shows nothing.
    FunctionNotObserved = "function-not-observed", Warning;
    /// A log file that no digest file lists.
    FileNotInDigest = "file-not-in-digest", Error;
    /// A folder in `--out` of a function or role that is not there any more.
    FolderLeftOver = "folder-left-over", Warning;
    /// A function URL with one of the two statements that it needs.
    FunctionUrlIncomplete = "function-url-incomplete", Error;
    /// Statements for function URLs of both auth types on one function.
    FunctionUrlMixed = "function-url-mixed", Warning;
    /// The name of the deployed function was taken from the declaration.
    FunctionNameAssumed = "function-name-assumed", Warning;
    /// Policies that a template or plan attaches: granted by somebody, no evidence.
    GrantedByHand = "granted-by-hand", Note;
    /// A grant that a boundary, a session policy or an SCP blocks.
    GrantIneffective = "grant-ineffective", Error;
    /// Invokers that a form leaves to the permissions that SAM makes.
    InvokerBySam = "invoker-by-sam", Note;
    /// An invoker whose statement cannot be written.
    InvokerIncomplete = "invoker-incomplete", Error;
    /// An invoker that is everyone.
    InvokerPublic = "invoker-public", Warning;
    /// A permission that SAM makes by itself and that lets more in than the invoker.
    InvokerSamWider = "invoker-sam-wider", Warning;
    /// An invoker whose statement holds no fixed value.
    InvokerSourceOpen = "invoker-source-open", Warning;
    /// An invoker whose source has another Region than is written.
    InvokerSourceRegion = "invoker-source-region", Note;
    /// An invoker that only its account tells, since the source that it sends is not documented.
    InvokerSourceUndocumented = "invoker-source-undocumented", Note;
    /// A declaration whose names or resources cannot be used.
    DeclarationInvalid = "declaration-invalid", Error;
    /// Very many observed names that no pattern can stand for.
    NamesNotGranted = "names-not-granted", Error;
    /// An observed call that is not declared, and so not granted.
    ObservedNotDeclared = "observed-not-declared", Error;
    /// An operation that several actions may stand behind.
    OperationAmbiguous = "operation-ambiguous", Note;
    /// An observed call that only ever failed, for reasons that tell nothing.
    OutcomeUnclear = "outcome-unclear", Note;
    /// The owner of a resource is taken to be our account.
    OwnerAssumed = "owner-assumed", Note;
    /// A declared `iam:PassRole` that does not say which service gets the role.
    PassedToAnyService = "passed-to-any-service", Warning;
    /// A declared `iam:PassRole` that is granted for the only service to which declared calls hand roles.
    PassedToInferred = "passed-to-inferred", Note;
    /// A grant of which some requests need `iam:PassRole`, which is not granted.
    PassRoleUnseen = "pass-role-unseen", Warning;
    /// A duty of a pipeline that cannot be written, or not all of it.
    PipelineIncomplete = "pipeline-incomplete", Warning;
    /// Two duties of a pipeline that could change the same.
    PipelineOverlap = "pipeline-overlap", Error;
    /// An element that this kind of policy does not have.
    PolicyElementMisplaced = "policy-element-misplaced", Error;
    /// A policy document or statement without an element it must have.
    PolicyElementMissing = "policy-element-missing", Error;
    /// An element, operator or key that stands twice, in any case of its letters.
    PolicyKeyDuplicate = "policy-key-duplicate", Error;
    /// An element that the policy language does not have.
    PolicyKeyUnknown = "policy-key-unknown", Error;
    /// A call that looks like Lambda's own, granted because it was observed.
    PlatformCallObserved = "platform-call-observed", Note;
    /// A call that Lambda makes by a right of its own, which the role does not need.
    PlatformNotInRole = "platform-not-in-role", Note;
    /// A policy text with a mistake.
    PolicyMalformed = "policy-malformed", Error;
    /// A decision that rests on a document that was not given.
    PolicyNotGiven = "policy-not-given", Note;
    /// A document larger than its quota.
    PolicyOverQuota = "policy-over-quota", Error;
    /// An element without a value: it matches nothing.
    PolicyValueEmpty = "policy-value-empty", Warning;
    /// A principal that is the unique id of a role or user that was deleted.
    PrincipalDeleted = "principal-deleted", Warning;
    /// A principal with a wildcard in it, which names nobody.
    PrincipalWildcard = "principal-wildcard", Error;
    /// A denied call of something not declared.
    Probing = "probing", Warning;
    /// A call that the code can make and that is not declared.
    ReachableNotDeclared = "reachable-not-declared", Warning;
    /// A resource of another account.
    ResourceForeign = "resource-foreign", Warning;
    /// An observed call whose resource the event does not tell.
    ResourceUnknown = "resource-unknown", Warning;
    /// Functions that share a role and cannot be told apart.
    RoleShared = "role-shared", Warning;
    /// Actions that only Lambda should use, and that the code may use too because it declares them.
    PlatformActionsOpen = "platform-actions-open", Note;
    /// An event selector that counts for nothing, because not all of it is understood.
    SelectorNotUnderstood = "selector-not-understood", Warning;
    /// A setting that says nothing that can be done.
    SettingInvalid = "setting-invalid", Error;
    /// Something of a template or plan that is not told before deployment, or not understood.
    SettingUnknown = "setting-unknown", Warning;
    /// Two statements of a document with one Sid.
    SidDuplicate = "sid-duplicate", Warning;
    /// Source that only a build can expand or make.
    SourceUnread = "source-unread", Warning;
    /// A deployed statement of which nothing is left in the proposed policy.
    StatementLeftOver = "statement-left-over", Warning;
    /// A call of a trail whose role cannot be told.
    TrailCallUnattributed = "trail-call-unattributed", Warning;
    /// A trail file that could not be read.
    TrailFileUnreadable = "trail-file-unreadable", Error;
    /// Events of other accounts or Regions.
    TrailLeftOut = "trail-left-out", Note;
    /// A member of a record that is missing or says nothing that can be used.
    TrailMemberUnusable = "trail-member-unusable", Warning;
    /// A record of a trail file with a wrong shape.
    TrailRecordMalformed = "trail-record-malformed", Error;
    /// A trust condition to be verified by one deployment.
    TrustConditionUnverified = "trust-condition-unverified", Note;
    /// A waiver that waives nothing.
    WaiverUnused = "waiver-unused", Warning;
    /// A version of the policy language that does not exist.
    VersionUnknown = "version-unknown", Error;
    /// A wide declaration: an access level or any resource.
    WideDeclaration = "wide-declaration", Warning;
    /// A resource pattern made of many observed names.
    ResourceGeneralised = "resource-generalised", Note;
    /// More resources than there should be, because observed names cannot be put together.
    ResourcesOverBudget = "resources-over-budget", Warning;
}
