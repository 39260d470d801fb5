"""Validations over HTTP: judged, kept, reported, approved, and refused with reasons."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from audit.actions import Action
from audit.models import AuditLog
from config.celery import app
from designsystem.engine.report.validation_json import as_document
from designsystem.engine.report.validation_reading import from_document
from designsystem.models import Baseline, DesignSystem, Extraction, MemberRole, Validation
from designsystem.services.members import MemberService
from designsystem.tests import pictures
from designsystem.tests.api.conftest import picture_file
from designsystem.tests.engine import sample_verdict as sample

pytestmark = pytest.mark.django_db
BASE = "/api/design-system"


def other() -> bytes:
    return pictures.page(accent="#c92a2a")


def validate(api: APIClient, form: str = "multipart", **given: Any) -> Any:
    return api.post(f"{BASE}/validate", {"pixel_ratio": 1, **given}, format=form)


def test_a_picture_is_judged_against_a_stored_version(
    api: APIClient, system: DesignSystem, extraction: Extraction
) -> None:
    version = system.versions.create(number=1, document=extraction.document)
    answer = validate(api, picture=picture_file(other(), "settings.png"), design_system=system.pk)
    body = answer.json()
    assert answer.status_code == 201
    assert answer["Location"].endswith(body["id"])
    assert (body["outcome"], body["design_system"], body["version"]) == ("failed", str(system.pk), str(version.pk))
    failing = [each for each in body["result"]["findings"] if each["fails"]]
    assert [(each["rule"], each["found"]) for each in failing] == [("color-off-palette", "#c92a2a")]
    assert body["failing"] == 1
    assert body["result"]["subject"]["tokens"] == "Shop 1"
    entry = AuditLog.objects.get(action=Action.VALIDATION_CREATED)
    assert entry.target == f"validation:{body['id']}"


def test_tokens_may_be_sent_along_in_a_form_or_as_json(api: APIClient, extraction: Extraction) -> None:
    tokens = json.loads(extraction.document)
    in_form = validate(api, picture=picture_file(other()), tokens=json.dumps(tokens)).json()
    as_json = validate(api, "json", image=str(extraction.image_id), tokens=tokens).json()
    assert (in_form["outcome"], as_json["outcome"]) == ("failed", "passed")


def test_a_picture_is_compared_with_another(api: APIClient, extraction: Extraction) -> None:
    settings = {"contrast": None, "baseline": {"allowed_share": 0, "ignore_antialiasing": False}}
    answer = validate(
        api,
        picture=picture_file(other()),
        baseline=picture_file(pictures.page()),
        settings=json.dumps(settings),
    ).json()
    assert answer["outcome"] == "failed"
    assert answer["result"]["contrast"] is None
    assert answer["result"]["baseline"]["regions"][0]["kind"] == "colour"
    assert answer["result"]["settings"]["baseline"]["ignore_antialiasing"] is False
    same = validate(api, "json", image=str(extraction.image_id), baseline_image=str(extraction.image_id)).json()
    assert (same["outcome"], same["result"]["baseline"]["changed_pixels"]) == ("passed", 0)


def test_a_validation_that_waits_is_found_at_its_location(
    api: APIClient, system: DesignSystem, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.conf, "task_always_eager", True)
    asked: dict[str, Any] = {"picture": picture_file(), "design_system": system.pk, "name": "settings", "async": True}
    with django_capture_on_commit_callbacks() as sent:
        answer = validate(api, **asked)
    body = answer.json()
    assert (answer.status_code, body["state"], body["outcome"], body["result"]) == (202, "queued", None, None)
    assert [each["id"] for each in api.get(f"{BASE}/validations", {"state": "queued"}).json()["results"]] == [
        body["id"]
    ]
    for path in ("report", "overlay"):
        early = api.get(f"{answer['Location']}/{path}")
        assert (early.status_code, early.json()["code"]) == (409, "not_finished")
    assert api.post(f"{answer['Location']}/approve", {}, format="json").json()["code"] == "not_finished"
    for send in sent:
        send()
    found = api.get(answer["Location"]).json()
    assert (found["state"], found["outcome"], found["error"]) == ("done", found["result"]["outcome"], None)
    assert found["started_at"] <= found["finished_at"]
    assert api.get(f"{answer['Location']}/report").status_code == 200


def test_approving_makes_the_next_baseline_and_keeps_the_history(
    api: APIClient, system: DesignSystem, alice: User
) -> None:
    first = validate(api, picture=picture_file(), design_system=system.pk, name="settings").json()
    assert first["result"]["baseline"] is None
    assert api.post(f"{BASE}/validations/{first['id']}/approve", {"reason": "First"}, format="json").status_code == 201
    second = validate(api, picture=picture_file(other()), design_system=system.pk, name="settings").json()
    assert (second["outcome"], second["result"]["subject"]["baseline"]) == ("failed", "settings 1")
    approved = api.post(f"{BASE}/validations/{second['id']}/approve", {}, format="json").json()
    assert (approved["number"], approved["validation"], approved["approved_by"]) == (2, second["id"], str(alice.pk))
    third = validate(api, picture=picture_file(other()), design_system=system.pk, name="settings").json()
    assert third["outcome"] == "passed"
    current = api.get(f"{BASE}/systems/{system.pk}/baselines").json()["results"]
    history = api.get(f"{BASE}/systems/{system.pk}/baselines", {"history": "true", "name": "settings"}).json()[
        "results"
    ]
    assert [each["number"] for each in current] == [2]
    assert [(each["number"], each["reason"]) for each in history] == [(2, ""), (1, "First")]
    assert AuditLog.objects.filter(action=Action.BASELINE_APPROVED).count() == 2


def test_a_picture_is_approved_once(api: APIClient, validation: Validation) -> None:
    path = f"{BASE}/validations/{validation.pk}/approve"
    assert api.post(path, {}, format="json").status_code == 201
    again = api.post(path, {}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "already_approved")
    assert Baseline.objects.count() == 1


def test_only_the_screen_of_a_design_system_has_a_baseline(api: APIClient) -> None:
    row = validate(api, picture=picture_file()).json()
    answer = api.post(f"{BASE}/validations/{row['id']}/approve", {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_design_system")


def test_a_viewer_validates_but_does_not_approve(
    system: DesignSystem, bob: User, signed_in: Callable[[Any], APIClient]
) -> None:
    MemberService().set_role(system, bob.pk, MemberRole.VIEWER)
    client = signed_in(bob)
    row = validate(client, picture=picture_file(), design_system=system.pk, name="settings").json()
    answer = client.post(f"{BASE}/validations/{row['id']}/approve", {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_insufficient")
    MemberService().set_role(system, bob.pk, MemberRole.EDITOR)
    assert client.post(f"{BASE}/validations/{row['id']}/approve", {}, format="json").status_code == 201


def test_every_report_and_the_overlay_are_given_as_files(api: APIClient, system: DesignSystem) -> None:
    row = validate(
        api, picture=picture_file(other()), baseline=picture_file(pictures.page()), name="Einstellungen & mehr.png"
    ).json()
    path = f"{BASE}/validations/{row['id']}"
    html = api.get(f"{path}/report")
    assert html.content.decode().startswith("<!doctype html>")
    assert html["Content-Disposition"] == 'attachment; filename="einstellungen-mehr.report.html"'
    assert "sandbox" in html["Content-Security-Policy"]
    assert json.loads(api.get(f"{path}/report", {"format": "json"}).content) == row["result"]
    sarif = json.loads(api.get(f"{path}/report", {"format": "sarif"}).content)
    assert len(sarif["runs"][0]["results"]) == row["findings"]
    root = ElementTree.fromstring(api.get(f"{path}/report", {"format": "junit"}).content)
    assert root.get("failures") == str(len({each["rule"] for each in row["result"]["findings"] if each["fails"]}))
    assert api.get(f"{path}/overlay").content[:8] == b"\x89PNG\r\n\x1a\n"
    unknown = api.get(f"{path}/report", {"format": "pdf"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "unknown_format")


def test_a_stored_document_gives_back_the_verdict() -> None:
    document = as_document(sample.verdict(), sample.subject())
    assert as_document(*from_document(json.loads(json.dumps(document)))) == document


def test_validations_are_listed_newest_first_and_filtered(api: APIClient, extraction: Extraction) -> None:
    passed = validate(api, "json", image=str(extraction.image_id)).json()["id"]
    failed = validate(api, picture=picture_file(other()), tokens=extraction.document).json()["id"]
    assert [each["id"] for each in api.get(f"{BASE}/validations").json()["results"]] == [failed, passed]
    found = api.get(f"{BASE}/validations", {"outcome": "failed"}).json()["results"]
    assert [each["id"] for each in found] == [failed]
    assert "result" not in found[0]
    assert api.get(f"{BASE}/validations/{failed}").json()["result"]["outcome"] == "failed"


def test_deleting_a_validation_frees_its_picture_and_leaves_its_baseline(
    api: APIClient, validation: Validation, extraction: Extraction
) -> None:
    api.post(f"{BASE}/validations/{validation.pk}/approve", {}, format="json")
    api.delete(f"{BASE}/extractions/{extraction.pk}")
    assert api.delete(f"{BASE}/images/{validation.image_id}").status_code == 409
    assert api.delete(f"{BASE}/validations/{validation.pk}").status_code == 204
    baseline = Baseline.objects.get()
    assert baseline.validation is None
    assert AuditLog.objects.filter(action=Action.VALIDATION_DELETED).count() == 1


@pytest.mark.parametrize("name", pictures.BAD)
def test_a_bad_picture_is_refused_as_everywhere(api: APIClient, name: str) -> None:
    content, status, code = pictures.BAD[name]
    answer = validate(api, picture=picture_file(content))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    beside = validate(api, picture=picture_file(), baseline=picture_file(content))
    assert beside.status_code in (201, status)
    assert beside.status_code == status or name == "transparent"


@pytest.mark.parametrize(
    ("chosen", "pointer"),
    [
        ({"baseline": {"allowed_share": 5.5}}, "/settings/baseline/allowed_share"),
        ({"baseline": {"allowed_share": "0"}}, "/settings/baseline/allowed_share"),
        ({"baseline": {"pixel_tolerance": 0.1, "metric": "magic"}}, "/settings/baseline/metric"),
        ({"baseline": {"masks": [[0, 0, 9, 4], [0, 0, 0, 4]]}}, "/settings/baseline/masks/1"),
        ({"baseline": {"window": True}}, "/settings/baseline/window"),
        ({"baseline": {"threshold": 0.1}}, "/settings/baseline/threshold"),
        ({"contrast": {"level": "A"}}, "/settings/contrast/level"),
        ({"tokens": {"drift": -1}}, "/settings/tokens/drift"),
        ({"tokens": []}, "/settings/tokens"),
        ({"exceptions": [{"rule": "spacing"}]}, "/settings/exceptions/0"),
        ({"exceptions": {}}, "/settings/exceptions"),
        ({"extra": {}}, "/settings/extra"),
        ({"a/b": {}}, "/settings/a~1b"),
    ],
)
def test_a_setting_out_of_range_is_refused_and_never_clamped(
    api: APIClient, chosen: dict[str, Any], pointer: str
) -> None:
    answer = validate(api, picture=picture_file(), settings=json.dumps(chosen))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_settings")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not Validation.objects.exists()


def test_a_setting_with_few_values_tells_them(api: APIClient) -> None:
    answer = validate(api, picture=picture_file(), settings='{"baseline": {"metric": "magic"}}')
    assert answer.json()["detail"] == "This must be one of exact, pixelmatch-7.2, ciede2000."


def test_tokens_that_are_no_json_are_refused_at_their_field(api: APIClient) -> None:
    answer = validate(api, picture=picture_file(), tokens="{")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/tokens"]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, 400),
        ({"picture": b"", "image": "0190b5a0-0000-7000-8000-000000000000"}, 400),
        ({"image": "0190b5a0-0000-7000-8000-000000000000"}, 404),
        ({"picture": b"", "version": 1}, 400),
        ({"picture": b"", "design_system": "0190b5a0-0000-7000-8000-000000000000"}, 404),
        ({"picture": b"", "tokens": "[]"}, 400),
        ({"picture": b"", "tokens": "{"}, 400),
        ({"picture": b"", "tokens": '{"a": {"$type": "color", "$value": "blue"}}'}, 422),
        ({"picture": b"", "settings": '{"contrast": null}'}, 400),
        ({"picture": b"", "unknown": "1"}, 400),
    ],
)
def test_what_does_not_fit_is_refused(api: APIClient, given: dict[str, Any], status: int) -> None:
    form = {**given, **({"picture": picture_file()} if "picture" in given else {})}
    assert validate(api, **form).status_code == status


def test_another_ones_picture_is_not_there(
    extraction: Extraction, charlie: User, signed_in: Callable[[Any], APIClient]
) -> None:
    client = signed_in(charlie)
    assert validate(client, "json", image=str(extraction.image_id)).status_code == 404
    answer = validate(client, picture=picture_file(), baseline_image=str(extraction.image_id))
    assert answer.status_code == 404


def test_the_same_key_gives_the_same_answer(api: APIClient, extraction: Extraction) -> None:
    body = {"image": str(extraction.image_id)}
    answers = [
        api.post(f"{BASE}/validate", body, format="json", headers={"Idempotency-Key": "one-and-the-same"}).json()
        for _ in range(2)
    ]
    assert answers[0]["id"] == answers[1]["id"]
    assert Validation.objects.count() == 1
