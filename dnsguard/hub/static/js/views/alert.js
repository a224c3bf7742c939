// One alert: what happened, how it is known, what to do, and what a person decides about it.

import { call, get } from "../api.js";
import { card, check, facts, field, fill, h, notice, select, table } from "../dom.js";
import { button, failure } from "../failure.js";
import { action, clientLink, decimal, detector, link, number, severity, time } from "../format.js";
import { T } from "../texts.js";
import { evidence } from "./evidence.js";

export async function show(place, here) {
  const path = `/alerts/${encodeURIComponent(here.params[0] ?? "")}`;
  const detail = await get(path, here.signal);
  const one = detail.alert;
  here.title(one.title);
  const known = await evidence(detail, here);
  fill(place,
    h("div", { class: "grid" },
      card(T.alert.what, h("p", {}, detail.description), facts([
        [T.severity, severity(one.severity)],
        [T.done, action(one.action)],
        [T.client, h("span", {}, clientLink(one.client), one.group ? ` (${one.group})` : "")],
        [T.domain, h("span", { class: "code" }, one.zone || ".")],
        [T.name, h("span", { class: "code" }, `${one.name || "."} ${one.qtype}`)],
        [T.detector, detector(one.type)],
        [T.reason, one.reason],
        [T.alert.score, one.score === one.threshold ? null : `${decimal(one.score)}, ${T.explain.from} ${decimal(one.threshold)}`],
        [T.count, number(one.count)],
        [T.first, time(one.first)],
        [T.last, one.last === one.first ? null : time(one.last)],
        [T.alert.stage, T.alert.stages[detail.stage] ?? detail.stage],
        [T.alert.technique, detail.technique],
        [T.alert.incident, one.incident ? link(`incident/${encodeURIComponent(one.incident)}`, T.incident.timeline) : null],
        ["", link(`explain?name=${encodeURIComponent(one.name)}&client=${encodeURIComponent(one.client)}`, T.alert.explain)],
      ])),
      card(T.alert.steps, h("ol", {}, detail.steps.map((step) => h("li", {}, step)))),
    ),
    known.length ? card(T.alert.evidence, known) : null,
    detail.suppressible ? decisions(detail, path, () => show(place, here)) : null,
    card(T.alert.deliveries, deliveries(detail.deliveries)),
    card(null, h("details", {}, h("summary", {}, T.alert.record),
      h("pre", { tabindex: "0" }, JSON.stringify(detail.record, null, 2)))));
}

function deliveries(list) {
  if (!list.length) return h("p", { class: "quiet" }, T.alert.noDeliveries);
  return table(T.alert.deliveries, [
    { label: T.alert.receiver, name: true, cell: (one) => one.receiver },
    { label: T.alert.state, cell: (one) => one.state },
    { label: T.alert.attempts, number: true, cell: (one) => number(one.attempts) },
    { label: T.alert.error, cell: (one) => one.error || "–" },
  ], list);
}

function decisions(detail, path, again) {
  return h("div", { class: "grid narrow" }, judge(detail, path, again), allow(detail.alert), suppress(detail.alert));
}

function judge(detail, path, again) {
  const said = h("div", { "aria-live": "polite" });
  const note = h("input", { name: "note", maxlength: "300" });
  const mark = (verdict) => async () => { await call("POST", `${path}/mark`, { verdict, note: note.value.trim() }); await again(); };
  return card(T.alert.judge,
    detail.mark ? h("p", {}, T.alert.marked(detail.mark)) : null,
    field(T.alert.note, note),
    h("div", { class: "actions" },
      button(T.alert.right, mark("true_positive"), said),
      button(T.alert.wrong, mark("false_positive"), said),
      detail.mark ? button(T.alert.unmark, async () => { await call("DELETE", `${path}/mark`); await again(); }, said, { class: "bare" }) : null),
    said);
}

/** A form whose answer stands below it. */
function asking(title, help, fields, text, send) {
  const said = h("div", { "aria-live": "polite" });
  const form = h("form", { class: "row", onsubmit: async (event) => {
    event.preventDefault();
    try {
      fill(said, notice("good", await send(new FormData(form))));
    } catch (error) {
      fill(said, failure(error));
    }
  } }, fields, h("button", { type: "submit" }, text));
  return card(title, h("p", { class: "quiet" }, help), form, said);
}

function allow(one) {
  return asking(T.alert.allow, T.alert.allowHelp(one.client, one.zone), [
    field(T.alert.lasts, select("seconds", T.alert.allowSpans, "600")),
    field(T.alert.reasonNeeded, h("input", { name: "reason", maxlength: "300" })),
  ], T.save, async (given) => {
    await call("POST", "/allows", { client: one.client, zone: one.zone, seconds: Number(given.get("seconds")), reason: given.get("reason").trim() });
    return T.alert.allowed;
  });
}

function suppress(one) {
  return asking(T.alert.suppress, T.alert.suppressHelp, [
    field(T.alert.lasts, select("lasts", T.alert.spans, "30d")),
    field(T.alert.reasonNeeded, h("input", { name: "reason", required: true, maxlength: "300" })),
    check("any", T.alert.anyClient),
  ], T.save, async (given) => {
    await call("POST", "/suppressions", { alert: one.id, reason: given.get("reason"), lasts: given.get("lasts"), any_client: given.get("any") === "on" });
    return T.alert.suppressed;
  });
}
