// Starts the page: what the parts show after each change, links into the list, the switch of colours, and printing.
import { rows } from "./data.js";
import { choose, clear, describe, fitting, show, start as startFilter } from "./filter.js";
import { draw as drawList, start as startList } from "./list.js";
import { draw as drawTimeline, start as startTimeline } from "./timeline.js";

function redraw() {
  const list = fitting(false);
  document.getElementById("shown").textContent = describe(list.length);
  drawTimeline();
  drawList(list);
}

function startTheme() {
  const button = document.getElementById("theme");
  const themes = ["auto", "light", "dark"];
  let at = 0;
  button.hidden = false;
  button.addEventListener("click", () => {
    at = (at + 1) % themes.length;
    if (at === 0) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = themes[at];
    button.textContent = "Theme: " + themes[at];
  });
}

// Links with data choose findings before they lead to the list.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-actor], a[data-technique]");
  if (!link) return;
  clear();
  if (link.dataset.actor !== undefined) choose({ actor: link.dataset.actor });
  else choose({ tactic: link.dataset.tactic || "none", technique: link.dataset.technique });
});

// A folded section opens when a link leads to it.
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.tagName === "DETAILS") target.open = true;
}

// Paper has nothing to click on: folded sections are printed open.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details.principal:not([open]), details.fold:not([open]):not(.unprinted), .steps details:not([open])")];
  for (const fold of opened) fold.open = true;
});
addEventListener("afterprint", () => {
  for (const fold of opened) fold.open = false;
});

startTheme();
addEventListener("hashchange", openTarget);
openTarget();
if (rows.length > 0) {
  startList(redraw);
  startTimeline();
  startFilter(redraw);
  show();
} else {
  document.getElementById("timeline").hidden = true;
  document.getElementById("findings").hidden = true;
}
document.documentElement.dataset.ready = "yes";
