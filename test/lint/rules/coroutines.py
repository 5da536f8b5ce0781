"""Forms around co_await that GCC 12 compiles into crashes, without a warning (PR 107288, PR 98401
and kin), and the ones whose operands die too early on every compiler. A form that is proven safe
where it stands says so in a comment: `// gcc12-ok: <reason>`."""

from cpp import Group, expression, is_group, walk

NAME = "coroutine"
_CONDITIONS = ("if", "while", "switch", "for")


def check(source, report):
    excused = {comment.line for comment in source.comments if "gcc12-ok: " in comment.text}
    seen = set()

    def say(line, text, first_line):
        if (line, text) not in seen and not excused.intersection(range(first_line - 1, line + 1)):
            seen.add((line, text))
            report(NAME, line, text)

    for group in walk(source.root):
        for statement in group.statements:
            _judge(statement.items, lambda line, text, at=statement.line: say(line, text, at))
        _immediate_calls(group.items, say)


def _judge(items, say):
    items = [item for item in items
             if not (isinstance(item, Group) and item.role in ("block", "body", "class"))]
    control = _control(items)
    if control is None:
        _judge_expression(items, say)
        _default_arguments(items, say)
        return
    keyword, condition, rest = control
    _judge_control(keyword, condition, say)
    _judge(rest, say)


def _judge_control(keyword, condition, say):
    parts = _split(condition.items, ";")
    if keyword == "for":
        colon = [i for i, item in enumerate(condition.items) if item.text == ":"]
        if len(parts) == 1 and colon:
            _range(condition.items[colon[0] + 1:], say)
            _judge_expression(condition.items, say)
        else:
            for index, part in enumerate(parts):
                (_judge_condition if index == 1 else _judge_expression)(part, say)
    else:
        for part in parts[:-1]:
            _judge_expression(part, say)
        _judge_condition(parts[-1], say)


def _control(items):
    """(keyword, its parenthesis, what follows) of a statement that has a condition."""
    index = 0
    while index < len(items) and items[index].text == "else":
        index += 1
    if index >= len(items) or items[index].text not in _CONDITIONS:
        return None
    for ahead in range(index + 1, min(index + 3, len(items))):
        if is_group(items[ahead], "("):
            return items[index].text, items[ahead], items[ahead + 1:]
    return None


def _judge_condition(items, say):
    await_line = _first_await(items)
    if await_line and not _is_declaration(items):
        say(await_line, "co_await in a condition: await into a local, then test it")
    else:
        _judge_expression(items, say)


def _judge_expression(items, say):
    if not items:
        return
    awaits = [item for item in expression(items) if item.text == "co_await"]
    if not awaits:
        return
    line = awaits[0].line
    if len(awaits) > 1:
        say(line, "more than one co_await in a statement: await one after the other into locals")
    everything = list(expression(items))
    if _conditional(items):
        say(line, "?: in an awaited statement, unless of literals: choose in a statement before")
    if items[0].text == "throw":
        say(line, "co_await in a throw expression: await into a local first")
    if any(is_group(item, "{") and item.role == "init" for item in everything):
        say(line, "braces in an awaited statement: name the object in a statement of its own")
    _captures(items, say, line)


def _conditional(items):
    """True for `?:` at any depth whose branches may be objects: GCC 12 destroys them twice."""
    for index, item in enumerate(items):
        if item.text == "?" and not _literals(items[index + 1:index + 5]):
            return True
        if isinstance(item, Group) and item.role in ("", "init") and _conditional(item.items):
            return True
    return False


def _literals(branches):
    """True for `<literal> : <literal>` and nothing behind that would make more of the second."""
    texts = [item.text for item in branches]
    values = [item.kind in ("number", "string", "char") or item.text in ("true", "false", "nullptr")
              for item in branches]
    return values[0:1] == [True] and texts[1:2] == [":"] and values[2:3] == [True] and \
        texts[3:4] in ([], [","])


def _captures(items, say, line):
    for index, item in enumerate(items):
        if not isinstance(item, Group):
            continue
        if is_group(item, "[") and _is_lambda(items, index):
            if _first_await(item.items):
                say(item.line, "co_await in a capture: await into a local first")
            elif _owns(item):
                say(line, "lambda with captures in an awaited statement: name it, then move it")
        elif item.role in ("", "init"):
            _captures(item.items, say, line)


def _is_lambda(items, index):
    for item in items[index + 1:]:
        if is_group(item, "{"):
            return item.role == "lambda"
    return False


def _owns(capture):
    """True for a capture that may have a destructor: anything but `this` and references."""
    for part in _split(capture.items, ","):
        if part and part[0].text != "&" and part[0].text != "this":
            return True
    return False


def _range(items, say):
    if items and is_group(items[0], "(") and len(items) > 1 and _first_await(items[0].items):
        say(items[0].line, "the awaited object is gone while the loop runs: name it first")


def _default_arguments(items, say):
    """A default argument `= {}` of an operation is a braced temporary in the user's statement."""
    if not any(item.text == "awaitable" for item in items):
        return
    for index, item in enumerate(items):
        if not is_group(item, "(") or not index or items[index - 1].kind != "word":
            continue
        inner = item.items
        for at, braces in enumerate(inner):
            if is_group(braces, "{") and at and (inner[at - 1].text == "=" or "=" in
                                                 [i.text for i in inner[max(0, at - 4):at]]):
                say(braces.line, "a braced default argument of an operation: add an overload")


def _immediate_calls(items, say):
    for index, item in enumerate(items):
        if not (isinstance(item, Group) and item.role == "lambda"):
            continue
        if index + 1 < len(items) and is_group(items[index + 1], "("):
            start = max(i for i in range(index) if is_group(items[i], "["))
            if items[start].items and any(t.text in ("co_await", "co_return")
                                          for t in expression_of_block(item)):
                say(item.line, "the closure of this coroutine dies at once, and its captures with "
                    "it: pass them as parameters", item.line)


def expression_of_block(group):
    """The tokens of a body at any depth, without those of lambdas inside of it."""
    for item in group.items:
        yield item
        if isinstance(item, Group) and item.role != "lambda":
            yield from expression_of_block(item)


def _first_await(items):
    return next((item.line for item in expression(items) if item.text == "co_await"), None)


def _split(items, separator):
    parts = [[]]
    for item in items:
        if item.text == separator:
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def _is_declaration(items):
    """`auto x = co_await f()`, a condition in form only: tested safe, and pleasant in a `while`."""
    texts = [item.text for item in items]
    return "=" in texts and texts.index("=") >= 2 and "co_await" == texts[texts.index("=") + 1]

