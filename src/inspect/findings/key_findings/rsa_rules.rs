//! RSA keys.

use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::error::ErrorStack;

use crate::crypto::base64url;
use crate::crypto::key::{Key, rsa};
use crate::inspect::findings::Severity::*;
use crate::inspect::findings::key_findings::Checked;
use crate::inspect::findings::rules;

/// How many steps Fermat's method goes.
const FERMAT_STEPS: usize = 100;
/// Beyond this many bits a number is not computed with.
const MAX_BITS: i32 = 16384;
/// Beyond this many bits every signature costs a verifier dearly.
const MANY_BITS: i32 = 8192;

pub(super) fn check(key: &mut Checked<'_>) {
    let (Some(n), Some(e)) = (key.octets("n"), key.octets("e")) else {
        return;
    };
    for (name, octets) in [("n", &n), ("e", &e)] {
        if octets.first() == Some(&0) {
            let message = format!("{name} begins with a zero byte");
            key.add(&rules::RSA_EXPONENT, High, name, message);
        }
    }
    // Out of memory is the only way that this fails.
    let _ = numbers(key, &n, &e);
    consistency(key);
}

fn numbers(key: &mut Checked<'_>, n: &[u8], e: &[u8]) -> Result<(), ErrorStack> {
    let (n, e) = (BigNum::from_slice(n)?, BigNum::from_slice(e)?);
    let bits = n.num_bits();
    let small = format!("the key has {bits} bits, fewer than {}", rsa::MIN_BITS);
    match bits {
        ..1024 => key.add(&rules::KEY_TOO_SMALL, Critical, "n", small),
        1024..2048 => key.add(&rules::KEY_TOO_SMALL, High, "n", small),
        _ if bits > MANY_BITS => {
            let message = format!("the key has {bits} bits: verifying is slow");
            key.add(&rules::KEY_TOO_SMALL, Low, "n", message);
        }
        _ => {}
    }
    if e.num_bits() <= 1 {
        key.add(
            &rules::RSA_EXPONENT,
            Critical,
            "e",
            "with this exponent anybody can sign",
        );
    } else if !e.is_bit_set(0) {
        key.add(&rules::RSA_EXPONENT, High, "e", "the exponent is even");
    } else if e.num_bits() > 64 {
        key.add(
            &rules::RSA_EXPONENT,
            High,
            "e",
            "the exponent has more than 64 bits",
        );
    } else if *e < *BigNum::from_u32(65537)? {
        key.add(
            &rules::RSA_EXPONENT,
            Medium,
            "e",
            "the exponent is smaller than 65537",
        );
    }
    if bits == 0 || bits > MAX_BITS {
        return Ok(());
    }
    if !n.is_bit_set(0) {
        key.add(&rules::RSA_EXPONENT, High, "n", "the modulus is even");
    } else if rsa::has_roca_fingerprint(&n)? {
        key.add(
            &rules::RSA_ROCA,
            Critical,
            "n",
            "the modulus has the ROCA weakness",
        );
    } else if let Some(prime) = small_factor(&n)? {
        let message = format!("the modulus is divisible by {prime}");
        key.add(&rules::RSA_FACTORS, Critical, "n", message);
    } else if has_close_factors(&n)? {
        key.add(
            &rules::RSA_FACTORS,
            Critical,
            "n",
            "the primes are close to each other",
        );
    }
    Ok(())
}

/// A prime below 2^16 that divides n.
fn small_factor(n: &BigNumRef) -> Result<Option<u32>, ErrorStack> {
    let mut composite = vec![false; 1 << 16];
    for candidate in 3..1_usize << 16 {
        if candidate % 2 == 0 || composite[candidate] {
            continue;
        }
        for multiple in (candidate * candidate..1 << 16).step_by(candidate) {
            composite[multiple] = true;
        }
        if n.mod_word(candidate as u32)? == 0 {
            return Ok(Some(candidate as u32));
        }
    }
    Ok(None)
}

/// Fermat: n = a^2 - b^2 with a near the root of n.
fn has_close_factors(n: &BigNumRef) -> Result<bool, ErrorStack> {
    let mut ctx = BigNumContext::new()?;
    let mut a = root(n, &mut ctx)?;
    let mut square = BigNum::new()?;
    square.sqr(&a, &mut ctx)?;
    if square < *n {
        a.add_word(1)?;
    }
    for _ in 0..FERMAT_STEPS {
        square.sqr(&a, &mut ctx)?;
        let mut rest = BigNum::new()?;
        rest.checked_sub(&square, n)?;
        // Squares end in 0, 1, 4 or 9 modulo 16; most numbers need no root.
        if matches!(rest.mod_word(16)?, 0 | 1 | 4 | 9) {
            let b = root(&rest, &mut ctx)?;
            square.sqr(&b, &mut ctx)?;
            if square == rest {
                return Ok(true);
            }
        }
        a.add_word(1)?;
    }
    Ok(false)
}

/// The integer part of the square root, by Newton's method from above.
fn root(n: &BigNumRef, ctx: &mut BigNumContext) -> Result<BigNum, ErrorStack> {
    let mut x = BigNum::from_u32(1)?;
    let mut start = BigNum::new()?;
    start.lshift(&x, (n.num_bits() + 1) / 2)?;
    x = start;
    loop {
        let mut quotient = BigNum::new()?;
        quotient.checked_div(n, &x, ctx)?;
        let mut sum = BigNum::new()?;
        sum.checked_add(&quotient, &x)?;
        let mut next = BigNum::new()?;
        next.rshift1(&sum)?;
        if next >= x {
            return Ok(x);
        }
        x = next;
    }
}

/// Whether two moduli share a prime.
pub(in crate::inspect::findings) fn common_factor(a: &[u8], b: &[u8]) -> bool {
    let compute = || {
        let (a, b) = (BigNum::from_slice(a)?, BigNum::from_slice(b)?);
        if a == b || a.num_bits() > MAX_BITS || b.num_bits() > MAX_BITS {
            return Ok(false);
        }
        let mut gcd = BigNum::new()?;
        gcd.gcd(&a, &b, &mut *BigNumContext::new()?)?;
        Ok::<bool, ErrorStack>(gcd.num_bits() > 1)
    };
    compute().unwrap_or(false)
}

fn consistency(key: &mut Checked<'_>) {
    if !key.jwk.contains_key("d") || !key.found.is_empty() {
        return;
    }
    let names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
    let mut pair = key.part(&["kty", "oth", "n", "e", "d", "p", "q", "dp", "dq", "qi"]);
    for name in names {
        if let (Some(value), Some(octets)) = (pair.get_mut(name), key.octets(name)) {
            *value = base64url::encode(octets).into();
        }
    }
    if let Err(error) = Key::from_jwk_object(pair) {
        key.add(&rules::KEY_INCONSISTENT, High, "d", error.to_string());
    }
}
