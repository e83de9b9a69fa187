"""The full-text index, and words of one meaning.

The rows of the library's index are emptied: ``sweep`` (or ``rebuild_library_index``) writes them anew from the
published pages, with what the full-text index knows of them.
"""

from django.db import migrations, models

# Abbreviations and full names of what members read most; the editors' table goes on from here.
SYNONYMS = (
    "党章，中国共产党章程",
    "民法典，中华人民共和国民法典",
    "宪法，中华人民共和国宪法",
    "党员教育管理条例，中国共产党党员教育管理工作条例",
    "干教条例，干部教育培训工作条例",
    "支部条例，中国共产党支部工作条例",
    "纪律处分条例，中国共产党纪律处分条例",
    "廉洁自律准则，中国共产党廉洁自律准则",
    "八项规定，中央八项规定，改进工作作风、密切联系群众的八项规定",
    "中心组学习，理论学习中心组学习",
    "调训，抽调培训",
    "网上学习，在线学习，网络学习，网络培训",
    "微党课，微型党课",
    "第一书记，驻村第一书记",
    "十八大，中国共产党第十八次全国代表大会",
    "十九大，中国共产党第十九次全国代表大会",
    "二十大，中国共产党第二十次全国代表大会",
    "发改委，发展和改革委员会",
    "纪委，纪律检查委员会",
    "人大，人民代表大会",
    "政协，人民政治协商会议",
)


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE content_indexentry ADD COLUMN search tsvector")
        schema_editor.execute(
            "CREATE INDEX content_index_search ON content_indexentry USING gin (search)"
        )
    else:
        schema_editor.execute(
            "CREATE VIRTUAL TABLE content_search USING fts5(title, words, content='', contentless_delete=1, prefix='1', "
            "tokenize='unicode61 remove_diacritics 0')"
        )
        schema_editor.execute(
            "CREATE VIRTUAL TABLE content_search_terms USING fts5vocab(content_search, 'row')"
        )


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE content_indexentry DROP COLUMN search")
    else:
        schema_editor.execute("DROP TABLE content_search_terms")
        schema_editor.execute("DROP TABLE content_search")


def write_synonyms(apps, schema_editor):
    Synonyms = apps.get_model("content", "Synonyms")
    Synonyms.objects.bulk_create(Synonyms(words=words) for words in SYNONYMS)


def let_editors_write(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    editors = apps.get_model("auth", "Group").objects.get_or_create(name="editor")[0]
    content_type, _ = ContentType.objects.get_or_create(app_label="content", model="synonyms")
    for verb in ("add", "change", "delete", "view"):
        permission, _ = Permission.objects.get_or_create(
            content_type=content_type,
            codename=f"{verb}_synonyms",
            defaults={"name": f"Can {verb} synonyms"},
        )
        editors.permissions.add(permission)


def empty_the_index(apps, schema_editor):
    apps.get_model("content", "IndexEntry").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0005_words_that_help_editors"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="Synonyms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.CharField(help_text="Parted by commas, such as: 党章，中国共产党章程. Two words at least.", max_length=300, unique=True, verbose_name="words of one meaning")),
            ],
            options={"verbose_name": "synonyms", "verbose_name_plural": "synonyms", "ordering": ["words"]},
        ),
        migrations.RunPython(empty_the_index, migrations.RunPython.noop),
        migrations.AddField(
            model_name="indexentry",
            name="issuer",
            field=models.CharField(blank=True, max_length=120, verbose_name="issued by"),
        ),
        migrations.AddField(
            model_name="indexentry",
            name="status",
            field=models.CharField(blank=True, choices=[("in_force", "in force"), ("trial", "in force on trial"), ("superseded", "superseded"), ("repealed", "repealed")], max_length=12, verbose_name="status of the text"),
        ),
        migrations.RunPython(make_index, drop_index),
        migrations.RunPython(write_synonyms, migrations.RunPython.noop),
        migrations.RunPython(let_editors_write, migrations.RunPython.noop),
    ]  # fmt: skip
