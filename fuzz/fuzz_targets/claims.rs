//! See [`jotsmith_fuzz::claims`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jotsmith_fuzz::claims(data));
