// node sass.js FILE: prints the CSS of a sheet that uses FILE and writes each entry of its map; warnings are errors.
import { compileString, Logger } from "sass";
import { dirname, basename } from "node:path";

const [file] = process.argv.slice(2);
const sheet = `@use "${basename(file, ".scss")}" as t;
:root { @each $name, $value in t.$tokens { --#{$name}: #{meta.inspect($value)}; } }`;
const fail = (message) => {
  throw new Error(message);
};
const { css } = compileString(`@use "sass:meta";\n${sheet}`, {
  loadPaths: [dirname(file)],
  logger: { ...Logger.silent, warn: fail, debug: fail },
});
process.stdout.write(css);
