//! Access control lists on Windows that allow only the user to read a file, like the mode 0600 on other systems.
//!
//! No maintained library offers this without unsafe code, and the standard library cannot create a file with an access control
//! list. If the list were set after the creation, other users could open the file in between. Every pointer that is passed
//! here is to a local variable, or to memory that the system allocated and `Descriptor` frees.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::fs::File;
use std::io::{Error, Result};
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::Path;
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::{
    ERROR_SUCCESS, GENERIC_ALL, GENERIC_READ, GENERIC_WRITE, INVALID_HANDLE_VALUE, LocalFree,
};
use windows_sys::Win32::Security::Authorization::{GetNamedSecurityInfoW, SE_FILE_OBJECT};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACL, ACL_REVISION, AddAccessAllowedAce, DACL_SECURITY_INFORMATION,
    EqualSid, GetAce, GetSecurityDescriptorControl, GetTokenInformation, InitializeAcl,
    InitializeSecurityDescriptor, IsWellKnownSid, PROTECTED_DACL_SECURITY_INFORMATION, PSID,
    SE_DACL_PROTECTED, SECURITY_ATTRIBUTES, SECURITY_DESCRIPTOR, SetFileSecurityW,
    SetSecurityDescriptorControl, SetSecurityDescriptorDacl, TOKEN_QUERY, TOKEN_USER, TokenUser,
    WinBuiltinAdministratorsSid, WinLocalSystemSid,
};
use windows_sys::Win32::Storage::FileSystem::{
    CREATE_NEW, CreateFileW, FILE_ALL_ACCESS, FILE_ATTRIBUTE_NORMAL, FILE_READ_DATA,
    FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE,
};
use windows_sys::Win32::System::SystemServices::{
    ACCESS_ALLOWED_ACE_TYPE, SECURITY_DESCRIPTOR_REVISION,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};
use windows_sys::core::BOOL;

/// Memory for the identifier of a user, which has at most 68 bytes, and the structure before it.
type Buffer = [u64; 16];

/// Creates a file that only the user can read and write. It does not inherit permissions from its folder.
///
/// # Errors
/// If it exists or cannot be created.
pub fn create_private(path: &Path) -> Result<File> {
    let user = User::current()?;
    let mut list: Buffer = [0; 16];
    let acl = list.as_mut_ptr().cast::<ACL>();
    // SAFETY: the descriptor, the list and the user outlive the call that creates the file. `list` has space for one entry.
    unsafe {
        check_bool(InitializeAcl(acl, size_of::<Buffer>() as u32, ACL_REVISION))?;
        check_bool(AddAccessAllowedAce(
            acl,
            ACL_REVISION,
            FILE_ALL_ACCESS,
            user.sid(),
        ))?;
        let mut descriptor: SECURITY_DESCRIPTOR = std::mem::zeroed();
        let pointer = (&raw mut descriptor).cast::<c_void>();
        check_bool(InitializeSecurityDescriptor(
            pointer,
            SECURITY_DESCRIPTOR_REVISION,
        ))?;
        check_bool(SetSecurityDescriptorDacl(pointer, 1, acl, 0))?;
        check_bool(SetSecurityDescriptorControl(
            pointer,
            SE_DACL_PROTECTED,
            SE_DACL_PROTECTED,
        ))?;
        let attributes = SECURITY_ATTRIBUTES {
            nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
            lpSecurityDescriptor: pointer,
            bInheritHandle: 0,
        };
        let handle = CreateFileW(
            to_wide(path).as_ptr(),
            GENERIC_READ | GENERIC_WRITE,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
            &raw const attributes,
            CREATE_NEW,
            FILE_ATTRIBUTE_NORMAL,
            null_mut(),
        );
        if handle == INVALID_HANDLE_VALUE {
            return Err(Error::last_os_error());
        }
        Ok(File::from(OwnedHandle::from_raw_handle(handle)))
    }
}

/// Whether users other than the current user, the system and the administrators may read a file.
///
/// # Errors
/// If its access control list cannot be read.
pub fn is_readable_by_others(path: &Path) -> Result<bool> {
    let user = User::current()?;
    let descriptor = Descriptor::from_path(path)?;
    // All users can read a file without a list.
    if descriptor.acl.is_null() {
        return Ok(true);
    }
    // SAFETY: the list is valid as long as its descriptor, and has as many entries as it says.
    unsafe {
        for index in 0..u32::from((*descriptor.acl).AceCount) {
            let mut entry = null_mut();
            check_bool(GetAce(descriptor.acl, index, &raw mut entry))?;
            let entry = entry.cast::<ACCESS_ALLOWED_ACE>();
            let is_allowed = u32::from((*entry).Header.AceType) == ACCESS_ALLOWED_ACE_TYPE;
            let reads = (*entry).Mask & (FILE_READ_DATA | GENERIC_READ | GENERIC_ALL) != 0;
            let sid: PSID = (&raw mut (*entry).SidStart).cast();
            let is_trusted = EqualSid(sid, user.sid()) != 0
                || IsWellKnownSid(sid, WinLocalSystemSid) != 0
                || IsWellKnownSid(sid, WinBuiltinAdministratorsSid) != 0;
            if is_allowed && reads && !is_trusted {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Copies the access control list of a file to the file that is going to replace it.
///
/// # Errors
/// If the list cannot be read or set.
pub fn copy_access(from: &Path, to: &Path) -> Result<()> {
    let descriptor = Descriptor::from_path(from)?;
    let (mut control, mut revision) = (0, 0);
    // SAFETY: the descriptor is valid until it is dropped.
    unsafe {
        check_bool(GetSecurityDescriptorControl(
            descriptor.pointer,
            &raw mut control,
            &raw mut revision,
        ))?;
        let protection = match control & SE_DACL_PROTECTED {
            0 => 0,
            _ => PROTECTED_DACL_SECURITY_INFORMATION,
        };
        // The newer functions would add the permissions that are inherited from the folder.
        check_bool(SetFileSecurityW(
            to_wide(to).as_ptr(),
            DACL_SECURITY_INFORMATION | protection,
            descriptor.pointer,
        ))
    }
}

/// The user of this process. The structure of the system contains a pointer into itself, so that it must not be moved.
struct User(Box<Buffer>);

impl User {
    fn current() -> Result<User> {
        let mut buffer: Box<Buffer> = Box::new([0; 16]);
        let mut token = null_mut();
        let mut length = 0;
        // SAFETY: the token is closed when it is dropped; the length is that of the buffer.
        unsafe {
            check_bool(OpenProcessToken(
                GetCurrentProcess(),
                TOKEN_QUERY,
                &raw mut token,
            ))?;
            let token = OwnedHandle::from_raw_handle(token);
            check_bool(GetTokenInformation(
                token.as_raw_handle(),
                TokenUser,
                buffer.as_mut_ptr().cast(),
                size_of::<Buffer>() as u32,
                &raw mut length,
            ))?;
        }
        Ok(User(buffer))
    }

    /// Returns the identifier. It is valid as long as `self`.
    fn sid(&self) -> PSID {
        // SAFETY: the system has written this structure to the start of the buffer, which is aligned for it.
        unsafe { (*self.0.as_ptr().cast::<TOKEN_USER>()).User.Sid }
    }
}

/// The security descriptor of a file. It is freed when dropped.
struct Descriptor {
    pointer: *mut c_void,
    acl: *mut ACL,
}

impl Descriptor {
    fn from_path(path: &Path) -> Result<Descriptor> {
        let (mut pointer, mut acl) = (null_mut(), null_mut());
        // SAFETY: the system allocates the descriptor, which the list points into.
        unsafe {
            check_code(GetNamedSecurityInfoW(
                to_wide(path).as_ptr(),
                SE_FILE_OBJECT,
                DACL_SECURITY_INFORMATION,
                null_mut(),
                null_mut(),
                &raw mut acl,
                null_mut(),
                &raw mut pointer,
            ))?;
        }
        Ok(Descriptor { pointer, acl })
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: the system has allocated it, and nothing refers to it any more.
        unsafe {
            LocalFree(self.pointer);
        }
    }
}

/// Returns a path in the encoding of the system: UTF-16 with a terminating zero.
fn to_wide(path: &Path) -> Vec<u16> {
    path.as_os_str().encode_wide().chain([0]).collect()
}

fn check_bool(result: BOOL) -> Result<()> {
    match result {
        0 => Err(Error::last_os_error()),
        _ => Ok(()),
    }
}

fn check_code(code: u32) -> Result<()> {
    match code {
        ERROR_SUCCESS => Ok(()),
        code => Err(Error::from_raw_os_error(code as i32)),
    }
}
