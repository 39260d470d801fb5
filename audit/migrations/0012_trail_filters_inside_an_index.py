from django.db import migrations, models

from config.online_index import AddIndexOnline


class Migration(migrations.Migration):

    atomic = False  # the trail is written while its indexes are built

    dependencies = [
        ('audit', '0011_batch_deleted'),
    ]

    operations = [
        AddIndexOnline(
            model_name='auditlog',
            index=models.Index(fields=['actor', '-occurred_at', 'action', 'outcome'], name='audit_by_actor_and_time'),
        ),
        AddIndexOnline(
            model_name='auditlog',
            index=models.Index(fields=['action', '-occurred_at', 'outcome'], name='audit_by_action_and_time'),
        ),
        AddIndexOnline(
            model_name='auditlog',
            index=models.Index(condition=models.Q(('outcome', 'success'), _negated=True), fields=['outcome', '-occurred_at', 'action', 'actor'], name='audit_by_failure_and_time'),
        ),
        migrations.RemoveIndex(
            model_name='auditlog',
            name='audit_by_actor',
        ),
        migrations.RemoveIndex(
            model_name='auditlog',
            name='audit_by_action',
        ),
        migrations.RemoveIndex(
            model_name='auditlog',
            name='audit_by_outcome',
        ),
    ]
