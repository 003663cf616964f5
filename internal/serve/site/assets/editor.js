// An editor of a text with marks of diagnostics, and files that are dropped on it. The text area of the page becomes CodeMirror as soon as
// that is loaded; without it the text area works too.
import { call, element } from "./site.js";

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

// completions asks the server what may stand at a place of a rule, for the option complete of an Editor.
export async function completions(context) {
  const text = context.state.doc.toString();
  const before = text.slice(0, context.pos);
  if (!context.explicit && !/[\w.|-]$/.test(before)) {
    return null;
  }
  let list;
  try {
    ({ completions: list } = await call("/api/v2/complete", { text, offset: bytesOf(before) }));
  } catch {
    return null; // it is of use, but not needed
  }
  if (list.length === 0 || context.aborted) {
    return null;
  }
  const [{ offset, end }] = list;
  return {
    from: positionOf(text, offset), to: positionOf(text, end), filter: false,
    options: list.filter((one) => one.offset === offset).map((one) => ({ label: one.label, detail: one.detail, apply: one.text })),
  };
}

// maxMarks is how many diagnostics are marked in a text.
const maxMarks = 500;

// Editor edits the text of a text area. changed is called after each change of it. language is yaml, json or text, and complete a source
// of completions, which gets the text and a position in it.
export class Editor {
  constructor(area, changed = () => {}, { language = "yaml", complete = null } = {}) {
    this.area = area;
    this.changed = changed;
    this.list = [];
    this.view = null;
    this.quiet = false;
    area.addEventListener("input", () => {
      if (this.view) {
        this.view.text = area.value; // a script or an extension of the browser has changed it
      } else {
        this.changed();
      }
    });
    this.load(language, complete);
  }

  async load(language, complete) {
    let open;
    try {
      ({ open } = await import("./codemirror.js"));
    } catch {
      return;
    }
    const { area } = this;
    const focused = document.activeElement === area;
    const host = element("div", { class: "host", id: `${area.id}-text` });
    const root = host.attachShadow({ mode: "open" });
    area.before(host);
    this.view = open({
      root, parent: root, text: area.value, language, complete, hint: area.placeholder,
      label: `${area.labels[0]?.textContent ?? ""}. Tab indents; Escape, then Tab leaves the text.`,
      changed: () => {
        if (!this.quiet) {
          this.changed();
        }
      },
    });
    area.hidden = true;
    this.mark();
    if (focused) {
      this.view.focus();
    }
  }

  get text() {
    return this.view ? this.view.text : this.area.value;
  }

  set text(text) {
    this.put(text);
    this.changed();
  }

  // put sets the text without a call of changed.
  put(text) {
    this.list = [];
    if (!this.view) {
      this.area.value = text;
      return;
    }
    this.quiet = true;
    this.view.text = text;
    this.quiet = false;
    this.mark();
  }

  focus() {
    (this.view ?? this.area).focus();
  }

  // show marks diagnostics: {line, offset, end, severity, message}, places in bytes.
  show(list) {
    this.list = list.filter(({ line }) => line).slice(0, maxMarks);
    this.mark();
  }

  mark() {
    if (!this.view) {
      return;
    }
    const { text } = this;
    this.view.mark(this.list.map((d) => {
      const from = positionOf(text, d.offset);
      return { from, to: Math.max(from, positionOf(text, d.end)), severity: d.severity === "note" ? "info" : d.severity, message: d.message };
    }));
  }

  // go selects a part of the text, given in bytes, and shows it.
  go(start, end) {
    const from = positionOf(this.text, start);
    const to = Math.max(from, positionOf(this.text, end));
    if (this.view) {
      this.view.select(from, to);
      return;
    }
    this.area.focus();
    this.area.setSelectionRange(from, to);
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
