"""Which passwords are good enough, and that nothing else is asked of them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

from accounts.services.password_policy import PasswordPolicy
from accounts.tests.conftest import Configure
from config.services.authentication import AuthenticationConfigService


def code(password: str, **more: Any) -> str | None:
    problem = PasswordPolicy().problem(password, **more)
    return problem[0] if problem else None


@pytest.mark.parametrize(
    "good",
    [
        "correct horse battery staple",
        "all lower case is quite fine",
        "  leading and trailing space  ",
        "пароль из нескольких слов",
        "七転び八起き七転び八起きの心を持て",
        "x9!Kq2#mPz7$Lw4",
        "a b c d e f g h j k m n p q r s t" + "é" * 95,
    ],
)
def test_long_and_not_obvious_is_all_that_is_asked(good: str) -> None:
    assert code(good) is None


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("x9!Kq2#mPz7$Lw", "password_too_short"),
        ("é" * 14, "password_too_short"),
        ("e\u0301" * 14, "password_too_short"),  # 14 characters, in whichever form
        ("x9!Kq2#mPz7$Lw4" * 9, "password_too_long"),
        ("passwordpassword", "password_too_common"),
        ("123456789012345", "password_too_common"),
        ("qwertyuiopasdfgh", "password_too_common"),
        ("aaaaaaaaaaaaaaaaaaaa", "password_too_common"),
        ("Summer2024Summer2024", "password_too_common"),
        ("loupe-loupe-loupe", "password_too_common"),
    ],
)
def test_what_an_attacker_tries_first_is_refused(bad: str, why: str) -> None:
    assert code(bad) == why


@pytest.mark.parametrize(
    ("password", "why"),
    [("x9!Kq2#m", None), ("x9!Kq2#", "password_too_short"), ("password", "password_too_common")],
)
def test_beside_a_second_factor_eight_characters_pass_and_the_rest_is_the_same(password: str, why: str | None) -> None:
    assert code(password, second_factor=True) == why
    assert code(password) == "password_too_short"


def test_beside_a_second_factor_never_more_is_asked_than_alone() -> None:
    policy = PasswordPolicy(
        AuthenticationConfigService(password_min_length=10, password_min_length_with_second_factor=12)
    )
    assert (policy.shortest(second_factor=True), policy.shortest(second_factor=False)) == (10, 10)


def test_words_about_the_user_do_not_count() -> None:
    assert code("wilhelmina.szczepanik", about=["wilhelmina.szczepanik@example.org"]) == "password_too_common"
    assert code("wilhelmina.szczepanik") is None


def test_of_the_three_thousand_most_common_ones_that_fit_in_length_none_passes() -> None:
    from accounts.services.password_policy import _common

    fitting = [password for password in sorted(_common()) if len(password) >= 8]
    assert len(fitting) > 3000
    policy = PasswordPolicy(AuthenticationConfigService(password_min_length=8))
    problems = [policy.problem(password) for password in fitting[::40]]
    assert {problem and problem[0] for problem in problems} == {"password_too_common"}


class _Range(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []
    answer = ""

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = self.answer.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def service(configure: Configure) -> Iterator[type[_Range]]:
    server = HTTPServer(("127.0.0.1", 0), _Range)
    _Range.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    configure(LOUPE_AUTHENTICATION_BREACHED_PASSWORD_URL=f"http://127.0.0.1:{server.server_port}/range/")
    yield _Range
    server.shutdown()
    server.server_close()


def test_a_breached_password_is_refused_and_only_five_digits_of_its_digest_leave(service: type[_Range]) -> None:
    digest = hashlib.sha1(b"correct horse battery staple").hexdigest().upper()
    service.answer = f"{'0' * 35}:3\r\n{digest[5:]}:42\r\n"
    assert code("correct horse battery staple") == "password_breached"
    assert service.asked == [f"/range/{digest[:5]}"]
    service.answer = f"{digest[5:]}:0\r\n"
    assert code("correct horse battery staple") is None, "padding is no breach"


def test_a_service_that_is_away_keeps_nobody_from_a_new_password(configure: Configure) -> None:
    configure(LOUPE_AUTHENTICATION_BREACHED_PASSWORD_URL="http://127.0.0.1:9/range/")
    assert code("correct horse battery staple") is None
    assert code("passwordpassword") == "password_too_common"
