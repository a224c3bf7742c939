// Checking a configuration, and the one that holds.

import { call, get } from "../api.js";
import { card, facts, field, fill, h, notice, table } from "../dom.js";
import { button } from "../failure.js";
import { T } from "../texts.js";

const X = T.config;

export async function show(place, here) {
  const held = await get("/config", here.signal);
  const text = h("textarea", { name: "text", spellcheck: "false", autocapitalize: "none" });
  const said = h("div", { "aria-live": "polite" });
  const run = button(X.run, async () => {
    const checked = await call("POST", "/config/check", { text: text.value });
    fill(results, told(checked));
    return checked.ok ? X.ok : null;
  }, said, { class: "main" });
  const results = h("div", {});
  fill(place,
    held.faults.length ? notice("bad", h("ul", {}, held.faults.map((fault) => h("li", {}, fault)))) : null,
    h("div", { class: "grid" },
      card(X.check, h("p", { class: "quiet" }, X.checkHelp), field(X.text, text), h("p", {}, run), said, results),
      card(X.holds, facts([[X.file, h("span", { class: "code" }, held.path || X.defaults)], [X.number, String(held.number)]]),
        held.warnings.length ? [h("h3", {}, X.warnings), h("ul", {}, held.warnings.map((one) => h("li", {}, one)))] : null,
        h("details", {}, h("summary", {}, X.settings), h("pre", { tabindex: "0" }, JSON.stringify(held.settings, null, 2))))));
}

function told(checked) {
  return [
    checked.faults.length ? [
      notice("bad", X.wrong(checked.faults.length)),
      table(X.wrong(checked.faults.length), [
        { label: X.line, number: true, cell: (one) => (one.line ? String(one.line) : "–") },
        { label: X.key, cell: (one) => h("span", { class: "code" }, one.key || "–") },
        { label: X.problem, name: true, cell: (one) => one.problem },
      ], checked.faults)] : null,
    checked.needs_restart.length ? notice("", X.restart(checked.needs_restart.join(", "))) : null,
    checked.warnings.length ? [h("h3", {}, X.warnings), h("ul", {}, checked.warnings.map((one) => h("li", {}, one)))] : null,
  ];
}
