// The detectors: what each found, whether it works, and its mode.

import { call, get } from "../api.js";
import { card, facts, fill, h, notice, select } from "../dom.js";
import { failure } from "../failure.js";
import { detector, link, number, severity, state } from "../format.js";
import { T } from "../texts.js";

export async function show(place, here) {
  const said = h("div", { "aria-live": "polite" });
  const cards = h("div", { class: "grid" });
  fill(place, said, cards);

  function draw(found) {
    fill(cards, found.detectors.map((one) => shown(one, found, async (mode) => {
      try {
        draw(await call("PATCH", `/detectors/${one.slug}`, { mode }));
        fill(said, notice("good", T.detectors.saved(detector(one.slug), mode ? T.modes[mode] : T.detectors.own)));
        cards.querySelector(`select[name=${one.slug}]`)?.focus();
      } catch (error) {
        draw(found);
        fill(said, failure(error));
      }
    })));
  }
  const found = await get("/detectors", here.signal);
  here.head.append(h("span", { class: "quiet" }, T.detectors.global(T.modes[found.mode])));
  if (found.writable) fill(said, notice("", T.detectors.notWritable, ": ", found.writable));
  draw(found);
}

function shown(one, found, change) {
  const name = detector(one.slug);
  const mode = select(one.slug, [["", `${T.modes[found.mode]} (${T.detectors.own})`], ...Object.entries(T.modes)], one.own_mode ?? "", {
    disabled: Boolean(found.writable),
    "aria-label": `${T.detectors.mode}: ${name}`,
    onchange: (event) => change(event.target.value || null),
  });
  const week = ["block", "alert", "shadow", "suppressed"].filter((key) => one.queries[key])
    .map((key) => `${number(one.queries[key])} ${T.actions[key].toLowerCase()}`).join(", ");
  const health = one.health;
  return h("section", { class: "card" },
    h("div", { class: "head" }, h("h2", {}, name), mode),
    h("p", { class: "quiet" }, one.about),
    facts([
      [T.severity, severity(one.severity)],
      [T.detectors.health, health ? state(health.selftest !== "failed" && !health.stopped,
        `${T.detectors.health_[health.selftest] ?? health.selftest}${health.error ? `: ${health.error}` : ""}`) : null],
      [T.detectors.findings, h("span", {}, number(one.findings), one.crashes ? `; ${T.detectors.crashes(one.crashes)}` : "")],
      [T.detectors.week, week ? h("span", {}, link(`alerts?type=${one.slug}&hours=168&untold=on`, week)) : T.none],
      ["", one.would_block ? T.detectors.wouldBlock(one.would_block) : null],
      [T.detectors.feedback, one.true_positives + one.false_positives
        ? `${T.detectors.right(one.true_positives)}, ${T.detectors.wrong(one.false_positives)}` : null],
    ]),
    one.options.length ? h("details", {}, h("summary", {}, T.detectors.options),
      h("dl", {}, one.options.map((option) => [
        h("dt", { class: "code" }, `${option.key} = ${JSON.stringify(option.value)}`),
        h("dd", { class: "quiet" }, option.about)]))) : null);
}
