// Peers in Go; the first argument names the library. See program_peers.py for the jobs.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/golang-jwt/jwt"
	jose "gopkg.in/square/go-jose.v2"
	josejwt "gopkg.in/square/go-jose.v2/jwt"
)

type job struct {
	Op         string                 `json:"op"`
	Alg        string                 `json:"alg"`
	Enc        string                 `json:"enc"`
	Encryption string                 `json:"encryption"`
	Key        json.RawMessage        `json:"key"`
	Recipient  json.RawMessage        `json:"recipient"`
	Set        jose.JSONWebKeySet     `json:"set"`
	Payload    string                 `json:"payload"`
	Token      string                 `json:"token"`
	Header     map[string]interface{} `json:"header"`
}

// must panics with the error of a call; answer() recovers it.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

func (j *job) payload() []byte { return must(base64.RawURLEncoding.DecodeString(j.Payload)) }

func (j *job) claims() map[string]interface{} {
	claims := map[string]interface{}{}
	must(0, json.Unmarshal(j.payload(), &claims))
	return claims
}

func readKey(text json.RawMessage) interface{} {
	var key jose.JSONWebKey
	must(0, key.UnmarshalJSON(text))
	return key.Key
}

// verificationKey is the key of the job, or the only key of its set with this ID.
func (j *job) verificationKey(kid string) interface{} {
	if j.Op == "verify" {
		return readKey(j.Key)
	}
	found := j.Set.Key(kid)
	if len(found) != 1 {
		panic("the set does not have exactly one key with this ID")
	}
	return found[0].Key
}

func requireAlgorithm(found, wanted string) {
	if found != wanted {
		panic("another algorithm: " + found)
	}
}

func (j *job) newSigner(header map[string]interface{}) jose.Signer {
	options := &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]interface{}{}}
	for name, value := range header {
		options.ExtraHeaders[jose.HeaderKey(name)] = value
	}
	return must(jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(j.Alg), Key: readKey(j.Key)}, options))
}

func (j *job) newEncrypter(alg string, key json.RawMessage, options *jose.EncrypterOptions) jose.Encrypter {
	recipient := jose.Recipient{Algorithm: jose.KeyAlgorithm(alg), Key: readKey(key)}
	if strings.HasPrefix(alg, "PBES2") {
		recipient.PBES2Count = 8192
	}
	return must(jose.NewEncrypter(jose.ContentEncryption(j.Enc), recipient, options))
}

func goJose(j *job) string {
	switch j.Op {
	case "sign":
		return must(must(j.newSigner(j.Header).Sign(j.payload())).CompactSerialize())
	case "verify", "verify_with_set":
		parsed := must(jose.ParseSigned(j.Token))
		header := parsed.Signatures[0].Header
		requireAlgorithm(header.Algorithm, j.Alg)
		return encode(must(parsed.Verify(j.verificationKey(header.KeyID))))
	case "encrypt":
		options := &jose.EncrypterOptions{}
		if cty, found := j.Header["cty"].(string); found {
			options = options.WithContentType(jose.ContentType(cty))
		}
		return must(must(j.newEncrypter(j.Alg, j.Key, options).Encrypt(j.payload())).CompactSerialize())
	case "decrypt":
		parsed := must(jose.ParseEncrypted(j.Token))
		requireAlgorithm(parsed.Header.Algorithm, j.Alg)
		return encode(must(parsed.Decrypt(readKey(j.Key))))
	case "nest":
		signer := j.newSigner(map[string]interface{}{"typ": "JWT"})
		encrypter := j.newEncrypter(j.Encryption, j.Recipient, (&jose.EncrypterOptions{}).WithContentType("JWT"))
		return must(josejwt.SignedAndEncrypted(signer, encrypter).Claims(j.claims()).CompactSerialize())
	case "open_nested":
		outer := must(josejwt.ParseSignedAndEncrypted(j.Token))
		requireAlgorithm(outer.Headers[0].Algorithm, j.Encryption)
		inner := must(outer.Decrypt(readKey(j.Recipient)))
		requireAlgorithm(inner.Headers[0].Algorithm, j.Alg)
		var claims json.RawMessage
		must(0, inner.Claims(readKey(j.Key), &claims))
		return encode(claims)
	}
	panic("unknown job")
}

func golangJwt(j *job) string {
	switch j.Op {
	case "sign":
		token := jwt.NewWithClaims(jwt.GetSigningMethod(j.Alg), jwt.MapClaims(j.claims()))
		for name, value := range j.Header {
			token.Header[name] = value
		}
		return must(token.SignedString(readKey(j.Key)))
	case "verify", "verify_with_set":
		parser := jwt.NewParser(jwt.WithValidMethods([]string{j.Alg}), jwt.WithJSONNumber())
		token := must(parser.Parse(j.Token, func(token *jwt.Token) (interface{}, error) {
			kid, _ := token.Header["kid"].(string)
			return j.verificationKey(kid), nil
		}))
		return encode(must(json.Marshal(token.Claims)))
	}
	panic("unknown job")
}

func answer(line []byte, library func(*job) string) (answer map[string]string) {
	defer func() {
		if reason := recover(); reason != nil {
			answer = map[string]string{"error": fmt.Sprint(reason)}
		}
	}()
	var j job
	must(0, json.Unmarshal(line, &j))
	if j.Op == "about" {
		return map[string]string{"result": os.Args[1]}
	}
	return map[string]string{"result": library(&j)}
}

func main() {
	library := map[string]func(*job) string{"go-jose": goJose, "golang-jwt": golangJwt}[os.Args[1]]
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<20)
	for input.Scan() {
		fmt.Println(string(must(json.Marshal(answer(input.Bytes(), library)))))
	}
}
