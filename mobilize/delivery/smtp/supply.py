"""The messages of one `send`: drawn one by one, kept until they have a result, given again if that is safe."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import islice

from mobilize.delivery.smtp.transport import Lost, Outgoing, Phase, Result

REPEATS = 3


class Supply:
    """Draws from the caller's messages. A message lost before its final dot may be given again, REPEATS times."""

    def __init__(self, messages: Iterable[Outgoing]) -> None:
        self._messages = iter(messages)
        self._waiting: deque[Outgoing] = deque()
        self._flying: dict[int, Outgoing] = {}
        self._repeats: Counter[int] = Counter()

    def draw(self) -> Outgoing | None:
        """The next message, or None when all have been given."""
        outgoing = self._waiting.popleft() if self._waiting else next(self._messages, None)
        if outgoing is not None:
            self._flying[outgoing.key] = outgoing
        return outgoing

    def more(self, count: int = 1) -> bool:
        """Whether there are so many messages to draw."""
        self._waiting.extend(islice(self._messages, max(0, count - len(self._waiting))))
        return len(self._waiting) >= count

    def settle(self, results: Iterable[Result], *, repeat: bool) -> Iterator[Result]:
        """Results to report; what was lost without harm goes back, if `repeat`, and is not reported."""
        for result in results:
            outgoing = self._flying.pop(result.key)
            again = repeat and isinstance(result, Lost) and not result.unknown and outgoing.may_leave()
            if again and self._repeats[result.key] < REPEATS:
                self._repeats[result.key] += 1
                self._waiting.append(outgoing)
            else:
                yield result

    def withheld(self, key: int) -> None:
        """This message was not allowed to leave: it has no result."""
        del self._flying[key]

    def refuse(self, reason: str, code: int = 0) -> Iterator[Result]:
        """Draw every remaining message, lost before it began."""
        while (outgoing := self.draw()) is not None:
            yield Lost(self._flying.pop(outgoing.key).key, Phase.CONNECT, reason, code)
