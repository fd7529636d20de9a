"""Mistakes in templates, each beside its sound twin."""

# ruff: noqa: E501

from __future__ import annotations

NONCE = 'nonce="{{ csp_nonce() }}"'

#: id, wrong, sound
PLANTED = (
    ("templates.unescaped", "<p>{{ text|safe }}</p>", "<p>{{ text }}</p>"),
    ("templates.unescaped", "<p>{{ (text|trim|safe)|upper }}</p>", "<p>{{ '&nbsp;'|safe }}</p>"),
    ("templates.unescaped", "{% autoescape false %}{{ text }}{% endautoescape %}", "{% autoescape true %}{{ x }}{% endautoescape %}"),
    ("templates.unescaped", "<p>{{ Markup(text) }}</p>", "<p>{{ Markup('<br>') }}</p>"),
    ("templates.unescaped", "{% filter safe %}{{ text }}{% endfilter %}", "{% filter upper %}{{ text }}{% endfilter %}"),
    ("templates.unescaped", "{% set x = text|safe %}{{ x }}", "{% set x = text|upper %}{{ x }}"),
    ("templates.unescaped", "{% for x in rows|map('string')|join|safe %}{{ x }}{% endfor %}", "{% for x in rows %}{{ x }}{% endfor %}"),
    ("templates.unquoted", "<a class={{ name }}>", '<a class="{{ name }}">'),
    ("templates.unquoted", "<a class=big-{{ name }}>", "<a class='big-{{ name }}'>"),
    ("templates.unquoted", "<input {{ attributes }}>", "<input {{ attributes|xmlattr }}>"),
    ("templates.unquoted", "<input {{ name }}=\"1\">", "<input{{ ' checked' if on }}>"),
    ("templates.unquoted", "<td width={{ width }}>", "<td width={{ width|int }}>"),
    ("templates.unquoted", "<p{% if a %} title={{ a }}{% endif %}>", '<p{% if a %} title="{{ a }}"{% endif %}>'),
    ("templates.value-in-script", f"<script {NONCE} type=module>let x = '{{{{ name }}}}';</script>", '<p data-x="{{ name }}">'),
    (
        "templates.value-in-script",
        f"<script {NONCE}>let x = {{{{ name }}}};</script>",
        f"<script {NONCE}>let x = {{{{ name|tojson }}}};</script>",
    ),
    ("templates.value-in-script", '<a onclick="go(\'{{ name }}\')">', '<a data-name="{{ name }}">'),
    ("templates.value-in-style", '<p style="width: {{ width }}px">', '<p class="w-{{ width }}">'),
    ("templates.value-in-style", "<style>p { color: {{ colour }} }</style>", "<p>p { color: {{ colour }} }</p>"),
    ("templates.inline-handler", '<body onload="start()">', '<body data-onload="start()">'),
    ("templates.inline-handler", "<b ONCLICK=go()>", "<b data-go=1>"),
    ("templates.inline-script", "<script>start()</script>", f'<script src="/static/a.js" {NONCE}></script>'),
    ("templates.inline-script", f"<script {NONCE}>start()</script>", '<script type="application/json">{}</script>'),
    ("templates.inline-style", '<p style="color: red">', '<p class="red">'),
    ("templates.inline-style", "<style>p {}</style>", "<!-- <style>p {}</style> -->"),
    ("templates.script-link", '<a href="javascript:go()">', '<a href="/javascript:go">'),
    ("templates.script-link", "<a href=' JavaScript:go()'>", "<a title='JavaScript:go()'>"),
    ("templates.address", '<a href="{{ link }}">', '<a href="{{ url_for(\'index\') }}">'),
    ("templates.address", '<img src="{{ picture }}">', '<img src="/pictures/{{ picture }}">'),
    ("templates.address", '<a href="{{ link if link else url_for(\'x\') }}">', "<a href=\"{{ '/a' if x else '/b' }}\">"),
    (
        "templates.address",
        "{% for href in links %}<a href='{{ href }}'>{% endfor %}",
        "{% for href, label in [('/a', 'A'), ('/b', 'B')] %}<a href='{{ href }}'>{% endfor %}",
    ),
    (
        "templates.form-without-token",
        '<form method="post"><input name="a"></form>',
        '<form method="post">{{ csrf() }}<input name="a"></form>',
    ),
    (
        "templates.form-without-token",
        '<form method="POST" action="/a"></form><input name="csrf_token">',
        '<form method="POST" action="/a"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}"></form>',
    ),
    (
        "templates.form-without-token",
        '{% if a %}<form method="post">{% endif %}</form>',
        '{% if a %}<form method="post">{% else %}<form method="post" class="b">{% endif %}{{ csrf() }}</form>',
    ),
    ("templates.get-form", '<form action="/polls/5/delete"></form>', '<form action="/polls/search"></form>'),
    (
        "templates.get-form",
        "<form action=\"{{ url_for('polls.delete', number=5) }}\"></form>",
        "<form action=\"{{ url_for('polls.search') }}\"></form>",
    ),
    ("templates.get-form", '<form><input type="password"></form>', '<form><input type="search"></form>'),
    ("templates.third-party", f'<script src="https://cdn.example/a.js" {NONCE}></script>', f'<script src="/a.js" {NONCE}></script>'),
    ("templates.third-party", '<img src="//track.example/p.gif">', '<a href="https://example.org">elsewhere</a>'),
    ("templates.third-party", '<link rel="stylesheet" href="https://fonts.example/a.css">', '<link rel="canonical" href="https://x.example">'),
    ("templates.unreadable", "{% if %}", "{% if a %}{% endif %}"),
)  # fmt: skip
