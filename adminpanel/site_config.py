"""Puts the admin site of `adminpanel.site` in the place of Django's own."""

from django.contrib.admin.apps import AdminConfig


class SiteConfig(AdminConfig):
    default_site = "adminpanel.site.AdminSite"
