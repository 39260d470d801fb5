"""A lockout of an address, a device or a session is found without naming anybody, and lifted alone."""

from __future__ import annotations

import json

import pytest

from accounts.models import Counted, KnownDevice, LockoutCounter, User
from accounts.services.lockout import AccountLockoutService, Factor, Subject
from accounts.services.session import SessionManager
from accounts.tests.conftest import at_once
from adminpanel.services.lockouts import LockoutAdministration
from adminpanel.tests.conftest import METHODS, with_role
from audit.models import AuditLog
from config.errors import DomainError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
ADDRESS = "203.0.113.7"
LOCKOUT = AccountLockoutService()


def failed(subject: Subject, times: int = 1) -> LockoutCounter:
    for _ in range(times):
        LockoutCounter.objects.filter(key=subject.key).update(blocked_until=0)
        LOCKOUT.charge(subject)
    return LockoutCounter.objects.get(key=subject.key)


def refusal(actor: User, key: str) -> str:
    with pytest.raises(DomainError) as caught:
        LockoutAdministration().lift(actor, key, "ticket 4711")
    return caught.value.code


@pytest.fixture
def support(alice: User) -> User:
    return with_role(alice, "support")


@pytest.mark.parametrize(
    ("told", "block"),
    [
        (ADDRESS, ADDRESS),
        (f" {ADDRESS} ", ADDRESS),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::9", "2001:db8:1:2::/64"),
    ],
)
def test_the_counter_of_an_address_is_found_by_what_its_owner_reads_out(told: str, block: str) -> None:
    counter = failed(LOCKOUT.address(block))
    assert LockoutAdministration().at_address(told) == counter
    assert (counter.kind, counter.factor) == (Counted.ADDRESS, "")
    assert LockoutAdministration().at_address("203.0.113.8") is None


@pytest.mark.parametrize("told", ["", "office", "203.0.113.0/24", "alice@example.org", "999.1.1.1"])
def test_what_is_no_address_is_refused(told: str) -> None:
    with pytest.raises(DomainError) as caught:
        LockoutAdministration().at_address(told)
    assert caught.value.code == "invalid_address"


def test_those_of_an_account_its_devices_and_its_sessions_are_found_from_the_account(alice: User, bob: User) -> None:
    device = KnownDevice.objects.create(user=alice, fingerprint="0" * 64)
    session = SessionManager().start(alice, ["pwd"]).session
    subjects = [
        LOCKOUT.account(alice, "", Factor.TOTP),
        LOCKOUT.device(device.pk, Factor.PASSWORD),
        LOCKOUT.session(session, Factor.PASSWORD),
    ]
    for each in [*subjects, LOCKOUT.account(bob, "", Factor.TOTP), LOCKOUT.address(ADDRESS)]:
        failed(each)
    found = {(each.kind, each.factor) for each in LockoutAdministration().of(alice)}
    assert found == {("account", "totp"), ("device", "password"), ("session", "password")}


def test_lifting_one_leaves_the_others_and_says_so_in_the_trail(support: User, bob: User) -> None:
    device = KnownDevice.objects.create(user=bob, fingerprint="0" * 64)
    stopped = failed(LOCKOUT.device(device.pk, Factor.PASSWORD), LOCKOUT.configuration.lockout_hard_stop)
    account = failed(LOCKOUT.account(bob, "", Factor.PASSWORD))
    LockoutAdministration().lift(support, stopped.key, "ticket 4711")
    assert list(LockoutCounter.objects.all()) == [account]
    LOCKOUT.charge(LOCKOUT.device(device.pk, Factor.PASSWORD))
    entry = AuditLog.objects.get(action="lockout.lifted")
    assert (entry.actor, entry.target) == (f"user:{support.pk}", f"lockoutcounter:{stopped.key}")
    assert json.loads(entry.details) == {
        "kind": "device",
        "factor": "password",
        "failures": LOCKOUT.configuration.lockout_hard_stop,
        "reason": "ticket 4711",
    }


def test_nobody_lifts_their_own_or_that_of_somebody_with_more_rights(support: User, bob: User) -> None:
    owner = with_role(bob, "owner")
    session = SessionManager().start(support, METHODS, aal=2).session
    device = KnownDevice.objects.create(user=owner, fingerprint="0" * 64)
    own = failed(LOCKOUT.session(session, Factor.PASSWORD))
    others = failed(LOCKOUT.device(device.pk, Factor.PASSWORD))
    assert (refusal(support, own.key), refusal(support, others.key)) == ("acts_on_self", "outranked")
    assert LockoutCounter.objects.count() == 2
    assert AuditLog.objects.filter(action="access.denied", outcome="refused").count() == 2


def test_what_counts_nothing_is_not_there_to_lift(support: User) -> None:
    subject = LOCKOUT.address(ADDRESS)
    failed(subject)
    LOCKOUT.succeed(subject)
    assert refusal(support, subject.key) == "not_found"
    assert refusal(support, "0" * 64) == "not_found"


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_lifts_and_writes_the_entry(alice: User) -> None:
    support = with_role(alice, "support")
    counter = failed(LOCKOUT.address(ADDRESS), 3)

    def lift(_: int) -> str:
        try:
            LockoutAdministration().lift(support, counter.key, "ticket 4711")
        except DomainError as error:
            return error.code
        return "lifted"

    assert sorted(at_once(6, lift)) == ["lifted"] + ["not_found"] * 5
    assert AuditLog.objects.filter(action="lockout.lifted").count() == 1
