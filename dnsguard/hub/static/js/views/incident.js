// One incident: its alerts as they came.

import { get } from "../api.js";
import { card, facts, fill, h, notice } from "../dom.js";
import { action, clientLink, detector, link, name, number, severity, time } from "../format.js";
import { T } from "../texts.js";
import { stages } from "./incidents.js";

export async function show(place, here) {
  const said = await get(`/incidents/${encodeURIComponent(here.params[0] ?? "")}`, here.signal);
  const one = said.incident;
  here.title(`${T.titles.incident}: ${one.client}`);
  fill(place,
    card(null, facts([
      [T.severity, severity(one.severity)],
      [T.client, h("span", {}, clientLink(one.client), one.group ? ` (${one.group})` : "")],
      [T.incident.stages, stages(one.stages)],
      [T.alertsCount, number(one.alerts)],
      [T.first, time(one.first)],
      [T.last, time(one.last)],
    ])),
    said.complete ? null : notice("", T.incident.cut),
    card(T.incident.timeline, h("ol", { class: "timeline" }, said.steps.map(({ stage, alert }) =>
      h("li", {},
        h("div", { class: "stages" }, time(alert.first), severity(alert.severity), action(alert.action),
          stage ? h("span", { class: "badge outline" }, T.stages[stage] ?? stage) : null),
        h("p", {}, link(`alert/${encodeURIComponent(alert.id)}`, detector(alert.type)), ": ",
          name(alert.name || alert.zone), ` (${T.count}: ${number(alert.count)})`))))));
}
