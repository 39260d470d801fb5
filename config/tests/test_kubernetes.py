"""The manifests in deploy/kubernetes, as kustomize puts them together: valid by the schemas of the Kubernetes API, and
at one with the composition, the routes and the settings. No cluster has run them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from django.urls import resolve

from config.registry import settings
from config.tests.conftest import Load

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
OLDEST = "1.25"
Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def manifests() -> list[Manifest]:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is missing: it puts the manifests together")
    built = subprocess.run(["kubectl", "kustomize", str(FOLDER)], capture_output=True, text=True, check=True)
    return list(yaml.safe_load_all(built.stdout))


@pytest.fixture(scope="module")
def pods(manifests: list[Manifest]) -> dict[str, Manifest]:
    """What a pod is made of, by the name of its Deployment or Job."""
    made = [each for each in manifests if each["kind"] in ("Deployment", "Job")]
    return {each["metadata"]["name"]: each["spec"]["template"] for each in made}


def of_kind(manifests: list[Manifest], kind: str) -> list[Manifest]:
    return [each for each in manifests if each["kind"] == kind]


def containers(pod: Manifest) -> list[Manifest]:
    return [*pod["spec"]["containers"], *pod["spec"].get("initContainers", [])]


def test_every_file_is_read_and_valid_by_itself_where_nothing_puts_them_together() -> None:
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    named = {*kustomization["resources"], *(each["path"] for each in kustomization["patches"]), "kustomization.yaml"}
    assert {each.name for each in FOLDER.iterdir()} == named
    for name in kustomization["resources"]:
        for manifest in yaml.safe_load_all((FOLDER / name).read_text()):
            assert manifest["apiVersion"], name
            assert manifest["metadata"]["name"], name


@pytest.mark.parametrize("version", [OLDEST, kubernetes_validate.latest_version()])
def test_every_manifest_is_valid_with_no_field_that_the_api_does_not_know(
    manifests: list[Manifest], version: str
) -> None:
    for manifest in manifests:
        kubernetes_validate.validate(manifest, version, strict=True)
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**manifests[0], "spek": {}}, version, strict=True)


def test_no_pod_has_rights_or_writes_outside_of_its_folders(pods: dict[str, Manifest]) -> None:
    uid = re.search(r"^USER (\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert uid
    for name, pod in pods.items():
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["runAsUser"] == int(uid[1]), name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["automountServiceAccountToken"] is False, name
        for container in containers(pod):
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] is True, name
            assert context["allowPrivilegeEscalation"] is False, name
            assert context["capabilities"] == {"drop": ["ALL"]}, name
            assert container["resources"]["limits"]["memory"], name


def test_no_pod_is_given_variables_that_the_start_refuses(pods: dict[str, Manifest]) -> None:
    assert all(pod["spec"]["enableServiceLinks"] is False for pod in pods.values())


def test_the_same_processes_run_as_in_the_composition(pods: dict[str, Manifest]) -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    ours = {name: service.get("command") for name, service in services.items() if "build" in service}
    assert {name: pod["spec"]["containers"][0].get("command") for name, pod in pods.items()} == ours


def test_new_code_waits_for_its_migrations(pods: dict[str, Manifest]) -> None:
    for name, pod in pods.items():
        waits = [each["command"][2:] for each in pod["spec"].get("initContainers", [])]
        assert waits == ([] if name == "migrate" else [["migrate", "--check"]]), name


def test_probes_ask_what_there_is(pods: dict[str, Manifest]) -> None:
    for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = pods["web"]["spec"]["containers"][0][kind]["httpGet"]
        assert resolve(asked["path"]).func.__module__ == "config.health"
        assert asked["port"] == pods["web"]["spec"]["containers"][0]["ports"][0]["name"]


def test_whatever_selects_pods_finds_some(manifests: list[Manifest], pods: dict[str, Manifest]) -> None:
    labels = [pod["metadata"]["labels"] for pod in pods.values()]
    selectors = [each["spec"]["selector"] for each in of_kind(manifests, "Service")]
    for kind in ("Deployment", "PodDisruptionBudget"):
        selectors += [each["spec"]["selector"]["matchLabels"] for each in of_kind(manifests, kind)]
    for policy in of_kind(manifests, "NetworkPolicy"):
        selectors.append(policy["spec"]["podSelector"].get("matchLabels", {}))
    assert all(any(selector.items() <= each.items() for each in labels) for selector in selectors)
    (scaled,) = of_kind(manifests, "HorizontalPodAutoscaler")
    assert scaled["spec"]["scaleTargetRef"]["name"] in pods


def test_none_of_them_holds_a_secret_and_with_the_secrets_they_make_a_production_that_fits(
    manifests: list[Manifest], production: dict[str, str], load: Load
) -> None:
    assert of_kind(manifests, "Secret") == []
    (configuration,) = of_kind(manifests, "ConfigMap")
    dockerfile = (ROOT / "Dockerfile").read_text()
    image = dict(re.findall(r"\b(LOUPE_[A-Z_]+)=(\S+)", dockerfile[dockerfile.rindex("\nFROM ") :]))
    given = {name: value for name, value in configuration["data"].items() if name != "LOUPE_SECRETS_DIR"}
    assert not any(settings()[name].secret for name in given)
    # what lies in the Secret by the runbook: addresses with passwords, keys, and what a provider of mail or SMS gave
    secret = {name: value for name, value in production.items() if settings()[name].secret or "_SMS_" in name}
    assert load({**image, **secret, **given}).report().problems == ()
