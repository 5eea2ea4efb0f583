// Shows in the original text which words mattered for an answer.

import { element, percent } from "./elements.js";
import { inputsOf } from "./kinds.js";
import { characters, isInside } from "./texts.js";

// "▁ship" starts a word; "ship", or "##ship" in WordPiece, continues one.
export const plain = (piece) => piece.replace(/^▁|^##/, "");

// The pieces of each text in [CLS] a [SEP] b [SEP]; taggers have a single text.
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

// Splits a text into words and the characters between them, each with the total
// importance of the pieces that begin in it. Pieces are never split.
export function wordsOf(text, pieces) {
  const letters = characters(text);
  const joined = new Set(); // places inside a piece
  for (const { start, end } of pieces) {
    for (let place = start + 1; place < end; place += 1) joined.add(place);
  }
  const words = [];
  const wordOf = letters.map((letter, place) => {
    if (place > 0 && (joined.has(place) || isInside(letters, place))) words.at(-1).text += letter;
    else words.push({ text: letter, share: 0 });
    return words.at(-1);
  });
  for (const { start, share } of pieces) {
    // A piece that is only a space belongs to the next word.
    let place = Math.min(start, letters.length - 1);
    while (place < letters.length - 1 && !letters[place].trim()) place += 1;
    const word = wordOf[place];
    if (!word) continue; // the text is empty
    word.share += share;
    word.isRead = true;
  }
  return words;
}

// For exports without offsets: joins pieces to words.
export function mergePieces({ pieces, importance }) {
  const sentencePiece = pieces.some((piece) => piece.startsWith("▁"));
  const words = [];
  let open = false; // whether the next piece may continue the last word
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

const mostOf = (words) => words.reduce((most, { share }) => Math.max(most, share), 1e-9);

function line(words, most, between = "") {
  const shown = element("p", { className: "text" });
  for (const { text, share } of words) {
    if (share > 0) {
      const word = element("span", { className: "word", title: percent(share) }, text);
      word.style.background = `rgb(var(--glow) / ${(0.6 * share / most).toFixed(3)})`;
      shown.append(word, between);
    } else {
      shown.append(text, between);
    }
  }
  return shown;
}

// After the last word that was read, there are only spaces or cut-off text.
function lineWithRest(words, most) {
  const end = words.findLastIndex(({ isRead }) => isRead) + 1;
  const shown = line(words.slice(0, end), most);
  const rest = words.slice(end).map(({ text }) => text).join("");
  if (rest.trim()) {
    shown.append(
      " ", element("span", { className: "end" }, "not read from here on"),
      " ", element("span", { className: "unread" }, rest.trimStart()));
  }
  return shown;
}

const note = (text) => element("p", { className: "note" }, text);

function drawMost(words) {
  const top = words.filter(({ share, text }) => share > 0 && /[\p{L}\p{N}\]]/u.test(text))
    .sort((a, b) => b.share - a.share).slice(0, 5);
  const list = top.map(({ text, share }) => `${text} ${percent(share)}`).join(", ");
  return note(`${list ? `Most: ${list}. ` : ""}The stronger a word's color, the larger its share of gradient times input.`);
}

const HEADING = "Words that mattered";

function drawPieces(explanation) {
  const words = mergePieces(explanation);
  return [
    element("h2", {}, HEADING),
    line(words, mostOf(words), " "),
    drawMost(words),
    note("Shown as the model reads it, with … for characters outside its vocabulary. Export the model again to see the original text."),
  ];
}

export function drawWords(model, inputs, explanation, truncated) {
  if (!explanation.starts) return drawPieces(explanation);
  return [element("h2", {}, HEADING), ...drawShares(model, inputs, explanation, truncated)];
}

// `truncated` comes from the answer.
export function drawShares(model, inputs, explanation, truncated) {
  const asked = inputsOf(model);
  const texts = piecesByText(explanation, asked.length).map((pieces, index) => wordsOf(inputs[asked[index][0]], pieces));
  const all = texts.flat();
  const shown = [];
  let isPart = false;
  texts.forEach((words, index) => {
    const [name, caption] = asked[index];
    if (texts.length > 1) shown.push(element("p", { className: "caption" }, caption));
    // A passage is read in parts; only the part with the answer is explained.
    const isPassage = name === "contexts";
    isPart ||= isPassage && words.some(({ text, isRead }) => !isRead && /[\p{L}\p{N}]/u.test(text));
    shown.push(truncated && !isPassage ? lineWithRest(words, mostOf(all)) : line(words, mostOf(all)));
  });
  shown.push(drawMost(all));
  if (["pair", "match"].includes(model.kind)) {
    shown.push(note("Shares are of both texts together: how much the cosine would change with a word. They do not say whether it would grow or shrink."));
  }
  if (isPart) shown.push(note("In a long passage, only the part around the answer is explained."));
  return shown;
}
