"""The faces a study page talks to: take the lease, send ticks."""
