"""A mail with parts of one person's own, for tests: a ticket with its code as a picture. ``FEATURE`` brings it in."""

from mobilize.core.feature import Feature

FEATURE = Feature(name="passes", package="tests.delivery.passes")
