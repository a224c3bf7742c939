// Signing in with the token.

import { call } from "../api.js";
import { fill, h, notice } from "../dom.js";
import { T } from "../texts.js";

export function show(place, done) {
  const said = h("div", { "aria-live": "assertive" });
  const token = h("input", { type: "password", name: "token", id: "token", required: true, autocomplete: "current-password", spellcheck: "false" });
  async function submit(event) {
    event.preventDefault();
    try {
      await call("POST", "/session", { token: token.value.trim() });
      await done();
    } catch (error) {
      fill(said, notice("bad", error.message || T.unreachable));
      token.select();
    }
  }
  fill(place, h("main", { class: "signin" },
    h("section", { class: "card" },
      h("form", { onsubmit: submit },
        h("h1", {}, T.signIn),
        h("p", {}, T.tokenHelp, " ", h("code", {}, "dnsguard console token")),
        // password managers keep a name beside a password
        h("input", { type: "text", name: "username", value: "dnsguard", autocomplete: "username", hidden: true, tabindex: "-1", "aria-hidden": "true" }),
        h("label", { class: "field", for: "token" }, T.token, token),
        said,
        h("button", { class: "main", type: "submit" }, T.signIn)))));
  token.focus();
}
