//! Lists the content of a token: mechanisms, objects and their attributes.

use anyhow::Result;
use cryptoki::mechanism::{MechanismInfo, MechanismType};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use serde_json::Value;

use super::{MAX_OBJECTS, Token, no_token, public_jwk, read_attribute, read_bytes, read_flag};
use crate::crypto::key::encode_hex;
use crate::crypto::{Error, KeyDecryption, RemoteFailure};
use crate::device::{Device, MechanismEntry, StoredObject};
use crate::io::pkcs11_token::{TokenOptions, TokenUri};
use crate::keyfile;

/// The classes that are listed, with their names.
const CLASSES: [(ObjectClass, &str); 5] = [
    (ObjectClass::PRIVATE_KEY, "private key"),
    (ObjectClass::PUBLIC_KEY, "public key"),
    (ObjectClass::SECRET_KEY, "secret key"),
    (ObjectClass::CERTIFICATE, "certificate"),
    (ObjectClass::DATA, "data"),
];

/// The attributes for the allowed uses of a key.
const USES: [(AttributeType, &str); 8] = [
    (AttributeType::Sign, "sign"),
    (AttributeType::Verify, "verify"),
    (AttributeType::Encrypt, "encrypt"),
    (AttributeType::Decrypt, "decrypt"),
    (AttributeType::Wrap, "wrap"),
    (AttributeType::Unwrap, "unwrap"),
    (AttributeType::Derive, "derive"),
    (AttributeType::SignRecover, "sign-recover"),
];

/// Lists the tokens that match a URI, with the objects that it names. The user is logged in if one token matches and its PIN
/// is available without a prompt.
///
/// # Errors
/// If no token matches, the module cannot be used, or the PIN is wrong.
pub fn list_devices(uri: &TokenUri, options: &TokenOptions) -> Result<Vec<Device>> {
    let list = || -> Result<Vec<Device>, RemoteFailure> {
        let tokens = Token::open_all(uri, options)?;
        if tokens.is_empty() {
            return Err(no_token(uri, options));
        }
        let logs_in = tokens.len() == 1 && options.has_pin(uri);
        tokens.iter().map(|token| read_device(token, logs_in)).collect()
    };
    Ok(list().map_err(Error::Remote)?)
}

fn read_device(token: &Token, logs_in: bool) -> Result<Device, RemoteFailure> {
    let session = token.open_session(false)?;
    if logs_in {
        token.login(&session)?;
    }
    let malformed = |_| format!("the token {} did not return its description", token.label);
    let info = token.module.get_token_info(token.slot).map_err(malformed)?;
    let library = token.module.get_library_info().map_err(malformed)?;
    let mut objects = Vec::new();
    let mut is_cut = false;
    for (class, name) in CLASSES {
        let found = token.find_objects(&session, class)?;
        is_cut |= found.len() == MAX_OBJECTS;
        let found = found.into_iter();
        objects.extend(found.map(|object| describe_object(&session, object, name)));
    }
    // The order must not depend on the module.
    objects.sort_by(|one, other| (&one.label, &one.id).cmp(&(&other.label, &other.id)));
    let mechanisms = token.module.get_mechanism_list(token.slot);
    let mechanisms = mechanisms.map_err(malformed)?.into_iter();
    let mechanisms = mechanisms.map(|kind| read_mechanism(token, kind));
    Ok(Device {
        label: info.label().to_owned(),
        manufacturer: info.manufacturer_id().to_owned(),
        model: info.model().to_owned(),
        serial: info.serial_number().to_owned(),
        slot_id: token.slot.id(),
        module: format!(
            "{} {} by {}",
            library.library_description(),
            library.library_version(),
            library.manufacturer_id()
        ),
        logged_in: logs_in || !info.login_required(),
        pin: if info.user_pin_locked() {
            Some("it is locked")
        } else if info.user_pin_final_try() {
            Some("one try is left")
        } else if info.user_pin_count_low() {
            Some("few tries are left")
        } else {
            None
        },
        mechanisms: mechanisms.collect(),
        objects,
        is_cut,
    })
}

/// Whether a mechanism has a use.
type Has = fn(&MechanismInfo) -> bool;

fn read_mechanism(token: &Token, kind: MechanismType) -> MechanismEntry {
    let info = token.module.get_mechanism_info(token.slot, kind).ok();
    let size = |size: fn(&MechanismInfo) -> usize| info.as_ref().map_or(0, size);
    let uses: [(Has, &'static str); 9] = [
        (MechanismInfo::sign, "sign"),
        (MechanismInfo::verify, "verify"),
        (MechanismInfo::encrypt, "encrypt"),
        (MechanismInfo::decrypt, "decrypt"),
        (MechanismInfo::wrap, "wrap"),
        (MechanismInfo::unwrap, "unwrap"),
        (MechanismInfo::derive, "derive"),
        (MechanismInfo::digest, "digest"),
        (
            |info| info.generate() || info.generate_key_pair(),
            "generate",
        ),
    ];
    let has = |has: Has| info.as_ref().is_some_and(has);
    let uses = uses.into_iter().filter(|(has_use, _)| has(*has_use));
    MechanismEntry {
        name: kind.to_string(),
        min_size: size(MechanismInfo::min_key_size),
        max_size: size(MechanismInfo::max_key_size),
        uses: uses.map(|(_, name)| name).collect(),
    }
}

fn describe_object(session: &Session, object: ObjectHandle, class: &'static str) -> StoredObject {
    let text = |kind| read_bytes(session, object, kind).unwrap_or_default();
    let flag = |kind| read_flag(session, object, kind);
    let is_key = class.ends_with("key");
    let jwk = match class {
        "public key" => public_jwk(session, object).ok(),
        "certificate" => certificate_jwk(&text(AttributeType::Value)),
        _ => None,
    };
    let key_type = match read_attribute(session, object, AttributeType::KeyType) {
        Some(Attribute::KeyType(kind)) if is_key => Some(kind.to_string()),
        _ => None,
    };
    let key_flag = |kind| if is_key { flag(kind) } else { None };
    let uses = USES.into_iter();
    let uses = uses.filter(|(kind, _)| key_flag(*kind) == Some(true));
    StoredObject {
        class,
        label: String::from_utf8_lossy(&text(AttributeType::Label)).into_owned(),
        id: encode_hex(&text(AttributeType::Id)),
        key_type,
        jwk,
        sensitive: flag(AttributeType::Sensitive),
        always_sensitive: flag(AttributeType::AlwaysSensitive),
        extractable: flag(AttributeType::Extractable),
        never_extractable: flag(AttributeType::NeverExtractable),
        local: key_flag(AttributeType::Local),
        always_authenticate: flag(AttributeType::AlwaysAuthenticate),
        uses: uses.map(|(_, name)| name).collect(),
    }
}

fn certificate_jwk(der: &[u8]) -> Option<Value> {
    let key = keyfile::from_der(der, KeyDecryption::LOCKED).ok()?;
    Some(Value::Object(key.to_public().ok()?.to_jwk().ok()?))
}
