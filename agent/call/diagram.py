"""The tables as Graphviz diagrams and as text, printed from the data the machine runs on."""

from agent.call.tables import CONSENT, CONTROL, FLOOR, LEG, WORK, State, Table

TABLES: dict[str, Table] = {  # type: ignore[type-arg]
    "leg": LEG,
    "floor": FLOOR,
    "consent": CONSENT,
    "control": CONTROL,
    "work": WORK,
}


def as_text(name: str, table: Table[State]) -> str:
    """One line per state: where each signal leads; rows that stay are left out."""
    lines = [f"{name}"]
    for state in dict.fromkeys(s for s, _ in table):
        moves = [f"{signal} → {to.value}" for (at, signal), to in table.items() if at is state and to is not state]
        lines.append(f"  {state.value:<14}{', '.join(moves) or '(absorbs)'}")
    return "\n".join(lines)


def as_dot(name: str, table: Table[State]) -> str:
    """A Graphviz digraph: one arrow per pair of states, labelled with its signals."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (at, signal), to in table.items():
        if at is not to:
            arrows.setdefault((at.value, to.value), []).append(signal)
    body = "\n".join('  {} -> {} [label="{}"];'.format(a, b, "\\n".join(signals)) for (a, b), signals in arrows.items())
    return f"digraph {name} {{\n  rankdir=LR; node [shape=box, style=rounded];\n{body}\n}}"
