// Shows the texts that a model wrote, and which words it attended to.

import { element, percent } from "./elements.js";
import { isUnspaced } from "./texts.js";
import { plain, wordsOf } from "./words.js";

const note = (text) => element("p", { className: "note" }, text);

const isNumber = (score) => typeof score === "number";

// The texts that the search found, the best first. Where it found fewer, a
// score is missing.
export function drawWritten(model, inputs, { text, texts, scores }) {
  const rows = texts.map((other, index) => ({ text: other, score: scores[index] })).filter(({ score }) => isNumber(score));
  const parts = [element("p", { className: "result written" }, text || "An empty text")];
  if (rows.length > 1) {
    const list = element("ol", { className: "candidates", ariaLabel: "Texts that were found" });
    list.append(...rows.map(({ text: other, score }, index) => element("li", { className: index ? "" : "best" },
      element("span", { className: "number" }, score.toFixed(2)),
      element("span", {}, other || "An empty text"))));
    parts.push(element("p", { className: "caption" }, `The ${rows.length} best texts that were found`), list);
  } else if (rows.length) {
    parts.push(note(`Score ${rows[0].score.toFixed(2)}.`));
  }
  parts.push(note("A score is the logarithm of a text's probability, divided by a penalty for its length; the closer to 0, the likelier."));
  return parts;
}

// The words that were written, each with the mean attention of its pieces.
export function writtenWords({ pieces, written, attention }) {
  const spaced = [...pieces, ...written].some((piece) => piece.startsWith("▁"));
  const words = [];
  written.forEach((piece, row) => {
    if (piece === "" || piece === "[SEP]") return;
    const text = plain(piece);
    const continues = (spaced ? !piece.startsWith("▁") : piece.startsWith("##")) &&
      !isUnspaced(Array.from(text)[0] ?? "");
    if (words.length && continues) {
      words.at(-1).text += text;
      words.at(-1).rows.push(row);
    } else words.push({ text, rows: [row] });
  });
  return words.filter(({ text }) => text !== "").map(({ text, rows }) => ({
    text,
    attention: attention[0].map((_, column) => rows.reduce((sum, row) => sum + attention[row][column], 0) / rows.length),
  }));
}

// Rows and columns that are drawn; a picture of more could not be read.
const MOST = 80;

export function drawAttention(inputs, explanation) {
  const heading = element("h2", {}, "Attention");
  const rows = explanation.attention.length ? writtenWords(explanation) : [];
  const table = rows.map(({ text, attention }) => ({
    text,
    words: wordsOf(inputs.texts, explanation.starts.map((start, index) => (
      { start, end: explanation.ends[index], share: attention[index] })).filter(({ start }) => start >= 0))
      .filter(({ text: word, isRead }) => isRead && word.trim()),
  })).slice(0, MOST);
  if (!table.length || !table[0].words.length) return [heading, note("No words to compare.")];
  const columns = table[0].words.slice(0, MOST);
  const most = Math.max(...table.flatMap(({ words }) => words.slice(0, MOST).map(({ share }) => share)), 1e-9);
  const head = element("tr", {}, element("td", {}), ...columns.map(({ text }) =>
    element("th", { scope: "col" }, element("span", {}, text))));
  const body = table.map(({ text, words }) => element("tr", {}, element("th", { scope: "row" }, text),
    ...words.slice(0, MOST).map(({ text: read, share }) => {
      const cell = element("td", { title: `${text} ← ${read}: ${percent(share)}` });
      cell.append(element("span", { className: "unseen" }, percent(share)));
      cell.style.background = `rgb(var(--glow) / ${(share / most).toFixed(3)})`;
      return cell;
    })));
  const picture = element("div", { className: "heat", tabIndex: 0, role: "region", ariaLabel: "Attention of written words to words that were read" },
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
  const parts = [heading, picture,
    note("Each row is a word that was written, each column a word of your text. The stronger the color, the more the model attended to it: the mean over all layers and heads of the decoder. Attention to the marks at both ends of the text is left out.")];
  if (rows.length > MOST || table[0].words.length > MOST) parts.push(note(`Only the first ${MOST} words are shown.`));
  return parts;
}
