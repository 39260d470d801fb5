// node tailwind.js THEME CLASS...: prints the CSS that Tailwind 4 makes of the classes under the theme.
import { readFileSync } from "node:fs";
import { compile } from "tailwindcss";

const [theme, ...classes] = process.argv.slice(2);
const { build } = await compile(`${readFileSync(theme, "utf8")}\n@tailwind utilities;`);
process.stdout.write(build(classes));
