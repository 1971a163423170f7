"""Write the example of a rendered configuration below asterisk/, for people to read. No secret is in it.

Usage: python scripts/render_asterisk_example.py [FOLDER]
"""

import sys
from pathlib import Path

from agent.pbx.foreign import render_foreign_trunk, render_include
from agent.pbx.plan import AriLogin, CarrierPlan, Folders, Number, PbxPlan, Phone, Ports, Queue, QueueMember, Trunk
from agent.pbx.render import render_carrier, render_pbx

OUTPUT = Path(__file__).parent.parent / "asterisk"

PBX = PbxPlan(
    ports=Ports(sip=5060, http=8088, rtp_first=20000, rtp_last=20399),
    ari=AriLogin("attendant", "attendant", "change-this-ari-password"),
    folders=Folders("/srv/attendant/pbx/data/sounds/attendant", "/srv/attendant/pbx/spool/voicemail"),
    trunks=(Trunk("carrier", "127.0.0.1", 5070),),
    numbers=(Number("+493012345", "dental", "dental-desk"), Number("+493054321", "sales", "sales-desk")),
    queues=(
        Queue("dental-desk", (QueueMember("2000"), QueueMember("colleague", "carrier"))),
        Queue("sales-desk", (QueueMember("2000"),)),
    ),
    phones=(Phone("1000", "change-this-1000", "Softphone"), Phone("2000", "change-this-2000", "Colleague")),
)
CARRIER = CarrierPlan(
    ports=Ports(sip=5070, http=8089, rtp_first=20400, rtp_last=20799),
    ari=AriLogin("caller", "caller", "change-this-ari-password"),
    folders=Folders("/srv/attendant/carrier/data/sounds/attendant", "/srv/attendant/carrier/spool/voicemail"),
    pbx=Trunk("to-pbx", "127.0.0.1", 5060, ("ulaw",)),
)


def example_files() -> dict[str, str]:
    """Path below asterisk/ -> text."""
    files = {f"pbx/{name}": text for name, text in render_pbx(PBX).items()}
    files |= {f"carrier/{name}": text for name, text in render_carrier(CARRIER).items()}
    files |= {f"existing-asterisk/{name}": text for name, text in render_include(PBX).items()}
    files["other-pbx/trunk-to-attendant.conf"] = render_foreign_trunk(PBX)
    # Files that only say "nothing here" are left out of the example.
    return {path: text for path, text in files.items() if any(not line.startswith(";") for line in text.splitlines())}


def main(folder: str = str(OUTPUT)) -> None:
    for path, text in example_files().items():
        target = Path(folder) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:2])
