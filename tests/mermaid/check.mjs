// Has Mermaid itself read every chart of the golden files: GitHub draws with it, and shows an error in a chart's place.
// Mermaid cleans texts with DOMPurify, which needs a browser; reading needs no cleaning, so here it cleans nothing.
import { readdirSync, readFileSync } from "node:fs";
import DOMPurify from "dompurify";

DOMPurify.addHook = () => {};
DOMPurify.sanitize = (text) => text;
const { default: mermaid } = await import("mermaid");

const golden = new URL("../golden/", import.meta.url);
let charts = 0;
for (const name of readdirSync(golden).sort()) {
  const text = readFileSync(new URL(name, golden), "utf8");
  for (const [, chart] of text.matchAll(/^```mermaid\n(.*?)^```$/gms)) {
    charts += 1;
    try {
      await mermaid.parse(chart);
    } catch (error) {
      console.error(`tests/golden/${name}: Mermaid can't read this chart: ${error.message}\n${chart}`);
      process.exitCode = 1;
    }
  }
}
if (charts === 0) {
  console.error("There is no chart in tests/golden: nothing was read.");
  process.exitCode = 1;
}
console.log(`${charts} charts read by Mermaid.`);
