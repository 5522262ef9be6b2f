"""`jishi`, the command line: data to stdout, messages to stderr, 0 only on success.

Knows the list of commands and where each lives; must not import one before it is asked for, since some take a second.
"""

from __future__ import annotations

from importlib import import_module

import click

# name: (module below api.commands, attribute, what `jishi --help` says: the first sentence of the command's own help)
COMMANDS = {
    "up": ("serving", "up", "Start everything: database, demo operator, model, server. 一键启动。"),
    "serve": ("serving", "serve", "Serve the API over what is there: no demo, no training. 仅启动服务。"),
    "import": ("data", "import_", "Import FILE: a catalog (JSON, Excel), other kinds from CSV or Parquet. 导入文件。"),
    "export": ("export", "export", "Write the catalog to FILE: Excel, JSON or TMF620 JSON. 导出目录。"),
    "lint": ("lint", "lint", "Look for what is wrong with the catalog, or with FILE before it lands. 检查目录。"),
    "demo": (
        "demo",
        "demo",
        "Make the demo operator: files with --files, else into an empty database. 生成演示运营商。",
    ),
    "train": ("training", "train", "Learn from everybody's products, judge, promote the better. 训练并上线模型。"),
    "evaluate": (
        "training",
        "evaluate",
        "Judge every candidate on withheld data, and change nothing. 评估所有候选模型。",
    ),
    "score": ("scoring", "score", "Score everybody with the model that serves, as Parquet. 为全部客户评分。"),
    "models": ("models", "models", "Models that were trained: which there are, which serves. 模型管理。"),
    "insight": (
        "insight",
        "insight",
        "Reckon value, risk, stages, needs, moments, plays and health anew. 更新客户与产品洞察。",
    ),
    "tag": ("tag", "tag", "Set and take back tags by their rules, of everybody. 按规则为全部客户打标签。"),
    "move-holders": (
        "holders",
        "move_holders",
        "Do the moves of holders to another version that are due. 执行到期的在用客户版本迁移。",
    ),
    "token": ("token", "token", "Print a token for ROLE, signed with the key in JISHI_HOME. 签发访问令牌。"),
    "documents": (
        "documents",
        "documents",
        "Documents that front-ends upload and then ask for by id. 登记前端文档。",
    ),
    "schema": ("schema", "schema", "Print the GraphQL schema. 打印 GraphQL 模式。"),
    "migrate": ("schema", "migrate", "Bring the database to this version's shape. 升级数据库结构。"),
    "config": ("config", "config", "Show the settings in force and where each comes from. 查看生效的设置。"),
    "doctor": ("doctor", "doctor", "Look for what is wrong here, and say what to do. 体检并给出处理办法。"),
    "backup": ("backup", "backup", "Write the whole database to FILE, at one moment. 备份数据库。"),
    "restore": ("backup", "restore", "Bring a backup back and compare every table with it. 恢复备份并逐表核对。"),
}


class Lazy(click.Group):
    """Imports a command's module when the command is run or asked for help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"api.commands.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, _, summary) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="jishi")
def main() -> None:
    """Jishi (集市): the offer backend of a mobile operator. 移动运营商的商品与推荐后台。

    Begin with `jishi up`. Settings are read from the environment; `jishi config` shows them all.
    """


if __name__ == "__main__":
    main()
