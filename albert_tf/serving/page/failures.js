// What went wrong, in plain words: a headline and what the server says of it.

export class Failure extends Error {
  constructor(headline, reason) {
    super(headline);
    this.reason = reason;
  }
}

const HEADLINES = {
  400: "The server cannot take this question.",
  403: "The server does not take questions from this page.",
  404: "The server no longer has this model.",
  408: "The question took too long to arrive. Try again.",
  413: "This text is too long for the server.",
  421: "The server does not answer under this address.",
  500: "The model failed on this question.",
  503: "The server is busy, loading its models, or about to end. Try again in a moment.",
  504: "The answer took too long. Try again, or with a shorter text.",
};

// The JSON at a path; with a body, the answer to it.
export async function fetchJson(path, body) {
  let response;
  try {
    response = await fetch(path, body && {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Failure("The server does not answer.", "It may have ended, or not be up yet. Your text stays here: start the server, or wait for it, and run again.");
  }
  const content = await response.json().catch(() => null);
  if (!response.ok) throw new Failure(HEADLINES[response.status] ?? `The server answered with status ${response.status}.`, content?.error);
  if (content === null) throw new Failure("The server's answer cannot be read.", "It is not JSON: something else may be answering at this address.");
  return content;
}
