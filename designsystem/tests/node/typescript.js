// node typescript.js FILE: checks FILE strictly, then prints its `tokens` as JSON.
import ts from "typescript";
import { readFileSync } from "node:fs";

const [file] = process.argv.slice(2);
const program = ts.createProgram([file], {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es5.d.ts"],
  types: [],
});
const problems = ts.getPreEmitDiagnostics(program).map((each) => ts.flattenDiagnosticMessageText(each.messageText, "\n"));
if (problems.length) throw new Error(problems.join("\n"));
const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), {
  compilerOptions: { module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2022 },
});
const { tokens } = await import(`data:text/javascript;base64,${Buffer.from(outputText).toString("base64")}`);
process.stdout.write(JSON.stringify(tokens));
