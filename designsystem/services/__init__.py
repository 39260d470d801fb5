"""The journeys of a picture. They know no HTTP."""
