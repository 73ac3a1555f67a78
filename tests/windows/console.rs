//! Runs the program in a pseudo console of Windows, which wine supports too. Tests read its screen and send input to it.
//!
//! Only a process in the console can open it. So the test program is started again in the console, and
//! [`program_in_a_console`] starts the program.
#![expect(unsafe_code, reason = "no library that is kept starts a process so")]

use std::ffi::{OsString, c_void};
use std::fs::OpenOptions;
use std::io::{PipeWriter, Read, Write};
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::Path;
use std::process::Command;
use std::ptr::{null, null_mut};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use windows_sys::Win32::Foundation::{STATUS_CONTROL_C_EXIT, WAIT_OBJECT_0};
use windows_sys::Win32::System::Console::{
    COORD, CTRL_C_EVENT, ClosePseudoConsole, CreatePseudoConsole, GenerateConsoleCtrlEvent, HPCON,
};
use windows_sys::Win32::System::Threading::{
    CREATE_UNICODE_ENVIRONMENT, CreateProcessW, DeleteProcThreadAttributeList,
    EXTENDED_STARTUPINFO_PRESENT, GetExitCodeProcess, InitializeProcThreadAttributeList,
    PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, PROCESS_INFORMATION, STARTF_USESTDHANDLES, STARTUPINFOEXW,
    UpdateProcThreadAttribute, WaitForSingleObject,
};

use super::{Folder, folder, sign_with_passphrase};

/// The arguments of the program, one per line.
const ARGUMENTS: &str = "JOTSMITH_TEST_ARGUMENTS";
/// When this file exists, Ctrl-C is sent.
const INTERRUPT: &str = "JOTSMITH_TEST_INTERRUPT";
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);
const SIZE: COORD = COORD { X: 120, Y: 40 };
/// Ctrl-Z at the start of a line.
const END_OF_INPUT: &str = "\x1a\r";

/// A run of the program in a console.
struct Console {
    keyboard: PipeWriter,
    signals: tempfile::TempDir,
    screen: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
    console: HPCON,
    process: OwnedHandle,
}

impl Console {
    fn run(folder: &Folder, arguments: &[&str], variables: &[(&str, &str)]) -> Console {
        let (input, keyboard) = std::io::pipe().unwrap();
        let (mut output, screen) = std::io::pipe().unwrap();
        let mut console: HPCON = 0;
        // SAFETY: the console has its own handles to the pipes.
        let result = unsafe {
            CreatePseudoConsole(
                SIZE,
                input.as_raw_handle(),
                screen.as_raw_handle(),
                0,
                &raw mut console,
            )
        };
        assert!(result >= 0, "{result:x}");
        drop((input, screen));
        let signals = tempfile::tempdir().unwrap();
        let process = start(console, folder, arguments, variables, &signals);
        let screen = Arc::new(Mutex::new(Vec::new()));
        let shown = Arc::clone(&screen);
        let reader = std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut piece) {
                shown.lock().unwrap().extend_from_slice(&piece[..length]);
            }
        });
        Console {
            keyboard,
            signals,
            screen,
            reader,
            console,
            process,
        }
    }

    fn screen(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    /// Waits until this is on the screen.
    #[track_caller]
    fn expect(&self, text: &str) {
        self.wait_until(text, |screen| screen.contains(text));
    }

    #[track_caller]
    fn wait_until(&self, what: &str, condition: impl Fn(&str) -> bool) {
        let start = Instant::now();
        while !condition(&self.screen()) {
            assert!(start.elapsed() < PATIENCE, "no {what}: {}", self.screen());
            std::thread::sleep(PAUSE);
        }
    }

    fn type_keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Sends Ctrl-C as an event, because the console of wine ends when Ctrl-C is typed.
    fn interrupt(&self) {
        std::fs::write(self.signals.path().join(INTERRUPT), "").unwrap();
    }

    /// Waits for the program, and returns its exit code and the contents of the screen.
    #[track_caller]
    fn finish(self) -> (u32, String) {
        let mut code = 0;
        // SAFETY: the process and the console are open until here.
        unsafe {
            let waited =
                WaitForSingleObject(self.process.as_raw_handle(), PATIENCE.as_millis() as u32);
            assert_eq!(waited, WAIT_OBJECT_0, "{}", self.screen());
            assert!(GetExitCodeProcess(self.process.as_raw_handle(), &raw mut code) != 0);
            ClosePseudoConsole(self.console);
        }
        self.reader.join().unwrap();
        let screen = self.screen.lock().unwrap();
        (code, String::from_utf8_lossy(&screen).into_owned())
    }
}

/// Starts this test program again in the console and the folder.
fn start(
    console: HPCON,
    folder: &Folder,
    arguments: &[&str],
    variables: &[(&str, &str)],
    signals: &tempfile::TempDir,
) -> OwnedHandle {
    let wide = |text: &OsString| -> Vec<u16> { text.encode_wide().chain([0]).collect() };
    let mut environment = Vec::new();
    let arguments = arguments.join("\n");
    let removed = ["NO_COLOR", "JOTSMITH_KEY", "JOTSMITH_KEY_FILE"];
    let inherited =
        std::env::vars_os().filter(|(name, _)| !removed.iter().any(|removed| name == removed));
    let signal = signals.path().join(INTERRUPT);
    let added = [
        (ARGUMENTS, &*arguments),
        (INTERRUPT, signal.to_str().unwrap()),
    ];
    let added = (added.iter().chain(variables)).map(|(name, value)| (name.into(), value.into()));
    for (mut entry, value) in inherited.chain(added) {
        entry.push("=");
        entry.push(value);
        environment.extend(wide(&entry));
    }
    environment.push(0);
    let mut command = OsString::from("\"");
    command.push(std::env::current_exe().unwrap());
    command.push("\" --ignored --exact console::program_in_a_console --nocapture");
    let mut command = wide(&command);
    let working = wide(&folder.0.path().into());
    // SAFETY: all pointers are valid until the process is started, and the list has the size that the system requires.
    unsafe {
        let mut size = 0;
        InitializeProcThreadAttributeList(null_mut(), 1, 0, &raw mut size);
        let mut list = vec![0_u64; size.div_ceil(8)];
        let list = list.as_mut_ptr().cast::<c_void>();
        assert!(InitializeProcThreadAttributeList(list, 1, 0, &raw mut size) != 0);
        let updated = UpdateProcThreadAttribute(
            list,
            0,
            PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE as usize,
            console as *const c_void,
            size_of::<HPCON>(),
            null_mut(),
            null(),
        );
        assert!(updated != 0);
        let mut startup: STARTUPINFOEXW = std::mem::zeroed();
        startup.StartupInfo.cb = size_of::<STARTUPINFOEXW>() as u32;
        // Without this, the standard streams of the tests are inherited.
        startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
        startup.lpAttributeList = list;
        let mut process: PROCESS_INFORMATION = std::mem::zeroed();
        let started = CreateProcessW(
            null(),
            command.as_mut_ptr(),
            null(),
            null(),
            0,
            EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT,
            environment.as_ptr().cast(),
            working.as_ptr(),
            &raw const startup.StartupInfo,
            &raw mut process,
        );
        assert!(started != 0, "{}", std::io::Error::last_os_error());
        DeleteProcThreadAttributeList(list);
        drop(OwnedHandle::from_raw_handle(process.hThread));
        OwnedHandle::from_raw_handle(process.hProcess)
    }
}

#[test]
#[ignore = "the other tests start it in a console"]
fn program_in_a_console() {
    let arguments = std::env::var(ARGUMENTS).expect("it is started by the other tests");
    let signal = std::env::var_os(INTERRUPT).unwrap();
    // Only the program must handle Ctrl-C.
    ctrlc::set_handler(|| {}).unwrap();
    let open = |name: &str| {
        let file = OpenOptions::new().read(true).write(true).open(name);
        file.unwrap()
    };
    let mut command = Command::new(super::program());
    command.args(arguments.lines());
    command.env_remove(ARGUMENTS).env_remove(INTERRUPT);
    command.stdin(open("CONIN$")).stdout(open("CONOUT$"));
    let mut program = command.stderr(open("CONOUT$")).spawn().unwrap();
    let mut is_sent = false;
    let status = loop {
        if let Some(status) = program.try_wait().unwrap() {
            break status;
        }
        if !is_sent && Path::new(&signal).exists() {
            // SAFETY: the call takes two numbers.
            is_sent = unsafe { GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0) } != 0;
        }
        std::thread::sleep(PAUSE);
    };
    // The console displays the last output after a short delay.
    std::thread::sleep(10 * PAUSE);
    std::process::exit(status.code().unwrap());
}

/// Whether there is an escape sequence that sets a color.
fn has_color(screen: &str) -> bool {
    screen.split("\x1b[").skip(1).any(|sequence| {
        let parameters = sequence.split_once('m').map_or("", |(before, _)| before);
        let mut numbers = parameters.split(';').map(str::parse);
        numbers.any(|number| matches!(number, Ok(30..=38 | 90..=97)))
    })
}

#[test]
fn a_console_has_colors_unless_no_color_is_set() {
    let folder = folder();
    let inspect = ["inspect", "token.jwt"];
    let (code, screen) = Console::run(&folder, &inspect, &[]).finish();
    assert!(code == 0 && has_color(&screen), "{code} {screen:?}");
    // If escape sequences were not processed, the console would display their letters.
    assert!(!screen.contains("\u{2190}["), "{screen:?}");
    let (code, screen) = Console::run(&folder, &inspect, &[("NO_COLOR", "1")]).finish();
    assert!(code == 0 && !has_color(&screen), "{code} {screen:?}");
    assert!(screen.contains("alice"), "{screen:?}");
}

#[test]
fn a_console_shows_text_of_all_scripts() {
    let folder = folder();
    let name = "schlüssel-鍵.jwk";
    folder.accepted(&["keygen", "-q", "ES256", "-o", name], "");
    let sign = [
        "sign",
        "-q",
        "-k",
        name,
        "-o",
        "other.jwt",
        "--sub",
        "Zoë 日本",
    ];
    folder.accepted(&sign, "");
    let verify = ["verify", "-k", name, "other.jwt"];
    let (code, screen) = Console::run(&folder, &verify, &[]).finish();
    assert!(
        code == 0 && screen.contains("Zoë 日本"),
        "{code} {screen:?}"
    );
}

#[test]
fn text_that_is_typed_is_read_as_utf_8() {
    let folder = folder();
    folder.accepted(&["keygen", "-q", "A256KW", "-o", "enc.jwk"], "");
    let sign = ["sign", "-k", "key.jwk", "--claims", "-", "-o", "typed.jwt"];
    let mut console = Console::run(&folder, &sign, &[]);
    console.expect("end with Ctrl-Z and Enter");
    console.type_keys("{\"sub\":\"Zoë 日本\"}\r");
    console.type_keys(END_OF_INPUT);
    let (code, screen) = console.finish();
    assert_eq!(code, 0, "{screen:?}");
    let claims = folder.accepted(&["verify", "-q", "-k", "key.jwk", "typed.jwt"], "");
    assert!(claims.contains("Zoë 日本"), "{claims}");

    let mut console = Console::run(
        &folder,
        &["encrypt", "-k", "enc.jwk", "-o", "typed.jwe"],
        &[],
    );
    console.expect("end with Ctrl-Z and Enter");
    console.type_keys("Zoë 日本\r");
    console.type_keys(END_OF_INPUT);
    let (code, screen) = console.finish();
    assert_eq!(code, 0, "{screen:?}");
    let content = folder.accepted(&["decrypt", "-q", "-k", "enc.jwk", "typed.jwe"], "");
    assert_eq!(content, "Zoë 日本");
}

#[test]
fn a_passphrase_is_typed_and_not_shown() {
    let folder = folder();
    let keygen = ["keygen", "ES256", "--encrypt", "-o", "locked.jwk"];
    let mut console = Console::run(&folder, &keygen, &[]);
    console.expect("passphrase for");
    console.type_keys("schlüssel 鍵\r");
    console.expect("repeat the passphrase");
    console.type_keys("schlüssel 鍵\r");
    let (code, screen) = console.finish();
    assert!(code == 0 && !screen.contains("schl"), "{code} {screen:?}");
    sign_with_passphrase(&folder, "schlüssel 鍵");
}

#[test]
fn control_c_leaves_no_file_behind() {
    let folder = folder();
    let before = folder.names();
    let verify = ["verify", "-k", "key.jwk", "--lines", "-o", "out.ndjson"];
    let mut console = Console::run(&folder, &verify, &[]);
    console.expect("end with Ctrl-Z and Enter");
    console.type_keys("not a token\r");
    console.wait_until("temporary file", |_| folder.names() != before);
    console.interrupt();
    let (code, screen) = console.finish();
    assert_eq!(code, STATUS_CONTROL_C_EXIT as u32, "{screen:?}");
    assert_eq!(folder.names(), before);
}

#[test]
fn control_c_at_a_prompt_ends_the_program() {
    let folder = folder();
    let before = folder.names();
    let keygen = ["keygen", "ES256", "--encrypt", "-o", "locked.jwk"];
    let console = Console::run(&folder, &keygen, &[]);
    console.expect("passphrase for");
    console.interrupt();
    let (code, screen) = console.finish();
    assert_eq!(code, STATUS_CONTROL_C_EXIT as u32, "{screen:?}");
    assert_eq!(folder.names(), before);
}
