from django.db import migrations

from people.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("tracker", "0001_ledger_rules_and_standings")]

    operations = [
        append_only("tracker_entry"),
        append_only("tracker_ledgerleaf"),
        append_only("tracker_ledgerhead"),
    ]
