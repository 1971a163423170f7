"""One-way audio: told once when nothing comes, and once when something does again."""

from agent.media.presence import ABSENT_AFTER_MS, Presence
from agent.values.audio import FRAME_BYTES, FRAME_MS, SILENCE, AudioFrame

SOUND = AudioFrame(b"\1\0" * (FRAME_BYTES // 2), 0)
ZEROS = AudioFrame(SILENCE, 0)
CONCEALED = AudioFrame(SOUND.pcm, 0, concealed=True)
TICKS = ABSENT_AFTER_MS // FRAME_MS


def news(presence: Presence, frame: AudioFrame | None, ticks: int) -> list[bool]:
    return [told for _ in range(ticks) if (told := presence.feed(frame)) is not None]


def test_a_room_however_quiet_is_somebody() -> None:
    assert news(Presence(), SOUND, 10 * TICKS) == []


def test_nothing_is_told_once_whatever_kind_of_nothing() -> None:
    for nothing in (None, ZEROS, CONCEALED):
        presence = Presence()
        news(presence, SOUND, 10)
        assert news(presence, nothing, TICKS - 1) == []
        assert news(presence, nothing, 3 * TICKS) == [False]


def test_sound_that_comes_back_is_told_and_a_lone_click_is_not() -> None:
    presence = Presence()
    news(presence, None, TICKS)
    assert news(presence, SOUND, 2) == []
    assert news(presence, ZEROS, 10) == []
    assert news(presence, SOUND, 50) == [True]
    assert news(presence, None, TICKS) == [False]
