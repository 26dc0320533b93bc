"""What jobs do, in their own process: each module has a ``run(context)``."""
