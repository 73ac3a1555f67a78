//! Rules for RSA keys.

use std::sync::LazyLock;

use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::error::ErrorStack;

use crate::crypto::base64url;
use crate::crypto::key::{Key, rsa};
use crate::inspection::findings::Severity::*;
use crate::inspection::findings::key_findings::Checked;
use crate::inspection::findings::rules;

/// The number of steps of Fermat's factorization.
const FERMAT_STEPS: usize = 100;
/// Factors are not searched for in numbers with more bits.
const MAX_BITS: i32 = rsa::MAX_BITS as i32;
/// With more bits, verifying each signature is slow.
const MANY_BITS: i32 = 8192;

pub(super) fn check_rsa_key(key: &mut Checked<'_>) {
    let (Some(n), Some(e)) = (key.octets("n"), key.octets("e")) else {
        return;
    };
    for (name, octets) in [("n", &n), ("e", &e)] {
        if octets.first() == Some(&0) {
            let message = format!("{name} begins with a zero byte");
            key.add_finding(&rules::RSA_EXPONENT, High, name, message);
        }
    }
    // This fails only if there is no memory.
    let _ = check_numbers(key, &n, &e);
    check_consistency(key);
}

fn check_numbers(key: &mut Checked<'_>, n: &[u8], e: &[u8]) -> Result<(), ErrorStack> {
    let (n, e) = (BigNum::from_slice(n)?, BigNum::from_slice(e)?);
    let bits = n.num_bits();
    let small = format!("the key has {bits} bits, fewer than {}", rsa::MIN_BITS);
    match bits {
        ..1024 => key.add_finding(&rules::KEY_TOO_SMALL, Critical, "n", small),
        1024..2048 => key.add_finding(&rules::KEY_TOO_SMALL, High, "n", small),
        _ if bits > MANY_BITS => {
            let message = format!("the key has {bits} bits: verifying is slow");
            key.add_finding(&rules::KEY_TOO_SMALL, Low, "n", message);
        }
        _ => {}
    }
    if e.num_bits() <= 1 {
        key.add_finding(
            &rules::RSA_EXPONENT,
            Critical,
            "e",
            "anyone can sign with this exponent",
        );
    } else if !e.is_bit_set(0) {
        key.add_finding(&rules::RSA_EXPONENT, High, "e", "the exponent is even");
    } else if e.num_bits() > 64 {
        key.add_finding(
            &rules::RSA_EXPONENT,
            High,
            "e",
            "the exponent has more than 64 bits",
        );
    } else if *e < *BigNum::from_u32(65537)? {
        key.add_finding(
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
        key.add_finding(&rules::RSA_EXPONENT, High, "n", "the modulus is even");
    } else if rsa::has_roca_fingerprint(&n)? {
        key.add_finding(
            &rules::RSA_ROCA,
            Critical,
            "n",
            "the modulus has the ROCA weakness",
        );
    } else if let Some(prime) = small_factor(&n)? {
        let message = format!("the modulus is divisible by {prime}");
        key.add_finding(&rules::RSA_FACTORS, Critical, "n", message);
    } else if has_close_factors(&n)? {
        key.add_finding(
            &rules::RSA_FACTORS,
            Critical,
            "n",
            "the primes are close to each other",
        );
    }
    Ok(())
}

/// Returns a prime below 2^16 that divides n.
fn small_factor(n: &BigNumRef) -> Result<Option<u32>, ErrorStack> {
    /// How many primes are multiplied. n modulo their product is short, so that dividing it by each prime is fast.
    const GROUP: usize = 64;
    static PRODUCTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
        let groups = small_primes().chunks(GROUP);
        groups
            .map(|group| product(group).map_or_else(|_| Vec::new(), |all| all.to_vec()))
            .collect()
    });
    let (mut ctx, mut rest) = (BigNumContext::new()?, BigNum::new()?);
    for (group, product) in small_primes().chunks(GROUP).zip(PRODUCTS.iter()) {
        rest.checked_rem(n, &*BigNum::from_slice(product)?, &mut ctx)?;
        for prime in group {
            if rest.mod_word(*prime)? == 0 {
                return Ok(Some(*prime));
            }
        }
    }
    Ok(None)
}

/// Returns the odd primes below 2^16.
fn small_primes() -> &'static [u32] {
    static PRIMES: LazyLock<Vec<u32>> = LazyLock::new(|| {
        const LIMIT: usize = 1 << 16;
        let mut is_composite = vec![false; LIMIT];
        let mut primes = Vec::with_capacity(6541);
        for candidate in (3..LIMIT).step_by(2) {
            if !is_composite[candidate] {
                primes.push(candidate as u32);
                for multiple in (candidate * candidate..LIMIT).step_by(2 * candidate) {
                    is_composite[multiple] = true;
                }
            }
        }
        primes
    });
    &PRIMES
}

fn product(factors: &[u32]) -> Result<BigNum, ErrorStack> {
    let mut product = BigNum::from_u32(1)?;
    for factor in factors {
        product.mul_word(*factor)?;
    }
    Ok(product)
}

/// Whether n = a^2 - b^2 with a near the square root of n (Fermat's factorization).
fn has_close_factors(n: &BigNumRef) -> Result<bool, ErrorStack> {
    let mut ctx = BigNumContext::new()?;
    let mut a = integer_square_root(n, &mut ctx)?;
    let mut square = BigNum::new()?;
    square.sqr(&a, &mut ctx)?;
    if square < *n {
        a.add_word(1)?;
        square.sqr(&a, &mut ctx)?;
    }
    let mut rest = BigNum::new()?;
    rest.checked_sub(&square, n)?;
    let mut step = BigNum::new()?;
    step.lshift1(&a)?;
    step.add_word(1)?;
    for _ in 0..FERMAT_STEPS {
        if may_be_square(&rest)? {
            let b = integer_square_root(&rest, &mut ctx)?;
            square.sqr(&b, &mut ctx)?;
            if square == rest {
                return Ok(true);
            }
        }
        // (a + 1)^2 = a^2 + 2a + 1
        let mut next = BigNum::new()?;
        next.checked_add(&rest, &step)?;
        rest = next;
        step.add_word(2)?;
    }
    Ok(false)
}

/// Whether a number is a square modulo 64, 63, 65 and 11. Of the numbers that are not squares, about one in 120 passes.
fn may_be_square(number: &BigNumRef) -> Result<bool, ErrorStack> {
    for modulus in [64, 63, 65, 11] {
        let residue = number.mod_word(modulus)?;
        if !(0..u64::from(modulus)).any(|root| root * root % u64::from(modulus) == residue) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns the integer part of the square root, by Newton's method from above.
fn integer_square_root(n: &BigNumRef, ctx: &mut BigNumContext) -> Result<BigNum, ErrorStack> {
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

/// Whether two different moduli share a prime.
pub(in crate::inspection::findings) fn has_common_factor(a: &[u8], b: &Vec<u8>) -> bool {
    shares_factor(a, [b])
}

/// Whether two public numbers have no common factor, by Euclid's algorithm. `BN_gcd` takes 15 times as long, because it runs
/// in constant time.
fn are_coprime(mut a: BigNum, mut b: BigNum, ctx: &mut BigNumContext) -> Result<bool, ErrorStack> {
    while b.num_bits() > 0 {
        let mut rest = BigNum::new()?;
        rest.checked_rem(&a, &b, ctx)?;
        a = std::mem::replace(&mut b, rest);
    }
    Ok(a.num_bits() <= 1)
}

/// Whether a modulus shares a prime with a different modulus. The others are multiplied modulo this one first, because a
/// product is faster than a greatest common divisor.
pub(in crate::inspection::findings) fn shares_factor<'a>(
    own: &[u8],
    others: impl IntoIterator<Item = &'a Vec<u8>>,
) -> bool {
    let compute = || {
        let own = BigNum::from_slice(own)?;
        if own.num_bits() == 0 || own.num_bits() > MAX_BITS {
            return Ok(false);
        }
        let mut ctx = BigNumContext::new()?;
        let mut product = BigNum::from_u32(1)?;
        for other in others {
            let other = BigNum::from_slice(other)?;
            if other != own && other.num_bits() > 0 && other.num_bits() <= MAX_BITS {
                let mut next = BigNum::new()?;
                next.mod_mul(&product, &other, &own, &mut ctx)?;
                product = next;
            }
        }
        Ok::<bool, ErrorStack>(!are_coprime(product, own, &mut ctx)?)
    };
    compute().unwrap_or(false)
}

fn check_consistency(key: &mut Checked<'_>) {
    if !key.jwk.contains_key("d") || !key.found.is_empty() {
        return;
    }
    let names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
    let mut pair = key.select_members(&["kty", "oth", "n", "e", "d", "p", "q", "dp", "dq", "qi"]);
    for name in names {
        if let (Some(value), Some(octets)) = (pair.get_mut(name), key.octets(name)) {
            *value = base64url::encode(octets).into();
        }
    }
    if let Err(error) = Key::from_jwk_within(pair, key.budget) {
        key.add_finding(&rules::KEY_INCONSISTENT, High, "d", error.to_string());
    }
}
