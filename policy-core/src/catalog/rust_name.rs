//! Names of the API → names in the Rust SDK.

/// What the Rust SDK calls an operation, a waiter or a member: `ListObjectsV2` → `list_objects_v2`.
///
/// A word ends before a capital that follows a small letter or a digit, and before the last capital
/// of an acronym that a word follows (`DBCluster` → `db_cluster`), but not inside a plural
/// (`ACLs`) or before a version (`DBv2`).
#[must_use]
pub fn rust_name(api_name: &str) -> String {
    let chars: Vec<char> = api_name.chars().collect();
    let at = |index: usize| chars.get(index).copied();
    let mut name = String::with_capacity(api_name.len() + 8);
    for (i, &c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).and_then(at);
        let (next, after) = (at(i + 1), at(i + 2));
        let ends_word = before.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let plural = next == Some('s') && !after.is_some_and(|c| c.is_ascii_lowercase());
        let version = next == Some('v') && after.is_some_and(|c| c.is_ascii_digit());
        let ends_acronym = before.is_some_and(|b| b.is_ascii_uppercase())
            && next.is_some_and(|n| n.is_ascii_lowercase())
            && !plural
            && !version;
        if c.is_ascii_uppercase() && (ends_word || ends_acronym) {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::rust_name;

    #[test]
    fn methods_are_named_as_the_sdk_names_them() {
        let table = [
            ("GetItem", "get_item"),
            ("ListObjectsV2", "list_objects_v2"),
            ("DescribeDBClusters", "describe_db_clusters"),
            ("DescribeCACertificate", "describe_ca_certificate"),
            ("ListWebACLs", "list_web_acls"),
            ("ListHITsForQualificationType", "list_hits_for_qualification_type"),
            ("SwapEnvironmentCNAMEs", "swap_environment_cnames"),
            ("PutS3AccessPolicy", "put_s3_access_policy"),
            ("GetEC2InstanceRecommendations", "get_ec2_instance_recommendations"),
            ("DescribeIpv6Pools", "describe_ipv6_pools"),
            ("AssumeRoleWithSAML", "assume_role_with_saml"),
            ("StartEntitiesDetectionV2Job", "start_entities_detection_v2_job"),
            ("logGroupName", "log_group_name"),
            ("StreamARN", "stream_arn"),
            ("DBInstanceAvailable", "db_instance_available"),
        ];
        for (operation, name) in table {
            assert_eq!(rust_name(operation), name, "{operation}");
        }
    }
}
