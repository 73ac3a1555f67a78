//! Initializes only the parts of OpenSSL that this program uses. This module, `io/file/acl.rs` and
//! `io/pkcs11_token/pkcs11/single_part.rs` contain the only unsafe code.
//!
//! By default, OpenSSL loads all its error messages, which are never printed, and frees its tables at exit. The vendored copy
//! would also read a configuration file, which it does not provide and which another user might be able to write.
//!
//! Each of the two calls is kept because a cold start gains more than 5 % from it. The fastest of 150 runs, and the
//! instructions that callgrind counts, with OpenSSL 3.6 on x86-64:
//!
//! | command | both | without `OPENSSL_init_crypto` | without [`use_system_random`] |
//! |---|---|---|---|
//! | `sign`, ES256 | 2.23 ms, 5.1 M | 2.47 ms (+11 %), 6.2 M | 2.49 ms (+12 %), 6.5 M |
//! | `verify`, ES256 | 1.92 ms, 2.9 M | 2.21 ms (+15 %), 4.4 M | 1.92 ms, 2.9 M |
//! | `keygen ES256` | 3.20 ms, 8.9 M | 3.46 ms (+8 %), 10.0 M | 3.55 ms (+11 %), 10.6 M |
//! | `convert` of an EC key | 3.37 ms, 11.8 M | 3.58 ms (+6 %), 12.9 M | 3.39 ms, 11.8 M |
//! | `encrypt`, ECDH-ES | 2.99 ms, 9.4 M | 3.20 ms (+7 %), 10.5 M | 2.98 ms, 9.8 M |

#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::{ptr, slice};

/// Whether OpenSSL is built from source as a part of this program.
const IS_VENDORED: bool = cfg!(feature = "vendored");

const NO_LOAD_CRYPTO_STRINGS: u64 = 0x0000_0001;
const NO_LOAD_CONFIG: u64 = 0x0000_0080;
const NO_ATEXIT: u64 = 0x0008_0000;

unsafe extern "C" {
    fn OPENSSL_init_crypto(options: u64, settings: *const c_void) -> c_int;
    fn RAND_set_rand_method(method: *const RandMethod) -> c_int;
}

/// Initializes OpenSSL. It must be called before any other function of OpenSSL, which would initialize everything.
///
/// The OpenSSL of the system reads its configuration, which may select a FIPS provider and a random generator.
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
    if IS_VENDORED {
        use_system_random();
    }
}

/// The functions that OpenSSL calls for random numbers (RAND_METHOD).
#[repr(C)]
struct RandMethod {
    seed: Option<extern "C" fn(*const c_void, c_int) -> c_int>,
    bytes: extern "C" fn(*mut u8, c_int) -> c_int,
    cleanup: Option<extern "C" fn()>,
    add: Option<extern "C" fn(*const c_void, c_int, f64) -> c_int>,
    pseudorand: extern "C" fn(*mut u8, c_int) -> c_int,
    status: extern "C" fn() -> c_int,
}

/// Makes OpenSSL obtain all random numbers from the operating system. OpenSSL's own generators are seeded from it too, but
/// setting one up takes as long as a signature.
fn use_system_random() {
    static METHOD: RandMethod = RandMethod {
        seed: None,
        bytes: fill_random,
        cleanup: None,
        add: None,
        pseudorand: fill_random,
        status: is_seeded,
    };
    // SAFETY: the function is a part of OpenSSL since 0.9.6. It may be called from any thread, and keeps the pointer, which is
    // to a static of the layout that it documents. If it fails, OpenSSL's own generator stays.
    unsafe {
        RAND_set_rand_method(&METHOD);
    }
}

/// Fills a buffer of OpenSSL and returns 1, or 0 if the system has no random numbers: OpenSSL then fails.
extern "C" fn fill_random(buffer: *mut u8, length: c_int) -> c_int {
    let Ok(length) = usize::try_from(length) else {
        return 0;
    };
    if length == 0 {
        return 1;
    }
    // SAFETY: OpenSSL passes a buffer of this length, which may be uninitialized, and does not use it until this function
    // returns.
    let buffer = unsafe { slice::from_raw_parts_mut(buffer.cast::<MaybeUninit<u8>>(), length) };
    c_int::from(getrandom::fill_uninit(buffer).is_ok())
}

extern "C" fn is_seeded() -> c_int {
    1
}
