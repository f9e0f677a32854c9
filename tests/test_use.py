"""What a program takes from the library: `use`, published networks by their names, whose names a definition sees."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import paramula as pm
from paramula.engine import program
from paramula.network import Network

LLAMA_BLOCK = 3 * 64 * 256  # a gated feed-forward network of width 64 and 256 hidden units, counted by hand


def test_use_brings_definitions_and_not_the_network() -> None:
    assert pm.net("use llama\n(T,64) -> swiglu(256)").params == LLAMA_BLOCK
    with pytest.raises(pm.NetError, match="there is no network here"):
        pm.net("use llama")


def test_the_program_wins() -> None:
    """Its definition stands for the name in the program, and nowhere in the library."""
    own = "use llama\nswiglu(h) = linear(h)\n"
    assert pm.net(f"{own}(T,64) -> swiglu(256)").params == 64 * 256 + 256
    assert pm.net(f"{own}llama_7b").params == pm.net("use llama\nllama_7b").params


def test_where_use_stands_does_not_matter() -> None:
    assert pm.net("(T,64) -> swiglu(256)\nuse llama").params == LLAMA_BLOCK


@pytest.mark.parametrize(
    "text", ["alexnet", "net = alexnet", "alexnet -> relu", "id -> alexnet", "use alexnet; alexnet"]
)
def test_a_published_network_is_known_where_a_network_must_stand(text: str) -> None:
    assert pm.net(text).params == 61100840


def test_it_is_asked_for_numbers_by_its_name() -> None:
    assert pm.net("assert params(alexnet) == 61100840\n(4) -> dense(3)").params == 15


def test_elsewhere_its_name_is_a_symbol() -> None:
    """A name that nothing defines is a symbol, whatever the library holds."""
    net = pm.net("(vgg11) -> dense(nin)")
    assert [str(s) for s in net.symbols] == ["vgg11", "nin"]


def test_what_was_taken_without_use_is_announced() -> None:
    assert "alexnet is the library's (use alexnet)" in pm.net("alexnet -> dense(2)").assumptions
    assert not pm.net("use alexnet\nalexnet").assumptions


def test_symbols_of_the_library_are_given_like_others() -> None:
    net = pm.net("bert_base")
    assert net.at(T=128).macs == net.macs.subs({net.symbols[0]: 128})


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A library of the test's own."""
    monkeypatch.setattr(program, "LIBRARY", tmp_path)
    for kept in (program.files, program.library, program.published):
        kept.cache_clear()
    yield tmp_path
    for kept in (program.files, program.library, program.published):
        kept.cache_clear()


def net(shelf: Path, text: str, **files: str) -> Network:
    for name, body in files.items():
        (shelf / f"{name}.net").write_text(body, "utf-8")
    return pm.net(text)


def test_a_definition_sees_the_names_of_its_own_file(shelf: Path) -> None:
    files = {"a": "n = 3\nblock(f) = dense(n*f)\n", "b": "use a\nn = 5\ntwo = block(1) -> dense(n)\n"}
    # 4 -> 3 -> 5 -> 7: by hand
    assert net(shelf, "use b\nn = 7\n(4) -> two -> dense(n)", **files).params == 4 * 3 + 3 + 3 * 5 + 5 + 5 * 7 + 7


def test_what_a_file_uses_stays_its_own(shelf: Path) -> None:
    with pytest.raises(pm.NetError, match="there is no layer called 'block'"):
        net(shelf, "use b\n(4) -> block", a="block = dense(3)\n", b="use a\ntwo = block -> block\n")


def test_an_argument_sees_the_names_of_the_program_that_writes_it(shelf: Path) -> None:
    twice = "f = 100\ntwice(block) = block -> block\n"
    assert net(shelf, "use a\nf = 3\nmine = dense(f)\n(3) -> twice(mine)", a=twice).params == 2 * 12


def test_shared_sets_and_towers_of_two_files_are_two(shelf: Path) -> None:
    """Definitions at the same place of two texts, with the same names, have weights of their own."""
    file = "shared w = dense(4)\nenc: (4) -> w\none(x) = x -> w -> w -> add(id, @enc)\n"
    text = "use {}\n(4) -> one(id) -> w"
    alone = net(shelf, text.format("a"), a=file, b=file.replace("one", "other")).params
    assert alone == 20
    both = pm.net("use a\nuse b\n(4) -> one(id) -> other(id)")
    assert both.params == 40
    assert len(both.traced.inputs) == 3


def test_the_latest_use_wins(shelf: Path) -> None:
    files = {"a": "block = dense(2)\n", "b": "block = dense(3)\n"}
    assert net(shelf, "use a\nuse b\n(1) -> block", **files).params == 6
    assert net(shelf, "use b\nuse a\n(1) -> block", **files).params == 4


def test_numbers_of_the_library_cannot_be_given(shelf: Path) -> None:
    one = net(shelf, "use a\n(m) -> block", a="n = 2\nblock = dense(n)\n")
    assert one.at(m=5).params == 12
    with pytest.raises(pm.NetError, match=r"'n' is the library's, from a\.net"):
        pm.net("use a\n(n) -> block").at(n=5)
