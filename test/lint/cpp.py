"""C++ source as tokens, and as a tree of blocks and statements. It is no compiler: it knows just
enough to tell a block from a braced initializer and a lambda from a subscript."""

import re
from dataclasses import dataclass, field

_LEXER = re.compile(r"""
    (?P<space>\s+)
  | (?P<comment>//(?:[^\n\\]|\\.|\\\n)*|/\*.*?\*/)
  | (?P<raw>(?:u8|[uUL])?R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)")
  | (?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")
  | (?P<char>(?:u8|[uUL])?'(?:\\.|[^'\\\n])+')
  | (?P<number>\.?\d(?:'[\da-zA-Z]|[eEpP][+-]|[\w.])*)
  | (?P<word>[^\W\d]\w*)
  | (?P<punct>::|->\*?|\+\+|--|&&|\|\||<=>|[-+*/%&|^<>=!]=|\.\.\.|.)
""", re.VERBOSE | re.DOTALL)
_DIRECTIVE = re.compile(r"[ \t]*#(?:[^\n\\]|\\\n|\\.)*")
_INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^>"]+)[>"]')


@dataclass
class Token:
    kind: str
    text: str
    line: int


@dataclass
class Group:
    """A bracketed part; `role` of braces: block, body, class, enum, namespace, init or lambda."""
    open: str
    line: int
    items: list = field(default_factory=list)
    end_line: int = 0
    role: str = ""
    statements: list = field(default_factory=list)
    text = ""
    kind = "group"


@dataclass
class Statement:
    items: list
    line: int


class Source:
    def __init__(self, path, text, first_line=1):
        self.path = path
        self.text = text
        self.lines = text.split("\n")
        self.tokens, self.comments, self.includes = [], [], []
        self._lex(first_line)
        self.root = _tree(self.tokens)
        _shape(self.root, "namespace")

    def _lex(self, line):
        position, at_line_start = 0, True
        while position < len(self.text):
            directive = _DIRECTIVE.match(self.text, position) if at_line_start else None
            if directive:
                include = _INCLUDE.match(directive[0])
                if include:
                    self.includes.append((line, include[1]))
                line += directive[0].count("\n")
                position = directive.end()
                comment = directive[0].find("//")
                if comment >= 0:
                    self.comments.append(Token("comment", directive[0][comment:], line))
                continue
            match = _LEXER.match(self.text, position)
            kind, text = match.lastgroup, match[0]
            if kind == "delimiter":
                kind = "raw"
            if kind == "comment":
                self.comments.append(Token(kind, text, line))
            elif kind != "space":
                self.tokens.append(Token("string" if kind == "raw" else kind, text, line))
            line += text.count("\n")
            position = match.end()
            at_line_start = kind == "space" and "\n" in text or at_line_start and kind == "space"


def _tree(tokens):
    root = Group("", 1)
    stack = [root]
    for token in tokens:
        if token.kind == "punct" and token.text in "([{":
            group = Group(token.text, token.line)
            stack[-1].items.append(group)
            stack.append(group)
        elif token.kind == "punct" and token.text in ")]}":
            if len(stack) > 1:
                stack.pop().end_line = token.line
        else:
            stack[-1].items.append(token)
    for group in stack:
        group.end_line = group.end_line or (tokens[-1].line if tokens else 1)
    return root


def is_group(item, opener):
    return isinstance(item, Group) and item.open == opener


_BEFORE_LAMBDA = {"return", "co_return", "co_await", "co_yield", "throw", "case", "else", "do"}


def lambda_at(items, index):
    """The index of the body when a lambda begins at `index`, else None."""
    group = items[index]
    if not is_group(group, "[") or any(is_group(inner, "[") for inner in group.items[:1]):
        return None
    if index:
        before = items[index - 1]
        if isinstance(before, Group) and before.role != "block":
            return None
        if before.kind in ("number", "string") or before.text == ">":
            return None
        if before.kind == "word" and before.text not in _BEFORE_LAMBDA:
            return None
    for ahead in range(index + 1, len(items)):
        item = items[ahead]
        if is_group(item, "{"):
            return ahead
        if isinstance(item, Group) and item.open == "[" or item.text in (";", ",", "="):
            return None
    return None


def without_template(items):
    """The items behind a leading `template <...>`."""
    index = 0
    while index < len(items) and items[index].text == "template":
        depth, index = 0, index + 1
        while index < len(items):
            depth += {"<": 1, ">": -1}.get(items[index].text, 0)
            index += 1
            if depth == 0:
                break
    return items[index:]


_HEADS = {"class": "class", "struct": "class", "union": "class", "enum": "enum",
          "namespace": "namespace"}


def head_role(items):
    """What a declaration that begins with `items` defines, when it is a class or the like."""
    for item in without_template(items):
        if item.text in _HEADS:
            return _HEADS[item.text]
        if item.text not in ("inline", "export", "typedef", "static", "constexpr", "friend") \
                and not is_group(item, "["):
            return ""
    return ""


def _role(before, context):
    """What a brace group is, from the items of its statement before it."""
    if not before or before[-1].text in ("else", "do", "try") or before[-1].kind == "string":
        return "block"
    role = head_role(before)
    if role and (role != "class" or not is_group(before[-1], "(")):
        return role
    if is_group(before[-1], "("):
        return "body" if context != "block" else "block"
    if context == "block":
        return "init"
    parens = [i for i, item in enumerate(before) if is_group(item, "(")]
    if not parens or any(item.text == "=" for item in before[:parens[0]]):
        return "init"
    initializers = any(item.text == ":" for item in before[parens[0]:])
    if initializers and not is_group(before[-1], "{"):
        return "init"
    return "body"


def _shape(group, context):
    """Gives every brace group in a block its role, and every block its statements."""
    current, items, skip = [], group.items, -1
    for index, item in enumerate(items):
        current.append(item)
        if index <= skip:
            continue
        if isinstance(item, Group):
            body = lambda_at(items, index)
            if body is not None:
                _shape_expression(item)
                items[body].role = "lambda"
                _shape(items[body], "block")
                skip = body
                continue
            if item.open != "{":
                _shape_expression(item)
                continue
            item.role = _role(current[:-1], context)
            if item.role == "init":
                _shape_expression(item)
                continue
            _shape(item, {"body": "block", "enum": "enum"}.get(item.role, item.role))
            if item.role not in ("class", "enum"):
                group.statements.append(Statement(current, current[0].line))
                current = []
        elif item.text == ";" and context != "enum" or item.text == ":" and _is_label(current):
            if len(current) > 1:
                group.statements.append(Statement(current, current[0].line))
            current = []
    if current:
        group.statements.append(Statement(current, current[0].line))


def _is_label(current):
    first = current[0].text
    return first in ("case", "default") or \
        first in ("public", "private", "protected") and len(current) == 2


def _shape_expression(group):
    """Finds the lambdas inside of an expression; any other brace there is an initializer."""
    skip = -1
    for index, item in enumerate(group.items):
        if not isinstance(item, Group) or index <= skip and item.open == "(":
            continue
        body = lambda_at(group.items, index)
        if body is not None:
            group.items[body].role = "lambda"
            _shape(group.items[body], "block")
            skip = body
        if item.role != "lambda":
            item.role = "init" if item.open == "{" else ""
            _shape_expression(item)


def walk(group):
    """Every group at any depth, itself first."""
    yield group
    for item in group.items:
        if isinstance(item, Group):
            yield from walk(item)


def expression(items):
    """All items of a full expression at any depth, without the bodies of lambdas and blocks."""
    for item in items:
        yield item
        if isinstance(item, Group) and item.role in ("", "init"):
            yield from expression(item.items)
