"""Forms of study by the names a pack gives them."""

from tracker.rules.document import Field
from tracker.rules.vocabulary import Form

# "recognised_concentrated" is concentrated training whose institution somebody recognised.
FORM_NAMES = [*(form.value for form in Form), "recognised_concentrated"]


def read_forms(field: Field) -> frozenset[Form]:
    return frozenset(
        Form.CONCENTRATED if name == "recognised_concentrated" else Form(name)
        for name in field.choices(FORM_NAMES)
    )
