"""Foreign logs and labels, and public recordings by manifest: what others wrote, in our words."""
