"""The text and the tables of a model card, to hold two cards against each other: everything but the measured figures."""

import re


def split_cells(text):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", text)]


def is_rule(cell):
    return re.fullmatch(r":?-+:?", cell) is not None


def is_figure(cell):
    return re.fullmatch(r"-?\d+(\.\d+)?", cell) is not None


def structure(card):
    """The text between the tables with white space folded, and of every table its columns and its rows in order of their
    parameters, figures left out. Reads cards whose line breaks were lost, too."""
    cells = split_cells(card)
    prose, tables = [], []
    i = 0
    while i < len(cells):
        width = table_width(cells, i)
        if width:
            header = cells[i + 1:i + 1 + width]
            at = i + 2 + 2 * width  # behind the rule
            rows = []
            while at + width < len(cells) and cells[at] == "" and cells[at + 1] != "":
                rows.append(["figure" if is_figure(cell) else cell for cell in cells[at + 1:at + 1 + width]])
                at += width + 1
            tables.append((header, sorted(rows)))
            prose.append(" ".join(cells[i].split()))
            prose.append("<table>")
            i = at
        else:
            prose.append(" ".join(cells[i].split()))
            i += 1
    return " ".join(part for part in prose if part), tables


def table_width(cells, i):
    """Columns of the table that starts behind cell i: as many as its rule has, which follows the header. 0: there is none."""
    for width in range(1, (len(cells) - i) // 2):
        rule = cells[i + 2 + width:i + 2 + 2 * width]
        if cells[i + 1 + width] == "" and all(map(is_rule, rule)) and not is_rule(cells[i + 1]):
            return width
    return 0


def comparable(text, tag, local=False):
    """Without what may differ: the duration and the model's tag. `local`: the reference ran on SageMaker and we run here, and
    the card says so."""
    if local:
        text = re.sub(r"\*\*Backend:\*\* `sagemaker-training` \*\*Backend args:\*\* `{.*?}`",
                      "**Backend:** `local` **Backend args:** `{}`", text)
    text = re.sub(r"were run for [\d.]+ seconds per config", "were run for N seconds per config", text)
    return re.sub(r"tags: - \w+", f"tags: - {tag}", text)
