// What went wrong, for a person.

import { fill, h, notice } from "./dom.js";
import { T } from "./texts.js";

export function failure(error) {
  const faults = error.faults?.length
    ? h("ul", {}, error.faults.map((one) => h("li", {}, [one.key, one.problem].filter(Boolean).join(": "))))
    : h("p", {}, error.message || T.unreachable);
  return notice("bad", faults);
}

/** A button that does something, and says in `place` what became of it. */
export function button(text, run, place, attributes = {}) {
  const made = h("button", { type: "button", ...attributes, onclick: async () => {
    made.disabled = true;
    try {
      const said = await run();
      if (place) fill(place, said ? notice("good", said) : null);
    } catch (error) {
      if (place && error.name !== "AbortError") fill(place, failure(error));
    } finally {
      made.disabled = false;
    }
  } }, text);
  return made;
}
