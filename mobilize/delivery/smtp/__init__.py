"""Handing messages over: SMTP driven by us, pipelined where offered, aware of the phase at all times.

opening (greeting, TLS, login) -> dialogue (no sockets: octets in, octets and results out) -> wire (one connection)
connections: up to 64 of them, driven by one worker; asks before bodies leave
"""
