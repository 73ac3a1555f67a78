//! Starts OpenSSL with what this program uses, and no more. With `io/file/acl.rs` and `io/pkcs11_token/pkcs11/single_part.rs`, the
//! only unsafe code.
//!
//! Without this, OpenSSL loads the texts of all its errors, which are never shown, reads a configuration file that the
//! vendored copy does not come with and that another user could write, and frees its tables at the end.
//!
//! Each of the two calls is kept because a cold start gains more than 5 % from it. The fastest of 150 runs, and the
//! instructions that callgrind counts, with OpenSSL 3.6 on x86-64:
//!
//! | command | both | without [`openssl_init`] | without [`configure_drbg`] |
//! |---|---|---|---|
//! | `sign`, ES256 | 3.36 ms, 5.0 M | 3.68 ms (+10 %), 6.1 M | 3.81 ms (+13 %), 6.3 M |
//! | `verify`, ES256 | 2.84 ms, 3.0 M | 3.24 ms (+14 %), 4.5 M | 2.81 ms, 3.0 M |
//! | `convert` of an EC key | 3.21 ms, 2.6 M | 3.54 ms (+10 %), 4.0 M | 3.32 ms, 2.6 M |
//! | `encrypt`, ECDH-ES | 4.21 ms, 10.0 M | 4.49 ms (+7 %), 11.1 M | 4.26 ms, 10.0 M |

#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::Once;

/// Whether OpenSSL was built from source with this program.
const IS_VENDORED: bool = cfg!(feature = "vendored");

const NO_LOAD_CRYPTO_STRINGS: u64 = 0x0000_0001;
const NO_LOAD_CONFIG: u64 = 0x0000_0080;
const NO_ATEXIT: u64 = 0x0008_0000;

unsafe extern "C" {
    fn OPENSSL_init_crypto(options: u64, settings: *const c_void) -> c_int;
    fn RAND_set_DRBG_type(
        library: *mut c_void,
        generator: *const c_char,
        properties: *const c_char,
        cipher: *const c_char,
        digest: *const c_char,
    ) -> c_int;
}

/// Starts OpenSSL. The caller calls this before any other function of OpenSSL, which would start it with everything.
///
/// The system's OpenSSL reads its configuration, where a FIPS provider may be chosen.
pub fn openssl_init() {
    let config = if IS_VENDORED { NO_LOAD_CONFIG } else { 0 };
    let options = NO_LOAD_CRYPTO_STRINGS | NO_ATEXIT | config;
    // SAFETY: the function is a part of OpenSSL since 1.1.0. It may be called at any time from any thread, accepts a null
    // pointer for no settings, and if it fails, the next call of OpenSSL fails. After it, the crate has nothing to
    // initialize: since 1.1.0, OpenSSL initializes everything else when it is needed.
    unsafe {
        OPENSSL_init_crypto(options, ptr::null());
        openssl_sys::assume_init();
    }
}

/// Selects Hash_DRBG of NIST SP 800-90A with SHA-512 as the random generator. It is seeded by the system, as the default
/// generator, which uses AES and for that sets up every cipher. The caller calls this before the first random number; later
/// calls have no effect. The system's OpenSSL takes its generator from its configuration.
pub(crate) fn configure_drbg() {
    static ONCE: Once = Once::new();
    if !IS_VENDORED {
        return;
    }
    // SAFETY: the function is a part of OpenSSL since 3.0. It may be called from any thread, accepts null pointers for the
    // default library, no properties and no cipher, and copies the names. If it fails, the default generator stays.
    ONCE.call_once(|| unsafe {
        let (generator, digest) = (c"HASH-DRBG".as_ptr(), c"SHA512".as_ptr());
        RAND_set_DRBG_type(ptr::null_mut(), generator, ptr::null(), ptr::null(), digest);
    });
}
