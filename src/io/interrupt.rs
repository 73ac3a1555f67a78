//! Handles signals that end the process: removes temporary files and locks first.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use crate::output::console::Console;
#[cfg(unix)]
use signal_hook::consts::{SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
#[cfg(unix)]
use signal_hook::iterator::Signals;
#[cfg(unix)]
use signal_hook::low_level::emulate_default_handler;

/// The signals that end a process and can be caught, except those for faults and resource limits.
#[cfg(unix)]
const SIGNALS: [i32; 7] = [SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

static FILES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
static STEP: Mutex<()> = Mutex::new(());
static PROCESSED: AtomicU64 = AtomicU64::new(0);
static IS_PROMPTING: AtomicBool = AtomicBool::new(false);

/// A file that is removed when a signal ends the process. Dropping this value cancels the removal.
#[derive(Debug)]
pub struct RemovedOnSignal(PathBuf);

impl RemovedOnSignal {
    /// Registers the file for removal.
    pub fn new(path: &Path) -> RemovedOnSignal {
        watch_signals();
        lock_unpoisoned(&FILES).push(path.into());
        RemovedOnSignal(path.into())
    }
}

impl Drop for RemovedOnSignal {
    fn drop(&mut self) {
        lock_unpoisoned(&FILES).retain(|path| *path != self.0);
    }
}

/// Defers the end of the process until the result is dropped, while files are renamed, or created and registered.
pub fn defer_signals() -> impl Sized {
    watch_signals();
    lock_unpoisoned(&STEP)
}

/// Sets the number of processed lines, which is reported when a signal ends the run.
pub fn report_processed(lines: u64) {
    watch_signals();
    PROCESSED.store(lines, Ordering::Relaxed);
}

/// Sets whether a prompt handles an interrupt itself, because it must restore the echo of the terminal.
pub fn set_prompting(is_prompting: bool) {
    watch_signals();
    IS_PROMPTING.store(is_prompting, Ordering::SeqCst);
}

fn watch_signals() {
    static START: Once = Once::new();
    #[cfg(unix)]
    START.call_once(|| {
        let ignored = ignored_signals();
        let caught = SIGNALS.into_iter();
        let caught = caught.filter(|signal| ignored >> (signal - 1) & 1 == 0);
        // If signals cannot be handled, the next run removes the remaining files.
        if let Ok(mut signals) = Signals::new(caught) {
            std::thread::spawn(move || signals.forever().for_each(end_process));
        }
    });
    // This handles Ctrl-C, Ctrl-Break, and the end of the console, the session or the system.
    #[cfg(windows)]
    START.call_once(|| {
        let _ = ctrlc::set_handler(end_process);
    });
}

#[cfg(unix)]
fn end_process(signal: i32) {
    if signal == SIGINT && IS_PROMPTING.load(Ordering::SeqCst) {
        return;
    }
    let _step = remove_files();
    let _ = emulate_default_handler(signal);
}

/// Removes the files and exits. A prompt needs no exception, because every shell restores the echo of the console.
#[cfg(windows)]
#[expect(
    clippy::disallowed_methods,
    reason = "the default handler, which ends the process so, cannot be called"
)]
fn end_process() {
    const CONTROL_C_EXIT: i32 = 0xC000_013A_u32 as i32;
    let _step = remove_files();
    std::process::exit(CONTROL_C_EXIT);
}

fn remove_files() -> impl Sized {
    // The lock is held until the process ends, so that no file is renamed after this.
    let step = lock_unpoisoned(&STEP);
    for path in lock_unpoisoned(&FILES).drain(..) {
        let _ = fs::remove_file(path);
    }
    let lines = PROCESSED.load(Ordering::Relaxed);
    if lines > 0 {
        Console::report_interrupted(lines);
    }
    step
}

/// Returns the signals that the parent process has set to be ignored, as nohup does, one bit for each. They stay ignored.
#[cfg(unix)]
fn ignored_signals() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let bits = line.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    // If they cannot be determined, SIGHUP stays unchanged for nohup.
    bits.unwrap_or(1 << (SIGHUP - 1))
}

fn lock_unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
