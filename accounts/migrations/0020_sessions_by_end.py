from django.db import migrations, models

from config.online_index import AddIndexOnline


class Migration(migrations.Migration):

    atomic = False  # people log in while it is built

    dependencies = [
        ('accounts', '0019_day_a_session_ends'),
    ]

    operations = [
        AddIndexOnline(
            model_name='authsession',
            index=models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['-ends_on', '-created_at', '-id'], name='sessions_by_end'),
        ),
    ]
