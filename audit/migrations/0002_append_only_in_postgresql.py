"""The database refuses what the models refuse. SQLite has one process, ours; there the models alone stand guard."""

from typing import Any

from django.db import migrations

FUNCTION = """
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record;
  cut bigint := NULLIF(current_setting('loupe.retention_cut', true), '')::bigint;
BEGIN
  IF TG_TABLE_NAME = 'audit_auditlog' AND TG_OP = 'UPDATE' THEN
    -- sealing: the three empty columns are filled, once, and nothing else changes
    IF OLD.position IS NULL AND NEW.position IS NOT NULL THEN
      changed := NEW;
      changed.position := OLD.position;
      changed.link := OLD.link;
      changed.chain_key := OLD.chain_key;
      IF changed IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
      END IF;
    END IF;
  ELSIF TG_TABLE_NAME = 'audit_auditlog' AND TG_OP = 'DELETE' THEN
    -- retention: a sealed prefix, up to a checkpoint that stays as the new anchor
    IF OLD.position <= cut AND EXISTS (SELECT 1 FROM audit_checkpoint WHERE size = cut) THEN
      RETURN OLD;
    END IF;
  ELSIF TG_TABLE_NAME = 'audit_checkpoint' AND TG_OP = 'DELETE' THEN
    IF OLD.size < cut THEN
      RETURN OLD;
    END IF;
  ELSIF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\\_%' THEN
    RETURN NULL; -- the test runner empties its own databases this way
  END IF;
  RAISE EXCEPTION '% on %: the audit trail is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""
TRIGGERS = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
"""
TABLES = ("audit_auditlog", "audit_checkpoint")


def guard(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(FUNCTION, params=None)  # no parameters: the percent signs are plpgsql's
    for table in TABLES:
        schema_editor.execute(TRIGGERS.format(table=table))


def unguard(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in TABLES:
        schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}; DROP TRIGGER {table}_no_truncate ON {table};")
    schema_editor.execute("DROP FUNCTION audit_append_only();")


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
