// The state of the page as the fragment of its address, and back. Old addresses of sigconverter are understood too.

const names = { backend: "target", format: "format" };

// encode returns a fragment of an object of texts and lists. Empty values are left out.
export function encode(state) {
  const parts = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) {
    if (Array.isArray(value)) {
      value.forEach((one) => parts.append(key, one));
    } else if (value === true) {
      parts.append(key, "1");
    } else if (value) {
      parts.append(key, value);
    }
  }
  return parts.toString();
}

// decode reads a fragment, without its #, into a Map of lists.
export function decode(fragment) {
  const found = new Map();
  const old = /(^|&)backend=/.test(fragment);
  for (const [key, value] of new URLSearchParams(old ? fragment.replaceAll("+", "%2B") : fragment)) {
    let name = key;
    let values = [value];
    if (old) {
      name = names[key] ?? key;
      if (key === "rule" || key === "pipelineYml") {
        name = key === "rule" ? "rule" : "own";
        values = [plain(value)];
      } else if (key === "pipeline") {
        values = value.split(";").filter(Boolean);
      }
    }
    found.set(name, [...(found.get(name) ?? []), ...values]);
  }
  return found;
}

// plain decodes Base64 of UTF-8; what is none stays as it is.
function plain(text) {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
  } catch {
    return text;
  }
}
