"""Makes the users of a benchmark from BENCH_USERS, a JSON list of {username, email, password}."""

from __future__ import annotations

import json
import os


def main() -> None:
    import django

    django.setup()

    from django.utils import timezone

    from accounts.models import User

    for user in json.loads(os.environ["BENCH_USERS"]):
        User.objects.create_user(
            user["email"], user["password"], name=user["username"], email_verified_at=timezone.now()
        )


if __name__ == "__main__":
    main()
