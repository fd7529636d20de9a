"""Walk a template as Jinja parses it, and note its holes, tags and forms with where they stand."""

from __future__ import annotations

from dataclasses import dataclass, field

from jinja2 import nodes

from doorward.prove.checks.markup import RAW, TAG, Page, Tag

_NUMBERS = frozenset({"length", "count", "int", "round", "abs", "float", "sum"})
_ADDRESSES = ("url_for", "_static", "_url", "url", "_path", "_href")


@dataclass(frozen=True, slots=True)
class Hole:
    """A value in a template.

    Arguments:
        where: the context: text, tag, name, value, raw, comment.
        tag, attribute, quote: in which tag and attribute, and its quote.
        first: does it begin the attribute's value?
        constant: does the template itself say all that it can be, or is it a number?
        is_json: is it made by |tojson?
        is_attributes: is it made by |xmlattr?
        is_address: is it made by url_for or a function of that kind?
        of_request: does it come straight out of the request?
        text: the expression, for a person.
    """

    line: int
    where: str
    tag: str
    attribute: str
    quote: str
    first: bool
    constant: bool
    is_json: bool
    is_attributes: bool
    is_address: bool
    of_request: bool
    text: str


@dataclass(slots=True, eq=False)
class Form:
    """A form: its attributes, and what stands between its tags."""

    line: int
    attributes: dict[str, str]
    endpoint: str = ""
    has_token: bool = False
    asks_password: bool = False


@dataclass(slots=True)
class Seen:
    """What a template holds."""

    holes: list[Hole] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    unescaped: list[tuple[int, str]] = field(default_factory=list)


def walk(template: nodes.Template) -> Seen:
    """Everything in the template, its branches one after the other."""
    walker = _Walker()
    walker.body(template.body)
    return walker.seen


class _Walker:
    def __init__(self) -> None:
        self.seen = Seen()
        self.page = Page(self._tag)
        #: The forms that are open: several after branches.
        self._open: list[Form] = []
        self._endpoint = ""
        self._constants: set[str] = set()

    def body(self, parts: list[nodes.Node]) -> None:
        for part in parts:
            self._node(part)

    def _node(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.Output):
            for part in node.nodes:
                self._output(part)
        elif isinstance(node, nodes.If):
            self._branches(node)
        elif isinstance(node, nodes.For):
            self._note_unescaped(node.iter)
            self._for(node)
        elif isinstance(node, nodes.Macro | nodes.AssignBlock):
            self._apart(node)
        elif isinstance(node, nodes.FilterBlock):
            self._filter_block(node)
            self.body(node.body)
        elif isinstance(node, nodes.ScopedEvalContextModifier):
            self._escaping(node)
            self.body(node.body)
        else:
            self._rest(node)

    def _filter_block(self, node: nodes.FilterBlock) -> None:
        found: nodes.Node | None = node.filter
        while isinstance(found, nodes.Filter):
            if found.name == "safe":
                self.seen.unescaped.append((node.lineno, "A block is put into the page by |safe"))
            found = found.node

    def _rest(self, node: nodes.Node) -> None:
        for name in ("node", "target", "expr", "call"):
            child = getattr(node, name, None)
            if isinstance(child, nodes.Expr):
                self._note_unescaped(child)
        children = getattr(node, "body", None)
        if isinstance(children, list):
            if isinstance(node, nodes.CallBlock):
                self._apart(node)
            else:
                self.body(children)

    def _branches(self, node: nodes.If) -> None:
        self._note_unescaped(node.test)
        before, opened = self.page.copy(), list(self._open)
        self.body(node.body)
        after, open_after = self.page.copy(), list(self._open)
        for branch in [*(other.body for other in node.elif_), node.else_]:
            self.page.state, self._open = before, list(opened)
            before = self.page.copy()
            self.body(branch)
            open_after += [form for form in self._open if form not in open_after]
        self.page.state, self._open = after, open_after

    def _for(self, node: nodes.For) -> None:
        """Names that stand for constants of the template itself are constants."""
        constants: set[str] = set()
        if isinstance(node.iter, nodes.Tuple | nodes.List):
            constants = _constant_names(node.target, node.iter.items)
        before = self._constants
        self._constants = before | constants
        self.body(node.body)
        self._constants = before
        self.body(node.else_)

    def _apart(self, node: nodes.Macro | nodes.AssignBlock | nodes.CallBlock) -> None:
        """A macro is used elsewhere: it begins as text."""
        before, opened = self.page.copy(), self._open
        if isinstance(node, nodes.CallBlock):
            self._note_unescaped(node.call)
        else:
            self.page.fresh()
            self._open = []
        if isinstance(node, nodes.AssignBlock) and node.filter is not None:
            self._note_unescaped(node.filter)
        self.body(node.body)
        self.page.state, self._open = before, opened

    def _escaping(self, node: nodes.ScopedEvalContextModifier) -> None:
        for option in node.options:
            if option.key == "autoescape" and not (
                isinstance(option.value, nodes.Const) and option.value.value is True
            ):
                self.seen.unescaped.append((node.lineno, "Escaping is switched off here"))

    def _output(self, part: nodes.Node) -> None:
        if isinstance(part, nodes.TemplateData):
            self.page.feed(part.data, part.lineno)
            return
        self._note_unescaped(part)
        self._hole(part)

    def _hole(self, node: nodes.Node) -> None:
        state = self.page.state
        where = "value" if state.where == TAG and state.pending == "=" else state.where
        begins = not state.value.strip() if state.where == "value" else True
        if _names_token(node):
            for form in self._open:
                form.has_token = True
        if where == "value" and state.attribute == "action" and state.tag.lower() == "form" and begins:
            self._endpoint = _endpoint(node)
        self.seen.holes.append(
            Hole(
                line=node.lineno,
                where=where,
                tag=state.raw if state.where == RAW else state.tag.lower(),
                attribute=state.attribute.lower(),
                quote=state.quote if state.where == "value" else "",
                first=begins,
                constant=self._is_constant(node),
                is_json=_last_filter(node) == "tojson" or "json" in state.attributes.get("type", ""),
                is_attributes=_last_filter(node) == "xmlattr",
                is_address=self._is_address(node),
                of_request=any(one.name == "request" for one in _names(node)),
                text=shown(node),
            )
        )
        self.page.hole()

    def _tag(self, tag: Tag) -> None:
        self.seen.tags.append(tag)
        if tag.name == "form":
            self._open = []
            if not tag.closing:
                self._open.append(Form(tag.line, tag.attributes, self._endpoint))
                self.seen.forms += self._open
            self._endpoint = ""
        elif tag.name == "input":
            for form in self._open:
                form.has_token |= tag.attributes.get("name") == "csrf_token"
                form.asks_password |= tag.attributes.get("type", "").lower() == "password"

    def _note_unescaped(self, node: nodes.Node) -> None:
        for found in [node, *node.find_all(nodes.Node)]:
            if isinstance(found, nodes.Filter) and found.name == "safe" and not self._is_constant(found.node):
                self.seen.unescaped.append((found.lineno, f"{shown(found.node)} is put into the page by |safe"))
            elif isinstance(found, nodes.Call) and _name(found.node).rpartition(".")[2] == "Markup":
                said = all(self._is_constant(argument) for argument in found.args)
                if not said:
                    self.seen.unescaped.append((found.lineno, "Markup() takes a value as it is"))

    def _is_constant(self, node: nodes.Node | None) -> bool:
        """Does the template itself say all that this can be, or is it a number?"""
        if node is None or isinstance(node, nodes.Const | nodes.TemplateData):
            return True
        if isinstance(node, nodes.CondExpr):
            return self._is_constant(node.expr1) and self._is_constant(node.expr2)
        if isinstance(node, nodes.Name):
            return node.name in self._constants
        if isinstance(node, nodes.Filter):
            return node.name in _NUMBERS or (
                node.name != "default" and node.node is not None and self._is_constant(node.node)
            )
        if isinstance(node, nodes.Compare | nodes.Not | nodes.Test):
            return True
        if isinstance(node, nodes.Getitem):
            return isinstance(node.node, nodes.Dict) and all(self._is_constant(pair.value) for pair in node.node.items)
        if isinstance(node, nodes.Getattr):
            return _name(node) in ("loop.index", "loop.index0", "loop.length", "loop.revindex")
        if isinstance(node, nodes.Concat):
            return all(self._is_constant(part) for part in node.nodes)
        if isinstance(node, nodes.BinExpr):
            return self._is_constant(node.left) and self._is_constant(node.right)
        return False

    def _is_address(self, node: nodes.Node | None) -> bool:
        if self._is_constant(node):
            return True
        if isinstance(node, nodes.CondExpr):
            return self._is_address(node.expr1) and self._is_address(node.expr2)
        if isinstance(node, nodes.Call):
            return _name(node.node).endswith(_ADDRESSES)
        if isinstance(node, nodes.Concat):
            return self._is_address(node.nodes[0])
        if isinstance(node, nodes.Add):
            return self._is_address(node.left)
        return isinstance(node, nodes.Filter) and node.node is not None and self._is_address(node.node)


def _constant_names(target: nodes.Node, items: list[nodes.Expr]) -> set[str]:
    if isinstance(target, nodes.Name):
        return {target.name} if all(isinstance(item, nodes.Const) for item in items) else set()
    if not isinstance(target, nodes.Tuple):
        return set()
    rows = [item.items for item in items if isinstance(item, nodes.Tuple | nodes.List)]
    if len(rows) != len(items):
        return set()
    names: set[str] = set()
    for place, name in enumerate(target.items):
        cells = [row[place] for row in rows if place < len(row)]
        if isinstance(name, nodes.Name) and all(isinstance(cell, nodes.Const) for cell in cells):
            names.add(name.name)
    return names


def _names_token(node: nodes.Node) -> bool:
    return any("csrf" in one.name for one in _names(node))


def _names(node: nodes.Node) -> list[nodes.Name]:
    found = [node, *node.find_all(nodes.Name)]
    return [one for one in found if isinstance(one, nodes.Name)]


def _endpoint(node: nodes.Node) -> str:
    """The endpoint in url_for("…")."""
    if isinstance(node, nodes.Call) and _name(node.node) == "url_for" and node.args:
        first = node.args[0]
        return str(first.value) if isinstance(first, nodes.Const) else ""
    return ""


def _last_filter(node: nodes.Node) -> str:
    while isinstance(node, nodes.Filter):
        if node.name not in ("forceescape", "escape", "e", "safe", "trim", "indent") or node.node is None:
            return node.name
        node = node.node
    return ""


def _name(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{_name(node.node)}.{node.attr}"
    return ""


def shown(node: nodes.Node | None) -> str:
    """The expression, shortened, for a person."""
    if isinstance(node, nodes.Filter):
        return f"{shown(node.node)}|{node.name}"
    if isinstance(node, nodes.Call):
        return f"{_name(node.node) or '…'}()"
    if isinstance(node, nodes.Getitem):
        return f"{shown(node.node)}[…]"
    if isinstance(node, nodes.Const):
        return repr(node.value)[:40]
    return (_name(node) if node is not None else "") or "An expression"
