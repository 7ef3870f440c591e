"""The JSON Schema of definitions: `python -m core.activities.schema > docs/activity.schema.json`.

It knows shapes, so that an editor can help while writing; what fits together is `paso activity check`'s to
say.
"""

from __future__ import annotations

import json
import sys

from core.activities.definition import Activity


def schema() -> str:
    """As published, JSON Schema 2020-12."""
    described = Activity.model_json_schema(mode="validation")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "activity.schema.json"}
    described["properties"]["$schema"] = {"type": "string", "description": "For editors; not kept."}
    return json.dumps({**head, **described}, ensure_ascii=False, indent=2, sort_keys=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema())
