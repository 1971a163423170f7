"""Hangup causes (ITU-T Q.850) as Asterisk words them; include/asterisk/causes.h."""

_TEXTS = {
    1: "Unallocated (unassigned) number",
    16: "Normal Clearing",
    17: "User busy",
    18: "No user responding",
    19: "User alerting, no answer",
    21: "Call Rejected",
    27: "Destination out of order",
    28: "Invalid number format",
    31: "Normal, unspecified",
    32: "Normal Clearing",  # not a Q.850 cause: ARI's own hang-up, ``soft``
    34: "Circuit/channel congestion",
    38: "Network out of order",
    44: "Requested channel not available",
    58: "Bearer capability not available",
    102: "Recover on timer expiry",
    127: "Interworking, unspecified",
}


def cause_text(cause: int) -> str:
    """The cause's words, or its number when it is a rare one."""
    return _TEXTS.get(cause, f"cause {cause}")
