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

complete -c jotsmith -n "__fish_jotsmith_needs_command" -l color -d 'When to color the output (NO_COLOR is respected)' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_needs_command" -l at -d 'Use this as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_needs_command" -l json -d 'Print one JSON object instead of text, errors included'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -s q -l quiet -d 'Leave out notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -s h -l help -d 'Print help; --help describes every flag'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -s V -l version -d 'Print version'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "keygen" -d 'Make a key'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "sign" -d 'Mint a signed token'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "verify" -d 'Verify a signed token and print its claims'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "encrypt" -d 'Encrypt a token or anything else'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "decrypt" -d 'Decrypt a token and print its content'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "inspect" -d 'Describe a token, key, key set or certificate without trusting it'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "rotate" -d 'Rotate the keys of a set'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "convert" -d 'Convert keys from any form to any other'
complete -c jotsmith -n "__fish_jotsmith_needs_command" -f -a "completion" -d 'Print the completion script of a shell'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l curve -d 'The curve, for EdDSA and ECDH-ES' -r -f -a "P-256\t''
P-384\t''
P-521\t''
secp256k1\t''
Ed25519\t''
Ed448\t''
X25519\t''
X448\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l bits -d 'The size, for RSA [default: 3072] and shared secrets' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l kid -d 'The key identifier [default: thumbprint, or random for a shared secret]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l kid-from -d 'Derive the key ID from: jwk (thumbprint), kubernetes, libtrust or uuid' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l use -d 'What the key may be used for, where the algorithm does not say' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l count -d 'How many keys to make, as a JWK Set' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l to -d 'The form' -r -f -a "jwk\t'One JSON Web Key'
jwks\t'A JWK Set'
pem\t'PKCS#8 PEM; SPKI for a public key'
der\t'PKCS#8 DER; SPKI for a public key'
ssh\t'OpenSSH\'s line for a public key'
raw\t'The bytes of a shared secret'
hex\t'A shared secret in hexadecimal'
base64\t'A shared secret in base64'
base64url\t'A shared secret in base64url'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l p2c -d 'Rounds of PBKDF2 to encrypt the private key with [default: 600000]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l passphrase-file -d 'Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l public-out -d 'Write the public part to a file' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l pkcs11-module -d 'The module of a PKCS#11 token (without: PKCS11_MODULE, or p11-kit\'s proxy)' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l pin-file -d 'Read the PIN of a token from a file or env:NAME (without: JOTSMITH_PIN, or asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -s o -l output -d 'Write the result to a file instead of stdout' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l color -d 'When to color the output (NO_COLOR is respected)' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l at -d 'Use this as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l list -d 'List the algorithms and exit'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l long -d 'List them with their keys, the reason of their status, and who supports them'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l bench -d 'List them with their speed on one core of this machine'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l encrypt -d 'Encrypt the private key with a passphrase'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -s f -l force -d 'Replace files that exist'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l json -d 'Print one JSON object instead of text, errors included'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -s q -l quiet -d 'Leave out notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -s h -l help -d 'Print help; --help describes every flag'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -s k -l key -d 'A key: path, -, env:NAME, URL, pkcs11:.., ssh-agent:' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l secret -d 'A raw shared secret: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l secret-encoding -d 'Encoding of --secret' -r -f -a "utf8\t'The bytes as they are; one trailing newline is dropped'
raw\t'The bytes as they are, a trailing newline included'
base64\t'Base64, with or without padding and line breaks'
base64url\t'Base64url, with or without padding and line breaks'
hex\t'Hexadecimal, with or without 0x and separators (space, colon, comma, hyphen, line break)'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l kid -d 'The key ID of the key to use' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l pkcs11-module -d 'The module of a PKCS#11 token (without: PKCS11_MODULE, or p11-kit\'s proxy)' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l pin-file -d 'Read the PIN of a token from a file or env:NAME (without: JOTSMITH_PIN, or asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l passphrase-file -d 'Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l max-p2c -d 'The most rounds of PBKDF2 to spend on a passphrase' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l signer -d 'Sign with this program; -k names the public key' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l signer-input -d 'What the program reads [default: message]' -r -f -a "message\t'The signing input'
digest\t'Its digest, with the hash function of the algorithm'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l signer-output -d 'The encoding of its output [default: detected]' -r -f -a "raw\t'The bytes of the signature; R || S for ECDSA'
der\t'The DER structure of an ECDSA signature'
base64\t'One of these in base64 or base64url'
hex\t'One of these in hexadecimal'
vault\t'vault:v1: and base64'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l signer-timeout -d 'How long it may take [default: 30s]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l signature -d 'Make the token of this signature and --signing-input-file: path, - or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l signing-input-file -d 'What --signing-input printed: path, - or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l claims -d 'A JSON object with claims: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l iss -d 'The issuer' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l sub -d 'The subject' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l aud -d 'An audience; repeat it for several' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l exp -d 'When the token expires [default: 15m]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l nbf -d 'When the token becomes valid' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l jti -d 'The ID of the token [default: random]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l payload -d 'Sign these bytes instead: path, -, env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l profile -d 'The profile whose claims are added and enforced; --list-profiles shows them' -r -f -a "at\t'An OAuth 2.0 access token'
id\t'An OpenID Connect ID token'
logout\t'An OpenID Connect logout token'
client-assertion\t'A client\'s authentication at an authorization server'
jwt-bearer\t'An assertion as an authorization grant'
dpop\t'A proof of possession of a key'
jar\t'An authorization request'
jarm\t'An authorization response'
introspection\t'A response to token introspection'
set\t'A security event token'
ssf\t'A security event token of the Shared Signals Framework (CAEP, RISC)'
client-attestation\t'A client attestation'
client-attestation-pop\t'The proof of possession beside a client attestation'
sd-jwt-vc\t'A verifiable credential (SD-JWT VC)'
status-list\t'The statuses of many tokens (Token Status List)'
vci-proof\t'A proof of possession for a credential issuer'
jwt-svid\t'A SPIFFE verifiable identity document'
k8s-sa\t'A token of a Kubernetes service account'
github-app\t'A token of a GitHub App'
google\t'A token of a Google service account, from its file'
snowflake\t'Key pair authentication with Snowflake'
apple\t'The App Store Connect API'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l account -d 'The Snowflake account, for --profile snowflake: ORGANIZATION-ACCOUNT or a locator; a region is removed' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l ath-of -d 'Bind a DPoP proof to this access token: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l access-token -d 'Add at_hash, the hash of this access token: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l code -d 'Add c_hash, the hash of this authorization code: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l client-cert -d 'Bind the token to the certificate of a client (cnf.x5t#S256): PEM file, - or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l dpop-key -d 'Bind the token to the key of DPoP proofs (cnf.jkt)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l alg -d 'The signature algorithm [default: that of the key]' -r -f -a "HS256\t''
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
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l header -d 'A header parameter: name=text or name:=json' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l unprotected -d 'An unprotected header parameter, for the JSON serializations' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l typ -d 'The media type [default: JWT for claims]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l cty -d 'The media type of the payload' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l x5c -d 'Put a certificate chain (PEM) into the header' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l x5t -d 'Put the fingerprints of the key\'s certificate into the header, and not the chain: PEM file, - or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l kid-from -d 'Derive kid from: jwk (thumbprint), kubernetes, libtrust, x5t or x5t#S256 (of --x5c, --x5t or the key\'s certificate)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l format -d 'The serialization [default: compact, or general for several keys]' -r -f -a "compact\t'Segments with dots between them: what a JWT is'
flattened\t'JSON with one signature or recipient'
general\t'JSON with any number of signatures or recipients'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l encrypt-to -d 'Encrypt the signed token to this key' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l encrypt-alg -d 'The key management algorithm, where the key leaves a choice' -r -f -a "dir\t''
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
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l enc -d 'The content encryption algorithm [default: A256GCM]' -r -f -a "A128CBC-HS256\t''
A192CBC-HS384\t''
A256CBC-HS512\t''
A128GCM\t''
A192GCM\t''
A256GCM\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l sd -d 'A claim to hide in an SD-JWT, such as address.region' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l decoys -d 'How many decoy digests to add wherever claims are hidden' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l sd-alg -d 'The hash function of the digests' -r -f -a "sha-256\t''
sha-384\t''
sha-512\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l holder -d 'Bind the SD-JWT to the public key of its holder (cnf)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l status-entries -d 'The statuses for --profile status-list: path, - or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l status-bits -d 'How many bits the status of a token has: 1, 2, 4 or 8 [default: 1]' -r -f -a "1\t''
2\t''
4\t''
8\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l status-size -d 'How many entries the list has at least [default: 1048576]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l present -d 'Present an SD-JWT: itself, path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l disclose -d 'A claim to disclose, with those that contain it' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l nonce -d 'The nonce of the verifier, for the key binding' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l jobs -d 'How many threads work [default: one for each core]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -s o -l output -d 'Write the result to a file instead of stdout' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l color -d 'When to color the output (NO_COLOR is respected)' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l at -d 'Use this as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l signing-input -d 'Print the signing input for another program, and sign nothing; -k names the public key'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l force-claims -d 'Sign claims that verifiers refuse, for a test'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l no-exp -d 'Make a token that never expires'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l no-iat -d 'Leave out when the token was made'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l list-profiles -d 'List the profiles with their rules and exit'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l embed-jwk -d 'Put the public key into the header'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l detached -d 'Leave the payload out of the token'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l unencoded -d 'Sign the payload as it is, not as base64url (RFC 7797)'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l bearer -d 'Print an HTTP header, for curl -H @-'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l strict -d 'Refuse a set whose rotation has not run for too long, instead of warning'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l sd-all -d 'Hide every top-level claim that may be hidden, except iat'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l disclose-none -d 'Disclose no claim'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l disclose-all -d 'Disclose every claim'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l lines -d 'Read one item per line and print one result per line'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l fail-fast -d 'End at the first item that fails'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -s f -l force -d 'Replace files that exist'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l json -d 'Print one JSON object instead of text, errors included'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -s q -l quiet -d 'Leave out notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand sign" -s h -l help -d 'Print help; --help describes every flag'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -s k -l key -d 'A key: path, -, env:NAME, URL, pkcs11:.., ssh-agent:' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l secret -d 'A raw shared secret: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l secret-encoding -d 'Encoding of --secret' -r -f -a "utf8\t'The bytes as they are; one trailing newline is dropped'
raw\t'The bytes as they are, a trailing newline included'
base64\t'Base64, with or without padding and line breaks'
base64url\t'Base64url, with or without padding and line breaks'
hex\t'Hexadecimal, with or without 0x and separators (space, colon, comma, hyphen, line break)'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l kid -d 'The key ID of the key to use' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l pkcs11-module -d 'The module of a PKCS#11 token (without: PKCS11_MODULE, or p11-kit\'s proxy)' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l pin-file -d 'Read the PIN of a token from a file or env:NAME (without: JOTSMITH_PIN, or asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l passphrase-file -d 'Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l max-p2c -d 'The most rounds of PBKDF2 to spend on a passphrase' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l issuer -d 'Fetch the keys of this issuer; iss must be it' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l ca -d 'Trust only these CA certificates: PEM file, - or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l decrypt-with -d 'Require an encrypted token; decrypt it with this key' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l x5c-roots -d 'Verify with the certificate chain in the token\'s own header, if it leads to one of these roots: PEM file, - or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l field -d 'Take the token from this member of a JSON object' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l alg -d 'An algorithm to allow; repeat it for several' -r -f -a "HS256\t''
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
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l iss -d 'The required issuer; repeat it to accept several' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l aud -d 'The required audience; repeat it to accept several' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l azp -d 'The authorized party (azp) that the token must have [default for --profile id: one of --aud]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l sub -d 'The required subject' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l typ -d 'The required typ of the header' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l require -d 'A claim that must be present' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l claim -d 'A claim and its required value: name=text or name:=json' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l scope -d 'A required scope; repeat it for several' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l contains -d 'A text that an array must contain' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l glob -d 'A pattern with * and ? that a claim must match' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l leeway -d 'How far clocks may differ [default: 0s]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l max-age -d 'How old the token may be since its iat' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l profile -d 'The profile whose rules the token must meet; sign --list-profiles shows them' -r -f -a "at\t'An OAuth 2.0 access token'
id\t'An OpenID Connect ID token'
logout\t'An OpenID Connect logout token'
client-assertion\t'A client\'s authentication at an authorization server'
jwt-bearer\t'An assertion as an authorization grant'
dpop\t'A proof of possession of a key'
jar\t'An authorization request'
jarm\t'An authorization response'
introspection\t'A response to token introspection'
set\t'A security event token'
ssf\t'A security event token of the Shared Signals Framework (CAEP, RISC)'
client-attestation\t'A client attestation'
client-attestation-pop\t'The proof of possession beside a client attestation'
sd-jwt-vc\t'A verifiable credential (SD-JWT VC)'
status-list\t'The statuses of many tokens (Token Status List)'
vci-proof\t'A proof of possession for a credential issuer'
jwt-svid\t'A SPIFFE verifiable identity document'
k8s-sa\t'A token of a Kubernetes service account'
github-app\t'A token of a GitHub App'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l ath-of -d 'The access token that a DPoP proof must be bound to: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l access-token -d 'The access token that at_hash must be the hash of: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l code -d 'The authorization code that c_hash must be the hash of: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l client-cert -d 'The client\'s certificate that the token must be bound to (cnf.x5t#S256): PEM file, - or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l attestation -d 'The client attestation, verified with the keys, whose key this proof must be signed with: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l format -d 'Accept only this serialization; repeat it for several' -r -f -a "compact\t'Segments with dots between them: what a JWT is'
flattened\t'JSON with one signature or recipient'
general\t'JSON with any number of signatures or recipients'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l kb-aud -d 'The audience that the holder must have bound it to' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l kb-nonce -d 'The nonce that the holder must have bound it to' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l kb-max-age -d 'How old the key binding may be [default: 5m]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l status-list -d 'Require a status, and that it is valid in this status list: path, -, env:NAME or URL' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l status-key -d 'The key of the status list [default: the keys of the tokens]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l payload -d 'The detached payload: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l get -d 'Print one claim alone, a string without quotes' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l max-size -d 'The largest token, in bytes' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l jobs -d 'How many threads work [default: one for each core]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -s o -l output -d 'Write the result to a file instead of stdout' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l color -d 'When to color the output (NO_COLOR is respected)' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l at -d 'Use this as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l offline -d 'Fetch no keys; take those of a URL as they were fetched before'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l lenient-epk -d 'Accept an ephemeral EC key whose coordinates lack leading zeros'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l allow-no-exp -d 'Accept a token that never expires'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l require-all -d 'Demand that every signature verifies, not only one'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l raw -d 'Accept any payload, check no claims, print its bytes'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l key-binding -d 'Require an SD-JWT with key binding, and verify it'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l lines -d 'Read one item per line and print one result per line'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l fail-fast -d 'End at the first item that fails'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -s f -l force -d 'Replace files that exist'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l json -d 'Print one JSON object instead of text, errors included'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -s q -l quiet -d 'Leave out notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand verify" -s h -l help -d 'Print help; --help describes every flag'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -s k -l key -d 'A key: path, -, env:NAME, URL, pkcs11:.., ssh-agent:' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l secret -d 'A raw shared secret: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l secret-encoding -d 'Encoding of --secret' -r -f -a "utf8\t'The bytes as they are; one trailing newline is dropped'
raw\t'The bytes as they are, a trailing newline included'
base64\t'Base64, with or without padding and line breaks'
base64url\t'Base64url, with or without padding and line breaks'
hex\t'Hexadecimal, with or without 0x and separators (space, colon, comma, hyphen, line break)'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l kid -d 'The key ID of the key to use' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l pkcs11-module -d 'The module of a PKCS#11 token (without: PKCS11_MODULE, or p11-kit\'s proxy)' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l pin-file -d 'Read the PIN of a token from a file or env:NAME (without: JOTSMITH_PIN, or asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l passphrase-file -d 'Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l max-p2c -d 'The most rounds of PBKDF2 to spend on a passphrase' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l ca -d 'Trust only these CA certificates: PEM file, - or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l alg -d 'The key management algorithm, where the key leaves a choice' -r -f -a "dir\t''
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
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l enc -d 'The content encryption algorithm [default: A256GCM; HPKE-0 to HPKE-7 have none]' -r -f -a "A128CBC-HS256\t''
A192CBC-HS384\t''
A256CBC-HS512\t''
A128GCM\t''
A192GCM\t''
A256GCM\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l header -d 'A header parameter: name=text or name:=json' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l unprotected -d 'An unprotected header parameter that all recipients share, for the JSON serializations' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l typ -d 'The media type of the token' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l cty -d 'The media type of the content [default: JWT for a token]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l aad -d 'Data that is authenticated but not encrypted: path, -, or env:NAME (JSON serializations)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l info -d 'Bind the token to an application, which must give the same to decrypt, for HPKE: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l format -d 'The serialization [default: compact, or general for several recipients]' -r -f -a "compact\t'Segments with dots between them: what a JWT is'
flattened\t'JSON with one signature or recipient'
general\t'JSON with any number of signatures or recipients'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l p2c -d 'Rounds of PBKDF2 for a passphrase [default: 600000 with SHA-256, 220000 with SHA-512]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l jobs -d 'How many threads work [default: one for each core]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -s o -l output -d 'Write the result to a file instead of stdout' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l color -d 'When to color the output (NO_COLOR is respected)' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l at -d 'Use this as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l passphrase -d 'Use a passphrase instead of a key, or in addition to keys'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l offline -d 'Fetch no keys; take those of a URL as they were fetched before'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l zip -d 'Compress the content first; its length then reveals something about it'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l lines -d 'Read one item per line and print one result per line'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l fail-fast -d 'End at the first item that fails'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -s f -l force -d 'Replace files that exist'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l json -d 'Print one JSON object instead of text, errors included'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -s q -l quiet -d 'Leave out notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand encrypt" -s h -l help -d 'Print help; --help describes every flag'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l field -d 'Take the token from this member of a JSON object' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -s k -l key -d 'A key: path, -, env:NAME, URL, pkcs11:.., ssh-agent:' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l secret -d 'A raw shared secret: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l secret-encoding -d 'Encoding of --secret' -r -f -a "utf8\t'The bytes as they are; one trailing newline is dropped'
raw\t'The bytes as they are, a trailing newline included'
base64\t'Base64, with or without padding and line breaks'
base64url\t'Base64url, with or without padding and line breaks'
hex\t'Hexadecimal, with or without 0x and separators (space, colon, comma, hyphen, line break)'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l kid -d 'The key ID of the key to use' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l pkcs11-module -d 'The module of a PKCS#11 token (without: PKCS11_MODULE, or p11-kit\'s proxy)' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l pin-file -d 'Read the PIN of a token from a file or env:NAME (without: JOTSMITH_PIN, or asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l passphrase-file -d 'Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l max-p2c -d 'The most rounds of PBKDF2 to spend on a passphrase' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l unwrapper -d 'Decrypt the content encryption key with this program; -k names the public key' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l alg -d 'A key management algorithm to allow; repeat it for several [default: those of the key]' -r -f -a "dir\t''
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
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l enc -d 'A content encryption algorithm to allow; repeat it for several [default: all]' -r -f -a "A128CBC-HS256\t''
A192CBC-HS384\t''
A256CBC-HS512\t''
A128GCM\t''
A192GCM\t''
A256GCM\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l info -d 'What the token is bound to, for HPKE, as given to encrypt: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l format -d 'Accept only this serialization; repeat it for several' -r -f -a "compact\t'Segments with dots between them: what a JWT is'
flattened\t'JSON with one signature or recipient'
general\t'JSON with any number of signatures or recipients'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l max-size -d 'The largest token, and the largest inflated content, in bytes [default: 1048576, 250000]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l jobs -d 'How many threads work [default: one for each core]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -s o -l output -d 'Write the result to a file instead of stdout' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l color -d 'When to color the output (NO_COLOR is respected)' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l at -d 'Use this as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l passphrase -d 'Use a passphrase instead of a key, or in addition to keys'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l zip -d 'Inflate compressed content, up to 250,000 bytes or --max-size'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l lenient-epk -d 'Accept an ephemeral EC key whose coordinates lack leading zeros'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l lines -d 'Read one item per line and print one result per line'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l fail-fast -d 'End at the first item that fails'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -s f -l force -d 'Replace files that exist'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l json -d 'Print one JSON object instead of text, errors included'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -s q -l quiet -d 'Leave out notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand decrypt" -s h -l help -d 'Print help; --help describes every flag'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -s k -l key -d 'A key: path, -, env:NAME, URL, pkcs11:.., ssh-agent:' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l secret -d 'A raw shared secret: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l secret-encoding -d 'Encoding of --secret' -r -f -a "utf8\t'The bytes as they are; one trailing newline is dropped'
raw\t'The bytes as they are, a trailing newline included'
base64\t'Base64, with or without padding and line breaks'
base64url\t'Base64url, with or without padding and line breaks'
hex\t'Hexadecimal, with or without 0x and separators (space, colon, comma, hyphen, line break)'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l kid -d 'The key ID of the key to use' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l pkcs11-module -d 'The module of a PKCS#11 token (without: PKCS11_MODULE, or p11-kit\'s proxy)' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l pin-file -d 'Read the PIN of a token from a file or env:NAME (without: JOTSMITH_PIN, or asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l passphrase-file -d 'Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l max-p2c -d 'The most rounds of PBKDF2 to spend on a passphrase' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l ca -d 'Trust only these CA certificates: PEM file, - or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l issuer -d 'Audit an issuer: its metadata and its published keys' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l metadata -d 'Audit the metadata of an issuer from a file: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l jwks -d 'The JWK Set that belongs to --metadata: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l fail-on -d 'Exit with 1 if a finding has at least this severity' -r -f -a "info\t''
low\t''
medium\t''
high\t''
critical\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l profile -d 'Judge a token by this profile; sign --list-profiles shows them' -r -f -a "at\t'An OAuth 2.0 access token'
id\t'An OpenID Connect ID token'
logout\t'An OpenID Connect logout token'
client-assertion\t'A client\'s authentication at an authorization server'
jwt-bearer\t'An assertion as an authorization grant'
dpop\t'A proof of possession of a key'
jar\t'An authorization request'
jarm\t'An authorization response'
introspection\t'A response to token introspection'
set\t'A security event token'
ssf\t'A security event token of the Shared Signals Framework (CAEP, RISC)'
client-attestation\t'A client attestation'
client-attestation-pop\t'The proof of possession beside a client attestation'
sd-jwt-vc\t'A verifiable credential (SD-JWT VC)'
status-list\t'The statuses of many tokens (Token Status List)'
vci-proof\t'A proof of possession for a credential issuer'
jwt-svid\t'A SPIFFE verifiable identity document'
k8s-sa\t'A token of a Kubernetes service account'
github-app\t'A token of a GitHub App'
google\t'A token of a Google service account, from its file'
snowflake\t'Key pair authentication with Snowflake'
apple\t'The App Store Connect API'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l for -d 'Report why this consumer would refuse it; repeatable' -r -f -a "nginx\t''
haproxy\t''
envoy\t''
mod_auth_openidc\t''
kong\t''
apisix\t''
apipark\t''
kubernetes\t''
aws-apigateway\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l wordlist -d 'Try each line as the HMAC secret: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l get -d 'Print one claim alone, a string without quotes' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l report -d 'Print a report for other readers: md or html' -r -f -a "md\t'Markdown'
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
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l jobs -d 'How many threads work [default: one for each core]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -s o -l output -d 'Write the result to a file instead of stdout' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l allow -d 'Leave out this finding; repeatable' -r -f -a "alg-none\t''
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
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l color -d 'When to color the output (NO_COLOR is respected)' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l at -d 'Use this as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l offline -d 'Fetch no keys; take those of a URL as they were fetched before'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l sarif -d 'Print the findings as SARIF, for code scanning'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l scan -d 'Find tokens and private keys in files, folders or stdin'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l show-tokens -d 'Print the tokens that a scan finds in full'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l no-ignore -d 'Scan the files that .gitignore names and .git too'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l full -d 'Show long values and lists in full'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l findings-only -d 'Show the findings only'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l redact -d 'Copy a text without signatures, ciphertexts and private keys'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l diff -d 'Show how two tokens differ'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l lines -d 'Read one item per line and print one result per line'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l fail-fast -d 'End at the first item that fails'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -s f -l force -d 'Replace files that exist'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l show-secret -d 'Print a secret that was found'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l json -d 'Print one JSON object instead of text, errors included'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -s q -l quiet -d 'Leave out notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand inspect" -s h -l help -d 'Print help; --help describes every flag'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l publish -d 'Write the public keys to a JWK Set file too' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l publish-pem -d 'Write the public keys to a PEM file too' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l active-out -d 'Write the active private key to a PEM file too' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l publish-site -d 'Write jwks.json and .well-known/openid-configuration to the folder of a web site' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l site-issuer -d 'The issuer of --publish-site: the URL that the folder is served at' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l every -d 'How long a key is active [default: 30d]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l lead -d 'How long a key is published before it is used [default: 1d]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l retain -d 'How long a key is kept after its last use [default: 2d]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l alg -d 'The algorithm of new keys [default: that of the active key, or ES256]' -r -f -a "HS256\t''
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
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l in -d 'Make new keys in a PKCS#11 token: \'pkcs11:token=LABEL\'' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l bits -d 'The size of new RSA keys [default: as the keys there, or 3072]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l kid-from -d 'Derive the key IDs of new keys from: jwk (thumbprint, the default), kubernetes, libtrust or uuid' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l now -d 'Bring a successor into service at once; for the same reason only once' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l use -d 'The use whose key --now replaces [default: every use]' -r -f -a "sig\t''
enc\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l revoke -d 'Unpublish a key at once and erase its private part' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l reason -d 'The reason of --revoke or --now' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l simulate -d 'Change nothing; show what will happen in this time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l metrics -d 'Write metrics of the set to a file, for Prometheus' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l served -d 'Let a new key sign only once it is found in this set' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l served-timeout -d 'How long to wait for each URL of --served' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l ca -d 'Trust only these CA certificates: PEM file, - or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l log -d 'Append one line of JSON for each action to a file' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l passphrase-file -d 'Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l max-p2c -d 'The most rounds of PBKDF2 to spend on a passphrase' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l pkcs11-module -d 'The module of a PKCS#11 token (without: PKCS11_MODULE, or p11-kit\'s proxy)' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l pin-file -d 'Read the PIN of a token from a file or env:NAME (without: JOTSMITH_PIN, or asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l wait -d 'How long to wait for another run' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l color -d 'When to color the output (NO_COLOR is respected)' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l at -d 'Use this as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l init -d 'Make a new set; fail if there is one'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l replace-published -d 'Overwrite a published file that contains keys of another set'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l check -d 'Change nothing; exit 1 when something is due'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -s n -l dry-run -d 'Change nothing; report what would be done'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l status -d 'Change nothing; show every key and its times'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l diff -d 'Change nothing; show what verifiers will see change'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l no-served -d 'Give signing keys their time whether they are served or not'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -s f -l force -d 'Run as of a time in the future that --at names'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l json -d 'Print one JSON object instead of text, errors included'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -s q -l quiet -d 'Leave out notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand rotate" -s h -l help -d 'Print help; --help describes every flag'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -s k -l key -d 'A key: path, -, env:NAME, URL, pkcs11:.., ssh-agent:' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l secret -d 'A raw shared secret: path, -, or env:NAME' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l secret-encoding -d 'Encoding of --secret' -r -f -a "utf8\t'The bytes as they are; one trailing newline is dropped'
raw\t'The bytes as they are, a trailing newline included'
base64\t'Base64, with or without padding and line breaks'
base64url\t'Base64url, with or without padding and line breaks'
hex\t'Hexadecimal, with or without 0x and separators (space, colon, comma, hyphen, line break)'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l kid -d 'The key ID of the key to use' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l pkcs11-module -d 'The module of a PKCS#11 token (without: PKCS11_MODULE, or p11-kit\'s proxy)' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l pin-file -d 'Read the PIN of a token from a file or env:NAME (without: JOTSMITH_PIN, or asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l passphrase-file -d 'Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l max-p2c -d 'The most rounds of PBKDF2 to spend on a passphrase' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l to -d 'The form' -r -f -a "jwk\t'One JSON Web Key'
jwks\t'A JWK Set'
pem\t'PKCS#8 PEM; SPKI for a public key'
der\t'PKCS#8 DER; SPKI for a public key'
ssh\t'OpenSSH\'s line for a public key'
raw\t'The bytes of a shared secret'
hex\t'A shared secret in hexadecimal'
base64\t'A shared secret in base64'
base64url\t'A shared secret in base64url'
thumbprint\t'The thumbprint (RFC 7638)'
thumbprint-uri\t'The thumbprint as a URI (RFC 9278)'
fingerprint\t'Another fingerprint (--fingerprint)'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l new-passphrase-file -d 'Read the other passphrase from a file, -, or env:NAME (without: asked on the terminal)' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l p2c -d 'Rounds of PBKDF2 to encrypt the private key with [default: 600000]' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l split -d 'Write every key into a file of its own in this folder, named after its kid' -r -F
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l hash -d 'The hash of a thumbprint' -r -f -a "sha256\t''
sha384\t''
sha512\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l fingerprint -d 'The kind of a fingerprint [default: jwk]' -r -f -a "jwk\t'The thumbprint (RFC 7638)'
spki\t'SHA-256 of the public key (SPKI) in hexadecimal'
snowflake\t'As Snowflake writes it'
kubernetes\t'As Kubernetes derives key IDs'
libtrust\t'As libtrust derives the key IDs of Docker registries'
x5t\t'SHA-1 of the certificate in base64url'
x5t#S256\t'SHA-256 of the certificate in base64url'
ssh\t'As ssh-keygen writes it'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l set-kid -d 'Give the key this identifier' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l kid-from -d 'Derive the identifier of every key from: jwk, kubernetes, libtrust, x5t, x5t#S256 (of its certificate) or uuid' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l drop -d 'Leave out a member that is not the key itself: kid, use, alg, key_ops or any other' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l use -d 'Say what the key may be used for' -r -f -a "sig\t''
enc\t''"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l alg -d 'Bind the key to an algorithm' -r -f -a "HS256\t''
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
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l color -d 'When to color the output (NO_COLOR is respected)' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l at -d 'Use this as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l public -d 'The public part only'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l encrypt -d 'Encrypt the private key with a passphrase'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l decrypt -d 'Write an encrypted private key unencrypted'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l change-passphrase -d 'Encrypt an encrypted private key with another passphrase'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l thumbprint-kid -d 'Give every key its RFC 7638 thumbprint as identifier'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -s f -l force -d 'Replace files that exist'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l json -d 'Print one JSON object instead of text, errors included'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -s q -l quiet -d 'Leave out notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand convert" -s h -l help -d 'Print help; --help describes every flag'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand completion" -l color -d 'When to color the output (NO_COLOR is respected)' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand completion" -l at -d 'Use this as the current time' -r
complete -c jotsmith -n "__fish_jotsmith_using_subcommand completion" -l json -d 'Print one JSON object instead of text, errors included'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand completion" -s q -l quiet -d 'Leave out notes and warnings'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand completion" -l no-input -d 'Never prompt'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand completion" -s h -l help -d 'Print help; --help describes every flag'
complete -c jotsmith -n "__fish_jotsmith_using_subcommand keygen" -f -a "HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 ES256K Ed25519 Ed448 EdDSA ML-DSA-44 ML-DSA-65 ML-DSA-87 dir A128KW A192KW A256KW A128GCMKW A192GCMKW A256GCMKW RSA-OAEP RSA-OAEP-256 RSA-OAEP-384 RSA-OAEP-512 ECDH-ES ECDH-ES+A128KW ECDH-ES+A192KW ECDH-ES+A256KW HPKE-0 HPKE-1 HPKE-2 HPKE-3 HPKE-4 HPKE-5 HPKE-6 HPKE-7 HPKE-0-KE HPKE-1-KE HPKE-2-KE HPKE-3-KE HPKE-5-KE HPKE-7-KE PBES2-HS256+A128KW PBES2-HS384+A192KW PBES2-HS512+A256KW A128CBC-HS256 A192CBC-HS384 A256CBC-HS512 A128GCM A192GCM A256GCM"
complete -c jotsmith -n "__fish_jotsmith_using_subcommand completion" -f -a "bash zsh fish powershell elvish nushell"
complete -c jotsmith -n "string match -q -- '@*' (commandline -ct)" -a '(for path in (string sub -s 2 -- (commandline -ct))*; echo @$path; end)'
