"""What every feature stands on: settings, database, keys, clock, words and the edges of HTTP.

settings -> db (the one commit point) -> crypto / tokens / links
permissions (who may) -> http (headers, errors) -> audit (what was done)
doorbell and limits use Redis and go on without it.
"""
