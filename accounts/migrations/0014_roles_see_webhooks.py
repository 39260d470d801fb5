from typing import Any

from django.db import migrations

from accounts.built_in_roles import install


def forwards(apps: Any, schema_editor: Any) -> None:
    install(apps)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_owners_add_users")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
