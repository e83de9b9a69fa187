"""An editor may lock a page for a while, and unlocks what he locked."""

from django.db import migrations

EDITOR, ROOT_SLUG = "editor", "site"


def lock(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    Page = apps.get_model("wagtailcore", "Page")
    GroupPagePermission = apps.get_model("wagtailcore", "GroupPagePermission")
    content_type, _ = ContentType.objects.get_or_create(app_label="wagtailcore", model="page")
    may_lock, _ = Permission.objects.get_or_create(
        content_type=content_type,
        codename="lock_page",
        defaults={"name": "Can lock/unlock pages you have locked"},
    )
    for group in Group.objects.filter(name=EDITOR):
        for trunk in Page.objects.filter(depth=2, slug=ROOT_SLUG):
            GroupPagePermission.objects.get_or_create(
                group=group, page_id=trunk.pk, permission=may_lock
            )


def unlock(apps, schema_editor):
    GroupPagePermission = apps.get_model("wagtailcore", "GroupPagePermission")
    GroupPagePermission.objects.filter(
        group__name=EDITOR, permission__codename="lock_page"
    ).delete()


class Migration(migrations.Migration):
    dependencies = [("content", "0015_what_lapsed_was_told")]

    operations = [migrations.RunPython(lock, unlock)]
