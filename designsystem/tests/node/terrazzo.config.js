import { defineConfig } from "@terrazzo/cli";
import css from "@terrazzo/plugin-css";

// The settings of somebody who reads the manual's first page; the test says what to read and where to write.
export default defineConfig({
  tokens: [process.env.TOKENS],
  outDir: process.env.OUT,
  plugins: [css({ filename: "terrazzo.css" })],
});
