"""The words that random policies are made of: few and short, so that patterns overlap often."""

import base64

ACTIONS = [
    "s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "s3:ListBucket", "s3:*", "s3:Get*", "S3:getobject", "s3:*Object",
    "s3:?etObject", "s3:*Object*", "s3:G*t", "sqs:SendMessage", "sqs:*", "sqs:Send*", "*:Get*", "s*:*", "*", "*:*",
    "s?s:SendMessage", "s3:GETOBJECT*", "s3:??tObject", "s3:P*",
]  # fmt: skip

RESOURCE_HEADS = ["arn:aws:s3:::"] * 8 + [
    "arn:aws:sqs:eu-west-1:111122223333:", "arn:aws:sqs:*:111122223333:", "arn:aws:sqs:eu-*:*:", "arn:*:s3:::",
    "arn:aws:s?s:eu-west-1:111122223333:", "arn:aws:*:::",
]  # fmt: skip
RESOURCE_TAILS = [
    "b", "b/*", "b*", "b/a", "b/a/*", "b/ab", "b/?", "*/a", "b/*/a", "*", "c", "c/*", "?/a", "b/a*", "b/*b", "*a*", "??",
    "b/a?", "b/**", "b?*",
]  # fmt: skip
VARIABLE_TAILS = [
    "b/${K}", "b/${K}/*", "${K}/a", "b/${K}*", "b/a${K}", "${K}", "b/${K}/${K}", "*/${K}", "b/${K}${L}", "b/${*}", "b/${?}",
    "b/${$}x", "b/${K, 'a'}", "b/${K, 'ab'}/*", "b/a/${K}", "?${K}", "b/${K}/${L}", "b/${K}-${K}",
]  # fmt: skip
SHORT_ARNS = [
    "arn:aws:sqs",
    "arn:aws:s3",
    "arn:aws:sqs:*:q",
    "arn:aws:sqs:eu-west-1",
    "arn:*",
    "arn:aws:s3*",
    "arn:aws:s3:*",
]

TEXTS = ["a", "b", "ab", "A", "aB", "a/b", "b/a", "", "abc", "\u00e9", "\u00c9"]
LIKES = ["*", "a*", "*b", "?", "a?", "*a*", "??", "a*b", "A*", "?*", "a/*", "*/b", "a", "ab"]
ESCAPES = ["${*}", "a${*}", "${?}b", "${$}", "a${*}*"]
SOURCE_ARNS = [
    "arn:aws:s3:::b", "arn:aws:s3:::*", "arn:aws:s3:*:*:b", "arn:aws:sns:eu-west-1:111122223333:t", "arn:aws:sns:*:*:t*",
    "arn:aws:sns:*:111122223333:*", "arn:aws:*:*:*:*", "arn:aws:sns:eu-west-?:*:t:*", "arn:aws:sns:eu-west-1:111122223333:t:u",
]  # fmt: skip
NUMBERS = ["1", "5", "5.0", "10", "10.5", "-1", "1e1", "100"]
DATES = ["2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026-06-01", "1767225600"]
NETWORKS = [
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.2.0/24",
    "10.1.2.3",
    "10.1.2.3/32",
    "192.0.2.0/24",
    "0.0.0.0/0",
    "10.128.0.0/9",
]
BLOBS = [base64.b64encode(text).decode() for text in (b"x", b"yy", b"\xff\x00")]

TEXT_KEYS = ["aws:PrincipalTag/team", "aws:username", "s3:prefix", "aws:RequestedRegion"]
SPELLINGS = {
    "aws:username": "aws:UserName",
    "aws:PrincipalTag/team": "AWS:principaltag/Team",
    "aws:TagKeys": "aws:tagkeys",
}
SET_KEYS = ["aws:TagKeys", "dynamodb:Attributes"]
VARIABLE_KEYS = ["aws:username", "aws:PrincipalTag/team"]

HOME, AWAY = "111122223333", "444455556666"
PRINCIPALS = [
    "*", {"AWS": "*"}, {"AWS": HOME}, {"AWS": f"arn:aws:iam::{HOME}:root"}, {"AWS": f"arn:aws:iam::{HOME}:role/orders"},
    {"AWS": f"arn:aws:sts::{HOME}:assumed-role/orders/s1"}, {"AWS": f"arn:aws:sts::{HOME}:assumed-role/orders/s2"},
    {"AWS": [f"arn:aws:iam::{HOME}:user/ann", f"arn:aws:iam::{HOME}:role/orders"]}, {"AWS": AWAY},
    {"AWS": [f"arn:aws:iam::{AWAY}:role/orders", f"arn:aws:sts::{AWAY}:assumed-role/orders/s1"]},
    {"Service": "lambda.amazonaws.com"}, {"Service": ["sns.amazonaws.com", "lambda.amazonaws.com"]},
    {"Federated": f"arn:aws:iam::{HOME}:saml-provider/corp"}, {"AWS": HOME, "Service": "lambda.amazonaws.com"},
]  # fmt: skip

COMPARISONS = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
STRINGS = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
]
ARNS = ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"]
FAMILIES = [
    STRINGS,
    ARNS,
    ["Numeric" + order for order in COMPARISONS],
    ["Date" + order for order in COMPARISONS],
    ["IpAddress", "NotIpAddress"],
    ["Bool"],
    ["BinaryEquals"],
]
