"""Fixed sentences every agent needs, in plain spoken English. A profile may reword them under ``[phrases]``."""

PHRASES: dict[str, str] = {
    "ai": "I am an automated assistant, not a person. I can answer questions and make bookings.",
    "alternatives_none": "I have nothing else on that day. Which other day would suit you?",
    "anything_else": "Is there anything else I can help you with?",
    "cannot_change": "I can make new appointments, but I cannot look up or change one that stands.",
    "change": "What should I change?",
    "confirm": "Is that right?",
    "dropped": "All right, I leave it.",
    "doubt": (
        "Your request is in, but I could not see yet whether it went through. "
        "A colleague will check it; let me put you through."
    ),
    "emergency": (
        "If this is an emergency, please hang up and call 9 1 1 right away. I am putting you through to a person now."
    ),
    "failed": "I am sorry, I could not do that just now. Let me put you through to a colleague.",
    "filler": "One moment, please.",
    "filler_date": "Let me look at the calendar.",
    "go_on": "Yes, go on.",
    "here": "Yes, I am here.",
    "how_help": "How can I help you?",
    "keys_caller_id": "Please press 1 for the number you are calling from, or 2 for another one.",
    "keys_phone": "Please key in your phone number, or say it digit by digit.",
    "keys_time": "Please say the time again, or key it in: for example, 1 3 0 for half past one.",
    "keys_unused": "I cannot take keys for this question.",
    "keys_wrong": "I cannot make sense of these keys.",
    "keys_yes_no": "Please say yes or no, or press 1 for yes and 2 for no.",
    "no_calendar": "I am sorry, I cannot see the calendar just now. Let me put you through to a colleague.",
    "not_understood": "I am sorry, I did not understand that.",
    "noted": "All right.",
    "offer_again": "You can say the first one, the second one, or another time.",
    "past": "That time has already passed.",
    "phone_area": "Could you give me the number with the area code?",
    "phone_short": "I need the whole number, please, digit by digit.",
    "repeated_failure": "I am sorry, we are not getting anywhere. Let me put you through to a colleague.",
    "resume": "I am sorry, we were cut off for a moment.",
    "silence_1": "Are you still there?",
    "silence_2": "I cannot hear you. Please say something if you are there.",
    "silence_3": "I cannot hear you, so I will hang up now. Please call again. Goodbye.",
    "spell": "Could you spell your last name for me, letter by letter?",
    "start_over": "All right, let us start again.",
    "suits": "Would that suit you?",
    "to_human": "All right, I am putting you through to a colleague. One moment, please.",
    "unheard": "Sorry, I did not catch that.",
    "unknown": "I am afraid I do not know that.",
    "offer_human": "Would you like to speak to a colleague?",
    "wait": "Of course, take your time.",
    "which_day_of_week": "Which day of that week would you like?",
    "which_offer": "Which would you like?",
    "working": "One moment, I am just entering it.",
}
"""Key to default wording."""
