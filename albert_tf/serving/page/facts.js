// Facts about a model, and how to call it from a program.

import { element, listed, shortened } from "./elements.js";
import { labelName } from "./kinds.js";

const counted = (number) => number.toLocaleString("en");

function amount(number) {
  if (number < 1e6) return counted(number);
  return `${(number / 1e6).toLocaleString("en", { maximumSignificantDigits: 3 })} million`;
}

function reads({ kind, max_seq_length: most }) {
  if (!most) return null;
  const window = `${counted(most)} tokens (pieces of words)`;
  return ["tagging", "span"].includes(kind) ? `any length, ${window} at a time` : `at most ${window}`;
}

function writes({ decoding }) {
  const { max_length: most, beam_size: kept } = decoding ?? {};
  if (!most) return null;
  return `at most ${counted(most)} tokens${kept > 1 ? `, by a search that keeps ${counted(kept)} texts` : ""}`;
}

function architecture({ layers, hidden_size: size, vocab_size: pieces }) {
  return layers && size && pieces && `${counted(layers)} layers of size ${counted(size)}, vocabulary of ${counted(pieces)}`;
}

function labels(model) {
  const names = model.labels.map((label) => shortened(labelName(model, label)));
  if (names.length <= 12) return names.join(", ");
  return element("details", {}, element("summary", {}, `${counted(names.length)} labels`), names.join(", "));
}

const POOLED = {
  mean: "the mean of the tokens",
  cls: "the first token",
  max: "the maximum of the tokens",
  weighted_mean: "the mean of the tokens, weighted by position",
};

function embeddings({ embedding, embedding_size: size }) {
  if (!embedding || !size) return null;
  const pooled = Object.hasOwn(POOLED, embedding.pooling) ? `: ${POOLED[embedding.pooling]}` : "";
  return `${counted(size)} numbers${pooled}${embedding.normalize ? ", scaled to length 1" : ""}`;
}

export function drawFacts(model) {
  const known = (model.task && model.task !== "custom") ? model.task : null;
  const path = `v1/models/${encodeURIComponent(model.name)}/metadata`;
  const facts = [
    ["Name", `${model.name}, version ${model.version}`],
    ["Task", known],
    ["Labels", model.labels.length ? labels(model) : null],
    ["Reads", reads(model)],
    ["Writes", writes(model)],
    ["Embeddings", embeddings(model)],
    ["Index", model.index && `${counted(model.index.size)} documents`],
    ["Parameters", model.parameters && amount(model.parameters)],
    ["Architecture", architecture(model)],
    ["Signatures", element("a", { href: path }, listed(model.signatures))],
    ["Exported with", Object.entries(model.versions ?? {}).map(([name, version]) => `${name} ${version}`).join(", ")],
  ].filter(([, value]) => value);
  const list = element("dl", {});
  for (const [term, value] of facts) list.append(element("div", {}, element("dt", {}, term), element("dd", {}, value)));
  return [element("h2", {}, "About this model"), list];
}

// A word of a POSIX shell.
const quoted = (text) => (/^[\w./:%-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

export function curlLine(path, body) {
  const url = new URL(path, location.href).href;
  if (!body) return `curl ${quoted(url)}`;
  // With a space after each comma, where long lines may break.
  const json = JSON.stringify(body, null, 1).replace(/\n */g, " ");
  return `curl ${quoted(url)} \\\n  -d ${quoted(json)}`;
}

export function drawProgram(line, about) {
  // Long addresses break after a slash.
  const parts = line.split(/(?<=\/)/).flatMap((part) => [part, element("wbr")]);
  const code = element("pre", { tabIndex: 0, ariaLabel: "Command" }, element("code", {}, ...parts));
  const copy = element("button", { type: "button", className: "copy" }, "Copy");
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(line);
      copy.textContent = "Copied";
    } catch {
      // Browsers allow access to the clipboard only on local and https pages.
      getSelection().selectAllChildren(code);
      copy.textContent = "Selected: press Ctrl + C";
    }
  });
  return [
    element("div", { className: "heading" }, element("h2", {}, "From a program"), copy),
    code,
    element("p", { className: "note" }, about),
  ];
}
