"""The guards of the audit log fire in a session that works as a replica as well."""

from django.db import migrations

from people.append_only import not_replaced


class Migration(migrations.Migration):
    dependencies = [("people", "0009_no_line_of_the_audit_log_is_replaced")]

    operations = [
        not_replaced("people_auditentry"),
    ]
