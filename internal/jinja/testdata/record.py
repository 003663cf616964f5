"""Writes recorded.json; see README.md."""

import itertools
import json
import os
import re

from jinja2 import FileSystemLoader
from jinja2.exceptions import SecurityError, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment


class Tag:
    def __init__(self, namespace, name):
        self.namespace, self.name, self._secret = namespace, name, 1

    def __str__(self):
        return f"{self.namespace}.{self.name}"

    def __repr__(self):
        return f"Tag(namespace={self.namespace!r}, name={self.name!r})"


class Rule:
    def __init__(self):
        self.title = "Odd Start Of A Tool"
        self.tags = [Tag("attack", "execution"), Tag("attack", "t1059.001")]
        self.falsepositives = ["Unknown", "The owner's tests"]
        self.author = None
        self.custom = {"team": "blue", "items": [1, 2], "n": 3}

    def __repr__(self):
        return "<Rule>"


def variables():
    return {
        "rule": Rule(),
        "query": 'EventID=1 Image="*\\\\a.exe" <b> & \'c\'',
        "numbers": [3, 1, 2],
        "words": ["pear", "Apple", "fig", "apple"],
        "people": [{"name": "Bo", "age": 3, "at": {"x": 1}}, {"name": "al", "age": 2, "at": {"x": 2}}, {"name": "Cy", "age": 3, "at": {"x": 0}}],
        "empty": [],
        "text": "two  words\nand a line",
        "d": {"b": 1, "a": "x", "items": 5, "C": None},
    }


TEMPLATES = r"""
{{ 1 }}{{ 'a' }}{{ none }}{{ true }}{{ 1.5 }}{{ [1, 'a', none, 1.0] }}{{ {'a': (1,)} }}
{{ rule.title }}|{{ rule.tags }}|{{ rule.tags[0] }}|{{ rule.tags | join(', ') }}|{{ rule.author }}|{{ rule }}
{{ rule.nothing }}|{{ nothing }}|{{ nothing.more }}
{{ rule['title'] }}{{ rule.custom.team }}{{ rule.custom['team'] }}{{ rule.custom.items }}|
{{ d['items'] }}|{{ d.items() | list }}|{{ d.keys() }}|{{ d.values() }}|{{ d.items() }}|{{ d.get('zz', 5) }}|{{ d.get('zz') }}
{{ query.__class__ }}
{{ query.__class__.__mro__ }}
{{ rule._x }}|{{ rule.tags[0]._secret }}
{{ rule.tags[0]._secret + 1 }}
{{ ''['__class__'].x }}
{% set x = 1 %}{{ x }}{% set x, y = 2, 3 %}{{ x }}{{ y }}{% set (a, b) = [4, 5] %}{{ a + b }}
{% set x %}block {{ 1 + 1 }}{% endset %}[{{ x }}]{% set y | upper %}abc{% endset %}{{ y }}
{% set x = 1 %}{% for i in [1, 2] %}{% set x = i %}{{ x }}{% endfor %}{{ x }}
{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}
{% set ns = namespace(n=0, l=[]) %}{% for i in numbers %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}{{ ns.zz }}
{% set x.y = 1 %}
{% set tags = [] %}{% for t in rule.tags %}{% set _ = tags.append(t.name) %}{% endfor %}{{ tags }}
{% for i in numbers %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.cycle('a', 'b') }}{{ loop.changed(i // 2) }},{% endfor %}
{% for i in empty %}x{% else %}none{% endfor %}{% for i in nothing %}x{% else %}undefined{% endfor %}
{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}{% for k in d %}{{ k }}{% endfor %}{% for c in 'abc' %}{{ c }}.{% endfor %}
{% for i in numbers if i > 1 %}{{ i }}{{ loop.length }}{% else %}no{% endfor %}{% for i in numbers if i > 9 %}{{ i }}{% else %}no{% endfor %}
{% for i in range(3) %}{% for j in range(i) %}{{ loop.depth }}{{ i }}{{ j }} {% endfor %}{% endfor %}
{% for item in [1, [2, [3, 4]], 5] recursive %}{% if item is iterable %}<{{ loop(item) }}>{% else %}{{ item }}.{{ loop.depth }}{% endif %}{% endfor %}
{% for a, b in [1, 2] %}{% endfor %}
{% for (a, b), c in [((1, 2), 3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}
{{ loop }}{% for i in [1] %}{{ loop }}{% endfor %}
{% for x in 1 %}{% endfor %}
{% if 0 %}a{% elif '' %}b{% elif none %}c{% else %}d{% endif %}{% if [] or {} or nothing or 0.0 %}x{% endif %}
{% if numbers %}yes{% endif %}{% if not empty %}no{% endif %}
{{ 'a' if true else 'b' }}{{ 'a' if false }}{{ 'a' if false else 'b' if false else 'c' }}
{{ 1 < 2 < 3 }}{{ 1 < 3 < 2 }}{{ 1 == 1.0 }}{{ '1' == 1 }}{{ none == none }}{{ [1] == [1] }}{{ {'a': 1} == {'a': 1.0} }}{{ true == 1 }}
{{ 1 in numbers }}{{ 9 not in numbers }}{{ 'a' in 'abc' }}{{ 'b' in d }}{{ 1 in range(3) }}{{ not 1 in numbers }}
{{ 1 in 'abc' }}
{{ 1 < 'a' }}
{{ nothing < 1 }}
{{ nothing == nothing }}{{ nothing == 1 }}{{ nothing != 1 }}{{ 1 in nothing }}
{{ 7 // 2 }}{{ 7 / 2 }}{{ 7 % 3 }}{{ -7 // 2 }}{{ -7 % 3 }}{{ 2 ** 3 }}{{ 2 ** -1 }}{{ 2 ** 3 ** 2 }}{{ 1 + 2 * 3 }}{{ (1 + 2) * 3 }}{{ -2 ** 2 }}{{ +5 }}{{ 2 ** 70 }}{{ 7.5 // 2 }}{{ -7.5 % 2 }}
{{ 1 / 0 }}
{{ 1 // 0 }}
{{ 1 % 0 }}
{{ 1 + 'a' }}
{{ 'a' + 1 }}
{{ 'a' + 'b' }}{{ [1] + [2] }}{{ (1,) + (2,) }}{{ 'ab' * 2 }}{{ 2 * 'ab' }}{{ [0] * 3 }}{{ 'a' * -1 }}
{{ 'a' ~ 1 ~ none ~ 1.5 ~ [1] }}{{ 1 ~ 2 + 3 }}
{{ nothing + 1 }}
{{ -nothing }}
{{ -'a' }}
{{ nothing() }}
{{ 'a'() }}
{{ 1 and 2 }}{{ 0 and 2 }}{{ 0 or 'x' }}{{ 1 or 2 }}{{ not 1 }}{{ not not 1 }}{{ not nothing }}
{{ 'abc'[0] }}{{ 'abc'[-1] }}{{ 'abc'[9] }}{{ 'abc'[1:] }}{{ 'abc'[:-1] }}{{ 'abc'[::-1] }}{{ 'abcdef'[1:5:2] }}{{ numbers[1:] }}{{ numbers[::-1] }}{{ (1, 2, 3)[:2] }}{{ numbers[5:] }}{{ numbers[-2:] }}{{ 'abc'[3:0:-1] }}{{ 'abc'[none:2] }}
{{ numbers[0] }}{{ numbers.0 }}{{ numbers[-1] }}{{ numbers[9] }}{{ numbers['a'] }}{{ d[1] }}
{{ numbers['a':] }}
{{ numbers[::0] }}
{{ [1, 2, 3,] }}{{ (1, 2,) }}{{ () }}{{ [] }}{{ {} }}{{ (1) }}{{ 1, 2 }}{{ {'a': 1, 'b': 2,} }}{{ 'a' 'b' }}
{{ {[]: 1} }}
{{ '\n\t\x41\u00e9\\\'\"\d' }}{{ "it's" }}{{ ['it\'s', "\"", "'\"", '\n\\', '\x00\u2028é'] }}
{{ 0x1f }}{{ 0b11 }}{{ 0o17 }}{{ 1_000 }}{{ 1e3 }}{{ 1.5e-7 }}{{ 1E20 }}{{ 00 }}{{ 123456789012345678901234567890 }}
{{ 1.0 }}{{ 1e16 }}{{ 0.1 + 0.2 }}{{ 1 / 3 }}{{ 100.0 }}{{ 1e-5 }}
{% raw %}{{ x }}{% if %}{% endraw %}!{%- raw -%} {{ y }} {%- endraw -%} .
a {#- comment -#} b {# x #} c{# {{ }} #}
a   {%- if true -%}   b   {%- endif -%}   c
a {{- 1 -}} b {{ 2 -}} c {{- 3 }} d
a {%+ if true %} b {% endif +%} c
a{{ 1 }}{% if true %}
b
{% endif %}
c
{{ '}}' }}{{ "%}" }}{{ {'a': {'b': 1}} }}{{ {'a': {'b': 1}}['a']['b'] }}
{% macro m(a, b=2, c=a) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m(1) }}{{ m('x', b='y') }}{{ m() }}{{ m(1, 2, 3) }}{{ m.name }}
{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, x=4) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(z=2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}
{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}
{% macro m() %}({{ caller(1) }}){% endmacro %}{% call(x) m() %}in {{ x }}{% endcall %}
{% macro m() %}({{ caller() }}){% endmacro %}{% call m() %}in {{ rule.title }}{% endcall %}
{% macro m() %}x{% endmacro %}{% call m() %}in{% endcall %}
{% set x = 1 %}{% macro m() %}{{ x }}{% endmacro %}{% set x = 2 %}{{ m() }}
{{ m(*[1], **{'b': 2}) }}
{% macro m(a, b) %}{{ a }}{{ b }}{% endmacro %}{{ m(*[1], **{'b': 2}) }}{{ m(*[1, 2]) }}
{% filter upper %}abc {{ 'def' }}{% endfilter %}{% filter replace('a', 'b') | upper %}banana{% endfilter %}
{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a }}{% with %}{% set z = 1 %}{{ z }}{% endwith %}{{ z }}
{% autoescape true %}{{ query }}{{ '<' }}{{ '<' | safe }}{{ '<a>' ~ query ~ ('<b>' | safe) }}{{ ('<' | e) + '>' }}{{ ['<', '>' | safe] | join('&') }}{% endautoescape %}{{ '<' }}
{% autoescape true %}{% set x %}<b>{% endset %}{{ x }}{% macro m() %}<i>{% endmacro %}{{ m() }}{{ {'a': '<'} | tojson }}{{ '%s' | safe | format('<') }}{{ ('%s' | safe) % '<' }}{{ ['<' | safe] }}{% endautoescape %}
{% autoescape true %}{{ ('<b>' | safe).upper() }}{{ ('<b>' | safe) | upper }}{{ '<b>' | replace('b', '<') }}{{ '<b>' | safe | replace('b', '<') }}{{ '<' | e | e }}{{ '<' | e | forceescape }}{% endautoescape %}
{{ query | e }}{{ query | escape }}{{ 5 | e }}{{ none | e }}
{{ dict(a=1, b=2) }}{{ dict([('a', 1)], b=3) }}{{ dict({'x': 1}) }}
{{ range(5) }}{{ range(1, 5) | list }}{{ range(5, 0, -2) | list }}{{ range(0, 10, 3) }}{{ range(0) | list }}{{ range(3)[1] }}
{{ range(1000000) }}
{{ range(1, 2, 0) }}
{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.current }}{{ c.next() }}{{ c.next() }}{{ c.reset() }}{{ c.next() }}
{% set j = joiner('|') %}{% for i in numbers %}{{ j() }}{{ i }}{% endfor %}{% set k = joiner() %}{{ k() }}{{ k() }}
{% include 'part.j2' %}
{% set local = 7 %}{% include 'part.j2' %}{% include 'part.j2' without context %}
{% for local in [1, 2] %}{% include 'part.j2' %}{% endfor %}
{% include 'none.j2' %}
{% include 'none.j2' ignore missing %}ok
{% include ['none.j2', 'sub/leaf.j2'] %}
{% include 'nested.j2' %}
{% import 'lib.j2' as lib %}{{ lib.box(1) }}{{ lib.shared }}{{ lib._hidden }}{{ lib.zz }}
{% from 'lib.j2' import box, shared as s %}{{ box(2, '-') }}{{ s }}
{% from 'lib.j2' import nothing %}{{ nothing }}|
{% from 'lib.j2' import nothing %}{{ nothing() }}|
{% include '../record.py' %}
{% include 'broken.j2' %}
{% include 'sub/../part.j2' %}
{{ 5 is odd }}{{ 4 is even }}{{ 6 is divisibleby 3 }}{{ 6 is divisibleby(4) }}{{ x is defined }}{{ d is defined }}{{ x is undefined }}{{ none is none }}{{ 1 is not none }}
{{ 'a' is string }}{{ 1 is number }}{{ 1.5 is float }}{{ 1 is integer }}{{ true is integer }}{{ true is boolean }}{{ true is true }}{{ false is false }}{{ d is mapping }}{{ numbers is sequence }}{{ 'a' is sequence }}{{ 1 is iterable }}{{ d.get is callable }}
{{ 1 is sameas 1 }}{{ none is sameas none }}{{ numbers is sameas numbers }}{{ [1] is sameas [1] }}{{ 1 is sameas true }}{{ 1 is in [1] }}{{ 1 is in numbers }}
{{ 1 is eq 1 }}{{ 1 is equalto 2 }}{{ 1 is ne 2 }}{{ 1 is lt 2 }}{{ 1 is le 1 }}{{ 1 is gt 2 }}{{ 1 is ge 1 }}{{ 1 is lessthan 2 }}{{ 1 is greaterthan 2 }}
{{ 'A' is upper }}{{ 'a' is lower }}{{ 'A1' is upper }}{{ '<' | e is escaped }}{{ 'upper' is filter }}{{ 'x' is filter }}{{ 'odd' is test }}
{{ 1 is nosuch }}
{{ 1 | nosuch }}
{{ 'x' if nothing is defined else 'y' }}{{ 1 if 2 is odd or 3 is odd }}
{{ 1 is odd is even }}
{{ numbers | map('string') | join('+') }}{{ people | map(attribute='name') | list }}{{ people | map(attribute='at.x') | list }}{{ people | map(attribute='zz', default='-') | list }}{{ words | map('upper') | list }}{{ words | map('replace', 'p', 'b') | list }}{{ numbers | map('zz') | list }}
{{ numbers | map('round') | list }}{{ words | map('truncate', 3, true, '') | list }}
{{ people | selectattr('age', 'eq', 3) | map(attribute='name') | list }}{{ people | rejectattr('age', 'equalto', 3) | list }}{{ numbers | select('odd') | list }}{{ numbers | reject('odd') | list }}{{ [0, 1, '', 'a'] | select | list }}{{ people | selectattr('zz') | list }}{{ people | selectattr('zz', 'defined') | list }}{{ numbers | select('gt', 1) | list }}{{ words | select('in', ['fig']) | list }}
{{ people | groupby('age') }}
{% for age, list in people | groupby('age') %}{{ age }}:{{ list | map(attribute='name') | join(',') }};{% endfor %}{% for g in people | groupby('age') %}{{ g.grouper }}{{ g.list | length }}{{ g[0] }}{% endfor %}
{{ words | groupby('0') }}{{ words | sort }}{{ words | sort(case_sensitive=true) }}{{ words | sort(reverse=true) }}{{ words | sort(true, true) }}{{ people | sort(attribute='age,name') | map(attribute='name') | list }}{{ people | sort(attribute='at.x') | map(attribute='name') | list }}
{{ [1, 'a'] | sort }}
{{ words | unique | list }}{{ words | unique(true) | list }}{{ [1, 1.0, 2] | unique | list }}{{ people | unique(attribute='age') | map(attribute='name') | list }}
{{ numbers | min }}{{ numbers | max }}{{ words | min }}{{ words | max }}{{ empty | min }}{{ people | max(attribute='age') }}{{ words | min(case_sensitive=true) }}
{{ numbers | sum }}{{ people | sum(attribute='age') }}{{ numbers | sum(start=10) }}{{ [[1], [2]] | sum(start=[]) }}{{ [1.5, 2] | sum }}
{{ ['a'] | sum }}
{{ numbers | batch(2) | list }}{{ numbers | batch(2, 'x') | list }}{{ range(7) | slice(3) | list }}{{ range(7) | slice(3, 'x') | list }}{{ numbers | reverse | list }}{{ 'abc' | reverse }}
{{ numbers | first }}{{ numbers | last }}{{ empty | first }}{{ empty | last }}{{ 'abc' | first }}{{ 'abc' | last }}{{ d | first }}{{ numbers | length }}{{ 'äb' | length }}{{ d | count }}{{ nothing | length }}
{{ 1 | length }}
{{ numbers | list }}{{ 'abc' | list }}{{ d | list }}{{ nothing | list }}{{ d.items() | list }}
{{ numbers | join }}{{ numbers | join(', ') }}{{ people | join(',', 'name') }}{{ people | join(attribute='name') }}{{ 'abc' | join('.') }}{{ [none, true, 1.5] | join(' ') }}
{{ d | dictsort }}{{ {'b': 1, 'A': 2} | dictsort }}{{ {'b': 1, 'A': 2} | dictsort(true) }}{{ {'b': 1, 'A': 2} | dictsort(by='value') }}{{ {'b': 1, 'A': 2} | dictsort(reverse=true) }}{{ {'b': 1} | items | list }}
{{ nothing | default('x') }}{{ none | default('x') }}{{ '' | default('x') }}{{ '' | default('x', true) }}{{ none | d('x', boolean=true) }}{{ nothing | d }}{{ 0 | d(5) }}
{{ -5 | abs }}{{ -5.5 | abs }}{{ (-5) | abs }}{{ '5' | int }}{{ ' 7 ' | int }}{{ 'x' | int }}{{ 'x' | int(3) }}{{ '1.9' | int }}{{ 1.9 | int }}{{ '0x1f' | int(base=16) }}{{ 'ff' | int(0, 16) }}{{ '0b11' | int(0, 2) }}{{ none | int }}{{ true | int }}{{ '1e3' | int }}{{ '1_000' | int }}
{{ '1.5' | float }}{{ 'x' | float }}{{ 'x' | float(2.5) }}{{ 3 | float }}{{ none | float }}{{ '1e3' | float }}{{ 'inf' | float }}{{ ' -2 ' | float }}
{{ 2.5 | round }}{{ 3.5 | round }}{{ 2.567 | round(2) }}{{ 2.1 | round(method='ceil') }}{{ 2.9 | round(0, 'floor') }}{{ 42 | round }}{{ 1234.5 | round(-2) }}{{ 2.675 | round(2) }}{{ -0.4 | round }}{{ 1250 | round(-2) }}{{ 2.123 | round(1, 'ceil') }}
{{ 1 | filesizeformat }}{{ 999 | filesizeformat }}{{ 1000 | filesizeformat }}{{ 1234567 | filesizeformat }}{{ 1024 | filesizeformat(true) }}{{ 123456789012 | filesizeformat(binary=true) }}{{ 0 | filesizeformat }}{{ 1.5 | filesizeformat }}
{{ 'hello wORLD' | capitalize }}{{ 'hello wORLD' | title }}{{ "it's a-b (c) {d} [e] <f> x_y 1st" | title }}{{ 'Ab' | lower }}{{ 'ab' | upper }}{{ '  x ' | trim }}|{{ 'xxaxx' | trim('x') }}{{ 5 | lower }}{{ none | upper }}{{ 'ß' | upper }}
{{ 'abc' | center(10) }}|{{ 'abcd' | center(9) }}|{{ 'abc' | center }}|{{ 'abcd' | center(2) }}
{{ text | indent }}|{{ text | indent(2, true) }}|{{ 'a\n\nb' | indent(2) }}|{{ 'a\n\nb' | indent(2, blank=true) }}|{{ 'a\nb' | indent('> ') }}|{{ 'a\nb\n' | indent(2) }}|{{ '' | indent(2, true) }}
{{ 'foo bar baz qux' | truncate(9) }}{{ 'foo bar baz qux' | truncate(9, true) }}{{ 'foo bar baz qux' | truncate(11) }}{{ 'foo bar baz qux' | truncate(11, false, '…') }}{{ 'foo bar baz qux' | truncate(9, leeway=0) }}{{ 'foobarbazqux' | truncate(6, leeway=0) }}{{ 'foo bar' | truncate(3, true, '', 0) }}
{{ 'abc' | truncate(1) }}
{{ 'banana' | replace('a', 'o') }}{{ 'banana' | replace('a', 'o', 2) }}{{ 'banana' | replace('', '-') }}{{ 123 | replace(2, 'x') }}{{ query | replace('"', '\\"') }}
{{ 'a b_c, d-e f' | wordcount }}{{ '' | wordcount }}{{ '<p>a  <b>b</b>\n c &lt; d</p><!-- x -->' | striptags }}
{{ 'a b/c?d=é&~' | urlencode }}{{ {'a b': 1, 'c': 'd&/~e'} | urlencode }}{{ [('x', 1)] | urlencode }}{{ 5 | urlencode }}
{{ {'class': 'a "b"', 'id': none, 'x': nothing, 'n': 5} | xmlattr }}|{{ {'a': 1} | xmlattr(false) }}
{{ {'a b': 1} | xmlattr }}
{{ query | tojson }}{{ d | tojson }}{{ [1, 1.5, none, true, 'é'] | tojson }}{{ {'b': [1, {}], 'a': []} | tojson(indent=2) }}{{ "<>&'" | tojson }}{{ (1, 2) | tojson }}{{ {} | tojson(2) }}
{{ nothing | tojson }}
{{ rule | tojson }}
{{ '%s' | format('a') }}{{ '%s-%05d' | format('x', 7) }}{{ '%(a)s' | format(a=1) }}{{ '%s' % 'a' }}{{ '%s %s' % (1, none) }}{{ '%(a)s %(b)r' % {'a': 1, 'b': 'x'} }}{{ '%%' % () }}{{ '%5s|%-5s|%.2s' % ('a', 'b', 'cdef') }}
{{ '%d %5d %05d %-5d| %+d % d %x %X %#x %o %#o' % (1, 2, 3, 4, 5, 6, 255, 255, 255, 8, 8) }}{{ '%f %.2f %8.3f %e %.1e %g %G %g %i' % (1.5, 1.555, 1.5, 12345.678, 0.00012, 0.0001, 1e20, 100000, 7.9) }}{{ '%c%c' % (65, 'B') }}{{ '%*d|%.*f' % (5, 3, 2, 1.0) }}{{ '%5.3d|%-6.3d|%+.3d' % (7, 7, 7) }}
{{ '%s' % (1, 2) }}
{{ '%s %s' % 1 }}
{{ '%d' % 'a' }}
{{ '%' % 1 }}
{{ '%z' % 1 }}
{{ '%(a)s' % 1 }}
{{ '%s' % [1, 2] }}{{ '%r %a' % ('é', 'é') }}{{ 'x' % {} }}{{ 'x' % [] }}{{ '%s' % {} }}
{{ '{} {x}'.format(1, x=2) }}{{ '{0.title}'.format(rule) }}{{ '{:>5}'.format('a') }}
{{ '{'.format() }}
{{ 'abc'.nothing }}{{ 'abc'.upper }}
{{ 'abc' | attr('upper') is callable }}{{ rule | attr('title') }}{{ rule | attr('zz') }}{{ d | attr('b') }}
{{ numbers.index(2) }}{{ numbers.count(1) }}{{ (1, 2).index(2) }}{{ numbers.pop() }}{{ numbers }}{{ numbers.insert(0, 'x') }}{{ numbers.extend([7, 8]) }}{{ numbers.reverse() }}{{ numbers }}{{ numbers.remove(7) }}{{ numbers.copy() }}{{ numbers.clear() }}{{ numbers }}
{{ numbers.sort() }}{{ numbers }}{{ numbers.sort(reverse=true) }}{{ numbers }}
{{ numbers.pop(9) }}
{{ numbers.index(9) }}
{{ numbers.remove(9) }}
{{ d.update({'z': 1}) }}{{ d.update(y=2) }}{{ d.pop('b') }}{{ d.setdefault('q', 5) }}{{ d.setdefault('q', 6) }}{{ d.popitem() }}{{ d }}{{ d.pop('nn', 'zz') }}{{ d.copy() }}{{ d.clear() }}{{ d }}
{{ d.pop('nn') }}
{% for %}
{% if x %}
{% endif %}
{% nosuch %}
{{ 1 + }}
{{ (1 }}
{{ [1, 2 }}
{{ 'a }}
{{ 1 2 }}
{% set 1 = 2 %}
{% set true = 2 %}
{% for x in y %}{% endif %}
{{ }}
{# open
{% raw %} open
{{ a.b.c( }}
{{ a..b }}
{{ a | }}
{{ ! }}
{{ a ? b }}
{% macro m(a=1, b) %}{% endmacro %}
{% include %}
{% import 'lib.j2' %}
{% from 'lib.j2' import _hidden %}
{{ m(a=1, 2) }}
{{ m(**a, *b) }}
{% if a = b %}{% endif %}
{{ $ }}
{% if true %}a{% else %}b{% elif x %}c{% endif %}
{{ {'a' 1} }}
{{ [1,,2] }}
{{ 1 if }}
{{ a is }}
{{ not }}
{{ "\u12" }}
{{ "\x4" }}
{{ 'a' ~ }}
plain text with { and } and % and # }}
%} }} #} {
{{ [1, 2] | join(',') | replace(',', '') | int + 1 }}{{ 'a,b'.split(',') | last | upper }}{{ ('a' ~ 'b') | upper }}{{ 'a' ~ 'b' | upper }}{{ 1 + 2 | string | length }}{{ -1 | abs }}
{{ rule.title[:3] }}{{ rule.title.split(' ')[-1] }}{{ rule.title | lower | replace(' ', '_') }}{{ rule.falsepositives | join('; ') }}{{ rule.tags | map(attribute='name') | join(',') }}{{ rule.tags | selectattr('name', 'match', 'x') | list }}
{{ rule.tags | map(attribute='name') | select('string') | list }}{% for t in rule.tags if t.name.startswith('t') %}{{ t.name }}{% endfor %}{{ rule.tags | map('string') | list }}{{ rule.tags | length }}
{{ numbers | map('string') }}
{% set g = numbers | map('string') %}{{ g | join }}{{ g | join }}
{{ 'ab\tc'.expandtabs(4) }}|{{ 'x'.join(['a', 'b']) }}{{ ','.join('abc') }}
{{ ','.join([1]) }}
{{ 'a'.index('z') }}
{{ 'a'.split('') }}
{{ 'a'.center(3, 'xx') }}
{{ 'a'.upper(1) }}
{{ 'a'.replace('a') }}
{{ 'a' | upper(1) }}
{{ 'a' | replace('a') }}
{{ 'a' | truncate(nope=1) }}
{{ loop.index }}
{{ (1, 2) < (1, 3) }}{{ [1] < [1, 2] }}{{ 'a' < 'b' }}{{ 1.5 > 1 }}{{ [1] <= [1] }}
{{ 10 is divisibleby 0 }}
{{ 'nan' | float == 'nan' | float }}{{ 'nan' | float < 1 }}{{ 'nan' | float }}{{ -0.0 }}
{{ {1: 'a', 1.0: 'b', true: 'c'} }}{{ {'a': 1, 'a': 2} }}{{ {(1, 2): 3} }}{{ {none: 1}[none] }}
{{ [[1, 2], [3]] | sum(start=[]) | length }}{{ people[0].name ~ people[-1]['name'] }}{{ people[0].at.x }}
{% set l = [1, 2] %}{% set m = l %}{% set _ = m.append(3) %}{{ l }}
{{ true + 1 }}{{ true and 'x' }}{{ [true, false] | sort }}{{ 5 // true }}
{{ '' if none }}{{ none if true }}{{ [none if false] }}
{{ 'a\\b' }}{{ 'C:\\Windows\\' }}{{ 'a\
b' }}
{%- for i in [1, 2] %}
  - {{ i }}
{%- endfor %}
"""


def pairs():
    """Operators over pairs of values."""
    values = ["1", "0", "-3", "2.5", "'a'", "'1'", "''", "none", "true", "[1]", "[]", "(1,)", "{}", "nothing", "range(2)"]
    for op in ["+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!=", "in", "not in", "and", "or", "~"]:
        for a, b in itertools.product(values, values):
            if (a, op, b) != ("-3", "**", "2.5"):  # a complex number
                yield f"{{{{ {a} {op} {b} }}}}"


def methods():
    texts = ["''", "'a'", "'Hello World'", "' x  y '", "'a,b,,c'", "'ÄÖ ß'", "'123'", "'a\\nb\\r\\nc\\x0bd\\u2028e'", "'-42'", "'x-y_z 9a'", "'aXbXc'"]
    calls = ["lower()", "upper()", "casefold()", "capitalize()", "title()", "swapcase()", "strip()", "lstrip()", "rstrip()", "strip('ax ')", "isdigit()", "isdecimal()", "isnumeric()",
             "isalpha()", "isalnum()", "isspace()", "isupper()", "islower()", "isascii()", "split()", "split(',')", "split(none, 1)", "split('X', 1)", "split(',', maxsplit=0)", "rsplit()",
             "rsplit(',', 1)", "rsplit(none, 1)", "rsplit('X', 5)", "splitlines()", "splitlines(true)", "partition('X')", "rpartition(',')", "find('b')", "rfind('c')", "find('a', 1)",
             "find('', 5)", "count('a')", "count('')", "count('l', 3, -1)", "startswith('a')", "startswith(('x', 'H'))", "startswith('b', 2)", "endswith('d')", "endswith('X', 0, 2)", "replace('a', 'bb')", "replace(',', '', 1)",
             "center(9)", "center(8, '*')", "ljust(9)", "rjust(9, '.')", "zfill(8)", "removeprefix('a')", "removesuffix('c')", "index('a')", "rindex('a')", "expandtabs()"]
    for t, c in itertools.product(texts, calls):
        yield f"{{{{ [{t}.{c}] }}}}"


def filters():
    values = ["''", "'Hello World'", "5", "-2.5", "none", "true", "[3, 1]", "(1, 'a')", "{'b': 1}", "nothing", "'<b>&'", "rule.tags[0]"]
    names = ["abs", "attr('x')", "batch(2) | list", "capitalize", "center(9)", "count", "d('x')", "default('x', true)", "dictsort", "e", "filesizeformat", "first", "float", "forceescape", "format", "indent",
             "int", "items | list", "join('-')", "last", "length", "list", "lower", "map('upper') | list", "max", "min", "reject('none') | list", "replace('l', 'L')", "reverse | list", "round",
             "safe", "select('string') | list", "slice(2) | list", "sort", "string", "striptags", "sum", "title", "tojson", "trim", "unique | list", "upper", "urlencode", "wordcount", "wordwrap(5)", "xmlattr", "groupby('x')"]
    for v, n in itertools.product(values, names):
        yield f"{{{{ [({v}) | {n}] }}}}"
    tests = ["boolean", "callable", "defined", "divisibleby 2", "eq 5", "escaped", "even", "false", "float", "ge 1", "in [5]", "integer", "iterable", "lower", "mapping", "ne 5", "none", "number", "odd", "sameas none", "sequence", "string", "true", "undefined", "upper"]
    for v, n in itertools.product(values, tests):
        yield f"{{{{ ({v}) is {n} }}}}"


def wraps():
    for text, width in itertools.product(["the quick brown fox jumps", "EventID=1 Image=\\\"*a.exe\\\"", "a-b co-operate well-known-fact x--y --z a---b", "aaaaaaaaaaaaaaaaaaaa bb", "one\\n\\ntwo three four\\nfive", "   lead", "e-mail f-g h1-i2 ab-cd", ""], [1, 3, 5, 8, 10, 79]):
        for options in ["", ", false", ", true, '|'", ", break_on_hyphens=false"]:
            yield f'{{{{ "{text}" | wordwrap({width}{options}) }}}}'


def kind(e):
    if isinstance(e, TemplateSyntaxError):
        return "syntax"
    if isinstance(e, SecurityError):
        return "security"
    if isinstance(e, TemplateNotFound):
        return "missing"
    return "runtime"


def main():
    env = SandboxedEnvironment(loader=FileSystemLoader(os.path.join(os.path.dirname(os.path.abspath(__file__)), "files")))
    lines = TEMPLATES.strip("\n").split("\n")
    templates = lines + ["\n".join(lines[-3:]), "a\n", "a\n\n", "a\r\nb\r\n", "  {{ 1 }}  \n", "{% if true %}\n  a\n{% endif %}\n", "{{ 1 }}\n{#- c -#}\n x", ""]
    templates += list(pairs()) + list(methods()) + list(filters()) + list(wraps())
    out = []
    for t in templates:
        try:
            case = {"t": t, "want": env.from_string(t).render(variables())}
        except Exception as e:  # noqa: BLE001
            case = {"t": t, "error": kind(e)}
        if re.search(r"0x[0-9a-f]{6,}|<built-in|<generator|<function", case.get("want", "")):
            continue  # an address of memory
        out.append(case)
    print("[" + ",\n".join(json.dumps(c) for c in out) + "]")


main()
