"""The form with which pictures are uploaded."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image as Pillow
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm


class PictureField(WagtailImageField):
    """A file that begins as a picture and goes on as something else is refused, as other wrong files are.

    Wagtail looks at its first bytes only; read further, it ends in an error of the server, here or, if the
    size can still be read, on the page that shows the picture.
    """

    def check_image_pixel_size(self, f: Any) -> None:
        try:
            super().check_image_pixel_size(f)
            f.seek(0)
            Pillow.open(f).verify()
        except (OSError, SyntaxError, ValueError) as broken:
            raise ValidationError(
                self.error_messages["invalid_image"], code="invalid_image"
            ) from broken
        finally:
            f.seek(0)


class PictureForm(BaseImageForm):
    """Wagtail's, with that field."""

    file = PictureField(label=_("file"), widget=BaseImageForm.Meta.widgets["file"])
