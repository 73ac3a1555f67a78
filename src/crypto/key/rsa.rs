//! RSA keys (RFC 7518 §6.3). Checks the size, the exponent, and that the private numbers match the modulus.

use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::error::ErrorStack;
use openssl::pkey::{HasPublic, Private};
use openssl::rsa::{Rsa, RsaPrivateKeyBuilder, RsaRef};

use crate::crypto::alg::KeyType;
use crate::crypto::error::{Error, Result};

/// The smallest modulus, in bits (RFC 7518 §3.3).
pub const MIN_BITS: u32 = 2048;
/// The largest modulus, in bits. A signature with a larger one takes seconds.
pub const MAX_BITS: u32 = 16384;

/// Checks the size of a new key.
///
/// # Errors
/// A message with the allowed sizes.
pub fn check_bits(bits: u32) -> std::result::Result<(), &'static str> {
    if (MIN_BITS..=MAX_BITS).contains(&bits) {
        Ok(())
    } else {
        Err("an RSA key must have 2048 to 16384 bits")
    }
}

/// The largest public exponent, in bits (FIPS 186-5 §5.1).
const MAX_EXPONENT_BITS: i32 = 256;

fn backend_error(_: ErrorStack) -> Error {
    Error::Backend("RSA key")
}

/// Checks the numbers of a public key and returns its kind.
pub(crate) fn check_public<T: HasPublic>(key: &RsaRef<T>) -> Result<KeyType> {
    let refuse = |why: String| Err(Error::Key(why));
    let (n, e) = (key.n(), key.e());
    let bits = n.num_bits() as u32;
    if bits < MIN_BITS {
        return refuse(format!(
            "the RSA key has {bits} bits, fewer than {MIN_BITS}"
        ));
    }
    if bits > MAX_BITS {
        return refuse(format!("the RSA key has {bits} bits, more than {MAX_BITS}"));
    }
    if !n.is_bit_set(0) {
        return refuse("the RSA key's modulus is even".into());
    }
    if !e.is_bit_set(0) || e.num_bits() < 2 || e.num_bits() > MAX_EXPONENT_BITS || e >= n {
        return refuse("the RSA key's public exponent is not acceptable".into());
    }
    if has_roca_fingerprint(n).map_err(backend_error)? {
        return refuse("the RSA key has the ROCA weakness (CVE-2017-15361)".into());
    }
    Ok(KeyType::Rsa(bits))
}

/// Checks the numbers of a private key and returns its kind: n = p·q, e·d ≡ 1, and the CRT values must match them.
pub(crate) fn check_private(key: &RsaRef<Private>) -> Result<KeyType> {
    let kind = check_public(key)?;
    if !is_consistent(key).map_err(backend_error)? {
        return Err(Error::Key("the RSA key's numbers do not match".into()));
    }
    Ok(kind)
}

fn is_consistent(key: &RsaRef<Private>) -> std::result::Result<bool, ErrorStack> {
    let (Some(p), Some(q)) = (key.p(), key.q()) else {
        return Ok(false);
    };
    let (Some(dp), Some(dq), Some(qi)) = (key.dmp1(), key.dmq1(), key.iqmp()) else {
        return Ok(false);
    };
    let mut ctx = BigNumContext::new_secure()?;
    let one = BigNum::from_u32(1)?;
    if *p <= *one || *q <= *one || p == q {
        return Ok(false);
    }
    let mut product = BigNum::new_secure()?;
    product.checked_mul(p, q, &mut ctx)?;
    if product != *key.n() {
        return Ok(false);
    }
    let mut residue = BigNum::new_secure()?;
    let mut less_one = BigNum::new_secure()?;
    for (prime, exponent) in [(p, dp), (q, dq)] {
        less_one.checked_sub(prime, &one)?;
        residue.nnmod(key.d(), &less_one, &mut ctx)?;
        if residue != *exponent {
            return Ok(false);
        }
        residue.mod_mul(key.e(), exponent, &less_one, &mut ctx)?;
        if residue != one {
            return Ok(false);
        }
    }
    residue.mod_mul(qi, q, p, &mut ctx)?;
    Ok(residue == one && *qi < *p)
}

/// Returns the private key with these numbers. If the primes are missing, they are recovered from `d` (NIST SP 800-56B §C.1).
pub(crate) fn private_key(
    n: BigNum,
    e: BigNum,
    d: BigNum,
    crt: Option<[BigNum; 5]>,
    budget: &mut RecoveryBudget,
) -> Result<Rsa<Private>> {
    let inconsistent = |_| Error::Key("the RSA key's numbers do not match".into());
    let [p, q, dp, dq, qi] = match crt {
        Some(crt) => crt,
        None => recover_primes(&n, &e, &d, budget)
            .map_err(inconsistent)?
            .ok_or_else(|| Error::Key("the RSA key's primes cannot be recovered".into()))?,
    };
    let key = RsaPrivateKeyBuilder::new(n, e, d)
        .and_then(|builder| builder.set_factors(p, q))
        .and_then(|builder| builder.set_crt_params(dp, dq, qi))
        .map_err(inconsistent)?
        .build();
    Ok(key)
}

/// The bases that are tried on one key are the numbers from 2 up to this, exclusive.
const MAX_BASES: u32 = 42;

/// The time that the recovery of primes may take, for one key or for all keys of a set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecoveryBudget(f64);

impl Default for RecoveryBudget {
    /// Returns the budget for about a second: 64 exponentiations with 4,096 bits, or 512 with 2,048.
    fn default() -> RecoveryBudget {
        RecoveryBudget(64.0)
    }
}

impl RecoveryBudget {
    /// Subtracts one exponentiation, whose cost grows with the third power of the length; `false` if the budget was exhausted.
    fn spend(&mut self, n: &BigNumRef) -> bool {
        let cost = (f64::from(n.num_bits()) / 4096.0).powi(3);
        // The cost is limited, so that a few bases are tried for a key of any length.
        let is_allowed = self.0 > 0.0;
        self.0 -= cost.min(RecoveryBudget::default().0 / 3.0);
        is_allowed
    }
}

fn recover_primes(
    n: &BigNumRef,
    e: &BigNumRef,
    d: &BigNumRef,
    budget: &mut RecoveryBudget,
) -> std::result::Result<Option<[BigNum; 5]>, ErrorStack> {
    // This check comes before any arithmetic with untrusted numbers. A valid d is less than n.
    if d >= n || e.num_bits() > MAX_EXPONENT_BITS || n.num_bits() as u32 > MAX_BITS {
        return Ok(None);
    }
    let mut ctx = BigNumContext::new_secure()?;
    let one = BigNum::from_u32(1)?;
    let mut k = BigNum::new_secure()?;
    k.checked_mul(e, d, &mut ctx)?;
    k.sub_word(1)?;
    if k.num_bits() == 0 || k.is_bit_set(0) {
        return Ok(None);
    }
    let mut twos = 0;
    while !k.is_bit_set(twos) {
        twos += 1;
    }
    let mut odd = BigNum::new_secure()?;
    odd.rshift(&k, twos)?;
    let mut minus_one = BigNum::new_secure()?;
    minus_one.checked_sub(n, &one)?;
    // Each base yields the primes with a probability of at least one half, unless n is a power of a prime.
    for base in 2..MAX_BASES {
        if !budget.spend(n) {
            return Ok(None);
        }
        let mut y = BigNum::new_secure()?;
        y.mod_exp(&*BigNum::from_u32(base)?, &odd, n, &mut ctx)?;
        for step in 0..=twos {
            if y == one || y == minus_one {
                break;
            }
            // For a matching d, the value is 1 at this step for every base.
            if step == twos {
                return Ok(None);
            }
            let mut square = BigNum::new_secure()?;
            square.mod_sqr(&y, n, &mut ctx)?;
            if square == one {
                y.sub_word(1)?;
                let mut p = BigNum::new_secure()?;
                p.gcd(&y, n, &mut ctx)?;
                return crt_values(n, d, p, &mut ctx).map(Some);
            }
            y = square;
        }
    }
    Ok(None)
}

fn crt_values(
    n: &BigNumRef,
    d: &BigNumRef,
    mut p: BigNum,
    ctx: &mut BigNumContext,
) -> std::result::Result<[BigNum; 5], ErrorStack> {
    let mut q = BigNum::new_secure()?;
    q.checked_div(n, &p, ctx)?;
    if p < q {
        std::mem::swap(&mut p, &mut q);
    }
    let mut less_one = BigNum::new_secure()?;
    let one = BigNum::from_u32(1)?;
    let mut dp = BigNum::new_secure()?;
    less_one.checked_sub(&p, &one)?;
    dp.nnmod(d, &less_one, ctx)?;
    let mut dq = BigNum::new_secure()?;
    less_one.checked_sub(&q, &one)?;
    dq.nnmod(d, &less_one, ctx)?;
    let mut qi = BigNum::new_secure()?;
    qi.mod_inverse(&q, &p, ctx)?;
    Ok([p, q, dp, dq, qi])
}

/// Whether the modulus has the structure of keys generated by Infineon's library (CVE-2017-15361): modulo each small prime
/// it is a power of 65537. For another modulus, the probability is about 2^-28.
pub(crate) fn has_roca_fingerprint(n: &BigNumRef) -> std::result::Result<bool, ErrorStack> {
    const PRIMES: [u32; 38] = [
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89,
        97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
    ];
    for prime in PRIMES {
        let residue = n.mod_word(prime)? as u32;
        let generator = 65537 % prime;
        let mut power = 1;
        let in_subgroup = (0..prime).any(|_| {
            power = power * generator % prime;
            power == residue
        });
        if !in_subgroup {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use openssl::bn::MsbOption;

    use super::*;

    #[test]
    fn primes_are_recovered_from_n_e_d() {
        let key = Rsa::generate(2048).unwrap();
        let own = |n: &BigNumRef| n.to_owned().unwrap();
        let again = private_key(
            own(key.n()),
            own(key.e()),
            own(key.d()),
            None,
            &mut RecoveryBudget::default(),
        )
        .unwrap();
        assert!(check_private(&again).is_ok());
        let mut wrong = own(key.d());
        wrong.add_word(2).unwrap();
        let wrong = private_key(
            own(key.n()),
            own(key.e()),
            wrong,
            None,
            &mut RecoveryBudget::default(),
        );
        assert!(wrong.is_err() || check_private(&wrong.unwrap()).is_err());
    }

    /// A prime has no factors, so that only the budget ends the search.
    #[test]
    fn prime_modulus_is_rejected_within_the_step_limit() {
        let mut prime = BigNum::new().unwrap();
        prime.generate_prime(512, false, None, None).unwrap();
        let own = |n: &BigNumRef| n.to_owned().unwrap();
        let e = BigNum::from_u32(65537).unwrap();
        let (mut order, mut d) = (own(&prime), BigNum::new().unwrap());
        order.sub_word(1).unwrap();
        let mut ctx = BigNumContext::new().unwrap();
        d.mod_inverse(&e, &order, &mut ctx).unwrap();
        let mut budget = RecoveryBudget(0.01);
        assert!(private_key(own(&prime), own(&e), own(&d), None, &mut budget).is_err());
        assert!(budget.0 <= 0.0 && budget.0 > -0.01, "{budget:?}");
        // For the next key of the set, no exponentiation is done.
        let spent = budget.0;
        assert!(private_key(prime, e, d, None, &mut budget).is_err());
        assert!(spent - budget.0 < 0.01);
    }

    /// The first base detects it, because its power is not 1. A hundred bases of this length would take 15 seconds.
    #[test]
    fn private_exponent_of_another_modulus_is_rejected_at_the_first_base() {
        let odd = |bits| {
            let mut number = BigNum::new().unwrap();
            number.rand(bits, MsbOption::ONE, true).unwrap();
            number
        };
        let start = Instant::now();
        let e = BigNum::from_u32(65537).unwrap();
        assert!(
            private_key(
                odd(8192),
                e,
                odd(8190),
                None,
                &mut RecoveryBudget::default()
            )
            .is_err()
        );
        assert!(start.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn modulus_of_powers_of_65537_is_detected_as_roca() {
        let mut power = BigNum::from_u32(1).unwrap();
        for _ in 0..100 {
            power.mul_word(65537).unwrap();
        }
        assert!(has_roca_fingerprint(&power).unwrap());
        assert!(!has_roca_fingerprint(Rsa::generate(2048).unwrap().n()).unwrap());
    }

    #[test]
    fn public_exponent_of_one_even_exponent_and_short_modulus_are_rejected() {
        let n = Rsa::generate(2048).unwrap().n().to_owned().unwrap();
        for e in [1, 2, 65536] {
            let e = BigNum::from_u32(e).unwrap();
            let key = Rsa::from_public_components(n.to_owned().unwrap(), e).unwrap();
            assert!(check_public(&key).is_err());
        }
        assert!(check_public(&Rsa::generate(1024).unwrap()).is_err());
    }
}
