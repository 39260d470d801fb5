"""Lets PostgreSQL itself keep how many accounts there are."""

from typing import Any

from django.db import migrations, models

FUNCTION = """
CREATE FUNCTION accounts_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO accounts_usertally (change) SELECT count(*) FROM touched HAVING count(*) > 0;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO accounts_usertally (change) SELECT -count(*) FROM touched HAVING count(*) > 0;
  ELSE
    DELETE FROM accounts_usertally; -- TRUNCATE
  END IF;
  RETURN NULL;
END $$
"""
TRIGGER = "CREATE TRIGGER accounts_tally_{name} AFTER {event} FOR EACH STATEMENT EXECUTE FUNCTION accounts_tally()"
EVENTS = {
    "insert": "INSERT ON accounts_user REFERENCING NEW TABLE AS touched",
    "delete": "DELETE ON accounts_user REFERENCING OLD TABLE AS touched",
    "truncate": "TRUNCATE ON accounts_user",
}


def keep(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("LOCK TABLE accounts_user IN SHARE ROW EXCLUSIVE MODE")  # nobody signs up while they are counted
    schema_editor.execute(FUNCTION)
    for name, event in EVENTS.items():
        schema_editor.execute(TRIGGER.format(name=name, event=event))
    schema_editor.execute("INSERT INTO accounts_usertally (change) SELECT count(*) FROM accounts_user")


def stop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION accounts_tally() CASCADE")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0020_sessions_by_end'),
    ]

    operations = [
        migrations.CreateModel(
            name='UserTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('change', models.BigIntegerField()),
            ],
        ),
        migrations.RunPython(keep, stop),
    ]
