"""How fast mail may leave, for each sender and each domain of readers.

settings page -> sending_rates (SQL) --few seconds--> Pacer of every worker --one script--> buckets in Redis
claim -> Pacer.admit: what may leave now | parked until a moment later, no attempt counted, everything else goes on
421, 454 -> Pacer.slow_down: half the pace of that sender, which then recovers in even steps
Redis away -> the same buckets and the last known pace in the worker's memory
"""
