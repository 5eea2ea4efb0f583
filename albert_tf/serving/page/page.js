// Sends requests to the server as any client would, and shows the answers.

import { ask, explain, isExplained, pathOf, requestOf } from "./asking.js";
import { draw } from "./draw.js";
import { element } from "./elements.js";
import { curlLine, drawFacts, drawProgram } from "./facts.js";
import { fetchJson } from "./failures.js";
import { aboutOf, examplesOf, inputsOf, isKnown, usesOf } from "./kinds.js";
import { drawWords } from "./words.js";
import { drawAttention } from "./writing.js";

const $ = (id) => document.getElementById(id);
let models = [];
let use = 0; // number of the model's use that is shown
let latest = 0; // number of the last request; older answers are dropped

const uses = () => usesOf(models[$("model").selectedIndex]);
const current = () => uses()[use];
const isRunning = () => $("run").getAttribute("aria-disabled") === "true";

function show(id, ...parts) {
  $(id).replaceChildren(...parts);
  $(id).hidden = parts.length === 0;
}

function setRunning(running) {
  $("run").setAttribute("aria-disabled", running);
  $("run").textContent = running ? "Running…" : "Run";
}

function clear() {
  latest += 1;
  for (const id of ["hint", "error", "answer", "words"]) show(id);
  setRunning(false);
}

function typed(model) {
  return Object.fromEntries(inputsOf(model).map(([name]) => {
    const value = $(name).value;
    return [name, name === "choices" ? value.split("\n").filter((row) => row.trim()) : value];
  }));
}

function showProgram(model) {
  const about = ["search", "pair"].includes(model.kind)
    ? "The same request from a shell. Embeddings themselves are at /v1/embeddings, for OpenAI's clients."
    : "The same request from a shell.";
  show("program", ...(isKnown(model)
    ? drawProgram(curlLine(...requestOf(model, typed(model))), about)
    : drawProgram(curlLine(`${pathOf(model)}/metadata`), "The inputs and outputs of its signatures.")));
}

function fill(inputs) {
  for (const [name, value] of Object.entries(inputs)) $(name).value = [value].flat().join("\n");
}

function exampleButton(model, inputs) {
  const words = Object.values(inputs).flat().join(" · ");
  const button = element("button", { type: "button", className: "example", title: words }, words);
  button.addEventListener("click", () => {
    fill(inputs);
    showProgram(model);
    run(model);
  });
  return button;
}

function showUses() {
  const all = uses();
  show("uses", ...(all.length < 2 ? [] : all.map((model, number) => {
    const button = element("button", { type: "button", ariaPressed: number === use }, model.use);
    button.addEventListener("click", () => {
      use = number;
      showModel();
      $("uses").children[number].focus();
    });
    return button;
  })));
}

function showModel() {
  const model = current();
  clear();
  showUses();
  $("fields").replaceChildren();
  $("about").textContent = aboutOf(model);
  $("form").hidden = !isKnown(model);
  $("mask").hidden = model.kind !== "pretraining";
  if (isKnown(model)) {
    for (const [name, caption] of inputsOf(model)) {
      const rows = ["contexts", "choices"].includes(name) ? 4 : name === "texts" ? 3 : 2;
      const field = element("textarea", { id: name, name, rows, required: true });
      $("fields").append(element("label", { htmlFor: name }, caption), field);
    }
    const examples = examplesOf(model);
    fill(examples[0]);
    $("examples").replaceChildren(
      element("p", { className: "caption" }, "Or use an example"),
      ...examples.map((inputs) => exampleButton(model, inputs)));
  }
  show("facts", ...drawFacts(model));
  showProgram(model);
}

// The first missing input and a hint, shown at its field.
function missing(model, inputs) {
  for (const [name, caption] of inputsOf(model)) {
    if (!inputs[name].length || (name !== "choices" && !inputs[name].trim())) {
      return [name, `“${caption}” is empty. Enter some text or use one of the examples.`];
    }
  }
  if (model.kind === "pretraining" && !inputs.texts.includes("[MASK]")) {
    return ["texts", "The text has no [MASK]. Add one with the button “Insert [MASK]” where a word should be filled in."];
  }
  return null;
}

function showHint(name, hint) {
  show("hint", hint);
  $(name).focus();
}

function showFailure({ message, reason }) {
  show("error", element("p", {}, element("strong", {}, message)), ...(reason ? [element("p", {}, reason)] : []));
}

async function run(model) {
  const inputs = typed(model);
  clear();
  const lack = missing(model, inputs);
  if (lack) {
    showHint(...lack);
    return;
  }
  const number = latest;
  setRunning(true);
  try {
    const answer = await ask(model, inputs);
    if (number !== latest) return;
    show("answer", ...draw(model, inputs, answer));
    if (isExplained(model)) {
      const explanation = await explain(model, inputs);
      if (number !== latest) return;
      show("words", ...(explanation.attention
        ? drawAttention(inputs, explanation)
        : drawWords(model, inputs, explanation, answer.truncated)));
    }
  } catch (error) {
    if (number === latest) showFailure(error);
  } finally {
    if (number === latest) setRunning(false);
  }
}

function insertMask() {
  const field = $("texts");
  field.setRangeText("[MASK]", field.selectionStart, field.selectionEnd, "end");
  field.focus();
  showProgram(current());
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!isRunning()) run(current());
});
$("form").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("form").requestSubmit();
});
$("form").addEventListener("input", () => showProgram(current()));
$("mask").addEventListener("click", insertMask);
$("model").addEventListener("change", () => {
  use = 0;
  showModel();
});

try {
  models = await fetchJson("models.json");
  for (const { name } of models) $("model").add(new Option(name));
  showModel();
} catch (error) {
  showFailure(error);
}
