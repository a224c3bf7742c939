// What happens now: troubles, the last hour, and alerts as they are raised.

import { get, picture } from "../api.js";
import { card, fill, h, notice, table } from "../dom.js";
import { decimal, detector, number, percent, state, time } from "../format.js";
import { T } from "../texts.js";
import { feed } from "./feed.js";

const HOUR = 10000; // [milliseconds]

export async function show(place, here) {
  const troubles = h("div", {});
  const tiles = h("dl", { class: "tiles" });
  const queries = chart(T.now.hour);
  const findings = chart(T.now.findings);
  const parts = h("div", { class: "grid" });
  const live = feed(here);
  fill(place, troubles, tiles, h("div", { class: "grid" }, queries.card, findings.card), live, parts);

  async function look() {
    const [status, hour] = await Promise.all([get("/status", here.signal), get("/hour", here.signal)]);
    fill(troubles, status.troubles.length
      ? notice("bad", h("strong", {}, T.now.troubles), h("ul", {}, status.troubles.map((text) => h("li", {}, text)))) : null);
    fill(tiles, tilesOf(hour.minutes));
    await Promise.all([drawQueries(queries, hour.minutes, here), drawFindings(findings, hour.minutes, here)]);
    fill(parts, processes(status.report));
  }
  await look();
  here.every(HOUR, () => look().catch(() => {}));
}

function tilesOf(minutes) {
  const sum = (key) => minutes.reduce((all, minute) => all + minute[key], 0);
  const found = minutes.reduce((all, minute) => all + Object.values(minute.findings).reduce((a, b) => a + b, 0), 0);
  const whole = minutes.at(-2) ?? minutes.at(-1);
  return [
    [T.now.queries, number(whole?.queries ?? 0)],
    [T.now.hits, percent(sum("hits"), sum("queries"))],
    [T.now.found, number(found)],
    [T.now.blocked, number(sum("blocked"))],
  ].map(([label, value]) => h("div", { class: "card tile" }, h("dt", {}, label), h("dd", {}, value)));
}

function chart(title) {
  const box = h("div", { class: "plot-box" });
  const below = h("div", {});
  const rows = h("div", {});
  const details = h("details", {}, h("summary", {}, T.now.table), rows);
  return { card: card(title, box, below, details), box, below, rows, details };
}

async function draw(place, of, keys, name, minutes, empty, here) {
  const offset = -new Date().getTimezoneOffset();
  if (!minutes.some((minute) => keys.some((key) => (of === "queries" ? minute.queries : minute.findings[key])))) {
    fill(place.box, h("p", { class: "empty" }, empty));
    fill(place.below);
    place.details.hidden = true;
    return;
  }
  place.details.hidden = false;
  const width = Math.min(1200, Math.max(240, Math.round(place.box.clientWidth || 480)));
  fill(place.box, await picture(`/hour.svg?of=${of}&offset=${offset}&width=${width}`, here.signal));
  fill(place.below, h("ul", { class: "legend" }, keys.map((key) => h("li", { class: key }, name(key)))));
}

async function drawQueries(place, minutes, here) {
  const names = T.now.legend;
  await draw(place, "queries", Object.keys(names), (key) => names[key], minutes, T.now.noQueries, here);
  const value = { hits: (m) => m.hits, blocked: (m) => m.blocked, others: (m) => Math.max(0, m.queries - m.hits - m.blocked) };
  fill(place.rows, table(T.now.hour, [
    { label: T.now.minute, cell: (m) => time(m.start) },
    ...Object.keys(names).map((key) => ({ label: names[key], number: true, cell: (m) => number(value[key](m)) })),
  ], minutes.filter((m) => m.queries).reverse()));
}

async function drawFindings(place, minutes, here) {
  const found = [...new Set(minutes.flatMap((minute) => Object.keys(minute.findings)))].sort();
  await draw(place, "findings", found, detector, minutes, T.now.noFindings, here);
  fill(place.rows, table(T.now.findings, [
    { label: T.now.minute, cell: (m) => time(m.start) },
    ...found.map((slug) => ({ label: detector(slug), number: true, cell: (m) => number(m.findings[slug] ?? 0) })),
  ], minutes.filter((m) => Object.keys(m.findings).length).reverse()));
}

function processes(report) {
  return [
    card(T.now.upstreams, table(T.now.upstreams, [
      { label: T.now.server, name: true, cell: (one) => one.server },
      { label: T.now.names, cell: (one) => one.names || T.now.everything },
      { label: T.now.state, cell: (one) => state(one.healthy, one.healthy ? T.now.healthy : one.error || T.now.unhealthy) },
      { label: T.now.rtt, number: true, cell: (one) => (one.rtt ? `${decimal(one.rtt * 1000, 2)} ms` : "–") },
    ], report.upstreams)),
    card(T.now.workers, table(T.now.workers, [
      { label: T.now.worker, number: true, cell: (one) => String(one.index) },
      { label: T.now.state, cell: (one) => state(one.ready, one.ready ? T.now.ready : T.now.notReady) },
      { label: T.now.restarts, number: true, cell: (one) => number(one.restarts) },
    ], report.workers)),
    report.webhooks.length ? card(T.now.receivers, table(T.now.receivers, [
      { label: T.name, name: true, cell: (one) => one.name },
      { label: T.now.state, cell: (one) => state(one.state === "good", one.error || one.state) },
      { label: T.now.pending, number: true, cell: (one) => number(one.pending) },
      { label: T.now.delivered, number: true, cell: (one) => number(one.delivered) },
    ], report.webhooks)) : null,
  ];
}
