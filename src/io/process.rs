//! The settings of this process in the operating system.

/// Disables core dumps and, on Linux, the access of other processes of the same user to the memory and environment of this
/// process, which may contain private keys. The administrator still has access.
pub fn harden() {
    // Errors are ignored: the program also works without this protection.
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        let _ = setrlimit(Resource::Core, none);
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
