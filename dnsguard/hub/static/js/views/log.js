// The query log.

import { get, query } from "../api.js";
import { card, field, fill, h, notice, select, table } from "../dom.js";
import { action, clientLink, decimal, detector, link, name, number, time } from "../format.js";
import { T } from "../texts.js";

const KEYS = ["client", "name", "verdict", "detector"];

export async function show(place, here) {
  const given = Object.fromEntries(KEYS.map((key) => [key, here.search.get(key) ?? ""]));
  const form = h("form", { class: "row", onsubmit: (event) => {
    event.preventDefault();
    const asked = new FormData(form);
    location.hash = `#/log${query(Object.fromEntries(KEYS.map((key) => [key, asked.get(key).trim()])))}`;
  } },
    field(T.log.clientHelp, h("input", { name: "client", value: given.client, autocomplete: "off" })),
    field(T.log.nameHelp, h("input", { name: "name", value: given.name, autocomplete: "off", autocapitalize: "none" })),
    field(T.log.verdict, select("verdict", T.log.verdicts, given.verdict)),
    field(T.detector, select("detector", [["", T.all], ...Object.entries(T.kinds)], given.detector)),
    h("button", { class: "main", type: "submit" }, T.log.search));
  const said = await get(`/log${query({ ...given, limit: 100 })}`, here.signal);
  fill(place,
    said.mode === "off" ? notice("", h("p", {}, h("strong", {}, T.log.off), " ", T.log.offHelp), h("pre", {}, '[query_log]\nmode = "full"   # or "masked"')) : null,
    said.mode === "masked" ? notice("", T.log.masked) : null,
    card(null, form),
    card(null, said.queries.length ? table(T.log.list, COLUMNS, said.queries, { class: "stack compact" }) : h("p", { class: "empty" }, T.log.empty)));
}

const COLUMNS = [
  { label: T.time, cell: (one) => time(one.time) },
  { label: T.client, cell: (one) => clientLink(one.client) },
  { label: T.name, name: true, cell: (one) => h("span", {}, name(one.name ?? "?"), ` ${one.qtype}`) },
  { label: T.log.rcode, cell: (one) => one.rcode },
  { label: T.log.verdict, cell: (one) => h("span", {}, action(one.verdict), " ",
    one.alert ? link(`alert/${encodeURIComponent(one.alert)}`, detector(one.detector)) : one.detector ? detector(one.detector) : "") },
  { label: T.log.took, number: true, cell: (one) => (one.took ? `${decimal(one.took * 1000, 2)} ms` : "–") },
  { label: T.count, number: true, cell: (one) => number(one.count) },
];
