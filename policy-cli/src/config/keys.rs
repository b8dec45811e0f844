//! Every key that `policy.toml` may have, by table. The reader knows no others; a test holds the JSON schema against the list.

/// Of the whole document.
pub const ROOT: &[&str] = &[
    "conditions",
    "data-events",
    "encryption",
    "functions",
    "max-resources",
    "min-window",
    "parameters",
    "pipeline",
    "quotas",
    "trust-crates",
    "waive",
];

/// Of one function.
pub const FUNCTION: &[&str] = &[
    "accept",
    "application-signals",
    "attached-policies",
    "claims",
    "code-key",
    "code-signing",
    "database-users",
    "dead-letter",
    "destinations",
    "durable",
    "edge",
    "encryption",
    "environment-key",
    "extensions",
    "file-systems",
    "function-name",
    "insights",
    "invoked-by",
    "log-group",
    "log-group-managed",
    "max-resources",
    "parameters",
    "polls",
    "required-endpoints",
    "role",
    "role-shared",
    "rotates",
    "tracing",
    "variables",
    "vpc",
];

/// Of what the role's grants ask for: the names of the conditions.
pub const CONDITIONS: &[&str] = &[
    "access-point",
    "encryption-context",
    "leading-keys",
    "list-prefix",
    "namespace",
    "passed-to-service",
    "resource-account",
    "source-function-arn",
    "source-vpce",
    "version-stage",
    "via-service",
];
/// Of an accepted grant.
pub const ACCEPT: &[&str] = &["action", "passed-to", "reason", "resource"];
/// Of what the extensions fetch.
pub const EXTENSIONS: &[&str] = &["appconfig", "parameters", "secrets"];
/// Of a file system.
pub const FILE_SYSTEM: &[&str] = &["access-point", "read-only"];
/// Of an invoker.
pub const INVOKED_BY: &[&str] =
    &["account", "auth", "fed-by", "kind", "organization", "principal", "qualifier", "source"];
/// Of the pipeline.
pub const PIPELINE: &[&str] = &[
    "boundary",
    "code-signing",
    "distributions",
    "project",
    "signed",
    "signing-profile",
    "signing-profile-version",
    "source",
    "unsigned",
];
/// Of the account's quotas.
pub const QUOTAS: &[&str] = &["attached-policies", "managed-policies-per-role"];
/// Of what feeds a queue or a topic.
pub const FED_BY: &[&str] = &["account", "kind", "source"];
/// Of an event source that is polled.
pub const POLLS: &[&str] = &[
    "consumer",
    "consumer-group",
    "fed-by",
    "iam",
    "kind",
    "on-failure",
    "registries",
    "secrets",
    "source",
    "topics",
    "vpc",
];
/// Of a waiver.
pub const WAIVE: &[&str] = &["code", "place", "reason"];

/// Every table by its path: `*` stands for a free key, `[]` for an entry of an array.
pub const TABLES: &[(&str, &[&str])] = &[
    ("", ROOT),
    ("conditions", CONDITIONS),
    ("functions.*", FUNCTION),
    ("functions.*.accept[]", ACCEPT),
    ("functions.*.extensions", EXTENSIONS),
    ("functions.*.file-systems[]", FILE_SYSTEM),
    ("functions.*.invoked-by[]", INVOKED_BY),
    ("functions.*.invoked-by[].fed-by[]", FED_BY),
    ("functions.*.polls[]", POLLS),
    ("functions.*.polls[].fed-by[]", FED_BY),
    ("pipeline", PIPELINE),
    ("quotas", QUOTAS),
    ("waive[]", WAIVE),
];
