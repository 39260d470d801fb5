"""webhooks: made with a secret that is shown once, looked at, changed, tried out."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.services.outbox import Outbox
from accounts.services.session import SessionManager
from accounts.tasks import handlers
from audit.models import AuditLog
from designsystem.models import DesignSystem, WebhookDelivery, WebhookEndpoint
from designsystem.models.lease import WorkState

pytestmark = pytest.mark.django_db
URL = "/api/design-system/webhooks"
GIVEN = {"name": "CI", "url": "https://ci.example.com:8443/hook?token=made-up", "events": ["batch.completed"]}


def create(api: APIClient, **more: Any) -> Any:
    return api.post(URL, {**GIVEN, **more}, format="json")


def test_the_secret_is_shown_once(api: APIClient) -> None:
    answer = create(api)
    assert answer.status_code == 201
    told = answer.json()
    assert told["secret"].startswith("whsec_")
    assert answer["Location"] == f"{URL}/{told['webhook']['id']}"
    assert {name: told["webhook"][name] for name in GIVEN} == GIVEN
    assert (told["webhook"]["active"], told["webhook"]["disabled_reason"]) == (True, None)
    for again in (api.get(answer["Location"]), api.get(URL)):
        assert told["secret"] not in again.content.decode()
    assert api.get(URL).json()["results"] == [told["webhook"]]
    assert AuditLog.objects.filter(action="webhook.created").count() == 1
    Outbox().deliver_due(handlers())
    assert "“CI”" in mail.outbox[0].body


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"url": "http://ci.example.com/"}, "https_required"),
        ({"url": "https://127.0.0.1/"}, "address_refused"),
        ({"url": "https://me:made-up@ci.example.com/"}, "credentials_in_url"),
        ({"url": "https://ci.example.com:25/"}, "port_refused"),
        ({"url": " https://ci.example.com/"}, "invalid_url"),
        ({"events": []}, "empty"),
        ({"events": ["webhook.ping"]}, "invalid_choice"),
        ({"events": "batch.completed"}, "not_a_list"),
        ({"name": " CI"}, "not_a_line"),
        ({"secret": "mine"}, "unknown_field"),
    ],
)
def test_bad_input_is_refused_with_its_reason(api: APIClient, change: dict[str, Any], code: str) -> None:
    answer = create(api, **change)
    assert answer.status_code == 400
    assert code in {each["code"] for each in answer.json()["errors"]}
    assert not WebhookEndpoint.objects.exists()


def test_a_design_system_must_be_visible(
    api: APIClient, system: DesignSystem, bob: Any, signed_in: Callable[[Any], APIClient]
) -> None:
    assert create(api, design_system=str(system.pk)).json()["webhook"]["design_system"] == str(system.pk)
    assert create(signed_in(bob), design_system=str(system.pk)).json()["code"] == "design_system_not_found"
    assert create(api, design_system=str(uuid.uuid4())).status_code == 404


def test_what_lets_data_out_needs_a_recent_login(alice: Any, webhook: WebhookEndpoint) -> None:
    with time_machine.travel(timezone.now() - timedelta(minutes=10)):
        tokens = SessionManager().start(alice, ["pwd"])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {SessionManager().refresh(tokens.refresh).access}")
    one = f"{URL}/{webhook.pk}"
    for answer in (create(client), client.patch(one, {"name": "x"}, format="json"), client.post(f"{one}/rotate")):
        assert answer.json()["code"] == "reauthentication_required"
    assert client.delete(one).status_code == 204, "ending it needs none"


def test_a_change_is_judged_like_a_new_one_and_written_down(api: APIClient, webhook: WebhookEndpoint) -> None:
    one = f"{URL}/{webhook.pk}"
    assert api.patch(one, {"url": "https://10.0.0.1/"}, format="json").json()["code"] == "address_refused"
    changed = api.patch(one, {"url": "https://new.example.com/", "active": False, "name": "New"}, format="json").json()
    assert (changed["url"], changed["active"], changed["disabled_reason"]) == (
        "https://new.example.com/",
        False,
        "owner",
    )
    assert api.get(one).json() == changed
    assert api.patch(one, {}, format="json").json() == changed
    entry = AuditLog.objects.get(action="webhook.changed")
    assert entry.details == '{"fields":["active","name","url"]}'
    assert api.post(f"{one}/ping").json()["code"] == "webhook_disabled"
    assert api.patch(one, {"active": True}, format="json").json()["active"] is True
    assert api.post(f"{one}/ping").status_code == 202


def test_a_secret_is_replaced(api: APIClient, webhook: WebhookEndpoint) -> None:
    answer = api.post(f"{URL}/{webhook.pk}/rotate", {"overlap_seconds": 60}, format="json")
    assert answer.status_code == 201
    assert answer.json()["secret"] != webhook.secret
    assert answer.json()["webhook"]["previous_secret_until"] is not None
    too_long = api.post(f"{URL}/{webhook.pk}/rotate", {"overlap_seconds": 10**7}, format="json")
    assert too_long.status_code == 400


def test_deliveries_are_listed_without_and_shown_with_their_payload(api: APIClient, webhook: WebhookEndpoint) -> None:
    told = api.post(f"{URL}/{webhook.pk}/ping").json()
    assert (told["event"], told["state"], told["attempts"], told["error"]) == ("webhook.ping", "queued", 0, None)
    listed = api.get(f"{URL}/{webhook.pk}/deliveries").json()["results"]
    assert listed[0]["id"] == told["id"]
    assert "payload" not in listed[0]
    shown = api.get(f"{URL}/{webhook.pk}/deliveries/{told['id']}").json()
    assert shown["payload"]["data"]["webhook"] == str(webhook.pk)
    assert shown["message_id"] == f"msg_{uuid.UUID(told['id']).hex}"


def test_a_delivery_belongs_to_its_webhook(api: APIClient, webhook: WebhookEndpoint) -> None:
    other = create(api).json()["webhook"]["id"]
    delivery = webhook.deliveries.get().pk
    assert api.get(f"{URL}/{other}/deliveries/{delivery}").status_code == 404
    assert api.post(f"{URL}/{other}/deliveries/{delivery}/redeliver").status_code == 404


def test_what_ended_is_sent_again(api: APIClient, webhook: WebhookEndpoint) -> None:
    delivery = webhook.deliveries.get()
    url = f"{URL}/{webhook.pk}/deliveries/{delivery.pk}/redeliver"
    assert api.post(url).json()["code"] == "delivery_under_way"
    WebhookDelivery.objects.update(state=WorkState.FAILED, attempts=10, error_code="timeout")
    answer = api.post(url)
    assert (answer.status_code, answer.json()["state"], answer.json()["error"]) == (202, "queued", None)
    assert answer.json()["next_attempt_at"] is not None
