"""From an app to an account: what `ifc deploy`, `destroy`, `status`, `rollback` and `promote` do there."""
