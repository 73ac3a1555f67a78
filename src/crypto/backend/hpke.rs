//! HPKE (RFC 9180) in base mode for a single message, which is the part of HPKE that JWE uses.
//!
//! OpenSSL does the key agreement and the AEAD; [`Hmac`] does the HMAC. OpenSSL's own `OSSL_HPKE_*` functions are as fast,
//! but they need OpenSSL 3.2, which many systems do not have, and the crate `openssl` does not bind them. The crate `hpke`
//! lacks X448, takes ten times as long on P-256, and adds 496 kB (docs/algorithms.md has the measurements). No output of
//! HKDF is longer than the hash here, so that each expansion is one HMAC (RFC 5869 section 2.3).
//!
//! A key is checked when it is parsed, and its public key is encoded once ([`Key::public_point`]). Only two HMACs of the key
//! schedule do not depend on the message. They are not cached, since they take 0.1 to 1.3 % of the time of a message.

use openssl::bn::BigNumContext;
use openssl::ec::{EcKey, EcPoint};
use openssl::pkey::{PKey, Private, Public};
use openssl::symm::{self, Cipher};

use super::ecdh;
use crate::crypto::alg::{Aead, Hash, Hpke, Kem};
use crate::crypto::error::{Error, Result};
use crate::crypto::hmac::Hmac;
use crate::crypto::key::{Key, Material, ec, encode_public, okp};
use crate::crypto::secret::SecretBytes;

/// Length of an AEAD nonce in bytes.
const NONCE: usize = 12;

/// A message that is encrypted to a key.
pub(crate) struct Sealed {
    /// The encapsulated secret (`enc` in RFC 9180).
    pub(crate) encapsulated: Vec<u8>,
    /// The ciphertext, with the authentication tag at its end.
    pub(crate) ciphertext: Vec<u8>,
}

/// Encrypts a message to a public key.
///
/// # Errors
/// [`Error::Backend`].
pub(crate) fn seal(
    key: &Key,
    suite: &Hpke,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Sealed> {
    let Kem::Dh(curve) = suite.kem;
    let ephemeral = ecdh::generate(curve).map_err(|_| Error::Backend("HPKE"))?;
    seal_with(&ephemeral, key, suite, info, aad, plaintext).ok_or(Error::Backend("HPKE"))
}

fn seal_with(
    ephemeral: &PKey<Private>,
    recipient: &Key,
    suite: &Hpke,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Option<Sealed> {
    let encapsulated = encode_public(ephemeral)?;
    let shared = ecdh::agree_with_recipient(ephemeral, recipient)?;
    let context = [&*encapsulated, recipient.public_point()?].concat();
    let (key, nonce) = message_key(suite, &shared, &context, info)?;
    let mut tag = [0; Aead::TAG];
    let (cipher, key, nonce) = (aead_cipher(suite.aead), key.expose(), Some(nonce.expose()));
    let ciphertext = symm::encrypt_aead(cipher, key, nonce, aad, plaintext, &mut tag);
    let mut ciphertext = ciphertext.ok()?;
    ciphertext.extend_from_slice(&tag);
    Some(Sealed {
        encapsulated,
        ciphertext,
    })
}

/// Decrypts a message. Every failure is `None`, so that the reason is not revealed.
pub(crate) fn open(
    key: &Key,
    suite: &Hpke,
    info: &[u8],
    aad: &[u8],
    encapsulated: &[u8],
    ciphertext: &[u8],
) -> Option<SecretBytes> {
    let Material::Private(private) = &key.material else {
        return None;
    };
    let (ciphertext, tag) = ciphertext.split_last_chunk::<{ Aead::TAG }>()?;
    let ephemeral = decode_public(suite.kem, encapsulated)?;
    let shared = ecdh::agree(private, &ephemeral)?;
    let context = [encapsulated, key.public_point()?].concat();
    let (key, nonce) = message_key(suite, &shared, &context, info)?;
    let (cipher, key, nonce) = (aead_cipher(suite.aead), key.expose(), Some(nonce.expose()));
    symm::decrypt_aead(cipher, key, nonce, aad, ciphertext, tag).ok().map(SecretBytes::new)
}

/// Derives the key and the nonce of the first message (RFC 9180 sections 4.1 and 5.1) from the shared secret of the key
/// agreement. `kem_context` is the encapsulated secret and the public key of the recipient.
fn message_key(
    suite: &Hpke,
    shared: &SecretBytes,
    kem_context: &[u8],
    info: &[u8],
) -> Option<(SecretBytes, SecretBytes)> {
    let [kem_id, kdf_id, aead_id] = suite.ids().map(u16::to_be_bytes);
    let kem = LabeledHkdf {
        hash: suite.kem.hash(),
        suite: &[b"KEM", &kem_id[..]].concat(),
    };
    let secret = kem.extract(b"", b"eae_prk", shared.expose())?;
    let secret = kem.expand(&secret, b"shared_secret", kem_context, kem.hash.byte_len())?;
    let hkdf = LabeledHkdf {
        hash: suite.kdf,
        suite: &[b"HPKE", &kem_id[..], &kdf_id, &aead_id].concat(),
    };
    // Base mode: mode 0, an empty PSK and an empty PSK ID.
    let psk_id_hash = hkdf.extract(b"", b"psk_id_hash", b"")?;
    let info_hash = hkdf.extract(b"", b"info_hash", info)?;
    let context = [&[0], psk_id_hash.expose(), info_hash.expose()].concat();
    let secret = hkdf.extract(secret.expose(), b"secret", b"")?;
    Some((
        hkdf.expand(&secret, b"key", &context, suite.aead.key_len())?,
        hkdf.expand(&secret, b"base_nonce", &context, NONCE)?,
    ))
}

/// HKDF with the labels of RFC 9180 section 4.
struct LabeledHkdf<'a> {
    hash: Hash,
    suite: &'a [u8],
}

impl LabeledHkdf<'_> {
    fn extract(&self, salt: &[u8], label: &[u8], secret: &[u8]) -> Option<SecretBytes> {
        let parts = [b"HPKE-v1", self.suite, label, secret];
        Some(Hmac::new(self.hash, salt)?.tag(&parts).into())
    }

    /// Expands to at most the length of the hash, which is the first block.
    fn expand(
        &self,
        secret: &SecretBytes,
        label: &[u8],
        info: &[u8],
        len: usize,
    ) -> Option<SecretBytes> {
        let length = u16::try_from(len).ok()?.to_be_bytes();
        let parts = [&length[..], b"HPKE-v1", self.suite, label, info, &[1]];
        let mut block = Hmac::new(self.hash, secret.expose())?.tag(&parts);
        if len > block.len() {
            return None;
        }
        block.truncate(len);
        Some(block.into())
    }
}

/// Decodes a public key, which must be an uncompressed point on its curve, or the bytes of X25519 or X448 (RFC 9180
/// section 7.1.1). Every point on a NIST curve has the right order.
fn decode_public(kem: Kem, bytes: &[u8]) -> Option<PKey<Public>> {
    let Kem::Dh(curve) = kem;
    if bytes.len() != kem.encapsulated_len() {
        return None;
    }
    if !curve.is_ec() {
        return okp::public_key(curve, bytes).ok();
    }
    let (group, mut ctx) = (ec::curve_group(curve).ok()?, BigNumContext::new().ok()?);
    let point = EcPoint::from_bytes(&group, bytes, &mut ctx).ok()?;
    PKey::from_ec_key(EcKey::from_public_key(&group, &point).ok()?).ok()
}

fn aead_cipher(aead: Aead) -> Cipher {
    match aead {
        Aead::Aes128Gcm => Cipher::aes_128_gcm(),
        Aead::Aes256Gcm => Cipher::aes_256_gcm(),
        Aead::ChaCha20Poly1305 => Cipher::chacha20_poly1305(),
    }
}

#[cfg(test)]
mod tests {
    use openssl::bn::BigNum;
    use openssl::pkey::Id;

    use super::*;
    use crate::crypto::alg::{
        Algorithm, Curve, KEY_MANAGEMENT, KeyManagement, KeyManagementScheme,
    };
    use crate::crypto::backend;
    use crate::crypto::key::decode_hex;

    const INFO: &[u8] = b"Ode on a Grecian Urn";
    const PLAINTEXT: &[u8] = b"Beauty is truth, truth beauty";

    fn test_suite(name: &str) -> Hpke {
        match KeyManagement::from_name(name).unwrap().scheme {
            KeyManagementScheme::Hpke(suite) => suite,
            _ => panic!("{name}"),
        }
    }

    fn private_from_hex(curve: Curve, hex: &str) -> PKey<Private> {
        let bytes = decode_hex(hex.as_bytes()).unwrap();
        let id = match curve {
            Curve::X25519 => Id::X25519,
            Curve::X448 => Id::X448,
            curve => {
                let group = ec::curve_group(curve).unwrap();
                let (d, ctx) = (BigNum::from_slice(&bytes).unwrap(), BigNumContext::new());
                let mut point = EcPoint::new(&group).unwrap();
                point.mul_generator2(&group, &d, &mut ctx.unwrap()).unwrap();
                let key = EcKey::from_private_components(&group, &d, &point).unwrap();
                return PKey::from_ec_key(key).unwrap();
            }
        };
        PKey::private_key_from_raw_bytes(&bytes, id).unwrap()
    }

    /// The first message in base mode of each suite in the test vectors of RFC 9180 (appendix A.1.1, A.2.1, A.3.1, A.6.1, and
    /// the file that the appendix refers to): the private keys of the recipient and the sender, the encapsulated secret, the
    /// ciphertext. There are no vectors for P-384.
    #[test]
    fn vectors_of_rfc_9180_decrypt() {
        let vectors = [
            (
                "HPKE-0",
                "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2",
                "4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb",
                "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4",
                "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434",
            ),
            (
                "HPKE-2",
                "01462680369ae375e4b3791070a7458ed527842f6a98a79ff5e0d4cbde83c27196a3916956655523a6a2556a7af62c5cadabe2ef9da3760bb21e005202f7b2462847",
                "014784c692da35df6ecde98ee43ac425dbdd0969c0c72b42f2e708ab9d535415a8569bdacfcc0a114c85b8e3f26acf4d68115f8c91a66178cdbd03b7bcc5291e374b",
                "040138b385ca16bb0d5fa0c0665fbbd7e69e3ee29f63991d3e9b5fa740aab8900aaeed46ed73a49055758425a0ce36507c54b29cc5b85a5cee6bae0cf1c21f2731ece2013dc3fb7c8d21654bb161b463962ca19e8c654ff24c94dd2898de12051f1ed0692237fb02b2f8d1dc1c73e9b366b529eb436e98a996ee522aef863dd5739d2f29b0",
                "170f8beddfe949b75ef9c387e201baf4132fa7374593dfafa90768788b7b2b200aafcc6d80ea4c795a7c5b841a",
            ),
            (
                "HPKE-3",
                "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
                "52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736",
                "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
                "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
            ),
            (
                "HPKE-4",
                "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb",
                "f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600",
                "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a",
                "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
            ),
            (
                "HPKE-5",
                "c4e72a57af1640806c01617b947ee6d1bbe5eb1a5b4616fb705a5d2ed30b7f4317365c504249750e090805d44a2ddc2970172414a90a09e5",
                "9abfbdf9132c22e95f4d25dc6ae16ca1269d3692e75f32e3aeecd4aee7cb8edb4e26da9422afb940c42caf388a1d1215b405795a28d43a60",
                "390f2971ca97d513915a2bc5aac0cb81b832d9424d2264eaa9e868d80862edd7918276883a8d0434309e049408fec2340ae5799702f948d7",
                "6a5ef0f8c88a17c6d26bee63b4468cd43360eb69804fb392d8c9b8eba2f9bd806726c7d99cb9073022000ce41a",
            ),
            (
                "HPKE-6",
                "c2f51845154d6bb6917e44ef0fa0a1fbf1d80f61d199486e75295e8a7e50432d548a7f8040953826c4f1bce79e433dedb4469391c3cc98a1",
                "fa7562b37eef0c60126a0cac505c9a8854223794ee5c195f44ede823f9a74c41697c8927d056f8920ba7e021bde91b749751a1253a964aa6",
                "3d4f6aa08c635205bcd96a0791695d08638714474b4d2c0132b69e25cdb826e1a2a84bc0c40c4fc75f52051b034e0afa82b8457e28794f92",
                "4df124bd68d45b84dd5b82146597cdab8b56ab618166f814c2fe98ce35f43b09917283a58810aac71e852bff0a",
            ),
            (
                "HPKE-7",
                "317f915db7bc629c48fe765587897e01e282d3e8445f79f27f65d031a88082b2",
                "90345e3a1d116c1dd39ae76d95ab858c142223a63e44f8f85318cfa91a84858e",
                "04c06b4f6bebc7bb495cb797ab753f911aff80aefb86fd8b6fcc35525f3ab5f03e0b21bd31a86c6048af3cb2d98e0d3bf01da5cc4c39ff5370d331a4f1f7d5a4e0",
                "58c61a45059d0c5704560e9d88b564a8b63f1364b8d1fcb3c4c6ddc1d291742465e902cd216f8908da49f8f96f",
            ),
        ];
        for (name, recipient, sender, encapsulated, ciphertext) in vectors {
            let suite = test_suite(name);
            let Kem::Dh(curve) = suite.kem;
            let [encapsulated, ciphertext] =
                [encapsulated, ciphertext].map(|hex| decode_hex(hex.as_bytes()).unwrap());
            let [recipient, sender] = [recipient, sender].map(|hex| private_from_hex(curve, hex));
            let key = Key::new(Material::Private(recipient)).unwrap();
            let sealed = seal_with(&sender, &key, &suite, INFO, b"Count-0", PLAINTEXT).unwrap();
            assert_eq!(sealed.encapsulated, encapsulated, "{name}");
            assert_eq!(sealed.ciphertext, ciphertext, "{name}");
            let open = |info, aad| open(&key, &suite, info, aad, &encapsulated, &ciphertext);
            assert_eq!(
                open(INFO, b"Count-0").unwrap().expose(),
                PLAINTEXT,
                "{name}"
            );
            assert!(open(b"", b"Count-0").is_none() && open(INFO, b"").is_none());
        }
        let held = vectors.map(|(name, ..)| name);
        for row in KEY_MANAGEMENT {
            if let Some(suite) = row.integrated_hpke() {
                let is_p384 = suite.kem == Kem::Dh(Curve::P384);
                assert!(held.contains(&row.name) != is_p384, "{}", row.name);
            }
        }
    }

    #[test]
    fn message_decrypts_with_its_key_info_and_associated_data_only() {
        for row in KEY_MANAGEMENT {
            let KeyManagementScheme::Hpke(suite) = row.scheme else {
                continue;
            };
            let kind = Algorithm::KeyManagement(row).default_kind();
            let [key, other] = [0; 2].map(|_| backend::generate_key(kind).unwrap());
            let Sealed {
                encapsulated,
                ciphertext,
            } = seal(&key, &suite, b"info", b"aad", b"message").unwrap();
            assert_eq!(encapsulated.len(), suite.kem.encapsulated_len());
            let plain = open(&key, &suite, b"info", b"aad", &encapsulated, &ciphertext);
            assert_eq!(plain.unwrap().expose(), b"message", "{}", row.name);
            for (key, info, aad) in [
                (&other, b"info", b"aad"),
                (&key, b"inf0", b"aad"),
                (&key, b"info", b"aaD"),
            ] {
                assert!(open(key, &suite, info, aad, &encapsulated, &ciphertext).is_none());
            }
            for len in 0..encapsulated.len() {
                let cut = &encapsulated[..len];
                assert!(open(&key, &suite, b"info", b"aad", cut, &ciphertext).is_none());
            }
            for len in 0..ciphertext.len() {
                let cut = &ciphertext[..len];
                assert!(open(&key, &suite, b"info", b"aad", &encapsulated, cut).is_none());
            }
            // The last byte of a point belongs to y, so that the changed point is not on the curve.
            let mut off_curve = encapsulated.clone();
            *off_curve.last_mut().unwrap() ^= 1;
            // For a point on a NIST curve, this changes the form from 4 (uncompressed) to 2 (compressed). For other keys, it
            // changes the first byte.
            let mut compressed = encapsulated.clone();
            compressed[0] ^= 4 ^ 2;
            for point in [
                off_curve,
                compressed,
                vec![0; encapsulated.len()],
                vec![0xff; encapsulated.len()],
            ] {
                assert!(open(&key, &suite, b"info", b"aad", &point, &ciphertext).is_none());
            }
        }
    }
}
