"""Turns a named mail and its values into a message of text and HTML, and hands it to Django's mail backend."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parseaddr

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from accounts.mails import MAILS, MailName
from config.orchestrator import get_orchestrator


def send(name: MailName, to: str, values: Mapping[str, str], token: str | None = None) -> None:
    """Send it. Links begin with the configured address, and carry the token in the fragment, which no server logs."""
    email = get_orchestrator().email_service
    mail = MAILS[name]
    filled = {
        **values,
        "cancel_link": page_address("cancel-email-change", values.get("cancel_token")),
        "new_password_link": page_address("forgot-password"),
    }
    context = {
        "subject": mail.subject,
        "paragraphs": [paragraph.format(**filled) for paragraph in mail.paragraphs],
        "button": mail.button,
        "link": page_address(mail.page, token) if mail.page else "",
        "sender": parseaddr(email.sender)[0] or email.sender,
    }
    message = EmailMultiAlternatives(mail.subject, render_to_string("accounts/mail.txt", context), email.sender, [to])
    message.attach_alternative(render_to_string("accounts/mail.html", context), "text/html")
    message.send()


def page_address(page: str, token: str | None = None) -> str:
    """Where a page of the account lives, for the people who get the mail."""
    base = get_orchestrator().email_service.link_base_url
    return f"{base}/account/{page}" + (f"#token={token}" if token else "")
