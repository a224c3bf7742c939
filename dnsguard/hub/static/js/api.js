// The API, and who is told when it wants a sign-in.

const BASE = "/api/v1";
let onSignedOut = () => {};

export class Failure extends Error {
  constructor(problem) {
    super(problem.detail || problem.title);
    this.status = problem.status;
    this.faults = problem.faults ?? [];
  }
}

export function whenSignedOut(told) {
  onSignedOut = told;
}

export async function call(method, path, body, signal) {
  let answer;
  try {
    answer = await fetch(BASE + path, {
      method,
      signal,
      // the header that no other site can send
      headers: { "X-DNSGuard-Request": "console", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure({ status: 0, detail: "" });
  }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  if (answer.status === 401) onSignedOut();
  throw new Failure({ status: answer.status, title: answer.statusText, ...said });
}

export const get = (path, signal) => call("GET", path, undefined, signal);

/** "?a=1&b=2" of what is set. */
export function query(values) {
  const set = Object.entries(values).filter(([, value]) => value !== "" && value !== null && value !== undefined && value !== false);
  return set.length ? `?${new URLSearchParams(set)}` : "";
}

/** A picture, as an element: parsed as a document, which is not the page's markup. */
export function picture(path, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", BASE + path);
    request.responseType = "document";
    request.onload = () => {
      const root = request.responseXML?.documentElement;
      if (request.status === 200 && root) resolve(document.importNode(root, true));
      else reject(new Failure({ status: request.status, detail: "" }));
    };
    request.onerror = () => reject(new Failure({ status: 0, detail: "" }));
    signal?.addEventListener("abort", () => request.abort());
    request.send();
  });
}

/** The live events; `told` has alert(event), dropped(number or null), state(bool). Returns what ends it. */
export function watch(told) {
  const source = new EventSource(`${BASE}/events?recent=50`);
  source.addEventListener("alert", (event) => told.alert(JSON.parse(event.data)));
  source.addEventListener("dropped", (event) => told.dropped(JSON.parse(event.data).dropped));
  source.addEventListener("restarted", () => told.dropped(null));
  source.addEventListener("open", () => told.state(true));
  source.addEventListener("error", () => {
    told.state(false);
    // a stream that is refused is not tried again by the browser
    if (source.readyState === EventSource.CLOSED) get("/session").then((said) => said.signed_in || onSignedOut(), () => {});
  });
  return () => source.close();
}
