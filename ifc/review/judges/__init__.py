"""The judges: one file for each subject, with `judge(review)`, which takes the changes that it understands and says what they mean."""
