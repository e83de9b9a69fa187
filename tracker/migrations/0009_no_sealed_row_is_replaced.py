from django.db import migrations

from people.append_only import not_replaced


class Migration(migrations.Migration):
    dependencies = [("tracker", "0008_nearest_due_days")]

    operations = [
        not_replaced(
            "tracker_entry",
            "tracker_ledgerleaf",
            "tracker_ledgerhead",
            "tracker_audithead",
            "tracker_auditleaf",
            "tracker_ledgerblock",
        ),
    ]
