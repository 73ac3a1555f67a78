//! Keys whose private key is not in the process, but in another program, an agent or a token.

/// Programs that sign and decrypt.
mod external;

/// OpenSSH's agent.
mod agent;

/// Tokens, with SoftHSM.
#[cfg(feature = "pkcs11")]
mod token;

/// The errors of a build without PKCS#11.
#[cfg(not(feature = "pkcs11"))]
mod no_token {
    use crate::support::Folder;

    #[test]
    fn pkcs11_key_is_rejected_without_the_pkcs11_feature() {
        let folder = Folder::new();
        for line in [
            "sign -q -k pkcs11:object=a sub=a",
            "keygen ES256 -o pkcs11:object=a",
        ] {
            let error = folder.run(line).refused(3);
            assert!(error.contains("this build has no PKCS#11"), "{error}");
        }
    }
}
