// Nimbus JOSE+JWT as Hadoop's client contains it. See program_peers.py for the jobs.

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.hadoop.shaded.com.nimbusds.jose.EncryptionMethod;
import org.apache.hadoop.shaded.com.nimbusds.jose.JOSEObjectType;
import org.apache.hadoop.shaded.com.nimbusds.jose.JWEAlgorithm;
import org.apache.hadoop.shaded.com.nimbusds.jose.JWEDecrypter;
import org.apache.hadoop.shaded.com.nimbusds.jose.JWEEncrypter;
import org.apache.hadoop.shaded.com.nimbusds.jose.JWEHeader;
import org.apache.hadoop.shaded.com.nimbusds.jose.JWEObject;
import org.apache.hadoop.shaded.com.nimbusds.jose.JWSAlgorithm;
import org.apache.hadoop.shaded.com.nimbusds.jose.JWSHeader;
import org.apache.hadoop.shaded.com.nimbusds.jose.JWSObject;
import org.apache.hadoop.shaded.com.nimbusds.jose.JWSVerifier;
import org.apache.hadoop.shaded.com.nimbusds.jose.Payload;
import org.apache.hadoop.shaded.com.nimbusds.jose.crypto.AESDecrypter;
import org.apache.hadoop.shaded.com.nimbusds.jose.crypto.AESEncrypter;
import org.apache.hadoop.shaded.com.nimbusds.jose.crypto.DirectDecrypter;
import org.apache.hadoop.shaded.com.nimbusds.jose.crypto.DirectEncrypter;
import org.apache.hadoop.shaded.com.nimbusds.jose.crypto.ECDHDecrypter;
import org.apache.hadoop.shaded.com.nimbusds.jose.crypto.ECDHEncrypter;
import org.apache.hadoop.shaded.com.nimbusds.jose.crypto.ECDSAVerifier;
import org.apache.hadoop.shaded.com.nimbusds.jose.crypto.MACVerifier;
import org.apache.hadoop.shaded.com.nimbusds.jose.crypto.PasswordBasedDecrypter;
import org.apache.hadoop.shaded.com.nimbusds.jose.crypto.PasswordBasedEncrypter;
import org.apache.hadoop.shaded.com.nimbusds.jose.crypto.RSADecrypter;
import org.apache.hadoop.shaded.com.nimbusds.jose.crypto.RSAEncrypter;
import org.apache.hadoop.shaded.com.nimbusds.jose.crypto.RSASSAVerifier;
import org.apache.hadoop.shaded.com.nimbusds.jose.crypto.factories.DefaultJWSSignerFactory;
import org.apache.hadoop.shaded.com.nimbusds.jose.jwk.JWK;
import org.apache.hadoop.shaded.com.nimbusds.jose.jwk.JWKSet;
import org.apache.hadoop.shaded.com.nimbusds.jose.jwk.OctetSequenceKey;
import org.apache.hadoop.shaded.com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import org.apache.hadoop.shaded.com.nimbusds.jose.proc.JWEDecryptionKeySelector;
import org.apache.hadoop.shaded.com.nimbusds.jose.proc.JWSVerificationKeySelector;
import org.apache.hadoop.shaded.com.nimbusds.jose.proc.SecurityContext;
import org.apache.hadoop.shaded.com.nimbusds.jose.util.Base64URL;
import org.apache.hadoop.shaded.com.nimbusds.jose.util.JSONObjectUtils;
import org.apache.hadoop.shaded.com.nimbusds.jwt.JWTClaimsSet;
import org.apache.hadoop.shaded.com.nimbusds.jwt.SignedJWT;
import org.apache.hadoop.shaded.com.nimbusds.jwt.proc.DefaultJWTProcessor;

public final class Nimbus {
  public static void main(String[] arguments) throws Exception {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      Map<String, Object> answer = JSONObjectUtils.newJSONObject();
      try {
        answer.put("result", run(JSONObjectUtils.parse(line)));
      } catch (Exception error) {
        answer.put("error", error.toString());
      }
      System.out.println(JSONObjectUtils.toJSONString(answer));
      System.out.flush();
    }
  }

  private static String run(Map<String, Object> job) throws Exception {
    switch ((String) job.get("op")) {
      case "about":
        return version();
      case "sign":
        return sign(job, payload(job), header(job)).serialize();
      case "verify":
        return verify(job);
      case "verify_with_set":
        return claims(processor(job, JWKSet.parse(object(job, "set"))).process(token(job), null));
      case "encrypt":
        return encrypt(job, payload(job));
      case "decrypt":
        return decrypt(job);
      case "nest":
        return nest(job);
      case "open_nested":
        return openNested(job);
      default:
        throw new IllegalArgumentException("unknown job");
    }
  }

  private static String version() throws Exception {
    Properties properties = new Properties();
    String place = "/META-INF/maven/com.nimbusds/nimbus-jose-jwt/pom.properties";
    try (InputStream file = Nimbus.class.getResourceAsStream(place)) {
      properties.load(file);
    }
    return properties.getProperty("version");
  }

  private static JWSObject sign(Map<String, Object> job, Payload payload, Map<String, Object> header) throws Exception {
    JWSAlgorithm alg = JWSAlgorithm.parse((String) job.get("alg"));
    JWSHeader.Builder builder = new JWSHeader.Builder(alg).keyID((String) header.get("kid"));
    if (header.containsKey("typ")) {
      builder.type(new JOSEObjectType((String) header.get("typ")));
    }
    JWSObject token = new JWSObject(builder.build(), payload);
    token.sign(new DefaultJWSSignerFactory().createJWSSigner(key(job, "key"), alg));
    return token;
  }

  private static String verify(Map<String, Object> job) throws Exception {
    JWSObject parsed = JWSObject.parse(token(job));
    JWK key = key(job, "key");
    JWSVerifier verifier;
    switch (key.getKeyType().getValue()) {
      case "oct":
        verifier = new MACVerifier(key.toOctetSequenceKey());
        break;
      case "RSA":
        verifier = new RSASSAVerifier(key.toRSAKey());
        break;
      default:
        verifier = new ECDSAVerifier(key.toECKey());
    }
    if (!parsed.getHeader().getAlgorithm().getName().equals(job.get("alg")) || !parsed.verify(verifier)) {
      throw new SecurityException("not verified");
    }
    return parsed.getPayload().toBase64URL().toString();
  }

  private static DefaultJWTProcessor<SecurityContext> processor(Map<String, Object> job, JWKSet keys) {
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    JWSAlgorithm alg = JWSAlgorithm.parse((String) job.get("alg"));
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(alg, new ImmutableJWKSet<>(keys)));
    return processor;
  }

  private static String claims(JWTClaimsSet claims) {
    return Base64URL.encode(claims.toString()).toString();
  }

  private static JWEHeader.Builder encryptionHeader(Map<String, Object> job, String member) {
    return new JWEHeader.Builder(
        JWEAlgorithm.parse((String) job.get(member)), EncryptionMethod.parse((String) job.get("enc")));
  }

  private static String encrypt(Map<String, Object> job, Payload payload) throws Exception {
    JWEHeader.Builder builder = encryptionHeader(job, "alg").contentType((String) header(job).get("cty"));
    JWEObject token = new JWEObject(builder.build(), payload);
    token.encrypt(encrypter((String) job.get("alg"), key(job, "key")));
    return token.serialize();
  }

  private static JWEEncrypter encrypter(String alg, JWK key) throws Exception {
    if (alg.equals("dir")) {
      return new DirectEncrypter(key.toOctetSequenceKey());
    } else if (alg.startsWith("PBES2")) {
      return new PasswordBasedEncrypter(password(key), 16, 8192);
    } else if (alg.startsWith("RSA")) {
      return new RSAEncrypter(key.toRSAKey());
    } else if (alg.startsWith("ECDH")) {
      return new ECDHEncrypter(key.toECKey());
    }
    return new AESEncrypter(key.toOctetSequenceKey());
  }

  private static String decrypt(Map<String, Object> job) throws Exception {
    String alg = (String) job.get("alg");
    JWK key = key(job, "key");
    JWEDecrypter decrypter;
    if (alg.equals("dir")) {
      decrypter = new DirectDecrypter(key.toOctetSequenceKey());
    } else if (alg.startsWith("PBES2")) {
      decrypter = new PasswordBasedDecrypter(password(key));
    } else if (alg.startsWith("RSA")) {
      decrypter = new RSADecrypter(key.toRSAKey());
    } else if (alg.startsWith("ECDH")) {
      decrypter = new ECDHDecrypter(key.toECKey());
    } else {
      decrypter = new AESDecrypter(key.toOctetSequenceKey());
    }
    JWEObject parsed = JWEObject.parse(token(job));
    if (!parsed.getHeader().getAlgorithm().getName().equals(alg)) {
      throw new SecurityException("another algorithm");
    }
    parsed.decrypt(decrypter);
    return parsed.getPayload().toBase64URL().toString();
  }

  private static String nest(Map<String, Object> job) throws Exception {
    SignedJWT inner = SignedJWT.parse(sign(job, payload(job), Map.of("typ", "JWT")).serialize());
    JWEObject outer = new JWEObject(encryptionHeader(job, "encryption").contentType("JWT").build(), new Payload(inner));
    outer.encrypt(encrypter((String) job.get("encryption"), key(job, "recipient")));
    return outer.serialize();
  }

  private static String openNested(Map<String, Object> job) throws Exception {
    DefaultJWTProcessor<SecurityContext> processor = processor(job, new JWKSet(key(job, "key")));
    processor.setJWEKeySelector(
        new JWEDecryptionKeySelector<>(
            JWEAlgorithm.parse((String) job.get("encryption")),
            EncryptionMethod.parse((String) job.get("enc")),
            new ImmutableJWKSet<>(new JWKSet(List.of(key(job, "recipient"))))));
    return claims(processor.process(token(job), null));
  }

  private static byte[] password(JWK key) {
    return ((OctetSequenceKey) key).toByteArray();
  }

  private static Payload payload(Map<String, Object> job) {
    return new Payload(new Base64URL((String) job.get("payload")));
  }

  private static String token(Map<String, Object> job) {
    return (String) job.get("token");
  }

  private static JWK key(Map<String, Object> job, String member) throws Exception {
    return JWK.parse(object(job, member));
  }

  private static Map<String, Object> header(Map<String, Object> job) {
    return object(job, "header");
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Map<String, Object> job, String member) {
    return (Map<String, Object>) job.get(member);
  }
}
