// Elements from texts and elements: nothing here, or anywhere, makes markup of a text.

/** h(tag, {class: name, onclick: run}, text, element, [more]) */
export function h(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A table; columns: {label, cell(row) -> text or element, number, name}. On a phone each row becomes a list. */
export function table(caption, columns, rows, attributes = {}) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", { class: "stack", ...attributes },
      h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {}, columns.map((column) =>
        h("th", { scope: "col", class: column.number ? "number" : null }, column.label)))),
      h("tbody", {}, rows.map((row) => tableRow(columns, row)))));
}

export function tableRow(columns, row, attributes = {}) {
  return h("tr", attributes, columns.map((column) => {
    const content = column.cell(row);
    const shown = content instanceof Node ? content : h("span", {}, content ?? "");
    return h("td", { class: column.number ? "number" : column.name ? "name" : null, "data-label": column.label }, shown);
  }));
}

/** Facts as a description list: [[term, text or element], …]; those without a value are left out. */
export function facts(pairs) {
  return h("dl", { class: "facts" }, pairs.filter(([, value]) => value || value === 0).map(([term, value]) =>
    [h("dt", {}, term), h("dd", {}, value)]));
}

export function card(title, ...content) {
  return h("section", { class: "card" }, title ? h("h2", {}, title) : null, content);
}

export function notice(kind, ...content) {
  return h("div", { class: `notice ${kind}`, role: kind === "bad" ? "alert" : "status" }, content);
}

export function field(label, control) {
  return h("label", { class: "field" }, label, control);
}

export function select(name, choices, chosen, attributes = {}) {
  return h("select", { name, ...attributes },
    choices.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
}

export function check(name, label, checked = false) {
  return h("label", { class: "check" }, h("input", { type: "checkbox", name, checked }), label);
}

/** Puts content in the place of what an element has. */
export function fill(place, ...content) {
  place.replaceChildren(...content.flat(3).filter(Boolean));
}
