"""How the admin site writes dates: as the trail and the API do."""
