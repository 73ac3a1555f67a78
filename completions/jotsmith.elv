
use builtin;
use str;

set edit:completion:arg-completer[jotsmith] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'jotsmith'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'jotsmith'= {
            cand --color 'When to colour (NO_COLOR is heeded)'
            cand --at 'Take this as the time: RFC 3339, Unix seconds, +15m or -1h'
            cand --json 'Print one JSON object instead of text, errors included'
            cand -q 'Leave out notes and warnings'
            cand --quiet 'Leave out notes and warnings'
            cand --no-input 'Never ask anything'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand keygen 'Make a key'
            cand sign 'Mint a signed token'
            cand verify 'Verify a signed token and print its claims'
            cand convert 'Convert keys from any form to any other'
        }
        &'jotsmith;keygen'= {
            cand --curve 'The curve, for EdDSA and ECDH-ES'
            cand --bits 'The size, for RSA [default: 3072] and shared secrets'
            cand --kid 'The key identifier [default: thumbprint, or random for a shared secret]'
            cand --use 'What the key may be used for, where the algorithm does not say'
            cand --count 'How many keys to make, as a JWK Set'
            cand --to 'The form'
            cand --public-out 'Write the public part to a file'
            cand -o 'Write the result to a file instead of stdout'
            cand --output 'Write the result to a file instead of stdout'
            cand --color 'When to colour (NO_COLOR is heeded)'
            cand --at 'Take this as the time: RFC 3339, Unix seconds, +15m or -1h'
            cand --force 'Replace files that exist'
            cand --json 'Print one JSON object instead of text, errors included'
            cand -q 'Leave out notes and warnings'
            cand --quiet 'Leave out notes and warnings'
            cand --no-input 'Never ask anything'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'jotsmith;sign'= {
            cand --claims 'A JSON object with claims: path, -, or env:NAME'
            cand --iss 'The issuer'
            cand --sub 'The subject'
            cand --aud 'An audience; repeat it for several'
            cand --exp 'When the token expires: a duration from now, or a time [default: 15m]'
            cand --nbf 'When the token becomes valid'
            cand --jti 'An identifier of the token; random when no =ID follows'
            cand --payload 'Sign these bytes instead of claims: path, -, or env:NAME'
            cand --alg 'The signature algorithm, where the key leaves a choice'
            cand --header 'A header parameter: name=text or name:=json'
            cand --typ 'The media type of the token [default: JWT for claims]'
            cand --cty 'The media type of the payload'
            cand -k 'A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)'
            cand --key 'A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)'
            cand --secret 'A raw shared secret: path, -, or env:NAME'
            cand --secret-encoding 'How the text of --secret stands for its bytes'
            cand --kid 'The key of a set to use'
            cand -o 'Write the result to a file instead of stdout'
            cand --output 'Write the result to a file instead of stdout'
            cand --color 'When to colour (NO_COLOR is heeded)'
            cand --at 'Take this as the time: RFC 3339, Unix seconds, +15m or -1h'
            cand --no-exp 'Make a token that never expires'
            cand --no-iat 'Leave out when the token was made'
            cand --force 'Replace files that exist'
            cand --json 'Print one JSON object instead of text, errors included'
            cand -q 'Leave out notes and warnings'
            cand --quiet 'Leave out notes and warnings'
            cand --no-input 'Never ask anything'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'jotsmith;verify'= {
            cand -k 'A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)'
            cand --key 'A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)'
            cand --secret 'A raw shared secret: path, -, or env:NAME'
            cand --secret-encoding 'How the text of --secret stands for its bytes'
            cand --kid 'The key of a set to use'
            cand --alg 'An algorithm to allow; repeat it for several'
            cand --iss 'The issuer that must have made the token; repeat it for several'
            cand --aud 'An audience of which the token must name at least one'
            cand --sub 'The subject that the token must have'
            cand --typ 'The media type that the header must state'
            cand --require 'A claim that must be there'
            cand --claim 'A claim that must be exactly this: name=text or name:=json'
            cand --leeway 'How far clocks may differ [default: 0s]'
            cand --max-age 'How old the token may be since its iat'
            cand --max-size 'The largest token, in bytes'
            cand -o 'Write the result to a file instead of stdout'
            cand --output 'Write the result to a file instead of stdout'
            cand --color 'When to colour (NO_COLOR is heeded)'
            cand --at 'Take this as the time: RFC 3339, Unix seconds, +15m or -1h'
            cand --allow-no-exp 'Accept a token that never expires'
            cand --raw 'Take any payload, check no claims, print its bytes'
            cand --force 'Replace files that exist'
            cand --json 'Print one JSON object instead of text, errors included'
            cand -q 'Leave out notes and warnings'
            cand --quiet 'Leave out notes and warnings'
            cand --no-input 'Never ask anything'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'jotsmith;convert'= {
            cand -k 'A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)'
            cand --key 'A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)'
            cand --secret 'A raw shared secret: path, -, or env:NAME'
            cand --secret-encoding 'How the text of --secret stands for its bytes'
            cand --kid 'The key of a set to use'
            cand --to 'The form'
            cand --set-kid 'Give the key this identifier'
            cand --use 'Say what the key may be used for'
            cand --alg 'Bind the key to an algorithm'
            cand -o 'Write the result to a file instead of stdout'
            cand --output 'Write the result to a file instead of stdout'
            cand --color 'When to colour (NO_COLOR is heeded)'
            cand --at 'Take this as the time: RFC 3339, Unix seconds, +15m or -1h'
            cand --public 'The public part only'
            cand --force 'Replace files that exist'
            cand --json 'Print one JSON object instead of text, errors included'
            cand -q 'Leave out notes and warnings'
            cand --quiet 'Leave out notes and warnings'
            cand --no-input 'Never ask anything'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
    ]
    $completions[$command]
}
