//! Generates and destroys keys in a token.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use cryptoki::session::Session;

use super::{Token, curve_parameters, describe_error, read_bytes, read_public, to_ulong};
use crate::crypto::alg::{Curve, KeyType};
use crate::crypto::key::{ThumbprintHash, Unreachable, Use};
use crate::crypto::{Error, Key, RemoteFailure, base64url};
use crate::io::pkcs11_token::{NewKey, TokenOptions, TokenUri};

/// The objects that a key pair consists of. The public key is destroyed last, so that an incomplete key is still found.
const HALVES: [ObjectClass; 2] = [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY];

/// A token in which keys are generated and destroyed.
pub struct Store {
    token: Token,
    session: Session,
}

impl Store {
    /// Opens the token that a URI names, for reading or also for writing.
    ///
    /// # Errors
    /// If the token cannot be used, or, for writing, the PIN is missing or wrong.
    pub fn open(uri: &TokenUri, options: &TokenOptions, is_writing: bool) -> Result<Store> {
        let open = || {
            let token = Token::open(uri, options)?;
            let session = token.open_session(is_writing)?;
            if is_writing {
                token.login(&session)?;
            }
            Ok(Store { token, session })
        };
        Ok(open().map_err(Error::Remote)?)
    }

    /// Generates a key that never leaves the token, with the label of the URI. The ID of a key pair is its JWK thumbprint,
    /// unless the URI has one.
    ///
    /// # Errors
    /// If the token does not generate such a key, or already has a key that the URI names.
    pub fn generate(&self, uri: &TokenUri, new: &NewKey) -> Result<Key, RemoteFailure> {
        let Some(label) = &uri.object else {
            let failure = RemoteFailure::from(format!("{uri} does not name the new key"));
            return Err(failure.with_fix("add its label: object=LABEL"));
        };
        let Store { token, session } = self;
        for class in [ObjectClass::PRIVATE_KEY, ObjectClass::SECRET_KEY] {
            if !(token.find_as(uri, session, class)?).is_empty() {
                return Err(format!("the token {} already has a key {uri}", token.label).into());
            }
        }
        let could_not = |error| {
            let words = describe_error(&error);
            let label = &token.label;
            RemoteFailure::from(format!(
                "the token {label} could not generate the key: {words}"
            ))
        };
        if let KeyType::Oct(len) = new.kind {
            let mut template = vec![
                Attribute::Token(true),
                Attribute::Private(true),
                Attribute::Sensitive(true),
                Attribute::Extractable(false),
                Attribute::Label(label.clone().into_bytes()),
                Attribute::ValueLen(to_ulong(len)),
                Attribute::Wrap(true),
                Attribute::Unwrap(true),
                // In some tokens, a key allows all operations by default.
                Attribute::Encrypt(false),
                Attribute::Decrypt(false),
                Attribute::Sign(false),
                Attribute::Verify(false),
            ];
            template.extend(uri.id.clone().map(Attribute::Id));
            let made = session.generate_key(&Mechanism::AesKeyGen, &template);
            made.map_err(could_not)?;
            let key = Key::from_remote_secret(len, Arc::new(Unreachable));
            return key.map_err(|error| error.to_string().into());
        }
        let signs = new.alg.key_use() == Use::Sig;
        let agrees = !signs && matches!(new.kind, KeyType::Curve(_));
        let label = Attribute::Label(label.clone().into_bytes());
        let mut public = vec![
            Attribute::Token(true),
            Attribute::Private(false),
            label.clone(),
        ];
        let mut private = vec![
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            label,
            Attribute::Sign(signs),
            Attribute::Decrypt(!signs && !agrees),
            Attribute::Derive(agrees),
            // In some tokens, every key can unwrap by default.
            Attribute::Unwrap(false),
        ];
        let mechanism = match new.kind {
            KeyType::Rsa(bits) => {
                public.push(Attribute::ModulusBits(to_ulong(bits as usize)));
                public.push(Attribute::PublicExponent(vec![1, 0, 1]));
                public.push(Attribute::Encrypt(!signs));
                public.push(Attribute::Verify(signs));
                public.push(Attribute::Wrap(false));
                Mechanism::RsaPkcsKeyPairGen
            }
            KeyType::Curve(curve) => {
                let parameters =
                    curve_parameters(curve).ok_or("PKCS#11 tokens do not support the curve")?;
                public.push(Attribute::EcParams(parameters.to_vec()));
                if signs {
                    public.push(Attribute::Verify(true));
                }
                match curve {
                    Curve::Ed25519 | Curve::Ed448 => Mechanism::EccEdwardsKeyPairGen,
                    Curve::X25519 | Curve::X448 => Mechanism::EccMontgomeryKeyPairGen,
                    _ => Mechanism::EccKeyPairGen,
                }
            }
            _ => {
                let kind = new.kind.with_article();
                return Err(format!("a token cannot generate {kind}").into());
            }
        };
        if let Some(id) = &uri.id {
            public.push(Attribute::Id(id.clone()));
            private.push(Attribute::Id(id.clone()));
        }
        let made = session.generate_key_pair(&mechanism, &public, &private);
        let made = made.or_else(|_| {
            // The keys of a TPM are for both uses, and its module rejects a template that denies one.
            public.retain(|attribute| !denies_use(attribute));
            private.retain(|attribute| !denies_use(attribute));
            session.generate_key_pair(&mechanism, &public, &private)
        });
        let (public, private) = made.map_err(could_not)?;
        let finish = || -> Result<Key, String> {
            let key = read_public(session, public).map_err(|failure| failure.message)?;
            if uri.id.is_none() {
                let thumbprint = key.thumbprint(ThumbprintHash::Sha256);
                let thumbprint = thumbprint.map_err(|error| error.to_string())?;
                let id = base64url::decode(&thumbprint).unwrap_or_default();
                for object in [public, private] {
                    session
                        .update_attributes(object, &[Attribute::Id(id.clone())])
                        .map_err(|error| describe_error(&error))?;
                }
            }
            Ok(key)
        };
        let public = finish().map_err(|why| {
            // A key that cannot be read or identified is not usable.
            let _ = session.destroy_object(private);
            let _ = session.destroy_object(public);
            let label = &token.label;
            format!("the new key of the token {label} cannot be used: {why}")
        })?;
        let public = public.to_public().map_err(|error| error.to_string())?;
        Ok(public.with_remote(Arc::new(Unreachable)))
    }

    /// Returns the accepted labels of the keys. Without a login, only public keys are found.
    ///
    /// # Errors
    /// If the token cannot be read.
    pub fn labels(
        &self,
        is_accepted: impl Fn(&str) -> bool,
    ) -> Result<BTreeSet<String>, RemoteFailure> {
        let any = self.token.uri.without_object();
        let mut labels = BTreeSet::new();
        for class in HALVES {
            for object in self.token.find_as(&any, &self.session, class)? {
                let label = read_bytes(&self.session, object, AttributeType::Label);
                let label = label.and_then(|label| String::from_utf8(label).ok());
                labels.extend(label.filter(|label| is_accepted(label)));
            }
        }
        Ok(labels)
    }

    /// Destroys the private and the public key that a URI names. It is not an error if they do not exist.
    ///
    /// # Errors
    /// If the URI names several keys, or the token does not destroy it.
    pub fn destroy(&self, uri: &TokenUri) -> Result<(), RemoteFailure> {
        for class in HALVES {
            let found = self.token.find_as(uri, &self.session, class)?;
            if found.len() > 1 {
                let (number, label) = (found.len(), &self.token.label);
                return Err(format!(
                    "{number} keys of the token {label} match {uri}, so none is destroyed"
                )
                .into());
            }
            for object in found {
                self.session.destroy_object(object).map_err(|error| {
                    let words = describe_error(&error);
                    format!(
                        "the token {} did not destroy the key {uri}: {words}",
                        self.token.label
                    )
                })?;
            }
        }
        Ok(())
    }
}

/// Whether an attribute denies a use of a new key.
fn denies_use(attribute: &Attribute) -> bool {
    matches!(
        attribute,
        Attribute::Sign(false)
            | Attribute::Verify(false)
            | Attribute::Encrypt(false)
            | Attribute::Decrypt(false)
            | Attribute::Wrap(false)
            | Attribute::Unwrap(false)
            | Attribute::Derive(false)
    )
}

/// Generates a key in a token, as [`Store::generate`] does.
///
/// # Errors
/// As [`Store::open`] and [`Store::generate`].
pub fn generate_key(uri: &TokenUri, options: &TokenOptions, new: &NewKey) -> Result<Key> {
    let made = Store::open(uri, options, true)?.generate(uri, new);
    Ok(made.map_err(Error::Remote)?)
}
