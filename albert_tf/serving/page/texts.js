// Texts by characters, as the server's places count them (JavaScript's strings
// count half of some), and where their words begin and end.

import { element } from "./elements.js";

export const characters = (text) => Array.from(text);

// Written without spaces: no word of several characters can be told.
const UNSPACED = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmr}\p{scx=Mymr}]/u;
const isLetter = (letter) => letter !== undefined && /[\p{L}\p{N}\p{M}]/u.test(letter) && !UNSPACED.test(letter);
const isDigit = (letter) => letter !== undefined && /\p{N}/u.test(letter);

// Whether one word has the characters before and at `place`: letters, "don't", "3.5".
export function isInside(letters, place) {
  const [before, at] = [letters[place - 1], letters[place]];
  if (isLetter(before) && isLetter(at)) return true;
  const joined = (mark, left, right) =>
    /['’]/.test(mark) ? isLetter(left) && isLetter(right) : /[.,]/.test(mark) && isDigit(left) && isDigit(right);
  return place > 0 && place < letters.length &&
    (joined(before, letters[place - 2], at) || joined(at, before, letters[place + 1]));
}

// [start, end) with the rest of the words that it cuts.
export function wholeWords(letters, { start, end, ...rest }) {
  while (start > 0 && isInside(letters, start)) start -= 1;
  while (end < letters.length && isInside(letters, end)) end += 1;
  return { start, end, ...rest };
}

// The text with marks over [start, end) of `spans`, which do not overlap.
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
