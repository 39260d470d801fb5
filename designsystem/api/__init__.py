"""One module a journey: its view and its serializers."""
