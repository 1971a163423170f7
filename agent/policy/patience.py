"""How often a caller is asked, corrected or led in circles before something else is tried. Numbers and predicates."""

MAX_CORRECTIONS_PER_SLOT = 2
MAX_IDLE_TURNS = 3
MAX_IDLE_TURNS_IN_ALL = 7


def is_corrected_too_often(corrected: tuple[str, ...], slot: str) -> bool:
    """Whether another correction of ``slot`` must not simply be read back again: two were."""
    return corrected.count(slot) >= MAX_CORRECTIONS_PER_SLOT


def is_in_circles(idle: int) -> bool:
    """Whether a question that was asked again for ``idle`` turns in a row, for nothing, is to be asked no more."""
    return idle >= MAX_IDLE_TURNS


def is_hopeless(idle: int) -> bool:
    """Whether a human must take over after ``idle`` turns in a row that brought nothing, whatever was asked."""
    return idle >= MAX_IDLE_TURNS_IN_ALL
