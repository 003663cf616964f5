// Checks the script of the HTML report. The rules stand here one by one, so that nothing but ESLint itself is needed.
const browser = [
  "addEventListener", "atob", "Blob", "clearTimeout", "DecompressionStream", "document", "location", "performance", "ResizeObserver", "Response",
  "setTimeout", "Uint8Array", "window",
];

export default [{
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
