// Alerts as they are raised: drawn together a few times a second, however many come, and a bounded number of rows.

import { watch } from "../api.js";
import { fill, h, notice, table, tableRow } from "../dom.js";
import { action, clientLink, detector, link, moment, name, number, severity } from "../format.js";
import { T } from "../texts.js";

const ROWS = 100;
const PACE = 250; // between two drawings [milliseconds]
const SPEAK = 10000; // between two sentences of a screen reader [milliseconds]

const COLUMNS = [
  { label: T.time, cell: (one) => moment(one.time) },
  { label: T.severity, cell: (one) => severity(one.severity) },
  { label: T.detector, cell: (one) => link(`alert/${encodeURIComponent(one.id)}`, detector(one.type)) },
  { label: T.client, cell: (one) => clientLink(one.client) },
  { label: T.name, name: true, cell: (one) => name(one.name) },
  { label: T.done, cell: (one) => action(one.action) },
  { label: T.count, number: true, cell: (one) => number(one.count) },
];

export function feed(here) {
  const rows = table(T.now.feed, COLUMNS, [], { class: "stack compact feed" });
  const body = rows.querySelector("tbody");
  const empty = h("p", { class: "empty" }, T.now.quiet);
  const said = h("div", {});
  const connection = h("span", { class: "badge outline" }, T.now.lost);
  const pause = h("button", { type: "button", "aria-pressed": "false", onclick: () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    draw();
  } }, T.now.pause);
  let waiting = []; // not yet drawn, at most ROWS
  let hidden = 0; // came since the last drawing, and are never drawn
  let left = 0; // all that were left out
  let unheard = 0;
  let paused = false;
  rows.hidden = true;

  function draw() {
    pause.textContent = paused ? (waiting.length + hidden ? `${T.now.resume}: ${T.now.waiting(waiting.length + hidden)}` : T.now.resume) : T.now.pause;
    if (paused || !waiting.length) return;
    const made = waiting.map((one) => tableRow(COLUMNS, one, { class: "row-new" })).reverse();
    waiting = [];
    if (hidden) leftOut(hidden);
    hidden = 0;
    body.prepend(...made);
    while (body.childElementCount > ROWS) body.lastElementChild.remove();
    rows.hidden = false;
    empty.hidden = true;
  }

  function leftOut(count) {
    left += count;
    fill(said, notice("", T.now.dropped(left)));
  }

  const stop = watch({
    alert: (one) => {
      waiting.push(one);
      unheard += 1;
      if (waiting.length > ROWS) {
        waiting.shift();
        hidden += 1;
      }
    },
    dropped: (count) => (count === null ? fill(said, notice("", T.now.restarted)) : leftOut(count)),
    state: (good) => {
      connection.textContent = good ? T.now.live : T.now.lost;
      connection.className = `badge ${good ? "good" : "bad"}`;
    },
  });
  here.signal.addEventListener("abort", stop);
  here.every(PACE, draw);
  here.every(SPEAK, () => {
    if (unheard) here.say(T.now.heard(unheard));
    unheard = 0;
  });
  return h("section", { class: "card" },
    h("div", { class: "head" }, h("h2", {}, T.now.feed), h("div", { class: "actions" }, connection, pause)), said, empty, rows);
}
