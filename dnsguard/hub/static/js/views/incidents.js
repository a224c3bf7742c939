// Incidents, those seen last first.

import { get, query } from "../api.js";
import { card, check, fill, h, table } from "../dom.js";
import { clientLink, link, number, severity, time } from "../format.js";
import { T } from "../texts.js";

export const stages = (list) => h("span", { class: "stages" }, list.map((stage) => h("span", { class: "badge outline" }, T.stages[stage] ?? stage)));

export async function show(place, here) {
  const several = here.search.get("several") !== "no";
  const box = check("several", T.incident.several, several);
  box.querySelector("input").addEventListener("change", (event) => {
    location.hash = event.target.checked ? "#/incidents" : "#/incidents?several=no";
  });
  const found = (await get(`/incidents${query({ limit: 200, alerts: several ? 2 : "" })}`, here.signal)).incidents;
  fill(place, card(null, box, found.length ? table(T.incident.list, [
    { label: T.last, cell: (one) => link(`incident/${encodeURIComponent(one.id)}`, time(one.last)) },
    { label: T.severity, cell: (one) => severity(one.severity) },
    { label: T.client, cell: (one) => clientLink(one.client) },
    { label: T.incident.stages, cell: (one) => stages(one.stages) },
    { label: T.alertsCount, number: true, cell: (one) => number(one.alerts) },
    { label: T.incident.began, cell: (one) => time(one.first) },
  ], found, { class: "stack compact" }) : h("p", { class: "empty" }, T.incident.empty)));
}
