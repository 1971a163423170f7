"""Sentences in other languages are spoken by voices of those languages, all else by the agent's own."""

from agent.adapters.fake.models import FakeSynthesiser
from agent.adapters.models.voices import ManyVoices

SPANISH = "Un momento, por favor."


async def test_each_text_has_its_voice() -> None:
    own, spanish = FakeSynthesiser(), FakeSynthesiser()
    voices = ManyVoices(own, {SPANISH: spanish})
    await voices.prepare(("Goodbye.", SPANISH))
    assert (own.spoken, spanish.spoken) == (["Goodbye."], [SPANISH])
    assert voices.is_ready(SPANISH)
    assert not own.is_ready(SPANISH)
    spanish.is_down = True
    assert [piece async for piece in voices.stream(SPANISH)], "kept, its worker is not needed any more"
    assert [piece async for piece in voices.stream("Hello")]
    assert own.spoken == ["Goodbye.", "Hello"]
