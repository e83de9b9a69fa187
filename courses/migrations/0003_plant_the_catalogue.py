from django.db import migrations

SLUG = "courses"


def plant(apps, schema_editor):
    """Put the catalogue under the site's trunk, beside the library."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Page = apps.get_model("wagtailcore", "Page")
    Locale = apps.get_model("wagtailcore", "Locale")
    CatalogPage = apps.get_model("courses", "CatalogPage")
    trunk = Page.objects.filter(depth=2, slug="site").first()
    if trunk is None:
        return
    last = (
        Page.objects.filter(path__startswith=trunk.path, depth=3)
        .order_by("-path")
        .values_list("path", flat=True)
        .first()
    )
    step = int(last[8:], 36) + 1 if last else 1
    content_type, _ = ContentType.objects.get_or_create(app_label="courses", model="catalogpage")
    CatalogPage.objects.create(
        title="课程",
        draft_title="课程",
        slug=SLUG,
        url_path=f"{trunk.url_path}{SLUG}/",
        path=f"{trunk.path}{_base36(step):0>4}",
        depth=3,
        numchild=0,
        locale=Locale.objects.first(),
        content_type=content_type,
    )
    Page.objects.filter(pk=trunk.pk).update(numchild=trunk.numchild + 1)


def _base36(number):
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
    return text


def uproot(apps, schema_editor):
    Page = apps.get_model("wagtailcore", "Page")
    CatalogPage = apps.get_model("courses", "CatalogPage")
    catalogue = CatalogPage.objects.filter(depth=3, slug=SLUG).first()
    if catalogue is None:
        return
    trunk = Page.objects.get(path=catalogue.path[:8])
    catalogue.delete()
    Page.objects.filter(path=f"{trunk.path}{catalogue.path[8:]}").delete()
    Page.objects.filter(pk=trunk.pk).update(numchild=trunk.numchild - 1)


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0002_editions_never_change"),
        ("content", "0002_plant_the_library_its_groups_and_its_review"),
    ]

    operations = [migrations.RunPython(plant, uproot)]
