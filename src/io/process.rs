//! The settings of this process in the operating system.

/// Keeps the memory of this process, which may come to hold private keys, out of core dumps, and its memory and environment from
/// other processes of the same user. The administrator can still look.
pub fn harden() {
    // Where the system refuses, the work goes on as it would without.
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
