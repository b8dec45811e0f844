//! Files that are no policy, or more than one: refused with a place, before anything is compared.

use super::House;

const GOOD: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Orders","Effect":"Allow","Action":"dynamodb:GetItem","Resource":"*"}]}"#;

/// What `diff` says about a deployed policy of these bytes.
fn said_of(bytes: &[u8]) -> String {
    let house = House::new(&[("good.json", GOOD)]);
    house.write("bad.json", bytes);
    let said = house.run("diff --deployed bad.json --proposed good.json");
    let said = said.strip_prefix("exit 2\n--- stderr\n");
    said.map(str::to_owned).unwrap_or_else(|| {
        panic!("not refused: {}", house.run("diff --deployed bad.json --proposed good.json"))
    })
}

fn all_said(files: &[(&str, &[u8])]) -> String {
    files.iter().map(|(name, bytes)| format!("# {name}\n{}\n", said_of(bytes))).collect()
}

fn utf16(text: &str, mark: &[u8]) -> Vec<u8> {
    mark.iter().copied().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

#[test]
fn bytes_that_are_no_text_are_refused_where_they_stand() {
    insta::assert_snapshot!(all_said(&[
        ("not UTF-8", b"{\"Statement\": [\n \xC3\x28]}"),
        ("cut inside a character", "{\"Id\": \"é".as_bytes().split_last().unwrap().1),
        ("UTF-16", &utf16(GOOD, b"\xFF\xFE")),
        ("UTF-16 without a mark", &utf16(GOOD, b"")),
        ("gzip", b"\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\x03"),
        ("nothing", b""),
        ("zeros", &[0; 64]),
    ]), @r#"
    # not UTF-8
    error: a policy document is not UTF-8 text: byte 17 does not belong
     --> bad.json:2:2
    # cut inside a character
    error: a policy document is not UTF-8 text: byte 8 does not belong
     --> bad.json:1:9
    # UTF-16
    error: a policy document is UTF-16 text, expected UTF-8
     --> bad.json
    help: save the file as UTF-8
    # UTF-16 without a mark
    error[policy-malformed]: a policy document cannot have the character U+0000
     --> bad.json:1:2
    help: save the file as UTF-8
    # gzip
    error: a policy document is not UTF-8 text: byte 1 does not belong
     --> bad.json:1:2
    # nothing
    error[policy-malformed]: not JSON: EOF while parsing a value
     --> bad.json:1:1
    help: write a JSON object with `Version` and `Statement`
    # zeros
    error[policy-malformed]: a policy document cannot have the character U+0000
     --> bad.json:1:1
    help: save the file as UTF-8
    "#);
}

#[test]
fn an_object_that_holds_two_policies_is_refused() {
    let twice = format!(
        r#"{{"PolicyName": "A", "PolicyDocument": {GOOD}, "PolicyDocument": {{"Statement": []}}}}"#
    );
    let case = format!(r#"{{"PolicyDocument": {GOOD}, "policydocument": {{"Statement": []}}}}"#);
    let escaped =
        format!(r#"{{"PolicyDocument": {GOOD}, "\u0050olicyDocument": {{"Statement": []}}}}"#);
    let beside = format!(r#"{{"Statement": [], "PolicyDocument": {GOOD}}}"#);
    let both = format!(r#"{{"PolicyDocument": {GOOD}, "PolicyVersion": {{"Document": {GOOD}}}}}"#);
    let inner = format!("{{\"PolicyVersion\": {{\"Document\": {GOOD},\n \"Document\": {{}}}}}}");
    insta::assert_snapshot!(all_said(&[
        ("one member twice", twice.as_bytes()),
        ("in another case", case.as_bytes()),
        ("behind an escape", escaped.as_bytes()),
        ("a policy beside it", beside.as_bytes()),
        ("two outputs in one", both.as_bytes()),
        ("twice inside", inner.as_bytes()),
    ]), @r#"
    # one member twice
    error: `PolicyDocument` stands twice in an object
     --> bad.json:1:174
    # in another case
    error: `policydocument` stands twice in an object
     --> bad.json:1:155
    # behind an escape
    error: `PolicyDocument` stands twice in an object
     --> bad.json:1:160
    # a policy beside it
    warning[policy-value-empty]: the policy document has no statement and so allows nothing
     --> bad.json:1:15
    help: write a statement, or do without the document
    error[policy-key-unknown]: unknown element `PolicyDocument` in a policy document
     --> bad.json:1:19
    help: a policy document has `Version`, `Id`, `Statement`
    # two outputs in one
    error: both `PolicyDocument` and `PolicyVersion` are in one object
     --> bad.json
    help: give the output of one `aws` command, or the policy document alone
    # twice inside
    error: `Document` stands twice in an object
     --> bad.json:2:14
    "#);
}

#[test]
fn an_account_with_two_readings_is_refused() {
    let account = |policies: &str| {
        format!(
            r#"{{"RoleDetailList": [{{"Arn": "arn:aws:iam::111122223333:role/r", "RolePolicyList": [],
 "AttachedManagedPolicies": [{{"PolicyArn": "arn:aws:iam::111122223333:policy/p"}}]}}],
 "Policies": [{policies}]}}"#
        )
    };
    let version = format!(r#"{{"IsDefaultVersion": true, "Document": {GOOD}}}"#);
    let policy = |versions: &str| {
        format!(
            r#"{{"Arn": "arn:aws:iam::111122223333:policy/p", "PolicyVersionList": [{versions}]}}"#
        )
    };
    let twice = account(&format!("{},\n{}", policy(&version), policy(&version)));
    let defaults = account(&policy(&format!("{version},\n{version}")));
    let none = account(&policy(""));
    insta::assert_snapshot!(all_said(&[
        ("a policy twice", twice.as_bytes()),
        ("two default versions", defaults.as_bytes()),
        ("no version", none.as_bytes()),
    ]), @r#"
    # a policy twice
    error: policy `arn:aws:iam::111122223333:policy/p` is in the file twice
     --> bad.json:4:1
    # two default versions
    error: policy `arn:aws:iam::111122223333:policy/p` has two default versions
     --> bad.json:4:1
    # no version
    error: role `arn:aws:iam::111122223333:role/r` has policy `arn:aws:iam::111122223333:policy/p`, whose document is not in the file
     --> bad.json
    help: print the details without `--filter`, so that managed policies are in them
    "#);
}

#[test]
fn nesting_and_numbers_of_values_are_refused_at_once() {
    let bomb = "[".repeat(1_000_000);
    let inside = format!(r#"{{"PolicyDocument": {{"Statement": [], "Note": {bomb}"#);
    let closed = format!(r#"{{"PolicyDocument": {bomb}{}}}"#, "]".repeat(1_000_000));
    let objects = r#"{"PolicyDocument":"#.repeat(300_000);
    let many = format!(r#"{{"RoleDetailList": [{}0]}}"#, "0,".repeat(1_000_000));
    let inline = vec![r#"{"PolicyDocument":{}}"#; 100_000].join(",");
    let inline = format!(
        r#"{{"RoleDetailList": [{{"Arn":"arn:aws:iam::111122223333:role/r","RolePolicyList":[{inline}]}}]}}"#
    );
    let members: Vec<String> = (0..100_000).map(|i| format!(r#""Member{i}":1"#)).collect();
    let members = format!("{{{}}}", members.join(","));
    let first_lines = |name: &str, bytes: &[u8]| {
        let said = said_of(bytes);
        format!("# {name}\n{}\n", said.lines().take(3).collect::<Vec<_>>().join("\n"))
    };
    insta::assert_snapshot!([
        first_lines("deep", bomb.as_bytes()),
        first_lines("deep inside", inside.as_bytes()),
        first_lines("deep and closed", closed.as_bytes()),
        first_lines("deep objects", objects.as_bytes()),
        first_lines("many roles", many.as_bytes()),
        first_lines("many policies", inline.as_bytes()),
        first_lines("many members", members.as_bytes()),
    ].concat(), @r#"
    # deep
    error[policy-malformed]: brackets nested deeper than 32
     --> bad.json:1:33
    help: a policy document nests six deep
    # deep inside
    error[policy-malformed]: brackets nested deeper than 32
     --> bad.json:1:76
    help: a policy document nests six deep
    # deep and closed
    error[policy-malformed]: brackets nested deeper than 32
     --> bad.json:1:52
    help: a policy document nests six deep
    # deep objects
    error[policy-malformed]: brackets nested deeper than 32
     --> bad.json:1:577
    help: a policy document nests six deep
    # many roles
    error: an array of more than 200000 is not read
     --> bad.json:1:20
    # many policies
    error: role `arn:aws:iam::111122223333:role/r` has 100000 policies; at most 200 are read
     --> bad.json
    # many members
    error[policy-key-unknown]: unknown element `Member0` in a policy document
     --> bad.json:1:2
    help: a policy document has `Version`, `Id`, `Statement`
    "#);
}
