"""The registers of the catalog: a file brings them, and the snapshot has them as the file said."""

from __future__ import annotations

from datetime import UTC, datetime

from catalog import service, store
from catalog.documents import document
from catalog.documents import write as document_write
from catalog.registry import REGISTERS

AT = datetime(2026, 3, 1, tzinfo=UTC)
FILE = {
    "categories": [{"code": "net", "name": {"zh": "网络", "en": "Network"}}],
    "productSpecification": [
        {
            "code": "LINE",
            "name": {"zh": "专线", "en": "Leased line"},
            "brand": "和商务",
            "productSpecCharacteristic": [
                {
                    "name": "speed",
                    "valueType": "NUMBER",
                    "minCardinality": 1,
                    "maxCardinality": 1,
                    "productSpecCharacteristicValue": [
                        {"value": "100", "unitOfMeasure": "Mbit/s", "isDefault": True},
                        {"valueFrom": "200", "valueTo": "1000", "unitOfMeasure": "Mbit/s"},
                    ],
                }
            ],
            "productSpecificationRelationship": [{"relationshipType": "DEPENDENCY", "target": "ACCESS"}],
        }
    ],
    "place": [{"code": "shanxi/taiyuan", "name": {"zh": "太原"}, "kind": "city"}],
    "channel": [{"code": "10086", "name": {"zh": "热线"}, "handles": "STANDARD"}],
    "policy": [
        {
            "code": "business",
            "name": {"zh": "仅限集团", "en": "Enterprises only"},
            "condition": {"fact": "customer.kind", "in": ["ENTERPRISE"]},
            "visibility": "LOCKED",
            "validFor": {"startDateTime": "2026-01-01T00:00:00+00:00"},
        }
    ],
    "solution": [{"code": "campus", "name": {"zh": "智慧校园"}, "kind": ["CAMPUS"], "offering": ["LINE_100"]}],
    "offerings": [
        {
            "code": "LINE_100",
            "name": {"zh": "百兆专线"},
            "category": ["net"],
            "complexity": "COMPLEX",
            "productSpecification": "LINE",
            "prodSpecCharValueUse": [{"name": "speed", "value": ["100", "200"], "default": "100"}],
            "place": ["shanxi/taiyuan"],
            "marketSegment": ["park-1"],
            "policy": ["business"],
            "allowedAction": ["add", "modify"],
            "trial": {"duration": {"amount": "1", "units": "month"}, "conversion": "CONVERT"},
        }
    ],
}


def read():
    wanted, problems = document.read(FILE, UTC)
    assert problems == ()
    return wanted


async def test_what_a_file_says_is_in_the_snapshot_and_a_second_time_changes_nothing(db):
    wanted = read()
    async with db.transaction() as conn:
        first = await service.apply_document(conn, wanted, await store.load_within(conn, AT), AT)
    snapshot = await store.load(db, AT)
    assert first.entries == 5
    assert snapshot.specifications == {"LINE": wanted.entries["specification"][0]}
    assert snapshot.places["shanxi/taiyuan"].parent == "shanxi"
    assert snapshot.channels["10086"].handles == "STANDARD"
    assert snapshot.policies == {"business": wanted.entries["policy"][0]}
    assert snapshot.solutions["campus"].offering == ("LINE_100",)
    assert snapshot.versions["LINE_100"][0].same_content(wanted.offerings[0])
    async with db.transaction() as conn:
        second = await service.apply_document(conn, wanted, await store.load_within(conn, AT), AT)
    assert second.is_empty


async def test_a_changed_entry_gets_the_next_etag(db):
    wanted = read()
    policy = FILE["policy"][0]
    changed, _ = document.read({"policy": [{**policy, "visibility": "HIDDEN"}]}, UTC)
    for document_ in (wanted, changed):
        async with db.transaction() as conn:
            await service.apply_document(conn, document_, await store.load_within(conn, AT), AT)
    found = (await store.load(db, AT)).policies["business"]
    assert (found.etag, found.visibility) == (2, "HIDDEN")


def test_what_is_written_reads_the_same():
    wanted = read()
    written = {
        REGISTERS[kind].key: [REGISTERS[kind].write(one) for one in found] for kind, found in wanted.entries.items()
    }
    again, problems = document.read(
        {**written, "offerings": [document_write.written(one) for one in wanted.offerings]}, UTC
    )
    assert problems == ()
    assert again.entries == wanted.entries
    assert again.offerings == wanted.offerings


def test_a_wrong_entry_is_named_by_its_place():
    _, problems = document.read({"channel": [{"code": "10086", "name": {"zh": "热线"}, "handles": "EASY"}]}, UTC)
    assert [problem.place for problem in problems] == ["channel[0].handles"]
