"""The call's audio line: RTP over UDP to Asterisk's externalMedia."""
