from django.db import migrations

ROOT_SLUG = "site"
EDITOR, REVIEWER = "editor", "content_reviewer"
REVIEW = "双人审核"


def permission(apps, app_label, model, codename, name):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    content_type, _ = ContentType.objects.get_or_create(app_label=app_label, model=model)
    found, _ = Permission.objects.get_or_create(
        content_type=content_type, codename=codename, defaults={"name": name}
    )
    return found


def plant(apps, schema_editor):
    Page = apps.get_model("wagtailcore", "Page")
    trunk, library = plant_pages(apps)
    apps.get_model("wagtailcore", "Site").objects.update(root_page=trunk, site_name="庠序")
    Page.objects.filter(depth=2, slug="home").delete()
    Page.objects.filter(depth=1).update(numchild=Page.objects.filter(depth=2).count())
    groups = make_groups(apps, trunk)
    make_review(apps, trunk, groups[REVIEWER])


def plant_pages(apps):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Page = apps.get_model("wagtailcore", "Page")
    Locale = apps.get_model("wagtailcore", "Locale")
    SiteRootPage = apps.get_model("content", "SiteRootPage")
    LibraryPage = apps.get_model("content", "LibraryPage")
    locale = Locale.objects.first() or Locale.objects.create(language_code="zh-hans")
    steps = Page.objects.filter(depth=2).order_by("-path").values_list("path", flat=True).first()
    step = int(steps[4:], 36) + 1 if steps else 1
    path = f"0001{step:04d}"
    kinds = {
        model: ContentType.objects.get_or_create(app_label="content", model=model)[0]
        for model in ("siterootpage", "librarypage")
    }
    trunk = SiteRootPage.objects.create(
        title="庠序", draft_title="庠序", slug=ROOT_SLUG, url_path=f"/{ROOT_SLUG}/",
        path=path, depth=2, numchild=1, locale=locale, content_type=kinds["siterootpage"],
    )  # fmt: skip
    library = LibraryPage.objects.create(
        title="文库", draft_title="文库", slug="library", url_path=f"/{ROOT_SLUG}/library/",
        path=f"{path}0001", depth=3, numchild=0, locale=locale, content_type=kinds["librarypage"],
    )  # fmt: skip
    return trunk, library


def make_groups(apps, trunk):
    Group = apps.get_model("auth", "Group")
    GroupPagePermission = apps.get_model("wagtailcore", "GroupPagePermission")
    GroupCollectionPermission = apps.get_model("wagtailcore", "GroupCollectionPermission")
    Collection = apps.get_model("wagtailcore", "Collection")
    may = {EDITOR: ["add_page", "change_page"], REVIEWER: ["publish_page", "lock_page", "unlock_page"]}
    names = {"add_page": "Can add page", "change_page": "Can change page",
             "publish_page": "Can publish any page", "lock_page": "Can lock/unlock pages you have locked",
             "unlock_page": "Can unlock any page"}  # fmt: skip
    groups = {}
    for name, codenames in may.items():
        group, _ = Group.objects.get_or_create(name=name)
        groups[name] = group
        for codename in codenames:
            GroupPagePermission.objects.get_or_create(
                group=group, page_id=trunk.pk,
                permission=permission(apps, "wagtailcore", "page", codename, names[codename]),
            )  # fmt: skip
        group.permissions.add(
            permission(apps, "wagtailadmin", "admin", "access_admin", "Can access Wagtail admin")
        )
    groups[EDITOR].permissions.add(
        permission(apps, "content", "mediafile", "add_mediafile", "Can add lecture file"),
        permission(apps, "content", "mediafile", "change_mediafile", "Can change lecture file"),
        permission(apps, "content", "mediafile", "view_mediafile", "Can view lecture file"),
    )
    collection = Collection.objects.filter(depth=1).first()
    if collection is not None:
        for codename in ("add_image", "change_image", "choose_image"):
            GroupCollectionPermission.objects.get_or_create(
                group=groups[EDITOR], collection=collection,
                permission=permission(apps, "wagtailimages", "image", codename, f"Can {codename[:-6]} image"),
            )  # fmt: skip
    return groups


def make_review(apps, trunk, reviewers):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Workflow = apps.get_model("wagtailcore", "Workflow")
    WorkflowTask = apps.get_model("wagtailcore", "WorkflowTask")
    WorkflowPage = apps.get_model("wagtailcore", "WorkflowPage")
    Task = apps.get_model("content", "TwoPersonApprovalTask")
    content_type, _ = ContentType.objects.get_or_create(
        app_label="content", model="twopersonapprovaltask"
    )
    task = Task.objects.create(name="第二人审核", active=True, content_type=content_type)
    task.groups.add(reviewers)
    workflow = Workflow.objects.create(name=REVIEW, active=True)
    WorkflowTask.objects.create(workflow=workflow, task_id=task.pk, sort_order=0)
    WorkflowPage.objects.create(page_id=trunk.pk, workflow=workflow)


def uproot(apps, schema_editor):
    """Back to Wagtail's own empty site. The groups stay: roles hang on them."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Page = apps.get_model("wagtailcore", "Page")
    Locale = apps.get_model("wagtailcore", "Locale")
    trunk = Page.objects.get(depth=2, slug=ROOT_SLUG)
    content_type = ContentType.objects.get(app_label="wagtailcore", model="page")
    home = Page.objects.create(
        title="Home", draft_title="Home", slug="home", url_path="/home/", content_type=content_type,
        path=f"0001{int(trunk.path[4:], 36) + 1:04d}", depth=2, numchild=0, locale=Locale.objects.first(),
    )  # fmt: skip
    apps.get_model("wagtailcore", "Site").objects.update(root_page=home)
    apps.get_model("wagtailcore", "Workflow").objects.filter(name=REVIEW).delete()
    apps.get_model("content", "TwoPersonApprovalTask").objects.all().delete()
    apps.get_model("content", "LibraryPage").objects.all().delete()
    apps.get_model("content", "SiteRootPage").objects.all().delete()
    Page.objects.filter(path__startswith=trunk.path).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0001_library_pages_editions_citations_and_index"),
        ("wagtailcore", "0098_apitoken"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
        ("wagtailimages", "0027_image_description"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(plant, uproot)]
