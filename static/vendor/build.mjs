/**
 * Builds the committed files of this folder from the exactly pinned packages of package.json, and manifest.json with
 * the SHA-256 of each. Run `npm ci --ignore-scripts && npm run vendor`; running Curbside needs only the output.
 * The same pins give the same bytes, so that a check can build again and compare.
 */
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";

const here = new URL(".", import.meta.url);
const pinned = JSON.parse(await readFile(new URL("../../package.json", here), "utf8")).dependencies;

/**
 * htmx with its two uses of generated code shut: `hx-on`, `js:` values and trigger filters throw instead of being
 * evaluated. (The content policy refuses them too; this also holds where a policy is missing.)
 */
const HTMX = `
import htmx from "htmx.org/dist/htmx.esm.js";
function refuse() { throw new Error("htmx: scripts in attributes are switched off"); }
htmx.registerExtension("no-eval", { init: (api) => api.initSecurity(undefined, refuse, refuse) });
window.htmx = htmx;
`;

/** The staff's calendar: the views that are shown, and moving by hand. Svelte is in it. */
const CALENDAR = `
export { createCalendar, destroyCalendar, DayGrid, Interaction, ResourceTimeGrid, TimeGrid } from "@event-calendar/core";
`;

/** @typedef {{file: string, from: string, contents: string, format?: "iife" | "esm", loader?: "js" | "css"}} Bundle */
/** @type {Bundle[]} */
const BUNDLES = [
  { file: "htmx.js", from: "htmx.org", contents: HTMX },
  { file: "event-calendar.js", from: "@event-calendar/core", contents: CALENDAR, format: "esm" },
  { file: "event-calendar.css", from: "@event-calendar/core", contents: '@import "@event-calendar/core/index.css";', loader: "css" },
];

/** @param {Bundle} bundle */
async function bundled({ file, from, contents, format = "iife", loader = "js" }) {
  const built = await build({
    stdin: { contents, resolveDir: new URL("../../", here).pathname, sourcefile: file, loader },
    bundle: true, minify: true, write: false, format, conditions: ["production"], target: ["chrome111", "firefox121", "safari16"],
    legalComments: "inline", banner: { [loader]: `/* ${from} ${pinned[from]}, see static/vendor/build.mjs */` },
  });
  return Buffer.from(built.outputFiles[0].contents);
}

/** @type {Record<string, {from: string, sha256: string, bytes: number}>} */
const manifest = {};
for (const bundle of BUNDLES) {
  const bytes = await bundled(bundle);
  await writeFile(new URL(bundle.file, here), bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  manifest[bundle.file] = { from: `${bundle.from}@${pinned[bundle.from]}`, sha256, bytes: bytes.length };
}
await writeFile(new URL("manifest.json", here), JSON.stringify(manifest, null, 2) + "\n");
