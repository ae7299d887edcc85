"""x."""
from ifc.review.review import Review
def judge(review: Review) -> None:
    """X."""
