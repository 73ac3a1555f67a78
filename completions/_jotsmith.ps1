
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'jotsmith' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'jotsmith'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'jotsmith' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour (NO_COLOR is heeded)')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Take this as the time: RFC 3339, Unix seconds, +15m or -1h')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and warnings')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('keygen', 'keygen', [CompletionResultType]::ParameterValue, 'Make a key')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Mint a signed token')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Verify a signed token and print its claims')
            [CompletionResult]::new('encrypt', 'encrypt', [CompletionResultType]::ParameterValue, 'Encrypt a token or anything else')
            [CompletionResult]::new('decrypt', 'decrypt', [CompletionResultType]::ParameterValue, 'Decrypt a token and print its content')
            [CompletionResult]::new('convert', 'convert', [CompletionResultType]::ParameterValue, 'Convert keys from any form to any other')
            break
        }
        'jotsmith;keygen' {
            [CompletionResult]::new('--curve', '--curve', [CompletionResultType]::ParameterName, 'The curve, for EdDSA and ECDH-ES')
            [CompletionResult]::new('--bits', '--bits', [CompletionResultType]::ParameterName, 'The size, for RSA [default: 3072] and shared secrets')
            [CompletionResult]::new('--kid', '--kid', [CompletionResultType]::ParameterName, 'The key identifier [default: thumbprint, or random for a shared secret]')
            [CompletionResult]::new('--use', '--use', [CompletionResultType]::ParameterName, 'What the key may be used for, where the algorithm does not say')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'How many keys to make, as a JWK Set')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The form')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)')
            [CompletionResult]::new('--public-out', '--public-out', [CompletionResultType]::ParameterName, 'Write the public part to a file')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file instead of stdout')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file instead of stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour (NO_COLOR is heeded)')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Take this as the time: RFC 3339, Unix seconds, +15m or -1h')
            [CompletionResult]::new('--encrypt', '--encrypt', [CompletionResultType]::ParameterName, 'Encrypt the private key with a passphrase')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace files that exist')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and warnings')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jotsmith;sign' {
            [CompletionResult]::new('--claims', '--claims', [CompletionResultType]::ParameterName, 'A JSON object with claims: path, -, or env:NAME')
            [CompletionResult]::new('--iss', '--iss', [CompletionResultType]::ParameterName, 'The issuer')
            [CompletionResult]::new('--sub', '--sub', [CompletionResultType]::ParameterName, 'The subject')
            [CompletionResult]::new('--aud', '--aud', [CompletionResultType]::ParameterName, 'An audience; repeat it for several')
            [CompletionResult]::new('--exp', '--exp', [CompletionResultType]::ParameterName, 'When the token expires: a duration from now, or a time [default: 15m]')
            [CompletionResult]::new('--nbf', '--nbf', [CompletionResultType]::ParameterName, 'When the token becomes valid')
            [CompletionResult]::new('--jti', '--jti', [CompletionResultType]::ParameterName, 'An identifier of the token; random when no =ID follows')
            [CompletionResult]::new('--payload', '--payload', [CompletionResultType]::ParameterName, 'Sign these bytes instead of claims: path, -, or env:NAME')
            [CompletionResult]::new('--alg', '--alg', [CompletionResultType]::ParameterName, 'The signature algorithm, where the key leaves a choice')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'A header parameter: name=text or name:=json')
            [CompletionResult]::new('--typ', '--typ', [CompletionResultType]::ParameterName, 'The media type of the token [default: JWT for claims]')
            [CompletionResult]::new('--cty', '--cty', [CompletionResultType]::ParameterName, 'The media type of the payload')
            [CompletionResult]::new('-k', '-k', [CompletionResultType]::ParameterName, 'A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'A raw shared secret: path, -, or env:NAME')
            [CompletionResult]::new('--secret-encoding', '--secret-encoding', [CompletionResultType]::ParameterName, 'How the text of --secret stands for its bytes')
            [CompletionResult]::new('--kid', '--kid', [CompletionResultType]::ParameterName, 'The key of a set to use')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)')
            [CompletionResult]::new('--max-p2c', '--max-p2c', [CompletionResultType]::ParameterName, 'The most rounds of PBKDF2 to spend on a passphrase')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file instead of stdout')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file instead of stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour (NO_COLOR is heeded)')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Take this as the time: RFC 3339, Unix seconds, +15m or -1h')
            [CompletionResult]::new('--no-exp', '--no-exp', [CompletionResultType]::ParameterName, 'Make a token that never expires')
            [CompletionResult]::new('--no-iat', '--no-iat', [CompletionResultType]::ParameterName, 'Leave out when the token was made')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace files that exist')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and warnings')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jotsmith;verify' {
            [CompletionResult]::new('-k', '-k', [CompletionResultType]::ParameterName, 'A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'A raw shared secret: path, -, or env:NAME')
            [CompletionResult]::new('--secret-encoding', '--secret-encoding', [CompletionResultType]::ParameterName, 'How the text of --secret stands for its bytes')
            [CompletionResult]::new('--kid', '--kid', [CompletionResultType]::ParameterName, 'The key of a set to use')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)')
            [CompletionResult]::new('--max-p2c', '--max-p2c', [CompletionResultType]::ParameterName, 'The most rounds of PBKDF2 to spend on a passphrase')
            [CompletionResult]::new('--alg', '--alg', [CompletionResultType]::ParameterName, 'An algorithm to allow; repeat it for several')
            [CompletionResult]::new('--iss', '--iss', [CompletionResultType]::ParameterName, 'The issuer that must have made the token; repeat it for several')
            [CompletionResult]::new('--aud', '--aud', [CompletionResultType]::ParameterName, 'An audience of which the token must name at least one')
            [CompletionResult]::new('--sub', '--sub', [CompletionResultType]::ParameterName, 'The subject that the token must have')
            [CompletionResult]::new('--typ', '--typ', [CompletionResultType]::ParameterName, 'The media type that the header must state')
            [CompletionResult]::new('--require', '--require', [CompletionResultType]::ParameterName, 'A claim that must be there')
            [CompletionResult]::new('--claim', '--claim', [CompletionResultType]::ParameterName, 'A claim that must be exactly this: name=text or name:=json')
            [CompletionResult]::new('--leeway', '--leeway', [CompletionResultType]::ParameterName, 'How far clocks may differ [default: 0s]')
            [CompletionResult]::new('--max-age', '--max-age', [CompletionResultType]::ParameterName, 'How old the token may be since its iat')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'The largest token, in bytes')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file instead of stdout')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file instead of stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour (NO_COLOR is heeded)')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Take this as the time: RFC 3339, Unix seconds, +15m or -1h')
            [CompletionResult]::new('--allow-no-exp', '--allow-no-exp', [CompletionResultType]::ParameterName, 'Accept a token that never expires')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'Take any payload, check no claims, print its bytes')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace files that exist')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and warnings')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jotsmith;encrypt' {
            [CompletionResult]::new('-k', '-k', [CompletionResultType]::ParameterName, 'A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'A raw shared secret: path, -, or env:NAME')
            [CompletionResult]::new('--secret-encoding', '--secret-encoding', [CompletionResultType]::ParameterName, 'How the text of --secret stands for its bytes')
            [CompletionResult]::new('--kid', '--kid', [CompletionResultType]::ParameterName, 'The key of a set to use')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)')
            [CompletionResult]::new('--max-p2c', '--max-p2c', [CompletionResultType]::ParameterName, 'The most rounds of PBKDF2 to spend on a passphrase')
            [CompletionResult]::new('--alg', '--alg', [CompletionResultType]::ParameterName, 'The key management algorithm, where the key leaves a choice')
            [CompletionResult]::new('--enc', '--enc', [CompletionResultType]::ParameterName, 'The content encryption algorithm [default: A256GCM]')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'A header parameter: name=text or name:=json')
            [CompletionResult]::new('--typ', '--typ', [CompletionResultType]::ParameterName, 'The media type of the token')
            [CompletionResult]::new('--cty', '--cty', [CompletionResultType]::ParameterName, 'The media type of the content [default: JWT for a token]')
            [CompletionResult]::new('--p2c', '--p2c', [CompletionResultType]::ParameterName, 'Rounds of PBKDF2 for a passphrase [default: 600000 with SHA-256, 220000 with SHA-512]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file instead of stdout')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file instead of stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour (NO_COLOR is heeded)')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Take this as the time: RFC 3339, Unix seconds, +15m or -1h')
            [CompletionResult]::new('--passphrase', '--passphrase', [CompletionResultType]::ParameterName, 'Use a passphrase instead of a key')
            [CompletionResult]::new('--zip', '--zip', [CompletionResultType]::ParameterName, 'Compress the content first; its length then tells something about it')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace files that exist')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and warnings')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jotsmith;decrypt' {
            [CompletionResult]::new('-k', '-k', [CompletionResultType]::ParameterName, 'A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'A raw shared secret: path, -, or env:NAME')
            [CompletionResult]::new('--secret-encoding', '--secret-encoding', [CompletionResultType]::ParameterName, 'How the text of --secret stands for its bytes')
            [CompletionResult]::new('--kid', '--kid', [CompletionResultType]::ParameterName, 'The key of a set to use')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)')
            [CompletionResult]::new('--max-p2c', '--max-p2c', [CompletionResultType]::ParameterName, 'The most rounds of PBKDF2 to spend on a passphrase')
            [CompletionResult]::new('--alg', '--alg', [CompletionResultType]::ParameterName, 'A key management algorithm to allow; repeat it for several [default: those of the key]')
            [CompletionResult]::new('--enc', '--enc', [CompletionResultType]::ParameterName, 'A content encryption algorithm to allow; repeat it for several [default: all]')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'The largest token, and the largest inflated content, in bytes [default: 1048576, 250000]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file instead of stdout')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file instead of stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour (NO_COLOR is heeded)')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Take this as the time: RFC 3339, Unix seconds, +15m or -1h')
            [CompletionResult]::new('--passphrase', '--passphrase', [CompletionResultType]::ParameterName, 'Use a passphrase instead of a key')
            [CompletionResult]::new('--zip', '--zip', [CompletionResultType]::ParameterName, 'Inflate compressed content, up to 250,000 bytes or --max-size')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace files that exist')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and warnings')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jotsmith;convert' {
            [CompletionResult]::new('-k', '-k', [CompletionResultType]::ParameterName, 'A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'A raw shared secret: path, -, or env:NAME')
            [CompletionResult]::new('--secret-encoding', '--secret-encoding', [CompletionResultType]::ParameterName, 'How the text of --secret stands for its bytes')
            [CompletionResult]::new('--kid', '--kid', [CompletionResultType]::ParameterName, 'The key of a set to use')
            [CompletionResult]::new('--passphrase-file', '--passphrase-file', [CompletionResultType]::ParameterName, 'Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)')
            [CompletionResult]::new('--max-p2c', '--max-p2c', [CompletionResultType]::ParameterName, 'The most rounds of PBKDF2 to spend on a passphrase')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The form')
            [CompletionResult]::new('--new-passphrase-file', '--new-passphrase-file', [CompletionResultType]::ParameterName, 'Read the other passphrase from a file, -, or env:NAME (without: asked on the terminal)')
            [CompletionResult]::new('--set-kid', '--set-kid', [CompletionResultType]::ParameterName, 'Give the key this identifier')
            [CompletionResult]::new('--use', '--use', [CompletionResultType]::ParameterName, 'Say what the key may be used for')
            [CompletionResult]::new('--alg', '--alg', [CompletionResultType]::ParameterName, 'Bind the key to an algorithm')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the result to a file instead of stdout')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the result to a file instead of stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour (NO_COLOR is heeded)')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Take this as the time: RFC 3339, Unix seconds, +15m or -1h')
            [CompletionResult]::new('--public', '--public', [CompletionResultType]::ParameterName, 'The public part only')
            [CompletionResult]::new('--encrypt', '--encrypt', [CompletionResultType]::ParameterName, 'Encrypt the private key with a passphrase')
            [CompletionResult]::new('--decrypt', '--decrypt', [CompletionResultType]::ParameterName, 'Write an encrypted private key unencrypted')
            [CompletionResult]::new('--change-passphrase', '--change-passphrase', [CompletionResultType]::ParameterName, 'Encrypt an encrypted private key with another passphrase')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace files that exist')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object instead of text, errors included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out notes and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out notes and warnings')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
