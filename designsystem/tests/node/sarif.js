// node sarif.js FILE: checks FILE against the types of SARIF 2.1.0, unknown members included.
import ts from "typescript";
import { readFileSync } from "node:fs";

const [file] = process.argv.slice(2);
const name = new URL("log.ts", import.meta.url).pathname;
const text = `import type { Log } from "sarif";\nexport const log: Log = ${readFileSync(file, "utf8")};\n`;
const options = {
  strict: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ES2022,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
};
const host = ts.createCompilerHost(options);
const { readFile, fileExists } = host;
host.readFile = (path) => (path === name ? text : readFile(path));
host.fileExists = (path) => path === name || fileExists(path);
const getSourceFile = host.getSourceFile.bind(host);
host.getSourceFile = (path, ...more) =>
  path === name ? ts.createSourceFile(path, text, ts.ScriptTarget.ES2022) : getSourceFile(path, ...more);
const problems = ts.getPreEmitDiagnostics(ts.createProgram([name], options, host));
for (const each of problems) process.stdout.write(ts.flattenDiagnosticMessageText(each.messageText, "\n") + "\n");
