import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def let_everybody_be_counted(apps, schema_editor):
    """Whoever has no mark is computed, and with it counted, by the next sweep."""
    apps.get_model("tracker", "StandingMark").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0002_audit_log_only_grows'),
        ('tracker', '0002_ledger_and_seals_only_grow'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(let_everybody_be_counted, migrations.RunPython.noop),
        migrations.CreateModel(
            name='Rollup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('requirement', models.CharField(blank=True, max_length=80, verbose_name='requirement')),
                ('rank', models.SmallIntegerField(choices=[(0, 'other'), (10, 'chief staff and below'), (20, 'deputy township head level'), (30, 'township head level'), (40, 'deputy county head level'), (50, 'county head level'), (60, 'deputy bureau director level'), (70, 'bureau director level'), (80, 'provincial and ministerial level')], verbose_name='rank')),
                ('met', models.IntegerField(default=0)),
                ('on_course', models.IntegerField(default=0)),
                ('short', models.IntegerField(default=0)),
                ('overdue', models.IntegerField(default=0)),
                ('exempt', models.IntegerField(default=0)),
                ('not_applicable', models.IntegerField(default=0)),
            ],
            options={
                'verbose_name': 'roll-up',
                'verbose_name_plural': 'roll-ups',
            },
        ),
        migrations.CreateModel(
            name='RosterCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('taken_on', models.DateField(verbose_name='as of')),
                ('unit_path', models.CharField(max_length=255)),
                ('requirement', models.CharField(max_length=80, verbose_name='requirement')),
                ('met', models.IntegerField(default=0)),
                ('on_course', models.IntegerField(default=0)),
                ('short', models.IntegerField(default=0)),
                ('overdue', models.IntegerField(default=0)),
                ('exempt', models.IntegerField(default=0)),
                ('registered', models.IntegerField(default=0)),
                ('studying', models.IntegerField(default=0)),
                ('finished', models.IntegerField(default=0)),
            ],
            options={
                'verbose_name': 'roster count',
                'verbose_name_plural': 'roster counts',
            },
        ),
        migrations.RemoveIndex(
            model_name='standing',
            name='tracker_standing_by_state',
        ),
        migrations.AddField(
            model_name='standingmark',
            name='state',
            field=models.CharField(choices=[('met', 'met'), ('on_course', 'on course'), ('short', 'short'), ('overdue', 'overdue'), ('exempt', 'exempt'), ('not_applicable', 'not applicable')], default='not_applicable', max_length=20, verbose_name='standing'),
        ),
        migrations.AddField(
            model_name='standingmark',
            name='unit',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.orgunit'),
        ),
        migrations.AddField(
            model_name='standingmark',
            name='rank',
            field=models.SmallIntegerField(choices=[(0, 'other'), (10, 'chief staff and below'), (20, 'deputy township head level'), (30, 'township head level'), (40, 'deputy county head level'), (50, 'county head level'), (60, 'deputy bureau director level'), (70, 'bureau director level'), (80, 'provincial and ministerial level')], default=0, verbose_name='rank'),
        ),
        migrations.AlterField(
            model_name='standing',
            name='unit',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.orgunit'),
        ),
        migrations.AlterField(
            model_name='standingmark',
            name='person',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='standing_mark', serialize=False, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='rollup',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.orgunit'),
        ),
        migrations.AddField(
            model_name='rostercount',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.orgunit'),
        ),
        migrations.AddField(
            model_name='standing',
            name='urgency',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(state='overdue', then=models.Value(0)), models.When(state='short', then=models.Value(1)), models.When(state='on_course', then=models.Value(2)), models.When(state='met', then=models.Value(3)), models.When(state='exempt', then=models.Value(4)), default=models.Value(5)), output_field=models.SmallIntegerField()),
        ),
        migrations.AddField(
            model_name='standingmark',
            name='urgency',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(state='overdue', then=models.Value(0)), models.When(state='short', then=models.Value(1)), models.When(state='on_course', then=models.Value(2)), models.When(state='met', then=models.Value(3)), models.When(state='exempt', then=models.Value(4)), default=models.Value(5)), output_field=models.SmallIntegerField()),
        ),
        migrations.AddConstraint(
            model_name='rollup',
            constraint=models.UniqueConstraint(fields=('requirement', 'unit', 'rank'), name='tracker_rollup_once'),
        ),
        migrations.AddConstraint(
            model_name='rostercount',
            constraint=models.UniqueConstraint(fields=('requirement', 'taken_on', 'unit'), name='tracker_roster_count_once'),
        ),
        migrations.AddIndex(
            model_name='standing',
            index=models.Index(fields=['requirement', 'urgency', 'unit', 'person'], name='tracker_standing_by_urgency'),
        ),
        migrations.AddIndex(
            model_name='standing',
            index=models.Index(fields=['state', 'due_on', 'person'], name='tracker_standing_by_due_day'),
        ),
        migrations.AddIndex(
            model_name='standingmark',
            index=models.Index(fields=['unit', 'urgency'], name='tracker_mark_by_unit'),
        ),
        migrations.AddIndex(
            model_name='standingmark',
            index=models.Index(fields=['urgency', 'unit', 'person'], name='tracker_mark_by_urgency'),
        ),
    ]
