//! See [`jotsmith_fuzz::header`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jotsmith_fuzz::header(data));
