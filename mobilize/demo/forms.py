"""Sign-up forms of the demonstration."""

from __future__ import annotations

from collections.abc import Callable

from mobilize.core.feature import Demonstrated
from mobilize.demo import content
from mobilize.signup.queries import DEFAULT_FORM, offered_fields
from mobilize.signup.service import FormFacts, create_form
from mobilize.subscribers.queries import lists


def prepare(shown: Demonstrated) -> Callable[[int], None]:
    """The organisation's one form."""
    form = content.organisation(shown.slug).form

    def add(organisation_id: int) -> None:
        ids = {row.slug: row.id for row in lists(organisation_id)}
        facts = FormFacts(
            wording=form.consent,
            list_ids=[ids[slug] for slug in form.lists],
            titles=form.title,
            introductions=form.intro,
            thanks=form.thanks,
            question_ids=[one.id for one in offered_fields(organisation_id)],
        )
        create_form(organisation_id, DEFAULT_FORM, facts)

    return add
