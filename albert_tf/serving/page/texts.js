// Splits texts into characters, as the server counts them (JavaScript's strings
// count some characters twice), and finds the boundaries of words.

import { element } from "./elements.js";

export const characters = (text) => Array.from(text);

// Scripts without spaces, in which words cannot be told apart.
const UNSPACED = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmr}\p{scx=Mymr}]/u;
export const isUnspaced = (letter) => UNSPACED.test(letter);
const isLetter = (letter) => letter !== undefined && /[\p{L}\p{N}\p{M}]/u.test(letter) && !UNSPACED.test(letter);
const isDigit = (letter) => letter !== undefined && /\p{N}/u.test(letter);

// Whether the characters before and at `place` are in one word, such as "don't", "3.5".
export function isInside(letters, place) {
  const [before, at] = [letters[place - 1], letters[place]];
  if (isLetter(before) && isLetter(at)) return true;
  const joined = (mark, left, right) =>
    /['’]/.test(mark) ? isLetter(left) && isLetter(right) : /[.,]/.test(mark) && isDigit(left) && isDigit(right);
  return place > 0 && place < letters.length &&
    (joined(before, letters[place - 2], at) || joined(at, before, letters[place + 1]));
}

// Extends [start, end) to whole words.
export function wholeWords(letters, { start, end, ...rest }) {
  while (start > 0 && isInside(letters, start)) start -= 1;
  while (end < letters.length && isInside(letters, end)) end += 1;
  return { start, end, ...rest };
}

// The text, with [start, end) of each span marked. Spans must not overlap.
export function marked(text, spans) {
  const letters = characters(text);
  const line = element("p", { className: "text" });
  let done = 0;
  for (const { start, end, className, type } of [...spans].sort((a, b) => a.start - b.start)) {
    if (start < done || end <= start) continue;
    line.append(letters.slice(done, start).join(""));
    const mark = element("mark", { className: className ?? "" }, letters.slice(start, end).join(""));
    if (type) mark.append(element("span", { className: "type" }, type));
    line.append(mark);
    done = end;
  }
  line.append(letters.slice(done).join(""));
  return line;
}
