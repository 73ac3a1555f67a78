//! Issuance: replaces claims by digests (RFC 9901 section 4.2).

use serde_json::{Value, json};

use super::processed::is_reserved;
use super::{MAX_DISCLOSURES, Path, Step, digest_text, hash_named};
use crate::crypto::base64url;
use crate::crypto::error::{Error, Result};
use crate::crypto::json::Object;
use crate::crypto::random::random_bytes;
use crate::profile::Profile;

/// The number of random bytes of a salt or a decoy.
const SALT_LEN: usize = 16;

/// The claims to hide, and how they are hidden.
#[derive(Debug, Clone)]
pub struct IssueOptions<'a> {
    /// The claims to hide. A hidden claim inside another hidden claim has its own digest in the disclosure of the outer one.
    pub paths: Vec<Path>,
    /// The number of decoy digests that are added to each `_sd`.
    pub decoys: usize,
    /// The name of the hash function.
    pub hash: &'a str,
}

/// An SD-JWT before its payload is signed.
#[derive(Debug)]
pub struct Issued {
    /// The payload with digests.
    pub payload: Object,
    /// The disclosures, in the order of the claims.
    pub disclosures: Vec<String>,
}

/// Returns the claims that must not be hidden, because a verifier needs them: those of the profile, or of RFC 9901 section 9.7.
pub fn visible_claims(profile: Option<Profile>) -> &'static [&'static str] {
    match profile.map_or(&[][..], |profile| profile.table_row().visible) {
        [] => &["iss", "aud", "nbf", "exp", "cnf", "status"],
        own => own,
    }
}

/// Checks that no path hides a claim that must be visible. Elements of `aud` may be hidden even if `aud` itself must not be.
///
/// # Errors
/// The name of the first claim that must be visible.
pub fn check_hidden_claims(
    paths: &[Path],
    profile: Option<Profile>,
) -> std::result::Result<(), &'static str> {
    for path in paths {
        let Some(Step::Member(first)) = path.steps().first() else {
            continue;
        };
        let visible = visible_claims(profile).iter().find(|name| *name == first);
        let is_audience = first == "aud" && path.steps().len() > 1;
        if let Some(name) = visible
            && !is_audience
        {
            return Err(name);
        }
    }
    Ok(())
}

/// Replaces the claims at the paths by digests. Returns the payload and the disclosures.
///
/// # Errors
/// [`Error::Malformed`] if there is no claim at a path, a claim has a reserved name, or there are too many disclosures;
/// [`Error::Backend`].
pub fn issue(claims: Object, options: &IssueOptions) -> Result<Issued> {
    let hash = hash_named(options.hash).ok_or_else(|| {
        Error::NotAllowed(format!("the hash function {} is not known", options.hash))
    })?;
    let paths: Vec<(usize, &[Step])> =
        options.paths.iter().enumerate().map(|(index, path)| (index, path.steps())).collect();
    let mut issuer = Issuer {
        found: vec![false; paths.len()],
        decoys: options.decoys,
        digest: &|text| digest_text(hash, text.as_bytes()),
        disclosures: Vec::new(),
    };
    let mut payload = issuer.issue_object(claims, &paths)?;
    if let Some(missing) = issuer.found.iter().position(|found| !found) {
        let path = &options.paths[missing];
        return Err(Error::Malformed(format!("there is no claim {path}")));
    }
    payload.insert("_sd_alg".into(), options.hash.into());
    Ok(Issued {
        payload,
        disclosures: issuer.disclosures,
    })
}

struct Issuer<'a> {
    /// For each path, whether it leads to a claim.
    found: Vec<bool>,
    decoys: usize,
    digest: &'a dyn Fn(&str) -> String,
    disclosures: Vec<String>,
}

/// The remaining steps of the paths that lead through a value, with the indices of the paths.
type Paths<'p> = [(usize, &'p [Step])];

impl Issuer<'_> {
    fn issue_value(&mut self, value: Value, paths: &Paths) -> Result<Value> {
        Ok(match value {
            Value::Object(object) => Value::Object(self.issue_object(object, paths)?),
            Value::Array(items) => Value::Array(self.issue_array(items, paths)?),
            scalar => scalar,
        })
    }

    fn issue_object(&mut self, object: Object, paths: &Paths) -> Result<Object> {
        let mut result = Object::new();
        let mut digests = Vec::new();
        for (name, value) in object {
            if is_reserved(&name) {
                return Err(Error::Malformed(format!(
                    "the claim name {name} is reserved for SD-JWTs"
                )));
            }
            let step = Step::Member(name.clone());
            let (is_hidden, below) = self.follow_step(paths, &step);
            let value = self.issue_value(value, &below)?;
            if is_hidden {
                digests.push(self.add_disclosure(json!([new_salt()?, name, value]))?)
            } else {
                result.insert(name, value);
            }
        }
        if !digests.is_empty() {
            for _ in 0..self.decoys {
                digests.push((self.digest)(&new_salt()?));
            }
            // Sorted digests do not reveal the order of the claims.
            digests.sort_unstable();
            result.insert("_sd".into(), digests.into());
        }
        Ok(result)
    }

    fn issue_array(&mut self, items: Vec<Value>, paths: &Paths) -> Result<Vec<Value>> {
        let mut result = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let (is_hidden, below) = self.follow_step(paths, &Step::Element(index));
            let item = self.issue_value(item, &below)?;
            result.push(if is_hidden {
                json!({"...": self.add_disclosure(json!([new_salt()?, item]))?})
            } else {
                item
            });
        }
        Ok(result)
    }

    /// Returns whether a path ends at this step, and the remaining steps of the paths that continue.
    fn follow_step<'p>(
        &mut self,
        paths: &Paths<'p>,
        step: &Step,
    ) -> (bool, Vec<(usize, &'p [Step])>) {
        let mut is_hidden = false;
        let mut below = Vec::new();
        for (index, steps) in paths {
            match steps {
                [last] if last.matches(step) => {
                    self.found[*index] = true;
                    is_hidden = true;
                }
                [first, rest @ ..] if first.matches(step) => below.push((*index, rest)),
                _ => {}
            }
        }
        (is_hidden, below)
    }

    /// Adds a disclosure and returns its digest.
    fn add_disclosure(&mut self, disclosure: Value) -> Result<String> {
        if self.disclosures.len() == MAX_DISCLOSURES {
            return Err(Error::Malformed(format!(
                "more than {MAX_DISCLOSURES} disclosures are requested"
            )));
        }
        let text = base64url::encode(disclosure.to_string());
        let digest = (self.digest)(&text);
        self.disclosures.push(text);
        Ok(digest)
    }
}

fn new_salt() -> Result<String> {
    Ok(base64url::encode(random_bytes(SALT_LEN)?.expose()))
}
