//! Whose evidence is it, by example.

use super::*;
use crate::evidence::{
    CallCount, CallKey, Declaration, Environment, ObservedCall, ObservedFunction, ObservedResource,
    Outcome, SettingEncryption, SourceOrigin,
};
use crate::finding::Code;

const ORDERS: &str = "arn:aws:iam::111122223333:role/lambda/orders-exec";
const OTHER: &str = "arn:aws:iam::111122223333:role/other";

fn declaration(package: &str, target: Option<&str>, function: Option<&str>) -> Declaration {
    Declaration {
        package: package.into(),
        crate_name: package.into(),
        target: target.map(Into::into),
        function: function.map(Into::into),
        origin: SourceOrigin {
            package: package.into(),
            file: format!("{package}/src/main.rs").into(),
            line: 1,
            column: 1,
            item: "Access".into(),
        },
        accesses: Vec::new(),
        invokers: Vec::new(),
        polls: Vec::new(),
    }
}

/// `who`: `issued:NAME`, `session:NAME` or `-`.
fn call(role: &str, who: &str, action: &str) -> ObservedCall {
    let function = match who.split_once(':') {
        Some(("issued", name)) => ObservedFunction::Issued(
            format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}").parse().unwrap(),
        ),
        Some((_, name)) => ObservedFunction::Session(name.into()),
        None => ObservedFunction::Unknown,
    };
    ObservedCall {
        key: CallKey {
            role: role.parse().unwrap(),
            function,
            action: action.parse().unwrap(),
            operation: action.split(':').nth(1).unwrap().into(),
            resource: ObservedResource::None,
            resource_account: None,
            region: "eu-west-1".parse().unwrap(),
            via: None,
            outcome: Outcome::Succeeded,
            refusal: None,
        },
        count: CallCount::one("2026-11-01T00:00:00Z", "a"),
    }
}

fn seen(calls: &[ObservedCall]) -> Option<Seen> {
    Some(Seen { calls: calls.to_vec(), roles: BTreeSet::new() })
}

/// `name role calls shared` per function.
fn lines(assignment: &Assignment) -> Vec<String> {
    assignment
        .functions
        .iter()
        .map(|function| {
            let settings = &function.settings;
            format!(
                "{} {} {} calls{}{}",
                settings.name,
                settings.role.as_ref().map_or("-", |role| role.name()),
                function.observed.len(),
                if settings.deployed.is_some() { ", deployed" } else { "" },
                if settings.role_is_shared { ", shared" } else { "" },
            )
        })
        .collect()
}

fn codes(assignment: &Assignment) -> Vec<Code> {
    assignment.findings.iter().map(|finding| finding.code).collect()
}

fn role(text: &str) -> Stated {
    Stated { role: Some(RoleSelector::parse(text).unwrap()), ..Stated::default() }
}

#[test]
fn calls_issued_to_the_declared_name_are_its_calls_and_name_the_deployed_function() {
    let calls = [
        call(ORDERS, "issued:orders", "s3:GetObject"),
        call(ORDERS, "session:orders", "s3:PutObject"),
        call(OTHER, "issued:other", "s3:GetObject"),
    ];
    let given = vec![declaration("orders", Some("orders"), None)];
    let assignment = assign(given, seen(&calls), &Stated::default()).unwrap();
    assert_eq!(lines(&assignment), ["orders orders-exec 2 calls, deployed"]);
    assert_eq!(codes(&assignment), [Code::FunctionBySession]);
    let environment = &assignment.functions[0].environment;
    assert_eq!(environment.account.as_ref().unwrap().as_str(), "111122223333");
    assert_eq!(environment.region.as_ref().unwrap().as_str(), "eu-west-1");
}

#[test]
fn uses_that_only_the_session_gives_to_a_function_are_said() {
    let mut forwarded = call(ORDERS, "session:orders", "kms:Decrypt");
    forwarded.key.via = Some("dynamodb.amazonaws.com".parse().unwrap());
    let mut refused = call(ORDERS, "session:orders", "iam:CreateUser");
    refused.key.outcome = Outcome::Denied;
    let calls = [
        call(ORDERS, "issued:orders", "s3:GetObject"),
        call(ORDERS, "session:orders", "s3:GetObject"),
        call(ORDERS, "session:orders", "dynamodb:DeleteTable"),
        forwarded,
        refused,
    ];
    for given in [vec![declaration("orders", Some("orders"), None)], vec![]] {
        let assignment = assign(given, seen(&calls), &Stated::default()).unwrap();
        assert_eq!(codes(&assignment), [Code::FunctionBySession]);
        let message = &assignment.findings[0].message;
        assert!(message.ends_with("session alone: `dynamodb:DeleteTable`"), "{message}");
    }
    let without = assign(vec![], seen(&calls[1..]), &Stated::default()).unwrap();
    assert_eq!(codes(&without), [], "no event says more than the session");
}

#[test]
fn a_stated_role_brings_the_one_function_that_its_calls_name() {
    let calls = [
        call(ORDERS, "issued:shop-Orders-1A2B", "s3:GetObject"),
        call(OTHER, "issued:other", "s3:GetObject"),
    ];
    let given = vec![declaration("orders", Some("orders"), None)];
    let assignment = assign(given.clone(), seen(&calls), &role("orders-exec")).unwrap();
    assert_eq!(lines(&assignment), ["orders orders-exec 1 calls, deployed"]);
    let without = assign(given, seen(&calls), &Stated::default()).unwrap();
    assert_eq!(lines(&without), ["orders - 0 calls"]);
    assert_eq!(codes(&without), [Code::FunctionNotObserved]);
}

#[test]
fn a_deployed_name_is_found_in_the_calls() {
    let calls = [
        call(ORDERS, "issued:orders-prod", "s3:GetObject"),
        call(ORDERS, "session:orders-prod", "s3:PutObject"),
    ];
    let given = vec![declaration("orders", Some("orders"), None)];
    let stated = Stated { function_name: Some("orders-prod".into()), ..Stated::default() };
    let assignment = assign(given, seen(&calls), &stated).unwrap();
    assert_eq!(lines(&assignment), ["orders orders-exec 2 calls, deployed"]);
}

#[test]
fn the_session_of_a_person_is_left_out_and_reported() {
    let calls = [
        call(ORDERS, "issued:orders", "s3:GetObject"),
        call(ORDERS, "session:alice", "s3:DeleteBucket"),
    ];
    let given = vec![declaration("orders", Some("orders"), None)];
    let assignment = assign(given, seen(&calls), &Stated::default()).unwrap();
    assert_eq!(lines(&assignment), ["orders orders-exec 1 calls, deployed, shared"]);
    assert_eq!(codes(&assignment), [Code::RoleShared]);
}

#[test]
fn two_functions_of_one_role_are_told_apart_where_the_events_allow() {
    let given =
        vec![declaration("shop", Some("orders"), None), declaration("shop", Some("bills"), None)];
    let told = [
        call(ORDERS, "issued:orders", "s3:GetObject"),
        call(ORDERS, "issued:bills", "s3:PutObject"),
    ];
    let assignment = assign(given.clone(), seen(&told), &Stated::default()).unwrap();
    assert_eq!(
        lines(&assignment),
        [
            "bills orders-exec 1 calls, deployed, shared",
            "orders orders-exec 1 calls, deployed, shared"
        ]
    );
    assert!(assignment.roles_of_others.is_empty(), "both are here");
    let stranger = call(ORDERS, "session:alice", "s3:GetObject");
    let seen_too = [told[0].clone(), told[1].clone(), stranger];
    let assignment = assign(given.clone(), seen(&seen_too), &Stated::default()).unwrap();
    assert_eq!(assignment.roles_of_others.len(), 1);
    let mut stated = Stated::default();
    for name in ["orders", "bills"] {
        let own = StatedFunction {
            role: Some(RoleSelector::parse(ORDERS).unwrap()),
            ..StatedFunction::default()
        };
        stated.functions.insert(name.into(), own);
    }
    let untold = [call(ORDERS, "-", "s3:GetObject")];
    let assignment = assign(given, seen(&untold), &stated).unwrap();
    assert_eq!(
        lines(&assignment),
        ["bills orders-exec 1 calls, shared", "orders orders-exec 1 calls, shared"]
    );
    assert_eq!(assignment.roles_of_others.len(), 1, "the events name no function");
    assert_eq!(codes(&assignment), [Code::RoleShared, Code::RoleShared]);
}

#[test]
fn without_declarations_each_role_gives_its_functions_and_sessions() {
    let calls = [
        call(ORDERS, "issued:orders", "s3:GetObject"),
        call(ORDERS, "session:orders", "s3:PutObject"),
        call(ORDERS, "-", "s3:ListBucket"),
        call(OTHER, "session:i-1", "s3:GetObject"),
        call(OTHER, "session:i-2", "s3:GetObject"),
    ];
    let assignment = assign(Vec::new(), seen(&calls), &Stated::default()).unwrap();
    assert_eq!(
        lines(&assignment),
        ["orders orders-exec 3 calls, deployed", "other other 2 calls, shared"]
    );
    assert_eq!(codes(&assignment), [Code::FunctionBySession, Code::RoleShared]);
    let one = assign(Vec::new(), seen(&calls[3..4]), &Stated::default()).unwrap();
    assert_eq!(lines(&one), ["i-1 other 1 calls"]);
}

#[test]
fn functions_of_one_name_under_two_roles_get_names_of_their_own() {
    let calls =
        [call(ORDERS, "session:run", "s3:GetObject"), call(OTHER, "session:run", "s3:GetObject")];
    let assignment = assign(Vec::new(), seen(&calls), &Stated::default()).unwrap();
    assert_eq!(
        lines(&assignment),
        ["run.orders-exec orders-exec 1 calls", "run.other other 1 calls"]
    );
}

#[test]
fn a_session_called_like_a_function_does_not_take_its_name() {
    let calls = [
        call(OTHER, "session:orders", "s3:DeleteBucket"),
        call(ORDERS, "issued:orders", "s3:GetObject"),
    ];
    let assignment = assign(Vec::new(), seen(&calls), &Stated::default()).unwrap();
    assert_eq!(
        lines(&assignment),
        ["orders orders-exec 1 calls, deployed", "orders.other other 1 calls"]
    );
}

#[test]
fn a_library_is_claimed_or_reported() {
    let given = vec![
        declaration("shop", Some("orders"), None),
        declaration("shared", None, None),
        declaration("named", None, Some("orders")),
    ];
    let assignment = assign(given.clone(), None, &Stated::default()).unwrap();
    assert_eq!(assignment.functions[0].declarations.len(), 2);
    assert_eq!(codes(&assignment), [Code::DeclarationUnclaimed]);
    let mut stated = Stated::default();
    let own = StatedFunction {
        claims: vec!["shared".into(), "absent".into()],
        ..StatedFunction::default()
    };
    stated.functions.insert("orders".into(), own);
    let assignment = assign(given, None, &stated).unwrap();
    assert_eq!(assignment.functions[0].declarations.len(), 3);
    assert_eq!(codes(&assignment), [Code::ConfigUnused]);
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    let calls = [call(ORDERS, "issued:orders", "s3:GetObject")];
    let error = assign(Vec::new(), seen(&calls), &role("absent")).unwrap_err();
    assert_eq!(error.to_string(), "no call of role `absent` is in the trail");
    assert_eq!(error.help(), format!("the roles there are `{ORDERS}`"));
    let stated = Stated { only: Some("absent".into()), ..Stated::default() };
    let error = assign(Vec::new(), seen(&calls), &stated).unwrap_err();
    assert_eq!(error.to_string(), "there is no function `absent`");
    assert_eq!(error.help(), "there are `orders`");
}

#[test]
fn a_name_that_fits_two_roles_or_functions_is_asked_about() {
    let twin = "arn:aws:iam::444455556666:role/orders-exec";
    let calls =
        [call(ORDERS, "session:a", "s3:GetObject"), call(twin, "session:a", "s3:GetObject")];
    let error = assign(Vec::new(), seen(&calls), &role("orders-exec")).unwrap_err();
    assert!(matches!(error, AssignError::RoleAmbiguous { .. }), "{error}");
    let mut stated = role("orders-exec");
    stated.environment =
        Environment { account: "444455556666".parse().ok(), ..Environment::default() };
    let assignment = assign(Vec::new(), seen(&calls), &stated).unwrap();
    assert_eq!(lines(&assignment), ["a orders-exec 1 calls"]);

    let given = vec![declaration("shop", Some("a"), None)];
    let error = assign(given, seen(&calls), &Stated::default()).unwrap_err();
    assert!(matches!(error, AssignError::RolesOfFunction { .. }), "{error}");

    let given = vec![declaration("shop", Some("x"), None), declaration("shop", Some("y"), None)];
    let error = assign(given.clone(), seen(&calls), &role(twin)).unwrap_err();
    assert!(matches!(error, AssignError::FunctionOfRole { .. }), "{error}");
    let stated = Stated { function_name: Some("z".into()), ..Stated::default() };
    let error = assign(given, None, &stated).unwrap_err();
    assert!(matches!(error, AssignError::NameForSeveral { .. }), "{error}");
}

#[test]
fn other_accounts_are_left_out_and_counted() {
    let elsewhere = "arn:aws:iam::444455556666:role/orders-exec";
    let calls =
        [call(ORDERS, "session:a", "s3:GetObject"), call(elsewhere, "session:a", "s3:GetObject")];
    let stated = Stated {
        environment: Environment { account: "111122223333".parse().ok(), ..Environment::default() },
        ..Stated::default()
    };
    let assignment = assign(Vec::new(), seen(&calls), &stated).unwrap();
    assert_eq!(lines(&assignment), ["a orders-exec 1 calls"]);
    assert_eq!(codes(&assignment), [Code::TrailLeftOut]);
    let error = assign(Vec::new(), seen(&calls), &Stated { role: role(elsewhere).role, ..stated })
        .unwrap_err();
    assert!(matches!(error, AssignError::AccountDiffers { .. }), "{error}");
}

#[test]
fn the_order_of_the_inputs_does_not_matter() {
    let mut calls = vec![
        call(ORDERS, "issued:orders", "s3:GetObject"),
        call(ORDERS, "session:alice", "s3:PutObject"),
        call(OTHER, "session:x", "s3:GetObject"),
        call(OTHER, "session:y", "s3:GetObject"),
    ];
    let mut given = vec![
        declaration("shop", Some("orders"), None),
        declaration("shared", None, Some("orders")),
    ];
    let forward = [
        assign(given.clone(), seen(&calls), &Stated::default()).unwrap(),
        assign(Vec::new(), seen(&calls), &Stated::default()).unwrap(),
    ];
    calls.reverse();
    given.reverse();
    let backward = [
        assign(given, seen(&calls), &Stated::default()).unwrap(),
        assign(Vec::new(), seen(&calls), &Stated::default()).unwrap(),
    ];
    assert_eq!(forward, backward);
}

#[test]
fn parameters_of_accepted_grants_are_filled() {
    let mut parameters = BTreeMap::new();
    parameters.insert("stage".into(), "prod".into());
    assert_eq!(
        filled("a-{stage}/${aws:PrincipalTag/x}/*", &parameters).unwrap(),
        "a-prod/${aws:PrincipalTag/x}/*"
    );
    assert!(filled("a-{other}", &parameters).is_err());
    assert!(filled("a-{other", &parameters).is_err());
}

#[test]
fn what_is_said_of_a_key_for_every_function_is_said_for_each_unless_it_says_otherwise() {
    let mut stated = Stated::default();
    let key = |id: &str| SettingEncryption::CustomerKey(id.into());
    let (bucket, queue) = ("arn:aws:s3:::acme", "arn:aws:sqs:eu-west-1:111122223333:jobs");
    stated.encryption =
        BTreeMap::from([(bucket.into(), key("key/all")), (queue.into(), key("key/all"))]);
    let mut own = StatedFunction::default();
    own.configuration.encryption.insert(bucket.into(), SettingEncryption::ByAws);
    stated.functions.insert("orders".into(), own);
    let given =
        vec![declaration("shop", Some("orders"), None), declaration("shop", Some("bills"), None)];
    let assignment = assign(given, None, &stated).unwrap();
    let of = |at: usize, resource: &str| {
        let function = &assignment.functions[at];
        (&*function.settings.name, function.settings.configuration.encryption[resource].clone())
    };
    assert_eq!(of(0, bucket), ("bills", key("key/all")));
    assert_eq!(of(1, bucket), ("orders", SettingEncryption::ByAws));
    assert_eq!(of(1, queue), ("orders", key("key/all")));
}
