# The commands of CONTRIBUTING.md under short names. `just` lists them; it needs just (cargo install just).

[private]
default:
    @just --list --unsorted

# Run the tests, or a group of them: just test attacks
test *GROUPS:
    cargo test --locked --test main -- {{ GROUPS }}

# Check what must hold before a change is sent
check:
    cargo fmt --check
    cargo clippy --locked --all-targets -- -D warnings
    cargo test --locked

# Rewrite what is generated from the code: completions, man pages, tables, schemas
generate:
    UPDATE=1 cargo test --locked --test main -- generated tables profile_page
    UPDATE=1 cargo test --locked --lib schemas

# Run every fuzz target for so many seconds
fuzz SECONDS="60":
    .ci/fuzz {{ SECONDS }}

# Check licenses, sources, duplicates and known vulnerabilities of the dependencies
deny:
    cargo deny check -D warnings

# Check the spelling
spell:
    typos

# Build the release of a target, use the program and pack it
release TARGET="":
    packaging/release.sh {{ TARGET }}

# Run the tests for Windows under wine
windows:
    .ci/windows

# Run the tests for Linux on 64-bit ARM under qemu
aarch64:
    .ci/aarch64

# Check everything, on Debian: other tools and gateways too
ci:
    .ci/run
