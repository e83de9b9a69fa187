"""No client of the database puts another certificate in a certificate's place."""

from django.db import migrations

from people.append_only import not_replaced


class Migration(migrations.Migration):
    dependencies = [("certificates", "0002_certificates_are_never_rewritten")]

    operations = [
        not_replaced("certificates_certificate", "certificates_issuerkey"),
    ]
