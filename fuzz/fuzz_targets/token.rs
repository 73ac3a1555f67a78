//! See [`jotsmith_fuzz::token`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jotsmith_fuzz::token(data));
