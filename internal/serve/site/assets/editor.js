// A plain text area with line numbers, marks of diagnostics, and files that are dropped on it.
import { element } from "./site.js";

const encoder = new TextEncoder();

// positionOf returns the index in a text of a place that is given in bytes.
export function positionOf(text, bytes) {
  let index = 0;
  let seen = 0;
  while (index < text.length && seen < bytes) {
    const point = text.codePointAt(index);
    seen += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    index += point > 0xffff ? 2 : 1;
  }
  return index;
}

export const bytesOf = (text) => encoder.encode(text).length;

// Editor wraps a text area. changed is called after each change of its text.
export class Editor {
  constructor(area, changed = () => {}) {
    this.area = area;
    this.changed = changed;
    this.marks = new Map();
    this.numbers = element("div", {});
    this.gutter = element("div", { class: "lines", "aria-hidden": "true" }, this.numbers);
    area.before(this.gutter);
    area.addEventListener("input", () => this.update());
    area.addEventListener("scroll", () => this.follow());
    area.addEventListener("keydown", (event) => this.key(event));
    this.draw();
  }

  get text() {
    return this.area.value;
  }

  set text(text) {
    this.area.value = text;
    this.update();
  }

  update() {
    this.marks.clear();
    this.draw();
    this.changed();
  }

  // key keeps the indent of a line on the next one. Tab is left to the browser, so that the keyboard leads out of the field.
  key(event) {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
      return;
    }
    const at = this.area.selectionStart;
    const line = this.text.slice(this.text.lastIndexOf("\n", at - 1) + 1, at);
    const indent = line.match(/^ */)[0] + (/:\s*$/.test(line) ? "  " : "");
    if (indent === "") {
      return;
    }
    event.preventDefault();
    this.area.setRangeText("\n" + indent, at, this.area.selectionEnd, "end");
    this.update();
  }

  // show marks the lines of diagnostics: {line, severity}.
  show(list) {
    const worst = { error: 3, warning: 2, note: 1 };
    this.marks.clear();
    for (const { line, severity } of list) {
      if (line && (worst[severity] ?? 0) > (worst[this.marks.get(line)] ?? 0)) {
        this.marks.set(line, severity);
      }
    }
    this.draw();
  }

  draw() {
    const count = this.text.split("\n").length;
    this.gutter.style.minWidth = `${String(count).length + 2}ch`;
    const lines = [];
    for (let i = 1; i <= count; i++) {
      lines.push(element("span", { class: this.marks.get(i) }, String(i)));
    }
    this.numbers.replaceChildren(...lines);
    this.follow();
  }

  follow() {
    this.numbers.style.transform = `translateY(${-this.area.scrollTop}px)`;
  }

  // go selects a part of the text, given in bytes, and shows it.
  go(start, end) {
    const from = positionOf(this.text, start);
    const to = Math.max(from, positionOf(this.text, end));
    this.area.focus();
    this.area.setSelectionRange(from, to);
    const line = this.text.slice(0, from).split("\n").length;
    const height = parseFloat(getComputedStyle(this.area).lineHeight);
    this.area.scrollTop = Math.max(0, (line - 4) * height);
  }
}

// filesOf returns the rule files of a drop or a choice, also those in folders: [{name, text}].
export async function filesOf(transfer, accepted = /\.ya?ml$/i) {
  const found = [];
  const walk = async (entry) => {
    if (entry.isFile) {
      if (accepted.test(entry.name)) {
        const file = await new Promise((resolve, reject) => { entry.file(resolve, reject); });
        found.push({ name: entry.fullPath.replace(/^\//, ""), text: await file.text() });
      }
    } else if (entry.isDirectory) {
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
        if (some.length === 0) {
          break;
        }
        for (const one of some) {
          await walk(one);
        }
      }
    }
  };
  const entries = [...(transfer.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length > 0) {
    for (const entry of entries) {
      await walk(entry);
    }
  } else {
    for (const file of transfer.files ?? []) {
      found.push({ name: file.webkitRelativePath || file.name, text: await file.text() });
    }
  }
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  return found;
}

// accept lets files be dropped on an element. take gets [{name, text}].
export function accept(target, take, accepted) {
  target.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("Files")) {
      event.preventDefault();
      target.classList.add("drop");
    }
  });
  target.addEventListener("dragleave", () => target.classList.remove("drop"));
  target.addEventListener("drop", async (event) => {
    target.classList.remove("drop");
    if (event.dataTransfer.files.length > 0) {
      event.preventDefault();
      take(await filesOf(event.dataTransfer, accepted));
    }
  });
}
