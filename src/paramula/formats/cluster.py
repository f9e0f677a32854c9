"""The lines of a sweep made elsewhere: by processes of this machine, or by workers of a Dask cluster.

A worker gets texts and numbers only: where the sweep comes from, which combinations, which format. It reads the texts
as this process did. Parts come back in their order, each once, whoever made them and however often they were lost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from multiprocessing import get_context
from os import cpu_count
from typing import Any

from ..engine.model import Model
from ..engine.program import Program
from ..errors import NetError, Source
from ..language.parser import parse
from ..questions.statements import sweep, sweep_of
from ..questions.sweep import Origin, Sweep
from .sweep_lines import texts

AHEAD = 2  # parts that are asked for before they are needed, for each worker
ENGINES = ("processes", "dask")


@lru_cache(maxsize=4)
def heard(origin: Origin) -> Sweep:
    """The sweep that texts say."""
    source = Source(origin.program)
    program = Program(source, parse(source))
    if not origin.question:
        return sweep_of(program, dict(origin.given))
    net = Model(program)
    return sweep(net.given_values(dict(origin.given)) if origin.given else net, origin.question)


def part(origin: Origin, span: tuple[int, int], kind: str) -> tuple[str, int]:
    """The lines of some combinations, and how many they are: what a worker runs."""
    return next(texts(heard(origin), [span], kind))


def elsewhere(it: Sweep, spans: Iterable[tuple[int, int]], kind: str, engine: str) -> Iterator[tuple[str, int]]:
    """The lines of each span and how many they are, made by processes or on a Dask cluster that is connected."""
    if it.origin is None:
        raise NetError("this sweep was asked of names that only this session knows", hint="write the program to a file")
    if engine == "processes":
        workers = cpu_count() or 1
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            try:
                yield from _in_order(pool.submit, it.origin, spans, kind, workers * AHEAD)
            except BrokenProcessPool:
                hint = 'a script starts processes behind if __name__ == "__main__": alone; memory may be short, too'
                raise NetError("a process that made rows ended too early", hint=hint) from None
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    elif engine == "dask":
        client = _client()
        workers = max(1, len(client.scheduler_info()["workers"]))
        yield from _in_order(client.submit, it.origin, spans, kind, workers * AHEAD)
    else:
        raise NetError(f"there is no engine '{engine}'", hint=f"there are {' and '.join(ENGINES)}")


def _in_order(
    submit: Callable[..., Any], origin: Origin, spans: Iterable[tuple[int, int]], kind: str, ahead: int
) -> Iterator[tuple[str, int]]:
    """The parts in the order of the spans; no more are asked for than can wait in memory."""
    asked: deque[Any] = deque()
    try:
        for span in spans:
            asked.append(submit(part, origin, span, kind))
            if len(asked) >= ahead:
                yield asked.popleft().result()
        while asked:
            yield asked.popleft().result()
    finally:
        for future in asked:
            future.cancel()


def _missing() -> NetError:
    return NetError("this takes dask", hint='pip install "paramula[dask]"')


def connected(address: str) -> None:
    """Connects this process to a cluster, whose workers have paramula installed."""
    try:
        from distributed import Client
    except ImportError:
        raise _missing() from None
    try:
        Client(address)
    except (OSError, ValueError) as error:
        raise NetError(f"there is no Dask cluster at {address}: {error}") from None


def _client() -> Any:
    """The cluster to which this process is connected."""
    try:
        from distributed import get_client
    except ImportError:
        raise _missing() from None
    try:
        return get_client()
    except ValueError:
        hint = "distributed.Client(address) before, in the same process"
        raise NetError("no Dask cluster is connected", hint=hint) from None
