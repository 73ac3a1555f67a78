#!/usr/bin/env python3
"""Generates the files for package managers from the archives of a release in FOLDER: a Homebrew formula, the three winget manifests
and a Nix derivation. URL is the download URL of the archives, such as https://github.com/OWNER/jotsmith/releases/download/v0.1.0.

usage: packaging/manifests.py FOLDER URL
"""

import base64
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DESCRIPTION = "Command-line toolkit for JWT, JWS, JWE and JWK"
LICENSE = "MIT OR Apache-2.0"
# Nix systems and their targets. On Linux the static binary is used, because NixOS has no /lib.
NIX = {
    "x86_64-linux": "x86_64-unknown-linux-musl",
    "aarch64-linux": "aarch64-unknown-linux-musl",
    "aarch64-darwin": "aarch64-apple-darwin",
    "x86_64-darwin": "x86_64-apple-darwin",
}
# Homebrew's names of the operating system and the processor, and their targets.
BREW = {
    ("macos", "arm"): "aarch64-apple-darwin",
    ("macos", "intel"): "x86_64-apple-darwin",
    ("linux", "arm"): "aarch64-unknown-linux-gnu",
    ("linux", "intel"): "x86_64-unknown-linux-gnu",
}
WINDOWS = "x86_64-pc-windows-gnu"


def main():
    folder, url = Path(sys.argv[1]), sys.argv[2].rstrip("/")
    match = re.fullmatch(r"(https://[^/]+/[^/]+/[^/]+)/releases/download/v([0-9][^/]*)", url)
    if not match:
        sys.exit(f"{url}: not the URL of a release, https://HOST/OWNER/NAME/releases/download/vVERSION")
    homepage, version = match.groups()
    digests = {}
    for path in folder.glob("jotsmith-*.sha256"):
        digest, name = path.read_text(encoding="utf-8").split()
        target = name.removeprefix(f"jotsmith-{version}-").removesuffix(".tar.gz").removesuffix(".zip")
        digests[target] = (digest, f"{url}/{name}")
    written = {"homebrew/jotsmith.rb": formula(digests, homepage, version)}
    if WINDOWS in digests:
        written |= winget(*digests[WINDOWS], homepage, version)
    written["nix/default.nix"] = derivation(digests, homepage, version)
    for name, text in written.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        print(folder / name)


def formula(digests, homepage, version):
    systems = []
    for system in ["macos", "linux"]:
        parts = []
        for cpu in ["arm", "intel"]:
            if BREW[system, cpu] in digests:
                digest, url = digests[BREW[system, cpu]]
                parts.append(f'    on_{cpu} do\n      url "{url}"\n      sha256 "{digest}"\n    end\n')
        if parts:
            systems.append(f"  on_{system} do\n{''.join(parts)}  end\n\n")
    return f'''class Jotsmith < Formula
  desc "{DESCRIPTION}"
  homepage "{homepage}"
  version "{version}"
  license any_of: ["MIT", "Apache-2.0"]

{"".join(systems)}  def install
    bin.install "jotsmith"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/jotsmith.bash" => "jotsmith"
    zsh_completion.install "completions/_jotsmith"
    fish_completion.install "completions/jotsmith.fish"
  end

  test do
    system bin/"jotsmith", "keygen", "ES256", "-o", "key.jwk"
    token = shell_output("#{{bin}}/jotsmith sign -q -k key.jwk sub=alice")
    assert_match "alice", pipe_output("#{{bin}}/jotsmith verify -q -k key.jwk", token, 0)
  end
end
'''


def winget(digest, url, homepage, version):
    publisher = homepage.split("/")[3]
    identifier = f"{publisher}.jotsmith"
    common = f"PackageIdentifier: {identifier}\nPackageVersion: {version}\n"
    folder = url.rsplit("/", 1)[1].removesuffix(".zip")

    def schema(kind):
        return f"# yaml-language-server: $schema=https://aka.ms/winget-manifest.{kind}.1.6.0.schema.json\n"

    def end(kind):
        return f"ManifestType: {kind}\nManifestVersion: 1.6.0\n"

    name = f"winget/{identifier}"
    return {
        f"{name}.yaml": schema("version") + common + "DefaultLocale: en-US\n" + end("version"),
        f"{name}.installer.yaml": schema("installer")
        + common
        + "InstallerType: zip\nNestedInstallerType: portable\nNestedInstallerFiles:\n"
        + f"  - RelativeFilePath: {folder}\\jotsmith.exe\n    PortableCommandAlias: jotsmith\n"
        + f"Installers:\n  - Architecture: x64\n    InstallerUrl: {url}\n    InstallerSha256: {digest.upper()}\n"
        + end("installer"),
        f"{name}.locale.en-US.yaml": schema("defaultLocale")
        + common
        + f"PackageLocale: en-US\nPublisher: {publisher}\nPackageName: jotsmith\nPackageUrl: {homepage}\n"
        + f"License: {LICENSE}\nShortDescription: {DESCRIPTION}\n"
        + end("defaultLocale"),
    }


def derivation(digests, homepage, version):
    sources = []
    for system, target in NIX.items():
        if target in digests:
            digest, url = digests[target]
            integrity = "sha256-" + base64.b64encode(bytes.fromhex(digest)).decode()
            sources.append(f'    {system} = {{ url = "{url}"; hash = "{integrity}"; }};\n')
    return f'''{{ lib, stdenvNoCC, fetchurl, installShellFiles }}:

let
  sources = {{
{"".join(sources)}  }};
  system = stdenvNoCC.hostPlatform.system;
in
stdenvNoCC.mkDerivation {{
  pname = "jotsmith";
  version = "{version}";
  src = fetchurl (sources.${{system}} or (throw "jotsmith has no binary for ${{system}}"));
  nativeBuildInputs = [ installShellFiles ];
  dontConfigure = true;
  dontBuild = true;
  # The static binary needs no patches, and a patch would invalidate the code signature on macOS.
  dontFixup = true;
  installPhase = \'\'
    install -Dm755 jotsmith $out/bin/jotsmith
    installManPage man/*.1
    installShellCompletion --bash --name jotsmith completions/jotsmith.bash
    installShellCompletion --zsh completions/_jotsmith
    installShellCompletion --fish completions/jotsmith.fish
  \'\';
  meta = {{
    description = "{DESCRIPTION}";
    homepage = "{homepage}";
    license = with lib.licenses; [ mit asl20 ];
    mainProgram = "jotsmith";
    platforms = builtins.attrNames sources;
  }};
}}
'''


main()
