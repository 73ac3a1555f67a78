//! Access to tokens through their module, with the crate `cryptoki`.

mod listing;
mod single_part;
mod store;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error as CkError, RvError};
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::elliptic_curve::{EcKdf, Ecdh1DeriveParams};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType as CkKeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::{AuthPin, Ulong};
use serde_json::{Value, json};

use super::{TokenOptions, TokenUri};
use crate::crypto::alg::{
    Algorithm, Curve, Hash, KeyManagement, KeyManagementScheme, OaepHash, Signature,
    SignatureScheme,
};
use crate::crypto::key::{RemoteKey, Unreachable, encode_hex};
use crate::crypto::{Error, Key, KeyDecryption, RemoteFailure, SecretBytes, backend, base64url};
use crate::io::prompt;
use crate::io::source::{Inputs, Source, environment_variable, read_path};
use crate::keyfile;
use crate::output::exit::{CliError, cli_error};

/// The largest number of objects that a search returns.
const MAX_OBJECTS: usize = 1000;
/// The longest PIN, in bytes.
const MAX_PIN: usize = 1024;
/// The largest number of objects that an error lists.
const MAX_LISTED: usize = 8;

pub use listing::list_devices;
use single_part::SinglePart;
pub use store::{Store, generate_key};

/// The hint for a URI that names no key.
const LISTING: &str =
    "jotsmith inspect pkcs11: lists the objects; with a PIN also the private ones";

/// The hint for a module that does not decrypt with RSA-OAEP-256.
const SHA1_ONLY: &str =
    "many modules support RSA-OAEP with SHA-1 only: encrypt with --alg RSA-OAEP, or with ECDH-ES";

/// The loaded modules. A module is initialized once in a process.
static MODULES: Mutex<Vec<(PathBuf, Pkcs11)>> = Mutex::new(Vec::new());

/// Loads and initializes the module in this file, unless it is loaded already.
fn load_module(path: &Path) -> Result<Pkcs11, RemoteFailure> {
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, module)) = modules.iter().find(|(known, _)| known == path) {
        return Ok(module.clone());
    }
    let name = path.display();
    let module = Pkcs11::new(path).map_err(|error| not_loaded(path, &error))?;
    let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    match module.initialize(arguments) {
        Ok(()) | Err(CkError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => {
            let why = describe_error(&error);
            return Err(format!("the PKCS#11 module {name} does not start: {why}").into());
        }
    }
    modules.push((path.into(), module.clone()));
    Ok(module)
}

/// Returns the error for a module that is missing, or is not a library of this platform.
fn not_loaded(path: &Path, error: &CkError) -> RemoteFailure {
    let why = match error {
        // The message of the dynamic loader begins with the path.
        CkError::LibraryLoading(error) => error.to_string(),
        CkError::NullFunctionPointer | CkError::MissingSymbol(_) => {
            "it is not a PKCS#11 module".into()
        }
        other => describe_error(other),
    };
    let name = path.display().to_string();
    let why = why.strip_prefix(&format!("{name}: ")).unwrap_or(&why);
    let failure = RemoteFailure::from(format!("the PKCS#11 module {name} cannot be loaded: {why}"));
    failure.with_fix("name the module of the token with --pkcs11-module FILE or PKCS11_MODULE")
}

impl TokenOptions {
    /// Returns the path of the module.
    fn module_path(&self, uri: &TokenUri) -> PathBuf {
        self.module
            .clone()
            .or_else(|| uri.module_path.clone())
            .or_else(|| environment_variable("PKCS11_MODULE").map(PathBuf::from))
            .unwrap_or_else(|| "p11-kit-proxy.so".into())
    }

    /// Whether a PIN is available without a prompt.
    fn has_pin(&self, uri: &TokenUri) -> bool {
        self.pin.is_some()
            || uri.pin_source.is_some()
            || environment_variable("JOTSMITH_PIN").is_some()
    }

    /// Reads the PIN of the token with this label.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    fn read_pin(&self, uri: &TokenUri, label: &str) -> Result<SecretBytes> {
        let inputs = Inputs::default();
        let pin = match (&self.pin, &uri.pin_source) {
            (Some(source), _) => inputs.read_secret(source, "PIN", "--pin-file", MAX_PIN)?,
            (None, _) if environment_variable("JOTSMITH_PIN").is_some() => {
                inputs.read(&Source::Env("JOTSMITH_PIN".into()), "PIN", MAX_PIN)?
            }
            (None, Some(path)) => read_path(path, MAX_PIN)?,
            (None, None) => {
                return prompt::prompt_pin(label, &self.console, self.no_input);
            }
        };
        let bytes = pin.expose();
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if bytes.is_empty() {
            Err(CliError::failed("the PIN is empty").into())
        } else {
            Ok(bytes.to_vec().into())
        }
    }
}

/// Returns the description of an error of a module.
fn describe_error(error: &CkError) -> String {
    match error {
        CkError::Pkcs11(code, _) => match code {
            RvError::PinIncorrect => "the PIN is wrong".into(),
            RvError::PinLocked => "the PIN is locked".into(),
            RvError::PinExpired => "the PIN has expired".into(),
            RvError::PinLenRange => "the PIN is too long or too short".into(),
            RvError::TokenNotPresent | RvError::DeviceRemoved => "the token is not present".into(),
            RvError::DeviceMemory => "the token is full".into(),
            RvError::MechanismInvalid | RvError::MechanismParamInvalid => {
                "the mechanism is not supported".into()
            }
            RvError::KeyFunctionNotPermitted | RvError::KeyTypeInconsistent => {
                "the key is not for this operation".into()
            }
            RvError::UserNotLoggedIn => "the token requires another login for this key".into(),
            RvError::TokenWriteProtected | RvError::SessionReadOnly => {
                "the token is write-protected".into()
            }
            other => code_name(&format!("{other:?}")),
        },
        CkError::NullFunctionPointer | CkError::NotSupported | CkError::MissingSymbol(_) => {
            "the module does not have the function".into()
        }
        _ => "the module returned a malformed response".into(),
    }
}

/// Converts the name of a return code in the crate to that in PKCS#11, such as `ArgumentsBad` to `CKR_ARGUMENTS_BAD`.
fn code_name(variant: &str) -> String {
    let mut name = "CKR".to_owned();
    for letter in variant.chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

/// A token, with its URI and the options for its use.
struct Token {
    uri: TokenUri,
    options: TokenOptions,
    module: Pkcs11,
    slot: Slot,
    label: String,
}

impl Token {
    /// Finds the token that the URI names.
    fn open(uri: &TokenUri, options: &TokenOptions) -> Result<Token, RemoteFailure> {
        let mut found = Token::open_all(uri, options)?;
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(no_token(uri, options)),
            several => {
                let tokens = found.iter().take(MAX_LISTED).map(|token| {
                    let serial = token.module.get_token_info(token.slot);
                    let serial = serial.map(|info| info.serial_number().to_owned());
                    format!("{} (serial {})", token.label, serial.unwrap_or_default())
                });
                let tokens = tokens.collect::<Vec<_>>().join(", ");
                let failure =
                    RemoteFailure::from(format!("{several} tokens match {uri}: {tokens}"));
                Err(failure.with_fix("select one with token=, serial= or slot-id="))
            }
        }
    }

    /// Finds every token that matches the URI.
    fn open_all(uri: &TokenUri, options: &TokenOptions) -> Result<Vec<Token>, RemoteFailure> {
        let module = load_module(&options.module_path(uri))?;
        let slots = module.get_slots_with_initialized_token();
        let slots = slots.map_err(|error| format!("no token: {}", describe_error(&error)))?;
        let matches = |value: &str, wanted: &Option<String>| {
            wanted.as_ref().is_none_or(|wanted| wanted == value)
        };
        let mut found = Vec::new();
        for slot in slots {
            let Ok(info) = module.get_token_info(slot) else {
                continue;
            };
            if uri.slot_id.is_none_or(|id| id == slot.id())
                && matches(info.label(), &uri.token)
                && matches(info.manufacturer_id(), &uri.manufacturer)
                && matches(info.model(), &uri.model)
                && matches(info.serial_number(), &uri.serial)
            {
                found.push(Token {
                    uri: uri.clone(),
                    options: options.clone(),
                    module: module.clone(),
                    slot,
                    label: info.label().to_owned(),
                });
            }
        }
        Ok(found)
    }

    fn open_session(&self, is_writing: bool) -> Result<Session, RemoteFailure> {
        let session = if is_writing {
            self.module.open_rw_session(self.slot)
        } else {
            self.module.open_ro_session(self.slot)
        };
        session.map_err(|error| self.operation_error(&error))
    }

    /// Returns the error for a failed operation with a key.
    fn failed_with(&self, algorithm: &str, error: &CkError) -> RemoteFailure {
        let (label, words) = (&self.label, describe_error(error));
        format!("the token {label} failed with {algorithm}: {words}").into()
    }

    /// Returns the error for a failed function of the module.
    fn operation_error(&self, error: &CkError) -> RemoteFailure {
        format!("the token {}: {}", self.label, describe_error(error)).into()
    }

    /// Logs the user in for all sessions of the token. The caller must do this only once, because every wrong PIN reduces the
    /// remaining tries of the token.
    fn login(&self, session: &Session) -> Result<(), RemoteFailure> {
        let state = session.get_session_info().map(|info| info.session_state());
        if matches!(state, Ok(SessionState::RoUser | SessionState::RwUser)) {
            return Ok(());
        }
        let info = self.module.get_token_info(self.slot);
        let info = info.map_err(|error| self.operation_error(&error))?;
        if !info.login_required() {
            return Ok(());
        }
        if info.user_pin_locked() {
            return Err(format!("the PIN of the token {} is locked", self.label).into());
        }
        self.enter_pin(session, UserType::User)
    }

    /// Enters the PIN for the token, or for the operation that the session has begun with a key that requires it.
    fn enter_pin(&self, session: &Session, user: UserType) -> Result<(), RemoteFailure> {
        let info = self.module.get_token_info(self.slot);
        let info = info.map_err(|error| self.operation_error(&error))?;
        let pin = if info.protected_authentication_path() {
            // The PIN is entered on the device of the token.
            None
        } else {
            let pin = self.options.read_pin(&self.uri, &self.label);
            let pin = pin.map_err(|error| failure_of(&error))?;
            let pin = str::from_utf8(pin.expose()).map_err(|_| "the PIN is not UTF-8")?;
            Some(AuthPin::new(pin.into()))
        };
        match session.login(user, pin.as_ref()) {
            Ok(()) | Err(CkError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(error) => {
                let left = match self.module.get_token_info(self.slot) {
                    Ok(info) if info.user_pin_locked() => "; the PIN is now locked",
                    Ok(info) if info.user_pin_final_try() => "; one try is left",
                    Ok(info) if info.user_pin_count_low() => "; few tries are left",
                    _ => "",
                };
                let words = describe_error(&error);
                Err(format!("the token {}: {words}{left}", self.label).into())
            }
        }
    }

    /// Returns the objects of a class that the URI names.
    fn find_objects(
        &self,
        session: &Session,
        class: ObjectClass,
    ) -> Result<Vec<ObjectHandle>, RemoteFailure> {
        self.find_as(&self.uri, session, class)
    }

    /// Returns the objects of a class that `uri`, a URI of this token, names.
    fn find_as(
        &self,
        uri: &TokenUri,
        session: &Session,
        class: ObjectClass,
    ) -> Result<Vec<ObjectHandle>, RemoteFailure> {
        let mut template = vec![Attribute::Class(class)];
        if let Some(label) = &uri.object {
            template.push(Attribute::Label(label.clone().into_bytes()));
        }
        if let Some(id) = &uri.id {
            template.push(Attribute::Id(id.clone()));
        }
        let found = session.find_objects(&template);
        let mut found = found.map_err(|error| describe_error(&error))?;
        found.truncate(MAX_OBJECTS);
        Ok(found)
    }

    /// Returns the only object of a class that the URI names; `None` if there is none.
    fn find_one(
        &self,
        session: &Session,
        class: ObjectClass,
    ) -> Result<Option<ObjectHandle>, RemoteFailure> {
        let found = self.find_objects(session, class)?;
        match &*found {
            [] => Ok(None),
            [only] => Ok(Some(*only)),
            several => {
                let names = several.iter().take(MAX_LISTED).map(|object| {
                    let of = |kind| read_bytes(session, *object, kind).unwrap_or_default();
                    let label = of(AttributeType::Label);
                    let (label, id) = (String::from_utf8_lossy(&label), of(AttributeType::Id));
                    format!("{label} (id {})", encode_hex(&id))
                });
                let names: Vec<String> = names.collect();
                let (number, label, uri) = (several.len(), &self.label, &self.uri);
                let names = names.join(", ");
                let failure = format!("{number} keys of the token {label} match {uri}: {names}");
                Err(RemoteFailure::from(failure).with_fix("select one with object= or id="))
            }
        }
    }

    /// Returns the private or secret key that the URI names.
    fn find_key(
        &self,
        session: &Session,
        class: ObjectClass,
    ) -> Result<ObjectHandle, RemoteFailure> {
        let found = self.find_one(session, class)?;
        let name = match class {
            ObjectClass::SECRET_KEY => "secret key",
            _ => "private key",
        };
        found.ok_or_else(|| {
            let (label, uri) = (&self.label, &self.uri);
            let failure = format!("the token {label} has no {name} that matches {uri}");
            RemoteFailure::from(failure).with_fix(LISTING)
        })
    }
}

/// Returns the key that a URI names. The user is logged in when the key is used, or here if the token does not show its public
/// keys without a login.
///
/// # Errors
/// If the token cannot be used, or the URI does not name one key.
pub fn load_key(uri: &TokenUri, options: &TokenOptions) -> Result<Key> {
    let find = || -> Result<Key, RemoteFailure> {
        let token = Token::open(uri, options)?;
        let session = token.open_session(false)?;
        let find_public = || match uri.is_secret {
            Some(true) => Ok(None),
            _ => public_key(&token, &session),
        };
        if let Some(public) = find_public()? {
            return with_private_half(public, remote_key(uri, options));
        }
        token.login(&session)?;
        if let Some(public) = find_public()? {
            let class = ObjectClass::PRIVATE_KEY;
            let remote = match token.find_one(&session, class)? {
                Some(object) => opened(token, session, class, object),
                None => remote_key(uri, options),
            };
            return with_private_half(public, remote);
        }
        let class = ObjectClass::SECRET_KEY;
        let secret = match uri.is_secret {
            Some(false) => None,
            _ => token.find_one(&session, class)?,
        };
        let object = secret.ok_or_else(|| no_key(&token, &session))?;
        let len = key_encryption_key(&session, object)?;
        secret_key(len, opened(token, session, class, object))
    };
    Ok(find().map_err(Error::Remote)?)
}

fn with_private_half(public: Key, remote: Arc<dyn RemoteKey>) -> Result<Key, RemoteFailure> {
    let public = public.to_public().map_err(|error| error.to_string())?;
    Ok(public.with_remote(remote))
}

/// Returns the error for a token without the key that the URI names.
fn no_key(token: &Token, session: &Session) -> RemoteFailure {
    let (label, uri) = (&token.label, &token.uri);
    match token.find_objects(session, ObjectClass::PRIVATE_KEY) {
        Ok(found) if !found.is_empty() => {
            format!("the token {label} has neither a public key nor a certificate for {uri}").into()
        }
        _ => {
            let failure = format!("the token {label} has no key that matches {uri}");
            RemoteFailure::from(failure).with_fix(LISTING)
        }
    }
}

/// Returns a shared secret of `len` bytes that only encrypts keys (RFC 7518 section 4.4).
fn secret_key(len: usize, remote: Arc<dyn RemoteKey>) -> Result<Key, RemoteFailure> {
    let bind = || {
        let mut key = Key::from_remote_secret(len, remote)?;
        if let Some(algorithm) = Algorithm::from_name(&format!("A{}KW", len * 8)) {
            key.set_alg(algorithm)?;
        }
        Ok(key)
    };
    bind().map_err(|error: Error| error.to_string().into())
}

/// Returns the length of a secret key, which must be an AES key.
fn key_encryption_key(session: &Session, object: ObjectHandle) -> Result<usize, RemoteFailure> {
    let kind = read_attribute(session, object, AttributeType::KeyType);
    let len = read_attribute(session, object, AttributeType::ValueLen);
    match (kind, len) {
        (Some(Attribute::KeyType(CkKeyType::AES)), Some(Attribute::ValueLen(len)))
            if matches!(*len, 16 | 24 | 32) =>
        {
            Ok(*len as usize)
        }
        _ => Err("only AES keys of a token are used as shared secrets".into()),
    }
}

/// Returns a key of an open token. The session and its login stay open, so that the PIN is read once.
fn opened(
    token: Token,
    session: Session,
    class: ObjectClass,
    object: ObjectHandle,
) -> Arc<dyn RemoteKey> {
    Arc::new(TokenKey {
        uri: token.uri.clone(),
        options: token.options.clone(),
        class,
        state: Mutex::new(State::Open(Arc::new(token), vec![(session, object)])),
    })
}

/// Returns the private key of a public key. The module is loaded when the key is used.
pub fn remote_key(uri: &TokenUri, options: &TokenOptions) -> Arc<dyn RemoteKey> {
    Arc::new(TokenKey {
        uri: uri.clone(),
        options: options.clone(),
        class: ObjectClass::PRIVATE_KEY,
        state: Mutex::new(State::Closed),
    })
}

/// Returns the error for a URI that matches no token.
fn no_token(uri: &TokenUri, options: &TokenOptions) -> RemoteFailure {
    let module = options.module_path(uri);
    let module = module.display();
    let failure = RemoteFailure::from(format!("no token matches {uri} (module {module})"));
    failure.with_fix(
        "jotsmith inspect pkcs11: lists the tokens; --pkcs11-module selects another module",
    )
}

/// Converts an error of reading the PIN.
fn failure_of(error: &anyhow::Error) -> RemoteFailure {
    let error = cli_error(error).unwrap_or_else(|| CliError::failed("the PIN cannot be read"));
    RemoteFailure {
        message: error.message,
        fix: error.hint,
    }
}

/// Returns one attribute, if the object has it and it is readable.
fn read_attribute(
    session: &Session,
    object: ObjectHandle,
    kind: AttributeType,
) -> Option<Attribute> {
    session.get_attributes(object, &[kind]).ok()?.pop()
}

fn read_bytes(session: &Session, object: ObjectHandle, kind: AttributeType) -> Option<Vec<u8>> {
    match read_attribute(session, object, kind)? {
        Attribute::Label(bytes)
        | Attribute::Id(bytes)
        | Attribute::Modulus(bytes)
        | Attribute::PublicExponent(bytes)
        | Attribute::EcParams(bytes)
        | Attribute::EcPoint(bytes)
        | Attribute::Value(bytes) => Some(bytes),
        _ => None,
    }
}

/// Returns a boolean attribute.
fn read_flag(session: &Session, object: ObjectHandle, kind: AttributeType) -> Option<bool> {
    match read_attribute(session, object, kind)? {
        Attribute::Sensitive(value)
        | Attribute::AlwaysSensitive(value)
        | Attribute::Extractable(value)
        | Attribute::NeverExtractable(value)
        | Attribute::Local(value)
        | Attribute::AlwaysAuthenticate(value)
        | Attribute::Sign(value)
        | Attribute::SignRecover(value)
        | Attribute::Verify(value)
        | Attribute::Encrypt(value)
        | Attribute::Decrypt(value)
        | Attribute::Wrap(value)
        | Attribute::Unwrap(value)
        | Attribute::Derive(value) => Some(value),
        _ => None,
    }
}

/// Returns the public key of the key that the URI names, from its public key object or its certificate.
fn public_key(token: &Token, session: &Session) -> Result<Option<Key>, RemoteFailure> {
    if let Some(object) = token.find_one(session, ObjectClass::PUBLIC_KEY)? {
        return read_public(session, object).map(Some);
    }
    let Some(object) = token.find_one(session, ObjectClass::CERTIFICATE)? else {
        return Ok(None);
    };
    let der = read_bytes(session, object, AttributeType::Value).unwrap_or_default();
    let key = keyfile::from_der(&der, KeyDecryption::LOCKED).map_err(|error| error.to_string())?;
    Ok(Some(key))
}

/// Returns the certificate that a URI names, in DER.
///
/// # Errors
/// If the token cannot be used, or the URI does not name one certificate.
pub fn load_certificate(uri: &TokenUri, options: &TokenOptions) -> Result<Vec<u8>> {
    let find = || -> Result<Vec<u8>, RemoteFailure> {
        let token = Token::open(uri, options)?;
        let session = token.open_session(false)?;
        let mut found = token.find_one(&session, ObjectClass::CERTIFICATE)?;
        if found.is_none() && options.has_pin(uri) {
            token.login(&session)?;
            found = token.find_one(&session, ObjectClass::CERTIFICATE)?;
        }
        let value = found.and_then(|object| read_bytes(&session, object, AttributeType::Value));
        value.ok_or_else(|| {
            let label = &token.label;
            let failure = format!("the token {label} has no certificate that matches {uri}");
            RemoteFailure::from(failure).with_fix(LISTING)
        })
    };
    Ok(find().map_err(Error::Remote)?)
}

/// Reads a public key object. It is checked like a JWK.
fn read_public(session: &Session, object: ObjectHandle) -> Result<Key, RemoteFailure> {
    let jwk = public_jwk(session, object)?;
    Key::from_jwk(jwk.to_string().as_bytes()).map_err(|error| error.to_string().into())
}

/// Returns the JWK of a public key object, which is not checked.
fn public_jwk(session: &Session, object: ObjectHandle) -> Result<Value, RemoteFailure> {
    let octets = |kind, name: &str| {
        read_bytes(session, object, kind).ok_or_else(|| format!("the public key has no {name}"))
    };
    let encode = |bytes: &[u8]| base64url::encode(bytes);
    let kind = session.get_attributes(object, &[AttributeType::KeyType]);
    let kind = kind.map_err(|error| describe_error(&error))?;
    let is_rsa = matches!(&*kind, [Attribute::KeyType(kind)] if *kind == CkKeyType::RSA);
    Ok(if is_rsa {
        let n = octets(AttributeType::Modulus, "modulus")?;
        let e = octets(AttributeType::PublicExponent, "exponent")?;
        let [n, e] = [n, e].map(|number| {
            let zeros = number.iter().take_while(|byte| **byte == 0).count();
            encode(&number[zeros..])
        });
        json!({"kty": "RSA", "n": n, "e": e})
    } else {
        let oid = octets(AttributeType::EcParams, "curve")?;
        let curve = Curve::ALL
            .into_iter()
            .find(|curve| {
                curve_parameters(*curve) == Some(&*oid) || curve_name(*curve) == Some(&*oid)
            })
            .ok_or("the type or the curve of the key is not supported")?;
        let point = octets(AttributeType::EcPoint, "point")?;
        let point = octet_string(&point, curve).ok_or("the public key has a malformed point")?;
        if !curve.is_ec() {
            json!({"kty": "OKP", "crv": curve.name(), "x": encode(point)})
        } else {
            let (x, y) = point[1..].split_at(curve.byte_len());
            json!({"kty": "EC", "crv": curve.name(), "x": encode(x), "y": encode(y)})
        }
    })
}

/// Returns the object identifier of a curve, in DER.
fn curve_parameters(curve: Curve) -> Option<&'static [u8]> {
    Some(match curve {
        Curve::P256 => &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
        Curve::P384 => &[6, 5, 0x2b, 0x81, 4, 0, 0x22],
        Curve::P521 => &[6, 5, 0x2b, 0x81, 4, 0, 0x23],
        Curve::Secp256k1 => &[6, 5, 0x2b, 0x81, 4, 0, 0x0a],
        Curve::X25519 => &[6, 3, 0x2b, 0x65, 0x6e],
        Curve::X448 => &[6, 3, 0x2b, 0x65, 0x6f],
        Curve::Ed25519 => &[6, 3, 0x2b, 0x65, 0x70],
        Curve::Ed448 => &[6, 3, 0x2b, 0x65, 0x71],
    })
}

/// Returns the name of a curve, in DER, which some modules use instead of the object identifier.
fn curve_name(curve: Curve) -> Option<&'static [u8]> {
    match curve {
        Curve::Ed25519 => Some(b"\x13\x0cedwards25519"),
        Curve::X25519 => Some(b"\x13\x0acurve25519"),
        _ => None,
    }
}

/// Returns the point in an OCTET STRING. Some modules omit the OCTET STRING.
fn octet_string(point: &[u8], curve: Curve) -> Option<&[u8]> {
    let len = if curve.is_ec() {
        1 + 2 * curve.byte_len()
    } else {
        curve.byte_len()
    };
    let inner = match *point {
        [4, short, ref rest @ ..] if rest.len() == len && usize::from(short) == len => rest,
        [4, 0x81, long, ref rest @ ..] if rest.len() == len && usize::from(long) == len => rest,
        _ => point,
    };
    let is_uncompressed = !curve.is_ec() || inner.first() == Some(&4);
    Some(inner).filter(|inner| inner.len() == len && is_uncompressed)
}

/// A private key or a shared secret in a token.
struct TokenKey {
    uri: TokenUri,
    options: TokenOptions,
    class: ObjectClass,
    state: Mutex<State>,
}

/// The sessions of a key.
enum State {
    /// The token has not been used yet.
    Closed,
    /// The user is logged in. Each thread uses a free session or opens another one.
    Open(Arc<Token>, Vec<(Session, ObjectHandle)>),
    /// The token cannot be used. It is not tried again, because repeated wrong PINs lock a token.
    Failed(RemoteFailure),
}

impl TokenKey {
    /// Runs an operation in a session with the key. A session that fails is closed.
    fn with_session<T>(
        &self,
        operate: impl FnOnce(&Token, &Session, ObjectHandle) -> Result<T, RemoteFailure>,
    ) -> Result<T, Error> {
        let run = || {
            let (token, session, object) = self.take_session()?;
            let result = operate(&token, &session, object)?;
            Ok((session, object, result))
        };
        let (session, object, result) = run().map_err(Error::Remote)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Open(_, free) = &mut *state {
            free.push((session, object));
        }
        Ok(result)
    }

    /// Enters the PIN for the operation that the session has begun with a key that requires it (`CKA_ALWAYS_AUTHENTICATE`).
    /// Returns the functions that complete the operation.
    fn authenticate(&self, token: &Token, session: &Session) -> Result<SinglePart, RemoteFailure> {
        let module = self.options.module_path(&self.uri);
        let functions = SinglePart::of(&module).map_err(|error| token.operation_error(&error))?;
        let entered = token.enter_pin(session, UserType::ContextSpecific);
        entered.inspect_err(|failure| {
            // It is not tried again, because repeated wrong PINs lock a token.
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            *state = State::Failed(failure.clone());
        })?;
        Ok(functions)
    }

    /// Decrypts a content encryption key with a shared secret (RFC 3394).
    fn unwrap(
        &self,
        algorithm: &KeyManagement,
        encrypted_key: &[u8],
    ) -> Result<Option<SecretBytes>, Error> {
        let template = passing_secret();
        self.with_session(|token, session, key| {
            match session.unwrap_key(&Mechanism::AesKeyWrap, key, encrypted_key, &template) {
                Ok(cek) => take_value(session, cek).map(Some),
                Err(error) if is_about_the_input(&error) => Ok(None),
                Err(error) => Err(token.failed_with(algorithm.name, &error)),
            }
        })
    }

    /// Returns a free session, or opens one.
    fn take_session(&self) -> Result<(Arc<Token>, Session, ObjectHandle), RemoteFailure> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Closed = *state {
            let open = || {
                let token = Token::open(&self.uri, &self.options)?;
                let session = token.open_session(false)?;
                token.login(&session)?;
                let object = token.find_key(&session, self.class)?;
                Ok((token, session, object))
            };
            *state = match open() {
                Ok((token, session, object)) => {
                    State::Open(Arc::new(token), vec![(session, object)])
                }
                Err(why) => State::Failed(why),
            };
        }
        let token = match &mut *state {
            State::Failed(why) => return Err(why.clone()),
            State::Open(token, free) => match free.pop() {
                Some((session, object)) => return Ok((token.clone(), session, object)),
                None => token.clone(),
            },
            State::Closed => return Err("the token is closed".into()),
        };
        drop(state);
        let session = token.open_session(false)?;
        let object = token.find_key(&session, self.class)?;
        Ok((token, session, object))
    }
}

/// Whether each operation with the key requires the PIN.
fn requires_pin(session: &Session, key: ObjectHandle) -> bool {
    read_flag(session, key, AttributeType::AlwaysAuthenticate) == Some(true)
}

impl RemoteKey for TokenKey {
    fn sign(&self, algorithm: &'static Signature, message: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        let digest = backend::digest_of(algorithm, message);
        let digest = digest.as_deref().unwrap_or(message);
        let (mechanism, data) = match algorithm.scheme {
            SignatureScheme::RsaPkcs1(hash) => {
                (Mechanism::RsaPkcs, [digest_info(hash), digest].concat())
            }
            SignatureScheme::RsaPss(hash) => {
                (Mechanism::RsaPkcsPss(pss_parameters(hash)), digest.to_vec())
            }
            SignatureScheme::Ecdsa(..) => (Mechanism::Ecdsa, digest.to_vec()),
            SignatureScheme::EdDsa | SignatureScheme::EdDsaOn(_) => {
                let parameters = EddsaParams::new(EddsaSignatureScheme::Pure);
                (Mechanism::Eddsa(parameters), message.to_vec())
            }
            _ => {
                return Err(Error::remote(format!(
                    "a token cannot sign with {}",
                    algorithm.name
                )));
            }
        };
        self.with_session(|token, session, key| {
            let failed = |error: CkError| token.failed_with(algorithm.name, &error);
            let signature = if requires_pin(session, key) {
                session.sign_init(&mechanism, key).map_err(failed)?;
                self.authenticate(token, session)?.sign(session, &data)
            } else {
                session.sign(&mechanism, key, &data)
            };
            Ok(vec![signature.map_err(failed)?])
        })
    }

    fn decrypt(
        &self,
        algorithm: &'static KeyManagement,
        encrypted_key: &[u8],
        _len: usize,
    ) -> Result<Option<SecretBytes>, Error> {
        let hash = match algorithm.scheme {
            KeyManagementScheme::RsaOaep(hash) => hash,
            KeyManagementScheme::AesKw(_) => return self.unwrap(algorithm, encrypted_key),
            _ => return Unreachable.decrypt(algorithm, encrypted_key, 0),
        };
        let (hash, mgf) = match hash {
            OaepHash::Sha1 => (MechanismType::SHA1, PkcsMgfType::MGF1_SHA1),
            OaepHash::Sha2(hash) => hash_mechanism(hash),
        };
        let parameters = PkcsOaepParams::new(hash, mgf, PkcsOaepSource::empty());
        let mechanism = Mechanism::RsaPkcsOaep(parameters);
        self.with_session(|token, session, key| {
            let failed = |error: CkError| {
                let failure = token.failed_with(algorithm.name, &error);
                match algorithm.name {
                    "RSA-OAEP" => failure,
                    _ => failure.with_fix(SHA1_ONLY),
                }
            };
            let cek = if requires_pin(session, key) {
                session.decrypt_init(&mechanism, key).map_err(failed)?;
                self.authenticate(token, session)?.decrypt(session, encrypted_key)
            } else {
                let cek = session.decrypt(&mechanism, key, encrypted_key);
                cek.map(SecretBytes::new)
            };
            match cek {
                Ok(cek) => Ok(Some(cek)),
                Err(error) if is_about_the_input(&error) => Ok(None),
                Err(error) => Err(failed(error)),
            }
        })
    }

    fn agree(
        &self,
        algorithm: &'static KeyManagement,
        ephemeral: &[u8],
    ) -> Result<Option<SecretBytes>, Error> {
        let len = match ephemeral.first() {
            Some(4) if ephemeral.len() % 2 == 1 => ephemeral.len() / 2,
            _ => ephemeral.len(),
        };
        let parameters = Ecdh1DeriveParams::new(EcKdf::null(), ephemeral);
        let mut template = passing_secret();
        template.push(Attribute::ValueLen(to_ulong(len)));
        self.with_session(|token, session, key| {
            let mechanism = Mechanism::Ecdh1Derive(parameters);
            let derived = session.derive_key(&mechanism, key, &template);
            let derived = derived.map_err(|error| token.failed_with(algorithm.name, &error))?;
            take_value(session, derived).map(Some)
        })
    }

    fn wrap(&self, algorithm: &'static KeyManagement, cek: &SecretBytes) -> Result<Vec<u8>, Error> {
        let mut template = passing_secret();
        template.push(Attribute::Value(cek.expose().to_vec()));
        let wrapped = self.with_session(|token, session, key| {
            let failed = |error: CkError| token.failed_with(algorithm.name, &error);
            let object = session.create_object(&template).map_err(failed)?;
            let wrapped = session.wrap_key(&Mechanism::AesKeyWrap, key, object);
            let _ = session.destroy_object(object);
            wrapped.map_err(failed)
        });
        if let Some(Attribute::Value(cek)) = template.pop() {
            drop(SecretBytes::new(cek));
        }
        wrapped
    }
}

/// Returns the attributes of a temporary secret object, which exists during one operation.
fn passing_secret() -> Vec<Attribute> {
    vec![
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(CkKeyType::GENERIC_SECRET),
        Attribute::Token(false),
        Attribute::Sensitive(false),
        Attribute::Extractable(true),
    ]
}

/// Returns the value of a temporary secret object, and removes it from the token.
fn take_value(session: &Session, object: ObjectHandle) -> Result<SecretBytes, RemoteFailure> {
    let value = read_bytes(session, object, AttributeType::Value);
    let _ = session.destroy_object(object);
    let value =
        value.ok_or("the token does not give out the secret that it derived or decrypted")?;
    Ok(value.into())
}

fn to_ulong(value: usize) -> Ulong {
    // The numbers are small, so that the conversion does not fail.
    Ulong::try_from(value).unwrap_or(Ulong::from(0))
}

/// Whether a failure may be caused by the encrypted key in the JWE, not by the key or the device.
fn is_about_the_input(error: &CkError) -> bool {
    match error {
        CkError::Pkcs11(code, Function::Decrypt) => !matches!(
            code,
            RvError::DeviceError
                | RvError::DeviceRemoved
                | RvError::TokenNotPresent
                | RvError::SessionClosed
                | RvError::SessionHandleInvalid
                | RvError::UserNotLoggedIn
        ),
        // Unlike decryption, this function does not check the key and the mechanism in a separate step. SoftHSM returns the
        // general error.
        CkError::Pkcs11(code, Function::UnwrapKey) => matches!(
            code,
            RvError::WrappedKeyInvalid
                | RvError::WrappedKeyLenRange
                | RvError::EncryptedDataInvalid
                | RvError::EncryptedDataLenRange
                | RvError::FunctionFailed
                | RvError::GeneralError
        ),
        _ => false,
    }
}

fn hash_mechanism(hash: Hash) -> (MechanismType, PkcsMgfType) {
    match hash {
        Hash::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256),
        Hash::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384),
        Hash::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512),
    }
}

/// Returns the parameters of RSASSA-PSS. The salt is as long as the hash (RFC 7518 section 3.5).
fn pss_parameters(hash: Hash) -> PkcsPssParams {
    let (hash_alg, mgf) = hash_mechanism(hash);
    PkcsPssParams {
        hash_alg,
        mgf,
        s_len: to_ulong(hash.byte_len()),
    }
}

/// Returns the bytes of a DigestInfo before the digest (RFC 8017 section 9.2).
fn digest_info(hash: Hash) -> &'static [u8] {
    match hash {
        Hash::Sha256 => {
            b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
        }
        Hash::Sha384 => {
            b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
        }
        Hash::Sha512 => {
            b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
        }
    }
}
