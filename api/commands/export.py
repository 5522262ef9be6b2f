"""`jishi export`: the catalog as a file, in the form that its name says.

Knows options, progress and how a file replaces another; must not know what stands in it.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

import click
from tqdm import tqdm

from api.clock import utc_now
from api.commands.common import json_option, mendable, report, run, say, settings, stop
from api.database import connected
from catalog.documents import exporting
from catalog.documents.exporting import Selection
from catalog.documents.file_form import Form
from catalog.documents.written import Json
from catalog.period import instant

# The longest first: catalog.tmf620.json is no document of ours.
FORMS = {".tmf620.json": Form.TMF620, ".json": Form.JSON, ".xlsx": Form.WORKBOOK}


@click.command()
@click.argument("kind", type=click.Choice(["catalog"]))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--at", "at_text", help="What is sold at this time, only. 仅导出该时刻在售的版本。")
@click.option("--all-versions", is_flag=True, help="Versions that have ended as well. 包含已结束的版本。")
@click.option("--category", help="What stands in or below this category. 仅此类目及其下级。")
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="Of names where TMF620 has room for one. TMF620 中名称的语言。",
)
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists. 覆盖已有文件。")
@json_option
@mendable
def export(
    kind: str,
    file: Path,
    at_text: str | None,
    all_versions: bool,
    category: str | None,
    lang: str,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Write the catalog to FILE: Excel, JSON or TMF620 JSON. 导出目录。

    The name says the form: .xlsx, .json or .tmf620.json. By default every version that is sold or will be, drafts
    included; imported again, the file changes nothing.
    """
    form = next((form for ending, form in FORMS.items() if file.name.endswith(ending)), None)
    if form is None:
        stop(f"{file} ends in none of {', '.join(FORMS)}; the ending says the form 请用这些扩展名之一")
    if file.exists() and not overwrite:
        stop(f"{file} exists; choose another name, or pass --overwrite 文件已存在")
    if at_text and all_versions:
        stop("--at and --all-versions contradict each other 两个选项不能同时使用")
    chosen = settings()
    try:
        at = instant(at_text, chosen.timezone) if at_text else None
    except ValueError:
        stop(f"--at {at_text} is no time; write 2026-03-01 or 2026-03-01T02:00:00+08:00 时间格式不对")
    selection = Selection(utc_now(), at, all_versions, category)

    async def work() -> Json:
        async with connected(chosen, command_timeout=None) as db:
            # Etags let a workbook notice that somebody else was faster; elsewhere they would say nothing.
            return await exporting.document(db, selection, etags=form is Form.WORKBOOK)

    node = run(work())
    with tqdm(desc=file.name, unit=" rows", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:

        def progress(done: int) -> None:
            bar.update(done - bar.n)

        raw = exporting.written(form, node, chosen.timezone, language=lang, progress=progress)
    put(file, raw)
    versions = len(node.get("offerings", ()))
    report({"file": str(file), "form": form.value, "versions": versions, "bytes": len(raw)}, as_json, "")
    say(f"{file}: {versions:,} versions of offerings, {len(raw) / 1e6:,.1f} MB 导出完成")


def put(file: Path, raw: bytes) -> None:
    """The file whole or not at all: under a temporary name beside it, then renamed."""
    unfinished = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with unfinished.open("wb") as target:
            target.write(raw)
            target.flush()
            os.fsync(target.fileno())
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
