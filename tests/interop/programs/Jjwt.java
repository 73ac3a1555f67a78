// JJWT, as PySpark brings it. See program_peers.py for the jobs.

import com.fasterxml.jackson.databind.ObjectMapper;
import io.jsonwebtoken.Claims;
import io.jsonwebtoken.Jwt;
import io.jsonwebtoken.JwtBuilder;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.JwtParserBuilder;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.LocatorAdapter;
import io.jsonwebtoken.ProtectedHeader;
import io.jsonwebtoken.security.AeadAlgorithm;
import io.jsonwebtoken.security.Jwk;
import io.jsonwebtoken.security.JwkSet;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.KeyAlgorithm;
import io.jsonwebtoken.security.Keys;
import io.jsonwebtoken.security.SecureDigestAlgorithm;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Base64;
import java.util.Map;
import javax.crypto.SecretKey;

public final class Jjwt {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] arguments) throws Exception {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      Map<String, Object> answer;
      try {
        answer = Map.of("result", run(JSON.readValue(line, Map.class)));
      } catch (Exception error) {
        answer = Map.of("error", error.toString());
      }
      System.out.println(JSON.writeValueAsString(answer));
      System.out.flush();
    }
  }

  private static String run(Map<String, Object> job) throws Exception {
    switch ((String) job.get("op")) {
      case "about":
        // The jars have no version in their manifests.
        String place = Jwts.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        return place.replaceAll(".*jjwt-api-(.*)\\.jar", "$1");
      case "sign":
        return sign(job);
      case "verify":
        return content(verifier(job).parse((String) job.get("token")));
      case "verify_with_set":
        return content(setVerifier(job).build().parse((String) job.get("token")));
      case "encrypt":
        return encrypt(job);
      case "decrypt":
        return content(decrypter(job).parse((String) job.get("token")));
      default:
        throw new IllegalArgumentException("unknown job");
    }
  }

  @SuppressWarnings("unchecked")
  private static SecureDigestAlgorithm<Key, Key> signature(Map<String, Object> job) {
    return (SecureDigestAlgorithm<Key, Key>) Jwts.SIG.get().forKey((String) job.get("alg"));
  }

  private static JwtBuilder builder(Map<String, Object> job) {
    JwtBuilder builder = Jwts.builder().content(Base64.getUrlDecoder().decode((String) job.get("payload")));
    builder.header().add((Map<String, ?>) job.get("header"));
    return builder;
  }

  private static String sign(Map<String, Object> job) throws Exception {
    return builder(job).signWith(key(job), signature(job)).compact();
  }

  private static JwtParserBuilder parser(Map<String, Object> job) {
    return Jwts.parser().sig().clear().add(signature(job)).and();
  }

  private static JwtParser verifier(Map<String, Object> job) throws Exception {
    Key key = key(job);
    if (key instanceof SecretKey) {
      return parser(job).verifyWith((SecretKey) key).build();
    }
    return parser(job).verifyWith((PublicKey) key).build();
  }

  private static JwtParserBuilder setVerifier(Map<String, Object> job) throws Exception {
    JwkSet set = Jwks.setParser().build().parse(JSON.writeValueAsString(job.get("set")));
    return parser(job)
        .keyLocator(
            new LocatorAdapter<Key>() {
              @Override
              protected Key locate(ProtectedHeader header) {
                for (Jwk<?> jwk : set) {
                  if (jwk.getId().equals(header.getKeyId())) {
                    return jwk.toKey();
                  }
                }
                return null;
              }
            });
  }

  private static String encrypt(Map<String, Object> job) throws Exception {
    AeadAlgorithm enc = Jwts.ENC.get().forKey((String) job.get("enc"));
    KeyAlgorithm<Key, Key> alg = management(job);
    JwtBuilder builder = builder(job);
    if (alg.getId().startsWith("PBES2")) {
      builder.header().add("p2c", 8192);
    }
    return builder.encryptWith(key(job), alg, enc).compact();
  }

  @SuppressWarnings("unchecked")
  private static KeyAlgorithm<Key, Key> management(Map<String, Object> job) {
    return (KeyAlgorithm<Key, Key>) Jwts.KEY.get().forKey((String) job.get("alg"));
  }

  private static JwtParser decrypter(Map<String, Object> job) throws Exception {
    AeadAlgorithm enc = Jwts.ENC.get().forKey((String) job.get("enc"));
    JwtParserBuilder parser = Jwts.parser().key().clear().add(management(job)).and().enc().clear().add(enc).and();
    Key key = key(job);
    if (key instanceof SecretKey) {
      return parser.decryptWith((SecretKey) key).build();
    }
    return parser.decryptWith((PrivateKey) key).build();
  }

  private static String content(Jwt<?, ?> parsed) throws Exception {
    Object payload = parsed.getPayload();
    byte[] bytes = payload instanceof Claims ? JSON.writeValueAsBytes(payload) : (byte[]) payload;
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static Key key(Map<String, Object> job) throws Exception {
    Map<String, Object> members = (Map<String, Object>) job.get("key");
    if (job.get("alg").toString().startsWith("PBES2")) {
      byte[] password = Base64.getUrlDecoder().decode((String) members.get("k"));
      return Keys.password(new String(password, StandardCharsets.UTF_8).toCharArray());
    }
    return Jwks.parser().build().parse(JSON.writeValueAsString(members)).toKey();
  }
}
