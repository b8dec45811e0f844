pub async fn limit(config: &aws_config::SdkConfig) -> i64 {
    let ssm = aws_sdk_ssm::Client::new(config);
    let found = ssm.get_parameter().name("/sweep/limit").send().await.unwrap(); //~ ssm.GetParameter @nightly on parameter/sweep/limit
    found.parameter.and_then(|it| it.value).and_then(|it| it.parse().ok()).unwrap_or(100)
}

pub async fn sweep(s3: &aws_sdk_s3::Client, limit: i64) {
    let mut left = limit;
    let mut pages = s3.list_objects_v2().bucket("acme-scratch").into_paginator().send(); //~ s3.ListObjectsV2 @nightly on acme-scratch
    while let Some(Ok(page)) = pages.next().await {
        for object in page.contents() {
            left -= 1;
            if left < 0 {
                return;
            }
            s3.delete_object().bucket("acme-scratch").key(object.key().unwrap()).send().await.unwrap(); //~ s3.DeleteObject @nightly on acme-scratch/*
        }
    }
}
