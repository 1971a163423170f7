"""Every ARI operation by resource and nickname. Written by scripts/generate_ari_operations.py: do not edit.

Source: the rest-api/*.json of Asterisk 22.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One REST operation. ``path`` has its parameters in braces; ``body`` is the JSON body's one field, if any."""

    method: str
    path: str
    query: tuple[str, ...] = ()
    body: str = ""


# fmt: off
OPERATIONS: dict[str, Operation] = {
    "applications.list": Operation("GET", "/applications"),
    "applications.get": Operation("GET", "/applications/{applicationName}"),
    "applications.subscribe": Operation("POST", "/applications/{applicationName}/subscription", ("eventSource",)),
    "applications.unsubscribe": Operation("DELETE", "/applications/{applicationName}/subscription", ("eventSource",)),
    "applications.filter": Operation("PUT", "/applications/{applicationName}/eventFilter", body="filter"),
    "asterisk.getObject": Operation("GET", "/asterisk/config/dynamic/{configClass}/{objectType}/{id}"),
    "asterisk.updateObject": Operation(
        "PUT", "/asterisk/config/dynamic/{configClass}/{objectType}/{id}", body="fields"),
    "asterisk.deleteObject": Operation("DELETE", "/asterisk/config/dynamic/{configClass}/{objectType}/{id}"),
    "asterisk.getInfo": Operation("GET", "/asterisk/info", ("only",)),
    "asterisk.ping": Operation("GET", "/asterisk/ping"),
    "asterisk.listModules": Operation("GET", "/asterisk/modules"),
    "asterisk.getModule": Operation("GET", "/asterisk/modules/{moduleName}"),
    "asterisk.loadModule": Operation("POST", "/asterisk/modules/{moduleName}"),
    "asterisk.unloadModule": Operation("DELETE", "/asterisk/modules/{moduleName}"),
    "asterisk.reloadModule": Operation("PUT", "/asterisk/modules/{moduleName}"),
    "asterisk.listLogChannels": Operation("GET", "/asterisk/logging"),
    "asterisk.addLog": Operation("POST", "/asterisk/logging/{logChannelName}", ("configuration",)),
    "asterisk.deleteLog": Operation("DELETE", "/asterisk/logging/{logChannelName}"),
    "asterisk.rotateLog": Operation("PUT", "/asterisk/logging/{logChannelName}/rotate"),
    "asterisk.getGlobalVar": Operation("GET", "/asterisk/variable", ("variable",)),
    "asterisk.setGlobalVar": Operation("POST", "/asterisk/variable", ("variable", "value")),
    "bridges.list": Operation("GET", "/bridges"),
    "bridges.create": Operation("POST", "/bridges", ("type", "bridgeId", "name"), body="variables"),
    "bridges.createWithId": Operation("POST", "/bridges/{bridgeId}", ("type", "name"), body="variables"),
    "bridges.get": Operation("GET", "/bridges/{bridgeId}"),
    "bridges.destroy": Operation("DELETE", "/bridges/{bridgeId}"),
    "bridges.getBridgeVar": Operation("GET", "/bridges/{bridgeId}/variable", ("variable",)),
    "bridges.setBridgeVar": Operation("POST", "/bridges/{bridgeId}/variable", ("variable", "value", "report_events")),
    "bridges.getBridgeVars": Operation("GET", "/bridges/{bridgeId}/variables", ("variables",)),
    "bridges.setBridgeVars": Operation("POST", "/bridges/{bridgeId}/variables", body="variables"),
    "bridges.addChannel": Operation(
        "POST", "/bridges/{bridgeId}/addChannel", ("channel", "role", "absorbDTMF", "mute",
        "inhibitConnectedLineUpdates")),
    "bridges.removeChannel": Operation("POST", "/bridges/{bridgeId}/removeChannel", ("channel",)),
    "bridges.setVideoSource": Operation("POST", "/bridges/{bridgeId}/videoSource/{channelId}"),
    "bridges.clearVideoSource": Operation("DELETE", "/bridges/{bridgeId}/videoSource"),
    "bridges.startMoh": Operation("POST", "/bridges/{bridgeId}/moh", ("mohClass",)),
    "bridges.stopMoh": Operation("DELETE", "/bridges/{bridgeId}/moh"),
    "bridges.play": Operation(
        "POST", "/bridges/{bridgeId}/play", ("media", "announcer_format", "lang", "offsetms", "skipms", "playbackId")),
    "bridges.playWithId": Operation(
        "POST", "/bridges/{bridgeId}/play/{playbackId}", ("media", "announcer_format", "lang", "offsetms", "skipms")),
    "bridges.record": Operation(
        "POST", "/bridges/{bridgeId}/record", ("name", "format", "recorder_format", "maxDurationSeconds",
        "maxSilenceSeconds", "ifExists", "beep", "terminateOn")),
    "channels.list": Operation("GET", "/channels"),
    "channels.originate": Operation(
        "POST", "/channels", ("endpoint", "extension", "context", "priority", "label", "app", "appArgs", "callerId",
        "timeout", "channelId", "otherChannelId", "originator", "formats"), body="variables"),
    "channels.create": Operation(
        "POST", "/channels/create", ("endpoint", "app", "appArgs", "channelId", "otherChannelId", "originator",
        "formats"), body="variables"),
    "channels.get": Operation("GET", "/channels/{channelId}"),
    "channels.originateWithId": Operation(
        "POST", "/channels/{channelId}", ("endpoint", "extension", "context", "priority", "label", "app", "appArgs",
        "callerId", "timeout", "otherChannelId", "originator", "formats"), body="variables"),
    "channels.hangup": Operation("DELETE", "/channels/{channelId}", ("reason_code", "reason")),
    "channels.continueInDialplan": Operation(
        "POST", "/channels/{channelId}/continue", ("context", "extension", "priority", "label")),
    "channels.move": Operation("POST", "/channels/{channelId}/move", ("app", "appArgs")),
    "channels.redirect": Operation("POST", "/channels/{channelId}/redirect", ("endpoint",)),
    "channels.answer": Operation("POST", "/channels/{channelId}/answer"),
    "channels.ring": Operation("POST", "/channels/{channelId}/ring"),
    "channels.ringStop": Operation("DELETE", "/channels/{channelId}/ring"),
    "channels.progress": Operation("POST", "/channels/{channelId}/progress"),
    "channels.sendDTMF": Operation(
        "POST", "/channels/{channelId}/dtmf", ("dtmf", "before", "between", "duration", "after")),
    "channels.mute": Operation("POST", "/channels/{channelId}/mute", ("direction",)),
    "channels.unmute": Operation("DELETE", "/channels/{channelId}/mute", ("direction",)),
    "channels.hold": Operation("POST", "/channels/{channelId}/hold"),
    "channels.unhold": Operation("DELETE", "/channels/{channelId}/hold"),
    "channels.startMoh": Operation("POST", "/channels/{channelId}/moh", ("mohClass",)),
    "channels.stopMoh": Operation("DELETE", "/channels/{channelId}/moh"),
    "channels.startSilence": Operation("POST", "/channels/{channelId}/silence"),
    "channels.stopSilence": Operation("DELETE", "/channels/{channelId}/silence"),
    "channels.play": Operation(
        "POST", "/channels/{channelId}/play", ("media", "lang", "offsetms", "skipms", "playbackId")),
    "channels.playWithId": Operation(
        "POST", "/channels/{channelId}/play/{playbackId}", ("media", "lang", "offsetms", "skipms")),
    "channels.record": Operation(
        "POST", "/channels/{channelId}/record", ("name", "format", "maxDurationSeconds", "maxSilenceSeconds",
        "ifExists", "beep", "terminateOn")),
    "channels.getChannelVar": Operation("GET", "/channels/{channelId}/variable", ("variable",)),
    "channels.setChannelVar": Operation(
        "POST", "/channels/{channelId}/variable", ("variable", "value", "report_events")),
    "channels.getChannelVars": Operation("GET", "/channels/{channelId}/variables", ("variables",)),
    "channels.setChannelVars": Operation("POST", "/channels/{channelId}/variables", body="variables"),
    "channels.snoopChannel": Operation(
        "POST", "/channels/{channelId}/snoop", ("spy", "whisper", "app", "appArgs", "snoopId")),
    "channels.snoopChannelWithId": Operation(
        "POST", "/channels/{channelId}/snoop/{snoopId}", ("spy", "whisper", "app", "appArgs")),
    "channels.dial": Operation("POST", "/channels/{channelId}/dial", ("caller", "timeout")),
    "channels.rtpstatistics": Operation("GET", "/channels/{channelId}/rtp_statistics"),
    "channels.externalMedia": Operation(
        "POST", "/channels/externalMedia", ("channelId", "app", "external_host", "encapsulation", "transport",
        "connection_type", "format", "direction", "data", "transport_data"), body="variables"),
    "channels.transfer_progress": Operation("POST", "/channels/{channelId}/transfer_progress", ("states",)),
    "deviceStates.list": Operation("GET", "/deviceStates"),
    "deviceStates.get": Operation("GET", "/deviceStates/{deviceName}"),
    "deviceStates.update": Operation("PUT", "/deviceStates/{deviceName}", ("deviceState",)),
    "deviceStates.delete": Operation("DELETE", "/deviceStates/{deviceName}"),
    "endpoints.list": Operation("GET", "/endpoints"),
    "endpoints.sendMessage": Operation("PUT", "/endpoints/sendMessage", ("to", "from", "body"), body="variables"),
    "endpoints.refer": Operation("POST", "/endpoints/refer", ("to", "from", "refer_to", "to_self"), body="variables"),
    "endpoints.listByTech": Operation("GET", "/endpoints/{tech}"),
    "endpoints.get": Operation("GET", "/endpoints/{tech}/{resource}"),
    "endpoints.sendMessageToEndpoint": Operation(
        "PUT", "/endpoints/{tech}/{resource}/sendMessage", ("from", "body"), body="variables"),
    "endpoints.referToEndpoint": Operation(
        "POST", "/endpoints/{tech}/{resource}/refer", ("from", "refer_to", "to_self"), body="variables"),
    "events.eventWebsocket": Operation("GET", "/events", ("app", "subscribeAll")),
    "events.userEvent": Operation("POST", "/events/user/{eventName}", ("application", "source"), body="variables"),
    "events.claimChannel": Operation("POST", "/events/claim", ("channelId", "application")),
    "mailboxes.list": Operation("GET", "/mailboxes"),
    "mailboxes.get": Operation("GET", "/mailboxes/{mailboxName}"),
    "mailboxes.update": Operation("PUT", "/mailboxes/{mailboxName}", ("oldMessages", "newMessages")),
    "mailboxes.delete": Operation("DELETE", "/mailboxes/{mailboxName}"),
    "playbacks.get": Operation("GET", "/playbacks/{playbackId}"),
    "playbacks.stop": Operation("DELETE", "/playbacks/{playbackId}"),
    "playbacks.control": Operation("POST", "/playbacks/{playbackId}/control", ("operation",)),
    "recordings.listStored": Operation("GET", "/recordings/stored"),
    "recordings.getStored": Operation("GET", "/recordings/stored/{recordingName}"),
    "recordings.deleteStored": Operation("DELETE", "/recordings/stored/{recordingName}"),
    "recordings.getStoredFile": Operation("GET", "/recordings/stored/{recordingName}/file"),
    "recordings.copyStored": Operation(
        "POST", "/recordings/stored/{recordingName}/copy", ("destinationRecordingName",)),
    "recordings.getLive": Operation("GET", "/recordings/live/{recordingName}"),
    "recordings.cancel": Operation("DELETE", "/recordings/live/{recordingName}"),
    "recordings.stop": Operation("POST", "/recordings/live/{recordingName}/stop"),
    "recordings.pause": Operation("POST", "/recordings/live/{recordingName}/pause"),
    "recordings.unpause": Operation("DELETE", "/recordings/live/{recordingName}/pause"),
    "recordings.mute": Operation("POST", "/recordings/live/{recordingName}/mute"),
    "recordings.unmute": Operation("DELETE", "/recordings/live/{recordingName}/mute"),
    "sounds.list": Operation("GET", "/sounds", ("lang", "format")),
    "sounds.get": Operation("GET", "/sounds/{soundId}"),
}
