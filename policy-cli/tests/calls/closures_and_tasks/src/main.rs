use std::sync::Arc;

use aws_sdk_dynamodb::Client as Dynamo;
use aws_sdk_lambda::Client as Lambda;
use aws_sdk_s3::Client as S3;
use futures::future::{join_all, try_join_all};
use futures::{StreamExt, stream};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[derive(Clone)]
struct Context {
    s3: S3,
    dynamo: Arc<Dynamo>,
    lambda: Lambda,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_from_env().await;
    let context = Context {
        s3: S3::new(&config),
        dynamo: Arc::new(Dynamo::new(&config)),
        lambda: Lambda::new(&config),
    };
    lambda_runtime::run(service_fn(|event| fan_out(context.clone(), event))).await
}

async fn fan_out(context: Context, event: LambdaEvent<Value>) -> Result<(), Error> {
    let keys: Vec<String> = serde_json::from_value(event.payload)?;
    let copies = keys.iter().map(|key| {
        let s3 = context.s3.clone();
        let key = key.clone();
        tokio::spawn(async move {
            s3.copy_object().bucket("acme-copies").copy_source(&key).key(&key).send().await //~ s3.CopyObject @closures-and-tasks on s3:GetObject=?, s3:PutObject=acme-copies/*
        })
    });
    join_all(copies).await;

    let dynamo = context.dynamo.clone();
    let mark = |key: String| async move {
        dynamo.update_item().table_name("files").send().await.map(|_| key) //~ dynamodb.UpdateItem @closures-and-tasks on table/files
    };
    mark("first".into()).await?;

    let reads = stream::iter(keys.clone())
        .map(|key| {
            let client = &context.s3;
            async move { client.get_object().bucket("acme-source").key(key).send().await } //~ s3.GetObject @closures-and-tasks on acme-source/*
        })
        .buffer_unordered(8)
        .collect::<Vec<_>>()
        .await;
    drop(reads);

    let (invoked, described) = tokio::join!(
        context.lambda.invoke().function_name("thumbnailer").send(), //~ lambda.Invoke @closures-and-tasks on function:thumbnailer
        context.dynamo.describe_table().table_name("files").send(), //~ dynamodb.DescribeTable @closures-and-tasks on table/files
    );
    invoked?;
    described?;

    tokio::select! {
        found = context.s3.head_bucket().bucket("acme-source").send() => { //~ s3.HeadBucket @closures-and-tasks on acme-source
            found?;
        }
        _ = tokio::time::sleep(std::time::Duration::from_secs(1)) => {
            context.s3.list_buckets().send().await?; //~ s3.ListBuckets @closures-and-tasks on ?
        }
    }

    let tagged = keys.into_iter().map(async |key| tag(&context.s3, key).await);
    try_join_all(tagged).await?;
    let retry = retrying(|client| async move {
        client.delete_item().table_name("files").send().await.is_ok() //~ dynamodb.DeleteItem @closures-and-tasks on table/files
    });
    retry(Dynamo::clone(&context.dynamo)).await;
    Ok(())
}

async fn tag(s3: &S3, key: String) -> Result<(), Error> {
    s3.put_object_tagging().bucket("acme-copies").key(key).send().await?; //~ s3.PutObjectTagging @closures-and-tasks on acme-copies/*
    Ok(())
}

fn retrying<F, R>(call: F) -> F
where
    F: Fn(Dynamo) -> R,
{
    call
}
