"""No client replaces a row by its source either; steps of claims and origins of lines only grow."""

from django.db import migrations

from people.append_only import append_only, not_replaced


class Migration(migrations.Migration):
    dependencies = [("tracker", "0009_no_sealed_row_is_replaced")]

    operations = [
        append_only("tracker_claimstep"),
        append_only("tracker_importedline"),
        not_replaced(
            "tracker_entry",
            "tracker_ledgerleaf",
            "tracker_ledgerhead",
            "tracker_audithead",
            "tracker_auditleaf",
            "tracker_ledgerblock",
            "tracker_claimstep",
            "tracker_importedline",
        ),
    ]
