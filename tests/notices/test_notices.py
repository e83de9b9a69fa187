"""Notices: sent once, polite, read by their person alone; mails wait for the quiet hours to end."""

from datetime import UTC, datetime, time, timedelta
from smtplib import SMTPRecipientsRefused
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client

from notices import operations, queries, rules
from notices.enums import NoticeKind
from notices.models import Notice, UnitManners
from people.enums import Role
from people.models import AuditEntry
from tests.factories.people import OrgUnitFactory, PersonFactory, holder

NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def remind(people, number, now=NOW):
    return operations.notify(
        [person.pk for person in people],
        source=f"tests:{number}",
        text="请尽快完成学习",
        kind=NoticeKind.REMINDER,
        now=now,
    )


@pytest.mark.parametrize(
    ("at", "sent"),
    [
        ((1, 18, 59), (1, 18, 59)),
        ((1, 19, 0), (2, 8, 0)),
        ((1, 23, 30), (2, 8, 0)),
        ((2, 7, 59), (2, 8, 0)),
        ((2, 8, 0), (2, 8, 0)),
    ],
)
def test_a_mail_waits_for_the_end_of_the_quiet_hours(at, sent):
    moment = datetime(2026, 6, *at, tzinfo=SHANGHAI)
    found = rules.next_polite_moment(moment, time(19), time(8))
    assert found == datetime(2026, 6, *sent, tzinfo=SHANGHAI)


def test_quiet_hours_within_a_day_and_none_at_all():
    noon = datetime(2026, 6, 1, 12, 30, tzinfo=SHANGHAI)
    assert rules.next_polite_moment(noon, time(12), time(14)).hour == 14
    assert rules.next_polite_moment(noon, time(8), time(8)) == noon


@pytest.mark.django_db
def test_a_notice_is_sent_once_for_its_source(person):
    assert remind([person], 1) == operations.Sent(sent=1)
    assert remind([person], 1) == operations.Sent(had_it=1)
    assert Notice.objects.count() == 1


@pytest.mark.django_db
def test_whose_account_is_closed_gets_none(person):
    assert remind([person, PersonFactory(is_active=False)], 1) == operations.Sent(sent=1)
    assert Notice.objects.get().person == person


@pytest.mark.django_db
def test_reminders_keep_to_the_weekly_cap_and_news_does_not(person):
    assert [remind([person], n).sent for n in range(3)] == [1, 1, 0]
    news = operations.notify([person.pk], source="tests:news", text="已入账", now=NOW)
    assert news.sent == 1
    assert remind([person], 9, NOW + timedelta(days=7)).sent == 1


@pytest.mark.django_db
def test_the_nearest_unit_says_how_it_wants_to_be_reminded():
    district = OrgUnitFactory()
    bureau = OrgUnitFactory(parent=district)
    UnitManners.objects.create(unit=district, by_mail=True, weekly_cap=5)
    assert queries.manners_of(bureau).weekly_cap == 5
    UnitManners.objects.create(unit=bureau, weekly_cap=1)
    assert queries.manners_of(bureau).weekly_cap == 1
    assert queries.manners_of(OrgUnitFactory()).by_mail is False


@pytest.mark.django_db
def test_mail_is_sent_only_where_the_unit_switched_it_on_and_once():
    loud, silent = PersonFactory(email="a@example.org"), PersonFactory(email="b@example.org")
    UnitManners.objects.create(unit=loud.unit, by_mail=True)
    evening = datetime(2026, 6, 1, 20, 0, tzinfo=SHANGHAI)
    remind([loud, silent], 1, evening)
    assert operations.sweep(evening + timedelta(hours=11)) == 0
    assert operations.sweep(evening + timedelta(hours=12)) == 1
    assert operations.sweep(evening + timedelta(hours=13)) == 0

    assert [message.to for message in mail.outbox] == [["a@example.org"]]


@pytest.mark.django_db
def test_a_mail_that_fails_stays_due(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    person = PersonFactory(email="a@example.org")
    UnitManners.objects.create(unit=person.unit, by_mail=True)
    remind([person], 1)
    assert operations.sweep(NOW) == 0
    assert Notice.objects.get().mailed_at is None


@pytest.mark.django_db
def test_two_sweeps_at_once_mail_each_notice_once(monkeypatch):
    people = [PersonFactory(email=f"{name}@example.org") for name in "ab"]
    for person in people:
        UnitManners.objects.create(unit=person.unit, by_mail=True)
    remind(people, 1)
    send, meanwhile = mail.EmailMessage.send, []

    def send_while_another_sweeps(message, *args):
        monkeypatch.setattr(mail.EmailMessage, "send", send)
        meanwhile.append(operations.sweep(NOW))
        return send(message, *args)

    monkeypatch.setattr(mail.EmailMessage, "send", send_while_another_sweeps)

    assert (operations.sweep(NOW), meanwhile) == (1, [1])
    assert sorted(to for message in mail.outbox for to in message.to) == [
        "a@example.org",
        "b@example.org",
    ]


@pytest.mark.django_db
def test_only_who_answers_for_a_unit_sets_its_manners():
    unit = OrgUnitFactory()
    given = {"by_mail": True, "quiet_from": time(20), "quiet_until": time(7), "weekly_cap": 1}
    liaison = holder(Role.LIAISON, unit)
    with pytest.raises(operations.NotYourUnit):
        operations.set_manners(OrgUnitFactory(), **given, by=liaison, roles=[Role.LIAISON], now=NOW)
    operations.set_manners(unit, **given, by=liaison, roles=[Role.LIAISON], now=NOW)
    assert queries.manners_of(unit).by_mail


@pytest.mark.django_db
def test_the_inbox_shows_mine_and_opening_reads_it(login, person):
    remind([person, PersonFactory()], 1)
    mine = Notice.objects.get(person=person)
    other = Notice.objects.exclude(person=person).get()
    client = login(Client(), person)
    assert client.get("/notices/count/").json() == {"unread": 1}
    assert "请尽快完成学习" in client.get("/notices/").content.decode()
    assert client.get(f"/notices/{other.pk}/").status_code == 404

    assert client.get(f"/notices/{mine.pk}/").url == "/notices/"
    assert client.get("/notices/count/").json() == {"unread": 0}
    other.refresh_from_db()
    assert other.read_at is None


class Refusing:
    """A mail server that knows nobody at example.net."""

    def __init__(self):
        self.sent = []

    def send_messages(self, messages):
        for message in messages:
            if message.to[0].endswith("@example.net"):
                raise SMTPRecipientsRefused({message.to[0]: (550, b"no such user")})
            self.sent += message.to
        return len(messages)


@pytest.mark.django_db
def test_an_address_that_the_server_refuses_keeps_nobody_else_from_his_mail(monkeypatch, caplog):
    server = Refusing()
    monkeypatch.setattr(operations, "get_connection", lambda **kwargs: server)
    wrong = PersonFactory(email="a@example.net")
    right = PersonFactory(email="b@example.org", unit=wrong.unit)
    UnitManners.objects.create(unit=wrong.unit, by_mail=True)
    remind([wrong, right], 1)

    assert operations.sweep(NOW) == 1
    assert operations.sweep(NOW + timedelta(minutes=5)) == 0

    assert server.sent == ["b@example.org"]
    assert "was not mailed" in caplog.text


@pytest.mark.django_db
def test_a_mail_that_could_not_leave_for_a_week_is_no_news_any_more():
    person = PersonFactory(email="a@example.org")
    UnitManners.objects.create(unit=person.unit, by_mail=True)
    remind([person], 1)

    assert operations.sweep(NOW + timedelta(days=7)) == 0
    assert mail.outbox == []


@pytest.mark.django_db
def test_a_person_says_where_his_notices_are_mailed_to(client):
    person = PersonFactory()
    client.force_login(person)

    refused = client.post("/notices/mail/", {"email": "nobody"})
    chosen = client.post("/notices/mail/", {"email": "a@example.org"})

    assert refused.status_code == 422
    assert (chosen.status_code, chosen.url) == (302, "/notices/")
    assert "a@example.org" in client.get("/notices/mail/").content.decode()
    entry = AuditEntry.objects.get(verb="notices.address.choose")
    assert (entry.actor, entry.detail) == (person, {"given": True})
