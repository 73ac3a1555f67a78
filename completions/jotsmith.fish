# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_jotsmith_global_optspecs
    string join \n json q/quiet color= at= no-input h/help V/version
end

function __fish_jotsmith_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_jotsmith_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_jotsmith_using_subcommand
    set -l cmd (__fish_jotsmith_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c jotsmith -n "__fish_jotsmith_needs_command" -l color -d 'When to use colors; NO_COLOR is respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_needs_command" -l at -d 'Use this time as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_needs_command" -l json -d 'Print one JSON object instead of text, also for errors'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -s q -l quiet -d 'Omit notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -s h -l help -d 'Print help: -h common flags, --help all flags'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -s V -l version -d 'Print version'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "keygen" -d 'Generate keys'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "sign" -d 'Sign a claims set or any other payload'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "verify" -d 'Verify a signed token and print its claims'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "encrypt" -d 'Encrypt a token or any other content'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "decrypt" -d 'Decrypt a token and print its content'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "inspect" -d 'Describe a token, key, key set or certificate without trusting it'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "rotate" -d 'Rotate the keys of a JWK Set'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "convert" -d 'Convert keys between formats'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "completion" -d 'Print a shell completion script'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l curve -d 'Curve, for EdDSA and ECDH-ES' -r -f -a "P-256\t''
P-384\t''
P-521\t''
secp256k1\t''
Ed25519\t''
Ed448\t''
X25519\t''
X448\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l bits -d 'Size of an RSA key [default: 3072] or shared secret' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l kid -d 'Key ID [default: thumbprint, or random for a shared secret]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l kid-from -d 'Derive the key ID from: jwk (thumbprint), kubernetes, libtrust or uuid' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l use -d 'Key use, if the algorithm does not determine it' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l count -d 'Number of keys, written as a JWK Set' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l to -d 'Output format' -r -f -a "jwk\t'One JSON Web Key'
jwks\t'A JWK Set'
pem\t'PKCS#8 PEM; SPKI for a public key'
der\t'PKCS#8 DER; SPKI for a public key'
ssh\t'An OpenSSH public key line'
raw\t'The bytes of a shared secret'
hex\t'A shared secret in hexadecimal'
base64\t'A shared secret in base64'
base64url\t'A shared secret in base64url'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l p2c -d 'PBKDF2 iteration count for encrypting the private key [default: 600000]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l passphrase-file -d 'Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l public-out -d 'Also write the public key to this file' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l pkcs11-module -d 'PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l pin-file -d 'PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -s o -l output -d 'Write the result to a file instead of stdout' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l color -d 'When to use colors; NO_COLOR is respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l at -d 'Use this time as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l list -d 'List the algorithms and exit'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l long -d 'List them with key types, recommendations and supporting software'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l bench -d 'List them with their speed on one core'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l encrypt -d 'Encrypt the private key with a passphrase'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -s f -l force -d 'Overwrite existing files'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l json -d 'Print one JSON object instead of text, also for errors'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -s q -l quiet -d 'Omit notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -s h -l help -d 'Print help: -h common flags, --help all flags'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -s k -l key -d 'Key: path, -, env:NAME, URL, pkcs11: or ssh-agent:' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l secret -d 'Raw shared secret: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l secret-encoding -d 'Encoding of --secret' -r -f -a "utf8\t'The bytes of the text; one trailing newline is removed'
raw\t'All bytes, including a trailing newline'
base64\t'Base64, with or without padding and line breaks'
base64url\t'Base64url, with or without padding and line breaks'
hex\t'Hexadecimal, with or without 0x and separators (space, colon, comma, hyphen, line break)'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l kid -d 'Key ID of the key to use' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l pkcs11-module -d 'PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l pin-file -d 'PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l passphrase-file -d 'Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l max-p2c -d 'Maximum PBKDF2 iteration count to accept' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l signer -d 'Sign with this program; -k is the public key' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l signer-input -d 'Input of the program [default: message]' -r -f -a "message\t'The signing input'
digest\t'The digest of the signing input, with the hash function of the algorithm'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l signer-output -d 'Encoding of the program\'s output [default: detected]' -r -f -a "raw\t'The bytes of the signature; R || S for ECDSA'
der\t'The DER structure of an ECDSA signature'
base64\t'One of these in base64 or base64url'
hex\t'One of these in hexadecimal'
vault\t'vault:v1: and base64'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l signer-timeout -d 'Time limit for the program [default: 30s]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l signature -d 'Build the token from this signature and --signing-input-file: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l signing-input-file -d 'Output of --signing-input: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l claims -d 'JSON object with claims: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l iss -d 'Issuer (iss)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l sub -d 'Subject (sub)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l aud -d 'Audience (aud); repeatable' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l exp -d 'Expiration time (exp) [default: 15m]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l nbf -d 'Time from which the token is valid (nbf)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l jti -d 'Add a token ID (jti) [default: random]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l payload -d 'Content to sign instead of claims: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l profile -d 'Add and enforce the claims of this profile' -r -f -a "at\t'An OAuth 2.0 access token'
id\t'An OpenID Connect ID token'
logout\t'An OpenID Connect logout token'
client-assertion\t'A client assertion for an authorization server'
jwt-bearer\t'An assertion for an authorization grant'
dpop\t'A DPoP proof of possession'
jar\t'An authorization request'
jarm\t'An authorization response'
introspection\t'A token introspection response'
set\t'A security event token'
ssf\t'A security event token of the Shared Signals Framework (CAEP, RISC)'
client-attestation\t'A client attestation'
client-attestation-pop\t'A proof of possession for a client attestation'
sd-jwt-vc\t'A verifiable credential (SD-JWT VC)'
status-list\t'A status list token (Token Status List)'
vci-proof\t'A proof of possession for a credential issuer'
jwt-svid\t'A SPIFFE verifiable identity document'
k8s-sa\t'A Kubernetes service account token'
github-app\t'A GitHub App token'
google\t'A Google service account token'
snowflake\t'A Snowflake key pair authentication token'
apple\t'An App Store Connect API token'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l account -d 'Snowflake account for --profile snowflake: ORGANIZATION-ACCOUNT or a locator; a region is removed' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l ath-of -d 'Bind the DPoP proof to this access token (ath): path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l access-token -d 'Add the hash of this access token (at_hash): path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l code -d 'Add the hash of this authorization code (c_hash): path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l client-cert -d 'Bind the token to this client certificate (cnf.x5t#S256): PEM file, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l dpop-key -d 'Bind the token to this key for DPoP proofs (cnf.jkt)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l alg -d 'Signature algorithm [default: that of the key]' -r -f -a "HS256\t''
HS384\t''
HS512\t''
RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
ES256K\t''
Ed25519\t''
Ed448\t''
EdDSA\t''
ML-DSA-44\t''
ML-DSA-65\t''
ML-DSA-87\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l header -d 'Header parameter: name=text or name:=json' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l unprotected -d 'Unprotected header parameter (JSON serializations only)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l typ -d 'Token type (typ) [default: JWT for claims]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l cty -d 'Content type of the payload (cty)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l x5c -d 'Add a certificate chain to the header (x5c)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l x5t -d 'Add the fingerprints of the key\'s certificate to the header (x5t and x5t#S256): PEM file, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l kid-from -d 'Derive the key ID from: jwk (thumbprint), kubernetes, libtrust, x5t or x5t#S256 (of --x5c, --x5t or the key\'s certificate)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l format -d 'Serialization [default: compact, or general for several keys]' -r -f -a "compact\t'Segments separated by dots, as in a JWT'
flattened\t'JSON with one signature or recipient'
general\t'JSON with any number of signatures or recipients'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l encrypt-to -d 'Encrypt the signed token with this key' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l encrypt-alg -d 'Key management algorithm, if the key supports several' -r -f -a "dir\t''
A128KW\t''
A192KW\t''
A256KW\t''
A128GCMKW\t''
A192GCMKW\t''
A256GCMKW\t''
RSA-OAEP\t''
RSA-OAEP-256\t''
RSA-OAEP-384\t''
RSA-OAEP-512\t''
RSA1_5\t''
ECDH-ES\t''
ECDH-ES+A128KW\t''
ECDH-ES+A192KW\t''
ECDH-ES+A256KW\t''
HPKE-0\t''
HPKE-1\t''
HPKE-2\t''
HPKE-3\t''
HPKE-4\t''
HPKE-5\t''
HPKE-6\t''
HPKE-7\t''
HPKE-0-KE\t''
HPKE-1-KE\t''
HPKE-2-KE\t''
HPKE-3-KE\t''
HPKE-5-KE\t''
HPKE-7-KE\t''
PBES2-HS256+A128KW\t''
PBES2-HS384+A192KW\t''
PBES2-HS512+A256KW\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l enc -d 'Content encryption algorithm [default: A256GCM]' -r -f -a "A128CBC-HS256\t''
A192CBC-HS384\t''
A256CBC-HS512\t''
A128GCM\t''
A192GCM\t''
A256GCM\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l sd -d 'Claim to make selectively disclosable (SD-JWT)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l decoys -d 'Number of decoy digests to add to each object or array with digests' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l sd-alg -d 'Hash algorithm of the digests' -r -f -a "sha-256\t''
sha-384\t''
sha-512\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l holder -d 'Bind the SD-JWT to this public key of the holder (cnf)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l status-entries -d 'Statuses for --profile status-list: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l status-bits -d 'Number of bits for each status: 1, 2, 4 or 8 [default: 1]' -r -f -a "1\t''
2\t''
4\t''
8\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l status-size -d 'Minimum number of entries in the list [default: 1048576]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l present -d 'Present this SD-JWT: text, path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l disclose -d 'Claim to disclose, with the claims that contain it' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l nonce -d 'Nonce of the verifier, for the key binding JWT' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l jobs -d 'Number of threads [default: one for each core]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -s o -l output -d 'Write the result to a file instead of stdout' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l color -d 'When to use colors; NO_COLOR is respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l at -d 'Use this time as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l signing-input -d 'Print the signing input and do not sign; -k is the public key'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l force-claims -d 'Sign claims that verifiers reject, for testing'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l no-exp -d 'Omit exp; the token never expires'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l no-iat -d 'Omit the time of issue (iat)'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l list-profiles -d 'List the profiles with their rules, and exit'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l embed-jwk -d 'Add the public key to the header (jwk)'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l detached -d 'Omit the payload from the token'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l unencoded -d 'Sign the payload without base64url encoding (RFC 7797)'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l bearer -d 'Print an HTTP Authorization header, for curl -H @-'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l strict -d 'Fail, instead of warning, if the rotation of the key set is overdue'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l sd-all -d 'Make all permitted top-level claims selectively disclosable, except iat'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l disclose-none -d 'Disclose no claim'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l disclose-all -d 'Disclose every claim'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l lines -d 'Read one item per line and print one result per line'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l fail-fast -d 'Stop at the first item that fails'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -s f -l force -d 'Overwrite existing files'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l json -d 'Print one JSON object instead of text, also for errors'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -s q -l quiet -d 'Omit notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -s h -l help -d 'Print help: -h common flags, --help all flags'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -s k -l key -d 'Key: path, -, env:NAME, URL, pkcs11: or ssh-agent:' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l secret -d 'Raw shared secret: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l secret-encoding -d 'Encoding of --secret' -r -f -a "utf8\t'The bytes of the text; one trailing newline is removed'
raw\t'All bytes, including a trailing newline'
base64\t'Base64, with or without padding and line breaks'
base64url\t'Base64url, with or without padding and line breaks'
hex\t'Hexadecimal, with or without 0x and separators (space, colon, comma, hyphen, line break)'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l kid -d 'Key ID of the key to use' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l pkcs11-module -d 'PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l pin-file -d 'PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l passphrase-file -d 'Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l max-p2c -d 'Maximum PBKDF2 iteration count to accept' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l issuer -d 'Fetch the keys of this issuer; iss must equal it' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l ca -d 'Trust only these CA certificates: PEM file, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l decrypt-with -d 'Require an encrypted token; decrypt it with this key' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l x5c-roots -d 'Trust the certificate chain in the header (x5c) if it leads to one of these roots: PEM file, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l field -d 'Read the token from this member of a JSON object' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l alg -d 'Accepted algorithm; repeatable' -r -f -a "HS256\t''
HS384\t''
HS512\t''
RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
ES256K\t''
Ed25519\t''
Ed448\t''
EdDSA\t''
ML-DSA-44\t''
ML-DSA-65\t''
ML-DSA-87\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l iss -d 'Required issuer (iss); repeat it to accept several' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l aud -d 'Required audience (aud); repeat it to accept several' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l azp -d 'Required authorized party (azp) [default with --profile id: one of --aud]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l sub -d 'Required subject (sub)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l typ -d 'Required token type (typ)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l require -d 'Claim that must be present' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l claim -d 'Required value of a claim: name=text or name:=json' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l scope -d 'Required scope; repeatable' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l contains -d 'String that an array claim must contain: name=text' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l glob -d 'Pattern that a claim must match' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l leeway -d 'Tolerated difference between clocks [default: 0s]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l max-age -d 'Maximum age of the token, according to iat' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l profile -d 'Enforce this profile (sign --list-profiles)' -r -f -a "at\t'An OAuth 2.0 access token'
id\t'An OpenID Connect ID token'
logout\t'An OpenID Connect logout token'
client-assertion\t'A client assertion for an authorization server'
jwt-bearer\t'An assertion for an authorization grant'
dpop\t'A DPoP proof of possession'
jar\t'An authorization request'
jarm\t'An authorization response'
introspection\t'A token introspection response'
set\t'A security event token'
ssf\t'A security event token of the Shared Signals Framework (CAEP, RISC)'
client-attestation\t'A client attestation'
client-attestation-pop\t'A proof of possession for a client attestation'
sd-jwt-vc\t'A verifiable credential (SD-JWT VC)'
status-list\t'A status list token (Token Status List)'
vci-proof\t'A proof of possession for a credential issuer'
jwt-svid\t'A SPIFFE verifiable identity document'
k8s-sa\t'A Kubernetes service account token'
github-app\t'A GitHub App token'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l ath-of -d 'Access token that the DPoP proof must be bound to (ath): path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l access-token -d 'Access token that at_hash must match: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l code -d 'Authorization code that c_hash must match: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l client-cert -d 'Client certificate that the token must be bound to (cnf.x5t#S256): PEM file, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l attestation -d 'Client attestation that contains the key of this proof; it is verified with -k: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l format -d 'Accept only this serialization; repeatable' -r -f -a "compact\t'Segments separated by dots, as in a JWT'
flattened\t'JSON with one signature or recipient'
general\t'JSON with any number of signatures or recipients'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l kb-aud -d 'Required audience of the key binding JWT' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l kb-nonce -d 'Required nonce of the key binding JWT' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l kb-max-age -d 'Maximum age of the key binding JWT [default: 5m]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l status-list -d 'Require that the status of the token is valid in this status list: path, -, env:NAME or URL' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l status-key -d 'Key of the status list [default: the keys of the tokens]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l payload -d 'Detached payload: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l get -d 'Print only this claim, a string without quotes' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l max-size -d 'Maximum size of a token, in bytes' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l jobs -d 'Number of threads [default: one for each core]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -s o -l output -d 'Write the result to a file instead of stdout' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l color -d 'When to use colors; NO_COLOR is respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l at -d 'Use this time as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l offline -d 'Do not fetch keys; use cached copies'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l lenient-epk -d 'Accept an ephemeral EC key whose coordinates lack leading zeros'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l allow-no-exp -d 'Accept a token without exp'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l require-all -d 'Require that every signature verifies, not only one'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l raw -d 'Accept and print any payload; check no claims'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l key-binding -d 'Require and verify the key binding of an SD-JWT'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l lines -d 'Read one item per line and print one result per line'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l fail-fast -d 'Stop at the first item that fails'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -s f -l force -d 'Overwrite existing files'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l json -d 'Print one JSON object instead of text, also for errors'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -s q -l quiet -d 'Omit notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -s h -l help -d 'Print help: -h common flags, --help all flags'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -s k -l key -d 'Key: path, -, env:NAME, URL, pkcs11: or ssh-agent:' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l secret -d 'Raw shared secret: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l secret-encoding -d 'Encoding of --secret' -r -f -a "utf8\t'The bytes of the text; one trailing newline is removed'
raw\t'All bytes, including a trailing newline'
base64\t'Base64, with or without padding and line breaks'
base64url\t'Base64url, with or without padding and line breaks'
hex\t'Hexadecimal, with or without 0x and separators (space, colon, comma, hyphen, line break)'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l kid -d 'Key ID of the key to use' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l pkcs11-module -d 'PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l pin-file -d 'PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l passphrase-file -d 'Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l max-p2c -d 'Maximum PBKDF2 iteration count to accept' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l ca -d 'Trust only these CA certificates: PEM file, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l alg -d 'Key management algorithm, if the key supports several' -r -f -a "dir\t''
A128KW\t''
A192KW\t''
A256KW\t''
A128GCMKW\t''
A192GCMKW\t''
A256GCMKW\t''
RSA-OAEP\t''
RSA-OAEP-256\t''
RSA-OAEP-384\t''
RSA-OAEP-512\t''
RSA1_5\t''
ECDH-ES\t''
ECDH-ES+A128KW\t''
ECDH-ES+A192KW\t''
ECDH-ES+A256KW\t''
HPKE-0\t''
HPKE-1\t''
HPKE-2\t''
HPKE-3\t''
HPKE-4\t''
HPKE-5\t''
HPKE-6\t''
HPKE-7\t''
HPKE-0-KE\t''
HPKE-1-KE\t''
HPKE-2-KE\t''
HPKE-3-KE\t''
HPKE-5-KE\t''
HPKE-7-KE\t''
PBES2-HS256+A128KW\t''
PBES2-HS384+A192KW\t''
PBES2-HS512+A256KW\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l enc -d 'Content encryption algorithm [default: A256GCM, or none for HPKE-0 to HPKE-7]' -r -f -a "A128CBC-HS256\t''
A192CBC-HS384\t''
A256CBC-HS512\t''
A128GCM\t''
A192GCM\t''
A256GCM\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l header -d 'Header parameter: name=text or name:=json' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l unprotected -d 'Shared unprotected header parameter (JSON serializations only)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l typ -d 'Token type (typ)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l cty -d 'Content type (cty) [default: JWT for a token]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l aad -d 'Additional authenticated data: path, -, or env:NAME (JSON serializations only)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l info -d 'Application information for HPKE; decrypt requires the same: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l format -d 'Serialization [default: compact, or general for several keys]' -r -f -a "compact\t'Segments separated by dots, as in a JWT'
flattened\t'JSON with one signature or recipient'
general\t'JSON with any number of signatures or recipients'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l p2c -d 'PBKDF2 iteration count for a passphrase [default: 600000 with SHA-256, 220000 with SHA-512]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l jobs -d 'Number of threads [default: one for each core]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -s o -l output -d 'Write the result to a file instead of stdout' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l color -d 'When to use colors; NO_COLOR is respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l at -d 'Use this time as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l passphrase -d 'Use a passphrase instead of a key, or in addition to keys'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l offline -d 'Do not fetch keys; use cached copies'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l zip -d 'Compress the content; the length of the token then reveals information about it'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l lines -d 'Read one item per line and print one result per line'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l fail-fast -d 'Stop at the first item that fails'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -s f -l force -d 'Overwrite existing files'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l json -d 'Print one JSON object instead of text, also for errors'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -s q -l quiet -d 'Omit notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -s h -l help -d 'Print help: -h common flags, --help all flags'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l field -d 'Read the token from this member of a JSON object' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -s k -l key -d 'Key: path, -, env:NAME, URL, pkcs11: or ssh-agent:' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l secret -d 'Raw shared secret: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l secret-encoding -d 'Encoding of --secret' -r -f -a "utf8\t'The bytes of the text; one trailing newline is removed'
raw\t'All bytes, including a trailing newline'
base64\t'Base64, with or without padding and line breaks'
base64url\t'Base64url, with or without padding and line breaks'
hex\t'Hexadecimal, with or without 0x and separators (space, colon, comma, hyphen, line break)'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l kid -d 'Key ID of the key to use' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l pkcs11-module -d 'PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l pin-file -d 'PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l passphrase-file -d 'Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l max-p2c -d 'Maximum PBKDF2 iteration count to accept' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l unwrapper -d 'Decrypt the content encryption key with this program; -k is the public key' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l alg -d 'Accepted key management algorithm; repeatable [default: those of the key]' -r -f -a "dir\t''
A128KW\t''
A192KW\t''
A256KW\t''
A128GCMKW\t''
A192GCMKW\t''
A256GCMKW\t''
RSA-OAEP\t''
RSA-OAEP-256\t''
RSA-OAEP-384\t''
RSA-OAEP-512\t''
RSA1_5\t''
ECDH-ES\t''
ECDH-ES+A128KW\t''
ECDH-ES+A192KW\t''
ECDH-ES+A256KW\t''
HPKE-0\t''
HPKE-1\t''
HPKE-2\t''
HPKE-3\t''
HPKE-4\t''
HPKE-5\t''
HPKE-6\t''
HPKE-7\t''
HPKE-0-KE\t''
HPKE-1-KE\t''
HPKE-2-KE\t''
HPKE-3-KE\t''
HPKE-5-KE\t''
HPKE-7-KE\t''
PBES2-HS256+A128KW\t''
PBES2-HS384+A192KW\t''
PBES2-HS512+A256KW\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l enc -d 'Accepted content encryption algorithm; repeatable [default: all]' -r -f -a "A128CBC-HS256\t''
A192CBC-HS384\t''
A256CBC-HS512\t''
A128GCM\t''
A192GCM\t''
A256GCM\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l info -d 'Application information for HPKE, the same as for encrypt: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l format -d 'Accept only this serialization; repeatable' -r -f -a "compact\t'Segments separated by dots, as in a JWT'
flattened\t'JSON with one signature or recipient'
general\t'JSON with any number of signatures or recipients'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l max-size -d 'Maximum size of a token, and of decompressed content, in bytes [default: 1048576, 250000]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l jobs -d 'Number of threads [default: one for each core]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -s o -l output -d 'Write the result to a file instead of stdout' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l color -d 'When to use colors; NO_COLOR is respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l at -d 'Use this time as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l passphrase -d 'Use a passphrase instead of a key, or in addition to keys'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l zip -d 'Decompress the content, up to 250,000 bytes or --max-size'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l lenient-epk -d 'Accept an ephemeral EC key whose coordinates lack leading zeros'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l lines -d 'Read one item per line and print one result per line'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l fail-fast -d 'Stop at the first item that fails'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -s f -l force -d 'Overwrite existing files'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l json -d 'Print one JSON object instead of text, also for errors'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -s q -l quiet -d 'Omit notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -s h -l help -d 'Print help: -h common flags, --help all flags'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -s k -l key -d 'Key: path, -, env:NAME, URL, pkcs11: or ssh-agent:' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l secret -d 'Raw shared secret: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l secret-encoding -d 'Encoding of --secret' -r -f -a "utf8\t'The bytes of the text; one trailing newline is removed'
raw\t'All bytes, including a trailing newline'
base64\t'Base64, with or without padding and line breaks'
base64url\t'Base64url, with or without padding and line breaks'
hex\t'Hexadecimal, with or without 0x and separators (space, colon, comma, hyphen, line break)'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l kid -d 'Key ID of the key to use' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l pkcs11-module -d 'PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l pin-file -d 'PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l passphrase-file -d 'Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l max-p2c -d 'Maximum PBKDF2 iteration count to accept' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l ca -d 'Trust only these CA certificates: PEM file, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l issuer -d 'Audit an issuer: its metadata and its published keys' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l metadata -d 'Audit issuer metadata: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l jwks -d 'JWK Set that belongs to --metadata: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l fail-on -d 'Exit with 1 if a finding has at least this severity' -r -f -a "info\t''
low\t''
medium\t''
high\t''
critical\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l profile -d 'Check against this profile (sign --list-profiles)' -r -f -a "at\t'An OAuth 2.0 access token'
id\t'An OpenID Connect ID token'
logout\t'An OpenID Connect logout token'
client-assertion\t'A client assertion for an authorization server'
jwt-bearer\t'An assertion for an authorization grant'
dpop\t'A DPoP proof of possession'
jar\t'An authorization request'
jarm\t'An authorization response'
introspection\t'A token introspection response'
set\t'A security event token'
ssf\t'A security event token of the Shared Signals Framework (CAEP, RISC)'
client-attestation\t'A client attestation'
client-attestation-pop\t'A proof of possession for a client attestation'
sd-jwt-vc\t'A verifiable credential (SD-JWT VC)'
status-list\t'A status list token (Token Status List)'
vci-proof\t'A proof of possession for a credential issuer'
jwt-svid\t'A SPIFFE verifiable identity document'
k8s-sa\t'A Kubernetes service account token'
github-app\t'A GitHub App token'
google\t'A Google service account token'
snowflake\t'A Snowflake key pair authentication token'
apple\t'An App Store Connect API token'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l for -d 'Report what this consumer would reject; repeatable' -r -f -a "nginx\t''
haproxy\t''
envoy\t''
mod_auth_openidc\t''
kong\t''
apisix\t''
apipark\t''
kubernetes\t''
aws-apigateway\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l wordlist -d 'Try each line as the HMAC secret: path, -, env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l get -d 'Print only this claim, a string without quotes' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l report -d 'Print a report to share: md or html' -r -f -a "md\t'Markdown'
html\t'HTML'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l explain -d 'Explain a finding: what it means and how to fix it' -r -f -a "alg-none\t''
alg-missing\t''
alg-unknown\t''
alg-deprecated\t''
alg-draft\t''
sig-length\t''
sig-trivial\t''
sig-salt\t''
sig-der\t''
b64-noncanonical\t''
bad-charset\t''
format\t''
json-duplicate-member\t''
json-not-utf8\t''
json-syntax\t''
header-jwk\t''
header-url\t''
header-x5c\t''
kid-suspicious\t''
kid-missing\t''
crit-invalid\t''
crit-unknown\t''
b64-false\t''
typ-missing\t''
typ-claims-mismatch\t''
profile-not-met\t''
id-or-access\t''
exp-missing\t''
exp-passed\t''
nbf-future\t''
iat-future\t''
lifetime-long\t''
exp-far\t''
time-type\t''
claim-type\t''
aud-missing\t''
aud-wildcard\t''
iss-missing\t''
pii-or-secret-in-claims\t''
token-size\t''
jwe-zip\t''
jwe-p2c\t''
jwe-parts\t''
jwe-epk\t''
jwe-epk-short\t''
jwe-not-authenticated\t''
nested-cty\t''
hs-known-secret\t''
key-private-in-public\t''
key-too-small\t''
key-known\t''
rsa-exponent\t''
rsa-roca\t''
key-inconsistent\t''
ec-point\t''
key-alg-mismatch\t''
key-alg-missing\t''
key-use\t''
key-kid-thumbprint\t''
set-duplicate-kid\t''
set-duplicate-key\t''
set-no-successor\t''
set-key-expired\t''
set-shape\t''
file-permissions\t''
control-chars\t''
pq-size\t''
json-serialization\t''
consumer-compat\t''
hs-public-key\t''
rsa-factors\t''
key-old\t''
cert-mismatch\t''
set-no-kid\t''
sd-jwt\t''
sd-alg-unknown\t''
sd-short-salt\t''
sd-salt-reused\t''
sd-must-be-visible\t''
issuer-mismatch\t''
issuer-http\t''
issuer-alg\t''
issuer-pkce\t''
issuer-cache\t''
issuer-redirect\t''
set-breaks-consumers\t''
p11-readable\t''
p11-extractable\t''
p11-not-local\t''
p11-several-uses\t''
p11-pin\t''
key-members\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l jobs -d 'Number of threads [default: one for each core]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -s o -l output -d 'Write the result to a file instead of stdout' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l allow -d 'Ignore this finding; repeatable' -r -f -a "alg-none\t''
alg-missing\t''
alg-unknown\t''
alg-deprecated\t''
alg-draft\t''
sig-length\t''
sig-trivial\t''
sig-salt\t''
sig-der\t''
b64-noncanonical\t''
bad-charset\t''
format\t''
json-duplicate-member\t''
json-not-utf8\t''
json-syntax\t''
header-jwk\t''
header-url\t''
header-x5c\t''
kid-suspicious\t''
kid-missing\t''
crit-invalid\t''
crit-unknown\t''
b64-false\t''
typ-missing\t''
typ-claims-mismatch\t''
profile-not-met\t''
id-or-access\t''
exp-missing\t''
exp-passed\t''
nbf-future\t''
iat-future\t''
lifetime-long\t''
exp-far\t''
time-type\t''
claim-type\t''
aud-missing\t''
aud-wildcard\t''
iss-missing\t''
pii-or-secret-in-claims\t''
token-size\t''
jwe-zip\t''
jwe-p2c\t''
jwe-parts\t''
jwe-epk\t''
jwe-epk-short\t''
jwe-not-authenticated\t''
nested-cty\t''
hs-known-secret\t''
key-private-in-public\t''
key-too-small\t''
key-known\t''
rsa-exponent\t''
rsa-roca\t''
key-inconsistent\t''
ec-point\t''
key-alg-mismatch\t''
key-alg-missing\t''
key-use\t''
key-kid-thumbprint\t''
set-duplicate-kid\t''
set-duplicate-key\t''
set-no-successor\t''
set-key-expired\t''
set-shape\t''
file-permissions\t''
control-chars\t''
pq-size\t''
json-serialization\t''
consumer-compat\t''
hs-public-key\t''
rsa-factors\t''
key-old\t''
cert-mismatch\t''
set-no-kid\t''
sd-jwt\t''
sd-alg-unknown\t''
sd-short-salt\t''
sd-salt-reused\t''
sd-must-be-visible\t''
issuer-mismatch\t''
issuer-http\t''
issuer-alg\t''
issuer-pkce\t''
issuer-cache\t''
issuer-redirect\t''
set-breaks-consumers\t''
p11-readable\t''
p11-extractable\t''
p11-not-local\t''
p11-several-uses\t''
p11-pin\t''
key-members\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l color -d 'When to use colors; NO_COLOR is respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l at -d 'Use this time as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l offline -d 'Do not fetch keys; use cached copies'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l sarif -d 'Print the findings as SARIF, for code scanning'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l scan -d 'Find tokens and private keys in files, folders or stdin'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l show-tokens -d 'Print found tokens in full'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l no-ignore -d 'Also scan .git and the files that .gitignore lists'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l full -d 'Show long values and lists in full'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l findings-only -d 'Show only the findings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l redact -d 'Remove signatures, ciphertexts and keys from a text'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l diff -d 'Show how two tokens differ'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l lines -d 'Read one item per line and print one result per line'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l fail-fast -d 'Stop at the first item that fails'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -s f -l force -d 'Overwrite existing files'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l show-secret -d 'Print the MAC secret if it is found'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l json -d 'Print one JSON object instead of text, also for errors'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -s q -l quiet -d 'Omit notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -s h -l help -d 'Print help: -h common flags, --help all flags'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l publish -d 'Also write the public keys to this JWK Set file' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l publish-pem -d 'Also write the public keys to this PEM file' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l active-out -d 'Also write the active private key to this PEM file' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l publish-site -d 'Also write jwks.json and .well-known/openid-configuration to this web site folder' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l site-issuer -d 'Issuer for --publish-site: the URL of the folder' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l every -d 'Time that a key is active [default: 30d]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l lead -d 'Time from publication to first use [default: 1d]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l retain -d 'Time from last use to removal [default: 2d]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l alg -d 'Algorithm of new keys [default: that of the active key, or ES256]' -r -f -a "HS256\t''
HS384\t''
HS512\t''
RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
ES256K\t''
Ed25519\t''
Ed448\t''
EdDSA\t''
ML-DSA-44\t''
ML-DSA-65\t''
ML-DSA-87\t''
dir\t''
A128KW\t''
A192KW\t''
A256KW\t''
A128GCMKW\t''
A192GCMKW\t''
A256GCMKW\t''
RSA-OAEP\t''
RSA-OAEP-256\t''
RSA-OAEP-384\t''
RSA-OAEP-512\t''
ECDH-ES\t''
ECDH-ES+A128KW\t''
ECDH-ES+A192KW\t''
ECDH-ES+A256KW\t''
HPKE-0\t''
HPKE-1\t''
HPKE-2\t''
HPKE-3\t''
HPKE-4\t''
HPKE-5\t''
HPKE-6\t''
HPKE-7\t''
HPKE-0-KE\t''
HPKE-1-KE\t''
HPKE-2-KE\t''
HPKE-3-KE\t''
HPKE-5-KE\t''
HPKE-7-KE\t''
PBES2-HS256+A128KW\t''
PBES2-HS384+A192KW\t''
PBES2-HS512+A256KW\t''
A128CBC-HS256\t''
A192CBC-HS384\t''
A256CBC-HS512\t''
A128GCM\t''
A192GCM\t''
A256GCM\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l in -d 'Create new keys in a token: pkcs11:token=LABEL' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l bits -d 'Size of new RSA keys [default: that of the existing keys, or 3072]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l kid-from -d 'Derive new key IDs from: jwk (thumbprint, the default), kubernetes, libtrust or uuid' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l now -d 'Activate a successor immediately, once per reason' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l use -d 'Key use that --now applies to [default: every use]' -r -f -a "sig\t''
enc\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l revoke -d 'Unpublish a key immediately and erase its private part' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l reason -d 'Reason for --revoke or --now' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l simulate -d 'Change nothing; list the actions in this period' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l metrics -d 'Write metrics for Prometheus to this file' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l served -d 'Activate a new key only after it is in this set' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l served-timeout -d 'Time limit for each URL of --served' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l ca -d 'Trust only these CA certificates: PEM file, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l log -d 'Append one JSON line for each action to this file' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l passphrase-file -d 'Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l max-p2c -d 'Maximum PBKDF2 iteration count to accept' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l pkcs11-module -d 'PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l pin-file -d 'PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l wait -d 'Time to wait for another run that has locked the set' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l color -d 'When to use colors; NO_COLOR is respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l at -d 'Use this time as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l init -d 'Create a new set; fail if it exists'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l replace-published -d 'Overwrite a published file of another set'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l check -d 'Change nothing; exit 1 if an action is due'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -s n -l dry-run -d 'Change nothing; report what would be done'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l status -d 'Change nothing; list the keys and their times'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l diff -d 'Change nothing; show what changes for verifiers'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l no-served -d 'Activate keys even if they are not in the --served sets'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -s f -l force -d 'Allow an --at time in the future'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l json -d 'Print one JSON object instead of text, also for errors'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -s q -l quiet -d 'Omit notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -s h -l help -d 'Print help: -h common flags, --help all flags'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -s k -l key -d 'Key: path, -, env:NAME, URL, pkcs11: or ssh-agent:' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l secret -d 'Raw shared secret: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l secret-encoding -d 'Encoding of --secret' -r -f -a "utf8\t'The bytes of the text; one trailing newline is removed'
raw\t'All bytes, including a trailing newline'
base64\t'Base64, with or without padding and line breaks'
base64url\t'Base64url, with or without padding and line breaks'
hex\t'Hexadecimal, with or without 0x and separators (space, colon, comma, hyphen, line break)'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l kid -d 'Key ID of the key to use' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l pkcs11-module -d 'PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l pin-file -d 'PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l passphrase-file -d 'Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l max-p2c -d 'Maximum PBKDF2 iteration count to accept' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l to -d 'Output format' -r -f -a "jwk\t'One JSON Web Key'
jwks\t'A JWK Set'
pem\t'PKCS#8 PEM; SPKI for a public key'
der\t'PKCS#8 DER; SPKI for a public key'
ssh\t'An OpenSSH public key line'
raw\t'The bytes of a shared secret'
hex\t'A shared secret in hexadecimal'
base64\t'A shared secret in base64'
base64url\t'A shared secret in base64url'
thumbprint\t'The thumbprint (RFC 7638)'
thumbprint-uri\t'The thumbprint as a URI (RFC 9278)'
fingerprint\t'Another fingerprint (--fingerprint)'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l new-passphrase-file -d 'New passphrase: path, -, or env:NAME [default: a prompt]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l p2c -d 'PBKDF2 iteration count for encrypting the private key [default: 600000]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l split -d 'Write each key to a separate file in this folder, named after its key ID' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l hash -d 'Hash function of the thumbprint' -r -f -a "sha256\t''
sha384\t''
sha512\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l fingerprint -d 'Kind of fingerprint [default: jwk]' -r -f -a "jwk\t'The thumbprint (RFC 7638)'
spki\t'SHA-256 of the public key (SPKI) in hexadecimal'
snowflake\t'The fingerprint that Snowflake shows'
kubernetes\t'The key ID in Kubernetes'
libtrust\t'The key ID in Docker registries (libtrust)'
x5t\t'SHA-1 of the certificate in base64url'
x5t#S256\t'SHA-256 of the certificate in base64url'
ssh\t'The fingerprint that ssh-keygen shows'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l set-kid -d 'Set the key ID' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l kid-from -d 'Derive each key ID from: jwk (thumbprint), kubernetes, libtrust, x5t, x5t#S256 (of the certificate) or uuid' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l drop -d 'Remove a member that is not key material, such as kid' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l use -d 'Set the key use' -r -f -a "sig\t''
enc\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l alg -d 'Bind the key to this algorithm' -r -f -a "HS256\t''
HS384\t''
HS512\t''
RS256\t''
RS384\t''
RS512\t''
PS256\t''
PS384\t''
PS512\t''
ES256\t''
ES384\t''
ES512\t''
ES256K\t''
Ed25519\t''
Ed448\t''
EdDSA\t''
ML-DSA-44\t''
ML-DSA-65\t''
ML-DSA-87\t''
dir\t''
A128KW\t''
A192KW\t''
A256KW\t''
A128GCMKW\t''
A192GCMKW\t''
A256GCMKW\t''
RSA-OAEP\t''
RSA-OAEP-256\t''
RSA-OAEP-384\t''
RSA-OAEP-512\t''
ECDH-ES\t''
ECDH-ES+A128KW\t''
ECDH-ES+A192KW\t''
ECDH-ES+A256KW\t''
HPKE-0\t''
HPKE-1\t''
HPKE-2\t''
HPKE-3\t''
HPKE-4\t''
HPKE-5\t''
HPKE-6\t''
HPKE-7\t''
HPKE-0-KE\t''
HPKE-1-KE\t''
HPKE-2-KE\t''
HPKE-3-KE\t''
HPKE-5-KE\t''
HPKE-7-KE\t''
PBES2-HS256+A128KW\t''
PBES2-HS384+A192KW\t''
PBES2-HS512+A256KW\t''
A128CBC-HS256\t''
A192CBC-HS384\t''
A256CBC-HS512\t''
A128GCM\t''
A192GCM\t''
A256GCM\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -s o -l output -d 'Write the result to a file instead of stdout' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l color -d 'When to use colors; NO_COLOR is respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l at -d 'Use this time as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l public -d 'Write only the public key'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l encrypt -d 'Encrypt the private key with a passphrase'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l decrypt -d 'Write an encrypted private key without encryption'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l change-passphrase -d 'Change the passphrase of an encrypted private key'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l thumbprint-kid -d 'Set each key ID to the RFC 7638 thumbprint'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -s f -l force -d 'Overwrite existing files'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l json -d 'Print one JSON object instead of text, also for errors'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -s q -l quiet -d 'Omit notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -s h -l help -d 'Print help: -h common flags, --help all flags'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand completion" -l color -d 'When to use colors; NO_COLOR is respected' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand completion" -l at -d 'Use this time as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand completion" -l json -d 'Print one JSON object instead of text, also for errors'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand completion" -s q -l quiet -d 'Omit notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand completion" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand completion" -s h -l help -d 'Print help: -h common flags, --help all flags'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -f -a "HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 ES256K Ed25519 Ed448 EdDSA ML-DSA-44 ML-DSA-65 ML-DSA-87 dir A128KW A192KW A256KW A128GCMKW A192GCMKW A256GCMKW RSA-OAEP RSA-OAEP-256 RSA-OAEP-384 RSA-OAEP-512 ECDH-ES ECDH-ES+A128KW ECDH-ES+A192KW ECDH-ES+A256KW HPKE-0 HPKE-1 HPKE-2 HPKE-3 HPKE-4 HPKE-5 HPKE-6 HPKE-7 HPKE-0-KE HPKE-1-KE HPKE-2-KE HPKE-3-KE HPKE-5-KE HPKE-7-KE PBES2-HS256+A128KW PBES2-HS384+A192KW PBES2-HS512+A256KW A128CBC-HS256 A192CBC-HS384 A256CBC-HS512 A128GCM A192GCM A256GCM"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand completion" -f -a "bash zsh fish powershell elvish nushell"
complete -c jotsmith -n "string match -q -- '@*' (commandline -ct)" -a '(for path in (string sub -s 2 -- (commandline -ct))*; echo @$path; end)'
