"""`jishi documents`: what front-end builds upload, so that their requests name documents instead of sending them.

Knows options, files and reports; must not know how a document is checked or kept.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from api.clock import utc_now
from api.commands.common import command_line_caller, json_option, mendable, report, run, run_stoppable, say, stop
from api.commands.common import settings as chosen_settings
from api.database import connected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.persisted import Change

app_option = click.option(
    "--app", default="default", show_default=True, help="Whose documents: each front-end has its own. 应用名。"
)


@click.group()
def documents() -> None:
    """Documents that front-ends upload and then ask for by id. 登记前端文档。"""


@documents.command()
@click.argument("manifest", type=click.Path(path_type=Path, dir_okay=False))
@app_option
@click.option("--dry-run", is_flag=True, help="Check everything, and change nothing. 试运行。")
@click.option("--prune", is_flag=True, help="Remove what the manifest no longer names. 删除清单中没有的文档。")
@json_option
@mendable
def sync(manifest: Path, app: str, dry_run: bool, prune: bool, as_json: bool) -> None:
    """Upload MANIFEST, which the front-end's build made: all of it, or nothing. 上传文档清单。

    A map of ids and documents (Relay, graphql-codegen), or Apollo's manifest. Every document is checked against the
    schema and the limits first. A second run changes nothing.
    """
    from api.persisted import BadManifest, read_manifest

    try:
        wanted = read_manifest(manifest.read_bytes())
        if wrong := _wrong(wanted):
            report({"problems": wrong}, as_json, "")
            for one in wrong:
                say(f"{one['id']}: {one['message']}")
            stop(f"{len(wrong)} of {len(wanted)} documents cannot be served; nothing was uploaded 文档有误，未上传")
        change = run_stoppable(lambda: _sync(app, wanted, prune=prune, dry_run=dry_run))
    except BadManifest as error:
        stop(str(error))
    counts = {
        "app": app,
        "new": len(change.new),
        "changed": len(change.changed),
        "unchanged": len(change.unchanged),
        "removed": len(change.removed),
        "dryRun": dry_run,
    }
    report(counts, as_json, "")
    say(
        f"{counts['new']} new, {counts['changed']} changed, {counts['unchanged']} unchanged, "
        f"{counts['removed']} removed {'(dry run) ' * dry_run}文档已登记"
    )


@documents.command("list")
@click.option("--app", default=None, help="Only those of this app. 仅此应用。")
@json_option
@mendable
def list_(app: str | None, as_json: bool) -> None:
    """The documents that are there, by app and id. 列出文档。"""
    found = run(_documents(app))
    lines = [f"{one['app']}  {one['id']}  {one['at']:%Y-%m-%d %H:%M}  {one['operations']}" for one in found]
    report(found, as_json, "\n".join(lines) or "no documents yet; run jishi documents sync 尚无文档")


@documents.command()
@click.argument("ids", nargs=-1, required=True)
@app_option
@json_option
@mendable
def remove(ids: tuple[str, ...], app: str, as_json: bool) -> None:
    """Take the documents with these IDS away. 删除文档。"""
    found = run(_remove(app, ids))
    report({"app": app, "removed": found}, as_json, "")
    if missing := sorted(set(ids) - set(found)):
        stop(f"the app {app} has no document {missing[0]}; see jishi documents list 没有该文档")
    say(f"{len(found)} removed 已删除")


def _wrong(wanted: Mapping[str, str]) -> list[dict[str, Any]]:
    """What keeps documents from being served, the first problem of each."""
    from api.graphql.document import Documents, Refused
    from api.graphql.errors import Expected
    from api.graphql.limits import Limits
    from api.graphql.schema import schema

    known, wrong = Documents(schema._schema, Limits()), []
    bar = tqdm(wanted.items(), desc="documents", unit="", file=sys.stderr, disable=not sys.stderr.isatty())
    for id_, text in bar:
        try:
            known.prepare(text, role="developer")
        except Refused as error:
            places = error.errors[0].locations or []
            place = f" (line {places[0].line}, column {places[0].column})" if places else ""
            wrong.append({"id": id_, "code": error.code, "message": error.errors[0].message + place})
        except Expected as error:
            wrong.append({"id": id_, "code": error.code, "message": f"{error.text['en']} {error.text['zh']}"})
    return wrong


async def _sync(app: str, wanted: Mapping[str, str], *, prune: bool, dry_run: bool) -> Change:
    from api import persisted_store

    async with connected(chosen_settings()) as db:
        caller = command_line_caller()
        return await persisted_store.sync(db, app, wanted, prune=prune, dry_run=dry_run, caller=caller, at=utc_now())


async def _documents(app: str | None) -> list[dict[str, Any]]:
    from graphql import OperationDefinitionNode, parse

    from api import persisted_store

    async with connected(chosen_settings()) as db:
        found = await persisted_store.documents(db, app)
    rows = []
    for one in found:
        nodes = parse(one.text, no_location=True).definitions
        operations = [node for node in nodes if isinstance(node, OperationDefinitionNode)]
        names = ", ".join(
            f"{node.operation.value} {node.name.value if node.name else ''}".strip() for node in operations
        )
        rows.append({"app": one.app, "id": one.id, "sha256": one.digest, "at": one.at, "operations": names})
    return rows


async def _remove(app: str, ids: tuple[str, ...]) -> list[str]:
    from api import persisted_store

    async with connected(chosen_settings()) as db:
        return await persisted_store.remove(db, app, ids, caller=command_line_caller(), at=utc_now())
