"""What every layer may use: errors, ids, actor, registry, optional imports, clock."""
