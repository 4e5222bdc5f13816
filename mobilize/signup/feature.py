"""What sign-up forms add to the application."""

from __future__ import annotations

from mobilize.core.feature import Feature, Noun, Place, TickStep
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="signup",
    models="mobilize.signup.models",
    blueprints=(
        "mobilize.signup.confirmation:blueprint",
        "mobilize.signup.public:blueprint",
        "mobilize.signup.views:blueprint",
    ),
    permissions={"forms.change": "campaigner"},
    token_purposes=("mobilize.signup.purposes:CONFIRM",),
    tick_steps=(TickStep("mobilize.signup.tick_steps:forget_sign_ups"),),
    confirmations={"signup": "mobilize.signup.words:CONFIRMATION"},
    places=(Place(Noun.PEOPLE, lazy("Sign-up forms"), "forms.index", "people/forms", order=30),),
    demonstration="mobilize.demo.forms:prepare",
    audit_words="mobilize.signup.words:AUDIT",
    audit_subjects="mobilize.signup.words:SUBJECTS",
)
