// Answers as elements, by the kind of model.

function element(tag, properties, ...children) {
  const made = document.createElement(tag);
  const { scope, ...rest } = properties ?? {};
  if (scope) made.setAttribute("scope", scope);
  Object.assign(made, rest);
  made.append(...children);
  return made;
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

// Positions count characters; JavaScript's strings count half of some.
const characters = (text) => Array.from(text);

function bars(caption, rows, best) {
  const table = element("table", {}, element("caption", {}, caption));
  rows.forEach(([name, share, note], index) => {
    const bar = element("div", { className: "bar" });
    bar.style.width = `${100 * share}%`;
    table.append(element("tr", { className: best(index) ? "best" : "" },
      element("th", { scope: "row" }, name),
      element("td", { className: "scale" }, bar),
      element("td", { className: "number" }, percent(share) + (note ?? ""))));
  });
  return table;
}


// "▁ship" starts a word, "ship" goes on with one; "##ship" too, of WordPiece.
const plain = (piece) => piece.replace(/^▁|^##/, "");

function drawPretraining(inputs, { tokens, probabilities }) {
  const used = tokens.filter((slot) => slot[0] !== "").length;
  if (!used) return [element("p", {}, "The text has no [MASK] to fill in.")];
  const text = element("p", { className: "text" });
  inputs.texts.split("[MASK]").forEach((part, index) => {
    if (index > 0) text.append(index <= used ? element("mark", {}, plain(tokens[index - 1][0])) : "[MASK]");
    text.append(part);
  });
  const tables = tokens.slice(0, used).map((slot, index) => bars(
    used > 1 ? `Mask ${index + 1}` : "Likeliest",
    slot.map((piece, rank) => [plain(piece), probabilities[index][rank]]),
    (rank) => rank === 0));
  return [text, ...tables];
}

function drawClassification(inputs, { label, labels, probabilities }) {
  const best = labels.indexOf(label);
  return [
    element("p", { className: "result" }, label),
    bars("Probabilities", labels.map((name, index) => [name, probabilities[index]]), (index) => index === best),
  ];
}

function drawMultilabel(inputs, { labels, probabilities, chosen }) {
  const names = labels.filter((_, index) => chosen[index]);
  return [
    element("p", { className: "result" }, names.join(", ") || "None of its labels"),
    bars("Probabilities", labels.map((name, index) => [name, probabilities[index], chosen[index] ? " ✓" : ""]), (index) => chosen[index]),
  ];
}

function drawRegression(inputs, answer) {
  // One output alone comes without its name.
  const value = typeof answer === "number" ? answer : answer.value;
  return [element("p", { className: "result" }, value.toFixed(3))];
}

function drawMultipleChoice(inputs, { choice, probabilities }) {
  return [
    element("p", { className: "result" }, inputs.choices[choice]),
    bars("Probabilities", inputs.choices.map((text, index) => [text, probabilities[index]]), (index) => index === choice),
  ];
}

// The text with marks over [start, end) of `spans`, which do not overlap.
function marked(text, spans) {
  const letters = characters(text);
  const line = element("p", { className: "text" });
  let done = 0;
  for (const { start, end, ...rest } of [...spans].sort((a, b) => a.start - b.start)) {
    if (start < done || end <= start) continue;
    line.append(letters.slice(done, start).join(""));
    const mark = element("mark", { className: rest.className ?? "" }, letters.slice(start, end).join(""));
    if (rest.type) mark.append(element("span", { className: "type" }, rest.type));
    line.append(mark);
    done = end;
  }
  line.append(letters.slice(done).join(""));
  return line;
}

function drawTagging(inputs, answer) {
  const found = answer.entities.map((text, index) => ({
    text, start: answer.starts[index], end: answer.ends[index],
    type: answer.types[index], share: answer.probabilities[index],
  })).filter(({ start }) => start >= 0);
  if (found.length) {
    const types = [...new Set(found.map(({ type }) => type))].sort();
    for (const entity of found) entity.className = `hue${types.indexOf(entity.type) % 6}`;
    return [
      marked(inputs.texts, found),
      bars("Names, and how sure", found.map(({ text, type, share }) => [`${text} (${type})`, share]), () => false),
    ];
  }
  const tags = answer.tags.filter((tag) => tag !== "");
  if (tags.every((tag) => tag === "O")) return [element("p", { className: "result" }, "Nothing found")];
  return [element("p", {}, ...tags.map((tag, index) =>
    element("span", { className: "tagged" }, answer.words[index], element("small", {}, tag))))];
}

function drawSpan(inputs, answer) {
  const there = answer.answer !== "";
  const scores = `Score ${answer.score.toFixed(2)}, of no answer ${answer.null_score.toFixed(2)}.`;
  return [
    element("p", { className: "result" }, there ? answer.answer : "No answer in the passage"),
    marked(inputs.contexts, answer.start >= 0 ? [{ start: answer.start, end: answer.end }] : []),
    element("p", { className: "note" },
      there || !answer.best_answer ? scores : `If there had to be one: ${answer.best_answer}. ${scores}`),
  ];
}

const DRAW = {
  pretraining: drawPretraining,
  classification: drawClassification,
  multilabel: drawMultilabel,
  regression: drawRegression,
  multiple_choice: drawMultipleChoice,
  tagging: drawTagging,
  span: drawSpan,
};

export function draw(model, inputs, answer) {
  return [element("h2", {}, "Answer"), ...DRAW[model.kind](inputs, answer)];
}

// Pieces as words, each with the sum of its pieces' importance.
export function mergePieces({ pieces, importance }) {
  const sentencePiece = pieces.some((piece) => piece.startsWith("▁"));
  const words = [];
  let open = false; // whether the next piece may go on with the last word
  pieces.forEach((piece, index) => {
    if (piece === "" || piece === "<pad>") return;
    const special = /^\[[A-Z]+\]$/.test(piece);
    const starts = special || (sentencePiece ? piece.startsWith("▁") : !piece.startsWith("##"));
    if (special && piece !== "[MASK]") {
      open = false;
    } else if (starts || !open) {
      words.push({ text: special ? piece : plain(piece), share: importance[index] });
      open = !special;
    } else {
      words.at(-1).text += plain(piece);
      words.at(-1).share += importance[index];
    }
  });
  return words.filter(({ text }) => text !== "");
}

export function drawWords(explanation) {
  const words = mergePieces(explanation);
  const most = Math.max(...words.map(({ share }) => share), 1e-9);
  const line = element("p", { className: "text" });
  for (const { text, share } of words) {
    const word = element("span", { className: "word", title: percent(share) }, text);
    word.style.background = `rgb(var(--glow) / ${(0.6 * Math.max(share, 0) / most).toFixed(3)})`;
    line.append(word, " ");
  }
  const top = [...words].sort((a, b) => b.share - a.share).slice(0, 5);
  const list = top.map(({ text, share }) => `${text} ${percent(share)}`).join(", ");
  return [
    element("h2", {}, "Words that mattered"),
    line,
    element("p", { className: "note" }, `Most: ${list}. Gradient times input, its share of the whole row.`),
  ];
}
