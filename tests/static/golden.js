/** Reads the golden files that the Python tests read too. */
import { readFileSync, readdirSync } from "node:fs";

const root = new URL("../golden/", import.meta.url);

/** @param {string} path @returns {any} */
export function golden(path) {
  return JSON.parse(readFileSync(new URL(path, root), "utf8"));
}

/** @param {string} folder @returns {string[]} names of its JSON files */
export function goldenNames(folder) {
  return readdirSync(new URL(folder, root)).filter((name) => name.endsWith(".json")).sort();
}
