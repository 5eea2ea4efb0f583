// The texts of an index that are nearest to another.

import { explain, isExplained } from "./asking.js";
import { element } from "./elements.js";
import { characters } from "./texts.js";
import { drawShares } from "./words.js";

// Characters of a text that are shown after the last that was read.
const REST = 160;

function bar(score) {
  const filled = element("span", { className: "bar" });
  filled.style.width = `${100 * Math.min(Math.max(score, 0), 1)}%`;
  return element("span", { className: "track" }, filled);
}

function shownPart(text, { ends }) {
  const letters = characters(text);
  const end = Math.max(...ends) + REST;
  return letters.length > end ? `${letters.slice(0, end).join("")}…` : text;
}

// Words are explained when they are asked for.
function mattered(model, read, hit) {
  const place = element("div", {}, "Running…");
  const details = element("details", {}, element("summary", {}, "Words that mattered"), place);
  const match = { ...model, kind: "match" };
  const inputs = { texts: read, second_texts: hit.read };
  details.addEventListener("toggle", async () => {
    if (!details.open) return;
    try {
      const explanation = await explain(match, inputs);
      const shown = { ...inputs, second_texts: shownPart(hit.read, explanation) };
      place.replaceChildren(...drawShares(match, shown, explanation, explanation.truncated));
    } catch ({ message, reason }) {
      place.replaceChildren(element("strong", {}, message), ` ${reason ?? ""}`);
    }
  }, { once: true });
  return details;
}

function drawHit(model, read, hit) {
  const { id, score, title, text } = hit;
  return element("li", {},
    element("div", { className: "score" },
      element("span", { className: "number" }, score.toFixed(3)), bar(score),
      element("span", { className: "id" }, id)),
    ...(title ? [element("p", { className: "title" }, title)] : []),
    ...(text ? [element("p", { className: "found" }, text)] : []),
    ...(isExplained({ ...model, kind: "match" }) ? [mattered(model, read, hit)] : []));
}

export function drawHits(model, { hits, read }) {
  if (!hits.length) return [element("p", {}, "The index has no documents.")];
  const of = `of ${model.index.size.toLocaleString("en")} in the index`;
  const caption = hits.length > 1 ? `The ${hits.length} nearest ${of}, with the cosine of each` : `The nearest ${of}, with its cosine`;
  return [
    element("p", { className: "caption" }, caption),
    element("ol", { className: "hits", ariaLabel: caption }, ...hits.map((hit) => drawHit(model, read, hit))),
    element("p", { className: "note" }, "A cosine orders texts of one model; its scale differs from model to model. Even the nearest text may be far."),
  ];
}
