"""`jishi`, the command line: data to stdout, messages to stderr, 0 only on success.

Knows the list of commands; each lives in a module of its own below commands/.
"""

from __future__ import annotations

import click

from api.commands import data, schema, serving, token, training


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="jishi")
def main() -> None:
    """Jishi (集市): the offer backend of a mobile operator. 移动运营商的商品与推荐后台。

    Begin with `jishi up`. Settings are read from the environment: JISHI_HOME, JISHI_DATABASE_URL, JISHI_HOST,
    JISHI_PORT, JISHI_TIMEZONE.
    """


for command in (
    serving.up,
    serving.serve,
    data.import_,
    training.train,
    training.evaluate,
    training.models,
    token.token,
    schema.schema,
    schema.migrate,
):
    main.add_command(command)
