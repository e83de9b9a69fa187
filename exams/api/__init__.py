"""What the examination page's script talks to."""
