//! The table of the rules. Ids are stable for ever.

/// One rule: what every finding of it has in common.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// The stable name.
    pub id: &'static str,
    /// Where it is written, or the CVE that shows it.
    pub reference: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do about it.
    pub fix: &'static str,
}

macro_rules! rules {
    ($($name:ident $id:literal $reference:literal $why:literal $fix:literal)*) => {
        $(#[allow(missing_docs)] pub static $name: Rule = Rule {
            id: $id, reference: $reference, why: $why, fix: $fix,
        };)*
        /// Every rule.
        pub static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
ALG_NONE "alg-none" "RFC 8725 section 3.2"
"anyone can write such a token" "refuse it; find out who makes or accepts it"
ALG_MISSING "alg-missing" "RFC 7515 section 4.1.1"
"a verifier has nothing protected to compare with its key" "state alg in the protected header"
ALG_UNKNOWN "alg-unknown" "RFC 8725 section 3.1"
"no verifier knows the name; names count every letter's case" "use a registered name"
ALG_DEPRECATED "alg-deprecated" "RFC 9864; RFC 8725 section 3.2"
"the algorithm or its name is on the way out" "move to the one that the message names"
ALG_DRAFT "alg-draft" "IETF drafts of the JOSE working group"
"the name may still change and few can read it" "use it in experiments only"
SIG_LENGTH "sig-length" "RFC 7518 section 3"
"a signature of another length never verifies: it is cut, of another algorithm, or made up" "get the whole token, or fix the signer"
SIG_TRIVIAL "sig-trivial" "CVE-2022-21449"
"a verifier without range checks accepts it for any content" "treat it as an attack"
SIG_DER "sig-der" "RFC 7518 section 3.4"
"verifiers expect R and S side by side" "convert the signature from DER to R || S"
B64_NONCANONICAL "b64-noncanonical" "RFC 7515 section 2; CVE-2026-62995"
"strict readers refuse it, and lenient ones take two texts for one token" "encode as base64url without padding"
BAD_CHARSET "bad-charset" "RFC 8725bis section 3.14"
"a compact token is letters, digits, - _ and dots; anything else is damage or a polyglot" "copy the token again, or fix the sender"
FORMAT "format" "RFC 7515 section 7; RFC 7516 section 7"
"a signed token has 3 parts, an encrypted one 5" "get the whole token"
JSON_DUPLICATE_MEMBER "json-duplicate-member" "RFC 7515 section 4; RFC 7519 section 4"
"one parser takes the first, another the last" "write each name once"
JSON_NOT_UTF8 "json-not-utf8" "RFC 8725 section 3.7"
"parsers disagree about what it says" "encode as UTF-8 without a byte order mark"
JSON_SYNTAX "json-syntax" "RFC 8259"
"no verifier can read it" "get the whole token, or fix the sender"
HEADER_JWK "header-jwk" "RFC 7515 section 4.1.3; CVE-2018-0114"
"a verifier that trusts it lets the token vouch for itself" "verify with keys of your own only"
HEADER_URL "header-url" "RFC 7515 section 4.1.2; RFC 8725 section 3.10"
"a verifier that follows it fetches keys, or anything, from where the token says" "never follow it; fetch the keys from the issuer you configured"
HEADER_X5C "header-x5c" "RFC 7515 section 4.1.6"
"the chain proves nothing until it is checked against roots of your own" "verify with keys of your own only"
KID_SUSPICIOUS "kid-suspicious" "RFC 8725 section 3.10"
"where a kid becomes a path, a query or a command, this one breaks out" "treat a kid as an opaque name"
KID_MISSING "kid-missing" "RFC 7515 section 4.1.4; OpenID Connect Core section 10.1"
"keys cannot be rotated without a name that distinguishes them" "give each key a kid and put it into the header"
CRIT_INVALID "crit-invalid" "RFC 7515 section 4.1.11"
"verifiers must refuse it" "list each extension once, and only those that are there"
CRIT_UNKNOWN "crit-unknown" "RFC 7515 section 4.1.11; CVE-2025-59420"
"a verifier that does not know the extension must refuse" "use only extensions that your verifiers know"
B64_FALSE "b64-false" "RFC 7797 sections 6 and 7"
"verifiers that do not know it check another text than was signed" "encode the payload; a JWT must"
TYP_MISSING "typ-missing" "RFC 8725 section 3.11"
"tokens for one purpose can be taken for another" "set an explicit typ, such as at+jwt"
TYP_CLAIMS_MISMATCH "typ-claims-mismatch" "RFC 9068 section 2.2; RFC 9449 section 4.2; RFC 8417 section 2"
"the token is not what its typ says" "add what the profile demands, or change typ"
ID_OR_ACCESS "id-or-access" "RFC 8725 section 3.12"
"it could pass for an ID token and for an access token" "use typ, and claims of one kind only"
EXP_MISSING "exp-missing" "RFC 8725; RFC 9068 section 2.2"
"once leaked, it is valid without end" "set exp"
EXP_PASSED "exp-passed" "RFC 7519 section 4.1.4"
"verifiers refuse it" "get a new one"
NBF_FUTURE "nbf-future" "RFC 7519 section 4.1.5"
"verifiers refuse it until then" "wait, or set the clocks"
IAT_FUTURE "iat-future" "RFC 7519 section 4.1.6"
"the issuer's clock is ahead, or yours is behind" "set the clocks"
LIFETIME_LONG "lifetime-long" "RFC 9068; practice"
"it is good for long after it leaks" "issue it for minutes and renew it"
EXP_FAR "exp-far" "RFC 8725; practice"
"no token needs to be valid for centuries: the time is a mistake, or there is no expiry in effect" "issue it for minutes and renew it"
TIME_TYPE "time-type" "RFC 7519 section 2; CVE-2026-25537"
"some verifiers treat it as absent, and the token as valid without end" "write seconds since 1970 as a JSON number"
CLAIM_TYPE "claim-type" "RFC 7519 section 4.1; CVE-2020-26160"
"some verifiers take it as absent and skip the check" "use the type of the standard"
AUD_MISSING "aud-missing" "RFC 8725 section 3.9"
"every service that trusts the issuer accepts it" "name the service that it is for"
AUD_WILDCARD "aud-wildcard" "RFC 8725 section 3.9"
"an audience that means every service protects none" "name the service that it is for"
ISS_MISSING "iss-missing" "RFC 8725 section 3.8"
"a verifier does not know which keys it needs" "name the issuer"
SECRET_IN_CLAIMS "pii-or-secret-in-claims" "RFC 7519 section 12"
"a signed token is not encrypted: every holder can read this" "leave it out, or encrypt the token"
TOKEN_SIZE "token-size" "practice; CVE-2025-27144"
"servers cap cookies near 4 KB and headers near 8 KB" "drop claims, or use a reference token"
JWE_ZIP "jwe-zip" "RFC 8725 section 3.6; CVE-2024-28176"
"compression leaks the content by its length, and can blow up" "do not compress"
JWE_P2C "jwe-p2c" "RFC 7518 section 4.8.1; RFC 8725bis section 3.13"
"too few rounds are guessed, too many stall the verifier" "600,000 rounds for SHA-256, 220,000 for SHA-512, a salt of 16 bytes"
JWE_PARTS "jwe-parts" "RFC 7516 section 5.2; CVE-2026-34986"
"it cannot be decrypted, and has crashed libraries that tried" "get the whole token, or fix the sender"
JWE_EPK "jwe-epk" "RFC 7518 section 4.6; RFC 8725 section 3.4"
"a point off the curve or of small order gives the private key away" "refuse it"
JWE_NOT_AUTHENTICATED "jwe-not-authenticated" "RFC 7516; CVE-2026-29000"
"anyone with the public key can make it: encryption does not prove the sender" "sign first, then encrypt (cty JWT)"
NESTED_CTY "nested-cty" "RFC 7519 section 5.2"
"a reader does not learn that a token is inside" "set cty to JWT"
HS_KNOWN_SECRET "hs-known-secret" "RFC 8725 section 2.2"
"the secret is publicly known, so anyone can sign" "make a random one: jotsmith keygen HS256"
KEY_PRIVATE_IN_PUBLIC "key-private-in-public" "RFC 7517 section 9"
"who reads the set can sign as you" "publish public parts only, and replace this key"
KEY_TOO_SMALL "key-too-small" "RFC 7518 sections 3.2 to 3.5"
"it can be broken or guessed" "make a larger one"
KEY_KNOWN "key-known" "published examples and leaks"
"its private part is public" "replace it, and all that it signed"
RSA_EXPONENT "rsa-exponent" "NIST FIPS 186-5"
"the key is broken or out of bounds" "make a new key with the exponent 65537"
RSA_ROCA "rsa-roca" "CVE-2017-15361"
"the primes can be computed from the public key" "replace it"
KEY_INCONSISTENT "key-inconsistent" "RFC 7518 section 6"
"its parts do not belong together; signing with it can give the private part away" "read the key again from its source"
EC_POINT "ec-point" "RFC 7518 section 6.2; RFC 8032"
"it is not a key, or one under which anything verifies" "refuse it"
KEY_ALG_MISMATCH "key-alg-mismatch" "RFC 7518; RFC 9964"
"no library can use it as it says" "set the alg that fits the key"
KEY_ALG_MISSING "key-alg-missing" "RFC 8725 section 3.1; CVE-2026-44699"
"the token then says how it is verified" "bind the key to one alg"
KEY_USE "key-use" "RFC 7517 sections 4.2 and 4.3"
"readers disagree about what it may do" "state use, or key_ops that agree with it"
KEY_KID_THUMBPRINT "key-kid-thumbprint" "RFC 7638 section 7"
"a kid that looks like a thumbprint and is another's misleads; a secret's own lets it be guessed" "use this key's thumbprint; for a secret, a random kid"
SET_DUPLICATE_KID "set-duplicate-kid" "RFC 7517 section 4.5"
"a token's kid then names two keys" "give each key its own kid"
SET_DUPLICATE_KEY "set-duplicate-key" "practice"
"one key is listed twice" "publish it once"
SET_NO_SUCCESSOR "set-no-successor" "OpenID Connect Core section 10.1"
"a new key is not known to caches on the day that it is needed" "publish the next key before it signs: jotsmith rotate"
SET_KEY_EXPIRED "set-key-expired" "OpenID Federation 1.0 section 8.7"
"the key may not be used now" "rotate, and drop it"
SET_SHAPE "set-shape" "RFC 7517 section 5"
"readers refuse the set or skip the entry" "an object with a list \"keys\" of JWKs"
FILE_PERMISSIONS "file-permissions" "practice"
"others on this machine can read the private key" "chmod 600"
CONTROL_CHARS "control-chars" "CWE-150"
"printed raw, they drive the terminal or show another text than is there" "escape what you print; ask how they got in"
PQ_SIZE "pq-size" "RFC 9964 section 5"
"signatures of kilobytes meet the size caps of servers" "check the caps of headers and cookies"
JSON_SERIALIZATION "json-serialization" "RFC 7515 section 7.2; CVE-2026-102946"
"libraries disagree about which signatures must be good" "use one signature, and protect all headers"
CONSUMER_COMPAT "consumer-compat" "the consumer's documentation"
"this consumer will refuse it" "use what it accepts"
HS_PUBLIC_KEY "hs-public-key" "CVE-2015-9235"
"the public key was used as an HMAC secret: a forgery" "treat it as an attack"
RSA_FACTORS "rsa-factors" "practice"
"the modulus can be factored" "replace it"
KEY_OLD "key-old" "NIST SP 800-57"
"the longer a key is in use, the more it is worth stealing" "rotate it: jotsmith rotate"
CERT_MISMATCH "cert-mismatch" "RFC 7517 section 4.7"
"readers of the certificate and of the key part ways" "renew the certificate, or drop it"
SET_NO_KID "set-no-kid" "OpenID Connect Core section 10.1"
"a token cannot say which key it needs" "give each key a kid"
SD_JWT "sd-jwt" "RFC 9901 section 7.1"
"verifiers must refuse it" "get it again from its holder or issuer"
KEY_MEMBERS "key-members" "RFC 7517 section 4; RFC 7518 section 6"
"readers refuse the key" "add or correct the member"
}

#[cfg(test)]
mod tests {
    use super::RULES;

    #[test]
    fn ids_are_unique_and_the_prose_is_in_the_house_style() {
        for rule in RULES {
            assert_eq!(RULES.iter().filter(|other| other.id == rule.id).count(), 1);
            let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            assert!(rule.id.bytes().all(letter), "{}", rule.id);
            for text in [rule.why, rule.fix] {
                assert!(!text.ends_with('.') && !text.is_empty(), "{}", rule.id);
            }
        }
    }
}
