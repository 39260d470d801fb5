"""Taking every second factor from somebody who lost theirs: what staff do once they know who asks."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Model

from accounts.mails import MailName
from accounts.models import EndReason, Passkey, RecoveryCode, TotpDevice, User
from accounts.services.credentials import CredentialService
from accounts.services.forced_password_reset import ForcedPasswordReset
from accounts.services.lockout import AccountLockoutService, Factor
from accounts.services.outbox import Outbox
from config.errors import DomainError, Kind


@dataclass(frozen=True, slots=True)
class FactorReset:
    """Call inside a transaction, with the user's row locked; whoever calls records who did it and why."""

    credentials: CredentialService = field(default_factory=CredentialService)
    lockout: AccountLockoutService = field(default_factory=AccountLockoutService)
    passwords: ForcedPasswordReset = field(default_factory=ForcedPasswordReset)
    outbox: Outbox = field(default_factory=Outbox)

    def reset(self, user: User) -> list[str]:
        """Authenticator app, passkeys and recovery codes are gone, every credential is dead, the user is told.

        Gives what there was, as the trail names it; DomainError (CONFLICT) when there was nothing. The password stays
        unless it is too short to stand alone: with it alone, an account that must have a second factor can do nothing
        but enrol one. A short one is void, and a link to a new one is mailed.
        """
        # a factor that is bound anew begins with no failures (NIST SP 800-63B-4, 3.2.2)
        kinds: dict[type[Model], Factor] = {
            TotpDevice: Factor.TOTP,
            Passkey: Factor.PASSKEY,
            RecoveryCode: Factor.RECOVERY_CODE,
        }
        found = [factor for model, factor in kinds.items() if model._default_manager.filter(user=user).delete()[0]]
        if not found:
            raise DomainError("no_second_factor", "The account has no second factor.", Kind.CONFLICT)
        self.lockout.unlock(user, *kinds.values())
        if user.password_needs_second_factor:
            self.passwords.force(user)
        else:
            self.credentials.revoke(user, EndReason.CREDENTIALS_CHANGED)
        self.outbox.mail(MailName.FACTORS_RESET, user.email)
        return [factor.value for factor in found]
