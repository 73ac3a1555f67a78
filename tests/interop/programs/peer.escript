%% erlang-jose. See program_peers.py for the jobs.
-mode(compile).
-include_lib("jose/include/jose_jwk.hrl").

main(_) ->
    ok = io:setopts(standard_io, [binary, {encoding, latin1}]),
    {ok, _} = application:ensure_all_started(jiffy),
    {ok, _} = application:ensure_all_started(jose),
    jose:json_module(jose_json_jiffy),
    loop().

loop() ->
    case io:get_line(standard_io, "") of
        eof -> ok;
        Line ->
            Answer = try #{<<"result">> => run(jose:decode(Line))}
                     catch Class:Reason -> #{<<"error">> => iolist_to_binary(io_lib:format("~0p:~0P", [Class, Reason, 12]))}
                     end,
            io:put_chars([jose:encode(Answer), "\n"]),
            loop()
    end.

run(#{<<"op">> := <<"about">>}) ->
    {ok, Version} = application:get_key(jose, vsn),
    list_to_binary(Version);
run(#{<<"op">> := <<"sign">>, <<"alg">> := Alg, <<"key">> := Key, <<"payload">> := Payload, <<"header">> := Header}) ->
    Signed = jose_jws:sign(jose_jwk:from(Key), decode(Payload), Header#{<<"alg">> => Alg}),
    {_, Compact} = jose_jws:compact(Signed),
    Compact;
run(#{<<"op">> := <<"verify">>, <<"alg">> := Alg, <<"key">> := Key, <<"token">> := Token}) ->
    {true, Payload, _} = jose_jws:verify_strict(jose_jwk:from(Key), [Alg], Token),
    encode(Payload);
run(#{<<"op">> := <<"verify_with_set">>, <<"alg">> := Alg, <<"set">> := Set, <<"token">> := Token}) ->
    %% It reads a set, and leaves it to its caller to choose the key.
    #jose_jwk{keys = {jose_jwk_set, Keys}} = jose_jwk:from(Set),
    #{<<"kid">> := Kid} = jose:decode(jose_jws:peek_protected(Token)),
    [Key] = [Key || #jose_jwk{fields = #{<<"kid">> := Id}} = Key <- Keys, Id =:= Kid],
    {true, Payload, _} = jose_jws:verify_strict(Key, [Alg], Token),
    encode(Payload);
run(#{<<"op">> := <<"encrypt">>, <<"alg">> := Alg, <<"enc">> := Enc, <<"key">> := Key, <<"payload">> := Payload,
      <<"header">> := Header}) ->
    Rounds = case Alg of <<"PBES2", _/binary>> -> #{<<"p2c">> => 8192, <<"p2s">> => encode(crypto:strong_rand_bytes(16))}; _ -> #{} end,
    Full = maps:merge(Header#{<<"alg">> => Alg, <<"enc">> => Enc}, Rounds),
    {_, Compact} = jose_jwe:compact(encrypt(Alg, decode(Payload), Full, jose_jwk:from(Key))),
    Compact;
run(#{<<"op">> := <<"decrypt">>, <<"alg">> := Alg, <<"enc">> := Enc, <<"key">> := Key, <<"token">> := Token}) ->
    %% It has no list of allowed algorithms for encryption.
    #{<<"alg">> := Alg, <<"enc">> := Enc} = jose:decode(decode(hd(binary:split(Token, <<".">>)))),
    {Payload, _} = jose_jwk:block_decrypt(Token, jose_jwk:from(Key)),
    true = is_binary(Payload),
    encode(Payload).

encrypt(<<"ECDH-ES", _/binary>>, Payload, Header, Key) ->
    jose_jwk:box_encrypt_ecdh_es(Payload, jose_jwe:from(Header), Key, jose_jwk:generate_key(Key));
encrypt(_, Payload, Header, Key) ->
    jose_jwk:block_encrypt(Payload, jose_jwe:from(Header), Key).

encode(Data) -> jose_jwa_base64url:encode(Data).
decode(Text) -> jose_jwa_base64url:decode(Text).
