"""The organisation ``city`` and its people, as the tests of subscribers have them."""

from tests.subscribers.conftest import amina, bring, city, command, owner

__all__ = ["amina", "bring", "city", "command", "owner"]
