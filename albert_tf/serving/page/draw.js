// Shows answers, by the kind of model.

import { bars, element, listed, percent } from "./elements.js";
import { drawHits } from "./hits.js";
import { labelName, rangeOf } from "./kinds.js";
import { characters, marked, wholeWords } from "./texts.js";
import { plain } from "./words.js";
import { drawWritten } from "./writing.js";

const result = (text) => element("p", { className: "result" }, text);
const note = (text) => element("p", { className: "note" }, text);

function drawPretraining(model, inputs, { tokens, probabilities }) {
  const used = tokens.filter((slot) => slot[0] !== "").length;
  if (!used) return [element("p", {}, "The text has no [MASK] to fill in.")];
  const text = element("p", { className: "text" });
  inputs.texts.split("[MASK]").forEach((part, index) => {
    if (index > 0) text.append(index <= used ? element("mark", {}, plain(tokens[index - 1][0])) : "[MASK]");
    text.append(part);
  });
  const lists = tokens.slice(0, used).flatMap((slot, index) => bars(
    used > 1 ? `Most likely for mask ${index + 1}` : "Most likely",
    slot.map((piece, rank) => ({ name: plain(piece), share: probabilities[index][rank], best: rank === 0 }))));
  return [text, ...lists];
}

function drawClassification(model, inputs, answer) {
  const { label, labels, probabilities, none_of_these: isNone, best_label: best = label } = answer;
  const about = [];
  if (isNone) {
    const threshold = model.calibration?.none_threshold;
    const below = typeof threshold === "number" ? `, below this model's threshold of ${percent(threshold)}` : "";
    about.push(note(`The likeliest label is ${labelName(model, best)}, with ${percent(Math.max(...probabilities))}${below}.`));
  }
  return [
    result(isNone ? "None of these" : labelName(model, label)),
    ...about,
    ...drawSet(model, answer),
    ...bars("Probability of each label", labels.map((name, index) => (
      { name: labelName(model, name), share: probabilities[index], best: !isNone && name === label }))),
  ];
}

// The labels that hold the right one as often as the coverage says.
function drawSet(model, { prediction_set: set }) {
  if (!set) return [];
  const names = set.filter((name) => name !== "").map((name) => labelName(model, name));
  const coverage = model.calibration?.coverage;
  const often = typeof coverage === "number" ? `, which holds the right label for ${percent(coverage)} of texts like those of its calibration` : "";
  return [note(`Prediction set${often}: ${listed(names, 10)}.`)];
}

function drawMultilabel(model, inputs, { labels, probabilities, chosen }) {
  const rows = labels.map((label, index) => (
    { name: labelName(model, label), share: probabilities[index], chosen: chosen[index] }));
  const names = rows.filter((row) => row.chosen).sort((a, b) => b.share - a.share).map(({ name }) => name);
  const when = model.calibration ? "the label's own threshold" : "50%";
  return [
    result(listed(names, 10) || "No label"),
    ...bars(`Probability of each label; chosen if above ${when}`, rows),
  ];
}

function drawRegression(model, inputs, answer) {
  // A single output has no name.
  const value = typeof answer === "number" ? answer : answer.value;
  const range = rangeOf(model);
  if (!range) {
    return [
      result(value.toFixed(3)),
      note("A score on the scale of the training data. The export does not state the range of that scale."),
    ];
  }
  const { from, to, low, high } = range;
  const point = element("span", { className: "point" });
  point.style.left = `${100 * Math.min(Math.max((value - from) / (to - from), 0), 1)}%`;
  return [
    result(`${value.toFixed(2)} of ${to}`),
    element("div", { className: "range" }, point),
    element("p", { className: "note ends" },
      element("span", {}, `${from}: ${low}`), element("span", {}, `${to}: ${high}`)),
  ];
}

function drawMultipleChoice(model, inputs, { choice, probabilities }) {
  return [
    result(inputs.choices[choice]),
    ...bars("Probability of each choice", inputs.choices.map((name, index) => (
      { name, share: probabilities[index], best: index === choice }))),
  ];
}

function drawTagging(model, inputs, answer) {
  const found = answer.entities.map((text, index) => ({
    text, start: answer.starts[index], end: answer.ends[index],
    type: answer.types[index], share: answer.probabilities[index],
  })).filter(({ start }) => start >= 0);
  if (found.length) {
    const types = [...new Set(found.map(({ type }) => type))].sort();
    for (const entity of found) entity.className = `hue${types.indexOf(entity.type) % 6}`;
    return [
      marked(inputs.texts, found),
      ...bars(found.length === 1 ? "1 name, with its probability" : `${found.length} names, most certain first`,
        found.map(({ text, type, share }) => ({ name: `${text} (${type})`, share }))),
    ];
  }
  const tags = answer.tags.filter((tag) => tag !== "");
  if (tags.every((tag) => tag === "O")) return [result("No names found"), marked(inputs.texts, [])];
  return [element("p", { className: "tags" }, ...tags.map((tag, index) =>
    element("span", { className: "tagged" }, answer.words[index], element("small", {}, tag))))];
}

function drawSpan(model, inputs, answer) {
  const there = answer.answer !== "";
  const letters = characters(inputs.contexts);
  const best = { start: answer.start, end: answer.end, className: there ? "" : "rejected" };
  const whole = answer.start >= 0 ? wholeWords(letters, best) : null;
  const score = `Score of the answer ${answer.score.toFixed(2)}, of “no answer” ${answer.null_score.toFixed(2)}.`;
  const words = whole && letters.slice(whole.start, whole.end).join("");
  let about = score;
  if (!there) {
    const threshold = model.null_score_threshold;
    const above = typeof threshold === "number" ? `, above this model's threshold of ${threshold.toFixed(2)}` : "";
    about = `The score of “no answer” is ${answer.null_score.toFixed(2)}${above}.`;
    if (words) about += ` The best guess, underlined with dashes, was rejected: “${words}”.`;
  } else if (model.null_score_threshold === null) {
    about += " This model always gives an answer, since it has no threshold for “no answer”.";
  }
  if (there && words !== answer.answer) {
    about += " The answer begins or ends inside a word; the whole word is marked.";
  }
  return [
    result(there ? answer.answer : "No answer in the passage"),
    marked(inputs.contexts, whole ? [whole] : []),
    note(about),
  ];
}

function drawPair(model, inputs, { cosine }) {
  const point = element("span", { className: "point" });
  point.style.left = `${50 * (1 + Math.min(Math.max(cosine, -1), 1))}%`;
  return [
    result(`Cosine ${cosine.toFixed(3)}`),
    element("div", { className: "range" }, point),
    element("p", { className: "note ends" }, element("span", {}, "-1: opposite"), element("span", {}, "1: alike")),
    note("The cosine of both embeddings. Its scale differs from model to model, so compare it with other cosines of this one."),
  ];
}

const DRAW = {
  pretraining: drawPretraining,
  pair: drawPair,
  search: (model, inputs, answer) => drawHits(model, answer),
  classification: drawClassification,
  multilabel: drawMultilabel,
  regression: drawRegression,
  multiple_choice: drawMultipleChoice,
  tagging: drawTagging,
  span: drawSpan,
  generation: drawWritten,
};

// A notice if a text was cut off.
function drawTruncated(model, inputs, { truncated }) {
  if (!truncated) return [];
  const tokens = model.max_seq_length && `${model.max_seq_length} tokens`;
  let what = `The texts together are longer than the ${tokens ? `${tokens} that the model reads` : "model can read"}.`;
  if (model.kind === "pair") what = tokens ? `Of a text that is longer, only the first ${tokens} were read.` : "Only the beginning of a longer text was read.";
  else if (model.kind === "span") what = "Only the beginning of the question was read.";
  else if (Object.keys(inputs).length === 1) {
    what = tokens ? `Only the first ${tokens} of the text were read.` : "Only the beginning of the text was read.";
  }
  return [element("p", { className: "notice" },
    element("strong", {}, what), " The rest did not affect this answer.")];
}

export function draw(model, inputs, answer) {
  return [
    element("h2", {}, "Answer"),
    ...drawTruncated(model, inputs, answer),
    ...DRAW[model.kind](model, inputs, answer),
  ];
}
