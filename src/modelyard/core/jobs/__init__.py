"""Long work: what it is, who runs it, what it says.

`store` keeps jobs and events, `worker` starts processes, `process` is what happens inside one, `context` is what the
function that does the work is given.
"""
