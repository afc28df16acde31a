"""Writes cases.json: what Jinja2 (3.1) makes of small templates in the environment that transformers renders chat templates in.

Run by hand where Jinja2 is installed: python3 make.py. Each case is a template and its output, or its error's class.
"""
import json
import os
from datetime import datetime

from jinja2 import ext, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

EXPRESSIONS = r"""
1 + 2 * 3
(1 + 2) * 3
7 // 2
-7 // 2
7 % 3
-7 % 3
7 % -3
7.5 // 2
-7.5 % 2
2 ** 10
2 ** -1
2 ** 3 ** 2
-2 ** 2
1 / 4
4 / 2
10 / 3
1e3
1.5e-7
1e16
1e22
123456789012345680.0
0.1 + 0.2
1_000
0x1f
0b101
0o17
- 5
+5
- -5
not true
not not 1
1 < 2 < 3
1 < 2 > 3
1 == 1.0
true == 1
'a' < 'b'
'B' < 'a'
'a' ~ 1 ~ none ~ true ~ 1.0
'a' 'b' "c"
'a' + 'b'
'ab' * 3
3 * 'ab'
[1] * 2
[1, 2] + [3]
(1, 2) + (3,)
(1,)
()
[]
{}
{'a': 1, 'b': [1, {'c': none}]}
{'a': 1}['a']
{'a': 1}.a
{'a': 1}.b
{'items': 1}.items is callable
{'items': 1}['items']
{1: 'x'}[1]
{1: 'x'}[true]
{1: 'x'}[1.0]
{(1, 2): 'x'}[(1, 2)]
{(1, 2): 'x'}[1, 2]
[1, 2, 3][0]
[1, 2, 3][-1]
[1, 2, 3][5]
[1, 2, 3].0
'abc'[1]
'abc'[10]
'abc'[-2:]
'abcdef'[::2]
'abcdef'[::-1]
'abcdef'[4:1:-1]
[1, 2, 3, 4][1:3]
[1, 2, 3, 4][:-1]
[1, 2, 3, 4][::-2]
(1, 2, 3)[1:]
range(10)[2:5] | list
range(5)
range(1, 10, 3) | list
range(5, 0, -2) | list
'a😀b'[1]
'a😀b' | length
'a😀b'[::-1]
'a😀b'.find('b')
none
true
1 if true else 2
1 if false else 2
1 if false
(1 if false) is defined
undefined_name
undefined_name.attribute
undefined_name['x']
undefined_name + 1
undefined_name | length
undefined_name | default('d')
undefined_name | list
undefined_name | upper
undefined_name == undefined_name
undefined_name in [1]
1 in undefined_name
undefined_name < 1
undefined_name()
none.x
none.x.y
none['x']
'abc'.x
'abc'.upper()
'abc'['upper']()
'abc'.missing()
1()
'x' in 'xyz'
1 in [1, 2]
1 not in [1, 2]
'a' in {'a': 1}
1 in (1, 2)
1 in 'abc'
'1' in 1
'a b  c'.split()
' a b  c '.split()
' a b  c '.split(' ')
'a,b,c'.split(',', 1)
' a  b c '.split(none, 1)
' a  b c '.rsplit(none, 1)
'a,b,c'.rsplit(',', 1)
''.split()
''.split(',')
'a,b'.partition(',')
'ab'.partition(',')
'a,b,c'.rpartition(',')
'a\nb\r\nc'.splitlines()
'a\nb\n'.splitlines()
'a\nb\n'.splitlines(true)
'xxabcxx'.strip('x')
'  abc  '.strip() ~ '|'
'  abc  '.lstrip() ~ '|'
'  abc  '.rstrip() ~ '|'
'abcabc'.replace('b', 'X')
'abcabc'.replace('b', 'X', 1)
'abc'.replace('', '-')
'abc'.replace('', '-', 2)
'abc'.find('c')
'abc'.find('z')
'abcabc'.rfind('b')
'abcabc'.find('b', 2)
'abc'.index('c')
'abc'.index('z')
'abcabc'.count('b')
'aaaa'.count('aa')
'abc'.count('')
'abc'.startswith('a')
'abc'.startswith(('x', 'a'))
'abc'.endswith('bc')
'abc'.removeprefix('a')
'abc'.removesuffix('c')
'hello world'.title()
"they're bill's".title()
'hello wORLD'.capitalize()
'Hello'.swapcase()
'abc'.center(10) ~ '|'
'abc'.center(8, '*')
'abc'.center(6, '*')
'abcd'.center(7, '*')
'abc'.ljust(6, '.')
'abc'.rjust(6)
'42'.zfill(5)
'-42'.zfill(5)
'abc'.isalpha()
'123'.isdigit()
'12a'.isalnum()
'  '.isspace()
''.isspace()
'ABC'.isupper()
'abc1'.islower()
'1'.islower()
', '.join(['a', 'b'])
', '.join(['a', 1])
'Ä'.lower()
'straße' | upper
'éÀ' | lower
'%s-%d' % ('a', 3)
'%05.2f|%5s|%-5s|%x' % (3.14159, 'ab', 'cd', 255)
'%s' % 'only'
'%s' % [1, 2]
'%r' % 'q'
'%d%%' % 5
'%s %s' % ('a',)
'%(a)s' % {'a': 1}
'%s and %s' | format('a', 'b')
'abc' | length
[1, 2] | length
{'a': 1} | count
5 | length
'abc' | upper
'ABC' | lower
'foo bar-baz (qux)' | title
'foo BAR' | capitalize
'  x ' | trim ~ '|'
'xxaxx' | trim('x')
1 | string + 'a'
[1, 2, 3] | join
[1, 2, 3] | join(', ')
[{'a': 1}, {'a': 2}] | join('-', attribute='a')
'abc' | join('-')
'abc' | first
'abc' | last
[] | first
[] | last
[1, 2] | first
[3, 1, 2] | sort
[3, 1, 2] | sort(reverse=true)
['b', 'A', 'c'] | sort
['b', 'A', 'c'] | sort(case_sensitive=true)
[{'a': 2}, {'a': 1}] | sort(attribute='a')
[{'a': 2, 'b': 1}, {'a': 1, 'b': 2}, {'a': 1, 'b': 1}] | sort(attribute='a,b')
[1, 'a'] | sort
[1, 2, 3] | reverse | list
'abc' | reverse
[1, 2, 1, 3] | unique | list
['a', 'A', 'b'] | unique | list
[1, 2, 3] | sum
[{'a': 1}, {'a': 2}] | sum(attribute='a')
[1, 2] | sum(start=10)
[3, 1, 2] | max
[3, 1, 2] | min
['b', 'A'] | max
[] | max
[{'a': 1}, {'a': 3}] | max(attribute='a')
[1, 2, 3, 4, 5] | batch(2) | list
[1, 2, 3, 4, 5] | batch(2, 'x') | list
[1, 2, 3, 4, 5] | slice(2) | list
[1, 2, 3, 4, 5] | slice(3, 'x') | list
[1, 2, 3, 4] | slice(2, 'x') | list
{'b': 1, 'A': 2} | dictsort
{'b': 1, 'a': 2} | dictsort(by='value')
{'b': 1, 'a': 2} | dictsort(reverse=true)
{'a': 1} | items | list
[1] | items | list
undefined_name | items | list
[{'r': 'u', 'c': 1}, {'r': 'a', 'c': 2}, {'r': 'u', 'c': 3}] | groupby('r')
[1, 2, 3, 4] | select('odd') | list
[1, 2, 3, 4] | reject('divisibleby', 2) | list
[0, 1, '', 'a', none] | select | list
[{'a': 1}, {'a': 0}, {}] | selectattr('a') | list
[{'a': 1}, {'a': 0}, {}] | rejectattr('a') | list
[{'a': {'b': 1}}] | selectattr('a.b', 'eq', 1) | list
[{'a': 1}, {}] | map(attribute='a', default='d') | list
[{'a': [5, 6]}] | map(attribute='a.1') | list
['a', 'b'] | map('upper') | list
[1, 2] | map('string') | list
['a b', 'c d'] | map('replace', ' ', '_') | list
[1, 2] | map('nosuchfilter') | list
3.7 | int
'3.7' | int
'0x1A' | int(base=16)
'abc' | int
'abc' | int(5)
'12' | int + 1
none | int
'1.5' | float
'x' | float
'x' | float(2.5)
3 | float
2.5 | round
3.5 | round
2.567 | round(2)
2.1 | round(0, 'ceil')
2.9 | round(method='floor')
42 | round
-5 | abs
-5.5 | abs
'a' | abs
'<b>&"\'</b>' | escape
'<b>' | escape | escape
('<b>' | safe) + '<i>'
('<' | e) ~ '<'
'<b>' | forceescape
'hello' | replace('l', 'L')
'hello' | replace('l', 'L', 1)
5 | replace('5', '6')
'a\nb\n\nc' | indent
'a\nb\n\nc' | indent(2, true)
'a\nb\n\nc' | indent(2, blank=true)
'a\nb' | indent('--')
'' | indent ~ '|'
'foo bar baz qux' | truncate(9)
'foo bar baz qux' | truncate(9, true)
'foo bar baz qux' | truncate(11)
'foo bar baz qux' | truncate(9, false, '…', 0)
'hello world, you' | wordcount
'a b/c?d=é' | urlencode
{'a': 'x y', 'b': 1} | urlencode
'abc' | center(9) ~ '|'
none | default('d')
none | default('d', true)
'' | d('x', true)
0 | default('x', boolean=true)
{'a': 1} | attr('a') is defined
'abc' | list
{'a': 1, 'b': 2} | list
{'a': 1}.values() | list
{'a': 1}.keys()
{'a': 1}.items()
{'a': 1}.values()
{'a': 1}.get('b')
{'a': 1}.get('b', 5)
{'a': 1}.copy()
dict(a=1, b=2)
dict([('a', 1)])
dict({'a': 1}, b=2)
[1, 2, 2].count(2)
[1, 2].index(2)
[1, 2].index(3)
{'a': [1, 2.0, 'x', none, true]} | tojson
{'a': [1, {'b': 2}], 'c': []} | tojson(indent=2)
{'a': 1, 'b': 2} | tojson(separators=(',', ':'))
{'b': 1, 'a': 2} | tojson(sort_keys=true)
'é<>&\'"\n\t\\/\u2028\x01\x7f😀' | tojson
'é😀' | tojson(ensure_ascii=true)
(1, 2) | tojson
{1: 2, none: 3, true: 4, 1.5: 5} | tojson
range(3) | tojson
undefined_name | tojson
[] | tojson(indent=2)
{} | tojson(indent=2)
1e16 | tojson
'it\'s'
['it\'s', "say \"x\"", 'both \' and "', 'é\n\x00\u200b😀\xa0']
[1.0, none, true, undefined_name]
'\x41\u00e9\101\q'
"a\
b"
1 is odd
2 is even
6 is divisibleby 3
6 is divisibleby(4)
1 is number
1.0 is float
1 is integer
true is integer
true is boolean
'a' is string
none is none
[] is sequence
{} is sequence
1 is sequence
'a' is iterable
1 is iterable
{} is mapping
undefined_name is defined
undefined_name is undefined
range is callable
'abc' is lower
'ABC' is upper
'a' is in ['a']
1 is eq 1
1 is ne 2
2 is gt 1
2 is ge 2
1 is lt 2
1 is le 0
1 is sameas 1
none is sameas none
true is sameas true
[] is sameas []
1 is not odd
1 is nosuchtest
'upper' is filter
'odd' is test
1 is odd and 2 is even
1 is eq(1) or false
[1, 2] == [1, 2]
(1, 2) == [1, 2]
{'a': 1} == {'a': 1.0}
[1, 2] < [1, 3]
(1, 2) < (1, 2, 0)
1 < 'a'
none < 1
'a' + 1
1 + 'a'
[1] + (2,)
1 / 0
1 // 0
1 % 0
1.0 / 0
'a' - 'b'
-'a'
-true
true + true
1 and 2
0 and 2
0 or 'x'
'' or none
namespace(a=1).a
namespace(a=1).b
namespace({'x': 2}).x
raise_exception('stop')
raise_exception()
strftime_now('%d %b %Y')
strftime_now('%Y-%m-%d %H:%M:%S %A %B %j %p %I %y %%')
cycler('a', 'b').next()
''.__class__
[].__class__
(1).__class__.__mro__
range.__name__
'abc'.__len__()
{}.__init__
'{}'.x
foo(1)
[1, 2, 3] is contains
range(100001)
[x for x in y]
1 +
{'a': }
[1, 2
'abc
a b
'a' is
| upper
""".strip("\n").split("\n")

TEMPLATES = [
    "{% for i in [1, 2, 3] %}{{ loop.index }}/{{ loop.length }}{{ ',' if not loop.last }}{% endfor %}",
    "{% for i in [3, 1] recursive %}{{ i }}{% endfor %}",
    "{% for n in [{'v': 1, 'c': [{'v': 2, 'c': []}]}] recursive %}<{{ n.v }}@{{ loop.depth }}{{ loop(n.c) }}>{% endfor %}",
    "{% for i in [1, 2, 2, 3] %}{{ loop.changed(i) }} {% endfor %}",
    "{% for i in [1, 2, 3] %}{{ loop.previtem }}-{{ loop.nextitem }};{% endfor %}",
    "{% for a, b in {'x': 1}.items() %}{{ a }}={{ b }}{% endfor %}",
    "{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for a, b in [(1, 2, 3)] %}{{ a }}{% endfor %}",
    "{% for x in [] %}a{% else %}b{% endfor %}",
    "{% for x in undefined_name %}a{% else %}b{% endfor %}",
    "{% for x in 5 %}a{% endfor %}",
    "{% for x in none %}a{% endfor %}",
    "{% set x = 1 %}{% for i in [1, 2] %}{% set x = x + i %}{{ x }} {% endfor %}{{ x }}",
    "{% for i in [1, 2] %}{{ x }}{% set x = i %}{{ x }} {% endfor %}{{ x }}",
    "{% set ns = namespace(x=1) %}{% for i in [1, 2] %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}",
    "{% set d = {} %}{% set d.x = 1 %}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set x = 1 if false %}[{{ x }}]",
    "{% set x = [1, 2] %}{% set x = x + [3] %}{{ x }}",
    "{% if true %}{% set x = 5 %}{% endif %}{{ x }}",
    "{% if 0 %}a{% elif '' %}b{% elif 1 %}c{% else %}d{% endif %}",
    "{% macro m(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }} {{ m(1, c=5) }} {{ m(b=1, a=0) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}[{{ m() }}]",
    "{% macro m(a) %}{{ a + 1 }}{% endmacro %}[{{ m() }}]",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}",
    "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}",
    "{% macro m(n) %}{{ n }}{% if n > 0 %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(3) }}",
    "{% macro m() %}{{ caller(7) }}{% endmacro %}{% call(x) m() %}<{{ x }}>{% endcall %}",
    "{% macro m() %}x{% endmacro %}{% call m() %}y{% endcall %}",
    "{% set y = 1 %}{% macro m() %}{{ y }}{% endmacro %}{% set y = 2 %}{{ m() }}",
    "{% for i in [1] %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}",
    "{% macro m(x) %}{{ m.name }}{% endmacro %}{{ m(1) }}",
    "{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}[{{ a }}]",
    "{% set a = 1 %}{% with a = 2, b = a %}{{ a }}{{ b }}{% endwith %}{{ a }}",
    "{% filter upper | replace('A', 'x') %}abc{% endfilter %}",
    "{% set x | upper %}abc{% endset %}{{ x }}",
    "{% set x %}a{{ 1 }}{% endset %}{{ x ~ 'b' }}",
    "{% set x %}{% set inner = 3 %}{% endset %}[{{ inner }}]",
    "{% raw %}{{ not }} {% this %}{% endraw %}",
    "a\n  {%- raw -%}  \n {{ x }} \n  {%- endraw -%}  \nb",
    "a\n   {% raw %}  x  {% endraw %}  \nb",
    "  {# comment #}\nx",
    "a  {#- comment -#}  b",
    "a {# one #} {# two -#}\n b",
    "  {% if true %}\n  x\n  {% endif %}\ny",
    "  {%+ if true %}\n  x\n  {% endif +%}\ny",
    "a {{ 1 }}\nb",
    "a\n{{ 1 }}\n\nb\n",
    "a\n{{- 1 -}}\n\nb\n\n",
    "x\t{%- if true -%}\u00a0 y \u2003{%- endif -%}\n z",
    "a\r\n{% if true %}\r\nb\r\n{% endif %}\r\nc\r",
    "{% for i in range(3) %}\n  - {{ i }}\n{% endfor %}\nend",
    "{% for i in range(9) %}{% if i == 5 %}{% break %}{% endif %}{% if i is odd %}{% continue %}{% endif %}{{ i }}{% else %}e{% endfor %}",
    "{% for i in range(3) %}{% for j in range(3) %}{% if j == 1 %}{% break %}{% endif %}{{ i }}{{ j }} {% endfor %}{% endfor %}",
    "{% break %}",
    "{% for i in [1] %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}",
    "{{ {'a': {'b': 1}}.a.b }}{{ {'a': {'b': {}}} }}",
    "{{ {'a': {}}}}",
    "{{ '}}' }}",
    "{{ \"{%\" }}",
    "{% set x = '%}' %}{{ x }}",
    "{{ 1 }",
    "{{ 1 %}",
    "{% if %}{% endif %}",
    "{% if true %}",
    "{% endif %}",
    "{% if true %}{% endfor %}",
    "{% for x %}{% endfor %}",
    "{% nosuch %}",
    "{% include 'x' %}",
    "{% set 1 = 2 %}",
    "{% set x %}",
    "{{ x.y.z }}",
    "{{ [] [0] }}",
    "{# never closed",
    "{% raw %} never closed",
    "{{ 'never closed }}",
    "{{ loop }}",
    "{% for i in [1, 2] if i > 1 %}{{ i }}{{ loop.length }}{% endfor %}",
    "{% for i in [1, 2, 3] if i is odd %}{{ loop.index }}:{{ i }} {% else %}none{% endfor %}",
    "{% set g = [1, 2] | map('string') %}{% for x in g %}{{ x }}{% endfor %}{% for x in g %}{{ x }}{% endfor %}",
    "{{ [1, 2] | map('string') | length }}",
    "{% set j = joiner() %}{{ j() }}a{{ j() }}b{{ j() }}",
    "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}",
    "{% generation %}x{% endgeneration %}",
    "{% set x = 1 %}{% generation %}{% set x = 2 %}{{ x }}{% endgeneration %}{{ x }}",
    "{% for m in [{'r': 1}] %}{% generation %}{{ m.r }}{{ loop.index }}{% endgeneration %}{% endfor %}",
    "{% if (1, 2) %}t{% endif %}{% if 1 in (1, 2) and not 3 in (1, 2) %}u{% endif %}",
    "{{ 'a' if 1 else 'b' if 0 else 'c' }}",
    "{{ 1 if 0 else 2 if 0 else 3 }}",
    "{{ not 1 == 2 }} {{ not 1 in [2] }}",
    "{{ -1 | abs }} {{ 2 - -1 }} {{ 1 - 1 | abs }}",
    "{{ 'a' ~ 'b' | upper ~ 'c' }}",
    "{{ 1 + 1 ~ 2 * 2 }}",
    "{{ [1, 2,] }} {{ (1, 2,) }} {{ {'a': 1,} }}",
    "{{ range(3) | map('string') | join('-') }}",
    "{{ [[1, 2], [3]] | sum(start=[]) }}",
    "{{ 'a,b;c' | replace(',', ';') | list | join('') }}",
    "{{ x is defined }} {% set x = none %}{{ x is defined }} {{ x is none }}",
    "{{ 1, 2 }}",
    "{% set x = (1, 2) %}{{ x[0] }}{{ x | last }}",
    "{{ dict(a=1, **{'b': 2}) }}",
    "{{ '%s' % (1,) }} {{ '%d-%d' | format(*[1, 2]) }}",
    "{% set x = {'a': 1} %}{% for k in x %}{{ k }}{{ x[k] }}{% endfor %}",
    "{% for k, v in {'b': 1, 'a': 2} | dictsort %}{{ k }}{{ v }}{% endfor %}",
    "{% for g in [{'r': 1}, {'r': 1}] | groupby('r') %}{{ g.grouper }}{{ g.list | length }}{% endfor %}",
    "{{ 'x' * 0 }}|{{ 'x' * -1 }}|{{ [] * 3 }}",
    "{{ true and 'yes' or 'no' }}",
    "{{ (none or {}).get('a', 'b') }}",
    "{{ 'tab\\there' }} {{ 'nl\\nhere' }}",
    "{{ [1, [2, [3, [4]]]] }}",
    "{{ 'ab' in ['abc'] }} {{ 'ab' in 'abc' }}",
    "{{ {'a': none}.a is none }} {{ {'a': none}.b is none }}",
    "{{ ('a', 'b')[0] }}{{ ['a', 'b'][1:][0] }}",
    "{{ 3 | string | length }}{{ 3.0 | string }}",
]


class Generation(ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def raise_exception(message):
    raise RuntimeError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[ext.loopcontrols, Generation])
environment.filters["tojson"] = tojson
environment.globals["raise_exception"] = raise_exception
environment.globals["strftime_now"] = lambda form: datetime(2024, 7, 26, 9, 5, 3).strftime(form)

cases = []
for template in ["{{ " + expression + " }}" for expression in EXPRESSIONS] + TEMPLATES:
    try:
        cases.append({"template": template, "output": environment.from_string(template).render()})
    except Exception as error:
        cases.append({"template": template, "error": type(error).__name__})
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "cases.json"), "w", encoding="utf-8") as file:
    json.dump({"source": "make.py beside this file, Jinja2 3.1.6", "cases": cases}, file, ensure_ascii=True, indent=0)
    file.write("\n")
print(len(cases), "cases,", sum("error" in case for case in cases), "errors")
