"""Entries prove that whoever recorded them had our keys; those that wait for their seal now are taken as they are."""

from typing import Any

from django.db import migrations, models

from audit.chain import canonical
from audit.keys import TrailKeys
from audit.models import sealed_values

_FIELDS = (
    "schema_version",
    "id",
    "occurred_at",
    "action",
    "outcome",
    "actor",
    "on_behalf_of",
    "target",
    "session",
    "request_id",
    "method",
    "subject",
    "personal",
    "details",
)


def vouch(apps: Any, schema_editor: Any) -> None:
    waiting = apps.get_model("audit", "Unsealed").objects.values("entry_id")
    entries = apps.get_model("audit", "AuditLog")._base_manager.filter(pk__in=waiting)
    rows = list(entries.values_list(*_FIELDS))
    if not rows:
        return
    keys = TrailKeys()
    postgresql = schema_editor.connection.vendor == "postgresql"
    if postgresql:
        schema_editor.execute("ALTER TABLE audit_auditlog DISABLE TRIGGER audit_auditlog_append_only")
    for row in rows:
        entries.filter(pk=row[1]).update(mac=keys.mac(canonical(sealed_values(row))))
    if postgresql:
        schema_editor.execute("ALTER TABLE audit_auditlog ENABLE TRIGGER audit_auditlog_append_only")


class Migration(migrations.Migration):
    dependencies = [("audit", "0013_lockout_lifted")]
    operations = [
        migrations.AddField(
            model_name="auditlog",
            name="mac",
            field=models.BinaryField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name='auditlog',
            name='action',
            field=models.CharField(choices=[('account.registered', 'account.registered'), ('account.updated', 'account.updated'), ('account.suspended', 'account.suspended'), ('account.reinstated', 'account.reinstated'), ('account.locked', 'account.locked'), ('account.unlocked', 'account.unlocked'), ('lockout.lifted', 'lockout.lifted'), ('account.erased', 'account.erased'), ('email.verified', 'email.verified'), ('email.changed', 'email.changed'), ('phone.verified', 'phone.verified'), ('authentication.login', 'authentication.login'), ('authentication.reauthenticated', 'authentication.reauthenticated'), ('authentication.logout', 'authentication.logout'), ('authentication.token_refreshed', 'authentication.token_refreshed'), ('authentication.token_reused', 'authentication.token_reused'), ('session.ended', 'session.ended'), ('password.changed', 'password.changed'), ('password.reset_requested', 'password.reset_requested'), ('password.reset', 'password.reset'), ('password.reset_forced', 'password.reset_forced'), ('factor.added', 'factor.added'), ('factor.used', 'factor.used'), ('factor.removed', 'factor.removed'), ('factor.reset', 'factor.reset'), ('factor.recovery_codes_created', 'factor.recovery_codes_created'), ('role.created', 'role.created'), ('role.changed', 'role.changed'), ('role.deleted', 'role.deleted'), ('role.assigned', 'role.assigned'), ('role.withdrawn', 'role.withdrawn'), ('api_key.created', 'api_key.created'), ('api_key.changed', 'api_key.changed'), ('api_key.rotated', 'api_key.rotated'), ('api_key.revoked', 'api_key.revoked'), ('consent.given', 'consent.given'), ('consent.withdrawn', 'consent.withdrawn'), ('privacy.export_requested', 'privacy.export_requested'), ('privacy.export_downloaded', 'privacy.export_downloaded'), ('privacy.erasure_requested', 'privacy.erasure_requested'), ('privacy.erasure_cancelled', 'privacy.erasure_cancelled'), ('privacy.processing_restricted', 'privacy.processing_restricted'), ('privacy.processing_released', 'privacy.processing_released'), ('privacy.personal_data_revealed', 'privacy.personal_data_revealed'), ('access.denied', 'access.denied'), ('access.input_refused', 'access.input_refused'), ('picture.uploaded', 'picture.uploaded'), ('picture.deleted', 'picture.deleted'), ('picture.linked', 'picture.linked'), ('extraction.created', 'extraction.created'), ('extraction.deleted', 'extraction.deleted'), ('validation.created', 'validation.created'), ('validation.deleted', 'validation.deleted'), ('validation.baseline_approved', 'validation.baseline_approved'), ('batch.created', 'batch.created'), ('batch.cancelled', 'batch.cancelled'), ('batch.deleted', 'batch.deleted'), ('design_system.created', 'design_system.created'), ('design_system.changed', 'design_system.changed'), ('design_system.deleted', 'design_system.deleted'), ('design_system.published', 'design_system.published'), ('design_system.shared', 'design_system.shared'), ('approval.asked', 'approval.asked'), ('approval.given', 'approval.given'), ('approval.refused', 'approval.refused'), ('webhook.created', 'webhook.created'), ('webhook.changed', 'webhook.changed'), ('webhook.deleted', 'webhook.deleted'), ('webhook.secret_rotated', 'webhook.secret_rotated'), ('webhook.disabled', 'webhook.disabled'), ('webhook.redelivered', 'webhook.redelivered'), ('bulk.started', 'bulk.started'), ('bulk.chunk_done', 'bulk.chunk_done'), ('bulk.cancelled', 'bulk.cancelled'), ('audit.read', 'audit.read'), ('audit.exported', 'audit.exported'), ('audit.verified', 'audit.verified'), ('audit.retention_cut', 'audit.retention_cut'), ('audit.entries_accepted', 'audit.entries_accepted'), ('audit.subject_erased', 'audit.subject_erased'), ('keys.rotated', 'keys.rotated'), ('configuration.changed', 'configuration.changed'), ('model.changed', 'model.changed'), ('model.rows_changed', 'model.rows_changed')], max_length=64),
        ),
        migrations.RunPython(vouch, migrations.RunPython.noop),
    ]
