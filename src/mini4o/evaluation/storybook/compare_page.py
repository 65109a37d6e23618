"""A comparison of reports as a page."""

import re
from html import escape
from typing import Any

from mini4o.evaluation.storybook.compare import legend, told
from mini4o.evaluation.storybook.page import document
from mini4o.evaluation.storybook.tables import cell


def page(result: dict[str, Any]) -> str:
    """The page: who is compared, what is to be noted, a table for each split."""
    letters = [chr(ord("A") + number) for number in range(len(result["models"]))]
    body = ["<h1>Reports side by side</h1>", '<dl class="facts">']
    for letter, model in zip(letters, result["models"], strict=True):
        about = (
            f"{model['model']}, hash {model['model_hash']}, {model['count']} samples of each part, {model['report']}"
        )
        body.append(f"<div><dt>{letter}</dt><dd>{escape(about)}</dd></div>")
    body.append("</dl>")
    body += [f"<p>{escape(note)}.</p>" for note in result["notes"]]
    body.append(f"<p>{escape(legend(result))}</p>")
    heads = "".join(f"<th>{head}</th>" for head in ("", *letters, *(f"{letter} − A" for letter in letters[1:])))
    for split in result["splits"]:
        body.append(f'<h2>{escape(split)}</h2><div class="scroll"><table><tr>{heads}</tr>')
        for row in result["rows"]:
            if row["split"] == split:
                cells = [escape(row["row"]), *map(cell, row["shares"])]
                cells += [re.sub(r"\*\*(.*)\*\*", r"<b>\1</b>", told(each)) for each in row["differences"][1:]]
                body.append(f"<tr>{''.join(f'<td>{each}</td>' for each in cells)}</tr>")
        body.append("</table></div>")
    return document("reports side by side", body)
