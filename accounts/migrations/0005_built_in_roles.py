from typing import Any

from django.db import migrations

from accounts.built_in_roles import BUILT_IN, install


def forwards(apps: Any, schema_editor: Any) -> None:
    install(apps)


def backwards(apps: Any, schema_editor: Any) -> None:
    apps.get_model("auth", "Group").objects.filter(name__in=[role.name for role in BUILT_IN]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_roles"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
