"""Payment providers as their public documents describe them, with buttons for what goes wrong."""
