// What lets a person agree or disagree: the curve of bytes, names, the brand imitated, and whatever else a detector saw.

import { picture } from "../api.js";
import { facts, fill, h, table } from "../dom.js";
import { decimal, number } from "../format.js";
import { T } from "../texts.js";

const OWN = new Set(["curve", "lists", "names", "samples", "answers", "brand", "resembles"]);

export async function evidence(detail, here) {
  const seen = detail.evidence;
  const parts = [];
  if (seen.brand) {
    parts.push(facts([
      [T.alert.brand, h("strong", {}, seen.brand)],
      [T.alert.resembles, typeof seen.resembles === "string" ? h("span", { class: "code" }, seen.resembles) : null],
    ]));
  }
  if (detail.curve) {
    const box = h("div", { class: "plot-box" });
    const width = Math.min(900, Math.max(240, Math.round(here.head.clientWidth - 40)));
    parts.push(h("h3", {}, T.alert.curve), box);
    picture(`/alerts/${encodeURIComponent(detail.alert.id)}/curve.svg?width=${width}`, here.signal).then((drawn) => fill(box, drawn), () => {});
  }
  if (Array.isArray(seen.lists) && seen.lists.length && typeof seen.lists[0] === "object") {
    parts.push(h("h3", {}, T.alert.lists), table(T.alert.lists, [
      { label: T.alert.list, name: true, cell: (one) => String(one.list ?? "") },
      { label: T.alert.entry, cell: (one) => h("span", { class: "code" }, String(one.entry ?? "")) },
      { label: T.alert.line, number: true, cell: (one) => (one.line ? number(one.line) : "–") },
      { label: T.alert.since, cell: (one) => String(one.since ?? "–") },
    ], seen.lists));
  }
  for (const key of ["samples", "answers"]) {
    if (Array.isArray(seen[key]) && seen[key].length) parts.push(h("h3", {}, T.alert[key]), names(seen[key].map(text)));
  }
  if (!seen.samples && detail.names.length > 1) parts.push(h("h3", {}, T.alert.names), names(detail.names));
  const rest = Object.entries(seen).filter(([key, value]) => !OWN.has(key) || (key === "names" && typeof value !== "object"));
  parts.push(facts(rest.map(([key, value]) => [key.replaceAll("_", " "), h("span", {}, text(value))])));
  return parts;
}

function names(list) {
  return h("ul", { class: "names" }, list.map((name) => h("li", {}, name || ".")));
}

function text(value) {
  if (Array.isArray(value)) return value.map(text).join(", ");
  if (value && typeof value === "object") return Object.entries(value).map(([key, item]) => `${key} ${text(item)}`).join(", ");
  if (typeof value === "number") return Number.isInteger(value) ? number(value) : decimal(value);
  return String(value);
}
