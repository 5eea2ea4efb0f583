// The inputs of each kind of model, with examples and a description.

import { listed, shortened } from "./elements.js";

const TEXTS = [
  { texts: "A warm and funny film." },
  { texts: "The parcel came two days late, and the box was torn." },
  { texts: "Could we move our meeting to Friday morning?" },
];
const PAIRS = [
  { texts: "A man plays the guitar.", second_texts: "Someone makes music." },
  { texts: "The shop opens at nine.", second_texts: "The shop is closed all morning." },
  { texts: "How do I reset my password?", second_texts: "What are your opening hours?" },
];
const ofTexts = {
  inputs: [["texts", "Text"], ["second_texts", "Second text"]],
  examples: TEXTS,
  pairs: PAIRS,
};

const KINDS = {
  pretraining: {
    inputs: [["texts", "Text with [MASK] for each missing word"]],
    examples: [
      { texts: "The captain looked at the [MASK] and smiled." },
      { texts: "Bread is made of flour, [MASK] and salt." },
      { texts: "He put the [MASK] on the table and sat down on a [MASK]." },
    ],
    about: () => "Fills in each [MASK] with the most likely words.",
  },
  classification: {
    ...ofTexts,
    about: (model, what) => `Gives ${what} one of ${named(model, "or")}.`,
  },
  multilabel: {
    ...ofTexts,
    about: (model, what) => `Gives ${what} any number of ${named(model, "and")}.`,
  },
  regression: {
    ...ofTexts,
    about: (model, what) => {
      const range = rangeOf(model);
      return `Gives ${what} a score${range ? ` from ${range.from} (${range.low}) to ${range.to} (${range.high})` : ""}.`;
    },
  },
  multiple_choice: {
    inputs: [["texts", "Passage"], ["choices", "Choices, one per line"]],
    examples: [
      { texts: "It rained all night.", choices: ["The road is wet.", "The road is dry."] },
      { texts: "Tom forgot his umbrella, and it began to rain. What happened to Tom?", choices: ["He got wet.", "He stayed dry.", "He fell asleep."] },
      { texts: "The museum is open every day but Monday. When is it closed?", choices: ["On Monday", "On Sunday", "Every day", "Never"] },
    ],
    about: () => "Chooses the best of several continuations or answers.",
  },
  tagging: {
    inputs: [["texts", "Text"]],
    examples: [
      { texts: "Ada Lovelace was born in London." },
      { texts: "In 1969 Neil Armstrong flew to the Moon for NASA." },
      { texts: "Maria Silva left Siemens in Munich and moved to Lisbon with Paul." },
    ],
    about: ({ labels }) => {
      const types = [...new Set(labels.filter((label) => /^[BIESML]-/.test(label)).map((label) => label.slice(2)))];
      return types.length
        ? `Marks names in a text, of ${counted(types, "type", "and")}.`
        : `Gives each word of a text one of ${counted(labels, "tag", "or")}.`;
    },
  },
  search: {
    inputs: [["texts", "Text"]],
    about: ({ index: { size } }) => `Finds the texts nearest to yours among the ${size.toLocaleString("en")} in its index.`,
  },
  pair: {
    inputs: ofTexts.inputs,
    examples: PAIRS,
    about: () => "Says how alike two texts are.",
  },
  match: { inputs: [["texts", "Your text"], ["second_texts", "The text found"]] },
  generation: {
    inputs: [["texts", "Text"]],
    examples: TEXTS,
    about: () => "Writes a text for yours, such as its translation or its summary.",
  },
  span: {
    inputs: [["questions", "Question"], ["contexts", "Passage"]],
    examples: [
      { questions: "Where was Ada Lovelace born?", contexts: "Ada Lovelace was born in London and lived there." },
      { questions: "When does the museum open?", contexts: "The museum lies by the river. It opens at ten and closes at six." },
      { questions: "Who wrote the letter?", contexts: "The train left at noon, and nobody saw it come back." },
    ],
    about: ({ null_score_threshold: threshold }) =>
      `Finds the answer to a question in a passage${threshold === null ? "" : ", or says that there is none"}.`,
  },
};

// Meanings of numeric labels, which the data of these tasks does not spell out.
const YES_NO = (no, yes) => ({ 0: no, 1: yes });
const TASKS = {
  "cola": { names: YES_NO("unacceptable", "acceptable") },
  "sst-2": { names: YES_NO("negative", "positive") },
  "mrpc": { names: YES_NO("different meaning", "same meaning") },
  "qqp": { names: YES_NO("different questions", "the same question") },
  "wnli": { names: YES_NO("does not follow", "follows") },
  "sts-b": { range: { from: 0, to: 5, low: "nothing in common", high: "the same meaning" } },
};

// A label with its meaning, if known.
export function labelName(model, label) {
  const meaning = Object.hasOwn(TASKS, model.task) && TASKS[model.task].names?.[label];
  return meaning ? `${meaning} (${label})` : label;
}

export const rangeOf = (model) => (Object.hasOwn(TASKS, model.task) ? TASKS[model.task].range : undefined);

function counted(names, what, last) {
  if (names.length === 1) return `1 ${what}: ${shortened(names[0])}`;
  const shown = names.map((name) => shortened(name));
  return `${names.length} ${what}s: ${listed(shown, names.length > 8 ? 5 : 8, last)}`;
}

const named = (model, last) => `its ${counted(model.labels.map((label) => labelName(model, label)), "label", last)}`;

const isPair = ({ kind, num_texts: count }) => ["pair", "match"].includes(kind) || (count ?? 1) > 1;

// An embedding model has a form for each of its uses, as if it were two models.
export function usesOf(model) {
  if (model.kind !== "embedding") return [model];
  const uses = [];
  if (model.index) uses.push({ ...model, kind: "search", use: "Search the index" });
  if (model.signatures.includes("pair")) uses.push({ ...model, kind: "pair", use: "Compare two texts" });
  return uses.length ? uses : [model];
}

export const isKnown = (model) => Object.hasOwn(KINDS, model.kind);

// [name, caption] of each input.
export function inputsOf(model) {
  return KINDS[model.kind].inputs.filter(([name]) => name !== "second_texts" || isPair(model));
}

export function examplesOf(model) {
  if (model.kind === "search") return model.index.examples.map((texts) => ({ texts }));
  const { examples, pairs } = KINDS[model.kind];
  return isPair(model) && pairs ? pairs : examples;
}

export function aboutOf(model) {
  if (model.kind === "embedding") {
    return "Turns texts into embeddings. The page has a form for models with the signature pair, or with an index. Programs can call this one.";
  }
  if (!isKnown(model)) {
    return "This model's folder has no config.json that states its task, so this page has no form for it. Programs can still call it.";
  }
  return KINDS[model.kind].about(model, isPair(model) ? "a pair of texts" : "a text");
}
