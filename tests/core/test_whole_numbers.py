"""A number of hundreds of digits is refused at its field, before anything compares or stores it."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form
from wtforms.validators import NumberRange

from mobilize.core.whole_numbers import IntegerField


class Asked(Form):
    seats = IntegerField("Seats", [NumberRange(1, 100)])


@pytest.mark.parametrize("typed", ["9" * 400, "-" + "9" * 400, "9" * 16, "1e999", "x", "²"])
def test_what_nobody_can_mean_is_refused(typed: str) -> None:
    form = Asked(MultiDict({"seats": typed}))
    assert not form.validate()
    assert form.seats.errors


def test_a_number_is_read() -> None:
    form = Asked(MultiDict({"seats": " 40 "}))
    assert form.validate()
    assert form.seats.data == 40
