//! Refused calls: of something declared with what was lacking, of anything else as probing; never as a grant.

use super::{Event, findings, house};

const SOURCE: &str = r#"use policy_macros::AwsAccess;

#[derive(AwsAccess)]
#[aws(function = "orders")]
struct Access {
    #[aws(s3(GetObject), on = "acme-receipts/*")]
    receipts: Receipts,
}

fn main() {}
"#;
const HERE: &str =
    "generate --crate orders --account 111122223333 --region eu-west-1 --trail trail";
const USER: &str =
    "User: arn:aws:sts::111122223333:assumed-role/orders-exec/orders is not authorized to perform:";

fn refused(call: &str, arn: &str, message: &str) -> Event {
    Event::data(call, arn).with("/errorCode", "AccessDenied").with("/errorMessage", message)
}

#[test]
fn a_declared_call_that_was_refused_is_said_with_what_was_lacking() {
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let receipt = |n: u32| format!("arn:aws:s3:::acme-receipts/{n}.pdf");
    let house = house(
        SOURCE,
        &[
            refused(
                "s3:GetObject",
                &receipt(1),
                &format!(
                    "{USER} kms:Decrypt on resource: {key} because no identity-based policy allows the kms:Decrypt action"
                ),
            ),
            refused(
                "s3:GetObject",
                &receipt(2),
                &format!(
                    "{USER} s3:GetObject on resource: \"{}\" with an explicit deny in a service control policy",
                    receipt(2)
                ),
            ),
            refused("s3:GetObject", &receipt(3), "Access Denied"),
        ],
    );
    let by_logs = house.run(HERE);
    insta::assert_snapshot!(findings(&by_logs, "denied-declared").join("\n"), @r"
    warning[denied-declared]: `s3:GetObject` was refused 3 times on 3 resources such as `arn:aws:s3:::acme-receipts/1.pdf` (a statement of a service control policy denies it; what was lacking is `kms:Decrypt` on `arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`: no identity-based policy allows it); it is granted because something else than the log asks for it
    help: if the role has it already, look at its boundary, the SCPs and RCPs, the resource's own policy and the policy of its key
    ");
    house.run("observe --trail trail --out observed.json");
    let by_file = house.run(&HERE.replace("--trail trail", "--observations observed.json"));
    assert_eq!(findings(&by_logs, "denied-declared"), findings(&by_file, "denied-declared"));
}

#[test]
fn an_undeclared_call_that_was_refused_is_probing_and_no_pattern_covers_it() {
    let object = |n: u32| format!("arn:aws:s3:::acme-receipts/in/{n:04}.csv");
    let mut events: Vec<Event> =
        (1..200).map(|n| Event::data("s3:GetObject", &object(n))).collect();
    events.push(refused("s3:GetObject", &object(777), "Access Denied"));
    events.push(refused("s3:DeleteObject", &object(1), &format!("{USER} s3:DeleteObject on resource: \"{}\" because no identity-based policy allows the s3:DeleteObject action", object(1))));
    let house = house("", &events);
    let said =
        house.run("generate --account 111122223333 --region eu-west-1 --trail trail --out out");
    let probing = findings(&said, "probing").join("\n");
    assert!(probing.contains("`s3:DeleteObject` was refused once on `arn:aws:s3:::acme-receipts/in/0001.csv` (no identity-based policy allows it); it is not granted"), "{probing}");
    assert!(
        probing.contains(
            "`s3:GetObject` was refused once on `arn:aws:s3:::acme-receipts/in/0777.csv`"
        ),
        "{probing}"
    );
    let simulate = |object: &str| {
        house.run(&format!("simulate --policy out/orders/execution-role.json --action s3:GetObject --resource {object} --context lambda:SourceFunctionArn=arn:aws:lambda:eu-west-1:111122223333:function:orders --context aws:ResourceAccount=111122223333"))
    };
    assert!(simulate(&object(5)).starts_with("exit 0"), "{}", simulate(&object(5)));
    assert!(simulate(&object(777)).starts_with("exit 1"), "{}", simulate(&object(777)));
}
