"""Moves the seals out of the entries and has the database itself queue what waits for one."""

from importlib import import_module
from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

FUNCTION = """
CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  cut bigint := NULLIF(current_setting('loupe.retention_cut', true), '')::bigint;
BEGIN
  IF TG_OP = 'DELETE' AND cut IS NOT NULL THEN
    -- retention: a sealed prefix, up to a checkpoint that stays as the new anchor
    IF TG_TABLE_NAME = 'audit_checkpoint' THEN
      IF OLD.size < cut THEN
        RETURN OLD;
      END IF;
    ELSIF EXISTS (SELECT 1 FROM audit_checkpoint WHERE size = cut) THEN
      IF TG_TABLE_NAME = 'audit_seal' THEN
        IF OLD.position <= cut THEN
          RETURN OLD;
        END IF;
      ELSIF TG_TABLE_NAME = 'audit_auditlog' THEN
        IF EXISTS (SELECT 1 FROM audit_seal WHERE entry_id = OLD.id AND position <= cut) THEN
          RETURN OLD;
        END IF;
      END IF;
    END IF;
  ELSIF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\\_%' THEN
    RETURN NULL; -- the test runner empties its own databases this way
  END IF;
  RAISE EXCEPTION '% on %: the audit trail is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""
GUARDS = (
    """
CREATE FUNCTION audit_queue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_unsealed (entry_id) VALUES (NEW.id);
  RETURN NULL;
END $$
""",
    """
CREATE FUNCTION audit_waits_for_its_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM gone WHERE NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.entry_id = gone.entry_id)) THEN
    RAISE EXCEPTION '% on %: the audit trail is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$
""",
    "CREATE TRIGGER audit_queue AFTER INSERT ON audit_auditlog FOR EACH ROW EXECUTE FUNCTION audit_queue()",
    "CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE ON audit_seal"
    " FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
    "CREATE TRIGGER audit_seal_no_truncate BEFORE TRUNCATE ON audit_seal"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
    "CREATE TRIGGER audit_unsealed_append_only BEFORE UPDATE ON audit_unsealed"
    " FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
    "CREATE TRIGGER audit_unsealed_no_truncate BEFORE TRUNCATE ON audit_unsealed"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
    "CREATE TRIGGER audit_unsealed_waits AFTER DELETE ON audit_unsealed REFERENCING OLD TABLE AS gone"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_waits_for_its_seal()",
)
UNGUARDS = (
    "DROP TRIGGER audit_queue ON audit_auditlog",
    "DROP TRIGGER audit_seal_append_only ON audit_seal",
    "DROP TRIGGER audit_seal_no_truncate ON audit_seal",
    "DROP TRIGGER audit_unsealed_append_only ON audit_unsealed",
    "DROP TRIGGER audit_unsealed_no_truncate ON audit_unsealed",
    "DROP TRIGGER audit_unsealed_waits ON audit_unsealed",
    "DROP FUNCTION audit_queue()",
    "DROP FUNCTION audit_waits_for_its_seal()",
)
QUEUE_IN_SQLITE = """
CREATE TRIGGER audit_queue AFTER INSERT ON audit_auditlog
BEGIN INSERT INTO audit_unsealed (entry_id) VALUES (NEW.id); END
"""


def move_out(apps: Any, schema_editor: Any) -> None:
    for statement in (
        "INSERT INTO audit_seal (position, entry_id, link, chain_key)"
        " SELECT position, id, link, chain_key FROM audit_auditlog WHERE position IS NOT NULL",
        "INSERT INTO audit_unsealed (entry_id) SELECT id FROM audit_auditlog WHERE position IS NULL",
    ):
        schema_editor.execute(statement)


def move_back(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(
        "UPDATE audit_auditlog SET position = s.position, link = s.link, chain_key = s.chain_key"
        " FROM audit_seal s WHERE s.entry_id = audit_auditlog.id"
    )


def guard(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        schema_editor.execute(QUEUE_IN_SQLITE)
        return
    for statement in (FUNCTION, *GUARDS):
        schema_editor.execute(statement, params=None)  # no parameters: the percent signs are plpgsql's


def unguard(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        schema_editor.execute("DROP TRIGGER audit_queue")
        return
    former = import_module("audit.migrations.0002_append_only_in_postgresql").FUNCTION
    for statement in (*UNGUARDS, former.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_failures_by_time")]
    operations = [
        migrations.RemoveIndex(model_name="auditlog", name="audit_unsealed"),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("link", models.CharField(max_length=64)),
                ("chain_key", models.CharField(max_length=16)),
                (
                    "entry",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="seal",
                        to="audit.auditlog",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Unsealed",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="unsealed",
                        serialize=False,
                        to="audit.auditlog",
                    ),
                ),
            ],
        ),
        migrations.RunPython(move_out, move_back),
        migrations.RemoveIndex(model_name="auditlog", name="audit_by_subject"),
        migrations.RemoveIndex(model_name="auditlog", name="audit_by_target"),
        migrations.RemoveField(model_name="auditlog", name="position"),
        migrations.RemoveField(model_name="auditlog", name="link"),
        migrations.RemoveField(model_name="auditlog", name="chain_key"),
        migrations.AddIndex(
            model_name="auditlog",
            index=models.Index(
                condition=~Q(subject=""), fields=["subject", "-occurred_at"], name="audit_by_subject"
            ),
        ),
        migrations.AddIndex(
            model_name="auditlog",
            index=models.Index(condition=~Q(target=""), fields=["target", "-occurred_at"], name="audit_by_target"),
        ),
        migrations.RunPython(guard, unguard),
    ]
