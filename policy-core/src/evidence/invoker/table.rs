//! The kinds of invoker, as data.
//!
//! # Source
//! AWS Lambda Developer Guide, "Invoking Lambda with events from other AWS services" and "Using
//! resource-based policies for Lambda"; the page of each service on its permission to invoke;
//! Lambda API Reference, "AddPermission" (read 2026-11-22). `sends_account` is set where the page of the
//! service shows or asks for `aws:SourceAccount`; elsewhere the ARN, which names the account, stands alone,
//! since a key that is not sent would refuse every call.

use super::{InvokerKind, InvokerWay, SourceForm};

/// A source with an ARN.
const fn source(
    word: &'static str,
    example: &'static str,
    principal: &'static str,
    format: &'static str,
    starts: &'static str,
) -> InvokerKind {
    let form =
        SourceForm { principal, format, starts, ends: "", sends_account: true, by_url: false };
    InvokerKind { word, example, way: InvokerWay::Source(form) }
}

/// The same, of which only the ARN is known to be sent.
const fn arn_only(
    word: &'static str,
    example: &'static str,
    principal: &'static str,
    format: &'static str,
    starts: &'static str,
) -> InvokerKind {
    let form =
        SourceForm { principal, format, starts, ends: "", sends_account: false, by_url: false };
    InvokerKind { word, example, way: InvokerWay::Source(form) }
}

/// A service that invokes with a role of its own.
const fn own_role(
    word: &'static str,
    example: &'static str,
    principal: &'static str,
) -> InvokerKind {
    InvokerKind { word, example, way: InvokerWay::OwnRole { principal } }
}

/// A source that Lambda polls.
const fn polled(word: &'static str, example: &'static str) -> InvokerKind {
    InvokerKind { word, example, way: InvokerWay::Polled }
}

/// Every kind, sorted by its word.
pub(super) const ALL: &[InvokerKind] = &[
    InvokerKind { word: "account", example: "\"444455556666\"", way: InvokerWay::OtherAccount },
    InvokerKind {
        word: "alexa",
        example: "\"amzn1.ask.skill.0a1b2c3d\"",
        way: InvokerWay::Token { principal: "alexa-appkit.amazon.com" },
    },
    InvokerKind {
        word: "alexa_smart_home",
        example: "\"amzn1.ask.skill.0a1b2c3d\"",
        way: InvokerWay::Token { principal: "alexa-connectedhome.amazon.com" },
    },
    source(
        "apigateway",
        "\"a1b2c3d4e5/prod/POST/orders\"",
        "apigateway.amazonaws.com",
        "arn:{P}:execute-api:{R}:{A}:{}",
        "",
    ),
    arn_only(
        "appsync",
        "\"apis/a1b2c3d4e5\"",
        "appsync.amazonaws.com",
        "arn:{P}:appsync:{R}:{A}:{}",
        "apis/",
    ),
    own_role("appsync_resolver", "\"apis/a1b2c3d4e5\"", "appsync.amazonaws.com"),
    source(
        "bedrock",
        "\"agent/A1B2C3D4E5\"",
        "bedrock.amazonaws.com",
        "arn:{P}:bedrock:{R}:{A}:{}",
        "agent/",
    ),
    own_role("cloudformation", "\"stack/orders\"", "cloudformation.amazonaws.com"),
    InvokerKind {
        word: "cloudfront",
        example: "\"distribution/E1A2B3C4D5E6F7\"",
        way: InvokerWay::Source(SourceForm {
            principal: "cloudfront.amazonaws.com",
            format: "arn:{P}:cloudfront::{A}:{}",
            starts: "distribution/",
            ends: "",
            sends_account: false,
            by_url: true,
        }),
    },
    source(
        "cloudwatch",
        "\"too-many-errors\"",
        "lambda.alarms.cloudwatch.amazonaws.com",
        "arn:{P}:cloudwatch:{R}:{A}:alarm:{}",
        "alarm:",
    ),
    source(
        "codecommit",
        "\"shop\"",
        "codecommit.amazonaws.com",
        "arn:{P}:codecommit:{R}:{A}:{}",
        "",
    ),
    own_role("codedeploy", "\"orders\"", "codedeploy.amazonaws.com"),
    own_role("codepipeline", "\"orders\"", "codepipeline.amazonaws.com"),
    source(
        "cognito_idp",
        "\"userpool/eu-west-1_AbCdEf\"",
        "cognito-idp.amazonaws.com",
        "arn:{P}:cognito-idp:{R}:{A}:{}",
        "userpool/",
    ),
    arn_only(
        "cognito_sync",
        "\"identitypool/eu-west-1:0a1b2c3d-0000-4000-8000-0123456789ab\"",
        "cognito-sync.amazonaws.com",
        "arn:{P}:cognito-identity:{R}:{A}:{}",
        "identitypool/",
    ),
    InvokerKind {
        word: "config",
        example: "\"config-rule/tagged\"",
        way: InvokerWay::Account { principal: "config.amazonaws.com", service: "config" },
    },
    polled("docdb", "\"shop\""),
    polled("dynamodb", "\"orders\""),
    source(
        "elasticloadbalancing",
        "\"targetgroup/orders/0123456789abcdef\"",
        "elasticloadbalancing.amazonaws.com",
        "arn:{P}:elasticloadbalancing:{R}:{A}:{}",
        "targetgroup/",
    ),
    source(
        "events",
        "\"rule/nightly\"",
        "events.amazonaws.com",
        "arn:{P}:events:{R}:{A}:{}",
        "rule/",
    ),
    own_role("firehose", "\"deliverystream/orders\"", "firehose.amazonaws.com"),
    source("iot", "\"rule/telemetry\"", "iot.amazonaws.com", "arn:{P}:iot:{R}:{A}:{}", "rule/"),
    own_role("iot_events", "\"detectorModel/pump\"", "iotevents.amazonaws.com"),
    polled("kafka", "\"cluster/shop\""),
    polled("kinesis", "\"orders\""),
    source(
        "lex",
        "\"bot-alias/A1B2C3D4E5/TSTALIASID\"",
        "lexv2.amazonaws.com",
        "arn:{P}:lex:{R}:{A}:{}",
        "bot-alias/",
    ),
    InvokerKind {
        word: "lex_v1",
        example: "\"intent:OrderFlowers\"",
        way: InvokerWay::Source(SourceForm {
            principal: "lex.amazonaws.com",
            format: "arn:{P}:lex:{R}:{A}:{}",
            starts: "intent:",
            ends: ":*",
            sends_account: false,
            by_url: false,
        }),
    },
    InvokerKind {
        word: "logs",
        example: "\"/aws/lambda/other\"",
        way: InvokerWay::Source(SourceForm {
            principal: "logs.amazonaws.com",
            format: "arn:{P}:logs:{R}:{A}:log-group:{}",
            starts: "log-group:",
            ends: ":*",
            sends_account: true,
            by_url: false,
        }),
    },
    polled("mq", "\"orders\""),
    InvokerKind {
        word: "organization",
        example: "\"o-a1b2c3d4e5\"",
        way: InvokerWay::Organization,
    },
    own_role("pipes", "\"pipe/orders\"", "pipes.amazonaws.com"),
    InvokerKind {
        word: "role",
        example: "\"arn:aws:iam::444455556666:role/partner\"",
        way: InvokerWay::Role,
    },
    source("s3", "\"acme-uploads\"", "s3.amazonaws.com", "arn:{P}:s3:::{}", ""),
    own_role("s3_batch", "\"acme-uploads\"", "batchoperations.s3.amazonaws.com"),
    own_role("scheduler", "\"schedule/default/nightly\"", "scheduler.amazonaws.com"),
    InvokerKind {
        word: "secretsmanager",
        example: "\"secret:db\"",
        way: InvokerWay::Account {
            principal: "secretsmanager.amazonaws.com",
            service: "secretsmanager",
        },
    },
    source(
        "ses",
        "\"receipt-rule-set/in:receipt-rule/orders\"",
        "ses.amazonaws.com",
        "arn:{P}:ses:{R}:{A}:{}",
        "receipt-rule-set/",
    ),
    source("sns", "\"orders\"", "sns.amazonaws.com", "arn:{P}:sns:{R}:{A}:{}", ""),
    polled("sqs", "\"jobs\""),
    own_role("states", "\"stateMachine:orders\"", "states.amazonaws.com"),
    InvokerKind {
        word: "url",
        example: "auth = \"AWS_IAM\", principal = \"arn:aws:iam::444455556666:role/web\"",
        way: InvokerWay::Url,
    },
    arn_only(
        "vpc_lattice",
        "\"targetgroup/tg-0a1b2c3d\"",
        "vpc-lattice.amazonaws.com",
        "arn:{P}:vpc-lattice:{R}:{A}:{}",
        "targetgroup/",
    ),
];

/// What people call a kind beside its word.
pub(super) const OTHER_WORDS: &[(&str, &str)] = &[
    ("alarm", "cloudwatch"),
    ("alb", "elasticloadbalancing"),
    ("api_gateway", "apigateway"),
    ("cognito", "cognito_idp"),
    ("eventbridge", "events"),
    ("execute_api", "apigateway"),
    ("function_url", "url"),
    ("lexv2", "lex"),
    ("sfn", "states"),
    ("step_functions", "states"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted_and_each_there_once() {
        assert!(ALL.is_sorted_by(|a, b| a.word < b.word));
        for (other, word) in OTHER_WORDS {
            assert!(ALL.iter().any(|kind| kind.word == *word), "{word}");
            assert!(ALL.iter().all(|kind| kind.word != *other), "{other}");
        }
    }
}
