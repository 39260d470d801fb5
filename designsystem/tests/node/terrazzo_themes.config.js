import { defineConfig } from "@terrazzo/cli";
import css from "@terrazzo/plugin-css";

// Both themes of a resolver document in one style sheet.
export default defineConfig({
  tokens: [process.env.TOKENS],
  outDir: process.env.OUT,
  plugins: [
    css({
      filename: "themes.css",
      permutations: ["light", "dark"].map((theme) => ({
        input: { theme },
        prepare: (variables) => `[data-theme="${theme}"] {\n${variables}\n}`,
      })),
    }),
  ],
});
