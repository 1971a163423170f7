"""Audio as data: RTP packets, jitter buffer, concealment, resampling, playout. No clock, no socket."""
