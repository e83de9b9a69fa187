"""Jobs in the background, dated figures, statements and seat plans."""

from dashboards.models.jobs import Job

__all__ = ["Job"]
