"""``PbxPlan`` or ``CarrierPlan`` -> ``{filename: text}`` for the instance's etc folder."""

from agent.pbx.basics import basic_files
from agent.pbx.dialplan import carrier_extensions_conf, extensions_conf
from agent.pbx.plan import CarrierPlan, PbxPlan
from agent.pbx.queues import queues_conf
from agent.pbx.sip import carrier_pjsip_conf, pjsip_conf


def render_pbx(plan: PbxPlan) -> dict[str, str]:
    """Every file of the answering instance. Check the plan first: `agent.pbx.check.check`."""
    return basic_files(plan.ports, plan.ari, plan.folders) | {
        "pjsip.conf": pjsip_conf(plan),
        "extensions.conf": extensions_conf(plan),
        "queues.conf": queues_conf(plan.queues),
    }


def render_carrier(plan: CarrierPlan) -> dict[str, str]:
    """Every file of the simulated public network."""
    return basic_files(plan.ports, plan.ari, plan.folders) | {
        "pjsip.conf": carrier_pjsip_conf(plan),
        "extensions.conf": carrier_extensions_conf(plan),
        "queues.conf": queues_conf(()),
    }
