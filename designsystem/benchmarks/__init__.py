"""What the engine costs and how right it is, measured on the machine at hand. Knows no Django."""
