"""Every public declaration has a docstring, and that of an operation answers the same questions:
which errors, what a cancellation leaves behind, what it costs the server.

Nothing is asked of what can only mean one thing: destructors, copies, moves and operators, the
member types of iterators, `begin` and `end`, what a base class documents, plain data members, and
the getter that bears the name of a documented setter."""

from cpp import Group, head_role, is_group, without_template

NAME = "docstring"
_OPERATION = [("error", "which errors it ends with"), ("cancel", "what a cancellation leaves"),
              ("cost", "its cost in round trips and commands")]


def check(source, report):
    if source.path.startswith("include/") and source.path.endswith(".hpp"):
        _Header(source, report).scope(source.root, "namespace")


class _Header:
    def __init__(self, source, report):
        self.source, self.report = source, report
        self.docs = {}
        for comment in source.comments:
            if comment.text.startswith("///"):
                self.docs[comment.line] = comment.text
        self.code = {token.line for token in source.tokens}

    def scope(self, group, kind, name=""):
        public, previous = True, None
        documented = {self._name(item) for item in group.statements if self._doc_of(item)}
        for statement in group.statements:
            items = without_template(statement.items)
            if kind == "class" and items and items[0].text in ("public", "private", "protected"):
                public = items[0].text == "public"
            elif public and items:
                self._declaration(statement, items, kind, previous, name, documented)
                previous = self._name(statement)

    def _declaration(self, statement, items, kind, previous, name, documented):
        first, role = items[0].text, head_role(items)
        if role == "namespace":
            self._namespace(items)
        elif role == "enum":
            self._enumeration(statement, items)
        elif role == "class":
            self._class(statement, items, kind)
        elif first == "using" and kind == "namespace" and any(i.text == "=" for i in items):
            self._documented(statement, "an alias")
        elif first not in ("friend", "using", "static_assert", "extern"):
            self._function(statement, items, previous, name, documented)

    @staticmethod
    def _name(statement):
        """The name of a function, else None."""
        items = without_template(statement.items)
        for before, item in zip(items, items[1:]):
            if before.text == "=":
                return None
            if is_group(item, "("):
                return before.text
        return None

    def _namespace(self, items):
        names = [item.text for item in items if item.kind == "word"]
        body = next((item for item in items if is_group(item, "{")), None)
        if body and "detail" not in names:
            self.scope(body, "namespace")

    def _enumeration(self, statement, items):
        body = next((item for item in items if is_group(item, "{")), None)
        if not body:
            return
        self._documented(statement, "an enumeration")
        lines = {item.line for item in body.items if item.kind == "word"}
        for line in sorted(lines):
            if line not in self.docs and not self._above(line):
                self.report(NAME, line, "an enumerator says what it means")

    def _class(self, statement, items, kind):
        body = next((item for item in items if is_group(item, "{") and item.role == "class"), None)
        texts = [item.text for item in statement.items]
        if not body or texts[:3] == ["template", "<", ">"]:
            return
        text = self._documented(statement, "a class")
        head = [item.text for item in items[:items.index(body)]]
        nested = kind == "class" or "::" in head
        if text and items[0].text == "class" and not nested and "thread" not in text.lower():
            self.report(NAME, statement.line, "a class states its thread rule")
        public = Group("{", body.line)
        public.statements = body.statements if items[0].text == "struct" else _public_part(body)
        self.scope(public, "class", next((word for word in head[1:] if word != "["), ""))

    def _function(self, statement, items, previous, class_name, documented):
        name = self._name(statement)
        parens = next((item for item in items if is_group(item, "(")), None)
        texts = [item.text for item in items]
        if name is None or self._obvious(items, parens, name, class_name):
            return
        text = self._doc_of(statement)
        getter = not parens.items and "const" in texts
        if text is None and name in documented and (
                getter or previous == name and self._adjoins(statement.line)):
            return
        text = text if text is not None else self._documented(statement, name)
        if text and "awaitable" in texts[:items.index(parens)]:
            for word, meaning in _OPERATION:
                if word not in text.lower():
                    self.report(NAME, statement.line, f"{name} does not say {meaning} ({word})")

    @staticmethod
    def _obvious(items, parens, name, class_name):
        texts = [item.text for item in items]
        at = items.index(parens)
        copied = [item.text for item in parens.items if item.kind == "word"][:2]
        return (name in ("begin", "end") or "operator" in texts or "friend" in texts
                or "~" in texts[:at] or "override" in texts[at:]
                or "default" in texts[at:] or "delete" in texts[at:]
                or texts[at - 2:at - 1] == ["::"]
                or name == class_name and class_name in copied
                and any(item.text in ("&", "&&") for item in parens.items))

    def _documented(self, statement, what):
        text = self._doc_of(statement)
        if text is None:
            self.report(NAME, statement.line, f"{what} has no docstring (///)")
        return text

    def _doc_of(self, statement):
        return self._above(statement.line) or self.docs.get(self._last_line(statement))

    def _last_line(self, statement):
        last = statement.items[-1]
        line = last.end_line if isinstance(last, Group) else last.line
        return line if line in self.docs else statement.line

    def _above(self, line):
        block, at = [], line - 1
        while at in self.docs and at not in self.code:
            block.insert(0, self.docs[at])
            at -= 1
        return "\n".join(block) or None

    def _adjoins(self, line):
        return self.source.lines[line - 2].strip()


def _public_part(body):
    """The statements of a class from its first access specifier on: before, all is private."""
    for index, statement in enumerate(body.statements):
        if statement.items[0].text in ("public", "private", "protected"):
            return body.statements[index:]
    return []
