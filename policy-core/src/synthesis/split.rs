//! Statements → documents that fit the quotas.

use crate::policy::quota::{INLINE_ROLE_CHARS, MANAGED_CHARS, MANAGED_PER_ROLE, Quota, size_chars};
use crate::policy::{PolicyDocument, Statement};

use super::error::OverQuota;
use super::minimize::Bundle;
use super::sid;

/// How large a document is and how much room is left.
///
/// Units: characters without white space, as IAM counts them; bytes for a Lambda resource policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DocumentSize {
    /// Which document: `execution-role`, `execution-role-2`, `trust-policy`, `resource-policy.live`.
    pub document: String,
    /// Its size.
    pub size: usize,
    /// The quota it was held against.
    pub quota: usize,
}

impl DocumentSize {
    /// Room left.
    #[must_use]
    pub fn headroom(&self) -> usize {
        self.quota.saturating_sub(self.size)
    }
}

/// One document when it fits the inline quota, else several managed policies.
///
/// Shape: statements keep their order within a document, documents that of their first statements. They are
/// filled in the order of statements, each the first that has room, so that a change moves little; largest
/// first where that takes fewer documents.
///
/// # Errors
/// [`OverQuota`] when one statement alone is larger than a managed policy, or when more policies
/// would be needed than a role may carry.
pub(super) fn split(statements: Vec<Statement>) -> Result<Vec<PolicyDocument>, OverQuota> {
    let total = document_chars(&statements);
    if total <= INLINE_ROLE_CHARS {
        return Ok(vec![PolicyDocument::new(statements)]);
    }
    let sizes: Vec<usize> = statements.iter().map(statement_chars).collect();
    let frame = document_chars(&[]);
    if let Some(at) = sizes.iter().position(|size| size + frame > MANAGED_CHARS) {
        return Err(OverQuota {
            document: "one statement of the execution role".into(),
            size: sizes[at] + frame,
            quota: MANAGED_CHARS,
            largest: format!(": `{}`", statements[at].sid.as_deref().unwrap_or_default()).into(),
        });
    }
    let in_order: Vec<usize> = (0..sizes.len()).collect();
    let mut largest_first = in_order.clone();
    largest_first.sort_by_key(|&at| (std::cmp::Reverse(sizes[at]), at));
    let (plain, tight) = (filled(&in_order, &sizes, frame), filled(&largest_first, &sizes, frame));
    let mut places = if tight.len() < plain.len() { tight } else { plain };
    places.iter_mut().for_each(|numbers| numbers.sort_unstable());
    places.sort();
    if places.len() > MANAGED_PER_ROLE {
        return Err(OverQuota {
            document: "the execution role".into(),
            size: total,
            quota: INLINE_ROLE_CHARS,
            largest: format!(
                ", and {} managed policies of at most {MANAGED_CHARS} would be needed where a role may carry {MANAGED_PER_ROLE}",
                places.len()
            )
            .into(),
        });
    }
    let document = |numbers: Vec<usize>| {
        PolicyDocument::new(numbers.into_iter().map(|number| statements[number].clone()).collect())
    };
    Ok(places.into_iter().map(document).collect())
}

/// The numbers of statements in each document, every one in the first document that has room.
fn filled(order: &[usize], sizes: &[usize], frame: usize) -> Vec<Vec<usize>> {
    let mut documents: Vec<(usize, Vec<usize>)> = Vec::new();
    for &number in order {
        // A comma stands between two statements.
        let fitting =
            documents.iter_mut().find(|(size, _)| size + 1 + sizes[number] <= MANAGED_CHARS);
        match fitting {
            Some((size, numbers)) => {
                *size += 1 + sizes[number];
                numbers.push(number);
            }
            None => documents.push((frame + sizes[number], vec![number])),
        }
    }
    documents.into_iter().map(|(_, numbers)| numbers).collect()
}

fn document_chars(statements: &[Statement]) -> usize {
    size_chars(&PolicyDocument::new(statements.to_vec()))
}

fn statement_chars(statement: &Statement) -> usize {
    document_chars(std::slice::from_ref(statement)) - document_chars(&[])
}

/// Whether a role of these statements needs managed policies.
pub(super) fn is_over_inline(statements: &[Statement]) -> bool {
    document_chars(statements) > INLINE_ROLE_CHARS
}

/// Each bundle that is too large for a managed policy as few with fewer resources.
pub(super) fn divided(bundles: Vec<Bundle>) -> Vec<Bundle> {
    let mut done = Vec::new();
    for bundle in bundles {
        let fewest = alone_chars(&bundle).div_ceil(MANAGED_CHARS);
        // Parts of one resource each cannot be made smaller.
        let mut counts = (fewest..bundle.resources.len()).map(|count| parts(&bundle, count));
        let fitting = counts.find(|parts| parts.iter().all(|it| alone_chars(it) <= MANAGED_CHARS));
        match fitting {
            Some(parts) => done.extend(parts),
            None => done.extend(parts(&bundle, bundle.resources.len())),
        }
    }
    done.sort();
    done
}

/// Characters of a document with the bundle alone, whatever it will be called.
fn alone_chars(bundle: &Bundle) -> usize {
    document_chars(&[Statement {
        sid: Some("x".repeat(sid::LENGTH + sid::SUFFIX_CHARS)),
        condition: bundle.condition.clone(),
        ..Statement::allow(bundle.actions.iter().map(|a| a.as_str()), bundle.resources.clone())
    }])
}

/// The bundle as `count` with about as many characters of resources each.
fn parts(bundle: &Bundle, count: usize) -> Vec<Bundle> {
    let chars = |resource: &String| resource.len() + 3;
    let total: usize = bundle.resources.iter().map(chars).sum();
    let mut parts: Vec<Bundle> = Vec::new();
    let mut before = 0;
    for resource in &bundle.resources {
        // By where its middle lies, so that no part is much larger than the others.
        let part = (before + chars(resource) / 2) * count / total.max(1);
        before += chars(resource);
        if parts.len() <= part {
            parts.push(Bundle { resources: Default::default(), ..bundle.clone() });
        }
        if let Some(last) = parts.last_mut() {
            last.resources.insert(resource.clone());
        }
    }
    parts
}

/// The sizes of execution-role documents, each against the quota it must fit.
pub(super) fn role_sizes(documents: &[PolicyDocument]) -> Vec<DocumentSize> {
    let quota = if documents.len() > 1 { MANAGED_CHARS } else { INLINE_ROLE_CHARS };
    let sized = documents.iter().enumerate().map(|(i, document)| DocumentSize {
        document: match i {
            0 => "execution-role".to_owned(),
            n => format!("execution-role-{}", n + 1),
        },
        size: size_chars(document),
        quota,
    });
    sized.collect()
}

/// The size of one other document.
///
/// # Errors
/// [`OverQuota`] when it does not fit.
pub(super) fn measured(
    name: &str,
    document: &PolicyDocument,
    quota: Quota,
) -> Result<DocumentSize, OverQuota> {
    let size = DocumentSize {
        document: name.to_owned(),
        size: quota.size(document),
        quota: quota.limit(),
    };
    if size.size > size.quota {
        return Err(OverQuota {
            document: format!("`{name}`").into(),
            size: size.size,
            quota: size.quota,
            largest: "".into(),
        });
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn statement(number: usize, chars: usize) -> Statement {
        let resource = format!("arn:aws:s3:::{}", "x".repeat(chars));
        let sid = Some(format!("Statement{number:03}"));
        Statement { sid, ..Statement::allow(["s3:GetObject"], [resource]) }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_statement_is_in_one_document_that_fits(lengths in prop::collection::vec(1..5000_usize, 1..14)) {
            let statements: Vec<Statement> =
                lengths.iter().enumerate().map(|(i, &chars)| statement(i, chars)).collect();
            let Ok(documents) = split(statements.clone()) else {
                // Eleven documents at least.
                prop_assert!(document_chars(&statements) > 5 * MANAGED_CHARS);
                return Ok(());
            };
            let mut found: Vec<Statement> =
                documents.iter().flat_map(|document| document.statements.clone()).collect();
            found.sort_by(|a, b| a.sid.cmp(&b.sid));
            prop_assert_eq!(&found, &statements);
            let quota = if documents.len() == 1 { INLINE_ROLE_CHARS } else { MANAGED_CHARS };
            for document in &documents {
                prop_assert!(size_chars(document) <= quota && !document.statements.is_empty());
            }
            // No two of them would fit into one.
            for (i, a) in documents.iter().enumerate() {
                for b in &documents[..i] {
                    let both = [&a.statements[..], &b.statements].concat();
                    prop_assert!(document_chars(&both) > MANAGED_CHARS);
                }
            }
        }
    }

    #[test]
    fn largest_first_where_that_takes_fewer_documents() {
        let chars = [1000, 2000, 1500, 4800, 3900, 4300];
        let statements = chars.iter().enumerate().map(|(i, &chars)| statement(i, chars));
        let documents = split(statements.collect()).unwrap();
        assert_eq!(documents.len(), 3);
        let first: Vec<_> = documents.iter().map(|d| d.statements[0].sid.clone()).collect();
        assert!(first.is_sorted(), "{first:?}");
    }

    #[test]
    fn a_statement_that_fits_no_policy_is_divided_by_its_resources() {
        let resources: BTreeSet<String> =
            (0..100).map(|i| format!("arn:aws:s3:::{}{i:03}", "x".repeat(180))).collect();
        let bundle = Bundle {
            actions: BTreeSet::from(["s3:GetObject".parse().unwrap()]),
            resources: resources.clone(),
            condition: Default::default(),
        };
        let parts = divided(vec![bundle]);
        assert_eq!(parts.len(), 4);
        assert!(parts.iter().all(|part| alone_chars(part) <= MANAGED_CHARS));
        let found: Vec<String> = parts.iter().flat_map(|part| part.resources.clone()).collect();
        assert_eq!(found.len(), resources.len());
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), resources);
    }
}
