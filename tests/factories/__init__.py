"""One module of factories an app: ``from tests.factories.people import PersonFactory``."""
