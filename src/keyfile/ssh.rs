//! OpenSSH keys: Ed25519, ECDSA on the NIST curves and RSA. Private keys may be encrypted.

mod ssh_ecdsa;

use openssl::bn::BigNum;
use openssl::pkey::PKey;
use ssh_key::private::KeypairData;
use ssh_key::public::{EcdsaPublicKey, Ed25519PublicKey, KeyData, RsaPublicKey};
use ssh_key::{EcdsaCurve, HashAlg, Kdf, Mpint, PrivateKey};

use crate::crypto::alg::{Curve, KeyType};
use crate::crypto::error::{Error, Result};
use crate::crypto::key::{ec, okp, rsa};
use crate::crypto::policy::KeyDecryption;
use crate::crypto::secret::SecretBytes;
use crate::crypto::{Key, PublicKey};

/// The largest number of bcrypt rounds. OpenSSH currently uses 24. One round costs as much as thousands of PBKDF2 rounds.
const MAX_ROUNDS: u32 = 256;

/// The largest number of lines in a file of public keys.
const MAX_LINES: usize = 4096;

/// Whether the text is an authorized_keys or .pub file.
pub(crate) fn is_public(text: &[u8]) -> bool {
    key_lines(text).next().is_some_and(|line| {
        [
            &b"ssh-ed25519 "[..],
            b"ssh-rsa ",
            b"ecdsa-sha2-nistp",
            b"ssh-dss ",
            b"sk-ssh-",
            b"sk-ecdsa-",
        ]
        .iter()
        .any(|start| line.starts_with(start))
    })
}

fn key_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = text.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii);
    lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"))
}

fn unsupported_error() -> Error {
    Error::Key("the SSH key is damaged, or its type is not supported".into())
}

/// Reads the fields of an SSH structure in order (RFC 4251 section 5).
pub struct SshReader<'a>(pub &'a [u8]);

impl<'a> SshReader<'a> {
    /// Reads a uint32; `None` if the structure is too short.
    pub fn read_u32(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    /// Reads a string after its length; `None` if the structure is too short.
    pub fn read_string(&mut self) -> Option<&'a [u8]> {
        let len = self.read_u32()? as usize;
        let (string, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(string)
    }
}

/// Parses one line of OpenSSH's public key format.
///
/// # Errors
/// [`Error::Key`].
pub fn read_line(line: &[u8]) -> Result<Key> {
    let line = str::from_utf8(line).map_err(|_| unsupported_error())?;
    let key = ssh_key::PublicKey::from_openssh(line).map_err(|_| unsupported_error())?;
    public_material_of(key.key_data())
}

/// Parses a public key of an SSH agent (RFC 4253 section 6.6).
///
/// # Errors
/// [`Error::Key`].
#[cfg(unix)]
pub fn read_blob(blob: &[u8]) -> Result<Key> {
    let key = ssh_key::PublicKey::from_bytes(blob).map_err(|_| unsupported_error())?;
    public_material_of(key.key_data())
}

/// Parses the lines of an authorized_keys or .pub file. Also returns the reasons for which lines were skipped.
///
/// # Errors
/// [`Error::Key`] if no line can be parsed.
pub(crate) fn read_lines(text: &[u8]) -> Result<(Vec<Key>, Vec<String>)> {
    let (mut keys, mut skipped, mut first_error) = (Vec::new(), Vec::new(), None);
    for (index, line) in key_lines(text).take(MAX_LINES).enumerate() {
        match read_line(line) {
            Ok(key) => keys.push(key),
            Err(error) => {
                skipped.push(format!("key {} of the file: {error}", index + 1));
                first_error.get_or_insert(error);
            }
        }
    }
    match (keys.is_empty(), first_error) {
        (true, Some(error)) => Err(error),
        _ => Ok((keys, skipped)),
    }
}

impl PublicKey {
    /// Returns the key in OpenSSH's public key format, with the kid as the comment.
    ///
    /// # Errors
    /// [`Error::UnsuitableKey`] for a key that SSH does not use.
    pub fn to_ssh(&self) -> Result<String> {
        let unfit = || {
            Error::UnsuitableKey(format!(
                "SSH does not support {}",
                self.as_key().key_type().with_article()
            ))
        };
        self.ssh_key()?.to_openssh().map_err(|_| unfit())
    }

    /// Returns the fingerprint in the format of ssh-keygen: SHA-256, in base64 without padding.
    ///
    /// # Errors
    /// [`Error::UnsuitableKey`] for a key that SSH does not use.
    pub(crate) fn to_ssh_fingerprint(&self) -> Result<String> {
        Ok(self.ssh_key()?.fingerprint(HashAlg::Sha256).to_string())
    }

    fn ssh_key(&self) -> Result<ssh_key::PublicKey> {
        let unfit = || {
            Error::UnsuitableKey(format!(
                "SSH does not support {}",
                self.as_key().key_type().with_article()
            ))
        };
        let key = self.as_key().public_half().ok_or_else(unfit)?;
        let data = match self.as_key().key_type() {
            KeyType::Rsa(_) => {
                let rsa = key.rsa().map_err(|_| unfit())?;
                let number = |bytes: Vec<u8>| Mpint::from_positive_bytes(&bytes);
                KeyData::Rsa(RsaPublicKey {
                    e: number(rsa.e().to_vec()).map_err(|_| unfit())?,
                    n: number(rsa.n().to_vec()).map_err(|_| unfit())?,
                })
            }
            KeyType::Curve(Curve::Ed25519) => {
                let bytes = key.raw_public_key().ok();
                let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
                KeyData::Ed25519(Ed25519PublicKey(bytes.ok_or_else(unfit)?))
            }
            KeyType::Curve(curve @ (Curve::P256 | Curve::P384 | Curve::P521)) => {
                let ec = key.ec_key().map_err(|_| unfit())?;
                let (x, y) = ec::coordinates(&*ec, curve)?;
                let point = [&[4], &*x, &*y].concat();
                KeyData::Ecdsa(EcdsaPublicKey::from_sec1_bytes(&point).map_err(|_| unfit())?)
            }
            _ => return Err(unfit()),
        };
        let comment = self.as_key().kid.clone().unwrap_or_default();
        Ok(ssh_key::PublicKey::new(data, comment))
    }
}

/// Parses a private key in OpenSSH's own format, which is the content of its PEM block.
pub(super) fn private_material(
    file: &[u8],
    decryption: &KeyDecryption,
    budget: &mut rsa::RecoveryBudget,
) -> Result<Key> {
    let mut key = match PrivateKey::from_bytes(file) {
        Ok(key) => key,
        Err(_) => {
            let section = ssh_ecdsa::parse_section(file).filter(|section| !section.is_encrypted);
            return ssh_ecdsa::private_material(&section.ok_or_else(unsupported_error)?.bytes);
        }
    };
    if key.is_encrypted() {
        match key.kdf() {
            Kdf::Bcrypt { rounds, .. } if *rounds > MAX_ROUNDS => {
                return Err(Error::Key(format!(
                    "the SSH key has {rounds} rounds of bcrypt, over the limit of {MAX_ROUNDS}"
                )));
            }
            _ => {}
        }
        let passphrase = decryption.passphrase.ok_or(Error::PassphraseNeeded)?;
        if key.public_key().key_data().is_ecdsa() {
            let section = ssh_ecdsa::parse_section(file).ok_or_else(unsupported_error)?;
            return decrypt_private_section(&key, section, passphrase);
        }
        key = key.decrypt(passphrase.expose()).map_err(|_| Error::PassphraseWrong)?;
    }
    let engine = |_| Error::Backend("SSH key");
    match key.key_data() {
        KeypairData::Ed25519(pair) => {
            let seed = SecretBytes::new(pair.private.to_bytes().to_vec());
            Key::from_private(okp::private_key(
                Curve::Ed25519,
                &pair.public.0,
                seed.expose(),
            )?)
        }
        KeypairData::Ecdsa(pair) => {
            let (curve, x, y) = ec_point(pair.curve(), pair.public_key_bytes())?;
            let public = ec::public_key(curve, x, y)?;
            let private = ec::private_key(&public, pair.private_key_bytes())?;
            Key::from_private(PKey::from_ec_key(private).map_err(engine)?)
        }
        KeypairData::Rsa(pair) => {
            let private = rsa::private_key(
                to_bignum(&pair.public.n)?,
                to_bignum(&pair.public.e)?,
                to_bignum(&pair.private.d)?,
                None,
                budget,
            )?;
            Key::from_private(PKey::from_rsa(private).map_err(engine)?)
        }
        _ => Err(unsupported_error()),
    }
}

/// Decrypts an ECDSA key.
fn decrypt_private_section(
    key: &PrivateKey,
    mut section: ssh_ecdsa::Section,
    passphrase: &SecretBytes,
) -> Result<Key> {
    let wrong = || Error::PassphraseWrong;
    let (secret, iv) =
        key.kdf().derive_key_and_iv(key.cipher(), passphrase.expose()).map_err(|_| wrong())?;
    let cipher = key.cipher();
    let tag = if cipher.has_tag() { section.tag } else { None };
    cipher.decrypt(&secret, &iv, &mut section.bytes, tag).map_err(|_| wrong())?;
    ssh_ecdsa::private_material(&section.bytes)
}

fn public_material_of(data: &KeyData) -> Result<Key> {
    let engine = |_| Error::Backend("SSH key");
    match data {
        KeyData::Ed25519(key) => Key::from_public(okp::public_key(Curve::Ed25519, &key.0)?),
        KeyData::Ecdsa(key) => {
            let (curve, x, y) = ec_point(key.curve(), key.as_sec1_bytes())?;
            let key = ec::public_key(curve, x, y)?;
            Key::from_public(PKey::from_ec_key(key).map_err(engine)?)
        }
        KeyData::Rsa(key) => {
            let (n, e) = (to_bignum(&key.n)?, to_bignum(&key.e)?);
            let key = openssl::rsa::Rsa::from_public_components(n, e).map_err(engine)?;
            Key::from_public(PKey::from_rsa(key).map_err(engine)?)
        }
        _ => Err(unsupported_error()),
    }
}

/// Returns the coordinates of an uncompressed point.
fn ec_point(curve: EcdsaCurve, bytes: &[u8]) -> Result<(Curve, &[u8], &[u8])> {
    let curve = match curve {
        EcdsaCurve::NistP256 => Curve::P256,
        EcdsaCurve::NistP384 => Curve::P384,
        EcdsaCurve::NistP521 => Curve::P521,
    };
    match bytes {
        [4, coordinates @ ..] if coordinates.len() == 2 * curve.byte_len() => {
            let (x, y) = coordinates.split_at(curve.byte_len());
            Ok((curve, x, y))
        }
        _ => Err(unsupported_error()),
    }
}

fn to_bignum(number: &Mpint) -> Result<BigNum> {
    let bytes = number.as_positive_bytes().ok_or_else(unsupported_error)?;
    if bytes.len() > rsa::MAX_BITS as usize / 8 {
        return Err(unsupported_error());
    }
    let mut number = BigNum::new_secure().map_err(|_| Error::Backend("SSH key"))?;
    number.copy_from_slice(bytes).map_err(|_| Error::Backend("SSH key"))?;
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::key::ThumbprintHash;

    /// Keys on P-256 and P-521 whose scalars begin with a zero byte. The last one is the second key, encrypted.
    const SHORT: [(&str, &str); 3] = [
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAaAAAABNlY2RzYS
1zaGEyLW5pc3RwMjU2AAAACG5pc3RwMjU2AAAAQQSqaNUe1h4PjbUUy8kpG36cApQRzPbz
XsJbaNWXmVSAgacsf7LAZzGd6y6P+GFlsBYILr2kgXVDPRY/jtCzjN/5AAAAmFon3m9aJ9
5vAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKpo1R7WHg+NtRTL
ySkbfpwClBHM9vNewlto1ZeZVICBpyx/ssBnMZ3rLo/4YWWwFgguvaSBdUM9Fj+O0LOM3/
kAAAAfaeH9cSwXlUxY90tZPPM8BicIm5SX0M1Lwl2GmGak4wAAAAAB
-----END OPENSSH PRIVATE KEY-----",
            "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKpo1R7WHg+NtRTLySkbfpwClBHM9vNewlto1ZeZVICBpyx/ssBnMZ3rLo/4YWWwFgguvaSBdUM9Fj+O0LOM3/k=",
        ),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAArAAAABNlY2RzYS
1zaGEyLW5pc3RwNTIxAAAACG5pc3RwNTIxAAAAhQQBezh6H7L1Z3KpgTxzC/QEmTq/33Ek
osoGEmHbBFVLc+sqWf+pTCtaljgsYavawBv6cdXmJILAADnYiF4bt2lr+QsBIL1C2X63mo
bCHERrTlA8eBk1bMLE2Bjv8/ORuHxbdUjAxGC8m52cgZWumun8UBXHG9n1yODxSRf6+Xxa
vRgdoMEAAAEA9auCRfWrgkUAAAATZWNkc2Etc2hhMi1uaXN0cDUyMQAAAAhuaXN0cDUyMQ
AAAIUEAXs4eh+y9WdyqYE8cwv0BJk6v99xJKLKBhJh2wRVS3PrKln/qUwrWpY4LGGr2sAb
+nHV5iSCwAA52IheG7dpa/kLASC9Qtl+t5qGwhxEa05QPHgZNWzCxNgY7/Pzkbh8W3VIwM
RgvJudnIGVrprp/FAVxxvZ9cjg8UkX+vl8Wr0YHaDBAAAAQQtDGR1V0q39fBB9Ekn8BE+x
TnGbgiEYzzeET796HbmjDQEkDzA2vWHZGcp+BrgOA47KQ+o3Uwvme4MaCsUMN3DoAAAAAA
ECAw==
-----END OPENSSH PRIVATE KEY-----",
            "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAF7OHofsvVncqmBPHML9ASZOr/fcSSiygYSYdsEVUtz6ypZ/6lMK1qWOCxhq9rAG/px1eYkgsAAOdiIXhu3aWv5CwEgvULZfreahsIcRGtOUDx4GTVswsTYGO/z85G4fFt1SMDEYLybnZyBla6a6fxQFccb2fXI4PFJF/r5fFq9GB2gwQ==",
        ),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABAxtk0r5i
oPxygpvKr/u9GEAAAAEAAAAAEAAACsAAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlz
dHA1MjEAAACFBAF7OHofsvVncqmBPHML9ASZOr/fcSSiygYSYdsEVUtz6ypZ/6lMK1qWOC
xhq9rAG/px1eYkgsAAOdiIXhu3aWv5CwEgvULZfreahsIcRGtOUDx4GTVswsTYGO/z85G4
fFt1SMDEYLybnZyBla6a6fxQFccb2fXI4PFJF/r5fFq9GB2gwQAAAQA0yaXQb6QS+1fJny
HNMZwRu1A97GjPQtMtPBhg2j676wS/ZHQgyHPnJk45CmFcf7/HnNuXMjlnjwlKavbgx4uJ
ZvUmqI0ZjSExuHCnOH2psu1d80+TG6YUUwDWdr5Db4X2f6Izqpn+yHe3Zv0Wfk6Ylr/ctG
HdTrPsIN6EFicQ41PU3koMZwrQ0iS+EHtJLuJUk/F9DvX/b0PlWfZmkw2VgMhC4/76cYEb
lnbpTdBqZH7rOcFfRb/oUMMfMc394Vt9Y4xMuFisYeobJNv5BDiyLwiIqTv9AV8WY38Ui9
0KOVVw+TElPWl/WZe6i5+RzBm/z1TPVB7HtYYUbk6GA4OP
-----END OPENSSH PRIVATE KEY-----",
            "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAF7OHofsvVncqmBPHML9ASZOr/fcSSiygYSYdsEVUtz6ypZ/6lMK1qWOCxhq9rAG/px1eYkgsAAOdiIXhu3aWv5CwEgvULZfreahsIcRGtOUDx4GTVswsTYGO/z85G4fFt1SMDEYLybnZyBla6a6fxQFccb2fXI4PFJF/r5fFq9GB2gwQ==",
        ),
    ];

    fn read_private_key(file: &[u8], decryption: &KeyDecryption) -> Result<Key> {
        private_material(file, decryption, &mut rsa::RecoveryBudget::default())
    }

    fn decode_contents(pem: &str) -> Vec<u8> {
        let block = crate::keyfile::pem::parse_blocks(pem.as_bytes()).next().unwrap();
        block.unwrap().decode_der().unwrap().expose().to_vec()
    }

    #[test]
    fn scalar_with_leading_zeros_is_parsed() {
        let passphrase = SecretBytes::new(b"correct horse".to_vec());
        let wrong = SecretBytes::new(b"wrong horse".to_vec());
        for (pem, line) in SHORT {
            let decryption = |passphrase| KeyDecryption {
                passphrase,
                max_rounds: 0,
            };
            let private =
                read_private_key(&decode_contents(pem), &decryption(Some(&passphrase))).unwrap();
            let [private, public] = [private, read_line(line.as_bytes()).unwrap()]
                .map(|key| key.thumbprint(ThumbprintHash::Sha256).unwrap());
            assert_eq!(private, public);
        }
        let (sealed, _) = SHORT[2];
        for (given, expected) in [
            (None, Error::PassphraseNeeded),
            (Some(&wrong), Error::PassphraseWrong),
        ] {
            let decryption = KeyDecryption {
                passphrase: given,
                max_rounds: 0,
            };
            assert_eq!(
                read_private_key(&decode_contents(sealed), &decryption).err(),
                Some(expected)
            );
        }
    }

    #[test]
    fn truncated_private_key_file_is_rejected() {
        let decryption = KeyDecryption {
            passphrase: None,
            max_rounds: 0,
        };
        let file = decode_contents(SHORT[0].0);
        // The last field is followed by 1 to 7 bytes of padding.
        for end in 0..file.len() - 8 {
            assert!(
                read_private_key(&file[..end], &decryption).is_err(),
                "{end}"
            );
        }
    }
}
