"""What the gallery has to know of the examples: their titles and order, where their figures are."""

import ast
import shutil
import tempfile
from pathlib import Path

from sphinx_gallery.scrapers import figure_rst

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
OUTPUT = Path(tempfile.gettempdir()) / "neurosim-gallery"
# From the first neuron on; what is not named here follows by name.
ORDER = [
    "perceptron",
    "lecture",
    "walkthrough",
    "salary",
    "batch_and_incremental",
    "error_surface",
    "learning_rates",
    "early_stopping",
    "encoder",
    "spirals",
    "digits",
    "custom_topology",
    "evolution",
]
# Pictures for those that draw none.
THUMBNAILS = {
    "perceptron": "lines.png",
    "lecture": "course.png",
    "walkthrough": "equations.png",
    "digits": "tutorial-digits.png",
}


def with_titles(folder):
    """Copy the examples, the first line of each underlined: that makes it the page's title."""
    folder.mkdir(parents=True, exist_ok=True)
    for gone in {path.name for path in folder.iterdir()} - {path.name for path in sources()}:
        (folder / gone).unlink()
    for path in sources():
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".py":
            first, rest = text.split("\n", 1)
            first = first.removesuffix(".")
            text = "\n".join([first, "=" * len(first), rest])
            if path.stem in THUMBNAILS:
                text += f'\n# sphinx_gallery_thumbnail_path = "images/{THUMBNAILS[path.stem]}"\n'
        (folder / path.name).write_text(text, encoding="utf-8")
    return str(folder)


def sources():
    return [*EXAMPLES.glob("*.py"), EXAMPLES / "README.rst"]


class Order:
    """Sorts the examples as one would read them."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, filename):
        stem = Path(filename).stem
        return (ORDER.index(stem) if stem in ORDER else len(ORDER), stem)


def arguments(gallery_conf, script_vars):
    """Give each example what it has as a script: its docstring, its place, its arguments."""
    script = Path(script_vars["src_file"])
    tree = ast.parse(script.read_text(encoding="utf-8"))
    names = {"__doc__": ast.get_docstring(tree), "__file__": str(script)}
    script_vars["example_globals"].update(names)
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir()
    return ["--output", str(OUTPUT)]


def written_figures(block, block_vars, gallery_conf):
    """Show what the example has written as PNG."""
    shown = []
    for figure in sorted(OUTPUT.glob("*.png")):
        path = next(block_vars["image_path_iterator"])
        shutil.move(figure, path)
        shown.append(path)
    return figure_rst(shown, gallery_conf["src_dir"])
