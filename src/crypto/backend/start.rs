//! OpenSSL brought up with what this program uses, and no more.
//!
//! Left to itself it loads the texts of all its errors, which never leave this house, reads a configuration file that
//! the built-in copy does not come with and that others could plant, and takes itself apart at the end. That is
//! two million instructions, half of what it takes to sign once.

#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::ptr;

const NO_LOAD_CRYPTO_STRINGS: u64 = 0x0000_0001;
const NO_LOAD_CONFIG: u64 = 0x0000_0080;
const NO_ATEXIT: u64 = 0x0008_0000;

unsafe extern "C" {
    fn OPENSSL_init_crypto(options: u64, settings: *const c_void) -> c_int;
}

/// Brings OpenSSL up. To be called before anything else of it; without this it brings itself up, the long way.
///
/// The system's OpenSSL reads its configuration, where a FIPS provider may be chosen.
pub fn start() {
    let config = match cfg!(feature = "vendored") {
        true => NO_LOAD_CONFIG,
        false => 0,
    };
    let options = NO_LOAD_CRYPTO_STRINGS | NO_ATEXIT | config;
    // SAFETY: the function is OpenSSL's own since 1.1.0, may be called at any time from any thread, takes a null for no
    // settings, and its failure means only that the first real call fails. After it the crate has nothing to bring up:
    // since 1.1.0 whatever else OpenSSL needs it brings up by itself.
    unsafe {
        OPENSSL_init_crypto(options, ptr::null());
        openssl_sys::assume_init();
    }
}
