"""How one installation stands up: a supervisor, its children, and what tells whether they are well.

plan (settings -> children) -> listeners (ports, taken before anything starts) -> lock (one run a data folder)
supervisor: Redis -> inbox, web, workers, beat; a dead child comes back, repeated failure ends all
end: workers and beat -> web -> inbox -> Redis, each within its grace
health: /healthz, /readyz, /metrics
"""
