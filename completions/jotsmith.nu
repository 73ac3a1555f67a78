module completions {

  def "nu-complete jotsmith color" [] {
    [ "auto" "always" "never" ]
  }

  # Mint, verify, encrypt, decrypt, inspect and rotate JOSE tokens and keys
  export extern jotsmith [
    --json                    # Print one JSON object instead of text, errors included
    --quiet(-q)               # Leave out notes and warnings
    --color: string@"nu-complete jotsmith color" # When to color the output (NO_COLOR is respected)
    --at: string              # Use this as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help; --help describes every flag
    --version(-V)             # Print version
  ]

  def "nu-complete jotsmith keygen alg" [] {
    [ "HS256" "HS384" "HS512" "RS256" "RS384" "RS512" "PS256" "PS384" "PS512" "ES256" "ES384" "ES512" "ES256K" "Ed25519" "Ed448" "EdDSA" "ML-DSA-44" "ML-DSA-65" "ML-DSA-87" "dir" "A128KW" "A192KW" "A256KW" "A128GCMKW" "A192GCMKW" "A256GCMKW" "RSA-OAEP" "RSA-OAEP-256" "RSA-OAEP-384" "RSA-OAEP-512" "ECDH-ES" "ECDH-ES+A128KW" "ECDH-ES+A192KW" "ECDH-ES+A256KW" "HPKE-0" "HPKE-1" "HPKE-2" "HPKE-3" "HPKE-4" "HPKE-5" "HPKE-6" "HPKE-7" "HPKE-0-KE" "HPKE-1-KE" "HPKE-2-KE" "HPKE-3-KE" "HPKE-5-KE" "HPKE-7-KE" "PBES2-HS256+A128KW" "PBES2-HS384+A192KW" "PBES2-HS512+A256KW" "A128CBC-HS256" "A192CBC-HS384" "A256CBC-HS512" "A128GCM" "A192GCM" "A256GCM" ]
  }

  def "nu-complete jotsmith keygen curve" [] {
    [ "P-256" "P-384" "P-521" "secp256k1" "Ed25519" "Ed448" "X25519" "X448" ]
  }

  def "nu-complete jotsmith keygen to" [] {
    [ "jwk" "jwks" "pem" "der" "ssh" "raw" "hex" "base64" "base64url" ]
  }

  def "nu-complete jotsmith keygen color" [] {
    [ "auto" "always" "never" ]
  }

  # Make a key
  export extern "jotsmith keygen" [
    --curve: string@"nu-complete jotsmith keygen curve" # The curve, for EdDSA and ECDH-ES
    --bits: string            # The size, for RSA [default: 3072] and shared secrets
    --kid: string             # The key identifier [default: thumbprint, or random for a shared secret]
    --kid-from: string        # Derive the key ID from: jwk (thumbprint), kubernetes, libtrust or uuid
    --use: string             # What the key may be used for, where the algorithm does not say
    --count: string           # How many keys to make, as a JWK Set
    --list                    # List the algorithms and exit
    --long                    # List them with their keys, the reason of their status, and who supports them
    --bench                   # List them with their speed on one core of this machine
    --to: string@"nu-complete jotsmith keygen to" # The form
    --encrypt                 # Encrypt the private key with a passphrase
    --p2c: string             # Rounds of PBKDF2 to encrypt the private key with [default: 600000]
    --passphrase-file: string # Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)
    --public-out: path        # Write the public part to a file
    --pkcs11-module: path     # The module of a PKCS#11 token (without: PKCS11_MODULE, or p11-kit's proxy)
    --pin-file: string        # Read the PIN of a token from a file or env:NAME (without: JOTSMITH_PIN, or asked on the terminal)
    --output(-o): path        # Write the result to a file instead of stdout
    --force(-f)               # Replace files that exist
    --json                    # Print one JSON object instead of text, errors included
    --quiet(-q)               # Leave out notes and warnings
    --color: string@"nu-complete jotsmith keygen color" # When to color the output (NO_COLOR is respected)
    --at: string              # Use this as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help; --help describes every flag
    alg?: string@"nu-complete jotsmith keygen alg" # What the key is for: a signature, key management or content encryption algorithm [default: ES256]
  ]

  def "nu-complete jotsmith sign secret_encoding" [] {
    [ "utf8" "raw" "base64" "base64url" "hex" ]
  }

  def "nu-complete jotsmith sign signer_input" [] {
    [ "message" "digest" ]
  }

  def "nu-complete jotsmith sign signer_output" [] {
    [ "raw" "der" "base64" "hex" "vault" ]
  }

  def "nu-complete jotsmith sign profile" [] {
    [ "at" "id" "logout" "client-assertion" "jwt-bearer" "dpop" "jar" "jarm" "introspection" "set" "ssf" "client-attestation" "client-attestation-pop" "sd-jwt-vc" "status-list" "vci-proof" "jwt-svid" "k8s-sa" "github-app" "google" "snowflake" "apple" ]
  }

  def "nu-complete jotsmith sign alg" [] {
    [ "HS256" "HS384" "HS512" "RS256" "RS384" "RS512" "PS256" "PS384" "PS512" "ES256" "ES384" "ES512" "ES256K" "Ed25519" "Ed448" "EdDSA" "ML-DSA-44" "ML-DSA-65" "ML-DSA-87" ]
  }

  def "nu-complete jotsmith sign format" [] {
    [ "compact" "flattened" "general" ]
  }

  def "nu-complete jotsmith sign encrypt_alg" [] {
    [ "dir" "A128KW" "A192KW" "A256KW" "A128GCMKW" "A192GCMKW" "A256GCMKW" "RSA-OAEP" "RSA-OAEP-256" "RSA-OAEP-384" "RSA-OAEP-512" "RSA1_5" "ECDH-ES" "ECDH-ES+A128KW" "ECDH-ES+A192KW" "ECDH-ES+A256KW" "HPKE-0" "HPKE-1" "HPKE-2" "HPKE-3" "HPKE-4" "HPKE-5" "HPKE-6" "HPKE-7" "HPKE-0-KE" "HPKE-1-KE" "HPKE-2-KE" "HPKE-3-KE" "HPKE-5-KE" "HPKE-7-KE" "PBES2-HS256+A128KW" "PBES2-HS384+A192KW" "PBES2-HS512+A256KW" ]
  }

  def "nu-complete jotsmith sign enc" [] {
    [ "A128CBC-HS256" "A192CBC-HS384" "A256CBC-HS512" "A128GCM" "A192GCM" "A256GCM" ]
  }

  def "nu-complete jotsmith sign sd_alg" [] {
    [ "sha-256" "sha-384" "sha-512" ]
  }

  def "nu-complete jotsmith sign status_bits" [] {
    [ "1" "2" "4" "8" ]
  }

  def "nu-complete jotsmith sign color" [] {
    [ "auto" "always" "never" ]
  }

  # Mint a signed token
  export extern "jotsmith sign" [
    --key(-k): string         # A key: path, -, env:NAME, URL, pkcs11:.., ssh-agent:
    --secret: string          # A raw shared secret: path, -, or env:NAME
    --secret-encoding: string@"nu-complete jotsmith sign secret_encoding" # Encoding of --secret
    --kid: string             # The key ID of the key to use
    --pkcs11-module: path     # The module of a PKCS#11 token (without: PKCS11_MODULE, or p11-kit's proxy)
    --pin-file: string        # Read the PIN of a token from a file or env:NAME (without: JOTSMITH_PIN, or asked on the terminal)
    --passphrase-file: string # Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)
    --max-p2c: string         # The most rounds of PBKDF2 to spend on a passphrase
    --signer: string          # Sign with this program; -k names the public key
    --signer-input: string@"nu-complete jotsmith sign signer_input" # What the program reads [default: message]
    --signer-output: string@"nu-complete jotsmith sign signer_output" # The encoding of its output [default: detected]
    --signer-timeout: string  # How long it may take [default: 30s]
    --signing-input           # Print the signing input for another program, and sign nothing; -k names the public key
    --signature: string       # Make the token of this signature and --signing-input-file: path, - or env:NAME
    --signing-input-file: string # What --signing-input printed: path, - or env:NAME
    --claims: string          # A JSON object with claims: path, -, or env:NAME
    --iss: string             # The issuer
    --sub: string             # The subject
    --aud: string             # An audience; repeat it for several
    --exp: string             # When the token expires [default: 15m]
    --force-claims            # Sign claims that verifiers refuse, for a test
    --no-exp                  # Make a token that never expires
    --nbf: string             # When the token becomes valid
    --no-iat                  # Leave out when the token was made
    --jti: string             # The ID of the token [default: random]
    --payload: string         # Sign these bytes instead: path, -, env:NAME
    --profile: string@"nu-complete jotsmith sign profile" # The profile whose claims are added and enforced; --list-profiles shows them
    --list-profiles           # List the profiles with their rules and exit
    --account: string         # The Snowflake account, for --profile snowflake: ORGANIZATION-ACCOUNT or a locator; a region is removed
    --ath-of: string          # Bind a DPoP proof to this access token: path, -, or env:NAME
    --access-token: string    # Add at_hash, the hash of this access token: path, -, or env:NAME
    --code: string            # Add c_hash, the hash of this authorization code: path, -, or env:NAME
    --client-cert: string     # Bind the token to the certificate of a client (cnf.x5t#S256): PEM file, - or env:NAME
    --dpop-key: string        # Bind the token to the key of DPoP proofs (cnf.jkt)
    --alg: string@"nu-complete jotsmith sign alg" # The signature algorithm [default: that of the key]
    --header: string          # A header parameter: name=text or name:=json
    --unprotected: string     # An unprotected header parameter, for the JSON serializations
    --typ: string             # The media type [default: JWT for claims]
    --cty: string             # The media type of the payload
    --embed-jwk               # Put the public key into the header
    --x5c: string             # Put a certificate chain (PEM) into the header
    --x5t: string             # Put the fingerprints of the key's certificate into the header, and not the chain: PEM file, - or env:NAME
    --kid-from: string        # Derive kid from: jwk (thumbprint), kubernetes, libtrust, x5t or x5t#S256 (of --x5c, --x5t or the key's certificate)
    --format: string@"nu-complete jotsmith sign format" # The serialization [default: compact, or general for several keys]
    --detached                # Leave the payload out of the token
    --unencoded               # Sign the payload as it is, not as base64url (RFC 7797)
    --encrypt-to: string      # Encrypt the signed token to this key
    --encrypt-alg: string@"nu-complete jotsmith sign encrypt_alg" # The key management algorithm, where the key leaves a choice
    --enc: string@"nu-complete jotsmith sign enc" # The content encryption algorithm [default: A256GCM]
    --bearer                  # Print an HTTP header, for curl -H @-
    --strict                  # Refuse a set whose rotation has not run for too long, instead of warning
    --sd: string              # A claim to hide in an SD-JWT, such as address.region
    --sd-all                  # Hide every top-level claim that may be hidden, except iat
    --decoys: string          # How many decoy digests to add wherever claims are hidden
    --sd-alg: string@"nu-complete jotsmith sign sd_alg" # The hash function of the digests
    --holder: string          # Bind the SD-JWT to the public key of its holder (cnf)
    --status-entries: string  # The statuses for --profile status-list: path, - or env:NAME
    --status-bits: string@"nu-complete jotsmith sign status_bits" # How many bits the status of a token has: 1, 2, 4 or 8 [default: 1]
    --status-size: string     # How many entries the list has at least [default: 1048576]
    --present: string         # Present an SD-JWT: itself, path, -, or env:NAME
    --disclose: string        # A claim to disclose, with those that contain it
    --disclose-none           # Disclose no claim
    --disclose-all            # Disclose every claim
    --nonce: string           # The nonce of the verifier, for the key binding
    --lines                   # Read one item per line and print one result per line
    --jobs: string            # How many threads work [default: one for each core]
    --fail-fast               # End at the first item that fails
    --output(-o): path        # Write the result to a file instead of stdout
    --force(-f)               # Replace files that exist
    --json                    # Print one JSON object instead of text, errors included
    --quiet(-q)               # Leave out notes and warnings
    --color: string@"nu-complete jotsmith sign color" # When to color the output (NO_COLOR is respected)
    --at: string              # Use this as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help; --help describes every flag
    ...members: string        # A claim: name=text, name:=json or name=@FILE
  ]

  def "nu-complete jotsmith verify secret_encoding" [] {
    [ "utf8" "raw" "base64" "base64url" "hex" ]
  }

  def "nu-complete jotsmith verify alg" [] {
    [ "HS256" "HS384" "HS512" "RS256" "RS384" "RS512" "PS256" "PS384" "PS512" "ES256" "ES384" "ES512" "ES256K" "Ed25519" "Ed448" "EdDSA" "ML-DSA-44" "ML-DSA-65" "ML-DSA-87" ]
  }

  def "nu-complete jotsmith verify profile" [] {
    [ "at" "id" "logout" "client-assertion" "jwt-bearer" "dpop" "jar" "jarm" "introspection" "set" "ssf" "client-attestation" "client-attestation-pop" "sd-jwt-vc" "status-list" "vci-proof" "jwt-svid" "k8s-sa" "github-app" ]
  }

  def "nu-complete jotsmith verify format" [] {
    [ "compact" "flattened" "general" ]
  }

  def "nu-complete jotsmith verify color" [] {
    [ "auto" "always" "never" ]
  }

  # Verify a signed token and print its claims
  export extern "jotsmith verify" [
    --key(-k): string         # A key: path, -, env:NAME, URL, pkcs11:.., ssh-agent:
    --secret: string          # A raw shared secret: path, -, or env:NAME
    --secret-encoding: string@"nu-complete jotsmith verify secret_encoding" # Encoding of --secret
    --kid: string             # The key ID of the key to use
    --pkcs11-module: path     # The module of a PKCS#11 token (without: PKCS11_MODULE, or p11-kit's proxy)
    --pin-file: string        # Read the PIN of a token from a file or env:NAME (without: JOTSMITH_PIN, or asked on the terminal)
    --passphrase-file: string # Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)
    --max-p2c: string         # The most rounds of PBKDF2 to spend on a passphrase
    --issuer: string          # Fetch the keys of this issuer; iss must be it
    --offline                 # Fetch no keys; take those of a URL as they were fetched before
    --ca: string              # Trust only these CA certificates: PEM file, - or env:NAME
    --decrypt-with: string    # Require an encrypted token; decrypt it with this key
    --lenient-epk             # Accept an ephemeral EC key whose coordinates lack leading zeros
    --x5c-roots: string       # Verify with the certificate chain in the token's own header, if it leads to one of these roots: PEM file, - or env:NAME
    --field: string           # Take the token from this member of a JSON object
    --alg: string@"nu-complete jotsmith verify alg" # An algorithm to allow; repeat it for several
    --iss: string             # The required issuer; repeat it to accept several
    --aud: string             # The required audience; repeat it to accept several
    --azp: string             # The authorized party (azp) that the token must have [default for --profile id: one of --aud]
    --sub: string             # The required subject
    --typ: string             # The required typ of the header
    --require: string         # A claim that must be present
    --claim: string           # A claim and its required value: name=text or name:=json
    --scope: string           # A required scope; repeat it for several
    --contains: string        # A text that an array must contain
    --glob: string            # A pattern with * and ? that a claim must match
    --leeway: string          # How far clocks may differ [default: 0s]
    --max-age: string         # How old the token may be since its iat
    --allow-no-exp            # Accept a token that never expires
    --profile: string@"nu-complete jotsmith verify profile" # The profile whose rules the token must meet; sign --list-profiles shows them
    --ath-of: string          # The access token that a DPoP proof must be bound to: path, -, or env:NAME
    --access-token: string    # The access token that at_hash must be the hash of: path, -, or env:NAME
    --code: string            # The authorization code that c_hash must be the hash of: path, -, or env:NAME
    --client-cert: string     # The client's certificate that the token must be bound to (cnf.x5t#S256): PEM file, - or env:NAME
    --attestation: string     # The client attestation, verified with the keys, whose key this proof must be signed with: path, -, or env:NAME
    --require-all             # Demand that every signature verifies, not only one
    --format: string@"nu-complete jotsmith verify format" # Accept only this serialization; repeat it for several
    --raw                     # Accept any payload, check no claims, print its bytes
    --key-binding             # Require an SD-JWT with key binding, and verify it
    --kb-aud: string          # The audience that the holder must have bound it to
    --kb-nonce: string        # The nonce that the holder must have bound it to
    --kb-max-age: string      # How old the key binding may be [default: 5m]
    --status-list: string     # Require a status, and that it is valid in this status list: path, -, env:NAME or URL
    --status-key: string      # The key of the status list [default: the keys of the tokens]
    --payload: string         # The detached payload: path, -, or env:NAME
    --get: string             # Print one claim alone, a string without quotes
    --max-size: string        # The largest token, in bytes
    --lines                   # Read one item per line and print one result per line
    --jobs: string            # How many threads work [default: one for each core]
    --fail-fast               # End at the first item that fails
    --output(-o): path        # Write the result to a file instead of stdout
    --force(-f)               # Replace files that exist
    --json                    # Print one JSON object instead of text, errors included
    --quiet(-q)               # Leave out notes and warnings
    --color: string@"nu-complete jotsmith verify color" # When to color the output (NO_COLOR is respected)
    --at: string              # Use this as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help; --help describes every flag
    token?: string            # The token or a path; @PATH, env:NAME, - for stdin
  ]

  def "nu-complete jotsmith encrypt secret_encoding" [] {
    [ "utf8" "raw" "base64" "base64url" "hex" ]
  }

  def "nu-complete jotsmith encrypt alg" [] {
    [ "dir" "A128KW" "A192KW" "A256KW" "A128GCMKW" "A192GCMKW" "A256GCMKW" "RSA-OAEP" "RSA-OAEP-256" "RSA-OAEP-384" "RSA-OAEP-512" "RSA1_5" "ECDH-ES" "ECDH-ES+A128KW" "ECDH-ES+A192KW" "ECDH-ES+A256KW" "HPKE-0" "HPKE-1" "HPKE-2" "HPKE-3" "HPKE-4" "HPKE-5" "HPKE-6" "HPKE-7" "HPKE-0-KE" "HPKE-1-KE" "HPKE-2-KE" "HPKE-3-KE" "HPKE-5-KE" "HPKE-7-KE" "PBES2-HS256+A128KW" "PBES2-HS384+A192KW" "PBES2-HS512+A256KW" ]
  }

  def "nu-complete jotsmith encrypt enc" [] {
    [ "A128CBC-HS256" "A192CBC-HS384" "A256CBC-HS512" "A128GCM" "A192GCM" "A256GCM" ]
  }

  def "nu-complete jotsmith encrypt format" [] {
    [ "compact" "flattened" "general" ]
  }

  def "nu-complete jotsmith encrypt color" [] {
    [ "auto" "always" "never" ]
  }

  # Encrypt a token or anything else
  export extern "jotsmith encrypt" [
    --key(-k): string         # A key: path, -, env:NAME, URL, pkcs11:.., ssh-agent:
    --secret: string          # A raw shared secret: path, -, or env:NAME
    --secret-encoding: string@"nu-complete jotsmith encrypt secret_encoding" # Encoding of --secret
    --kid: string             # The key ID of the key to use
    --pkcs11-module: path     # The module of a PKCS#11 token (without: PKCS11_MODULE, or p11-kit's proxy)
    --pin-file: string        # Read the PIN of a token from a file or env:NAME (without: JOTSMITH_PIN, or asked on the terminal)
    --passphrase-file: string # Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)
    --max-p2c: string         # The most rounds of PBKDF2 to spend on a passphrase
    --passphrase              # Use a passphrase instead of a key, or in addition to keys
    --offline                 # Fetch no keys; take those of a URL as they were fetched before
    --ca: string              # Trust only these CA certificates: PEM file, - or env:NAME
    --alg: string@"nu-complete jotsmith encrypt alg" # The key management algorithm, where the key leaves a choice
    --enc: string@"nu-complete jotsmith encrypt enc" # The content encryption algorithm [default: A256GCM; HPKE-0 to HPKE-7 have none]
    --header: string          # A header parameter: name=text or name:=json
    --unprotected: string     # An unprotected header parameter that all recipients share, for the JSON serializations
    --typ: string             # The media type of the token
    --cty: string             # The media type of the content [default: JWT for a token]
    --aad: string             # Data that is authenticated but not encrypted: path, -, or env:NAME (JSON serializations)
    --info: string            # Bind the token to an application, which must give the same to decrypt, for HPKE: path, -, or env:NAME
    --format: string@"nu-complete jotsmith encrypt format" # The serialization [default: compact, or general for several recipients]
    --zip                     # Compress the content first; its length then reveals something about it
    --p2c: string             # Rounds of PBKDF2 for a passphrase [default: 600000 with SHA-256, 220000 with SHA-512]
    --lines                   # Read one item per line and print one result per line
    --jobs: string            # How many threads work [default: one for each core]
    --fail-fast               # End at the first item that fails
    --output(-o): path        # Write the result to a file instead of stdout
    --force(-f)               # Replace files that exist
    --json                    # Print one JSON object instead of text, errors included
    --quiet(-q)               # Leave out notes and warnings
    --color: string@"nu-complete jotsmith encrypt color" # When to color the output (NO_COLOR is respected)
    --at: string              # Use this as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help; --help describes every flag
    input?: string            # What to encrypt: path, @PATH, -, or env:NAME; without it stdin
  ]

  def "nu-complete jotsmith decrypt secret_encoding" [] {
    [ "utf8" "raw" "base64" "base64url" "hex" ]
  }

  def "nu-complete jotsmith decrypt alg" [] {
    [ "dir" "A128KW" "A192KW" "A256KW" "A128GCMKW" "A192GCMKW" "A256GCMKW" "RSA-OAEP" "RSA-OAEP-256" "RSA-OAEP-384" "RSA-OAEP-512" "RSA1_5" "ECDH-ES" "ECDH-ES+A128KW" "ECDH-ES+A192KW" "ECDH-ES+A256KW" "HPKE-0" "HPKE-1" "HPKE-2" "HPKE-3" "HPKE-4" "HPKE-5" "HPKE-6" "HPKE-7" "HPKE-0-KE" "HPKE-1-KE" "HPKE-2-KE" "HPKE-3-KE" "HPKE-5-KE" "HPKE-7-KE" "PBES2-HS256+A128KW" "PBES2-HS384+A192KW" "PBES2-HS512+A256KW" ]
  }

  def "nu-complete jotsmith decrypt enc" [] {
    [ "A128CBC-HS256" "A192CBC-HS384" "A256CBC-HS512" "A128GCM" "A192GCM" "A256GCM" ]
  }

  def "nu-complete jotsmith decrypt format" [] {
    [ "compact" "flattened" "general" ]
  }

  def "nu-complete jotsmith decrypt color" [] {
    [ "auto" "always" "never" ]
  }

  # Decrypt a token and print its content
  export extern "jotsmith decrypt" [
    --field: string           # Take the token from this member of a JSON object
    --key(-k): string         # A key: path, -, env:NAME, URL, pkcs11:.., ssh-agent:
    --secret: string          # A raw shared secret: path, -, or env:NAME
    --secret-encoding: string@"nu-complete jotsmith decrypt secret_encoding" # Encoding of --secret
    --kid: string             # The key ID of the key to use
    --pkcs11-module: path     # The module of a PKCS#11 token (without: PKCS11_MODULE, or p11-kit's proxy)
    --pin-file: string        # Read the PIN of a token from a file or env:NAME (without: JOTSMITH_PIN, or asked on the terminal)
    --passphrase-file: string # Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)
    --max-p2c: string         # The most rounds of PBKDF2 to spend on a passphrase
    --passphrase              # Use a passphrase instead of a key, or in addition to keys
    --unwrapper: string       # Decrypt the content encryption key with this program; -k names the public key
    --alg: string@"nu-complete jotsmith decrypt alg" # A key management algorithm to allow; repeat it for several [default: those of the key]
    --enc: string@"nu-complete jotsmith decrypt enc" # A content encryption algorithm to allow; repeat it for several [default: all]
    --info: string            # What the token is bound to, for HPKE, as given to encrypt: path, -, or env:NAME
    --zip                     # Inflate compressed content, up to 250,000 bytes or --max-size
    --lenient-epk             # Accept an ephemeral EC key whose coordinates lack leading zeros
    --format: string@"nu-complete jotsmith decrypt format" # Accept only this serialization; repeat it for several
    --max-size: string        # The largest token, and the largest inflated content, in bytes [default: 1048576, 250000]
    --lines                   # Read one item per line and print one result per line
    --jobs: string            # How many threads work [default: one for each core]
    --fail-fast               # End at the first item that fails
    --output(-o): path        # Write the result to a file instead of stdout
    --force(-f)               # Replace files that exist
    --json                    # Print one JSON object instead of text, errors included
    --quiet(-q)               # Leave out notes and warnings
    --color: string@"nu-complete jotsmith decrypt color" # When to color the output (NO_COLOR is respected)
    --at: string              # Use this as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help; --help describes every flag
    token?: string            # The token or a path; @PATH, env:NAME, - for stdin
  ]

  def "nu-complete jotsmith inspect secret_encoding" [] {
    [ "utf8" "raw" "base64" "base64url" "hex" ]
  }

  def "nu-complete jotsmith inspect fail_on" [] {
    [ "info" "low" "medium" "high" "critical" ]
  }

  def "nu-complete jotsmith inspect profile" [] {
    [ "at" "id" "logout" "client-assertion" "jwt-bearer" "dpop" "jar" "jarm" "introspection" "set" "ssf" "client-attestation" "client-attestation-pop" "sd-jwt-vc" "status-list" "vci-proof" "jwt-svid" "k8s-sa" "github-app" "google" "snowflake" "apple" ]
  }

  def "nu-complete jotsmith inspect consumers" [] {
    [ "nginx" "haproxy" "envoy" "mod_auth_openidc" "kong" "apisix" "apipark" "kubernetes" "aws-apigateway" ]
  }

  def "nu-complete jotsmith inspect report" [] {
    [ "md" "html" ]
  }

  def "nu-complete jotsmith inspect explain" [] {
    [ "alg-none" "alg-missing" "alg-unknown" "alg-deprecated" "alg-draft" "sig-length" "sig-trivial" "sig-salt" "sig-der" "b64-noncanonical" "bad-charset" "format" "json-duplicate-member" "json-not-utf8" "json-syntax" "header-jwk" "header-url" "header-x5c" "kid-suspicious" "kid-missing" "crit-invalid" "crit-unknown" "b64-false" "typ-missing" "typ-claims-mismatch" "profile-not-met" "id-or-access" "exp-missing" "exp-passed" "nbf-future" "iat-future" "lifetime-long" "exp-far" "time-type" "claim-type" "aud-missing" "aud-wildcard" "iss-missing" "pii-or-secret-in-claims" "token-size" "jwe-zip" "jwe-p2c" "jwe-parts" "jwe-epk" "jwe-epk-short" "jwe-not-authenticated" "nested-cty" "hs-known-secret" "key-private-in-public" "key-too-small" "key-known" "rsa-exponent" "rsa-roca" "key-inconsistent" "ec-point" "key-alg-mismatch" "key-alg-missing" "key-use" "key-kid-thumbprint" "set-duplicate-kid" "set-duplicate-key" "set-no-successor" "set-key-expired" "set-shape" "file-permissions" "control-chars" "pq-size" "json-serialization" "consumer-compat" "hs-public-key" "rsa-factors" "key-old" "cert-mismatch" "set-no-kid" "sd-jwt" "sd-alg-unknown" "sd-short-salt" "sd-salt-reused" "sd-must-be-visible" "issuer-mismatch" "issuer-http" "issuer-alg" "issuer-pkce" "issuer-cache" "issuer-redirect" "set-breaks-consumers" "p11-readable" "p11-extractable" "p11-not-local" "p11-several-uses" "p11-pin" "key-members" ]
  }

  def "nu-complete jotsmith inspect allow" [] {
    [ "alg-none" "alg-missing" "alg-unknown" "alg-deprecated" "alg-draft" "sig-length" "sig-trivial" "sig-salt" "sig-der" "b64-noncanonical" "bad-charset" "format" "json-duplicate-member" "json-not-utf8" "json-syntax" "header-jwk" "header-url" "header-x5c" "kid-suspicious" "kid-missing" "crit-invalid" "crit-unknown" "b64-false" "typ-missing" "typ-claims-mismatch" "profile-not-met" "id-or-access" "exp-missing" "exp-passed" "nbf-future" "iat-future" "lifetime-long" "exp-far" "time-type" "claim-type" "aud-missing" "aud-wildcard" "iss-missing" "pii-or-secret-in-claims" "token-size" "jwe-zip" "jwe-p2c" "jwe-parts" "jwe-epk" "jwe-epk-short" "jwe-not-authenticated" "nested-cty" "hs-known-secret" "key-private-in-public" "key-too-small" "key-known" "rsa-exponent" "rsa-roca" "key-inconsistent" "ec-point" "key-alg-mismatch" "key-alg-missing" "key-use" "key-kid-thumbprint" "set-duplicate-kid" "set-duplicate-key" "set-no-successor" "set-key-expired" "set-shape" "file-permissions" "control-chars" "pq-size" "json-serialization" "consumer-compat" "hs-public-key" "rsa-factors" "key-old" "cert-mismatch" "set-no-kid" "sd-jwt" "sd-alg-unknown" "sd-short-salt" "sd-salt-reused" "sd-must-be-visible" "issuer-mismatch" "issuer-http" "issuer-alg" "issuer-pkce" "issuer-cache" "issuer-redirect" "set-breaks-consumers" "p11-readable" "p11-extractable" "p11-not-local" "p11-several-uses" "p11-pin" "key-members" ]
  }

  def "nu-complete jotsmith inspect color" [] {
    [ "auto" "always" "never" ]
  }

  # Describe a token, key, key set or certificate without trusting it
  export extern "jotsmith inspect" [
    --key(-k): string         # A key: path, -, env:NAME, URL, pkcs11:.., ssh-agent:
    --secret: string          # A raw shared secret: path, -, or env:NAME
    --secret-encoding: string@"nu-complete jotsmith inspect secret_encoding" # Encoding of --secret
    --kid: string             # The key ID of the key to use
    --pkcs11-module: path     # The module of a PKCS#11 token (without: PKCS11_MODULE, or p11-kit's proxy)
    --pin-file: string        # Read the PIN of a token from a file or env:NAME (without: JOTSMITH_PIN, or asked on the terminal)
    --passphrase-file: string # Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)
    --max-p2c: string         # The most rounds of PBKDF2 to spend on a passphrase
    --offline                 # Fetch no keys; take those of a URL as they were fetched before
    --ca: string              # Trust only these CA certificates: PEM file, - or env:NAME
    --issuer: string          # Audit an issuer: its metadata and its published keys
    --metadata: string        # Audit the metadata of an issuer from a file: path, -, or env:NAME
    --jwks: string            # The JWK Set that belongs to --metadata: path, -, or env:NAME
    --fail-on: string@"nu-complete jotsmith inspect fail_on" # Exit with 1 if a finding has at least this severity
    --profile: string@"nu-complete jotsmith inspect profile" # Judge a token by this profile; sign --list-profiles shows them
    --for: string@"nu-complete jotsmith inspect consumers" # Report why this consumer would refuse it; repeatable
    --sarif                   # Print the findings as SARIF, for code scanning
    --wordlist: string        # Try each line as the HMAC secret: path, -, or env:NAME
    --scan                    # Find tokens and private keys in files, folders or stdin
    --show-tokens             # Print the tokens that a scan finds in full
    --no-ignore               # Scan the files that .gitignore names and .git too
    --full                    # Show long values and lists in full
    --findings-only           # Show the findings only
    --get: string             # Print one claim alone, a string without quotes
    --report: string@"nu-complete jotsmith inspect report" # Print a report for other readers: md or html
    --redact                  # Copy a text without signatures, ciphertexts and private keys
    --diff                    # Show how two tokens differ
    --explain: string@"nu-complete jotsmith inspect explain" # Explain a finding: what it means and how to fix it
    --lines                   # Read one item per line and print one result per line
    --jobs: string            # How many threads work [default: one for each core]
    --fail-fast               # End at the first item that fails
    --output(-o): path        # Write the result to a file instead of stdout
    --force(-f)               # Replace files that exist
    --show-secret             # Print a secret that was found
    --allow: string@"nu-complete jotsmith inspect allow" # Leave out this finding; repeatable
    --json                    # Print one JSON object instead of text, errors included
    --quiet(-q)               # Leave out notes and warnings
    --color: string@"nu-complete jotsmith inspect color" # When to color the output (NO_COLOR is respected)
    --at: string              # Use this as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help; --help describes every flag
    ...inputs: string         # A token, key or certificate, or a path; @PATH, env:NAME, pkcs11:.., - for stdin
  ]

  def "nu-complete jotsmith rotate alg" [] {
    [ "HS256" "HS384" "HS512" "RS256" "RS384" "RS512" "PS256" "PS384" "PS512" "ES256" "ES384" "ES512" "ES256K" "Ed25519" "Ed448" "EdDSA" "ML-DSA-44" "ML-DSA-65" "ML-DSA-87" "dir" "A128KW" "A192KW" "A256KW" "A128GCMKW" "A192GCMKW" "A256GCMKW" "RSA-OAEP" "RSA-OAEP-256" "RSA-OAEP-384" "RSA-OAEP-512" "ECDH-ES" "ECDH-ES+A128KW" "ECDH-ES+A192KW" "ECDH-ES+A256KW" "HPKE-0" "HPKE-1" "HPKE-2" "HPKE-3" "HPKE-4" "HPKE-5" "HPKE-6" "HPKE-7" "HPKE-0-KE" "HPKE-1-KE" "HPKE-2-KE" "HPKE-3-KE" "HPKE-5-KE" "HPKE-7-KE" "PBES2-HS256+A128KW" "PBES2-HS384+A192KW" "PBES2-HS512+A256KW" "A128CBC-HS256" "A192CBC-HS384" "A256CBC-HS512" "A128GCM" "A192GCM" "A256GCM" ]
  }

  def "nu-complete jotsmith rotate key_use" [] {
    [ "sig" "enc" ]
  }

  def "nu-complete jotsmith rotate color" [] {
    [ "auto" "always" "never" ]
  }

  # Rotate the keys of a set
  export extern "jotsmith rotate" [
    --init                    # Make a new set; fail if there is one
    --publish: path           # Write the public keys to a JWK Set file too
    --publish-pem: path       # Write the public keys to a PEM file too
    --active-out: path        # Write the active private key to a PEM file too
    --publish-site: path      # Write jwks.json and .well-known/openid-configuration to the folder of a web site
    --site-issuer: string     # The issuer of --publish-site: the URL that the folder is served at
    --replace-published       # Overwrite a published file that contains keys of another set
    --every: string           # How long a key is active [default: 30d]
    --lead: string            # How long a key is published before it is used [default: 1d]
    --retain: string          # How long a key is kept after its last use [default: 2d]
    --alg: string@"nu-complete jotsmith rotate alg" # The algorithm of new keys [default: that of the active key, or ES256]
    --in: string              # Make new keys in a PKCS#11 token: 'pkcs11:token=LABEL'
    --bits: string            # The size of new RSA keys [default: as the keys there, or 3072]
    --kid-from: string        # Derive the key IDs of new keys from: jwk (thumbprint, the default), kubernetes, libtrust or uuid
    --now: string             # Bring a successor into service at once; for the same reason only once
    --use: string@"nu-complete jotsmith rotate key_use" # The use whose key --now replaces [default: every use]
    --revoke: string          # Unpublish a key at once and erase its private part
    --reason: string          # The reason of --revoke or --now
    --check                   # Change nothing; exit 1 when something is due
    --dry-run(-n)             # Change nothing; report what would be done
    --status                  # Change nothing; show every key and its times
    --simulate: string        # Change nothing; show what will happen in this time
    --diff                    # Change nothing; show what verifiers will see change
    --metrics: path           # Write metrics of the set to a file, for Prometheus
    --served: string          # Let a new key sign only once it is found in this set
    --served-timeout: string  # How long to wait for each URL of --served
    --no-served               # Give signing keys their time whether they are served or not
    --force(-f)               # Run as of a time in the future that --at names
    --ca: string              # Trust only these CA certificates: PEM file, - or env:NAME
    --log: path               # Append one line of JSON for each action to a file
    --passphrase-file: string # Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)
    --max-p2c: string         # The most rounds of PBKDF2 to spend on a passphrase
    --pkcs11-module: path     # The module of a PKCS#11 token (without: PKCS11_MODULE, or p11-kit's proxy)
    --pin-file: string        # Read the PIN of a token from a file or env:NAME (without: JOTSMITH_PIN, or asked on the terminal)
    --wait: string            # How long to wait for another run
    --json                    # Print one JSON object instead of text, errors included
    --quiet(-q)               # Leave out notes and warnings
    --color: string@"nu-complete jotsmith rotate color" # When to color the output (NO_COLOR is respected)
    --at: string              # Use this as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help; --help describes every flag
    set: path                 # The set with the private keys: a JWK Set file, or - to read it from stdin and write it to stdout
  ]

  def "nu-complete jotsmith convert secret_encoding" [] {
    [ "utf8" "raw" "base64" "base64url" "hex" ]
  }

  def "nu-complete jotsmith convert to" [] {
    [ "jwk" "jwks" "pem" "der" "ssh" "raw" "hex" "base64" "base64url" "thumbprint" "thumbprint-uri" "fingerprint" ]
  }

  def "nu-complete jotsmith convert hash" [] {
    [ "sha256" "sha384" "sha512" ]
  }

  def "nu-complete jotsmith convert fingerprint" [] {
    [ "jwk" "spki" "snowflake" "kubernetes" "libtrust" "x5t" "x5t#S256" "ssh" ]
  }

  def "nu-complete jotsmith convert key_use" [] {
    [ "sig" "enc" ]
  }

  def "nu-complete jotsmith convert alg" [] {
    [ "HS256" "HS384" "HS512" "RS256" "RS384" "RS512" "PS256" "PS384" "PS512" "ES256" "ES384" "ES512" "ES256K" "Ed25519" "Ed448" "EdDSA" "ML-DSA-44" "ML-DSA-65" "ML-DSA-87" "dir" "A128KW" "A192KW" "A256KW" "A128GCMKW" "A192GCMKW" "A256GCMKW" "RSA-OAEP" "RSA-OAEP-256" "RSA-OAEP-384" "RSA-OAEP-512" "ECDH-ES" "ECDH-ES+A128KW" "ECDH-ES+A192KW" "ECDH-ES+A256KW" "HPKE-0" "HPKE-1" "HPKE-2" "HPKE-3" "HPKE-4" "HPKE-5" "HPKE-6" "HPKE-7" "HPKE-0-KE" "HPKE-1-KE" "HPKE-2-KE" "HPKE-3-KE" "HPKE-5-KE" "HPKE-7-KE" "PBES2-HS256+A128KW" "PBES2-HS384+A192KW" "PBES2-HS512+A256KW" "A128CBC-HS256" "A192CBC-HS384" "A256CBC-HS512" "A128GCM" "A192GCM" "A256GCM" ]
  }

  def "nu-complete jotsmith convert color" [] {
    [ "auto" "always" "never" ]
  }

  # Convert keys from any form to any other
  export extern "jotsmith convert" [
    --key(-k): string         # A key: path, -, env:NAME, URL, pkcs11:.., ssh-agent:
    --secret: string          # A raw shared secret: path, -, or env:NAME
    --secret-encoding: string@"nu-complete jotsmith convert secret_encoding" # Encoding of --secret
    --kid: string             # The key ID of the key to use
    --pkcs11-module: path     # The module of a PKCS#11 token (without: PKCS11_MODULE, or p11-kit's proxy)
    --pin-file: string        # Read the PIN of a token from a file or env:NAME (without: JOTSMITH_PIN, or asked on the terminal)
    --passphrase-file: string # Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)
    --max-p2c: string         # The most rounds of PBKDF2 to spend on a passphrase
    --to: string@"nu-complete jotsmith convert to" # The form
    --public                  # The public part only
    --encrypt                 # Encrypt the private key with a passphrase
    --decrypt                 # Write an encrypted private key unencrypted
    --change-passphrase       # Encrypt an encrypted private key with another passphrase
    --new-passphrase-file: string # Read the other passphrase from a file, -, or env:NAME (without: asked on the terminal)
    --p2c: string             # Rounds of PBKDF2 to encrypt the private key with [default: 600000]
    --split: path             # Write every key into a file of its own in this folder, named after its kid
    --hash: string@"nu-complete jotsmith convert hash" # The hash of a thumbprint
    --fingerprint: string@"nu-complete jotsmith convert fingerprint" # The kind of a fingerprint [default: jwk]
    --set-kid: string         # Give the key this identifier
    --thumbprint-kid          # Give every key its RFC 7638 thumbprint as identifier
    --kid-from: string        # Derive the identifier of every key from: jwk, kubernetes, libtrust, x5t, x5t#S256 (of its certificate) or uuid
    --drop: string            # Leave out a member that is not the key itself: kid, use, alg, key_ops or any other
    --use: string@"nu-complete jotsmith convert key_use" # Say what the key may be used for
    --alg: string@"nu-complete jotsmith convert alg" # Bind the key to an algorithm
    --output(-o): path        # Write the result to a file instead of stdout
    --force(-f)               # Replace files that exist
    --json                    # Print one JSON object instead of text, errors included
    --quiet(-q)               # Leave out notes and warnings
    --color: string@"nu-complete jotsmith convert color" # When to color the output (NO_COLOR is respected)
    --at: string              # Use this as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help; --help describes every flag
    ...inputs: string         # A key, as -k: path, @PATH, -, or env:NAME; without any key stdin
  ]

  def "nu-complete jotsmith completion shell" [] {
    [ "bash" "zsh" "fish" "powershell" "elvish" "nushell" ]
  }

  def "nu-complete jotsmith completion color" [] {
    [ "auto" "always" "never" ]
  }

  # Print the completion script of a shell
  export extern "jotsmith completion" [
    --json                    # Print one JSON object instead of text, errors included
    --quiet(-q)               # Leave out notes and warnings
    --color: string@"nu-complete jotsmith completion color" # When to color the output (NO_COLOR is respected)
    --at: string              # Use this as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help; --help describes every flag
    shell: string@"nu-complete jotsmith completion shell" # The shell
  ]

}

export use completions *
