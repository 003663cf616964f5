// Checks the scripts of the HTML report and of egret serve. The rules stand here one by one, so that nothing but ESLint itself is needed.
const browser = [
  "AbortController", "addEventListener", "atob", "Blob", "clearTimeout", "CustomEvent", "DecompressionStream", "document", "Event", "EventSource", "fetch", "getComputedStyle", "history",
  "location", "navigator", "performance", "ResizeObserver", "Response", "setTimeout", "TextDecoder", "TextEncoder", "Uint8Array", "URL", "URLSearchParams", "window",
];

export default [{ ignores: ["**/codemirror.js"] }, {
  files: ["**/*.js"],
  languageOptions: {
    ecmaVersion: 2022,
    sourceType: "module",
    globals: Object.fromEntries(browser.map((name) => [name, "readonly"])),
  },
  linterOptions: { reportUnusedDisableDirectives: "error" },
  rules: {
    "array-callback-return": "error",
    "consistent-return": "off",
    "eqeqeq": "error",
    "no-console": "error",
    "no-dupe-keys": "error",
    "no-duplicate-imports": "error",
    "no-eval": "error",
    "no-implied-eval": "error",
    "no-new-func": "error",
    "no-redeclare": "error",
    "no-restricted-properties": ["error",
      { property: "innerHTML", message: "Texts of logs must not become HTML." },
      { property: "outerHTML", message: "Texts of logs must not become HTML." },
      { property: "insertAdjacentHTML", message: "Texts of logs must not become HTML." },
    ],
    "no-undef": "error",
    "no-unreachable": "error",
    "no-unused-vars": "error",
    "no-use-before-define": ["error", { functions: false, variables: false }],
    "no-var": "error",
    "prefer-const": "error",
    "require-await": "error",
  },
}];
