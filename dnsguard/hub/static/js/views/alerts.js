// Alerts by page, filtered; the address has the filter, so that it can be kept and sent.

import { get, query } from "../api.js";
import { card, check, field, fill, h, select, table, tableRow } from "../dom.js";
import { action, clientLink, detector, link, name, number, severity, time } from "../format.js";
import { T } from "../texts.js";

export const COLUMNS = [
  { label: T.last, cell: (one) => time(one.last) },
  { label: T.severity, cell: (one) => severity(one.severity) },
  { label: T.detector, cell: (one) => link(`alert/${encodeURIComponent(one.id)}`, detector(one.type)) },
  { label: T.client, cell: (one) => clientLink(one.client) },
  { label: T.domain, name: true, cell: (one) => name(one.zone) },
  { label: T.done, cell: (one) => action(one.action) },
  { label: T.count, number: true, cell: (one) => number(one.count) },
];
const KEYS = ["type", "severity", "client", "zone", "hours", "untold"];

export async function show(place, here) {
  const filter = Object.fromEntries(KEYS.map((key) => [key, here.search.get(key) ?? ""]));
  const form = h("form", { class: "row", onsubmit: (event) => {
    event.preventDefault();
    const given = new FormData(form);
    location.hash = `#/alerts${query(Object.fromEntries(KEYS.map((key) => [key, (given.get(key) ?? "").trim()])))}`;
  } },
    field(T.detector, select("type", [["", T.all], ...Object.entries(T.kinds)], filter.type)),
    field(T.alerts.least, select("severity", T.levels.map((level) => [level, level]), filter.severity || T.levels[0])),
    field(T.client, h("input", { name: "client", value: filter.client, inputmode: "text", autocomplete: "off" })),
    field(T.domain, h("input", { name: "zone", value: filter.zone, autocomplete: "off", autocapitalize: "none" })),
    field(T.alerts.since, select("hours", T.alerts.periods, filter.hours)),
    check("untold", T.alerts.untold, filter.untold === "on"),
    h("button", { class: "main", type: "submit" }, T.apply));
  const results = h("div", {});
  fill(place, card(null, form), card(null, results));

  const asked = {
    limit: 50, type: filter.type, severity: filter.severity, client: filter.client, zone: filter.zone,
    since: filter.hours ? Math.max(0, Math.round(Date.now() / 1000) - Number(filter.hours) * 3600) : "",
    untold: filter.untold === "on" ? "true" : "",
  };
  const page = await get(`/alerts${query(asked)}`, here.signal);
  if (!page.alerts.length) {
    fill(results, h("p", { class: "empty" }, T.alerts.empty));
    return;
  }
  const rows = table(T.alerts.list, COLUMNS, page.alerts, { class: "stack compact" });
  const more = h("button", { type: "button", onclick: async () => {
    const next = await get(`/alerts${query({ ...asked, cursor: more.dataset.next })}`, here.signal);
    const made = next.alerts.map((one) => tableRow(COLUMNS, one));
    rows.querySelector("tbody").append(...made);
    made[0]?.querySelector("a")?.focus();
    point(next.next);
  } }, T.more);
  function point(next) {
    more.hidden = next === null;
    more.dataset.next = next ?? "";
  }
  point(page.next);
  fill(results, rows, more);
}
