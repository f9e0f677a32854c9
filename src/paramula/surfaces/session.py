"""What persists between inputs, and the answer to each statement. Prints nothing, and reads nothing but texts.

A session is used by the prompt, by `paramula run`, by a pipe and by the notebook: they differ in how they show replies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from time import monotonic
from typing import Any, NamedTuple, TypeAlias

from ..algebra.forms import form
from ..algebra.spelling import unicode_text
from ..engine.model import backstop, check_assertions, of_line
from ..engine.program import Program, Scope, tower
from ..engine.trace import Tracer
from ..engine.unknown_names import unknown
from ..engine.values import Env, Frame, Labels, Later, Net, later
from ..errors import NetError, Source, Span, printable
from ..formats.shown import Noted, Shown
from ..language import tree
from ..language.parser import parse
from ..layers import CATALOGUE
from ..layers.words import FUNCTIONS, MEASURES, QUESTIONS, STRUCTURES
from ..network import Network
from ..questions.report import COLUMNS, report
from ..questions.statements import Answer, Valued, answer, is_network, meant

IT = "it"  # the last result
MORE = ("x", "(", ")", "]", "}", "for x", "in x")  # what a further line may begin with, where a sentence is not whole


Reply: TypeAlias = "Shown | Noted | Answer"


class Glance(NamedTuple):
    """What is typed so far: the shape and parameters of its network, and the place of a mistake in it."""

    shape: str = ""
    params: str = ""
    mistake: Span | None = None
    message: str = ""


class Entry(NamedTuple):
    """An input that worked, and the names as they were before it."""

    text: str
    before: Scope


class Session:
    """Names, assumptions and the last result, kept from one input to the next."""

    def __init__(self) -> None:
        self.scope = Scope()
        self.entries: list[Entry] = []
        self.columns: tuple[str, ...] = COLUMNS
        self.depth: int | None = None
        self.swept: Any = None  # the last table of a sweep
        self.last: Callable[[], Network] | None = None  # the network that was shown, named or asked about last
        self.loaded = ""  # the file that was loaded last

    def run(self, text: str, name: str = "") -> Iterator[Reply]:
        """The answer to each statement of a text; raises NetError at the first that fails, and what worked stays."""
        source = Source(text, name)
        with backstop(source):
            root = parse(source)
        before, done = Scope(self.scope), 0
        try:
            with backstop(source):
                program = Program(source, root, self.scope)  # definitions may be used before they stand
            for statement in root.statements:
                yield self._reply(program.alone(statement), statement)
                done += 1
        finally:
            if done < len(root.statements):
                values = self.scope.values
                self.scope.restore(before)
                if done:
                    Program(source, tree.Program(0, len(text), root.statements[:done]), self.scope)
                    self.scope.values = values
            if done:
                end = len(text) if done == len(root.statements) else root.statements[done - 1].end
                self.entries.append(Entry(text[:end], before))

    def undo(self) -> str:
        """Takes the last input back that named or assumed something; returns its text, or nothing if there is none."""
        after = self.scope
        for at in range(len(self.entries) - 1, -1, -1):
            text, before = self.entries[at]
            if _own(before) != _own(after):
                del self.entries[at:]
                self.scope.restore(before)
                return text or "what was forgotten"
            after = before
        return ""

    def forget(self, name: str) -> bool:
        """Takes a name out of scope; says whether it was in it."""
        before = Scope(self.scope)
        tables: tuple[dict[str, Any], ...] = (self.scope.definitions, self.scope.towers, self.scope.values)
        found = any(table.pop(name, None) is not None for table in tables)
        if found:
            self.entries.append(Entry("", before))
        return found

    def worked(self) -> str:
        """The text of all that worked, as a program: of what was defined anew the last, and what holds with that."""
        text = "".join(f"{entry.text.strip()}\n" for entry in self.entries if entry.text.strip())
        statements = parse(source := Source(text)).statements
        names = [_named(statement) for statement in statements]
        known = self.scope.definitions.keys() | self.scope.towers.keys()
        last = {name: at for at, name in enumerate(names) if name in known}
        if all(not name or last.get(name) == at for at, name in enumerate(names)):
            return text
        again = Session()
        kept = [s for at, s in enumerate(statements) if not names[at] or last.get(names[at]) == at]
        program = Program(source, tree.Program(0, len(text), kept), again.scope)
        said: dict[str, None] = {}
        for statement in kept:
            try:
                again._reply(program.alone(statement), statement)
            except NetError:  # such as an assertion of what was defined anew since
                continue
            said[f"{text[statement.start : statement.end]}\n"] = None
        return "".join(said)

    def names(self) -> dict[str, str]:
        """The names in scope, each with what it stands for in a line."""
        said = {name: _line(tree.text(it.node)) for name, it in self.scope.definitions.items() if not it.home.library}
        said |= {
            name: f"{it.home.source.name}: {_line(tree.text(it.node))}"
            for name, it in self.scope.definitions.items() if it.home.library
        }  # fmt: skip
        said |= {f"@{name}": _line(tree.text(it.node)) for name, it in self.scope.towers.items()}
        return said | ({IT: "the last result"} if self.scope.values else {})

    def parameters(self, name: str) -> list[tuple[str, str]]:
        """The parameters of a definition in scope, each with its default ("" where it has none)."""
        known = self.scope.definitions.get(name)
        params = known.node.params if known is not None else None
        return [(param, "" if default is None else tree.text(default)) for param, default in params or []]

    def whole(self, text: str) -> bool:
        """Whether a text is a sentence, or wrong; False where more lines could make a sentence of it."""
        try:
            parse(Source(text))
        except NetError as error:
            return not (error.unfinished and any(_goes_on(text, more) for more in MORE))
        return True

    def glance(self, text: str, seconds: float = 0.1) -> Glance:
        """What is typed so far, in the time that there is. Never raises, and changes nothing."""
        deadline = monotonic() + seconds
        source = Source(text)
        try:
            try:
                seen = self._glance(source, parse(source), deadline, Glance())
                if seen.mistake is None or seen.mistake.end < len(text) or not text[-1].isalnum():
                    return seen
                wrong = Glance()  # the last word is still being typed
            except NetError as error:
                wrong = Glance() if error.unfinished else Glance("", "", error.span, error.message)
            for begun in _beginnings(text):
                seen = self._glance(Source(text), begun, deadline, wrong)
                if seen.shape:
                    return seen
            return wrong
        except RecursionError:
            return Glance()

    def _glance(self, source: Source, root: tree.Program, deadline: float, seen: Glance) -> Glance:
        if not root.statements:
            return seen
        try:
            with backstop(source, deadline):
                program = Program(source, root, Scope(self.scope))
                last = root.statements[-1]
                one = program.alone(last)
                if not (isinstance(last, tree.Define) and not last.params) and not is_network(one, last):
                    return seen
                net = Network(one)
                sizes = net.quantity("shape")
                order = net.order
                shape = ", ".join(unicode_text(form(size, order)) for size in sizes if not isinstance(size, tuple))
                params = net.quantity("params")
                said = f"{params:,}" if isinstance(params, int) else unicode_text(form(params, order))
                return seen._replace(shape=f"({shape})", params=said)
        except NetError as error:
            if error.span is None or error.source is not source or seen.mistake is not None or monotonic() > deadline:
                return seen
            return seen._replace(mistake=error.span, message=error.message)

    # statements

    def _reply(self, program: Program, statement: tree.Node) -> Reply:
        with backstop(program.source):
            self._check_it(program, statement)
            match statement:
                case tree.Define():
                    return self._defined(program, statement)
                case tree.Use():
                    own = [
                        n for n, it in self.scope.definitions.items() if it.home.source.name == f"{statement.name}.net"
                    ]
                    return Noted(f"{statement.name}: {', '.join(own)}")
                case tree.Assume():
                    Tracer(program, {}).assume()
                    return Noted(f"assumed: {', '.join(map(tree.text, statement.claims))}")
                case tree.Assert():
                    check_assertions(program, {})
                    return Noted(f"holds: {', '.join(map(tree.text, statement.claims))}")
                case tree.Line() if (name := tower(statement)) is not None:
                    return Noted(_summary(name, Network(program)))
                case tree.Line() if not statement.unit and isinstance(meant(program, statement), (Net, tuple)):
                    return self._shown(program, statement)
        with backstop(program.source):
            reply = answer(program, statement, {})
        if isinstance(statement, tree.Sweep):
            self.swept = reply
        if isinstance(reply, Valued) and isinstance(statement, tree.Line):
            self._remember(Later(_given(statement), Tracer(program, {}).top))
            self._asked(program, statement)
        return reply

    def _asked(self, program: Program, line: tree.Line) -> None:
        """Keeps the one network that a question is about; more than one, or none, keep what was there."""
        about = {
            tree.text(node.args[0]): node.args[0]
            for node in tree.walk(line.body)
            if isinstance(node, tree.Call) and node.name in MEASURES and node.args
        }
        if len(about) == 1:
            (body,) = about.values()
            question = program.alone(line)
            question.scope = Scope(program.scope)  # as it is now
            self.last = partial(of_line, Network, question, tree.Line(line.start, line.end, body, line.settings, ""))

    def _remember(self, value: Any) -> None:
        self.scope.values = {} if IT in self.scope.definitions else {IT: value}  # who defines `it` means that

    def _shown(self, program: Program, line: tree.Line) -> Reply:
        """A network's table; with `at`, that of the network with numbers in place of symbols."""
        net = of_line(Network, program, line)
        self._remember(later(_given(line), net.tracer.top))
        self.last = lambda: net
        return Shown(report(net, self.columns, self.depth), net)

    def network(self, text: str) -> Network:
        """The network that a text says: a sentence, or a name in scope; raises NetError where it is none."""
        source = Source(text)
        with backstop(source):
            program = Program(source, parse(source), Scope(self.scope))
            line = program.root.statements[-1] if program.root.statements else None
            return of_line(Network, program, line) if isinstance(line, tree.Line) else Network(program)

    def _check_it(self, program: Program, statement: tree.Node) -> None:
        """Refuses `it` where nothing was answered yet, and in a definition, which would outlive what it stands for."""
        known = IT in self.scope.values
        if IT in self.scope.definitions or not isinstance(statement, tree.Define if known else tree.Line):
            return
        params = [name for name, _ in getattr(statement, "params", None) or ()]
        for node in tree.walk(statement):
            if isinstance(node, tree.Name) and node.name == IT and IT not in params:
                if not known:
                    raise NetError("nothing was answered yet", node.span, hint="'it' is the last result")
                said = "'it' is the last result, which changes: a definition cannot keep it"
                raise NetError(said, node.span, hint="write the expression itself")

    def _defined(self, program: Program, definition: tree.Define) -> Noted:
        """What a definition is. Words that nothing has are refused at once; what must wait for its place waits."""
        name = definition.name
        _check_calls(program, definition)
        if definition.params:
            return Noted(f"{name}({', '.join(p for p, _ in definition.params)}) is defined")
        tracer = Tracer(program, {})
        tracer.assume()
        value = tracer.value(tree.Name(*program.named(definition, name), name), tracer.top)
        if not isinstance(value, Net):
            return Noted(f"{name} = {tracer.show(value)}")
        try:
            net = Network(program)
            said = _summary(name, net)
            self.last = lambda: net
            return Noted(said)
        except NetError:  # such as a block with a pattern: it waits for what comes in
            return Noted(f"{name} is defined")


def _own(scope: Scope) -> tuple[Any, ...]:
    """What the user named and assumed; networks that the library lent are neither."""
    named = {name: it for name, it in scope.definitions.items() if name not in scope.borrowed}
    return named, scope.towers, scope.claims


def _given(line: tree.Line) -> tree.Node:
    """What a line says, with its `at`."""
    return tree.Given(line.start, line.end, line.body, line.settings) if line.settings else line.body


def _summary(name: str, net: Network) -> str:
    show = net.tracer.show
    came = " and ".join(show(x.shape) for x in net.traced.inputs)
    params = net.quantity("params")
    said = f"{params:,}" if isinstance(params, int) else show(params)
    return f"{name}: {came} -> {show(net.quantity('shape'))}, params {said}"


def check_words(program: Program) -> None:
    """Refuses calls of words that nothing has, wherever they stand in a program; computes nothing."""
    for statement in program.root.statements:
        _check_calls(program, statement)


def _check_calls(program: Program, statement: tree.Node) -> None:
    """Refuses a call of a word that nothing has, before it is used."""
    params = statement.params or [] if isinstance(statement, tree.Define) else []
    env = Env(Frame(program), Labels(), {name: 1 for name, _ in params})
    tracer = Tracer(program, {})
    for node in tree.walk(statement.body if isinstance(statement, tree.Define) else statement):
        if isinstance(node, tree.Call) and env.find(node.name) is None and node.name not in program.definitions:
            known = node.name in CATALOGUE or node.name in STRUCTURES or node.name in FUNCTIONS
            if not known and node.name not in (*MEASURES, *QUESTIONS) and program.published(node.name) is None:
                raise unknown(tracer, node.name, node, env)


def _named(statement: tree.Node) -> str:
    """The name that a statement defines; nothing where it defines none."""
    return statement.name if isinstance(statement, tree.Define) else tower(statement) or ""


def _beginnings(text: str) -> Iterator[tree.Program]:
    """An unfinished sentence as one: with its brackets closed, or as far as its whole steps go."""
    opened: list[str] = []
    for sign in text:
        if sign in "([{":
            opened.append({"(": ")", "[": "]", "{": "}"}[sign])
        elif opened and sign == opened[-1]:
            opened.pop()
    candidates = [text.rstrip(" ,") + "".join(reversed(opened))] if opened else []
    end = len(text)
    for _ in range(20):
        end = max(text.rfind("->", 0, end), text.rfind("|", 0, end), text.rfind("\n", 0, end))
        if end <= 0:
            break
        candidates.append(text[:end])
    for candidate in candidates:
        try:
            yield parse(Source(candidate))
        except NetError:
            continue


def _goes_on(text: str, more: str) -> bool:
    """Whether an unfinished text could be a sentence with a further line that begins so."""
    try:
        parse(Source(f"{text}\n{more}"))
    except NetError as error:
        return error.unfinished or (error.span is not None and error.span.start > len(text) + 1)
    return True


def _line(text: str) -> str:
    text = printable(" ".join(text.split()))
    return text if len(text) <= 60 else text[:59] + "…"


def last_value(session: Session) -> Any:
    """What `it` stands for; None where nothing was answered yet."""
    return session.scope.values.get(IT)
