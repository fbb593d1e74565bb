# From results to readers: the summary table, the README's table, and the book.


localrules:
    summary,
    book,
    readme,


rule summary:
    """The headline numbers of all experiments in one table."""
    input:
        headlines=[f"{RESULTS}/{name}/headline.csv" for name in EXPERIMENTS],
    output:
        summary=report(SUMMARY, caption="../report/summary.rst", category="summary"),
    log:
        f"{LOGS}/summary.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        code=code("workflows/scripts/summarise.py"),
    script:
        "../scripts/summarise.py"


rule book:
    """The rendered book, built with every warning an error."""
    input:
        chapters=tracked(*sorted(path for path in Path("book").rglob("*") if path.is_file())),
        results=[path for package in PACKAGES for path in results_of(package)],
        summary=SUMMARY,
        schema=tracked("config/schema.yaml"),
        experiments=tracked("workflows/experiments.yaml"),
    output:
        index=BOOK,
    log:
        f"{LOGS}/book.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        code=code("workflows/scripts/build_book.py"),
    script:
        "../scripts/build_book.py"


rule readme:
    """Write the results table of the README anew; run by hand after a laptop run, for its result is committed."""
    input:
        summary=SUMMARY,
        runs=[f"{RESULTS}/{name}/run.json" for name in EXPERIMENTS],
        experiments=tracked("workflows/experiments.yaml"),
    log:
        f"{LOGS}/readme.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    script:
        "../scripts/update_readme.py"
