from django.db import migrations

from people.append_only import not_replaced


class Migration(migrations.Migration):
    dependencies = [("people", "0008_first_passwords_are_marked")]

    operations = [not_replaced("people_auditentry")]
