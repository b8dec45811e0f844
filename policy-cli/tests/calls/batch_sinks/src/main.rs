use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::{StreamExt, TryFutureExt, stream::FuturesUnordered};
use lambda_runtime::{Error, LambdaEvent};
use std::{
    future::Future,
    pin::Pin,
    sync::LazyLock,
    task::{Context, Poll},
};
use tokio::sync::OnceCell;
use tower::{Layer, Service, ServiceBuilder};

mod sinks;
use sinks::{Sink, SinkKind};

static CONFIG: OnceCell<aws_config::SdkConfig> = OnceCell::const_new();
static STATE_MACHINE: LazyLock<String> =
    LazyLock::new(|| std::env::var("STATE_MACHINE_ARN").expect("STATE_MACHINE_ARN"));
static METRICS: once_cell::sync::OnceCell<aws_sdk_cloudwatch::Client> =
    once_cell::sync::OnceCell::new();

async fn config() -> &'static aws_config::SdkConfig {
    CONFIG.get_or_init(|| aws_config::load_from_env()).await
}

#[derive(Clone)]
struct Processor {
    sfn: aws_sdk_sfn::Client,
    sinks: Vec<SinkKind>,
}

impl Service<LambdaEvent<SqsEvent>> for Processor {
    type Response = SqsBatchResponse;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;
    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }
    fn call(&mut self, req: LambdaEvent<SqsEvent>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let this = &this;
            let mut work: FuturesUnordered<_> =
                req.payload.records.into_iter().map(|m| this.one(m)).collect();
            let mut failures: Vec<BatchItemFailure> = Vec::new();
            while let Some(result) = work.next().await {
                if let Err(id) = result {
                    failures.push(failure(id));
                }
            }
            count(failures.len() as f64).await;
            Ok(response(failures))
        })
    }
}

impl Processor {
    async fn one(&self, message: SqsMessage) -> Result<(), String> {
        let id = message.message_id.clone().unwrap_or_default();
        let body = message.body.as_deref().ok_or_else(|| id.clone())?;
        self.start(body).map_err(|_| id.clone()).await?;
        for sink in &self.sinks {
            sink.write(body).await.map_err(|_| id.clone())?;
        }
        Ok(())
    }
    async fn start(&self, input: &str) -> Result<String, aws_sdk_sfn::Error> {
        let started = self
            .sfn
            .start_execution() //~ sfn.StartExecution @batch-sinks on env STATE_MACHINE_ARN arn
            .state_machine_arn(&*STATE_MACHINE)
            .input(input)
            .send()
            .await?;
        Ok(started.execution_arn)
    }
}

fn failure(id: String) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id;
    failure
}

fn response(failures: Vec<BatchItemFailure>) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures;
    response
}

async fn count(n: f64) {
    let client = METRICS.get_or_init(|| aws_sdk_cloudwatch::Client::new(CONFIG.get().unwrap()));
    let datum =
        aws_sdk_cloudwatch::types::MetricDatum::builder().metric_name("failed").value(n).build();
    let _ = client.put_metric_data().namespace("orders").metric_data(datum).send().await; //~ cloudwatch.PutMetricData @batch-sinks on ?
}

struct Timed<S>(S);
impl<S, R> Service<R> for Timed<S>
where
    S: Service<R>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }
    fn call(&mut self, r: R) -> S::Future {
        self.0.call(r)
    }
}
struct TimedLayer;
impl<S> Layer<S> for TimedLayer {
    type Service = Timed<S>;
    fn layer(&self, s: S) -> Timed<S> {
        Timed(s)
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = config().await;
    let sinks = vec![
        SinkKind::Stream(sinks::Stream {
            client: aws_sdk_kinesis::Client::new(config),
            name: "audit".into(),
        }),
        SinkKind::Bus(sinks::Bus::from(config)),
        SinkKind::Archive(Box::new(sinks::Archive::open(config, "acme-archive"))),
    ];
    let processor = Processor { sfn: aws_sdk_sfn::Client::new(config), sinks };
    let service = ServiceBuilder::new().layer(TimedLayer).service(processor);
    lambda_runtime::run(service).await
}
