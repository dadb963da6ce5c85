"""The documentation site: `make docs` builds it, in docs/_build/html."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_extensions")]
os.environ["MPLBACKEND"] = "agg"  # the examples draw into files

import gallery
import linking
from numpydoc.xref import DEFAULT_LINKS

import neurosim as ns

# They go by these names, and are documented under them.
sys.modules |= {"neurosim.callbacks": ns.callbacks, "neurosim.schedules": ns.schedules}

project = "neurosim"
author = "the neurosim authors"
project_copyright = author
version = release = ns.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "formulas",
    "linking",
]
exclude_patterns = ["_build", "gallery/**/*.md5", "gallery/sg_execution_times.rst"]
templates_path = ["_templates"]
# Names in single backticks: a link where they are public, code where not.
default_role = "name"

# -- pages -----------------------------------------------------------------------------------

myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3  # as code hosts have them, so that a link to a heading works in both
suppress_warnings = ["config.cache"]

html_theme = "furo"
html_math_renderer = "mathml"
html_title = f"neurosim {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
pygments_style = "friendly"
pygments_dark_style = "native"

# -- the reference -----------------------------------------------------------------------------

autosummary_generate = True
autosummary_ignore_module_all = False
# These two would be one file where a file system does not tell upper from lower case.
autosummary_filename_map = {"neurosim.walkthrough": "neurosim.walkthrough-function"}
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "none"  # types are in the docstrings, with their shapes
numpydoc_show_class_members = False  # the template lists them
numpydoc_class_members_toctree = False
# Types that are classes of neurosim are links, other words are words.
DEFAULT_LINKS.clear()
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"
numpydoc_xref_aliases = linking.classes()

# -- the gallery ---------------------------------------------------------------------------------

sphinx_gallery_conf = {
    "examples_dirs": gallery.with_titles(HERE / "_build" / "examples"),
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "ignore_pattern": r"__init__\.py$",
    "copyfile_regex": r"(?!)",
    "within_subsection_order": "gallery.Order",
    "image_scrapers": "gallery.written_figures",
    "reset_argv": "gallery.arguments",
    "default_thumb_file": str(HERE / "images" / "xor.png"),
    "remove_config_comments": True,
    "abort_on_example_error": True,
    "only_warn_on_example_error": False,
    "download_all_examples": False,
    "notebook_extensions": set(),  # they are scripts with arguments, no notebooks
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 1e9,
    "write_computation_times": False,
}
