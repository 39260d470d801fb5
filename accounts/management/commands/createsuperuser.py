"""Django's createsuperuser, with a sentence instead of a traceback when the address is taken or none."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.core.management.base import CommandError
from django.db import IntegrityError


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            super().handle(*args, **options)
        except IntegrityError:
            raise CommandError("There is already an account with this address.") from None
        except ValueError as error:
            raise CommandError(f"The address cannot be used: {error}.") from None
