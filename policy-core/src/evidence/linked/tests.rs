//! What names an operation, by example.

use super::*;

const SERIALIZER: &str = "_ZN140_$LT$aws_sdk_dynamodb..operation..get_item..GetItemRequestSerializer$u20$as$u20$\
    aws_smithy_runtime_api..client..ser_de..SerializeRequest$GT$15serialize_input17h0123456789abcdefE";
const V0: &str = "_RNvXs2_NtNtCs1aBcDeFgHiJ_11aws_sdk_sqs9operation12send_messageNtB5_28SendMessageRequestSerializer\
    NtNtNtCs2kLmNoPqRsT_22aws_smithy_runtime_api6client6ser_de16SerializeRequest15serialize_input";

fn image<'a>(symbols: &[&'a str], data: &[&'a str]) -> Image<'a> {
    Image {
        name: "bootstrap".into(),
        symbols: symbols.iter().map(|it| it.as_bytes()).collect(),
        data: data.iter().map(|it| it.as_bytes()).collect(),
    }
}

/// `client.Operation source confidence` of each call, `own` in front where it is the SDK's.
fn lines(reachable: &Reachable) -> Vec<String> {
    let line = |word: &str, call: &ReachableCall| {
        let CallPlace::Binary { source, .. } = &call.place else { panic!("{call:?}") };
        format!(
            "{word}{}.{} {} {}",
            call.client,
            call.name(),
            source.as_str(),
            call.confidence.as_str()
        )
    };
    let calls = reachable.calls.iter().map(|call| line("", call));
    calls.chain(reachable.own.iter().map(|call| line("own ", call))).collect()
}

fn reasons(reachable: &Reachable) -> Vec<&str> {
    reachable.unknown.iter().map(|unknown| &*unknown.reason).collect()
}

fn of(symbols: &[&str], data: &[&str]) -> Reachable {
    read(&image(symbols, data), Catalog::embedded())
}

#[test]
fn symbols_name_operations_in_both_manglings() {
    let found = of(&[SERIALIZER, V0], &[]);
    assert_eq!(
        lines(&found),
        ["dynamodb.GetItem symbols certain", "sqs.SendMessage symbols certain"]
    );
    assert!(found.is_complete());
    // Mach-O puts an underscore in front.
    let (legacy, v0) = (format!("_{SERIALIZER}"), format!("_{V0}"));
    assert_eq!(lines(&of(&[&legacy, &v0], &[])), lines(&found));
}

#[test]
fn types_of_an_operation_that_is_not_sent_are_no_call() {
    let input = "_ZN4core3ptr78drop_in_place$LT$aws_sdk_dynamodb..operation..delete_item..DeleteItemInput$GT$17h0123456789abcdefE";
    assert_eq!(lines(&of(&[input, SERIALIZER], &[])), ["dynamodb.GetItem symbols certain"]);
    let builder = "/r/aws-sdk-dynamodb-1.136.0/src/operation/delete_item/builders.rs";
    let found = of(&[], &[builder, "/r/aws-sdk-dynamodb-1.136.0/src/operation/get_item.rs"]);
    assert_eq!(lines(&found), ["dynamodb.GetItem strings likely"]);
}

#[test]
fn literals_name_operations_where_symbols_are_gone() {
    for data in [
        "event /home/aws_sdk_dynamodb::operation::get_itemrequest_idDynamoDB",
        "xaws_sdk_dynamodb::operation::get_item",
        "xaws_sdk_dynamodb::operation::get_item\0",
        "/home/build/.cargo/registry/src/index-1/aws-sdk-dynamodb-1.136.0/src/operation/get_item.rscorrect type",
        "C:\\cargo\\aws-sdk-dynamodb-1.136.0\\src\\operation\\get_item.rs",
        "vendor/aws-sdk-dynamodb/src/operation/get_item.rs",
        "gluedaws-sdk-dynamodb-1.0.0-rc.1/src/operation/get_item.rs",
    ] {
        let found = of(&[], &["before", data]);
        assert_eq!(lines(&found), ["dynamodb.GetItem strings likely"], "{data}");
        assert!(found.is_complete(), "{data}");
    }
}

#[test]
fn a_symbol_is_surer_than_a_literal_of_the_same_operation() {
    let literals = "aws_sdk_dynamodb::operation::get_itemaws_sdk_sqs::operation::send_message";
    assert_eq!(
        lines(&of(&[SERIALIZER], &[literals])),
        ["dynamodb.GetItem symbols certain", "sqs.SendMessage strings likely"]
    );
}

#[test]
fn a_literal_that_the_next_one_makes_longer_is_told_by_the_path_or_said_to_be_ambiguous() {
    // Glue has GetTable and GetTables, and a field of the span begins with an s.
    let glued = "aws_sdk_glue::operation::get_tablesdk_invocation_id";
    assert_eq!(
        lines(&of(&[], &[glued])),
        ["glue.GetTable strings ambiguous", "glue.GetTables strings ambiguous"]
    );
    let versioned = "aws_sdk_s3::operation::list_objects_v2rpc.service";
    assert_eq!(lines(&of(&[], &[versioned])), ["s3.ListObjectsV2 strings likely"]);
    let path = "/r/aws-sdk-glue-1.1.0/src/operation/get_table.rs";
    assert_eq!(lines(&of(&[], &[glued, path])), ["glue.GetTable strings likely"]);
}

#[test]
fn operations_of_the_sdk_itself_are_listed_apart() {
    let data = "aws_sdk_s3::operation::create_session.aws_sdk_s3::operation::put_object.\
        aws_sdk_sts::operation::assume_role.aws_config::imds";
    assert_eq!(
        lines(&of(&[], &[data])),
        [
            "s3.PutObject strings likely",
            "own s3.CreateSession strings likely",
            "own sts.AssumeRole strings likely"
        ]
    );
}

#[test]
fn a_binary_without_any_trace_is_unknown_and_never_none() {
    for (data, reason) in [
        ("", "nothing in it shows the AWS SDK for Rust"),
        ("UPX!", "nothing in it shows the AWS SDK for Rust"),
        ("/r/aws-smithy-runtime-1.16.2/src/client.rs", "it links the AWS SDK, but neither"),
    ] {
        let found = of(&[], &[data]);
        assert!(found.calls.is_empty() && !found.is_complete(), "{data}");
        assert!(reasons(&found)[0].starts_with(reason), "{:?}", reasons(&found));
    }
}

#[test]
fn what_the_catalog_does_not_know_is_unknown_by_name() {
    let found =
        of(&[], &["aws_sdk_newthing::operation::do_it/aws-sdk-s3-9.0.0/src/operation/fly.rs"]);
    let date = Catalog::embedded().date();
    assert_eq!(
        reasons(&found),
        [
            format!("the catalog of {date} has no client `aws_sdk_newthing`"),
            format!("the catalog of {date} has no operation `fly` of `aws_sdk_s3`"),
        ]
    );
    let symbol = V0.replace("12send_message", "12fond_message");
    assert_eq!(
        reasons(&of(&[&symbol], &[])),
        [format!("the catalog of {date} has no operation `fond_message` of `aws_sdk_sqs`")]
    );
}

#[test]
fn an_operation_that_only_its_interceptor_names_is_unknown() {
    let known = "aws_sdk_s3::operation::put_object.xPutObjectEndpointParamsInterceptor";
    assert!(of(&[], &[known]).is_complete());
    let hidden =
        format!("{known}.xyzQueryEndpointParamsInterceptor.QueryEndpointParamsInterceptor");
    let found = of(&[], &[&hidden]);
    assert_eq!(lines(&found), ["s3.PutObject strings likely"]);
    assert_eq!(
        reasons(&found),
        [
            "`QueryEndpointParamsInterceptor` names an operation of which nothing else tells the service"
        ]
    );
}

#[test]
fn every_operation_of_the_catalog_is_read_back_from_its_literal() {
    let catalog = Catalog::embedded();
    for client in catalog.clients() {
        let names: Vec<&str> = client.operations().map(|operation| operation.name()).collect();
        let target = |name: &&str| {
            format!("aws_sdk_{}::operation::{}.", client.name(), name.to_ascii_lowercase())
        };
        let data: String = names.iter().map(target).collect();
        let found = of(&[], &[&data]);
        let mut read: Vec<&str> =
            found.calls.iter().chain(&found.own).map(|it| it.name()).collect();
        read.sort_unstable();
        let mut names = names;
        names.sort_unstable();
        assert_eq!(read, names, "{}", client.name());
        assert!(found.is_complete(), "{:?}", found.unknown);
    }
}

proptest::proptest! {
    #[test]
    fn a_literal_is_found_between_any_bytes(
        before in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        after in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        path in proptest::prelude::any::<bool>(),
    ) {
        let literal: &[u8] = match path {
            true => b"/aws-sdk-sqs-1.119.0/src/operation/send_message.rs",
            false => b"aws_sdk_sqs::operation::send_message\0",
        };
        let bytes = [&before, literal, &after].concat();
        let image = Image { name: "b".into(), symbols: vec![&after], data: vec![&bytes] };
        let found = read(&image, Catalog::embedded());
        proptest::prop_assert_eq!(lines(&found), ["sqs.SendMessage strings likely"]);
    }
}

#[test]
fn no_bytes_stop_the_reading() {
    let ends = [
        "::operation::",
        "aws_sdk_::operation::x",
        "/src/operation/",
        "aws-sdk-/src/operation/a.rs",
    ];
    let long = "a".repeat(500) + "::operation::" + &"b".repeat(500);
    let bad = b"aws_sdk_s3::operation::\xff\xfe/src/operation/\x80EndpointParamsInterceptor";
    let mut image = image(&["_ZN", "_RNvRequestSerializeraws_sdk_"], &ends);
    image.data.push(long.as_bytes());
    image.data.push(bad);
    image.symbols.push(b"\xffaws_sdk_RequestSerializer");
    assert!(read(&image, Catalog::embedded()).calls.is_empty());
}
