//! The PKCS#11 URI (RFC 7512).

use std::fmt;
use std::path::PathBuf;

/// The start of a URI.
const SCHEME: &str = "pkcs11:";
/// The longest URI, in bytes.
const MAX_URI: usize = 4096;

/// The attributes that identify a token, or a key in a token.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TokenUri {
    /// `token`: the label of the token.
    pub token: Option<String>,
    /// `manufacturer`: the manufacturer of the token.
    pub manufacturer: Option<String>,
    /// `model`: the model of the token.
    pub model: Option<String>,
    /// `serial`: the serial number of the token.
    pub serial: Option<String>,
    /// `slot-id`: the number of the slot.
    pub slot_id: Option<u64>,
    /// `object`: the label of the key.
    pub object: Option<String>,
    /// `id`: the identifier of the key.
    pub id: Option<Vec<u8>>,
    /// `type`: whether it is a secret key.
    pub is_secret: Option<bool>,
    /// `module-path`: the file of the module.
    pub module_path: Option<PathBuf>,
    /// `pin-source`: the file of the PIN.
    pub pin_source: Option<PathBuf>,
    text: String,
}

impl fmt::Display for TokenUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for TokenUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TokenUri {
    /// Whether a text is a PKCS#11 URI, not a path. The case of the scheme is ignored (RFC 3986 section 3.1).
    pub fn is_one(text: &str) -> bool {
        let start = text.get(..SCHEME.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
    }

    /// Parses a URI of the user.
    ///
    /// # Errors
    /// If it is malformed, has a duplicate or unknown attribute, contains a PIN, or runs a program for the PIN.
    pub fn parse(text: &str) -> Result<TokenUri, String> {
        let body = match text.get(SCHEME.len()..) {
            Some(body) if TokenUri::is_one(text) && text.len() <= MAX_URI => body,
            _ => return Err("is not a PKCS#11 URI".into()),
        };
        let (path, query) = body.split_once('?').unwrap_or((body, ""));
        let mut uri = TokenUri {
            // The part after the question mark is omitted, because it may name files.
            text: format!("pkcs11:{path}"),
            ..TokenUri::default()
        };
        for attribute in path.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = split_attribute(attribute)?;
            let slot = match name {
                "token" => &mut uri.token,
                "manufacturer" => &mut uri.manufacturer,
                "model" => &mut uri.model,
                "serial" => &mut uri.serial,
                "object" => &mut uri.object,
                "id" => {
                    set_once(&mut uri.id, name, value)?;
                    continue;
                }
                "slot-id" => {
                    let number = require_utf8(value, name)?.parse();
                    let number = number.map_err(|_| "has a slot-id that is not a number")?;
                    set_once(&mut uri.slot_id, name, number)?;
                    continue;
                }
                "type" => {
                    let is_secret = match &*value {
                        b"secret-key" => true,
                        // Here, a key includes its private and its public key.
                        b"private" | b"public" | b"cert" => false,
                        _ => return Err("has a type that is not supported".into()),
                    };
                    set_once(&mut uri.is_secret, name, is_secret)?;
                    continue;
                }
                _ => return Err(format!("has an attribute that is not supported: {name}")),
            };
            set_once(slot, name, require_utf8(value, name)?)?;
        }
        for attribute in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = split_attribute(attribute)?;
            match name {
                "pin-value" => {
                    return Err(
                        "has a PIN (pin-value), which other users can see; use --pin-file or JOTSMITH_PIN"
                            .into(),
                    );
                }
                "pin-source" => {
                    let value = require_utf8(value, name)?;
                    if value.starts_with('|') {
                        return Err("has a pin-source that is a program (|)".into());
                    }
                    let path = value.strip_prefix("file:").unwrap_or(&value);
                    let path = path.strip_prefix("//").unwrap_or(path);
                    set_once(&mut uri.pin_source, name, path.into())?;
                }
                "module-path" => set_once(
                    &mut uri.module_path,
                    name,
                    require_utf8(value, name)?.into(),
                )?,
                _ => return Err(format!("has an attribute that is not supported: {name}")),
            }
        }
        Ok(uri)
    }

    /// Parses a reference in a key set. It must not name a file.
    ///
    /// # Errors
    /// As [`TokenUri::parse`], and if it has a part after a question mark, or no object.
    pub fn parse_reference(text: &str) -> Result<TokenUri, String> {
        let uri = TokenUri::parse(text)?;
        if uri.pin_source.is_some() || uri.module_path.is_some() {
            return Err("has a pin-source or module-path, which is not allowed in a set".into());
        }
        if uri.object.is_some() || uri.id.is_some() {
            Ok(uri)
        } else {
            Err("names no key: it has neither object nor id".into())
        }
    }

    /// Returns the URI of the key with this label in the same token. It does not name a file.
    pub fn with_object(&self, label: &str) -> TokenUri {
        self.with_object_or_none(Some(label))
    }

    /// Returns the URI of the token.
    pub fn without_object(&self) -> TokenUri {
        self.with_object_or_none(None)
    }

    /// Returns the URI with the module and the PIN file of another URI.
    pub fn with_files_of(&self, other: &TokenUri) -> TokenUri {
        TokenUri {
            module_path: other.module_path.clone(),
            pin_source: other.pin_source.clone(),
            ..self.clone()
        }
    }

    fn with_object_or_none(&self, label: Option<&str>) -> TokenUri {
        let mut uri = TokenUri {
            token: self.token.clone(),
            manufacturer: self.manufacturer.clone(),
            model: self.model.clone(),
            serial: self.serial.clone(),
            slot_id: self.slot_id,
            object: label.map(str::to_owned),
            ..TokenUri::default()
        };
        let slot_id = uri.slot_id.map(|id| id.to_string());
        let attributes = [
            ("token", &uri.token),
            ("manufacturer", &uri.manufacturer),
            ("model", &uri.model),
            ("serial", &uri.serial),
            ("slot-id", &slot_id),
            ("object", &uri.object),
        ];
        let attributes = attributes.into_iter().filter_map(|(name, value)| {
            Some(format!("{name}={}", percent_encode(value.as_ref()?)))
        });
        uri.text = format!("pkcs11:{}", attributes.collect::<Vec<_>>().join(";"));
        uri
    }

    /// Whether both name the same token.
    pub fn is_same_token(&self, other: &TokenUri) -> bool {
        self.without_object() == other.without_object()
    }
}

fn split_attribute(attribute: &str) -> Result<(&str, Vec<u8>), String> {
    let (name, value) = attribute.split_once('=').ok_or("has an attribute without a value")?;
    let value = percent_decode(value).ok_or("has a percent sign without two digits")?;
    Ok((name, value))
}

fn set_once<T>(slot: &mut Option<T>, name: &str, value: T) -> Result<(), String> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("has the attribute {name} twice")),
    }
}

fn require_utf8(value: Vec<u8>, name: &str) -> Result<String, String> {
    String::from_utf8(value).map_err(|_| format!("has an attribute that is not UTF-8: {name}"))
}

/// Percent-encodes a value, so that it contains no reserved character of a URI.
fn percent_encode(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

fn percent_decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (digit(bytes.next()?)?, digit(bytes.next()?)?);
                (high * 16 + low) as u8
            }
            byte => byte,
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uri_attributes_are_percent_decoded() {
        let text = "pkcs11:token=my%20ci;object=a%3Bb;id=%00%ff;slot-id=3;type=private?pin-source=file:/run/pin";
        let uri = TokenUri::parse(text).unwrap();
        assert_eq!(uri.token.as_deref(), Some("my ci"));
        assert_eq!(uri.object.as_deref(), Some("a;b"));
        assert_eq!(uri.id.as_deref(), Some(&[0, 255][..]));
        assert_eq!(uri.slot_id, Some(3));
        assert_eq!(uri.pin_source, Some("/run/pin".into()));
        assert!(!uri.to_string().contains("/run"));
        let upper = TokenUri::parse(&text.replacen("pkcs11", "PKCS11", 1)).unwrap();
        assert!(upper == uri);
    }

    #[test]
    fn uri_with_a_pin_a_program_or_an_unknown_attribute_is_rejected() {
        for (text, why) in [
            ("pkcs11:token=a?pin-value=1234", "pin-value"),
            ("pkcs11:token=a?pin-source=|cat", "a program"),
            ("pkcs11:token=a?pin-source=%7Ccat", "a program"),
            ("pkcs11:token=a?module-name=x", "not supported"),
            ("pkcs11:color=a", "not supported"),
            ("pkcs11:token", "without a value"),
            ("pkcs11:token=a;token=b", "twice"),
            ("pkcs11:token=%f", "percent"),
            ("pkcs11:token=%ff", "UTF-8"),
            ("pkcs11:slot-id=x", "slot-id"),
            ("pkcs11:type=data", "type"),
            ("pkcs11:type=private;type=public", "twice"),
            ("PKCS12:token=a", "not a PKCS#11 URI"),
        ] {
            let error = TokenUri::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
            assert!(!error.contains("1234"));
        }
    }

    #[test]
    fn uri_for_another_object_keeps_the_token_and_no_file() {
        let text = "pkcs11:token=my%20c%3Bi;serial=1;slot-id=3;object=a;id=%00?module-path=/x.so&pin-source=/y";
        let uri = TokenUri::parse(text).unwrap();
        let other = uri.with_object("b;c");
        assert_eq!(
            other.to_string(),
            "pkcs11:token=my%20c%3Bi;serial=1;slot-id=3;object=b%3Bc"
        );
        assert!(TokenUri::parse_reference(&other.to_string()) == Ok(other.clone()));
        assert!(uri.is_same_token(&other));
        assert!(!uri.is_same_token(&TokenUri::parse("pkcs11:serial=1").unwrap()));
    }

    #[test]
    fn reference_with_a_module_path_or_pin_source_or_without_a_key_is_rejected() {
        assert!(TokenUri::parse_reference("pkcs11:token=a;object=b").is_ok());
        for text in [
            "pkcs11:token=a;object=b?module-path=/tmp/evil.so",
            "pkcs11:token=a;object=b?pin-source=/etc/passwd",
            "pkcs11:token=a",
        ] {
            assert!(TokenUri::parse_reference(text).is_err(), "{text}");
        }
    }
}
