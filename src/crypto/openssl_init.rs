//! OpenSSL brought up with what this program uses, and no more.
//!
//! Left to itself it loads the texts of all its errors, which never leave this house, reads a configuration file that
//! the built-in copy does not come with and that others could plant, and takes itself apart at the end. That is
//! two million instructions, half of what it takes to sign once.

#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::Once;

/// Whether OpenSSL was built from source with this program.
const BUILT_IN: bool = cfg!(feature = "vendored");

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

/// Brings OpenSSL up. To be called before anything else of it; without this it brings itself up, the long way.
///
/// The system's OpenSSL reads its configuration, where a FIPS provider may be chosen.
pub fn openssl_init() {
    let config = if BUILT_IN { NO_LOAD_CONFIG } else { 0 };
    let options = NO_LOAD_CRYPTO_STRINGS | NO_ATEXIT | config;
    // SAFETY: the function is OpenSSL's own since 1.1.0, may be called at any time from any thread, takes a null for no
    // settings, and its failure means only that the first real call fails. After it the crate has nothing to bring up:
    // since 1.1.0 whatever else OpenSSL needs it brings up by itself.
    unsafe {
        OPENSSL_init_crypto(options, ptr::null());
        openssl_sys::assume_init();
    }
}

/// Takes Hash_DRBG of NIST SP 800-90A with SHA-512 for the random generator, seeded by the system like the usual one over
/// AES, for whose sake all ciphers would be set up: a fifth of what it takes to sign once. To be called before the first
/// random number; later it changes nothing. The system's OpenSSL has its generator from its configuration.
pub(crate) fn configure_drbg() {
    static ONCE: Once = Once::new();
    if !BUILT_IN {
        return;
    }
    // SAFETY: the function is OpenSSL's own since 3.0, may be called from any thread, takes nulls for the default library,
    // no properties and no cipher, and copies the names. Where it fails the usual generator stays.
    ONCE.call_once(|| unsafe {
        let (generator, digest) = (c"HASH-DRBG".as_ptr(), c"SHA512".as_ptr());
        RAND_set_DRBG_type(ptr::null_mut(), generator, ptr::null(), ptr::null(), digest);
    });
}
