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
    else words.push({ text: letter, share: 0 });
    return words.at(-1);
  });
  for (const { start, share } of pieces) {
    // A piece of a space alone belongs to what follows.
    let place = Math.min(start, letters.length - 1);
    while (place < letters.length - 1 && !letters[place].trim()) place += 1;
    const word = wordOf[place];
    if (!word) continue; // the text is empty
    word.share += share;
    word.isRead = true;
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

// Behind the last word that was read there are only spaces, or what was cut off.
function lineWithRest(words, most) {
  const end = words.findLastIndex(({ isRead }) => isRead) + 1;
  const shown = line(words.slice(0, end), most);
  const rest = words.slice(end).map(({ text }) => text).join("");
  if (rest.trim()) {
    shown.append(
      " ", element("span", { className: "end" }, "not read from here"),
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
    note("Shown as the model reads it, with … for what its vocabulary lacks: a new export shows the text as it was typed."),
  ];
}

// `truncated` as the answer has it.
export function drawWords(model, inputs, explanation, truncated) {
  if (!explanation.starts) return drawPieces(explanation);
  const asked = inputsOf(model);
  const texts = piecesByText(explanation, asked.length).map((pieces, index) => wordsOf(inputs[asked[index][0]], pieces));
  const all = texts.flat();
  const shown = [element("h2", {}, HEADING)];
  let isPart = false;
  texts.forEach((words, index) => {
    const [name, caption] = asked[index];
    if (texts.length > 1) shown.push(element("p", { className: "caption" }, caption));
    // Of a passage all is read, part by part, and the answer's part explained.
    const isPassage = name === "contexts";
    isPart ||= isPassage && words.some(({ text, isRead }) => !isRead && /[\p{L}\p{N}]/u.test(text));
    shown.push(truncated && !isPassage ? lineWithRest(words, mostOf(all)) : line(words, mostOf(all)));
  });
  shown.push(drawMost(all));
  if (isPart) shown.push(note("Of a long passage, the part that was read together with the answer is explained."));
  return shown;
}
