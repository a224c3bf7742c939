// What would be made of a name.

import { get, query } from "../api.js";
import { card, facts, field, fill, h, table } from "../dom.js";
import { failure } from "../failure.js";
import { decimal, detector, severity } from "../format.js";
import { T } from "../texts.js";

const X = T.explain;

export async function show(place, here) {
  const given = { name: here.search.get("name") ?? "", type: here.search.get("type") ?? "A", client: here.search.get("client") ?? "127.0.0.1" };
  const name = h("input", { name: "name", value: given.name, required: true, autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
  const form = h("form", { class: "row", onsubmit: (event) => {
    event.preventDefault();
    const asked = new FormData(form);
    const address = `#/explain${query({ name: asked.get("name").trim(), type: asked.get("type").trim(), client: asked.get("client").trim() })}`;
    if (location.hash === address) window.dispatchEvent(new HashChangeEvent("hashchange"));
    else location.hash = address;
  } },
    field(X.name, name),
    field(X.qtype, h("input", { name: "type", value: given.type, size: "8", autocomplete: "off" })),
    field(X.client, h("input", { name: "client", value: given.client, autocomplete: "off" })),
    h("button", { class: "main", type: "submit" }, X.ask));
  const answer = h("div", { "aria-live": "polite" });
  fill(place, card(null, form), answer);
  if (!given.name) {
    name.focus();
    return;
  }
  try {
    fill(answer, told(await get(`/explain${query(given)}`, here.signal)));
  } catch (error) {
    if (error.name === "AbortError" || error.status === 401) throw error;
    fill(answer, failure(error));
  }
}

function told(said) {
  const kind = { allow: "good", alert: "medium", block: "bad" }[said.verdict];
  const score = (word) => (word.threshold === null ? decimal(word.score) : `${decimal(word.score)}, ${X.from} ${decimal(word.threshold)}`);
  const found = said.words.filter((word) => word.found);
  return [
    card(null,
      h("p", {}, h("strong", {}, h("code", {}, said.name)), said.unicode === said.name ? "" : ` (${said.unicode})`, " ",
        h("span", { class: `badge ${kind}` }, T.verdicts[said.verdict])),
      said.notes.length ? h("ul", {}, said.notes.map((note) => h("li", {}, note))) : null,
      said.group ? facts([[T.group, said.group]]) : null),
    found.map((word) => card(detector(word.detector),
      facts([[T.reason, word.reason], [T.severity, severity(word.severity)], [X.score, score(word)], [T.detectors.mode, T.modes[word.mode]],
        ...word.evidence.map(([key, value]) => [key.replaceAll("_", " "), h("span", { class: "code" }, value)])]))),
    card(X.detectors, table(X.detectors, [
      { label: T.detector, cell: (word) => detector(word.detector) },
      { label: X.finding, cell: (word) => h("span", { class: `badge ${word.found ? "bad" : "outline"}` }, word.found ? X.found : X.nothing) },
      { label: X.score, cell: score },
      { label: T.detectors.mode, cell: (word) => T.modes[word.mode] },
    ], said.words)),
  ];
}
