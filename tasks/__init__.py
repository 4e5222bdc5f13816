"""What Celery calls: one thin module a feature, each task a decorator and one service call.

beat -> tasks.clock.tick -> mobilize.tick        doorbell -> tasks.delivery.drain -> mobilize.delivery
                                                 doorbell -> tasks.mailings.launch -> mobilize.mailings
worker: opens the process's parts, gives signs of life, and ticks when nobody else does
"""

from mobilize.core import feature
from mobilize.features import FEATURES
from tasks import clock, delivery, mailings, worker

feature.use(FEATURES)

__all__ = ["clock", "delivery", "mailings", "worker"]
