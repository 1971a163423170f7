"""A seed makes scripts of a scenario: who calls, in which words, for which slot. Same seed, same calls."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random

from agent.evals.saying import say_clock, say_date, say_day, say_time
from agent.evals.scenario import Choice, Reaction, Scenario, SlotDraw
from agent.values.profile import Hours

_LATEST_START_MIN = 60
_PAUSES = 64
_ON_RELATIVE = re.compile(r"\b[Oo]n (this|tomorrow)\b")


@dataclass(frozen=True, slots=True)
class OpenTimes:
    """When the tenant is open. ``today`` is the tenant's date, ``closed`` its days off."""

    hours: tuple[Hours, ...]
    today: date
    closed: frozenset[date] = frozenset()

    def starts(self, spec: SlotDraw) -> list[datetime]:
        """Every start the scenario may draw, ascending; none within an hour of closing."""
        days = (self.today + timedelta(days=ahead) for ahead in range(spec.from_days, spec.within_days + 1))
        return [
            datetime.combine(day, time(minute // 60, minute % 60))
            for day in days
            if day not in self.closed
            for hours in self.hours
            if hours.weekday == day.weekday()
            for minute in range(hours.opens_min, hours.closes_min - _LATEST_START_MIN + 1, spec.step_min)
        ]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller is to end up with. ``values`` are the other drawn ones, by variable (name, service, ...)."""

    day: date
    at: time
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Script:
    """One call to place. Each reaction's ``say`` holds the one or two wordings drawn, ready to be rendered.

    ``pauses_ms`` are used in turn before each line; ``second`` is the slot asked for when the first is taken.
    """

    scenario: Scenario
    index: int
    seed: int
    voice: str
    caller: str
    today: date
    values: dict[str, str]
    wanted: Wanted | None
    second: Wanted | None
    pauses_ms: tuple[int, ...]

    def lines(self) -> tuple[str, ...]:
        """Every text the caller may speak, each once: what must be rendered before dialling."""
        scenario = self.scenario
        single = (scenario.opening, scenario.nudge, scenario.lost, *(i.reaction for i in scenario.interrupts))
        reactions = (*scenario.reactions, *(one for one in single if one))
        return tuple(dict.fromkeys(text for one in reactions for text in (*one.say, *one.rephrase, *one.correct)))


def ringing_back(script: Script) -> Script:
    """The same caller for the same, once more: without the opening, and without hanging up in the middle again."""
    kept = tuple(one for one in script.scenario.reactions if one.hang_up_after_ms is None or one.say)
    return replace(script, scenario=replace(script.scenario, opening=None, redial_after_ms=None, reactions=kept))


def draw(scenario: Scenario, n: int, seed: int, open_times: OpenTimes) -> list[Script]:
    """``n`` scripts. Slots and values are dealt, not thrown: they differ as long as there are enough.

    Raises ValueError if never open.
    """
    slots: list[datetime] = []
    if scenario.slot:
        slots = open_times.starts(scenario.slot)
        if not slots:
            raise ValueError(f"scenario {scenario.name}: the tenant is closed on every day that could be drawn")
    deck = Random(f"{seed}:{scenario.name}")
    deck.shuffle(slots)
    orders = {name: deck.sample(choices, len(choices)) for name, choices in scenario.choices.items()}
    scripts = []
    for index in range(n):
        dealt = {name: order[index % len(order)] for name, order in orders.items()}
        scripts.append(_script(scenario, (seed, index), open_times.today, dealt, slots))
    return scripts


def _script(
    scenario: Scenario, draw_of: tuple[int, int], today: date, dealt: dict[str, Choice], slots: Sequence[datetime]
) -> Script:
    seed, index = draw_of
    rng = Random(f"{seed}:{scenario.name}:{index}")
    spoken = {name: choice.says for name, choice in dealt.items()}
    values = {name: choice.value for name, choice in dealt.items()}
    wanted = second = None
    if slots:
        one, two = slots[index % len(slots)], slots[-1 - index % len(slots)]
        wanted, second = Wanted(one.date(), one.time(), values), Wanted(two.date(), two.time(), values)
        said = say_time(wanted.at, rng)
        spoken |= {"day": say_day(wanted.day, today, rng), "time": said, "time_again": say_time(wanted.at, rng, said)}
        spoken |= {"date": say_date(wanted.day), "clock": say_clock(wanted.at)}
        spoken |= {"date2": say_date(second.day), "clock2": say_clock(second.at)}
    return Script(
        scenario=_fill(scenario, spoken, rng),
        index=index,
        seed=seed,
        voice=rng.choice(scenario.voices),
        caller="".join(str(rng.randrange(10)) if digit == "#" else digit for digit in scenario.caller),
        today=today,
        values=values,
        wanted=wanted,
        second=second,
        pauses_ms=tuple(rng.randint(*scenario.pause_ms) for _ in range(_PAUSES)),
    )


def _fill(scenario: Scenario, spoken: dict[str, str], rng: Random) -> Scenario:
    def one(reaction: Reaction) -> Reaction:
        often = 1 if reaction.repeat == 1 or reaction.rephrase else 2
        drawn = rng.sample(reaction.say, min(often, len(reaction.say)))
        say, rephrase, correct = (
            tuple(_sentence(text.format_map(spoken)) for text in texts)
            for texts in (drawn, reaction.rephrase, reaction.correct)
        )
        return replace(reaction, say=say, rephrase=rephrase, correct=correct)

    return replace(
        scenario,
        reactions=tuple(one(reaction) for reaction in scenario.reactions),
        opening=one(scenario.opening) if scenario.opening else None,
        nudge=one(scenario.nudge) if scenario.nudge else None,
        lost=one(scenario.lost) if scenario.lost else None,
        interrupts=tuple(replace(each, reaction=one(each.reaction)) for each in scenario.interrupts),
    )


def _sentence(text: str) -> str:
    """A wording as a sentence: a capital first, one full stop after an abbreviation, no "on" before "tomorrow"."""
    text = _ON_RELATIVE.sub(r"\1", text.replace(".m..", ".m.").strip())
    return text[:1].upper() + text[1:]
