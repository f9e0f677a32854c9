"""Completion scripts for shells: what `paramula completion bash` prints, from commands as they are offered to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..layers.words import QUANTITIES

SHELLS = ("bash", "zsh", "fish")


class Offered(NamedTuple):
    """A command with what may stand behind its name: options with what each does, words, networks in files or not."""

    name: str
    help: str
    options: dict[str, str]
    words: tuple[str, ...]
    files: bool


def script(shell: str, network: Offered, commands: Sequence[Offered]) -> str:
    """The completion script of a shell; `network` is what is called without the name of a command."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](network, commands)


def _bash(network: Offered, commands: Sequence[Offered]) -> str:
    def case(pattern: str, it: Offered) -> str:
        return f"""\
        {pattern}) options="{" ".join(it.options)}" words="{" ".join(it.words)}" files={"yes" if it.files else ""} ;;"""

    cases = "\n".join([*(case(it.name, it) for it in commands), case("*", network)])
    return f"""\
# paramula completion bash: eval "$(paramula completion bash)"
_paramula() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" options words files i
    COMPREPLY=()
    case "${{COMP_WORDS[1]}}" in
{cases}
    esac
    [ "$COMP_CWORD" -eq 1 ] && words="{" ".join(it.name for it in commands)}" files=yes
    if [[ "$word" == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$word")); return
    fi
    for ((i = COMP_CWORD - 1; i > 0; i--)); do
        case "${{COMP_WORDS[i]}}" in
            --quantity) COMPREPLY=($(compgen -W "{" ".join(QUANTITIES)}" -- "$word")); return ;;
            -*) break ;;
        esac
    done
    if [ "$COMP_CWORD" -le 2 ] || [ -z "$files" ]; then
        COMPREPLY=($(compgen -W "$words" -- "$word"))
    fi
    if [ -n "$files" ]; then
        local IFS=$'\\n'
        COMPREPLY+=($(compgen -f -X '!*.net' -- "$word") $(compgen -d -- "$word"))
    fi
}}
complete -o filenames -F _paramula paramula
"""


def _zsh(network: Offered, commands: Sequence[Offered]) -> str:
    def case(pattern: str, it: Offered) -> str:
        said = " ".join(f"'{option}[{_plain(text)}]'" for option, text in it.options.items())
        words = f"\n            compadd -- {' '.join(it.words)}" if it.words else ""
        files = "\n            _files -g '*.net'" if it.files else ""
        return f"""\
        {pattern})
            _arguments -s {said} '*:network:->text'{words}{files} ;;"""

    named = "\n".join(f"        '{it.name}:{_plain(it.help)}'" for it in commands)
    cases = "\n".join([*(case(it.name, it) for it in commands), case("*", network)])
    return f"""\
#compdef paramula
# paramula completion zsh: eval "$(paramula completion zsh)"
_paramula() {{
    local -a commands
    commands=(
{named}
    )
    if [[ $words[CURRENT-1] == --quantity ]]; then
        compadd -- {" ".join(QUANTITIES)}; return
    fi
    (( CURRENT == 2 )) && _describe command commands
    case $words[2] in
{cases}
    esac
}}
compdef _paramula paramula
"""


def _fish(network: Offered, commands: Sequence[Offered]) -> str:
    names = " ".join(it.name for it in commands)
    lines = ["# paramula completion fish | source", "complete -c paramula -k -a '(__fish_complete_suffix .net)'"]
    lines += [f"complete -c paramula -n __fish_use_subcommand -a {it.name} -d '{_plain(it.help)}'" for it in commands]
    for it in (network, *commands):
        told = it.name if it in commands else names
        seen = f"'{'' if it in commands else 'not '}__fish_seen_subcommand_from {told}'"
        for option, text in it.options.items():
            extra = f" -x -a '{' '.join(QUANTITIES)}'" if option == "--quantity" else ""
            lines.append(f"complete -c paramula -n {seen} -l {option.removeprefix('--')} -d '{_plain(text)}'{extra}")
        if it.words:
            files = "" if it.files else " -f"
            lines.append(f"complete -c paramula -n {seen}{files} -a '{' '.join(it.words)}'")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """A text without what a shell's quotes and colons would read."""
    return "".join(c for c in text if c not in "'[]:\"\\`$").replace("%%", "%")
