// Asks the server as any client does, and shows the answers.
// Text of models and people is set as text, never parsed as HTML.

import { draw, drawWords } from "./draw.js";

// What each kind asks for: inputs by name, with a label and an example.
const KINDS = {
  pretraining: {
    about: "Fills in each [MASK].",
    inputs: [["texts", "Text with [MASK] where a word is wanted", "The captain looked at the [MASK] and smiled."]],
  },
  classification: {
    about: "Gives a text one of its labels.",
    inputs: [["texts", "Text", "A warm and funny film."], ["second_texts", "Second text", "I liked the film."]],
  },
  multilabel: {
    about: "Gives a text any number of its labels.",
    inputs: [["texts", "Text", "A warm and funny film."], ["second_texts", "Second text", "I liked the film."]],
  },
  regression: {
    about: "Gives a text a number.",
    inputs: [["texts", "Text", "A man plays the guitar."], ["second_texts", "Second text", "Someone makes music."]],
  },
  multiple_choice: {
    about: "Chooses one of several continuations.",
    inputs: [["texts", "Passage", "It rained all night."], ["choices", "Choices, one a line", "The road is wet.\nThe road is dry."]],
  },
  tagging: {
    about: "Marks words, or names, with their type.",
    inputs: [["texts", "Text", "Ada Lovelace was born in London."]],
  },
  span: {
    about: "Finds the answer to a question in a passage.",
    inputs: [["questions", "Question", "Where was Ada Lovelace born?"], ["contexts", "Passage", "Ada Lovelace was born in London and lived there."]],
  },
};

const $ = (id) => document.getElementById(id);
let models = [];
let latest = 0; // the number of the last question: older answers are dropped

async function fetchJson(path, body) {
  const response = await fetch(path, body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  let content;
  try {
    content = await response.json();
  } catch {
    throw new Error(`The server answered ${response.status} and no JSON.`);
  }
  if (!response.ok) throw new Error(content.error ?? `Status ${response.status}.`);
  return content;
}

const current = () => models[$("model").selectedIndex];

function inputsOf(model) {
  const inputs = KINDS[model.kind].inputs;
  const pair = (model.num_texts ?? 1) > 1;
  return inputs.filter(([name]) => name !== "second_texts" || pair);
}

function showModel() {
  const model = current();
  clear();
  $("fields").replaceChildren();
  const known = model.kind in KINDS;
  $("form").hidden = !known;
  $("mask").hidden = model.kind !== "pretraining";
  if (!known) {
    $("about").textContent =
      "This model's folder has no config.json that says what it does. Its signatures: " + model.signatures.join(", ") + ".";
    return;
  }
  $("about").textContent = KINDS[model.kind].about + (model.task ? ` Task: ${model.task}.` : "");
  for (const [name, label, example] of inputsOf(model)) {
    const field = document.createElement("textarea");
    field.id = field.name = name;
    field.rows = name === "contexts" || name === "texts" ? 4 : 2;
    field.value = example;
    field.required = true;
    const caption = document.createElement("label");
    caption.htmlFor = name;
    caption.textContent = label;
    $("fields").append(caption, field);
  }
}

function clear() {
  latest += 1;
  $("error").textContent = "";
  for (const id of ["answer", "words"]) {
    $(id).hidden = true;
    $(id).replaceChildren();
  }
  $("run").setAttribute("aria-disabled", "false");
}

async function ask(model, signature, inputs) {
  const path = `v1/models/${encodeURIComponent(model.name)}:predict`;
  const { predictions } = await fetchJson(path, { signature_name: signature, instances: [inputs] });
  return predictions[0];
}

async function run(event) {
  event?.preventDefault();
  if ($("run").getAttribute("aria-disabled") === "true") return;
  const model = current();
  const inputs = {};
  for (const [name] of inputsOf(model)) {
    const value = $(name).value;
    inputs[name] = name === "choices" ? value.split("\n").filter((line) => line.trim()) : value;
  }
  clear();
  const number = latest;
  $("run").setAttribute("aria-disabled", "true");
  const signature = model.signatures.includes("text") ? "text" : "serving_default";
  try {
    const answer = await ask(model, signature, inputs);
    if (number !== latest) return;
        $("answer").replaceChildren(...draw(model, inputs, answer));
    $("answer").hidden = false;
    if (model.signatures.includes("explain")) {
      const explanation = await ask(model, "explain", inputs);
      if (number !== latest) return;
      $("words").replaceChildren(...drawWords(explanation));
      $("words").hidden = false;
    }
  } catch (error) {
    if (number === latest) $("error").textContent = error.message;
  } finally {
    if (number === latest) $("run").setAttribute("aria-disabled", "false");
  }
}

function insertMask() {
  const field = $("texts");
  field.setRangeText("[MASK]", field.selectionStart, field.selectionEnd, "end");
  field.focus();
}

$("form").addEventListener("submit", run);
$("form").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("form").requestSubmit();
});
$("mask").addEventListener("click", insertMask);
$("model").addEventListener("change", showModel);

try {
  models = await fetchJson("models.json");
  for (const { name } of models) $("model").add(new Option(name));
  showModel();
} catch (error) {
  $("error").textContent = error.message;
}
