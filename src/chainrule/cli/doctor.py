"""``chainrule doctor``: what this machine offers chainrule, how fast it is, and what is missing."""

from collections.abc import Mapping, Sequence
from typing import Any

from chainrule.cli.options import Json, Quiet
from chainrule.cli.screen import Screen


def doctor(json: Json = False, quiet: Quiet = False) -> None:
    """Say what this machine offers: Python, packages, engines and their speed, memory, and what is missing."""
    from chainrule.cli.machine import engines, look

    screen = Screen(json=json, quiet=quiet)
    with screen.busy("measuring"):
        facts = look()
        facts["engines"] = engines()
    facts["missing"] = missing(facts)
    screen.answer(facts)
    screen.say(*_lines(facts))


def missing(facts: Mapping[str, Any]) -> list[str]:
    """What is missing or broken, and what to do about each."""
    found = [
        f"{name} is not installed: pip install {name}" for name, version in facts["packages"].items() if version is None
    ]
    return found + [
        f"engine {name} does not run: {engine['error']}" for name, engine in facts["engines"].items() if engine["error"]
    ]


def _lines(facts: Mapping[str, Any]) -> Sequence[Any]:
    from chainrule.cli.summary import grid

    memory = facts["memory_bytes"]
    cache = facts["cache"]
    machine = [
        ("chainrule", facts["chainrule"]),
        ("python", f"{facts['python']} on {facts['system']}"),
        ("cores", str(facts["cores"])),
        ("memory", "not known" if memory is None else size(memory)),
        ("cache", f"{cache['folder']}, {size(cache['bytes'])} in {cache['files']:,} files"),
        *(("packages", f"{name} {version or '(not installed)'}") for name, version in facts["packages"].items()),
    ]
    ran = [(name, _engine(engine)) for name, engine in facts["engines"].items()]
    ill = facts["missing"]
    verdict = "Nothing is missing." if not ill else "\n".join(ill)
    return (
        grid(machine),
        "",
        "Engines, training 2,000 rows × 20 columns through 64-64 units, 32 rows a step:",
        grid(ran),
        "",
        verdict,
    )


def _engine(engine: Mapping[str, Any]) -> str:
    if engine["error"]:
        return "does not run"
    devices = ", ".join(engine["devices"])
    return f"{engine['step_microseconds']:,.0f} µs a step, ready after {engine['ready_seconds']:.2f} s, on {devices}"


def size(count: int) -> str:
    """Write a number of bytes.

    >>> size(512), size(3_250_000), size(8 * 2**30)
    ('512 bytes', '3.1 MiB', '8.0 GiB')
    """
    if count < 1024:
        return f"{count} bytes"
    value, unit = count / 1024, "KiB"
    for larger in ("MiB", "GiB", "TiB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.1f} {unit}"
