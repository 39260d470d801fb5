"""Pictures in, design tokens out: the engine that measures, and the services, API and commands around it."""
