"""Questions and their answers, from the profile alone: hours, prices, durations, services, and its written facts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agent.dialogue.spans import Span, chosen
from agent.dialogue.spoken import say_date, say_duration, say_list, say_minutes, with_article
from agent.dialogue.when import find_day
from agent.dialogue.words import WEEKDAYS, best_group, contains, figures, has, is_like, stem
from agent.policy.hours import hours_on, is_open, next_open_day
from agent.policy.wording import plain
from agent.values.profile import AgentProfile, Hours, Service


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's sentence. ``is_fixed`` when it is the same on every call; ``service`` is what it was about."""

    text: str
    is_fixed: bool
    service: str = ""
    offers_booking: bool = False


_QUESTION = re.compile(
    r"^(?:(?:hi|hello|hey|yes|ok|okay|and|so|well|but|um|uh|oh|also|sorry|please|no|actually|just|first|good"
    r"|morning|afternoon|quick"
    r"|question|great|thanks|thank|you)\s)*"
    r"(?:what|what's|when|when's|where|where's|who|who's|which|why|how|how's|do|does|did|is|are|can|could|would"
    r"|will|may|have|has|should|am|any)\b"
)
_ASKS = (
    r"tell me", r"(?:want|wanted|like|need) to (?:know|ask)", r"wondering", r"question about", r"do you know",
    r"let me know", r"information (?:about|on)", r"asking (?:about|if|whether)", r"(?:call|calling|ask) about",
    r"find out", r"how much", r"how long", r"what about",
    r"what time", r"do you (?:take|have|accept|offer|do|know|sell|work|see|provide)", r"are you open",
)  # fmt: skip
_HOURS = (
    r"hours", r"open(?:ed|ing)?(?! (?:slots?|appointments?|times?|spots?|it|the|an|my|up)\b)", r"close[sd]?",
    r"closing", r"how late", r"business days", r"are you there", r"(?:work|open) (?:on )?(?:the )?weekends?",
    r"hours of operation",
)  # fmt: skip
_PRICE = (r"how much", r"prices?", r"pricing", r"costs?", r"charges?", r"fees?", r"expensive", r"rates?", r"pay for")
_LONG = (r"how long", r"how many (?:minutes|hours)", r"duration")
_OFFER = (
    r"do you (?:guys |also |even )?(?:do|offer|have|provide|perform|sell|make)", r"can you do",
    r"is it possible to get", r"do you also",
)  # fmt: skip
_COMMON_TEXT = """
    have what when where which with that this your would could should from about please like want need know will they
    them there then than also some does just very much many more make take time come call good
"""
_COMMON = frozenset(_COMMON_TEXT.split())
_LIST = (
    r"(?:what|which) (?:kinds? of |sort of |other )?(?:services?|treatments?|appointments?|procedures?)",
    r"what (?:do|can) you (?:do|offer|provide|sell)(?= *$)", r"what (?:services|treatments)", r"services do you",
)  # fmt: skip


def is_question(segment: str, words: str) -> bool:
    """Whether a sentence asks something."""
    return segment.rstrip().endswith("?") or bool(_QUESTION.match(words)) or contains(words, *_ASKS)


def find_service(words: str, services: Sequence[Service]) -> Service | None:
    """The service named in plain ``words``: the longest name wins where they overlap, the last said elsewhere."""
    hits = service_spans(words, services)
    which = chosen(words, [span for span, _ in hits])
    return None if which is None else hits[which][1]


def service_spans(words: str, services: Sequence[Service]) -> list[tuple[Span, Service]]:
    """Each place where a service is named, and which."""
    hits: list[tuple[Span, Service]] = []
    tokens = [
        (re.sub("'(?:s|ll)$", "", match.group()), match.start(), match.end()) for match in re.finditer(r"\S+", words)
    ]
    for service in services:
        for name in (service.name.replace("-", " ").lower(), *service.aliases):
            hits.extend((span, service) for span in _named(tokens, name.split()))
    hits = hits or [
        (span, service) for service in services for alias in service.aliases for span in _apart(tokens, alias.split())
    ]
    return [
        (span, service)
        for span, service in dict.fromkeys(hits)
        if not any(_covers(other, span) and owner != service for other, owner in hits)
    ]


def _covers(longer: Span, span: Span) -> bool:
    return longer.start < span.end and span.start < longer.end and longer.end - longer.start > span.end - span.start


_BETWEEN_TEXT = """
    a an my the his her our of is are was has have been just really one some to get me front back upper lower left right
    whole big
"""
_BETWEEN = frozenset(_BETWEEN_TEXT.split())
_MOST_BETWEEN = 3


def _spread(tokens: Sequence[tuple[str, int, int]], parts: Sequence[str]) -> list[Span]:
    """Where the words of a longer name stand in their order with small words between: "broke one of my teeth"."""
    spans = []
    for start in (n for n, token in enumerate(tokens) if token[0][:1] == parts[0][:1]):
        at, n, between = start, 0, 0
        while n < len(parts) and at < len(tokens) and between <= _MOST_BETWEEN:
            if is_like(tokens[at][0], parts[n]):
                n, between = n + 1, 0
            elif n and tokens[at][0] in _BETWEEN:
                between += 1
            else:
                break
            at += 1
        if n == len(parts):
            spans.append(Span(tokens[start][1], tokens[at - 1][2]))
    return spans


_FAR = 8
_CONTENT = 4


def _apart(tokens: Sequence[tuple[str, int, int]], parts: Sequence[str]) -> list[Span]:
    """Where the two words of a name stand near each other in any order: "this tooth, I think it's broken"."""
    if len(parts) != 2 or any(len(part) < _CONTENT for part in parts):
        return []
    places = [[n for n, token in enumerate(tokens) if is_like(token[0], part)] for part in parts]
    pairs = ((min(a, b), max(a, b)) for a in places[0] for b in places[1] if 0 < abs(a - b) <= _FAR)
    return [Span(tokens[first][1], tokens[last][2]) for first, last in pairs]


def _named(tokens: Sequence[tuple[str, int, int]], parts: Sequence[str]) -> list[Span]:
    joined = "".join(parts)
    spans = _spread(tokens, parts) if len(parts) > 1 else []
    for length in {max(1, len(parts) - 1), len(parts), len(parts) + 1}:
        for at in range(len(tokens) - length + 1):
            if tokens[at][0][:1] != joined[:1]:  # what is like a word begins like it
                continue
            window = tokens[at : at + length]
            ends = (window[0][0], window[-1][0])
            if length >= len(parts) and any(
                end != part and (end in _BETWEEN or end.isdigit())
                for end, part in zip(ends, (parts[0], parts[-1]), strict=True)
            ):
                continue
            heard = "".join(token for token, _, _ in window)
            same = length == len(parts) and all(is_like(t[0], part) for t, part in zip(window, parts, strict=True))
            if same or (len(joined) >= 5 and (heard == joined or (length >= len(parts) and is_like(heard, joined)))):
                spans.append(Span(window[0][1], window[-1][2]))
    return spans


def find_answer(words: str, profile: AgentProfile, at: datetime, topic: str) -> Answer | None:
    """The answer to plain ``words`` asked at local time ``at``; ``topic`` is the service spoken of before."""
    written = [(best_group(words, fact.keywords), fact.answer) for fact in profile.facts]
    score, answer = max((pair for pair in written if pair[0]), default=(0, ""), key=lambda pair: pair[0])
    service = find_service(words, profile.services)
    computed = _computed(words, profile, at, (service, topic))
    if computed and (not answer or computed[0] >= score):
        return computed[1]
    return Answer(answer, is_fixed=True, service=service.id if service else "") if answer else None


def _computed(
    words: str, profile: AgentProfile, at: datetime, about: tuple[Service | None, str]
) -> tuple[int, Answer] | None:
    named, topic = about
    service = named or next((s for s in profile.services if s.id == topic), None)
    weight = len(named.name) if named else 0
    if contains(words, *_PRICE):
        if service and service.price:
            return 5 + weight, Answer(price_answer(service), is_fixed=True, service=service.id)
        prices = price_list(profile)
        return (4, Answer(prices, is_fixed=True)) if prices else None
    if contains(words, *_LONG) and service and (named or contains(words, "it", "that", "take", "takes")):
        return 8 + weight, Answer(duration_answer(service), is_fixed=True, service=service.id)
    if contains(words, *_HOURS) and profile.hours:
        return 6, hours_answer(words, profile, at)
    if contains(words, *_LIST) and profile.services:
        return 9, Answer(services_answer(profile), is_fixed=True)
    if named and contains(words, *_OFFER):
        return 3 + weight, Answer(offer_answer(named), is_fixed=True, service=named.id, offers_booking=True)
    return None


def price_answer(service: Service) -> str:
    """What a service costs."""
    verb = "is" if service.price.startswith(("free", "from", "on request")) else "costs"
    return f"{with_article(service.name).capitalize()} {verb} {service.price}."


def price_list(profile: AgentProfile) -> str:
    """What every service costs, in one sentence; empty when no price is known."""
    priced = [f"{with_article(s.name)}, {s.price}" for s in profile.services if s.price]
    return f"These are our prices: {'; '.join(priced)}." if priced else ""


def duration_answer(service: Service) -> str:
    """How long a service takes."""
    return f"{with_article(service.name).capitalize()} takes {say_duration(service.minutes)}."


def services_answer(profile: AgentProfile) -> str:
    """All services in one sentence."""
    return f"We offer {say_list([with_article(s.name) for s in profile.services], 'or')}."


def offer_answer(service: Service) -> str:
    """Yes, with length and price."""
    price = f" and {'is' if service.price.startswith('free') else 'costs'} {service.price}" if service.price else ""
    return f"Yes, we do. {with_article(service.name).capitalize()} takes {say_duration(service.minutes)}{price}."


def hours_answer(words: str, profile: AgentProfile, at: datetime) -> Answer:
    """Opening hours on the day asked for, now, on weekends, or of the whole week."""
    if contains(words, r"(?:right )?now", "still open", "currently", "at the moment"):
        return Answer(_now_answer(profile.hours, at), is_fixed=False)
    if has(words, "weekend"):
        days = [at.date() + timedelta(days=(5 - at.weekday()) % 7 + n) for n in (0, 1)]
        opened = [day for day in days if hours_on(profile.hours, day)]
        text = " ".join(_day_answer(profile.hours, day) for day in opened) or "No, we are closed on weekends."
        return Answer(text, is_fixed=False)
    found, _ = find_day(figures(words), at.date(), profile.country)
    if found and found.days:
        return Answer(_day_answer(profile.hours, found.days[0]), is_fixed=False)
    return Answer(hours_summary(profile.hours), is_fixed=True)


def _now_answer(hours: Sequence[Hours], at: datetime) -> str:
    if is_open(hours, at):
        closes = next(h.closes_min for h in hours_on(hours, at.date()) if h.closes_min > at.hour * 60 + at.minute)
        return f"Yes, we are open now, until {say_minutes(closes)}."
    return f"No, we are closed now. {hours_summary(hours)}"


def _day_answer(hours: Sequence[Hours], day: date) -> str:
    spans = hours_on(hours, day)
    if spans:
        return f"On {say_date(day)}, we are open {_spans(spans)}."
    after = next_open_day(hours, day)
    opens = f" The next open day is {say_date(after)}." if after else ""
    return f"No, we are closed on {say_date(day)}.{opens}"


def _spans(spans: Sequence[Hours]) -> str:
    return say_list([f"from {say_minutes(h.opens_min)} to {say_minutes(h.closes_min)}" for h in spans])


def hours_summary(hours: Sequence[Hours]) -> str:
    """The week in one sentence, equal neighbouring days together."""
    week = [hours_on(hours, date(2024, 1, 1 + n)) for n in range(7)]  # 2024-01-01 is a Monday
    groups: list[list[int]] = []
    for day in range(7):
        if week[day] and groups and groups[-1][-1] == day - 1 and _same(week[day], week[day - 1]):
            groups[-1].append(day)
        elif week[day]:
            groups.append([day])
    parts = [f"{_days(group)} {_spans(week[group[0]])}" for group in groups]
    return f"We are open {say_list(parts)}." if parts else "We are closed at the moment."


def _same(one: Sequence[Hours], other: Sequence[Hours]) -> bool:
    return [(h.opens_min, h.closes_min) for h in one] == [(h.opens_min, h.closes_min) for h in other]


def _days(group: Sequence[int]) -> str:
    first, last = WEEKDAYS[group[0]].title(), WEEKDAYS[group[-1]].title()
    return first if len(group) == 1 else f"{first} {'and' if len(group) == 2 else 'to'} {last}"


def retrieved(words: str, profile: AgentProfile, most: int = 3) -> tuple[str, ...]:
    """Facts that share a word with the question, best first: all that the language model may answer from."""
    asked = [word for word in words.split() if len(word) >= 4 and word not in _COMMON]
    scored = []
    for fact in profile.facts:
        told = plain(fact.answer).split() + [word for group in fact.keywords for part in group for word in part.split()]
        shared = {stem(word) for word in asked if any(is_like(word, other) for other in told if len(other) >= 4)}
        if score := sum(map(len, shared)):
            scored.append((score, fact.answer))
    return tuple(answer for _, answer in sorted(scored, key=lambda pair: -pair[0])[:most])
