module completions {

  def "nu-complete jotsmith color" [] {
    [ "auto" "always" "never" ]
  }

  # A command-line toolkit for JWT, JWS, JWE and JWK
  export extern jotsmith [
    --json                    # Print one JSON object instead of text, also for errors
    --quiet(-q)               # Omit notes and warnings
    --color: string@"nu-complete jotsmith color" # When to use colors; NO_COLOR is respected
    --at: string              # Use this time as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help: -h common flags, --help all flags
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

  # Generate keys
  export extern "jotsmith keygen" [
    --curve: string@"nu-complete jotsmith keygen curve" # Curve, for EdDSA and ECDH-ES
    --bits: string            # Size of an RSA key [default: 3072] or shared secret
    --kid: string             # Key ID [default: thumbprint, or random for a shared secret]
    --kid-from: string        # Derive the key ID from: jwk (thumbprint), kubernetes, libtrust or uuid
    --use: string             # Key use, if the algorithm does not determine it
    --count: string           # Number of keys, written as a JWK Set
    --list                    # List the algorithms and exit
    --long                    # List them with key types, recommendations and supporting software
    --bench                   # List them with their speed on one core
    --to: string@"nu-complete jotsmith keygen to" # Output format
    --encrypt                 # Encrypt the private key with a passphrase
    --p2c: string             # PBKDF2 iteration count for encrypting the private key [default: 600000]
    --passphrase-file: string # Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]
    --public-out: path        # Also write the public key to this file
    --pkcs11-module: path     # PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]
    --pin-file: string        # PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]
    --output(-o): path        # Write the result to a file instead of stdout
    --force(-f)               # Overwrite existing files
    --json                    # Print one JSON object instead of text, also for errors
    --quiet(-q)               # Omit notes and warnings
    --color: string@"nu-complete jotsmith keygen color" # When to use colors; NO_COLOR is respected
    --at: string              # Use this time as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help: -h common flags, --help all flags
    alg?: string@"nu-complete jotsmith keygen alg" # Algorithm for signatures, key management or content encryption [default: ES256]
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

  # Sign a claims set or any other payload
  export extern "jotsmith sign" [
    --key(-k): string         # Key: path, -, env:NAME, URL, pkcs11: or ssh-agent:
    --secret: string          # Raw shared secret: path, -, or env:NAME
    --secret-encoding: string@"nu-complete jotsmith sign secret_encoding" # Encoding of --secret
    --kid: string             # Key ID of the key to use
    --pkcs11-module: path     # PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]
    --pin-file: string        # PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]
    --passphrase-file: string # Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]
    --max-p2c: string         # Maximum PBKDF2 iteration count to accept
    --signer: string          # Sign with this program; -k is the public key
    --signer-input: string@"nu-complete jotsmith sign signer_input" # Input of the program [default: message]
    --signer-output: string@"nu-complete jotsmith sign signer_output" # Encoding of the program's output [default: detected]
    --signer-timeout: string  # Time limit for the program [default: 30s]
    --signing-input           # Print the signing input and do not sign; -k is the public key
    --signature: string       # Build the token from this signature and --signing-input-file: path, -, or env:NAME
    --signing-input-file: string # Output of --signing-input: path, -, or env:NAME
    --claims: string          # JSON object with claims: path, -, or env:NAME
    --iss: string             # Issuer (iss)
    --sub: string             # Subject (sub)
    --aud: string             # Audience (aud); repeatable
    --exp: string             # Expiration time (exp) [default: 15m]
    --force-claims            # Sign claims that verifiers reject, for testing
    --no-exp                  # Omit exp; the token never expires
    --nbf: string             # Time from which the token is valid (nbf)
    --no-iat                  # Omit the time of issue (iat)
    --jti: string             # Add a token ID (jti) [default: random]
    --payload: string         # Content to sign instead of claims: path, -, or env:NAME
    --profile: string@"nu-complete jotsmith sign profile" # Add and enforce the claims of this profile
    --list-profiles           # List the profiles with their rules, and exit
    --account: string         # Snowflake account for --profile snowflake: ORGANIZATION-ACCOUNT or a locator; a region is removed
    --ath-of: string          # Bind the DPoP proof to this access token (ath): path, -, or env:NAME
    --access-token: string    # Add the hash of this access token (at_hash): path, -, or env:NAME
    --code: string            # Add the hash of this authorization code (c_hash): path, -, or env:NAME
    --client-cert: string     # Bind the token to this client certificate (cnf.x5t#S256): PEM file, -, or env:NAME
    --dpop-key: string        # Bind the token to this key for DPoP proofs (cnf.jkt)
    --alg: string@"nu-complete jotsmith sign alg" # Signature algorithm [default: that of the key]
    --header: string          # Header parameter: name=text or name:=json
    --unprotected: string     # Unprotected header parameter (JSON serializations only)
    --typ: string             # Token type (typ) [default: JWT for claims]
    --cty: string             # Content type of the payload (cty)
    --embed-jwk               # Add the public key to the header (jwk)
    --x5c: string             # Add a certificate chain to the header (x5c)
    --x5t: string             # Add the fingerprints of the key's certificate to the header (x5t and x5t#S256): PEM file, -, or env:NAME
    --kid-from: string        # Derive the key ID from: jwk (thumbprint), kubernetes, libtrust, x5t or x5t#S256 (of --x5c, --x5t or the key's certificate)
    --format: string@"nu-complete jotsmith sign format" # Serialization [default: compact, or general for several keys]
    --detached                # Omit the payload from the token
    --unencoded               # Sign the payload without base64url encoding (RFC 7797)
    --encrypt-to: string      # Encrypt the signed token with this key
    --encrypt-alg: string@"nu-complete jotsmith sign encrypt_alg" # Key management algorithm, if the key supports several
    --enc: string@"nu-complete jotsmith sign enc" # Content encryption algorithm [default: A256GCM]
    --bearer                  # Print an HTTP Authorization header, for curl -H @-
    --strict                  # Fail, instead of warning, if the rotation of the key set is overdue
    --sd: string              # Claim to make selectively disclosable (SD-JWT)
    --sd-all                  # Make all permitted top-level claims selectively disclosable, except iat
    --decoys: string          # Number of decoy digests to add to each object or array with digests
    --sd-alg: string@"nu-complete jotsmith sign sd_alg" # Hash algorithm of the digests
    --holder: string          # Bind the SD-JWT to this public key of the holder (cnf)
    --status-entries: string  # Statuses for --profile status-list: path, -, or env:NAME
    --status-bits: string@"nu-complete jotsmith sign status_bits" # Number of bits for each status: 1, 2, 4 or 8 [default: 1]
    --status-size: string     # Minimum number of entries in the list [default: 1048576]
    --present: string         # Present this SD-JWT: text, path, -, or env:NAME
    --disclose: string        # Claim to disclose, with the claims that contain it
    --disclose-none           # Disclose no claim
    --disclose-all            # Disclose every claim
    --nonce: string           # Nonce of the verifier, for the key binding JWT
    --lines                   # Read one item per line and print one result per line
    --jobs: string            # Number of threads [default: one for each core]
    --fail-fast               # Stop at the first item that fails
    --output(-o): path        # Write the result to a file instead of stdout
    --force(-f)               # Overwrite existing files
    --json                    # Print one JSON object instead of text, also for errors
    --quiet(-q)               # Omit notes and warnings
    --color: string@"nu-complete jotsmith sign color" # When to use colors; NO_COLOR is respected
    --at: string              # Use this time as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help: -h common flags, --help all flags
    ...members: string        # Claim: name=text, name:=json or name=@FILE
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
    --key(-k): string         # Key: path, -, env:NAME, URL, pkcs11: or ssh-agent:
    --secret: string          # Raw shared secret: path, -, or env:NAME
    --secret-encoding: string@"nu-complete jotsmith verify secret_encoding" # Encoding of --secret
    --kid: string             # Key ID of the key to use
    --pkcs11-module: path     # PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]
    --pin-file: string        # PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]
    --passphrase-file: string # Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]
    --max-p2c: string         # Maximum PBKDF2 iteration count to accept
    --issuer: string          # Fetch the keys of this issuer; iss must equal it
    --offline                 # Do not fetch keys; use cached copies
    --ca: string              # Trust only these CA certificates: PEM file, -, or env:NAME
    --decrypt-with: string    # Require an encrypted token; decrypt it with this key
    --lenient-epk             # Accept an ephemeral EC key whose coordinates lack leading zeros
    --x5c-roots: string       # Trust the certificate chain in the header (x5c) if it leads to one of these roots: PEM file, -, or env:NAME
    --field: string           # Read the token from this member of a JSON object
    --alg: string@"nu-complete jotsmith verify alg" # Accepted algorithm; repeatable
    --iss: string             # Required issuer (iss); repeat it to accept several
    --aud: string             # Required audience (aud); repeat it to accept several
    --azp: string             # Required authorized party (azp) [default with --profile id: one of --aud]
    --sub: string             # Required subject (sub)
    --typ: string             # Required token type (typ)
    --require: string         # Claim that must be present
    --claim: string           # Required value of a claim: name=text or name:=json
    --scope: string           # Required scope; repeatable
    --contains: string        # String that an array claim must contain: name=text
    --glob: string            # Pattern that a claim must match
    --leeway: string          # Tolerated difference between clocks [default: 0s]
    --max-age: string         # Maximum age of the token, according to iat
    --allow-no-exp            # Accept a token without exp
    --profile: string@"nu-complete jotsmith verify profile" # Enforce this profile (sign --list-profiles)
    --ath-of: string          # Access token that the DPoP proof must be bound to (ath): path, -, or env:NAME
    --access-token: string    # Access token that at_hash must match: path, -, or env:NAME
    --code: string            # Authorization code that c_hash must match: path, -, or env:NAME
    --client-cert: string     # Client certificate that the token must be bound to (cnf.x5t#S256): PEM file, -, or env:NAME
    --attestation: string     # Client attestation that contains the key of this proof; it is verified with -k: path, -, or env:NAME
    --require-all             # Require that every signature verifies, not only one
    --format: string@"nu-complete jotsmith verify format" # Accept only this serialization; repeatable
    --raw                     # Accept and print any payload; check no claims
    --key-binding             # Require and verify the key binding of an SD-JWT
    --kb-aud: string          # Required audience of the key binding JWT
    --kb-nonce: string        # Required nonce of the key binding JWT
    --kb-max-age: string      # Maximum age of the key binding JWT [default: 5m]
    --status-list: string     # Require that the status of the token is valid in this status list: path, -, env:NAME or URL
    --status-key: string      # Key of the status list [default: the keys of the tokens]
    --payload: string         # Detached payload: path, -, or env:NAME
    --get: string             # Print only this claim, a string without quotes
    --max-size: string        # Maximum size of a token, in bytes
    --lines                   # Read one item per line and print one result per line
    --jobs: string            # Number of threads [default: one for each core]
    --fail-fast               # Stop at the first item that fails
    --output(-o): path        # Write the result to a file instead of stdout
    --force(-f)               # Overwrite existing files
    --json                    # Print one JSON object instead of text, also for errors
    --quiet(-q)               # Omit notes and warnings
    --color: string@"nu-complete jotsmith verify color" # When to use colors; NO_COLOR is respected
    --at: string              # Use this time as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help: -h common flags, --help all flags
    token?: string            # Token, path, @PATH, env:NAME, or - [default: stdin]
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

  # Encrypt a token or any other content
  export extern "jotsmith encrypt" [
    --key(-k): string         # Key: path, -, env:NAME, URL, pkcs11: or ssh-agent:
    --secret: string          # Raw shared secret: path, -, or env:NAME
    --secret-encoding: string@"nu-complete jotsmith encrypt secret_encoding" # Encoding of --secret
    --kid: string             # Key ID of the key to use
    --pkcs11-module: path     # PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]
    --pin-file: string        # PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]
    --passphrase-file: string # Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]
    --max-p2c: string         # Maximum PBKDF2 iteration count to accept
    --passphrase              # Use a passphrase instead of a key, or in addition to keys
    --offline                 # Do not fetch keys; use cached copies
    --ca: string              # Trust only these CA certificates: PEM file, -, or env:NAME
    --alg: string@"nu-complete jotsmith encrypt alg" # Key management algorithm, if the key supports several
    --enc: string@"nu-complete jotsmith encrypt enc" # Content encryption algorithm [default: A256GCM, or none for HPKE-0 to HPKE-7]
    --header: string          # Header parameter: name=text or name:=json
    --unprotected: string     # Shared unprotected header parameter (JSON serializations only)
    --typ: string             # Token type (typ)
    --cty: string             # Content type (cty) [default: JWT for a token]
    --aad: string             # Additional authenticated data: path, -, or env:NAME (JSON serializations only)
    --info: string            # Application information for HPKE; decrypt requires the same: path, -, or env:NAME
    --format: string@"nu-complete jotsmith encrypt format" # Serialization [default: compact, or general for several keys]
    --zip                     # Compress the content; the length of the token then reveals information about it
    --p2c: string             # PBKDF2 iteration count for a passphrase [default: 600000 with SHA-256, 220000 with SHA-512]
    --lines                   # Read one item per line and print one result per line
    --jobs: string            # Number of threads [default: one for each core]
    --fail-fast               # Stop at the first item that fails
    --output(-o): path        # Write the result to a file instead of stdout
    --force(-f)               # Overwrite existing files
    --json                    # Print one JSON object instead of text, also for errors
    --quiet(-q)               # Omit notes and warnings
    --color: string@"nu-complete jotsmith encrypt color" # When to use colors; NO_COLOR is respected
    --at: string              # Use this time as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help: -h common flags, --help all flags
    input?: string            # Content to encrypt: path, @PATH, env:NAME, or - [default: stdin]
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
    --field: string           # Read the token from this member of a JSON object
    --key(-k): string         # Key: path, -, env:NAME, URL, pkcs11: or ssh-agent:
    --secret: string          # Raw shared secret: path, -, or env:NAME
    --secret-encoding: string@"nu-complete jotsmith decrypt secret_encoding" # Encoding of --secret
    --kid: string             # Key ID of the key to use
    --pkcs11-module: path     # PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]
    --pin-file: string        # PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]
    --passphrase-file: string # Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]
    --max-p2c: string         # Maximum PBKDF2 iteration count to accept
    --passphrase              # Use a passphrase instead of a key, or in addition to keys
    --unwrapper: string       # Decrypt the content encryption key with this program; -k is the public key
    --alg: string@"nu-complete jotsmith decrypt alg" # Accepted key management algorithm; repeatable [default: those of the key]
    --enc: string@"nu-complete jotsmith decrypt enc" # Accepted content encryption algorithm; repeatable [default: all]
    --info: string            # Application information for HPKE, the same as for encrypt: path, -, or env:NAME
    --zip                     # Decompress the content, up to 250,000 bytes or --max-size
    --lenient-epk             # Accept an ephemeral EC key whose coordinates lack leading zeros
    --format: string@"nu-complete jotsmith decrypt format" # Accept only this serialization; repeatable
    --max-size: string        # Maximum size of a token, and of decompressed content, in bytes [default: 1048576, 250000]
    --lines                   # Read one item per line and print one result per line
    --jobs: string            # Number of threads [default: one for each core]
    --fail-fast               # Stop at the first item that fails
    --output(-o): path        # Write the result to a file instead of stdout
    --force(-f)               # Overwrite existing files
    --json                    # Print one JSON object instead of text, also for errors
    --quiet(-q)               # Omit notes and warnings
    --color: string@"nu-complete jotsmith decrypt color" # When to use colors; NO_COLOR is respected
    --at: string              # Use this time as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help: -h common flags, --help all flags
    token?: string            # Token, path, @PATH, env:NAME, or - [default: stdin]
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
    --key(-k): string         # Key: path, -, env:NAME, URL, pkcs11: or ssh-agent:
    --secret: string          # Raw shared secret: path, -, or env:NAME
    --secret-encoding: string@"nu-complete jotsmith inspect secret_encoding" # Encoding of --secret
    --kid: string             # Key ID of the key to use
    --pkcs11-module: path     # PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]
    --pin-file: string        # PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]
    --passphrase-file: string # Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]
    --max-p2c: string         # Maximum PBKDF2 iteration count to accept
    --offline                 # Do not fetch keys; use cached copies
    --ca: string              # Trust only these CA certificates: PEM file, -, or env:NAME
    --issuer: string          # Audit an issuer: its metadata and its published keys
    --metadata: string        # Audit issuer metadata: path, -, or env:NAME
    --jwks: string            # JWK Set that belongs to --metadata: path, -, or env:NAME
    --fail-on: string@"nu-complete jotsmith inspect fail_on" # Exit with 1 if a finding has at least this severity
    --profile: string@"nu-complete jotsmith inspect profile" # Check against this profile (sign --list-profiles)
    --for: string@"nu-complete jotsmith inspect consumers" # Report what this consumer would reject; repeatable
    --sarif                   # Print the findings as SARIF, for code scanning
    --wordlist: string        # Try each line as the HMAC secret: path, -, env:NAME
    --scan                    # Find tokens and private keys in files, folders or stdin
    --show-tokens             # Print found tokens in full
    --no-ignore               # Also scan .git and the files that .gitignore lists
    --full                    # Show long values and lists in full
    --findings-only           # Show only the findings
    --get: string             # Print only this claim, a string without quotes
    --report: string@"nu-complete jotsmith inspect report" # Print a report to share: md or html
    --redact                  # Remove signatures, ciphertexts and keys from a text
    --diff                    # Show how two tokens differ
    --explain: string@"nu-complete jotsmith inspect explain" # Explain a finding: what it means and how to fix it
    --lines                   # Read one item per line and print one result per line
    --jobs: string            # Number of threads [default: one for each core]
    --fail-fast               # Stop at the first item that fails
    --output(-o): path        # Write the result to a file instead of stdout
    --force(-f)               # Overwrite existing files
    --show-secret             # Print the MAC secret if it is found
    --allow: string@"nu-complete jotsmith inspect allow" # Ignore this finding; repeatable
    --json                    # Print one JSON object instead of text, also for errors
    --quiet(-q)               # Omit notes and warnings
    --color: string@"nu-complete jotsmith inspect color" # When to use colors; NO_COLOR is respected
    --at: string              # Use this time as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help: -h common flags, --help all flags
    ...inputs: string         # Token, key, certificate, path, @PATH, env:NAME, pkcs11:.., or - [default: stdin]
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

  # Rotate the keys of a JWK Set
  export extern "jotsmith rotate" [
    --init                    # Create a new set; fail if it exists
    --publish: path           # Also write the public keys to this JWK Set file
    --publish-pem: path       # Also write the public keys to this PEM file
    --active-out: path        # Also write the active private key to this PEM file
    --publish-site: path      # Also write jwks.json and .well-known/openid-configuration to this web site folder
    --site-issuer: string     # Issuer for --publish-site: the URL of the folder
    --replace-published       # Overwrite a published file of another set
    --every: string           # Time that a key is active [default: 30d]
    --lead: string            # Time from publication to first use [default: 1d]
    --retain: string          # Time from last use to removal [default: 2d]
    --alg: string@"nu-complete jotsmith rotate alg" # Algorithm of new keys [default: that of the active key, or ES256]
    --in: string              # Create new keys in a token: pkcs11:token=LABEL
    --bits: string            # Size of new RSA keys [default: that of the existing keys, or 3072]
    --kid-from: string        # Derive new key IDs from: jwk (thumbprint, the default), kubernetes, libtrust or uuid
    --now: string             # Activate a successor immediately, once per reason
    --use: string@"nu-complete jotsmith rotate key_use" # Key use that --now applies to [default: every use]
    --revoke: string          # Unpublish a key immediately and erase its private part
    --reason: string          # Reason for --revoke or --now
    --check                   # Change nothing; exit 1 if an action is due
    --dry-run(-n)             # Change nothing; report what would be done
    --status                  # Change nothing; list the keys and their times
    --simulate: string        # Change nothing; list the actions in this period
    --diff                    # Change nothing; show what changes for verifiers
    --metrics: path           # Write metrics for Prometheus to this file
    --served: string          # Activate a new key only after it is in this set
    --served-timeout: string  # Time limit for each URL of --served
    --no-served               # Activate keys even if they are not in the --served sets
    --force(-f)               # Allow an --at time in the future
    --ca: string              # Trust only these CA certificates: PEM file, -, or env:NAME
    --log: path               # Append one JSON line for each action to this file
    --passphrase-file: string # Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]
    --max-p2c: string         # Maximum PBKDF2 iteration count to accept
    --pkcs11-module: path     # PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]
    --pin-file: string        # PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]
    --wait: string            # Time to wait for another run that has locked the set
    --json                    # Print one JSON object instead of text, also for errors
    --quiet(-q)               # Omit notes and warnings
    --color: string@"nu-complete jotsmith rotate color" # When to use colors; NO_COLOR is respected
    --at: string              # Use this time as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help: -h common flags, --help all flags
    set: path                 # JWK Set file with the private keys, or - to read stdin and write stdout
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

  # Convert keys between formats
  export extern "jotsmith convert" [
    --key(-k): string         # Key: path, -, env:NAME, URL, pkcs11: or ssh-agent:
    --secret: string          # Raw shared secret: path, -, or env:NAME
    --secret-encoding: string@"nu-complete jotsmith convert secret_encoding" # Encoding of --secret
    --kid: string             # Key ID of the key to use
    --pkcs11-module: path     # PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]
    --pin-file: string        # PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]
    --passphrase-file: string # Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]
    --max-p2c: string         # Maximum PBKDF2 iteration count to accept
    --to: string@"nu-complete jotsmith convert to" # Output format
    --public                  # Write only the public key
    --encrypt                 # Encrypt the private key with a passphrase
    --decrypt                 # Write an encrypted private key without encryption
    --change-passphrase       # Change the passphrase of an encrypted private key
    --new-passphrase-file: string # New passphrase: path, -, or env:NAME [default: a prompt]
    --p2c: string             # PBKDF2 iteration count for encrypting the private key [default: 600000]
    --split: path             # Write each key to a separate file in this folder, named after its key ID
    --hash: string@"nu-complete jotsmith convert hash" # Hash function of the thumbprint
    --fingerprint: string@"nu-complete jotsmith convert fingerprint" # Kind of fingerprint [default: jwk]
    --set-kid: string         # Set the key ID
    --thumbprint-kid          # Set each key ID to the RFC 7638 thumbprint
    --kid-from: string        # Derive each key ID from: jwk (thumbprint), kubernetes, libtrust, x5t, x5t#S256 (of the certificate) or uuid
    --drop: string            # Remove a member that is not key material, such as kid
    --use: string@"nu-complete jotsmith convert key_use" # Set the key use
    --alg: string@"nu-complete jotsmith convert alg" # Bind the key to this algorithm
    --output(-o): path        # Write the result to a file instead of stdout
    --force(-f)               # Overwrite existing files
    --json                    # Print one JSON object instead of text, also for errors
    --quiet(-q)               # Omit notes and warnings
    --color: string@"nu-complete jotsmith convert color" # When to use colors; NO_COLOR is respected
    --at: string              # Use this time as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help: -h common flags, --help all flags
    ...inputs: string         # Key to convert, as with -k, or @PATH [default: stdin]
  ]

  def "nu-complete jotsmith completion shell" [] {
    [ "bash" "zsh" "fish" "powershell" "elvish" "nushell" ]
  }

  def "nu-complete jotsmith completion color" [] {
    [ "auto" "always" "never" ]
  }

  # Print a shell completion script
  export extern "jotsmith completion" [
    --json                    # Print one JSON object instead of text, also for errors
    --quiet(-q)               # Omit notes and warnings
    --color: string@"nu-complete jotsmith completion color" # When to use colors; NO_COLOR is respected
    --at: string              # Use this time as the current time
    --no-input                # Never prompt
    --help(-h)                # Print help: -h common flags, --help all flags
    shell: string@"nu-complete jotsmith completion shell" # Shell
  ]

}

export use completions *
