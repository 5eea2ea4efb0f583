// Requests to the server, as any client would send them.

import { fetchJson } from "./failures.js";

export const pathOf = ({ name }) => `v1/models/${encodeURIComponent(name)}`;

const bodyOf = (signature, inputs) => ({ signature_name: signature, instances: [inputs] });

function signatureOf({ kind, signatures }) {
  if (kind === "pair") return "pair";
  return signatures.includes("text") ? "text" : "serving_default";
}

// The path and the body that ask a model.
export function requestOf(model, inputs) {
  if (model.kind === "search") return ["search", { query: inputs.texts, top_k: 10 }];
  return [`${pathOf(model)}:predict`, bodyOf(signatureOf(model), inputs)];
}

export async function ask(model, inputs) {
  const answer = await fetchJson(...requestOf(model, inputs));
  return model.kind === "search" ? answer : answer.predictions[0];
}

const explaining = ({ kind }) => (["pair", "match"].includes(kind) ? "explain_pair" : "explain");

export const isExplained = (model) => model.signatures.includes(explaining(model));

export async function explain(model, inputs) {
  const body = bodyOf(explaining(model), inputs);
  const { predictions } = await fetchJson(`${pathOf(model)}:predict`, body);
  return predictions[0];
}
