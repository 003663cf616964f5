"""Writes recorded.json; see README.md."""

import json
import random

import yaml

TEXTS = [
    "", "a", "yes", "No", "null", "~", "1", "010", "0x1f", "1.5", "1e3", "1.e+3", ".5", "-", "- a", "a: b", "a:b", "a #b", "a#b", "#a",
    "'a'", '"a"', "it's", "it's \"so\"", "a\\b", "C:\\Windows\\*.exe", " a", "a ", "a\nb", "a\n\nb", "\na", "a\n", "a \nb", "a\n b",
    "tab\there", "\u2013 dash", "\u00e9", "\U0001f600", "\x00\x07\x1b", "\x7f", "\x85", "\xa0", "\u2028", "\ufeff", "2024-03-11",
    "2024-03-11 10:00:00", "12:30", "12:30:45", "<<", "=", "!", "&a", "*a", "*", "?", "? a", "?a", ":", ": a", ":a", "%a", "@a", "`a", "|", "> a",
    "---", "--- a", "...", "[a]", "{a}", "a, b", "a]", "0b11", "0_1", "+1", "-1.5", ".inf", "-.INF", ".nan", "on", "OFF", "true", "True", "TRUE", "y", "n",
    "word " * 40, "w" * 120, ("w" * 90 + " ") * 2, "a  b " * 30, "it's " * 30, "\u2013 word " * 20, "first line\nsecond " + "line " * 30 + "\n\nthird\n",
    "x" * 130, "Two\n\n        lines\n\n        ", "\u00fc" * 100, "a\r\nb", "|- x", "1,000", "1:2", "190:20:30", "0o7", "08", "e1", "1e", "1.2.3",
    "line one\nline two", "EventID=1 Image=\"*\\\\a.exe\" | table " + "Field," * 30, "key: value " * 12, "a" * 79 + " b", "a" * 78 + " bcd ef", "1_000.5", "685.230_15e+03",
]
NUMBERS = [0, 1, -1, 7, 255, 10**15, -(10**18), 10**30]
FLOATS = [0.0, -0.0, 1.0, 1.5, -2.25, 1e-4, 1e-5, 1.5e-7, 1e15, 1e16, 1e22, 1.7976931348623157e308, 5e-324, 0.1, 1 / 3, 123456.789, float("inf"), float("-inf"), float("nan")]


def encode(v):
    if v is None:
        return {"n": 0}
    if isinstance(v, bool):
        return {"b": v}
    if isinstance(v, int):
        return {"i": str(v)}
    if isinstance(v, float):
        return {"f": repr(v)}
    if isinstance(v, str):
        return {"s": v}
    if isinstance(v, list):
        return {"l": [encode(x) for x in v]}
    if isinstance(v, tuple):
        return {"t": [encode(x) for x in v]}
    return {"d": [[encode(k), encode(x)] for k, x in v.items()]}


def attempt(f):
    try:
        return f()
    except Exception:
        return None


def randomvalue(r, depth):
    kind = r.randrange(8 if depth else 5)
    if kind == 0:
        return r.choice(NUMBERS)
    if kind == 1:
        return r.choice(FLOATS)
    if kind == 2:
        return r.choice([None, True, False])
    if kind <= 4:
        return r.choice(TEXTS)
    if kind == 5:
        return [randomvalue(r, depth - 1) for _ in range(r.randrange(4))]
    if kind == 6:
        return {r.choice(TEXTS): randomvalue(r, depth - 1) for _ in range(r.randrange(4))}
    return tuple(randomvalue(r, depth - 1) for _ in range(r.randrange(3)))


def main():
    r = random.Random(1)
    values = list(TEXTS) + NUMBERS + FLOATS + [None, True, False, [], {}, (), (1,), [[]], [{}], {"a": []}, {"a": {}}]
    values += [[t] for t in TEXTS] + [{"k": t} for t in TEXTS] + [{t: 1} for t in TEXTS] + [{"a": [{"k": t, "l": [t]}]} for t in TEXTS]
    values += [{1: "a", 2.5: "b", True: "c"}, {1: "a", "b": 2}, {None: 1}, {"b": 1, "a": [1, [2, [3, {"x": [4]}]]]}, [{"a": {"b": {"c": [1, 2]}}}, [[1, 2], [3]]]]
    values += [randomvalue(r, 4) for _ in range(120)]
    out = []
    for v in values:
        out.append({
            "value": encode(v),
            "repr": repr(v),
            "json": attempt(lambda: json.dumps(v)),
            "json_sorted_indent": attempt(lambda: json.dumps(v, sort_keys=True, indent=2)),
            "json_unicode": attempt(lambda: json.dumps(v, ensure_ascii=False, separators=(",", ":"))),
            "yaml": attempt(lambda: yaml.safe_dump(v)),
            "yaml_options": attempt(lambda: yaml.safe_dump(v, sort_keys=False, indent=4, width=40, allow_unicode=True)),
        })
    formats = []
    specs = ["", "5", ">5", "<5", "^6", "*^7", "05", "+", " ", "x", "#x", "X", "#b", "o", "c", "d", ",", "_", "_x", "012,", "e", "E", ".3e", "f", ".2f", "+.1f",
             "g", ".3g", "%", ".1%", "s", ".2", "10.3", "=+8", "0=8", "08.3f", "n", "r", "5s", "<08", ",.2f", "#o", ".0f", "20", "\u00e9>6", "z", "{w}", ">{w}.{p}"]
    for spec in specs:
        for v in ["abc", "\u00e9", 0, 7, -42, 1234567, 65, 1.5, -0.0, 3.14159, 1e20, 1e-7, 123456789.0, True, 100.0, 0.1, 10.0]:
            formats.append({"template": "{v:" + spec + "}", "named": {k: encode(x) for k, x in {"v": v, "w": 6, "p": 2}.items()},
                            "want": attempt(lambda: ("{v:" + spec + "}").format(v=v, w=6, p=2))})
    named = {"a": [1, "x", {"k": "v"}], "d": {"k": [1, 2], "0": "text", 0: "number", "a b": 3}, "s": "it's", "e": "\u00e9\n", "none": None, "q": "x'\""}
    for t in ["{{}}", "{a}", "{a[0]}", "{a[2][k]}", "{a[2][nothing]}", "{d[k][1]}", "{d[0]}", "{d[a b]}", "{s!r}", "{s!s:>8}", "{e!a}", "{none}", "{none:5}", "{a:5}",
              "{", "}", "a { b", "a } b", "{}", "{0}", "{nothing}", "{a[9]}", "{a[x]}", "{a[-1]}", "{s!x}", "{s!}", "{s!r}{{x}}", "{a[0]b}", "{a[0}", "{a.}", "{q!r}", "{s[1]}",
              "{{{s}}}", "{s:{w}}", "", "plain", "{ s}", "{s }", "{d[}]}", "{s:}}", "{s:{{}", "{a[]}"]:
        formats.append({"template": t, "named": {k: encode(x) for k, x in named.items()}, "want": attempt(lambda: t.format(**named))})
    for t in ["{} {}", "{0} {1} {0}", "{} {0}", "{0} {}", "{2}", "{:>{}}", "{1:>{0}}"]:
        formats.append({"template": t, "positional": [encode(5), encode(9)], "want": attempt(lambda: t.format(5, 9))})
    print(json.dumps({"values": out, "formats": formats}, separators=(",", ":")))


main()
