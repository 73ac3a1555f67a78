//! The ordered parallel pipeline behind --lines.

use std::io::{ErrorKind, Read, Write};

use jotsmith::io::stream::{Line, Options, Summary, process_lines};

/// A reader that returns the input in pieces of a few bytes.
struct Dribble(std::io::Cursor<Vec<u8>>, usize);

impl Read for Dribble {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let len = buffer.len().min(self.1);
        self.0.read(&mut buffer[..len])
    }
}

fn echo(input: &[u8], piece: usize, max_line: usize) -> (String, Summary) {
    let mut output = Vec::new();
    let input = Dribble(std::io::Cursor::new(input.to_vec()), piece);
    let options = Options {
        jobs: 3,
        max_line,
        fail_fast: false,
    };
    let work = |number: u64, line: Line, out: &mut Vec<u8>| {
        let text = match line {
            Line::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Line::TooLong => "TOO LONG".into(),
        };
        out.extend_from_slice(format!("{number}:{text}\n").as_bytes());
        line != Line::TooLong
    };
    let summary = process_lines(input, &mut output, options, || work, |_, _| {}).unwrap();
    (String::from_utf8(output).unwrap(), summary)
}

#[test]
fn output_is_in_the_order_of_the_lines() {
    let input: String = (1..=5000).map(|n| format!("{}\n", "x".repeat(n % 50))).collect();
    let expected: String = (1..=5000).map(|n| format!("{n}:{}\n", "x".repeat(n % 50))).collect();
    for piece in [1, 7, 4096, 1 << 20] {
        let (output, summary) = echo(input.as_bytes(), piece, 100);
        assert_eq!(output, expected);
        assert_eq!(
            summary,
            Summary {
                lines: 5000,
                failed: 0
            }
        );
    }
}

#[test]
fn slow_lines_are_distributed_over_all_workers() {
    const JOBS: usize = 4;
    // The input fits in a single read.
    let input = "{}\n".repeat(2000);
    let shares = std::sync::Mutex::new(Vec::new());
    let options = Options {
        jobs: JOBS,
        max_line: 100,
        fail_fast: false,
    };
    let worker = || {
        let share = {
            let mut shares = shares.lock().unwrap();
            shares.push(0);
            shares.len() - 1
        };
        let shares = &shares;
        move |_: u64, _: Line, _: &mut Vec<u8>| {
            std::thread::sleep(std::time::Duration::from_micros(500));
            shares.lock().unwrap()[share] += 1;
            true
        }
    };
    let mut output = Vec::new();
    let input = std::io::Cursor::new(input.into_bytes());
    process_lines(input, &mut output, options, worker, |_, _| {}).unwrap();
    let shares = shares.into_inner().unwrap();
    assert_eq!(shares.iter().sum::<usize>(), 2000);
    assert!(
        shares.len() == JOBS && shares.iter().all(|&share| share > 0 && share < 1000),
        "{shares:?}"
    );
}

#[test]
fn last_line_without_newline_counts_and_empty_input_has_no_lines() {
    assert_eq!(echo(b"a\r\n\nb", 2, 100).0, "1:a\n2:\n3:b\n");
    assert_eq!(echo(b"", 2, 100).1.lines, 0);
}

#[test]
fn line_over_the_limit_gives_an_error_record() {
    let long = "y".repeat(300);
    for piece in [1, 10, 1000] {
        for end in ["\n", ""] {
            let input = format!("a\n{long}\nb\n{long}{end}");
            let (output, summary) = echo(input.as_bytes(), piece, 20);
            assert_eq!(
                output, "1:a\n2:TOO LONG\n3:b\n4:TOO LONG\n",
                "{piece} {end:?}"
            );
            assert_eq!(summary.failed, 2);
        }
    }
}

#[test]
fn fail_fast_ends_the_run_at_the_first_failure() {
    let mut output = Vec::new();
    let options = Options {
        jobs: 2,
        max_line: 10,
        fail_fast: true,
    };
    let input = std::io::Cursor::new(b"1\n2\n3\n".repeat(100_000));
    let work = |number: u64, _: Line, out: &mut Vec<u8>| {
        out.extend_from_slice(b"x\n");
        number != 5
    };
    let summary = process_lines(input, &mut output, options, || work, |_, _| {}).unwrap();
    assert_eq!((summary.lines, summary.failed, output.len()), (5, 1, 10));
}

#[test]
fn closed_output_ends_the_run_while_input_remains() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let options = Options {
        jobs: 2,
        max_line: 10,
        fail_fast: false,
    };
    let work = |_: u64, _: Line, out: &mut Vec<u8>| out.write_all(b"x\n").is_ok();
    let error = process_lines(
        std::io::repeat(b'\n'),
        &mut Closed,
        options,
        || work,
        |_, _| {},
    )
    .unwrap_err();
    assert!(jotsmith::output::exit::cli_error(&error).is_none());
}
