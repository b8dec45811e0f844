//! Logs of different shapes: which names one function uses over 90 days, which of them are refused, and
//! which names in the same container it never uses.
//!
//! Everything is made up, and the same for the same number of events.

use super::draw::{Draw, Moment, person};

/// One call of a log.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) time: String,
    /// Below the container.
    pub(crate) name: String,
    pub(crate) denied: bool,
}

/// Every so many calls a refused one, of such a name.
type Refused = (usize, fn(&mut Draw, Moment) -> String);

/// A kind of names.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    /// What comes before each name.
    pub(crate) container: &'static str,
    pub(crate) action: &'static str,
    /// A name that the function uses at this moment; `n` counts them.
    make: fn(&mut Draw, Moment, usize) -> String,
    /// How many in a hundred calls go to a name used before.
    again: usize,
    /// Names that are refused.
    refused: Option<Refused>,
    /// Names of the same folders that are of another kind; the function never uses them.
    pub(crate) beside: &'static [&'static str],
    /// Names of tenants that the function never serves; no pattern may cover one.
    pub(crate) foreign: &'static [&'static str],
}

/// Names elsewhere in the container, which no function here ever uses.
pub(crate) const ELSEWHERE: [&str; 16] = [
    "private/keys.pem",
    "backup/2026-11-01.sql.gz",
    "backup/year=2026/month=11/part-00001.parquet",
    "secrets/production.env",
    "admin/users.csv",
    "admin/2026/11/01/audit.log",
    "archive/2019/01/ledger.parquet",
    ".ssh/id_ed25519",
    "terraform/state/prod.tfstate",
    "exports/3f0c1d5e-0000-4000-8000-0000000000aa.zip",
    "payroll/42/salary.pdf",
    "payroll/2026-10.csv",
    "tmp/core.7",
    "config.json",
    "master-key",
    "README.md",
];

const BUCKET: &str = "arn:aws:s3:::acme-data/";
const GET: &str = "s3:GetObject";

const S3: Shape = Shape {
    name: "",
    container: BUCKET,
    action: GET,
    make: |_, _, _| String::new(),
    again: 30,
    refused: None,
    beside: &[],
    foreign: &[],
};

/// Every shape.
pub(crate) const SHAPES: &[Shape] = &[
    Shape {
        name: "dated keys",
        make: |draw, at, _| {
            format!("reports/{}/{}.csv", at.ymd("-"), draw.of(&["daily", "open", "closed"]))
        },
        beside: &["reports/template.xlsx", "reports/2026-11-01/draft/all.csv", "reports/.lock"],
        ..S3
    },
    Shape {
        name: "dates as folders",
        make: |_, at, n| format!("in/{}/{:02}/order-{n:06}.json", at.ymd("/"), at.hour()),
        beside: &["in/schema.json", "in/2026/rules.json", "in/2026/11/01/08/secret.key"],
        ..S3
    },
    Shape {
        name: "date partitions",
        make: |draw, at, _| {
            format!(
                "events/year=2026/month={:02}/day={:02}/part-{:05}-{}.c000.snappy.parquet",
                at.month(),
                at.day_of_month(),
                draw.below(12),
                draw.uuid()
            )
        },
        beside: &["events/_schema.json", "events/year=2026/_SUCCESS", "events/region=eu/a.parquet"],
        ..S3
    },
    Shape {
        name: "times, other separators",
        make: |draw, at, _| match draw.below(4) {
            0 => format!("shots/snap_{}_{}.jpg", at.ymd(""), at.hms("")),
            1 => format!("shots/{}T{}Z.jpg", at.ymd("-"), at.hms("-")),
            2 => format!("shots/{}T{}.{:03}Z.jpg", at.ymd("_"), at.hms("_"), draw.below(1000)),
            _ => format!("shots/{}T{}Z.jpg", at.ymd(""), at.hms("").get(..4).unwrap()),
        },
        beside: &["shots/index.html", "shots/private/me.jpg", "shots/snap_master.jpg"],
        ..S3
    },
    Shape {
        name: "UUID keys",
        make: |draw, _, _| format!("uploads/{}.pdf", draw.uuid()),
        beside: &["uploads/index.html", "uploads/form.pdf", "uploads/quarantine/a.pdf"],
        ..S3
    },
    Shape {
        name: "UUID folders",
        make: |draw, _, n| {
            // A document has a few files.
            let mut of_document = Draw::new(n as u64 / 3);
            let file = draw.of(&["original.pdf", "thumb.png", "text.txt"]);
            format!("documents/{}/{file}", of_document.uuid())
        },
        beside: &[
            "documents/index.html",
            "documents/3f0c1d5e-0000-4000-8000-0000000000aa/private.key",
            "documents/legal/original.pdf",
        ],
        ..S3
    },
    Shape {
        name: "ULID keys",
        make: |draw, at, _| format!("orders/{}.json", draw.ulid(at)),
        beside: &["orders/index.json", "orders/PRICES.json", "orders/archive/all.json"],
        ..S3
    },
    Shape {
        name: "base64 ids (11 and 21)",
        make: |draw, _, _| match draw.below(2) {
            0 => format!("avatars/{}.png", draw.base64(11)),
            _ => format!("avatars/{}.png", draw.base64(21)),
        },
        beside: &["avatars/default/large.png", "avatars/index.html", "avatars/upload.log"],
        ..S3
    },
    Shape {
        name: "base32 ids (26)",
        make: |draw, _, _| format!("blobs/{}", draw.base32(26).to_ascii_lowercase()),
        beside: &["blobs/private/x", "blobs/index.html", "blobs/README.md"],
        ..S3
    },
    Shape {
        name: "hash-prefixed keys",
        make: |draw, _, _| {
            let hash = draw.hex(40);
            format!("objects/{}/{}/{hash}", &hash[..2], &hash[2..4])
        },
        beside: &["objects/info/packs", "objects/pack/pack-1.idx", "objects/config"],
        ..S3
    },
    Shape {
        name: "short hash before the name",
        make: |draw, at, n| format!("{}/orders/{}/{n:07}.json", draw.hex(4), at.ymd("-")),
        beside: &["orders/index.json", "a3f0/prices/all.json", "a3f0/orders/latest/all.json"],
        ..S3
    },
    Shape {
        name: "counters",
        make: |_, _, n| format!("in/upload-{n:06}.csv"),
        beside: &["in/private.key", "in/upload-template.csv", "in/old/upload-000001.csv"],
        ..S3
    },
    Shape {
        name: "counted parts of runs",
        make: |draw, at, _| {
            let part = draw.below(10);
            format!("out/run-{}/part-{part:05}-of-00010.snappy.parquet", at.day())
        },
        beside: &["out/run-7/_SUCCESS", "out/run-7/model.bin", "out/schema.json"],
        ..S3
    },
    Shape {
        name: "counters with letters",
        make: |draw, at, n| match draw.below(2) {
            0 => format!("scans/INV{n:05}A.tif",),
            _ => format!("scans/w{:02}/p{n}.tif", at.day() / 7 + 36),
        },
        beside: &["scans/index.html", "scans/w36/cover.pdf", "scans/private/p1.tif"],
        ..S3
    },
    Shape {
        name: "versions",
        make: |draw, at, _| {
            let file = draw.of(&["app.js", "app.css", "index.html", "vendor.js"]);
            format!("web/v1.{}.{}/{file}", at.day() / 9, at.day() % 9)
        },
        again: 10,
        beside: &["web/config.json", "web/v1.0.0/admin.js", "web/private/app.js"],
        ..S3
    },
    Shape {
        name: "languages",
        make: |draw, at, _| {
            const LANGUAGES: [&str; 24] = [
                "en", "de", "fr", "en-GB", "it", "es", "pt-BR", "nl", "pl", "sv", "da", "fi", "nb",
                "cs", "hu", "zh-Hans", "ja", "ko", "tr", "el", "ro", "bg", "hr", "sk",
            ];
            let known = 10 + at.day() * 14 / Moment::DAYS;
            format!("i18n/{}/messages.json", LANGUAGES[draw.below(known)])
        },
        beside: &["i18n/glossary.json", "i18n/en/internal.json", "i18n/drafts/fr/messages.json"],
        ..S3
    },
    Shape {
        name: "user names",
        make: |draw, at, _| {
            let known = 30 + at.day() * 3;
            let file = draw.of(&["profile.json", "avatar.png"]);
            format!("users/{}/{file}", person(draw.below(known)))
        },
        beside: &["users/index.json", "users/alice.adams/private.key", "users/.deleted/a.json"],
        ..S3
    },
    Shape {
        name: "words as files",
        make: |draw, at, _| format!("notes/{}.md", person(draw.below(30 + at.day() * 3))),
        beside: &["notes/index.html", "notes/private/bob.md", "notes/export.zip"],
        ..S3
    },
    Shape {
        name: "mixed depth",
        make: |draw, at, n| match draw.below(6) {
            0 => "manifest.json".to_owned(),
            1 => format!("in/{n}.csv"),
            2 => format!("in/late/{}/{n}.csv", at.ymd("-")),
            3 => format!("out/{}/summary.json", at.ymd("-")),
            4 => format!("out/{}/eu/west/{n}/rows.csv", at.ymd("-")),
            _ => format!("templates/{}.html", draw.of(&["mail", "invoice", "reminder"])),
        },
        beside: &["in/private.key", "out/index.html", "templates/admin.html"],
        ..S3
    },
    Shape {
        name: "few fixed names",
        make: |draw, _, _| draw.of(&["config/app.json", "config/flags.json", "model.bin"]).into(),
        beside: &["config/admin.json", "config/db.password", "model.bin.bak"],
        ..S3
    },
    Shape {
        name: "fixed names in folders",
        make: |draw, _, _| {
            let folder = draw.of(&["mail", "sms", "push"]);
            let file = draw.of(&["welcome.html", "reset.html", "invoice.html"]);
            format!("templates/{folder}/{file}")
        },
        beside: &[
            "templates/mail/admin.html",
            "templates/letter/reset.html",
            "templates/keys.json",
        ],
        ..S3
    },
    Shape {
        name: "many folders of fixed names",
        make: |draw, _, _| {
            const FOLDERS: [&str; 10] =
                ["billing", "crm", "erp", "geo", "hr", "legal", "mail", "ops", "pricing", "web"];
            let file = draw.of(&["rules.json", "flags.json", "limits.json", "schema.json"]);
            format!("{}/{file}", draw.of(&FOLDERS))
        },
        beside: &["billing/secret.key", "crm/2026/rules.json", "hr/salaries.csv"],
        ..S3
    },
    Shape {
        name: "prefixes that drift",
        make: |_, at, n| {
            const FEATURES: [&str; 6] =
                ["orders", "returns", "gifts", "coupons", "bundles", "trials"];
            format!("{}/{n:06}.json", FEATURES[n % (1 + at.day() / 15)])
        },
        beside: &["orders/schema.json", "returns/private.key", "gifts/old/000001.json"],
        ..S3
    },
    Shape {
        name: "tenants",
        make: |draw, _, n| {
            let tenant = draw.of(&["alfa", "bravo", "charlie", "delta", "echo"]);
            format!("tenants/{tenant}/in/{n:05}.json")
        },
        beside: &["tenants/alfa/private.key", "tenants/bravo/in/schema.json", "tenants/index.json"],
        foreign: &["tenants/foxtrot/in/00001.json", "tenants/7/in/00001.json", "tenants/a/b"],
        ..S3
    },
    Shape {
        name: "customers with a number",
        make: |draw, at, _| format!("customer-{}/invoices/{}.pdf", 40 + draw.below(6), at.ymd("-")),
        beside: &["customer-42/contract.pdf", "customer-42/invoices/all.csv", "customers.csv"],
        foreign: &["customer-39/invoices/2026-11-01.pdf", "customer-46/invoices/2026-11-01.pdf"],
        ..S3
    },
    Shape {
        name: "accounts and partitions",
        make: |draw, at, n| {
            let account = draw.of(&["111122223333", "444455556666", "777788889999"]);
            format!("AWSLogs/{account}/elb/{}/{n:04x}.log.gz", at.ymd("/"))
        },
        beside: &["AWSLogs/111122223333/elb/index.html", "AWSLogs/111122223333/config/a.json.gz"],
        foreign: &["AWSLogs/222233334444/elb/2026/11/01/0001.log.gz"],
        ..S3
    },
    Shape {
        name: "tenant as partition",
        make: |draw, at, _| {
            let tenant = draw.of(&["acme", "globex", "initech"]);
            format!("lake/tenant={tenant}/dt={}/{}.parquet", at.ymd("-"), draw.uuid())
        },
        beside: &["lake/tenant=acme/_schema.json", "lake/_catalog.json"],
        foreign: &["lake/tenant=hooli/dt=2026-11-01/3f0c1d5e-0000-4000-8000-0000000000aa.parquet"],
        ..S3
    },
    Shape {
        name: "refused names elsewhere",
        make: |_, at, n| format!("in/{}/{n:06}.csv", at.ymd("-")),
        refused: Some((40, |draw, _| format!("private/{}.key", draw.of(&["a", "b", "c"])))),
        beside: &["in/private.key", "in/2026-11-01/schema.json"],
        ..S3
    },
    Shape {
        name: "refused names beside",
        make: |_, at, n| format!("in/{}/{n:06}.csv", at.ymd("-")),
        refused: Some((40, |draw, at| {
            format!("in/{}/{}", at.ymd("-"), draw.of(&["_lock", "secret.key", "notes.txt"]))
        })),
        beside: &["in/private.key", "in/2026-11-01/schema.json"],
        ..S3
    },
    Shape {
        name: "refused names of the same kind",
        make: |draw, _, _| format!("cache/{}.json", draw.uuid()),
        refused: Some((100, |draw, _| format!("cache/{}.json", draw.uuid()))),
        beside: &["cache/private.key", "cache/index.html"],
        ..S3
    },
    Shape {
        name: "log streams",
        container: "arn:aws:logs:eu-west-1:111122223333:log-group:/acme/orders:log-stream:",
        action: "logs:PutLogEvents",
        make: |draw, at, _| format!("{}/[$LATEST]{}", at.ymd("/"), draw.hex(32)),
        beside: &["audit", "2026/11/01/manual", "i-0123456789abcdef0"],
        ..S3
    },
    Shape {
        name: "SSM parameters",
        container: "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/",
        action: "ssm:GetParameter",
        make: |draw, _, _| {
            let kind =
                draw.of(&["db/user", "db/host", "db/port", "mail/from", "flags", "stripe/url"]);
            format!("prod/{kind}")
        },
        beside: &["prod/db/password", "test/db/user", "prod/stripe/key"],
        ..S3
    },
    Shape {
        name: "executions of a state machine",
        container: "arn:aws:states:eu-west-1:111122223333:execution:orders:",
        action: "states:DescribeExecution",
        make: |draw, _, _| format!("{}_{}", draw.uuid(), draw.uuid()),
        beside: &["manual-run", "replay-all", "test"],
        ..S3
    },
];

impl Shape {
    /// The calls in the order of their time.
    pub(crate) fn log(&self, events: usize) -> Vec<Call> {
        let mut draw = Draw::new(
            self.name.bytes().fold(7_u64, |h, b| h.wrapping_mul(31).wrapping_add(b.into())),
        );
        let mut used: Vec<String> = Vec::new();
        let mut calls = Vec::with_capacity(events);
        for i in 0..events {
            let at = Moment { minutes: i * Moment::DAYS * 24 * 60 / events };
            let refused = self.refused.filter(|(every, _)| i % every == every / 2);
            let name = match refused {
                Some((_, make)) => make(&mut draw, at),
                None if draw.below(100) < self.again && !used.is_empty() => {
                    used[draw.below(used.len())].clone()
                }
                None => (self.make)(&mut draw, at, used.len()),
            };
            if refused.is_none() {
                used.push(name.clone());
            }
            calls.push(Call { time: at.iso(), name, denied: refused.is_some() });
        }
        calls
    }
}
