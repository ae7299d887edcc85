"""Reviews: two versions of an app compared by what they mean, and what follows from the change."""
