"""What the callers of ``bench voice-to-voice`` ask the clinic; a test holds each to the class it stands under."""

DIAL = "+15125550100"
VOICES = ("jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo")
QUESTIONS = (
    "What kind of toothbrush would you recommend?",
    "Does your building have a ground floor?",
    "Is it normal that my gums bleed?",
    "Should I bring a list of medicines?",
    "Is there a public library near the clinic?",
    "What can you do for nervous patients?",
    "How often should I have my teeth looked at?",
    "Is there room behind the building?",
    "Do I need to be early for the paperwork?",
    "Does Samuel Reed work there?",
    "Do you offer gas for patients who are afraid?",
    "Is a soft toothbrush better than a hard one?",
    "Should a dentist look at bleeding gums?",
    "Is the library next door?",
    "Do you take extra time for nervous people?",
    "How often should I change my toothbrush?",
    "Is Doctor Alvarez one of your dentists?",
    "Is the front entrance on the ground floor?",
    "What do your dentists recommend for my teeth?",
    "Which street is that in Austin?",
    "Do I have to bring my medicines?",
    "Why do my gums bleed when I brush?",
    "How do you treat patients who are afraid?",
    "How many months may I use a toothbrush?",
    "Is Maple Street in Austin?",
    "Should somebody look at my teeth every six months?",
    "Do you speak to patients who are afraid?",
    "What happens with my gums when I brush?",
    "How many minutes early should I come for paperwork?",
    "When do the dentists recommend a new brush?",
    "Is Doctor Reed in this week?",
    "Is brushing with a hard brush bad?",
    "Is the clinic next to a library?",
    "Do your dentists recommend anything for my gums?",
    "Do dentists recommend changing it every three months?",
    "Is bleeding when I brush something to look at?",
)
"""Questions that no rule answers, though a fact touches them: the language model does."""
CACHED = (
    "Where are you located?",
    "What insurance do you take?",
    "Is there parking?",
    "How much is a cleaning?",
    "What are your opening hours?",
    "Do you see children?",
)
"""Answers that are the same on every call."""
COMPUTED = (
    "Are you open on Friday?",
    "Are you open tomorrow?",
    "Are you open on the weekend?",
    "How late are you open on Monday?",
    "Are you open on Tuesday?",
    "Are you open on Wednesday?",
)
"""Answers that a rule computes from the day."""
