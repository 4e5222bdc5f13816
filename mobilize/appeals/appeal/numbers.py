"""The numbers of appeals: one series for each organisation and year, without gaps and without doubles.

A number is given when an appeal is first published: a draft that is deleted leaves no gap.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import select

from mobilize.appeals.appeal.models import Appeal, AppealSeries
from mobilize.core import clock
from mobilize.core.db import session
from mobilize.delivery.upsert import insert_new


def give_number(row: Appeal) -> None:
    """The next of the year that it is where the appeal is written. Who publishes another one waits for our commit."""
    year = clock.now().astimezone(ZoneInfo(row.timezone)).year
    session.execute(insert_new(AppealSeries).values(organisation_id=row.organisation_id, year=year, last=0))
    own = select(AppealSeries).where(AppealSeries.organisation_id == row.organisation_id, AppealSeries.year == year)
    series = session.scalars(own.with_for_update().execution_options(populate_existing=True)).one()
    series.last += 1
    row.year, row.number = year, series.last
