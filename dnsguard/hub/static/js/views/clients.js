// Who raised alerts.

import { get, query } from "../api.js";
import { card, field, fill, h, notice, select, table } from "../dom.js";
import { clientLink, detector, number, severity, time } from "../format.js";
import { T } from "../texts.js";

export async function show(place, here) {
  const hours = here.search.get("hours") ?? "24";
  const period = select("hours", T.clients.periods, hours, { onchange: (event) => { location.hash = `#/clients?hours=${event.target.value}`; } });
  const said = await get(`/clients${query({ hours, limit: 500 })}`, here.signal);
  fill(place, card(null,
    h("div", { class: "actions" }, field(T.clients.hours, period), h("span", { class: "quiet" }, T.clients.total(said.clients.length, said.total))),
    said.complete ? null : notice("", T.clients.incomplete),
    said.clients.length ? table(T.clients.list, [
      { label: T.client, cell: (one) => clientLink(one.client) },
      { label: T.group, cell: (one) => one.group || "–" },
      { label: T.severity, cell: (one) => severity(one.severity) },
      { label: T.clients.types, name: true, cell: (one) => Object.keys(one.types).map(detector).join(", ") },
      { label: T.alertsCount, number: true, cell: (one) => number(one.alerts) },
      { label: T.count, number: true, cell: (one) => number(one.queries) },
      { label: T.clients.blocked, number: true, cell: (one) => number(one.blocked) },
      { label: T.last, cell: (one) => time(one.last) },
    ], said.clients, { class: "stack compact" }) : h("p", { class: "empty" }, T.clients.empty)));
}
