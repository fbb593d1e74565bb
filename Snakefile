"""The whole workbench: from the data registries to the rendered book.

``snakemake --cores all`` runs the default profile (config/laptop.yaml);
``snakemake --cores all --configfile config/smoke.yaml`` another.
"""

from snakemake.utils import min_version

min_version("9.0")


# Paths are relative to the checkout, wherever the run was started.
workdir: workflow.basedir


if not workflow.overwrite_configfiles:

    configfile: "config/laptop.yaml"


report: "workflows/report/workflow.rst"


include: "workflows/rules/common.smk"
include: "workflows/rules/data.smk"
include: "workflows/rules/videos.smk"
include: "workflows/rules/triples.smk"
include: "workflows/rules/edits.smk"
include: "workflows/rules/features.smk"
include: "workflows/rules/editing.smk"
include: "workflows/rules/experiments.smk"
include: "workflows/rules/book.smk"


rule all:
    """Every result, their summary, and the book."""
    default_target: True
    input:
        SUMMARY,
        BOOK,
