"""Every Python block of README.md and docs/ runs, and prints what the text block below it shows."""

import contextlib
import io
import re
import traceback
from dataclasses import dataclass, field
from pathlib import Path

import pytest

# What is shown to users warns of nothing.
pytestmark = pytest.mark.filterwarnings("error")

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,}|~{3,}) *(?P<language>[^\s`]*)")
# A block under one of these names would look like Python and never be run.
ALIASES = {"Python", "py", "python3", "pycon", "py3"}


@dataclass
class Fenced:
    """A fenced block: its language, the line of its opening fence, and its text."""

    language: str
    line: int
    text: str
    end: int


@dataclass
class Block:
    """A Python block, and the output shown below it, if any."""

    name: str
    line: int
    code: str
    shown: str | None


@dataclass
class Document:
    """A Markdown file whose Python blocks run in order and share their names and folder."""

    path: Path
    blocks: list[Block]
    namespace: dict = field(default_factory=lambda: {"__name__": "__main__"})
    printed: dict[int, str] = field(default_factory=dict)
    failed: str | None = None

    def run_until(self, block):
        """Run the blocks up to this one, each once, and return what this one printed."""
        for earlier in self.blocks[: self.blocks.index(block) + 1]:
            if earlier.line in self.printed:
                continue
            if self.failed is not None:
                pytest.fail(f"not run, since {self.failed} failed", pytrace=False)
            self.printed[earlier.line] = self.run(earlier)
        return self.printed[block.line]

    def run(self, block):
        # Empty lines in front make a traceback name the line in the document.
        source = "\n" * block.line + block.code
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(source, str(self.path), "exec"), self.namespace)
        except Exception:
            self.failed = block.name
            pytest.fail(f"{block.name}\n{traceback.format_exc()}", pytrace=False)
        return printed.getvalue()


def fenced_blocks(path):
    """List the fenced blocks of a Markdown file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found, opening, start = [], None, 0
    for number, line in enumerate(lines, start=1):
        fence = FENCE.match(line)
        if opening is None:
            opening, start = fence, number
        elif fence and fence["ticks"].startswith(opening["ticks"]) and not fence["language"]:
            indented = re.compile(f"^ {{0,{len(opening['indent'])}}}")
            body = [indented.sub("", line) for line in lines[start : number - 1]]
            found.append(Fenced(opening["language"], start, "\n".join(body), number))
            opening = None
    assert opening is None, f"{path.name}:{start}: this block is never closed"
    return found, lines


def read(path):
    """Read a Markdown file's Python blocks, each with the text block directly below it."""
    fenced, lines = fenced_blocks(path)
    blocks = []
    for block, following in zip(fenced, [*fenced, None][1:], strict=True):
        name = f"{path.relative_to(ROOT)}:{block.line}"
        assert block.language not in ALIASES, f"{name}: call it python, so that it is run"
        if block.language == "python":
            shown = following is not None and following.language == "text"
            shown = shown and not "".join(lines[block.end : following.line - 1]).strip()
            blocks.append(Block(name, block.line, block.text, following.text if shown else None))
    return Document(path, blocks)


def without_trailing_space(text):
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines())


PATHS = [path for path in [README, *sorted((ROOT / "docs").rglob("*.md"))] if path.exists()]
CASES = [
    pytest.param(document, block, id=block.name)
    for document in map(read, PATHS)
    for block in document.blocks
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """One empty folder for each document: a block may read what an earlier one wrote."""
    return {path: tmp_path_factory.mktemp(path.stem) for path in PATHS}


def test_the_readme_shows_code():
    assert README.exists(), "there is no README.md"
    assert read(README).blocks, "README.md holds no Python block"


@pytest.mark.parametrize(("document", "block"), CASES)
def test_block_runs_and_prints_what_is_shown(document, block, folders, monkeypatch):
    monkeypatch.chdir(folders[document.path])
    printed = document.run_until(block)
    if block.shown is not None:
        assert without_trailing_space(printed) == without_trailing_space(block.shown)
