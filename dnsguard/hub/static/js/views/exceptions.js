// What is expected, and what is let through for now.

import { call, get } from "../api.js";
import { card, field, fill, h, notice, select, table } from "../dom.js";
import { button, failure } from "../failure.js";
import { detector, number, state, time } from "../format.js";
import { T } from "../texts.js";

const X = T.exceptions;

export async function show(place, here) {
  const [suppressions, allows] = await Promise.all([get("/suppressions", here.signal), get("/allows", here.signal)]);
  fill(place, allowsCard(allows), suppressionsCard(suppressions));
}

function suppressionsCard(first) {
  const said = h("div", { "aria-live": "polite" });
  const rows = h("div", {});
  const summary = (one) => [one.type ? detector(one.type) : "", one.zone, one.clients.join(" ")].filter(Boolean).join(", ");
  function draw(found) {
    fill(rows, found.suppressions.length ? table(X.suppressions, [
      { label: X.state, cell: (one) => h("span", { class: one.active ? "badge good" : "badge outline" }, one.active ? X.active : X.expired) },
      { label: T.type, cell: (one) => (one.type ? detector(one.type) : X.anyType) },
      { label: T.client, cell: (one) => one.clients.join(", ") || X.everyone },
      { label: T.domain, name: true, cell: (one) => h("span", { class: "code" }, one.zone || T.all) },
      { label: X.expires, cell: (one) => h("span", { class: "nowrap" }, one.expires || X.ever) },
      { label: X.covered, number: true, cell: (one) => number(one.covered) },
      { label: T.reason, cell: (one) => one.reason },
      { label: "", cell: (one) => (found.writable ? "" : button(T.remove, async () => {
        draw(await call("DELETE", `/suppressions/${one.id}`));
        return X.removed;
      }, said, { "aria-label": X.removeOne(summary(one)) })) },
    ], found.suppressions) : h("p", { class: "empty" }, X.noSuppressions));
  }
  draw(first);
  const form = adding(X.add, [
    field(T.type, select("type", [["", X.anyType], ...Object.entries(T.kinds).filter(([slug]) => !/^(feed|detector)_/.test(slug))], "")),
    field(X.clientsHelp, h("input", { name: "clients", autocomplete: "off" })),
    field(X.zoneHelp, h("input", { name: "zone", autocomplete: "off", autocapitalize: "none" })),
    field(X.lasts, select("lasts", T.alert.spans, "30d")),
    field(T.alert.reasonNeeded, h("input", { name: "reason", required: true, maxlength: "300" })),
  ], said, async (given) => draw(await call("POST", "/suppressions", {
    type: given.get("type"), clients: given.get("clients").split(/[\s,]+/).filter(Boolean), zone: given.get("zone").trim(),
    lasts: given.get("lasts"), reason: given.get("reason"),
  })));
  return card(X.suppressions, h("p", { class: "quiet" }, X.suppressionsHelp), said, rows,
    first.writable ? notice("", first.writable) : form);
}

function allowsCard(first) {
  const said = h("div", { "aria-live": "polite" });
  const rows = h("div", {});
  function draw(found) {
    fill(rows, found.allows.length ? table(X.allows, [
      { label: T.client, cell: (one) => one.client },
      { label: T.domain, name: true, cell: (one) => h("span", { class: "code" }, one.zone) },
      { label: X.until, cell: (one) => time(one.until) },
      { label: X.by, cell: (one) => one.by ?? "" },
      { label: T.reason, cell: (one) => one.reason ?? "" },
      { label: "", cell: (one) => button(T.remove, async () => {
        draw(await call("DELETE", `/allows/${one.id}`));
        return X.removed;
      }, said, { "aria-label": X.removeOne(`${one.client}, ${one.zone}`) }) },
    ], found.allows) : h("p", { class: "empty" }, X.noAllows));
  }
  draw(first);
  return card(X.allows, h("p", { class: "quiet" }, X.allowsHelp), said, rows, adding(X.addAllow, [
    field(T.client, h("input", { name: "client", required: true, autocomplete: "off" })),
    field(X.zoneHelp, h("input", { name: "zone", required: true, autocomplete: "off", autocapitalize: "none" })),
    field(X.lasts, select("seconds", T.alert.allowSpans, "600")),
    field(T.alert.reasonNeeded, h("input", { name: "reason", maxlength: "300" })),
  ], said, async (given) => draw(await call("POST", "/allows", {
    client: given.get("client").trim(), zone: given.get("zone").trim(), seconds: Number(given.get("seconds")), reason: given.get("reason").trim(),
  }))));
}

function adding(title, fields, said, send) {
  const form = h("form", { class: "row", onsubmit: async (event) => {
    event.preventDefault();
    try {
      await send(new FormData(form));
      form.reset();
      fill(said, notice("good", X.added));
    } catch (error) {
      fill(said, failure(error));
    }
  } }, fields, h("button", { class: "main", type: "submit" }, T.save));
  return h("details", {}, h("summary", {}, title), form);
}
