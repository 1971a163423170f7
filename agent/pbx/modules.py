"""modules.conf: every module by name, none by accident. What is not listed cannot be attacked or fail."""

PBX_MODULES: dict[str, str] = {
    "time, storage, web": """
        res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb
        res_http_websocket res_websocket_client res_security_log""",
    "dialplan": """
        pbx_config app_chanspy app_stack app_verbose app_playback app_read app_record app_queue app_dial app_echo
        app_cdr app_playtones func_callerid func_cdr func_channel func_cut func_db func_devstate func_dialplan func_env
        func_global func_groupcount func_hangupcause func_logic func_periodic_hook func_strings func_timeout func_uri
        func_volume func_pjsip_aor func_pjsip_contact func_pjsip_endpoint res_musiconhold""",
    "ARI": """
        res_stasis res_stasis_answer res_stasis_playback res_stasis_recording res_stasis_snoop
        res_stasis_device_state res_stasis_broadcast app_stasis app_stasis_broadcast
        res_ari_model res_ari res_ari_applications res_ari_asterisk res_ari_bridges res_ari_channels
        res_ari_device_states res_ari_endpoints res_ari_events res_ari_playbacks res_ari_recordings res_ari_sounds""",
    "SIP": """
        res_srtp res_pjproject res_pjsip res_pjsip_session chan_pjsip res_pjsip_acl res_pjsip_authenticator_digest
        res_pjsip_caller_id res_pjsip_dlg_options res_pjsip_dtmf_info res_pjsip_empty_info
        res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user
        res_pjsip_header_funcs res_pjsip_logger res_pjsip_maintenance res_pjsip_nat
        res_pjsip_outbound_authenticator_digest res_pjsip_outbound_registration res_pjsip_path res_pjsip_pubsub
        res_pjsip_refer res_pjsip_registrar res_pjsip_rfc3326 res_pjsip_sdp_rtp res_statsd""",
    "media": """
        chan_rtp chan_bridge_media res_rtp_asterisk res_rtp_multicast bridge_simple bridge_softmix bridge_holding
        bridge_native_rtp bridge_builtin_features bridge_builtin_interval_features app_mixmonitor app_talkdetect
        func_talkdetect func_jitterbuffer codec_ulaw codec_alaw codec_a_mu codec_g722 codec_gsm codec_resample
        codec_opus_open_source res_format_attr_opus format_wav format_sln format_pcm format_gsm""",
}

INCLUDE_MODULES = (
    "app_stasis",
    "res_ari_applications",
    "res_ari_bridges",
    "res_ari_channels",
    "res_ari_events",
    "res_stasis_recording",
    "chan_rtp",
    "chan_bridge_media",
    "bridge_softmix",
    "codec_resample",
    "func_timeout",
    "app_queue",
    "app_read",
    "app_record",
)
"""What a PBX that is not ours must have loaded for a call to work; `attendant check` asks for these."""


def modules_conf() -> str:
    """The text of modules.conf."""
    lines = ["[modules]", "autoload = no"]
    for title, names in PBX_MODULES.items():
        lines += ["", f"; {title}", *(f"load = {name}.so" for name in names.split())]
    return "\n".join(lines) + "\n"
