"""Every table of the product, imported so that `core.db.schema.metadata` is complete."""

from core.activities import model as activities
from core.bookings import model as bookings
from core.conversations import model as conversations
from core.messages import model as messages
from core.passes import model as passes
from core.people import model as people
from core.people import staff_model as staff
from core.stats import model as stats
from core.tracing import model as tracing
from core.visits import model as visits

__all__ = [
    "activities",
    "bookings",
    "conversations",
    "messages",
    "passes",
    "people",
    "staff",
    "stats",
    "tracing",
    "visits",
]
