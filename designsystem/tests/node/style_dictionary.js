// node style_dictionary.js TOKENS OUT: builds CSS variables; text styles one property each, or letter spacing is lost.
import StyleDictionary from "style-dictionary";

const [tokens, out] = process.argv.slice(2);
const dictionary = new StyleDictionary({
  source: [tokens],
  expand: { include: ["typography"] },
  platforms: {
    css: {
      transformGroup: "css",
      buildPath: `${out}/`,
      files: [{ destination: "style-dictionary.css", format: "css/variables", options: { outputReferences: true } }],
    },
  },
  log: { verbosity: "verbose", warnings: "warn" },
});
await dictionary.buildAllPlatforms();
