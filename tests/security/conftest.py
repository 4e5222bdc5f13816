"""The visitors' organisation of the sign-up tests."""

from __future__ import annotations

from tests.signup.conftest import _little_work as _little_work
from tests.signup.conftest import city as city
from tests.signup.conftest import uids as uids
