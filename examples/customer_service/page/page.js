// Asks the service, and shows its answer and why it was given.

const $ = (id) => document.getElementById(id);

function make(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

const WHO = {
  faq: "From the FAQ",
  intent: "A request",
  passage: "From the passage",
  out_of_scope: "Out of scope",
};
const STEPS = { faq: "FAQ", intent: "Intents", passage: "Reader" };

function reply(found) {
  const node = make("p", "reply");
  const read = found.steps.find((step) => step.by === "passage");
  if (found.by === "intent") {
    node.classList.add("short");
    node.append(sentence(found.answer));
  } else if (found.by === "passage" || (found.by === "faq" && read?.taken)) {
    // Characters, not UTF-16 code units.
    const text = [...read.passage];
    const { start, end } = read.candidates[0];
    const part = (from, to) => text.slice(from, to).join("");
    node.append(part(0, start), make("mark", "", part(start, end)), part(end));
  } else {
    if (found.by === "out_of_scope") node.classList.add("short");
    node.append(found.answer);
  }
  return node;
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function source(found) {
  const best = found.steps[0].candidates[0];
  if (found.by === "faq") return `Source: FAQ ${found.source}, “${best.name}”`;
  if (found.by === "intent") return `Source: the intent ${found.source}; a program can act on it.`;
  if (found.by === "passage") return `Source: the passage, ${found.source}`;
  if (found.steps[0].by === "passage") return "";
  const intent = found.steps[1].candidates[0];
  return `Nearest: “${best?.name ?? "nothing"}” in the FAQ, and the intent “${intent.name}”.`;
}

function showAnswer(found) {
  $("answer").replaceChildren(
    make("div", "by", WHO[found.by]),
    reply(found),
    make("p", "soft", source(found)),
  );
  $("answer").hidden = false;
}

const SCORES = { faq: "cosine", intent: "probability", passage: "probability of an answer" };

function reason(step) {
  if (!step.candidates.length) return "Nothing to answer with.";
  const what = `The best has a ${SCORES[step.by]} of ${step.candidates[0].score.toFixed(3)}`;
  const least = step.threshold.toFixed(3);
  if (!step.taken) return `${what}, below the threshold of ${least}.`;
  const where = step.by === "passage" ? "; its words are marked" : "";
  return `${what}, at or above the threshold of ${least}${where}.`;
}

function candidate(each, number, threshold) {
  const bar = make("div", "bar");
  bar.style.width = `${100 * Math.max(0, Math.min(1, each.score))}%`;
  const least = make("div", "least");
  least.style.left = `${100 * threshold}%`;
  const also = each.bm25 === undefined ? "" : ` · BM25 ${each.bm25.toFixed(1)}`;
  const score = make("span", "number", each.score.toFixed(3), also);
  return make(
    "div",
    number ? "candidate" : "candidate best",
    make("div", "names", make("span", "", each.name), score),
    make("div", "track", bar, least),
  );
}

function showWhy(found) {
  const list = make("ol", "");
  for (const step of found.steps) {
    const chip = make("span", step.taken ? "chip taken" : "chip", step.taken ? "taken" : "rejected");
    const item = make(
      "li",
      "step",
      make("div", "heading", STEPS[step.by], chip),
      make("p", "soft", reason(step)),
    );
    step.candidates.forEach((each, number) => item.append(candidate(each, number, step.threshold)));
    list.append(item);
  }
  const note = "Each line marks a threshold: the best candidate is taken if its bar reaches it.";
  $("why").replaceChildren(make("h2", "", "Why"), list, make("p", "soft", note));
  $("why").hidden = false;
}

async function ask(event) {
  event?.preventDefault();
  if ($("send").getAttribute("aria-disabled") === "true") return;
  const body = { question: $("question").value };
  if ($("own").open && $("passage").value.trim()) body.passage = $("passage").value;
  $("send").setAttribute("aria-disabled", "true");
  $("error").textContent = "";
  try {
    const answer = await fetch("ask", { method: "POST", body: JSON.stringify(body) });
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.error);
    showAnswer(found);
    showWhy(found);
  } catch (error) {
    const lost = error instanceof TypeError;
    $("error").textContent = lost ? "The server cannot be reached. Start it again." : error.message;
    $("answer").hidden = $("why").hidden = true;
  }
  $("send").removeAttribute("aria-disabled");
}

function showAbout(about) {
  for (const text of about.examples) {
    const button = make("button", "example", text);
    button.type = "button";
    button.addEventListener("click", () => {
      $("question").value = text;
      $("own").open = false;
      ask();
    });
    $("examples").append(button);
  }
  $("examples").hidden = !about.examples.length;
  const share = (value) => `${(100 * value).toFixed(1)}%`;
  const rows = [
    ["Requests with the right intent", share(about.service.intent_accuracy)],
    ["FAQ questions with the right entry", share(about.service.faq_accuracy)],
    ["Out of scope: rejected (recall)", share(about.service.out_of_scope_recall)],
    ["Rejected: out of scope (precision)", share(about.service.out_of_scope_precision)],
  ];
  const list = make("dl", "");
  for (const [name, value] of rows) list.append(make("div", "", make("dt", "", name), make("dd", "", value)));
  $("about").replaceChildren(make("h2", "", "How good it is, on test questions"), list);
  $("about").hidden = false;
}

$("form").addEventListener("submit", ask);
showAbout(await (await fetch("about.json")).json());
