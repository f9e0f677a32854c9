"""Completion scripts for shells: what `paramula completion bash` prints. Words and options are those of the command."""

from __future__ import annotations

from collections.abc import Iterable

from ..layers.words import KINDS

SHELLS = ("bash", "zsh", "fish")


def script(shell: str, commands: dict[str, str], options: dict[str, str], quantities: Iterable[str]) -> str:
    """The completion script of a shell, from the commands and options with what each does."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](commands, options, list(quantities))


def _bash(commands: dict[str, str], options: dict[str, str], quantities: list[str]) -> str:
    return f"""\
# paramula completion bash: eval "$(paramula completion bash)"
_paramula() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" first="${{COMP_WORDS[1]}}" i
    COMPREPLY=()
    if [[ "$word" == -* ]]; then
        COMPREPLY=($(compgen -W "{" ".join(options)}" -- "$word")); return
    fi
    for ((i = COMP_CWORD - 1; i > 0; i--)); do
        case "${{COMP_WORDS[i]}}" in
            --quantity) COMPREPLY=($(compgen -W "{" ".join(quantities)}" -- "$word")); return ;;
            -*) break ;;
        esac
    done
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "{" ".join(commands)}" -- "$word"))
    elif [ "$first" = library ]; then
        COMPREPLY=($(compgen -W "$(paramula library --names)" -- "$word")); return
    elif [ "$COMP_CWORD" -eq 2 ] && [[ "$first" = latex || "$first" = table ]]; then
        COMPREPLY=($(compgen -W "{" ".join(KINDS)}" -- "$word"))
    elif [ "$first" = completion ]; then
        COMPREPLY=($(compgen -W "{" ".join(SHELLS)}" -- "$word")); return
    fi
    local IFS=$'\\n'
    COMPREPLY+=($(compgen -f -X '!*.net' -- "$word") $(compgen -d -- "$word"))
}}
complete -o filenames -F _paramula paramula
"""


def _zsh(commands: dict[str, str], options: dict[str, str], quantities: list[str]) -> str:
    named = "\n".join(f"        '{name}:{_plain(text)}'" for name, text in commands.items())
    said = " \\\n        ".join(f"'{option}[{_plain(text)}]'" for option, text in options.items())
    return f"""\
#compdef paramula
# paramula completion zsh: eval "$(paramula completion zsh)"
_paramula() {{
    local -a commands
    commands=(
{named}
    )
    if (( CURRENT > 2 )) && [[ $words[2] == library ]]; then
        compadd -- $(paramula library --names); return
    elif (( CURRENT > 2 )) && [[ $words[2] == completion ]]; then
        compadd -- {" ".join(SHELLS)}; return
    elif [[ $words[CURRENT-1] == --quantity ]]; then
        compadd -- {" ".join(quantities)}; return
    fi
    _arguments -s \\
        {said} \\
        '*:network:->text'
    (( CURRENT == 2 )) && _describe command commands
    _files -g '*.net'
}}
compdef _paramula paramula
"""


def _fish(commands: dict[str, str], options: dict[str, str], quantities: list[str]) -> str:
    lines = ["# paramula completion fish | source", "complete -c paramula -k -a '(__fish_complete_suffix .net)'"]
    for name, text in commands.items():
        lines.append(f"complete -c paramula -n __fish_use_subcommand -a {name} -d '{_plain(text)}'")
    for option, text in options.items():
        extra = f" -x -a '{' '.join(quantities)}'" if option == "--quantity" else ""
        lines.append(f"complete -c paramula -l {option.removeprefix('--')} -d '{_plain(text)}'{extra}")
    lines.append("complete -c paramula -n '__fish_seen_subcommand_from library' -f -a '(paramula library --names)'")
    lines.append(f"complete -c paramula -n '__fish_seen_subcommand_from completion' -f -a '{' '.join(SHELLS)}'")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """A text without what a shell's quotes and colons would read."""
    return "".join(c for c in text if c not in "'[]:\"\\`$").replace("%%", "%")
