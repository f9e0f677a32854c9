"""A form as text: for people in Unicode, in ASCII as the language is written, in Python's syntax."""

from __future__ import annotations

from typing import Any, NamedTuple


class Form(NamedTuple):
    """A written expression: `kind` is num, sym, add, mul, pow, div, neg, floor, ceil or a function's name."""

    kind: str
    parts: tuple[Any, ...]


def num(n: int) -> Form:
    return Form("num", (n,))


_LEVEL = {"add": 0, "neg": 0, "mul": 1, "div": 1, "pow": 2}


class Style(NamedTuple):
    """How a form becomes text."""

    times: str
    minus: str
    floor: tuple[str, str]
    ceil: tuple[str, str]
    superscripts: bool
    power: str
    code: bool  # Python's words
    slash: str  # between the parts of a quotient
    parts: bool = False  # of what is whole only as a whole: its quotients are fractions

    @property
    def whole(self) -> Style:
        """The style of what is whole in any case, as an exponent is: in code, every quotient of it is."""
        return self._replace(slash="//", parts=False) if self.code else self

    @property
    def part(self) -> Style:
        """The style of a part of what is whole or rounded: in code `Fraction(a, b)`, since a part may be neither."""
        return self._replace(parts=True) if self.code else self


ASCII = Style("*", "-", ("floor(", ")"), ("ceil(", ")"), False, "^", False, "/")


PYTHON = Style("*", "-", ("", ""), ("", ""), False, "**", True, "//")


UNICODE = Style("·", "−", ("⌊", "⌋"), ("⌈", "⌉"), True, "^", False, "/")


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def ascii_text(f: Form, level: int = 0) -> str:
    """The form in the language itself: reading it gives the same size."""
    return text(f, ASCII, level)


def python_text(f: Form, whole: bool = True) -> str:
    """The form as a Python expression over whole numbers. Quotients are `//`, exact where the conditions hold; but `/`
    in what is not to be `whole`."""
    return text(f, PYTHON if whole else PYTHON._replace(slash="/"))


def unicode_text(f: Form, level: int = 0) -> str:
    """The form for people: 9·C·f + f, ⌈H/8⌉, k²."""
    return text(f, UNICODE, level)


def nearest(above: int, below: int) -> int:
    """The whole number nearest to a quotient that is not negative, halves up."""
    return (2 * above + below) // (2 * below)


def digits(n: int) -> str:
    """A whole number of any length in decimal."""
    if n.bit_length() < 14_000:
        return str(n)
    if n < 0:
        return f"-{digits(-n)}"
    half = n.bit_length() * 3 // 20  # about half of the digits
    high, low = divmod(n, 10**half)
    return digits(high) + digits(low).zfill(half)


def apart(number: str, mark: str = ",") -> str:
    """A decimal number with a mark between the thousands of its whole part."""
    sign, number = ("-", number[1:]) if number.startswith("-") else ("", number)
    whole, point, places = number.partition(".")
    head = len(whole) % 3 or 3
    return sign + mark.join([whole[:head], *(whole[i : i + 3] for i in range(head, len(whole), 3))]) + point + places


def text(f: Form, style: Style, level: int = 0) -> str:
    """The form as text of a style."""
    shown = _text(f, style)
    return f"({shown})" if _LEVEL.get(f.kind, 3) < level and f.kind != "num" else shown


def _text(f: Form, style: Style) -> str:
    match f.kind:
        case "num":
            return digits(f.parts[0])
        case "sym":
            return str(f.parts[0])
        case "neg":
            return style.minus + text(f.parts[0], style, 1)
        case "add":
            out = text(f.parts[0], style)
            for part in f.parts[1:]:
                minus = part.kind == "neg"
                out += f" {style.minus if minus else '+'} " + text(part.parts[0] if minus else part, style, 1)
            return out
        case "mul":
            return style.times.join(text(part, style, 1 if part.kind != "div" else 2) for part in f.parts)
        case "div" if style.parts:
            return f"Fraction({text(f.parts[0], style)}, {text(f.parts[1], style)})"
        case "div":
            return f"{text(f.parts[0], style, 1)}{style.slash}{text(f.parts[1], style, 2)}"
        case "pow":
            return _power_text(f, style)
        case "floor" | "ceil":
            return _rounding_text(f, style)
        case "sum":
            body, index, low, high = f.parts
            ends = text(low, style.whole), text(high, style.whole)
            over = f"range({ends[0]}, {ends[1]} + 1)" if style.code else f"{ends[0]}..{ends[1]}"
            return f"sum({text(body, style)} for {index} in {over})"
    if style.code and f.kind in ("log2", "sqrt", "round_to"):
        return _function_code(f, style)
    opens, closes = style.floor if f.kind in ("sqrt", "log2") else ("", "")
    return f"{opens}{f.kind}({', '.join(text(part, style) for part in f.parts)}){closes}"


def _function_code(f: Form, style: Style) -> str:
    """⌊log2 a/b⌋, ⌊√(a/b)⌋ and round_to(a/b, m) of whole a and b, in Python."""
    of, *step = f.parts
    above, below = of.parts if of.kind == "div" else (of, num(1))
    a, b = text(above, style.whole, 1), text(below, style.whole, 2)
    over = "" if below == num(1) else f"//{b}"
    if f.kind == "sqrt":
        return f"isqrt({a}{over})"
    if f.kind == "round_to":
        if not over:
            return f"round_to({text(of, style)}, {text(step[0], style)})"
        return f"(round_to({text(above, style.whole)}, {b}*{text(step[0], style.whole, 2)}){style.slash}{b})"
    if not over:
        return f"(({text(of, style.whole)}).bit_length() - 1)"
    if below.kind == "num":
        bits = below.parts[0].bit_length()
        return f"(({2**bits}*{a}{over}).bit_length() - {bits + 1})"
    return f"((({a} << ({b}).bit_length()){over}).bit_length() - ({b}).bit_length() - 1)"


def _power_text(f: Form, style: Style) -> str:
    base, exponent = f.parts
    below = text(base, style, 3) if base.kind != "num" else digits(base.parts[0])
    if style.superscripts and exponent.kind == "num":
        return below + digits(exponent.parts[0]).translate(_RAISED)
    if style.code and exponent.kind == "div":
        above, under = exponent.parts
        return f"{below}{style.power}({text(above, style.part, 1)}//{text(under, style.part, 2)})"
    return f"{below}{style.power}{text(exponent, style.part, 3)}"


def _rounding_text(f: Form, style: Style) -> str:
    above, below = f.parts
    if style.code:
        style = style.part
        if f.kind == "floor":
            return f"({text(above, style, 2)}//{text(below, style, 2)})"
        return f"(-(-({text(above, style)})//{text(below, style, 2)}))"
    opens, closes = getattr(style, f.kind)
    inside = text(above, style, 1) + ("" if below == num(1) else "/" + text(below, style, 2))
    return f"{opens}{inside}{closes}"
