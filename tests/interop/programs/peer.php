<?php
// php-jwt; the first argument is the folder of its repository. See program_peers.py for the jobs.
use Firebase\JWT\JWK;
use Firebase\JWT\JWT;
use Firebase\JWT\Key;

$folder = $argv[1];
foreach (glob("$folder/src/JWTExceptionWithPayloadInterface.php") as $file) {
    require_once $file;
}
foreach (glob("$folder/src/*.php") as $file) {
    require_once $file;
}

function decode(string $text): string
{
    return JWT::urlsafeB64Decode($text);
}

function read_key(array $job): mixed
{
    $jwk = $job['key'];
    if ($jwk['kty'] === 'oct') {
        return decode($jwk['k']);
    }
    if ($jwk['kty'] === 'OKP') {
        // The private key of libsodium is the seed and the public key.
        return base64_encode(isset($jwk['d']) ? decode($jwk['d']) . decode($jwk['x']) : decode($jwk['x']));
    }
    return $job['pem'];
}

function run(array $job): string
{
    switch ($job['op']) {
        case 'about':
            preg_match('/^## \[([0-9.]+)\]/m', file_get_contents($GLOBALS['folder'] . '/CHANGELOG.md'), $found);
            return $found[1];
        case 'sign':
            $claims = json_decode(decode($job['payload']), true);
            return JWT::encode($claims, read_key($job), $job['alg'], null, $job['header']);
        case 'verify':
            $claims = JWT::decode($job['token'], new Key(read_key($job), $job['alg']));
            return JWT::urlsafeB64Encode(json_encode($claims));
        case 'verify_with_set':
            $claims = JWT::decode($job['token'], JWK::parseKeySet($job['set'], $job['alg']));
            return JWT::urlsafeB64Encode(json_encode($claims));
    }
    throw new RuntimeException('unknown job');
}

while (($line = fgets(STDIN)) !== false) {
    try {
        $answer = ['result' => run(json_decode($line, true))];
    } catch (Throwable $error) {
        $answer = ['error' => get_class($error) . ': ' . $error->getMessage()];
    }
    fwrite(STDOUT, json_encode($answer) . "\n");
}
