"""Where to hand mail over: `smtp[s]://user:password@host:port?starttls=required|opportunistic|off`."""

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from mobilize.core.errors import ConfigurationError
from mobilize.core.settings import is_loopback_host

SETTING = "SMTP_URL"
_PORTS = {"smtp": 25, "smtps": 465}
_SUBMISSION = 587


class StartTls(StrEnum):
    """Whether a plain connection must turn to TLS; the certificate is verified in every case."""

    REQUIRED = "required"
    OPPORTUNISTIC = "opportunistic"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """One SMTP server. `tls` is TLS from the first byte; `pipelining` false forces lock-step."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    starttls: StartTls = StartTls.REQUIRED
    pipelining: bool = True

    @classmethod
    def from_url(cls, url: str) -> "SmtpSettings":
        """Read a URL. Without a port: 25, with a user 587, for smtps 465. STARTTLS is required except on loopback.

        Raises:
            ConfigurationError: says what is wrong with it and never shows the password.
        """
        parts = _split(url)
        options = _options(parts)
        tls = parts.scheme == "smtps"
        host, user = parts.hostname or "", unquote(parts.username or "")
        starttls = _starttls(options.get("starttls"), host)
        if user and not tls and starttls is StartTls.OFF and not is_loopback_host(host):
            raise _error("a user and password need smtps:// or starttls=required")
        return cls(
            host=host,
            port=_port(parts) or (_SUBMISSION if user and not tls else _PORTS[parts.scheme]),
            user=user,
            password=unquote(parts.password or ""),
            tls=tls,
            starttls=StartTls.OFF if tls else starttls,
            pipelining=_on_or_off("pipelining", options.get("pipelining", "on")),
        )


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _error("this is not a URL") from None
    if parts.scheme not in _PORTS:
        raise _error("start with smtp:// or smtps://")
    if not parts.hostname:
        raise _error("name the host, as in smtp://mail.example.org:587")
    if parts.path not in {"", "/"} or parts.fragment:
        raise _error("nothing may follow the port but ?starttls=… (write special characters of a password as %XX)")
    return parts


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        raise _error("the port is a number from 1 to 65535") from None
    if port == 0:
        raise _error("the port is a number from 1 to 65535")
    return port


def _options(parts: SplitResult) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in options:
        if name not in {"starttls", "pipelining"}:
            raise _error(f"there is no option {name!r}; use starttls or pipelining")
    return options


def _starttls(choice: str | None, host: str) -> StartTls:
    if choice is None:
        return StartTls.OFF if is_loopback_host(host) else StartTls.REQUIRED
    try:
        return StartTls(choice)
    except ValueError:
        raise _error("starttls is required, opportunistic or off") from None


def _on_or_off(name: str, choice: str) -> bool:
    if choice not in {"on", "off"}:
        raise _error(f"{name} is on or off")
    return choice == "on"


def _error(message: str) -> ConfigurationError:
    return ConfigurationError(SETTING, message)
