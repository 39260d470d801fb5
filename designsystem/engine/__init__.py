"""The measuring engine: bytes in, values out. A pure library: no Django, network, configuration or clock."""
