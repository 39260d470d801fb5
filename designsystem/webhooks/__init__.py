"""Sending webhooks by the Standard Webhooks specification, to public addresses only."""
