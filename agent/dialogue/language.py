"""A caller of another language: told so in a sentence, and put through. Nobody is kept in a talk they cannot follow."""

from agent.dialogue.booking import decide, to_human
from agent.dialogue.state import Decision, Dialogue, fixed, phrase
from agent.policy import language
from agent.values.profile import AgentProfile
from agent.values.talk import Utterance


def other_language(dialogue: Dialogue, profile: AgentProfile, utterance: Utterance) -> Decision | None:
    """What a turn leads to that is in another language, or asks for one; None for any other turn.

    The sentence is the profile's own in that language, spoken by a voice of it, where it has one.
    """
    text, speech_ms = utterance.text, utterance.ended_ms - utterance.started_ms
    code = language.asked_for(text) or language.spoken(utterance.language, utterance.language_prob, speech_ms, text)
    if not code or dialogue.pending:
        return None
    if code == language.OWN:
        return decide(dialogue, profile, phrase(profile, "english"), *dialogue.prompt)
    said = next((tongue.to_human for tongue in profile.tongues if tongue.language == code), "")
    return to_human(dialogue, profile, f"language: {code}", fixed(said) if said else phrase(profile, "language"))
