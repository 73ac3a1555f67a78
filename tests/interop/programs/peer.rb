# ruby-jwt, with rbnacl for Ed25519. See program_peers.py for the jobs.
require 'rbnacl'
require 'jwt'
require 'json'

$stdout.sync = true

def decode(text)
  text.tr('-_', '+/').unpack1('m')
end

def encode(data)
  [data].pack('m0').tr('+/', '-_').delete('=')
end

def key(job)
  jwk = job['key']
  case jwk['kty']
  when 'oct' then decode(jwk['k'])
  when 'OKP'
    kind = jwk.key?('d') ? RbNaCl::Signatures::Ed25519::SigningKey : RbNaCl::Signatures::Ed25519::VerifyKey
    kind.new(decode(jwk['d'] || jwk['x']))
  else OpenSSL::PKey.read(job['pem'])
  end
end

def run(job)
  case job['op']
  when 'about' then JWT.gem_version.to_s
  when 'sign' then JWT.encode(JSON.parse(decode(job['payload'])), key(job), job['alg'], job['header'])
  when 'verify' then encode(JSON.generate(JWT.decode(job['token'], key(job), true, algorithm: job['alg'])[0]))
  when 'verify_with_set'
    encode(JSON.generate(JWT.decode(job['token'], nil, true, algorithms: [job['alg']], jwks: job['set'])[0]))
  else raise 'unknown job'
  end
end

$stdin.each_line do |line|
  answer = begin
    { result: run(JSON.parse(line)) }
  rescue StandardError => e
    { error: "#{e.class}: #{e.message}" }
  end
  puts JSON.generate(answer)
end
