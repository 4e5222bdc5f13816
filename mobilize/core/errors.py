"""The one tree of errors. Callers branch on type or attribute, never on a message."""

from __future__ import annotations


class MobilizeError(Exception):
    """Anything the product refuses or cannot do; its text is fit to be shown to the person who asked."""

    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Refused(MobilizeError):
    """Input that does not hold: names the field (or the line of a file) that has to change."""

    status = 422

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class NotFound(MobilizeError):
    """No such thing in this organisation, or not for this person: both look the same from outside."""

    status = 404

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} was not found")
        self.what = what


class NotAllowed(MobilizeError):
    """A signed-in member whose role does not include the permission."""

    status = 403


class TooMany(MobilizeError):
    """A limit was reached; ``retry_after`` is in seconds."""

    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Conflict(MobilizeError):
    """The thing is in a state in which this cannot be done (a cancelled mailing cannot be sent)."""

    status = 409


class TokenRefused(MobilizeError):
    """A link that was altered, has expired or was made for something else."""

    status = 404

    def __init__(self, *, expired: bool = False) -> None:
        super().__init__("This link has expired" if expired else "This link is not valid")
        self.expired = expired


class ConfigurationError(MobilizeError):
    """A setting, key or file on the machine that keeps the service from starting; nothing was touched."""

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(message)
        self.setting = setting

    def __str__(self) -> str:
        return f"{self.setting}: {self.message}"
