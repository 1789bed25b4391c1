// The API as functions. Every failure becomes an Error whose message can be shown to a person.

const TIMEOUT_MILLISECONDS = 15_000;

export const listNotes = () => call("GET", "/api/notes");
export const createNote = (text) => call("POST", "/api/notes", { text });
export const deleteNote = (id) => call("DELETE", `/api/notes/${id}`);
export const countVisit = () => call("POST", "/api/visits");
export const getVersion = () => call("GET", "/api/version");

async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
  }).catch(() => {
    throw new Error("The server cannot be reached.");
  });
  if (response.status === 204) return undefined;
  // An ingress without a backend answers in HTML.
  const answer = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer;
  const error = new Error(answer?.detail ?? `The server answered ${response.status}.`);
  error.status = response.status;
  throw error;
}
