"""Who may do what: an app's roles and resource policies as they are deployed, and the policy that deploying it needs."""
