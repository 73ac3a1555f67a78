//! The last step of an operation that requires a login after its first step (`CKA_ALWAYS_AUTHENTICATE`).
//!
//! `cryptoki` does both steps of a single-part operation in one function, so that a login between them is not possible. It
//! offers the steps of multi-part operations, but many tokens do not support multi-part RSA-OAEP, ECDSA or EdDSA. The function
//! list of a module is private in `cryptoki`, so that two functions are obtained from the module here.

#![allow(unsafe_code)]

use std::path::Path;
use std::ptr::null_mut;

use cryptoki::context::Function;
use cryptoki::error::{Error, Result, Rv};
use cryptoki::session::Session;
use cryptoki_sys::{
    CK_BYTE, CK_FUNCTION_LIST, CK_RV, CK_SESSION_HANDLE, CK_ULONG, Pkcs11 as Library,
};

use crate::crypto::SecretBytes;

/// The longest output: that of an RSA key of 16,384 bits.
const MAX_OUTPUT: usize = 2048;

/// `C_Sign` or `C_Decrypt`: session, input and its length, output and its length.
type LastStep = unsafe extern "C" fn(
    CK_SESSION_HANDLE,
    *mut CK_BYTE,
    CK_ULONG,
    *mut CK_BYTE,
    *mut CK_ULONG,
) -> CK_RV;

/// The functions of a module for the last step.
pub struct SinglePart {
    sign: Option<LastStep>,
    decrypt: Option<LastStep>,
    /// Keeps the library loaded as long as its functions are used.
    _library: Library,
}

impl SinglePart {
    /// Obtains the functions of a module that is already initialized.
    ///
    /// # Errors
    /// If it is not a module.
    pub fn of(module: &Path) -> Result<SinglePart> {
        // SAFETY: the file is loaded and its code has run; loading it again gives the same library.
        let library = unsafe { Library::new(module) }.map_err(Error::LibraryLoading)?;
        let find = library.C_GetFunctionList.as_ref().map_err(|_| Error::NullFunctionPointer)?;
        let mut list: *mut CK_FUNCTION_LIST = null_mut();
        // SAFETY: the function writes one pointer. PKCS#11 2.40 section 5.2: it is null or that of a list which is valid as
        // long as the library is loaded, and later versions of the list begin with the same members.
        let functions = unsafe {
            Rv::from(find(&raw mut list)).into_result(Function::GetFunctionList)?;
            list.as_ref()
        };
        let functions = functions.ok_or(Error::NullFunctionPointer)?;
        Ok(SinglePart {
            sign: functions.C_Sign,
            decrypt: functions.C_Decrypt,
            _library: library,
        })
    }

    /// Completes the signing operation that was begun in the session.
    ///
    /// # Errors
    /// The error of the token.
    pub fn sign(&self, session: &Session, data: &[u8]) -> Result<Vec<u8>> {
        let signature = finish(self.sign, session, data, Function::Sign)?;
        Ok(signature.expose().to_vec())
    }

    /// Completes the decryption that was begun in the session.
    ///
    /// # Errors
    /// The error of the token.
    pub fn decrypt(&self, session: &Session, data: &[u8]) -> Result<SecretBytes> {
        finish(self.decrypt, session, data, Function::Decrypt)
    }
}

fn finish(
    step: Option<LastStep>,
    session: &Session,
    input: &[u8],
    name: Function,
) -> Result<SecretBytes> {
    let step = step.ok_or(Error::NullFunctionPointer)?;
    let mut output = vec![0; MAX_OUTPUT];
    let mut len = CK_ULONG::try_from(output.len())?;
    // SAFETY: both buffers have the lengths that are passed; the function reads one and writes the other and its length
    // (PKCS#11 2.40 sections 5.2 and 5.11). The session is open and used by this thread alone.
    let result = unsafe {
        step(
            session.handle(),
            input.as_ptr().cast_mut(),
            CK_ULONG::try_from(input.len())?,
            output.as_mut_ptr(),
            &raw mut len,
        )
    };
    Rv::from(result).into_result(name)?;
    output.truncate(usize::try_from(len)?);
    Ok(output.into())
}
