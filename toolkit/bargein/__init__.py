"""What happens when the user interrupts a speaking voice AI, and how to make it right."""
