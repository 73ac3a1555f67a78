//! ECDSA keys in OpenSSH's private key format. OpenSSH omits the leading zero bytes of a scalar, and the crate `ssh-key` then
//! rejects the key. This concerns every fourth key on P-521, and one in 256 on the other curves.

use openssl::pkey::PKey;
use ssh_key::EcdsaCurve;
use zeroize::Zeroizing;

use super::{SshReader, ec_point, unsupported_error};
use crate::crypto::Key;
use crate::crypto::error::{Error, Result};
use crate::crypto::key::ec;

/// The first bytes of the file.
const MAGIC: &[u8] = b"openssh-key-v1\0";

/// The private section of a file, encrypted or not, and the authentication tag after it.
pub(super) struct Section {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) tag: Option<[u8; 16]>,
    pub(super) is_encrypted: bool,
}

/// Finds the private section.
pub(super) fn parse_section(file: &[u8]) -> Option<Section> {
    let mut file = SshReader(file.strip_prefix(MAGIC)?);
    let [cipher, _derivation, _options] = [
        file.read_string()?,
        file.read_string()?,
        file.read_string()?,
    ];
    let (count, _public, private) = (file.read_u32()?, file.read_string()?, file.read_string()?);
    (count == 1).then(|| Section {
        bytes: Zeroizing::new(private.to_vec()),
        tag: file.0.try_into().ok(),
        is_encrypted: cipher != b"none",
    })
}

/// Parses the key of a decrypted private section.
///
/// # Errors
/// [`Error::PassphraseWrong`] if the section was decrypted with a wrong passphrase; [`Error::Key`].
pub(super) fn private_material(section: &[u8]) -> Result<Key> {
    let mut section = SshReader(section);
    let checks = [section.read_u32(), section.read_u32()];
    if checks[0].is_none() || checks[0] != checks[1] {
        return Err(Error::PassphraseWrong);
    }
    let mut text = || section.read_string().ok_or_else(unsupported_error);
    let (kind, curve, public, scalar) = (text()?, text()?, text()?, text()?);
    if !kind.starts_with(b"ecdsa-sha2-") {
        return Err(unsupported_error());
    }
    let curve = str::from_utf8(curve)
        .ok()
        .and_then(|name| EcdsaCurve::new(name).ok())
        .ok_or_else(unsupported_error)?;
    let (curve, x, y) = ec_point(curve, public)?;
    let zeros = scalar.iter().take_while(|byte| **byte == 0).count();
    let scalar = &scalar[zeros..];
    let mut padded = Zeroizing::new(vec![0; curve.byte_len()]);
    let start = padded.len().checked_sub(scalar.len()).ok_or_else(unsupported_error)?;
    padded[start..].copy_from_slice(scalar);
    let public = ec::public_key(curve, x, y)?;
    let private = ec::private_key(&public, &padded)?;
    let private = PKey::from_ec_key(private).map_err(|_| Error::Backend("SSH key"))?;
    Key::from_private(private)
}
