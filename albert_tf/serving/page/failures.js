// Errors in plain words: a headline and the server's reason.

export class Failure extends Error {
  constructor(headline, reason) {
    super(headline);
    this.reason = reason;
  }
}

const HEADLINES = {
  400: "The server cannot process this request.",
  403: "The server does not accept requests from this page.",
  404: "The server no longer has this model.",
  408: "The request took too long to arrive. Try again.",
  413: "This text is too long for the server.",
  421: "The server does not respond at this address.",
  500: "The model failed on this request.",
  503: "The server is busy, loading its models, or shutting down. Try again in a moment.",
  504: "The answer took too long. Try again, or use a shorter text.",
};

// Fetches JSON from a path; posts the body if there is one.
export async function fetchJson(path, body) {
  let response;
  try {
    response = await fetch(path, body && {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Failure("The server does not respond.", "It may have stopped, or may not have started yet. Your text is kept: start the server or wait for it, then run again.");
  }
  const content = await response.json().catch(() => null);
  if (!response.ok) throw new Failure(HEADLINES[response.status] ?? `The server answered with status ${response.status}.`, content?.error);
  if (content === null) throw new Failure("The server's answer cannot be read.", "It is not JSON; a different program may be running at this address.");
  return content;
}
