"""``core.when`` under its earlier name."""

from mobilize.core.when import FIRST_YEAR as FIRST_YEAR
from mobilize.core.when import LAST_YEAR as LAST_YEAR
from mobilize.core.when import Precision as Precision
from mobilize.core.when import When as When
from mobilize.core.when import dated as dated
from mobilize.core.when import timed as timed
from mobilize.core.when import unknown as unknown
