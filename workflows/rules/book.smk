# From results to readers: the summary table, the README's table, and the book.

BOOK = f"build/{config['profile']}/html/index.html"


localrules:
    summary,
    book,
    readme,


rule summary:
    """The headline numbers of all experiments in one table."""
    input:
        headlines=[output.headline for output in EXPERIMENTS],
        script=tracked("workflows/scripts/summarise.py"),
    output:
        summary=report(SUMMARY, caption="../report/summary.rst", category="summary"),
    log:
        f"{LOGS}/summary.log",
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    conda:
        "../../environment.yml"
    script:
        "../scripts/summarise.py"


rule book:
    """The rendered book, built with every warning an error."""
    input:
        chapters=tracked(*sorted(path for path in Path("book").rglob("*") if path.is_file())),
        results=[path for output in EXPERIMENTS for path in output],
        summary=SUMMARY,
        schema=tracked("config/schema.yaml"),
        script=tracked("workflows/scripts/build_book.py"),
    output:
        index=BOOK,
    log:
        f"{LOGS}/book.log",
    threads: 1
    resources:
        mem_mb=2000,
        runtime=15,
    conda:
        "../../environment.yml"
    script:
        "../scripts/build_book.py"


rule readme:
    """Write the results table of the README anew; run by hand after a laptop run, for its result is committed."""
    input:
        summary=SUMMARY,
        runs=[output.run for output in EXPERIMENTS],
    log:
        f"{LOGS}/readme.log",
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    conda:
        "../../environment.yml"
    script:
        "../scripts/update_readme.py"
