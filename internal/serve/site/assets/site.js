// What all pages share: elements, requests to the API, and short remarks for screen readers.

// element makes an element. Strings among the children become text, never HTML.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick") {
      made.addEventListener("click", value);
    } else if (value === true) {
      made.setAttribute(key, "");
    } else if (value !== false && value !== undefined && value !== null) {
      made.setAttribute(key, value);
    }
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const byID = (id) => document.getElementById(id);

// An APIError is what the server said instead of an answer.
export class APIError extends Error {
  constructor(message, help, status) {
    super(message);
    this.help = help;
    this.status = status;
  }
}

// call sends a request to the API and returns the answer. body is sent as JSON with POST; without it the request is a GET.
export async function call(path, body, signal) {
  const options = { signal, credentials: "same-origin", headers: { Accept: "application/json" } };
  if (body !== undefined) {
    options.method = "POST";
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (fault) {
    if (fault.name === "AbortError") {
      throw fault;
    }
    throw new APIError("the server does not answer", "is egret serve still running?", 0);
  }
  const text = await answer.text();
  let value = null;
  try {
    value = JSON.parse(text);
  } catch {
    throw new APIError(`the server answered ${answer.status} without JSON`, "", answer.status);
  }
  if (!answer.ok) {
    throw new APIError(value.error?.message ?? `the server answered ${answer.status}`, value.error?.help ?? "", answer.status);
  }
  return value;
}

// latest returns a function that runs work after a pause in its calls. A newer call ends the request of an older one.
export function latest(work, pause = 150) {
  let timer = 0;
  let running = null;
  return (now = false) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      running?.abort();
      const own = new AbortController();
      running = own;
      try {
        await work(own.signal);
      } catch (fault) {
        if (fault.name !== "AbortError") {
          throw fault;
        }
      }
    }, now ? 0 : pause);
  };
}

// download saves a text as a file.
export function download(name, text, type = "text/plain") {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

// copy puts a text on the clipboard. Browsers have a clipboard only on addresses that they trust, so there is an older way too.
export async function copy(text) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // not allowed: the older way may be
    }
  }
  const area = element("textarea", { "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

// ready tells tests that a page has done what it does on its own.
export function ready() {
  document.documentElement.dataset.ready = "yes";
}
