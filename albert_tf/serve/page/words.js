// The words that mattered for an answer, in the text as it was typed.

import { element, percent } from "./elements.js";
import { inputsOf } from "./kinds.js";
import { characters, isInside } from "./texts.js";

// "▁ship" starts a word, "ship" goes on with one; "##ship" too, of WordPiece.
export const plain = (piece) => piece.replace(/^▁|^##/, "");

// The pieces of each text, [CLS] a [SEP] b [SEP]; of tags all rows are of one.
function piecesByText({ pieces, importance, starts, ends }, count) {
  const found = Array.from({ length: count }, () => []);
  let text = 0;
  pieces.forEach((piece, index) => {
    if (starts[index] >= 0) {
      found[text].push({ start: starts[index], end: ends[index], share: importance[index] });
    } else if (piece === "[SEP]") {
      text = Math.min(text + 1, count - 1);
    }
  });
  return found;
}

// A text as its words and what is between them, each with the sum of the
// importance of the pieces that begin in it. No piece is cut in two.
export function wordsOf(text, pieces) {
  const letters = characters(text);
  const joined = new Set(); // places inside a piece
  for (const { start, end } of pieces) {
    for (let place = start + 1; place < end; place += 1) joined.add(place);
  }
  const words = [];
  const wordOf = letters.map((letter, place) => {
    if (place > 0 && (joined.has(place) || isInside(letters, place))) words.at(-1).text += letter;
    else words.push({ text: letter, share: 0, start: place });
    return words.at(-1);
  });
  for (const { start, share } of pieces) {
    if (start < letters.length) wordOf[start].share += share;
  }
  return words;
}

// Exports that say no places: pieces as words, as the model reads them.
export function mergePieces({ pieces, importance }) {
  const sentencePiece = pieces.some((piece) => piece.startsWith("▁"));
  const words = [];
  let open = false; // whether the next piece may go on with the last word
  pieces.forEach((piece, index) => {
    if (piece === "" || piece === "<pad>" || piece === "[PAD]") return;
    const unknown = piece === "<unk>" || piece === "[UNK]";
    const special = !unknown && /^\[[A-Z]+\]$/.test(piece);
    const starts = special || (sentencePiece ? piece.startsWith("▁") : !piece.startsWith("##"));
    if (special && piece !== "[MASK]") {
      open = false;
    } else if (starts || !open) {
      words.push({ text: unknown ? "…" : special ? piece : plain(piece), share: importance[index] });
      open = !special;
    } else {
      words.at(-1).text += unknown ? "…" : plain(piece);
      words.at(-1).share += importance[index];
    }
  });
  return words.filter(({ text }) => text !== "");
}

function line(words, most, between = "") {
  const shown = element("p", { className: "text" });
  for (const { text, share, unread } of words) {
    if (share > 0) {
      const word = element("span", { className: "word", title: percent(share) }, text);
      word.style.background = `rgb(var(--glow) / ${(0.6 * share / most).toFixed(3)})`;
      shown.append(word, between);
    } else {
      shown.append(unread ? element("span", { className: "unread" }, text) : text, between);
    }
  }
  return shown;
}

export function drawWords(model, inputs, explanation, truncated) {
  const asked = inputsOf(model);
  const isOld = !explanation.starts;
  let texts = [mergePieces(explanation)];
  if (!isOld) {
    texts = piecesByText(explanation, asked.length).map((pieces, index) => {
      const words = wordsOf(inputs[asked[index][0]], pieces);
      const end = Math.max(0, ...pieces.map((piece) => piece.end));
      return truncated ? words.map((word) => ({ ...word, unread: word.start >= end })) : words;
    });
  }
  const all = texts.flat();
  const most = Math.max(...all.map(({ share }) => share), 1e-9);
  const shown = [element("h2", {}, "Words that mattered")];
  texts.forEach((words, index) => {
    if (texts.length > 1) shown.push(element("p", { className: "caption" }, asked[index][1]));
    shown.push(line(words, most, isOld ? " " : ""));
  });
  const top = all.filter(({ share, text }) => share > 0 && /[\p{L}\p{N}\]]/u.test(text)).sort((a, b) => b.share - a.share).slice(0, 5);
  const list = top.map(({ text, share }) => `${text} ${percent(share)}`).join(", ");
  shown.push(element("p", { className: "note" },
    `${list ? `Most: ${list}. ` : ""}The darker a word, the larger its share of gradient times input.`));
  if (truncated && !isOld) shown.push(element("p", { className: "note" }, "What is gray was not read."));
  if (isOld) shown.push(element("p", { className: "note" }, "Shown as the model reads it, with … for what its vocabulary lacks: a new export shows the text as it was typed."));
  return shown;
}
