"""The main job from end to end, over HTTP, on this machine: what `scripts/run` does."""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import sys
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from config.environments import Environment
from config.orchestrator import get_orchestrator
from designsystem.engine.report.table import render_table
from designsystem.engine.tokens.reader import from_dtcg

SAMPLE = Path("docs/sample/invoices.png")
EMAIL = "you@example.org"


class Command(BaseCommand):
    help = "Start a server on a free port, upload pictures, show their tokens, keep the document and the report."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pictures", nargs="*", type=Path, default=[SAMPLE], help=f"default: {SAMPLE}")
        parser.add_argument("--serve", action="store_true", help="stay up until Ctrl-C")
        parser.add_argument("--output-dir", type=Path, default=Path("build/first-look"))

    def handle(self, *args: Any, pictures: list[Path], serve: bool, output_dir: Path, **options: Any) -> None:
        if get_orchestrator().environment is not Environment.DEVELOPMENT:
            raise CommandError("this gives an account a new password: only in the development environment")
        missing = [str(path) for path in pictures if not path.is_file()]
        if missing:
            raise CommandError(f"no such picture: {', '.join(missing)}")
        self.stderr.write("Preparing the database ...")
        call_command("migrate", verbosity=0, interactive=False)
        password = _account()
        output_dir.mkdir(parents=True, exist_ok=True)
        with _server() as address:
            self.stderr.write(f"Loupe is at {address}")
            try:
                client = Client(address, password)
            except Refused as refusal:
                raise CommandError(f"signing in failed: {refusal}") from None
            refused = self._measure(client, pictures, output_dir)
            if serve:
                self._stay(address, password)
        if refused:
            sys.exit(1)

    def _measure(self, client: Client, pictures: list[Path], output_dir: Path) -> int:
        """Measure each picture; how many were refused."""
        refused = 0
        for picture in pictures:
            self.stderr.write(f"Uploading {picture} ...")
            try:
                extraction = client.extract(picture)
                document = client.get(f"/api/design-system/extractions/{extraction}/tokens?format=dtcg")
                report = client.get(f"/api/design-system/extractions/{extraction}/report")
            except Refused as refusal:
                self.stderr.write(f"{picture}: {refusal}")
                refused += 1
                continue
            tokens_path = output_dir / f"{picture.stem}.tokens.json"
            report_path = output_dir / f"{picture.stem}.report.html"
            tokens_path.write_bytes(document)
            report_path.write_bytes(report)
            self.stdout.write(render_table(from_dtcg(json.loads(document)), swatches=sys.stdout.isatty()))
            self.stdout.write(f"\nDesign tokens (DTCG 2025.10): {tokens_path}")
            self.stdout.write(f"Report, open it in a browser:  {report_path}\n")
        return refused

    def _stay(self, address: str, password: str) -> None:
        ends = (signal.SIGINT, signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before anybody can read how to end it
        self.stdout.write(f"API documentation: {address}/api/docs")
        self.stdout.write(f"Sign in as {EMAIL} with {password} (new at every start). Ctrl-C ends it.")
        self.stdout.flush()
        signal.sigwait(ends)


class Refused(Exception):
    """The server said no; the text is the problem's detail."""


class Client:
    """A REST client of a few lines, as anybody would write it."""

    def __init__(self, address: str, password: str) -> None:
        self.address = address
        self.headers: dict[str, str] = {}
        login = json.dumps({"identifier": EMAIL, "password": password}).encode()
        answer = json.loads(self._ask("/api/auth/login", login, "application/json"))
        self.headers = {"Authorization": f"Bearer {answer['access']}"}

    def extract(self, picture: Path) -> str:
        """Upload one picture; the id of its extraction. Refused with the server's reason."""
        boundary = uuid.uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="pictures"; filename="picture"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + picture.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        answer = self._ask("/api/design-system/extract", body, f"multipart/form-data; boundary={boundary}")
        return str(json.loads(answer)["results"][0]["extraction"]["id"])

    def get(self, path: str) -> bytes:
        return self._ask(path)

    def _ask(self, path: str, body: bytes | None = None, content_type: str = "") -> bytes:
        headers = {**self.headers, **({"Content-Type": content_type} if content_type else {})}
        try:
            with urlopen(Request(self.address + path, data=body, headers=headers)) as answer:  # noqa: S310 - our own
                found: bytes = answer.read()
                return found
        except HTTPError as error:
            with error:
                problem = json.loads(error.read())
            raise Refused(f"{problem['detail']} ({problem['code']})") from None


def _account() -> str:
    """An account to sign in with, and its new random password."""
    password = secrets.token_urlsafe(18)
    user = User.objects.by_email(EMAIL)
    if user is None:
        User.objects.create_user(EMAIL, password, email_verified_at=timezone.now())
    else:
        user.set_password(password)
        user.is_active = True
        user.save()
    return password


@contextmanager
def _server() -> Iterator[str]:
    """`manage.py serve` on a free port; its address. It is gone when the block ends."""
    command = [sys.executable, "manage.py", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        try:
            address = next((line.split()[-1] for line in process.stdout if "http://" in line), None)
            if address is None:
                raise CommandError("the server did not start; its log above says why")
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
