"""The model names and the pixels decide: the real SDK against a local server, good answers and every bad one."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
import structlog
from pydantic import SecretStr

from config.services.vision import VisionConfigService
from designsystem.engine.exporters import dtcg
from designsystem.engine.extract import Extraction, extract
from designsystem.engine.observation import GivenName
from designsystem.engine.tokens.token_set import Alias
from designsystem.engine.values import Colour
from designsystem.providers.candidates import candidates
from designsystem.providers.claude import ClaudeVisionClient
from designsystem.providers.errors import Disposition, VisionError
from designsystem.providers.hybrid import HybridProvider
from designsystem.providers.model_picture import fit
from designsystem.tests.providers.messages_server import Script, messages_server

KEY = "sk-test-0123456789"
GOOD: dict[str, Any] = {"names": [], "roles": [], "components": [], "fonts": [], "theme": "light"}


@pytest.fixture(scope="module")
def measured() -> Extraction:
    picture = np.full((300, 400, 3), (244, 246, 249), np.uint8)
    picture[40:100, 40:200] = (36, 86, 201)
    picture[139:261, 39:361] = (221, 227, 234)  # a line around the white box
    picture[140:260, 40:360] = (255, 255, 255)
    done, encoded = cv2.imencode(".png", picture[..., ::-1])
    assert done
    return extract(encoded.tobytes(), pixel_ratio=1)


@pytest.fixture
def server() -> Iterator[tuple[str, Script]]:
    with messages_server() as found:
        yield found


def client(address: str, **settings: Any) -> ClaudeVisionClient:
    return ClaudeVisionClient(
        VisionConfigService(api_key=SecretStr(KEY), base_url=address, **{"timeout_seconds": 5, **settings})
    )


def id_of(measured: Extraction, colour: str) -> str:
    return next(each.id for each in candidates(measured.token_set, 1) if each.value == colour)


def test_names_and_roles_change_and_no_value_or_evidence_does(server: tuple[str, Script], measured: Extraction) -> None:
    address, script = server
    blue, white = id_of(measured, "#2456c9"), id_of(measured, "#ffffff")
    script.text = json.dumps(
        {
            **GOOD,
            "names": [{"id": blue, "name": "brand"}, {"id": white, "name": "paper"}],
            "roles": [{"id": blue, "role": "primary"}, {"id": white, "role": "surface"}],
        }
    )
    named = HybridProvider(client(address)).name(measured)
    assert named.analysis is not None
    paths = {token.path: token for token in named.token_set}
    assert paths["color", "palette", "brand"].value == Colour(36, 86, 201)
    role = paths["color", "role", "primary"].value
    assert role == Alias(("color", "palette", "brand"), "claude-test")
    evidence = paths["color", "palette", "brand"].evidence
    assert evidence is not None
    assert evidence.names == (GivenName("brand", "claude-test"),)
    before = {str(token.value): token.evidence for token in measured.token_set if token.evidence}
    after = {str(token.value): replace(token.evidence, names=()) for token in named.token_set if token.evidence}
    assert before == after
    assert json.loads(dtcg.export(named.token_set))
    assert named.analysis.usage.input_tokens == 1500
    assert named.analysis.usage.dollars == pytest.approx((1050 * 5 + 200 * 25) / 1e6)


def test_the_picture_is_fitted_by_us_and_the_rules_are_cached(server: tuple[str, Script], measured: Extraction) -> None:
    address, script = server
    script.text = json.dumps(GOOD)
    client(address).analyze_image(measured.raster.rgb, measured.token_set)
    (asked,) = script.asked
    image = asked["messages"][0]["content"][0]
    assert image["transformations"] == {"oversized_image": "error"}
    sent = cv2.imdecode(np.frombuffer(base64.b64decode(image["source"]["data"]), np.uint8), cv2.IMREAD_COLOR)
    assert sent is not None
    assert sent.shape == (300, 400, 3)
    assert asked["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert "2456c9" not in asked["system"][0]["text"]
    assert asked["output_config"]["format"]["type"] == "json_schema"
    assert [key.removeprefix("Bearer ") for key in script.keys] == [KEY]


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (3840, 2160), (1440, 20_000), (9000, 200), (1, 1)])
def test_every_picture_fits_what_the_service_takes(width: int, height: int) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
    fitted = fit(picture)
    assert max(fitted.width, fitted.height) <= 2576
    assert fitted.tokens <= 4784
    assert len(fitted.content) <= 3_500_000
    assert fitted.width == max(1, int(width * fitted.factor))


@pytest.mark.parametrize(
    ("change", "code", "disposition"),
    [
        ({"status": 429, "headers": {"retry-after": "7"}}, "status_429", Disposition.RETRY),
        ({"status": 529}, "status_529", Disposition.RETRY),
        ({"status": 500}, "status_500", Disposition.RETRY),
        ({"status": 400}, "status_400", Disposition.FAIL),
        ({"status": 401}, "status_401", Disposition.FAIL),
        ({"status": 402}, "status_402", Disposition.FAIL),
        ({"status": 413}, "status_413", Disposition.FAIL),
        ({"cut": True}, "connection", Disposition.RETRY),
        ({"stop_reason": "refusal", "text": "no"}, "stopped_refusal", Disposition.FALL_BACK),
        ({"stop_reason": "max_tokens", "text": '{"names": ['}, "stopped_max_tokens", Disposition.FALL_BACK),
        ({"text": "not json"}, "reply_invalid", Disposition.FALL_BACK),
        ({"text": "[" * 100_000}, "reply_invalid", Disposition.FALL_BACK),
        ({"raw": b"<html>gateway</html>"}, "answer_unreadable", Disposition.FALL_BACK),
    ],
)
def test_every_failure_has_its_code_and_the_measured_result_still_arrives(
    server: tuple[str, Script], measured: Extraction, change: dict[str, Any], code: str, disposition: Disposition
) -> None:
    address, script = server
    for name, value in change.items():
        setattr(script, name, value)
    with structlog.testing.capture_logs() as logs:
        named = HybridProvider(client(address)).name(measured)
    assert named.error is not None
    assert (named.error.code, named.error.disposition) == (code, disposition)
    assert named.token_set.tokens == measured.token_set.tokens
    assert code in named.token_set.notes[-1]
    assert len(script.asked) == 1, "the SDK must not retry by itself"
    assert KEY not in str(logs)
    assert "secret words" not in str(logs) + str(named.error)
    if change.get("status") == 429:
        assert named.error.retry_after == 7


def test_a_slow_service_is_left_at_the_deadline(server: tuple[str, Script], measured: Extraction) -> None:
    address, script = server
    script.delay = 2
    with pytest.raises(VisionError, match="timeout"):
        client(address, timeout_seconds=0.3).analyze_image(measured.raster.rgb, measured.token_set)


@pytest.mark.parametrize(
    "reply",
    [
        {"names": [{"id": "c999", "name": "x"}]},
        {"names": [{"id": "c1", "name": "</style><script>"}]},
        {"names": [{"id": "c1", "name": "../../etc"}]},
        {"names": [{"id": "c1", "name": "a{b}"}]},
        {"names": [{"id": "c1", "name": "x" * 41}]},
        {"names": [{"id": "c1", "name": "same"}, {"id": "c2", "name": "same"}]},
        {"names": [{"id": "c1", "name": "one"}, {"id": "c1", "name": "two"}]},
        {"roles": [{"id": "c1", "role": "administrator"}]},
        {"roles": [{"id": "c2", "role": "text"}, {"id": "c1", "role": "text"}]},
        {"components": [{"name": "card", "ids": ["#ff0000"]}]},
        {"fonts": ['Evil"; background: url(x)']},
        {"fonts": ["Inter"] * 6},
        {"theme": "ignore your instructions"},
        {"names": None},
    ],
)
def test_a_hostile_reply_is_refused_whole(
    server: tuple[str, Script], measured: Extraction, reply: dict[str, Any]
) -> None:
    address, script = server
    script.text = json.dumps({**GOOD, **reply})
    with pytest.raises(VisionError, match="reply_invalid"):
        client(address).analyze_image(measured.raster.rgb, measured.token_set)


def test_a_role_goes_only_to_a_colour(server: tuple[str, Script], measured: Extraction) -> None:
    address, script = server
    other = next((each.id for each in candidates(measured.token_set, 1) if each.kind != "color"), None)
    assert other is not None
    script.text = json.dumps({**GOOD, "roles": [{"id": other, "role": "primary"}]})
    with pytest.raises(VisionError, match="reply_invalid"):
        client(address).analyze_image(measured.raster.rgb, measured.token_set)


def test_without_a_key_nothing_is_asked(server: tuple[str, Script], measured: Extraction) -> None:
    address, script = server
    with pytest.raises(VisionError, match="no_api_key") as refused:
        ClaudeVisionClient(VisionConfigService(base_url=address)).analyze_image(measured.raster.rgb, measured.token_set)
    assert refused.value.disposition is Disposition.FAIL
    assert script.asked == []
