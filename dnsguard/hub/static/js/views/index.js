// The views by the first part of their address, and where each stands in the menu.

import { h } from "../dom.js";
import { T } from "../texts.js";
import * as alert from "./alert.js";
import * as alerts from "./alerts.js";
import * as clients from "./clients.js";
import * as config from "./config.js";
import * as detectors from "./detectors.js";
import * as exceptions from "./exceptions.js";
import * as explain from "./explain.js";
import * as incident from "./incident.js";
import * as incidents from "./incidents.js";
import * as lists from "./lists.js";
import * as log from "./log.js";
import * as now from "./now.js";

const missing = {
  show: (place) => place.replaceChildren(h("p", {}, T.missing, " ", h("a", { href: "#/" }, T.menu[""]))),
};

export const VIEWS = {
  "": { title: T.titles.now, ...now },
  alerts: { title: T.titles.alerts, ...alerts },
  alert: { title: T.titles.alert, menu: "alerts", ...alert },
  incidents: { title: T.titles.incidents, lead: T.leads.incidents, ...incidents },
  incident: { title: T.titles.incident, menu: "incidents", ...incident },
  clients: { title: T.titles.clients, lead: T.leads.clients, ...clients },
  lists: { title: T.titles.lists, ...lists },
  detectors: { title: T.titles.detectors, lead: T.leads.detectors, ...detectors },
  exceptions: { title: T.titles.exceptions, ...exceptions },
  explain: { title: T.titles.explain, lead: T.leads.explain, ...explain },
  log: { title: T.titles.log, ...log },
  config: { title: T.titles.config, ...config },
  missing: { title: T.titles.missing, ...missing },
};
