"""Personas for the tests of every app."""
