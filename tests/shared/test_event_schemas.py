from shared.events import EVENTS
from shared.events.schema import FOLDER, schemas


def test_the_committed_schemas_are_those_of_the_classes() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}

    assert committed == schemas(), "python -m shared.events.schema writes them anew"


def test_every_event_names_a_key_and_a_subject_that_it_has() -> None:
    schemas()

    for name, event in EVENTS.items():
        assert event.key_field in event.model_fields, name
        assert event.subject_field in event.model_fields, name
