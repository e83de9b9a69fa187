"""Password hashing sized for a login storm before an examination."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """argon2id with 19 MiB, two passes, one lane: the OWASP minimum, about 19 ms of CPU."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
