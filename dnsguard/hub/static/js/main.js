// The frame: sign-in, navigation, the bar above, and which view is shown.

import { call, Failure, get, whenSignedOut } from "./api.js";
import { fill, h } from "./dom.js";
import { failure } from "./failure.js";
import { T } from "./texts.js";
import * as signin from "./views/signin.js";
import { VIEWS } from "./views/index.js";

const STATUS = 5000; // [milliseconds]
const MENU = ["", "alerts", "incidents", "clients", "lists", "detectors", "exceptions", "explain", "log", "config"];

const main = h("main", { id: "main", tabindex: "-1" });
const heard = h("div", { class: "unseen", role: "status", "aria-live": "polite" });
const stateOf = h("div", { class: "state" });
const side = h("nav", { class: "side", "aria-label": T.navigation });
let leave = null; // ends the view that is shown
let session = null;
let ticking = 0;

function frame() {
  fill(side, h("ul", {}, MENU.map((name) => h("li", {}, h("a", { href: `#/${name}` }, T.menu[name])))));
  const out = session.how === "session" ? h("button", { class: "bare", onclick: signOut }, T.signOut) : null;
  const who = session.how === "proxy" ? h("span", { class: "quiet" }, session.name) : null;
  fill(document.body,
    h("a", { class: "skip", href: "#main", onclick: (event) => { event.preventDefault(); main.focus(); } }, T.skip),
    h("div", { class: "frame" },
      h("header", { class: "top" },
        h("a", { class: "brand", href: "#/" }, h("img", { src: "/console/icon.svg", alt: "" }), "dnsguard"),
        stateOf, h("div", { class: "end" }, who, out)),
      side, main),
    heard);
}

async function tick() {
  try {
    const said = await get("/status");
    fill(stateOf, h("span", { class: said.serving ? "dot" : "dot bad", "aria-hidden": "true" }),
      h("span", {}, said.serving ? T.serving : T.notServing(said.report.state)),
      said.troubles.length ? h("a", { href: "#/" }, T.troubles(said.troubles.length)) : null);
  } catch (error) {
    if (error.status !== 401) fill(stateOf, h("span", { class: "dot bad", "aria-hidden": "true" }), T.unreachable);
  }
}

async function show() {
  leave?.abort();
  const life = (leave = new AbortController());
  const [path, search = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, ...rest] = path.split("/").map(decodeURIComponent);
  const view = VIEWS[name] ?? VIEWS.missing;
  for (const each of side.querySelectorAll("a")) {
    const current = each.getAttribute("href") === `#/${view.menu ?? name}`;
    if (current) {
      each.setAttribute("aria-current", "page");
      each.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else each.removeAttribute("aria-current");
  }
  const heading = h("h1", { tabindex: "-1" }, view.title);
  const head = h("div", { class: "head" }, heading);
  const body = h("div", {}, h("p", { class: "quiet" }, T.loading));
  fill(main, head, view.lead ? h("p", { class: "lead" }, view.lead) : null, body);
  document.title = `${view.title} · dnsguard`;
  heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
  const here = {
    signal: life.signal,
    params: rest,
    search: new URLSearchParams(search),
    head,
    say: (text) => { heard.textContent = text; },
    title: (text) => { heading.textContent = text; document.title = `${text} · dnsguard`; },
    /** Runs now and then, until the view is left. */
    every: (milliseconds, run) => {
      const timer = setInterval(() => document.hidden || run(), milliseconds);
      life.signal.addEventListener("abort", () => clearInterval(timer));
    },
  };
  try {
    await view.show(body, here);
  } catch (error) {
    if (error.name === "AbortError" || life.signal.aborted || error.status === 401) return;
    fill(body, failure(error));
    if (!(error instanceof Failure)) throw error;
  }
}

async function signOut() {
  await call("DELETE", "/session").catch(() => {});
  askToSignIn();
}

function askToSignIn() {
  leave?.abort();
  clearInterval(ticking);
  ticking = 0;
  session = null;
  document.title = `${T.signIn} · dnsguard`;
  signin.show(document.body, start);
}

async function start() {
  try {
    session = await get("/session");
  } catch (error) {
    fill(document.body, h("main", { class: "signin" }, h("h1", {}, "dnsguard"), failure(error)));
    return;
  }
  if (!session.signed_in) return askToSignIn();
  frame();
  if (!ticking) ticking = setInterval(() => document.hidden || tick(), STATUS);
  tick();
  await show();
}

whenSignedOut(() => session && askToSignIn());
window.addEventListener("hashchange", () => session && show());
start();
