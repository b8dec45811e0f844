//! The duties of a pipeline.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up has failed")]

use std::fmt::Write as _;

use policy_core::catalog::Catalog;
use policy_core::evidence::{Environment, FunctionSettings};
use policy_core::finding::{Code, Finding, Severity};
use policy_core::iam::ActionName;
use policy_core::policy::{Effect, PolicyDocument};
use policy_core::synthesis::{Duty, PipelineInputs, pipeline};

type Made = (Vec<(Duty, PolicyDocument)>, Vec<Finding>);

fn function(name: &str) -> FunctionSettings {
    FunctionSettings {
        name: name.into(),
        deployed: format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}").parse().ok(),
        role: format!("arn:aws:iam::111122223333:role/lambda/{name}-exec").parse().ok(),
        ..FunctionSettings::default()
    }
}

fn inputs() -> PipelineInputs {
    PipelineInputs {
        source: Some("acme-ci/source/".into()),
        unsigned: Some("acme-artifacts/unsigned/".into()),
        signed: Some("acme-artifacts/signed/".into()),
        project: Some("shop-build".into()),
        signing_profile: Some(
            "arn:aws:signer:eu-west-1:111122223333:/signing-profiles/acme".into(),
        ),
        signing_profile_version: Some("a1b2c3d4e5".into()),
        code_signing: Some(
            "arn:aws:lambda:eu-west-1:111122223333:code-signing-config:csc-0a1b2c3d4e5f60718"
                .into(),
        ),
        boundary: Some("arn:aws:iam::111122223333:policy/lambda-boundary".into()),
        distributions: Vec::new(),
    }
}

fn made_of(functions: &[FunctionSettings], inputs: &PipelineInputs) -> Made {
    let environment = Environment {
        account: "111122223333".parse().ok(),
        region: "eu-west-1".parse().ok(),
        ..Environment::default()
    };
    let functions: Vec<&FunctionSettings> = functions.iter().collect();
    pipeline(&functions, &environment, inputs, Catalog::embedded()).unwrap()
}

fn made(inputs: &PipelineInputs) -> Made {
    made_of(&[function("orders"), function("bills")], inputs)
}

fn shown(documents: &[(Duty, PolicyDocument)]) -> String {
    let mut text = String::new();
    for (duty, document) in documents {
        writeln!(text, "{}", duty.as_str()).unwrap();
        for statement in &document.statements {
            let resources = statement.resource.as_ref().unwrap().values().join(" ");
            let conditions: Vec<String> = statement
                .condition
                .iter()
                .map(|(_, key, values)| format!(" if {key}={}", values.join(",")))
                .collect();
            let line = format!(
                "  {} {} | {}{}",
                statement.effect.as_str(),
                statement.action.values().join(" "),
                resources,
                conditions.concat()
            );
            let line = line.replace("arn:aws:", "").replace("eu-west-1:111122223333", "HERE");
            writeln!(text, "{line}").unwrap();
        }
    }
    text
}

#[test]
fn four_duties_for_exactly_these_functions() {
    let (documents, findings) = made(&inputs());
    assert_eq!(findings, []);
    insta::assert_snapshot!(shown(&documents).trim_end(), @r"
    build
      Allow s3:PutObject | s3:::acme-artifacts/unsigned/*
      Allow s3:GetObject | s3:::acme-ci/source/*
      Allow codebuild:BatchPutCodeCoverages codebuild:BatchPutTestCases codebuild:CreateReport codebuild:CreateReportGroup codebuild:UpdateReport | codebuild:HERE:report-group/shop-build-*
      Allow logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents | logs:HERE:log-group:/aws/codebuild/shop-build logs:HERE:log-group:/aws/codebuild/shop-build:*
    sign
      Allow s3:ListBucket | s3:::acme-artifacts
      Allow s3:PutObject | s3:::acme-artifacts/signed/*
      Allow s3:GetObject s3:GetObjectVersion | s3:::acme-artifacts/unsigned/*
      Allow s3:GetBucketVersioning | s3:::acme-artifacts
      Allow signer:StartSigningJob | signer:HERE:/signing-profiles/acme if signer:ProfileVersion=a1b2c3d4e5
      Allow signer:DescribeSigningJob | signer:HERE:/signing-jobs/*
    deploy
      Allow lambda:CreateFunction | lambda:HERE:function:bills lambda:HERE:function:orders if lambda:CodeSigningConfigArn=lambda:HERE:code-signing-config:csc-0a1b2c3d4e5f60718
      Allow lambda:GetFunction lambda:GetFunctionConfiguration lambda:PublishVersion lambda:UpdateAlias lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration | lambda:HERE:function:bills lambda:HERE:function:bills:* lambda:HERE:function:orders lambda:HERE:function:orders:*
      Deny lambda:AddPermission lambda:DeleteCodeSigningConfig lambda:DeleteFunctionCodeSigningConfig lambda:DeleteResourcePolicy lambda:PutFunctionCodeSigningConfig lambda:PutResourcePolicy lambda:RemovePermission lambda:UpdateCodeSigningConfig signer:* | *
      Allow iam:PassRole | iam::111122223333:role/lambda/bills-exec iam::111122223333:role/lambda/orders-exec if iam:PassedToService=lambda.amazonaws.com
      Allow s3:GetObject | s3:::acme-artifacts/signed/*
    policy
      Allow access-analyzer:CheckAccessNotGranted access-analyzer:CheckNoNewAccess access-analyzer:CheckNoPublicAccess access-analyzer:ValidatePolicy | *
      Deny iam:CreatePolicyVersion iam:DeletePolicy iam:DeletePolicyVersion iam:DeleteRolePermissionsBoundary iam:SetDefaultPolicyVersion | iam::111122223333:role/lambda/bills-exec iam::111122223333:role/lambda/orders-exec iam::111122223333:policy/lambda-boundary
      Allow iam:GetRole iam:GetRolePolicy iam:ListRolePolicies | iam::111122223333:role/lambda/bills-exec iam::111122223333:role/lambda/orders-exec
      Allow iam:DeleteRolePolicy iam:PutRolePolicy iam:UpdateAssumeRolePolicy | iam::111122223333:role/lambda/bills-exec iam::111122223333:role/lambda/orders-exec if iam:PermissionsBoundary=iam::111122223333:policy/lambda-boundary
      Allow lambda:AddPermission lambda:DeleteResourcePolicy lambda:GetPolicy lambda:GetResourcePolicy lambda:PutResourcePolicy lambda:RemovePermission | lambda:HERE:function:bills lambda:HERE:function:bills:* lambda:HERE:function:orders lambda:HERE:function:orders:*
    ");
}

#[test]
fn every_action_is_one_that_the_catalog_knows() {
    let catalog = Catalog::embedded();
    for (duty, document) in made(&inputs()).0 {
        for action in document.statements.iter().flat_map(|statement| statement.action.values()) {
            let known = action.parse::<ActionName>().is_ok_and(|it| catalog.action(&it).is_some());
            assert!(known || action.ends_with('*'), "{action} of {}", duty.as_str());
        }
    }
}

#[test]
fn places_that_two_duties_could_both_write_are_refused() {
    for (unsigned, signed) in [
        ("acme-artifacts/packages/", "acme-artifacts/packages/"),
        ("acme-artifacts/packages/", "acme-artifacts/packages/signed/"),
    ] {
        let inputs = PipelineInputs {
            unsigned: Some(unsigned.into()),
            signed: Some(signed.into()),
            ..inputs()
        };
        let (documents, findings) = made(&inputs);
        assert_eq!(documents, []);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(
            (findings[0].code, findings[0].severity),
            (Code::PipelineOverlap, Severity::Error)
        );
        assert!(findings[0].message.contains("`build` and `sign` could both do `s3:PutObject`"));
    }
}

#[test]
fn a_missing_input_leaves_its_statement_out_and_says_what_to_write() {
    let (documents, findings) = made(&PipelineInputs::default());
    let text = shown(&documents);
    for absent in
        ["s3:PutObject", "signer:StartSigningJob", "lambda:CreateFunction", "iam:PutRolePolicy"]
    {
        assert!(!text.contains(&format!("Allow {absent}")), "{text}");
    }
    assert!(findings.iter().all(|finding| finding.code == Code::PipelineIncomplete));
    let helps: Vec<&str> = findings.iter().filter_map(|it| it.help.as_deref()).collect();
    for key in [
        "boundary",
        "project",
        "signed",
        "signing-profile",
        "signing-profile-version",
        "source",
        "unsigned",
    ] {
        let written = format!("write `{key} = ");
        assert!(helps.iter().any(|help| help.starts_with(&written)), "{key}: {helps:?}");
    }
    let nameless = FunctionSettings { name: "late".into(), ..FunctionSettings::default() };
    let (_, findings) = made_of(&[nameless], &inputs());
    assert!(findings.iter().any(|it| it.message.contains("the execution role of function `late`")));
}

#[test]
fn a_function_may_have_a_code_signing_configuration_of_its_own() {
    let mut orders = function("orders");
    orders.configuration.code_signing =
        Some("arn:aws:lambda:eu-west-1:111122223333:code-signing-config:csc-1".into());
    let (documents, findings) = made_of(&[orders, function("bills")], &inputs());
    assert_eq!(findings, []);
    let deploy = &documents[2].1;
    let create = deploy.statements.iter().filter(|it| {
        it.effect == Effect::Allow && it.action.values()[0] == "lambda:CreateFunction"
    });
    assert_eq!(create.count(), 2);
}

#[test]
fn the_order_of_functions_changes_nothing() {
    let mut functions = [function("orders"), function("bills"), function("stock")];
    let first = made_of(&functions, &inputs());
    functions.reverse();
    assert_eq!(made_of(&functions, &inputs()), first);
}

/// A function that CloudFront runs copies of.
fn at_the_edge(name: &str, region: &str) -> FunctionSettings {
    let mut function = function(name);
    function.deployed =
        format!("arn:aws:lambda:{region}:111122223333:function:{name}").parse().ok();
    function.configuration.is_edge = Some(true);
    function
}

#[test]
fn deployers_of_functions_at_the_edge_may_replicate_them_and_put_them_on_their_distributions() {
    let functions = [at_the_edge("headers", "us-east-1"), function("orders")];
    let distributions = ["E2", "E1"]
        .map(|id| format!("arn:aws:cloudfront::111122223333:distribution/{id}").into())
        .to_vec();
    let (documents, findings) = made_of(&functions, &PipelineInputs { distributions, ..inputs() });
    assert_eq!(findings, []);
    let text = shown(&documents);
    let of_edge = ["cloudfront", "Replication", "ServiceLinked"];
    let lines: Vec<&str> =
        text.lines().filter(|line| of_edge.iter().any(|word| line.contains(word))).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
      Allow iam:CreateServiceLinkedRole | iam::111122223333:role/aws-service-role/logger.cloudfront.amazonaws.com/AWSServiceRoleForCloudFrontLogger if iam:AWSServiceName=logger.cloudfront.amazonaws.com
      Allow iam:CreateServiceLinkedRole | iam::111122223333:role/aws-service-role/replicator.lambda.amazonaws.com/AWSServiceRoleForLambdaReplicator if iam:AWSServiceName=replicator.lambda.amazonaws.com
      Allow cloudfront:GetDistribution cloudfront:GetDistributionConfig cloudfront:UpdateDistribution | cloudfront::111122223333:distribution/E1 cloudfront::111122223333:distribution/E2
      Allow lambda:DisableReplication* lambda:EnableReplication* | lambda:us-east-1:111122223333:function:headers:*
    ");
    // No other duty has any of it.
    let without: Vec<_> = documents.into_iter().filter(|(duty, _)| *duty != Duty::Deploy).collect();
    assert!(of_edge.iter().all(|word| !shown(&without).contains(word)));
}

#[test]
fn what_the_edge_lacks_is_said_and_what_it_has_in_vain() {
    let said = |functions: &[FunctionSettings], distributions: &[&str]| {
        let distributions = distributions.iter().map(|it| (*it).into()).collect();
        let (documents, findings) =
            made_of(functions, &PipelineInputs { distributions, ..inputs() });
        assert!(!shown(&documents).contains("cloudfront:UpdateDistribution"));
        let said = findings.iter().map(|it| format!("{}: {}", it.code.as_str(), it.message));
        said.collect::<Vec<_>>()
    };
    assert_eq!(
        said(&[at_the_edge("headers", "us-east-1")], &[]),
        ["pipeline-incomplete: the duty `deploy` lacks what needs `distributions`"]
    );
    assert_eq!(
        said(
            &[at_the_edge("headers", "eu-west-1")],
            &["arn:aws:cloudfront::111122223333:distribution/E1"]
        ),
        [
            "pipeline-incomplete: function `headers` is in eu-west-1, from where CloudFront takes no functions, so that the duty `deploy` has nothing of the edge for it"
        ]
    );
    assert_eq!(
        said(&[function("orders")], &["arn:aws:cloudfront::111122223333:distribution/E1"]),
        [
            "config-unused: `distributions` under `[pipeline]` are for functions at the edge, and none is"
        ]
    );
}
