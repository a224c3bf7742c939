// The lists in use, and how each does.

import { call, get } from "../api.js";
import { card, fill, h, notice, table } from "../dom.js";
import { button } from "../failure.js";
import { ago, detector, number, span, state, time } from "../format.js";
import { T } from "../texts.js";

const LOOK = 3000; // [milliseconds]

export async function show(place, here) {
  const said = h("div", { "aria-live": "polite" });
  const rows = h("div", {});
  const update = button(T.lists.update, async () => { await call("POST", "/lists/update", {}); return T.lists.updating; }, said);
  here.head.append(update);
  fill(place, said, rows);

  async function look() {
    const found = await get("/lists", here.signal);
    update.hidden = !found.lists.some((one) => one.feed);
    fill(rows,
      found.error ? notice("bad", found.error) : null,
      found.feeds_error ? notice("bad", found.feeds_error) : null,
      found.compiling ? notice("", T.lists.compiling(...found.compiling)) : null,
      card(null, found.lists.length ? table(T.lists.list, COLUMNS, found.lists) : h("p", { class: "empty" }, T.lists.empty)));
  }
  await look();
  here.every(LOOK, () => look().catch(() => {}));
}

const COLUMNS = [
  { label: T.name, name: true, cell: (one) => one.name },
  { label: T.lists.feeds, cell: (one) => detector(one.category) },
  { label: T.lists.entries, number: true, cell: (one) => number(one.entries) },
  { label: T.lists.state, cell: (one) => h("div", {}, state(one.state === "read", T.lists[one.state]), one.fault ? h("p", {}, one.fault) : null) },
  { label: T.lists.changed, cell: (one) => time(one.changed) },
  { label: T.lists.fetched, cell: (one) => fetched(one.feed) },
];

function fetched(feed) {
  if (!feed) return h("span", { class: "quiet" }, T.lists.file);
  const next = feed.due ? `, ${T.lists.next(span(Math.max(0, feed.due - Date.now() / 1000)))}` : "";
  return h("div", {},
    state(feed.state === "good" || feed.state === "waiting", T.lists[feed.state]),
    h("p", { class: "quiet" }, feed.checked ? T.lists.checked(ago(feed.checked)) : "", next),
    feed.error ? h("p", {}, feed.error) : null);
}
