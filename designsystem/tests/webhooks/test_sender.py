"""One message to one receiver: signed, to the address that was judged, within its limits whatever the other does."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import standardwebhooks
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from designsystem.tests.webhooks.receiver import Receiver
from designsystem.webhooks.sender import DeliveryFailed, Reply, WebhookSender, look_up
from designsystem.webhooks.signature import new_secret, signed_headers

BODY = b'{"type":"webhook.ping"}'


def post(server: Receiver, **more: object) -> Reply:
    return WebhookSender(server.settings(**more)).post(server.url, {"X-Test": "1"}, BODY)


def refused(sender: WebhookSender, url: str) -> str:
    with pytest.raises(DeliveryFailed) as failed:
        sender.post(url, {}, BODY)
    return failed.value.code


def test_a_message_arrives_as_it_was_given(server: Receiver) -> None:
    assert post(server) == Reply(204, None)
    ((path, headers, body),) = server.got
    assert (path, body) == ("/hook?token=made-up", BODY)
    assert headers["host"] == f"127.0.0.1:{server.port}"
    assert headers["x-test"] == "1"


def test_the_library_of_the_specification_accepts_the_signature_of_each_secret() -> None:
    old, new = new_secret(), new_secret()
    headers = signed_headers("msg_1", int(datetime.now(UTC).timestamp()), BODY, [new, old])
    for secret in (old, new):
        assert standardwebhooks.Webhook(secret).verify(BODY, headers) == json.loads(BODY)
    for wrong in (new_secret(),):
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(wrong).verify(BODY, headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(new).verify(BODY + b" ", headers)


def test_a_redirect_is_an_answer_and_not_followed(server: Receiver) -> None:
    server.status, server.headers = 307, {"Location": server.url}
    assert post(server).status == 307
    assert len(server.got) == 1


def test_a_receiver_may_say_when_to_come_again(server: Receiver) -> None:
    server.status, server.headers = 429, {"Retry-After": "120"}
    assert post(server) == Reply(429, 120)
    server.headers = {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}
    assert post(server) == Reply(429, None)


def test_a_big_body_is_not_read(server: Receiver) -> None:
    server.status, server.body = 200, b"x" * 50_000_000
    assert post(server).status == 200


def test_a_head_without_an_end_is_cut_off(server: Receiver) -> None:
    server.headers = {f"X-{number}": "y" * 60_000 for number in range(3)}
    sender = WebhookSender(server.settings())
    assert refused(sender, server.url) == "answer_too_large"


@pytest.mark.parametrize("behaviour", ["silent", "drip"])
def test_a_slow_receiver_is_left_when_the_time_is_over(server: Receiver, behaviour: str) -> None:
    setattr(server, behaviour, True)
    assert refused(WebhookSender(server.settings(timeout_seconds=0.4)), server.url) == "timeout"


def test_a_resolver_that_does_not_answer_is_left_too(server: Receiver) -> None:
    never = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        never.wait()
        return []

    try:
        assert refused(WebhookSender(server.settings(timeout_seconds=0.2), resolve), server.url) == "timeout"
    finally:
        never.set()


def test_what_is_no_http_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        sender = WebhookSender(Receiver(port=port).settings())
        assert refused(sender, f"http://127.0.0.1:{port}/") == "invalid_answer"
        thread.join()
    assert refused(sender, f"http://127.0.0.1:{port}/") == "connection_failed"


@pytest.mark.parametrize("found", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::ffff:127.0.0.1"], []])
def test_a_name_that_leads_to_a_private_address_is_refused(server: Receiver, found: list[str]) -> None:
    sender = WebhookSender(server.settings(allowed_networks=()), lambda host, port: found)
    assert refused(sender, f"http://hooks.example.com:{server.port}/") == "address_refused"
    assert server.got == []


def test_a_literal_in_another_notation_is_refused(server: Receiver) -> None:
    sender = WebhookSender(server.settings(allowed_networks=()))
    for host in ("2130706433", "0x7f.1", "017700000001", "127.1", "localhost"):
        assert refused(sender, f"http://{host}:{server.port}/") in ("address_refused", "name_not_found")
    assert server.got == []


def test_a_name_is_looked_up_once_and_the_judged_address_is_the_one_that_is_reached(server: Receiver) -> None:
    """A rebinding resolver: the first answer is allowed, every later one would lead elsewhere."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    sender = WebhookSender(server.settings(), resolve)
    assert sender.post(f"http://rebinding.example:{server.port}/", {}, BODY).status == 204
    assert asked == ["rebinding.example"]
    assert server.got[0][1]["host"] == f"rebinding.example:{server.port}"
    assert refused(sender, f"http://rebinding.example:{server.port}/") == "address_refused"


def test_a_name_that_is_not_known_is_named(server: Receiver) -> None:
    assert refused(WebhookSender(server.settings()), f"http://nowhere.invalid:{server.port}/") == "name_not_found"


def test_the_resolver_of_the_machine_gives_addresses() -> None:
    assert {"127.0.0.1", "::1"} & set(look_up("localhost", 80))


def test_proxies_of_the_environment_do_not_count(server: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert post(server).status == 204


def test_tls_is_checked_against_the_name_and_not_the_address(tmp_path: Path) -> None:
    certificate, key = _certificate(tmp_path, "hooks.example.com")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            for _ in range(3):
                connection, _ = listener.accept()
                try:
                    with context.wrap_socket(connection, server_side=True) as wrapped:
                        wrapped.recv(4096)
                        wrapped.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                except OSError:
                    connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        settings = Receiver(port=port).settings(allow_http=False)
        trusting = WebhookSender(
            settings, lambda host, port: ["127.0.0.1"], lambda: ssl.create_default_context(cafile=str(certificate))
        )
        assert trusting.post(f"https://hooks.example.com:{port}/", {}, BODY).status == 200
        assert refused(trusting, f"https://other.example.com:{port}/") == "tls_failed"
        distrusting = WebhookSender(settings, lambda host, port: ["127.0.0.1"])
        assert refused(distrusting, f"https://hooks.example.com:{port}/") == "tls_failed"
        thread.join()


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ip_address("8.8.8.8"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths
