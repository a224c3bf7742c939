// Numbers, times and the small marks that stand in many views.

import { h } from "./dom.js";
import { T } from "./texts.js";

const numbers = new Intl.NumberFormat("en");
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const whole = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });

export const number = (value) => numbers.format(value);
export const decimal = (value, digits = 4) => String(Number(value.toPrecision(digits)));
export const percent = (part, all) => (all ? `${Math.round((100 * part) / all)} %` : "–");

/** A moment [unix seconds], short, with the whole of it at hand. */
export function time(seconds, style = day) {
  if (!seconds) return h("span", {}, T.never);
  const date = new Date(seconds * 1000);
  return h("time", { datetime: date.toISOString(), title: whole.format(date), class: "nowrap" }, style.format(date));
}
export const moment = (seconds) => time(seconds, clock);

/** How long ago, roughly. */
export function ago(seconds, now = Date.now() / 1000) {
  const passed = Math.max(0, now - seconds);
  if (!seconds) return T.never;
  if (passed < 90) return T.secondsAgo(Math.round(passed));
  if (passed < 5400) return T.minutesAgo(Math.round(passed / 60));
  if (passed < 129600) return T.hoursAgo(Math.round(passed / 3600));
  return T.daysAgo(Math.round(passed / 86400));
}

export function span(seconds) {
  if (seconds < 90) return T.seconds(Math.round(seconds));
  if (seconds < 5400) return T.minutes(Math.round(seconds / 60));
  return T.hours(Math.round(seconds / 3600));
}

export function bytes(size) {
  if (size < 2048) return `${number(size)} B`;
  if (size < 2 << 20) return `${number(Math.round(size / 1024))} kB`;
  return `${number(Math.round(size / 1048576))} MB`;
}

export const severity = (level) => h("span", { class: `badge ${level.toLowerCase()}` }, level);

export function action(word) {
  const kind = { block: "good", alert: "outline", shadow: "outline", suppressed: "outline", resolved: "good" }[word] ?? "outline";
  return h("span", { class: `badge ${kind}` }, T.actions[word] ?? word);
}

export const state = (good, text) => h("span", { class: `badge ${good ? "good" : "bad"}` }, text);

export const detector = (slug) => T.kinds[slug] ?? slug;

/** A domain name; a long one without its middle, which only a tunnel could read, and whole under the pointer. */
export function name(text, most = 64) {
  const shown = text || ".";
  const half = Math.floor(most / 2) - 1;
  return shown.length <= most ? h("span", { class: "code" }, shown)
    : h("span", { class: "code", title: shown }, `${shown.slice(0, half)}…${shown.slice(-half)}`);
}

export const link = (path, text, attributes = {}) => h("a", { href: `#/${path}`, ...attributes }, text);

export const clientLink = (client) => link(`alerts?client=${encodeURIComponent(client)}`, client);
