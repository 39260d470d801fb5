"""Words in templates of the console."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def words(name: str) -> str:
    """ "batch_pictures" as "Batch pictures"."""
    return name.replace("_", " ").capitalize()
