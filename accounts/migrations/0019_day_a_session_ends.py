import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0018_passwords_that_need_a_second_factor'),
    ]

    operations = [
        migrations.AddField(
            model_name='authsession',
            name='ends_on',
            field=models.GeneratedField(db_persist=True, expression=django.db.models.functions.datetime.TruncDate(django.db.models.functions.comparison.Least('idle_expires_at', 'expires_at')), output_field=models.DateField()),
        ),
    ]
